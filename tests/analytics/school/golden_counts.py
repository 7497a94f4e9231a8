"""Classes' weeks, periods, questions, objectives from a seed, with hard cases, and what plain Python says of them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

from analytics.periods import Concern, Form, HalfDay, PeriodRules, Taught, warnings
from analytics.school.columns import COUNTS, SMALL

Row = Mapping[str, Any]
SUBJECTS = ("Toán", "Lịch sử và Địa lí", "GDTC", "Tin \"học'")
CLASSES = tuple((grade, f"{grade}A{n}") for grade in (6, 9, 10) for n in (1, 2))
OBJECTIVES = ("", "Giải phương trình", "Tổng 'và' tích", 'Đọc "hiểu"', "Không ai hỏi; 10 %")
FORMS = ("in_person", "in_person", "supported", "hybrid", "online", "online")
RULES = {1: PeriodRules(2, 10, 2, 1, 0.1), 2: PeriodRules(5, 10, 1, 2, 1 / 3)}
YEARS = ("2026-2027", "2027-2028")
EMPTY = {
    "attendance": {"share_present", "share_home"},
    "participation": {"turns", "share_answered", "scored", "share_right", "high", "middle", "low"},
    "periods": set[str](),
    "coverage": set[str](),
    "bank": {"share_asked"},
}
"""Columns of the answers that may have nothing in them."""


def tables(seed: int = 2) -> dict[str, list[dict[str, Any]]]:
    """Two schools with classes of the same names; weeks without a question, of a class of nine, on both sides of a new
    year and of a leap day; a subject without an online period, a class without a name, a teacher whom nobody knows;
    objectives without a question, questions without an objective, a subject that no class has."""
    random = Random(seed)
    return {
        "weeks": _weeks(random),
        "periods": _periods(random),
        "rules": [
            {
                "school": school, "month_least": r.month_least, "half_day_most": r.half_day_most,
                "row_most": r.row_most, "share_target": r.share_target,
            }
            for school, r in RULES.items()
        ],
        "questions": _questions(random),
        "asked": _asked(random),
        "classes": [
            {**course, "class": name}
            for course in _courses()
            for grade, name in CLASSES
            if grade == course["grade"] and course["subject"] != SUBJECTS[3]
        ],
    }  # fmt: skip


def rows(given: Mapping[str, Sequence[Row]]) -> dict[str, list[tuple[object, ...]]]:
    """As the export takes them."""
    return {name: [tuple(row[column] for column in SMALL[name].names) for row in some] for name, some in given.items()}


def _weeks(random: Random) -> list[dict[str, Any]]:
    mondays = [date(2027, 12, 27) + timedelta(weeks=n) for n in range(12)]
    found = []
    for week in mondays:
        for school in RULES:
            for grade, name in CLASSES:
                for subject in random.sample(SUBJECTS, 3):
                    about = {"school": school, "year": YEARS[1], "term": 1 if week < date(2028, 1, 16) else 2}
                    about |= {"week": week.isoformat(), "grade": grade, "class": name, "subject": subject}
                    found.append(about | _counted(random))
    return found


def _counted(random: Random) -> dict[str, int]:
    size = random.choice((0, 4, 9, 10, 40, 45, 3_000_000_000))
    room, home, absent = (random.randint(0, size // 3) for _ in range(3))
    asked, scored = random.choice((0, 6, 9, 10, 400)), random.choice((0, 5, 10, 300))
    high, middle = random.choice((0, 3, 12)), random.choice((0, 4))
    values = (
        random.randint(1, 3), size, room, home, min(room, 2), absent, size - room - home - absent, asked,
        random.randint(0, asked), scored, random.randint(0, scored), high, middle, random.choice((0, 2, 3)),
        int(not asked and random.random() < 0.5),
    )  # fmt: skip
    return dict(zip(COUNTS, values, strict=True))


def _periods(random: Random) -> list[dict[str, Any]]:
    found = []
    for _ in range(3_000):
        day, (_, name) = date(2028, 2, 1) + timedelta(days=random.randrange(45)), random.choice(CLASSES)
        subject = random.choice(SUBJECTS)
        found.append(
            {
                "school": random.choice((1, 1, 2)), "subject": subject, "month": f"{day:%Y-%m}",
                "day": day.isoformat(), "half_day": random.choice(tuple(HalfDay)).value,
                "number": random.randint(1, 5), "class": random.choice((name, name, name, "")),
                "form": "in_person" if subject == SUBJECTS[3] else random.choice(FORMS),
                "exempt": int(subject == "GDTC"), "teacher": random.randrange(90),
            }
        )  # fmt: skip
    return found


def _courses() -> list[dict[str, Any]]:
    return [
        {"school": school, "year": year, "subject": subject, "grade": grade}
        for school in RULES for year in YEARS for subject in SUBJECTS for grade in (6, 9, 10)
    ]  # fmt: skip


def _questions(random: Random) -> list[dict[str, Any]]:
    courses = [one for one in _courses() if one["grade"] != 10 or one["subject"] == "Toán"]
    found = []
    for _ in range(900):
        objective = random.choice(OBJECTIVES[:4])
        counts = {"questions": 1, "shared": random.randint(0, 1), "asked": random.choice((0, 0, 1, 7))}
        counts |= {"practised": random.choice((0, 0, 2)), "flagged": int(random.random() < 0.1)}
        found.append({**random.choice(courses), "objective": objective, **counts})
    nothing = dict.fromkeys(("questions", "shared", "asked", "practised", "flagged"), 0)
    return found + [{**course, "objective": random.choice(OBJECTIVES[1:]), **nothing} for course in _courses()]


def _asked(random: Random) -> list[dict[str, Any]]:
    places = [(course, name) for course in _courses() for grade, name in CLASSES if grade == course["grade"]]
    return [
        {**course, "objective": one, "class": name, "lessons": lessons, "questions": lessons + random.randint(0, 9)}
        for course, name in places
        for one in OBJECTIVES[:4]
        if (lessons := random.choice((0, 1, 2, 30)))
    ]


# --- by the formulas, one at a time -----------------------------------------------------------------------------------


def expected(given: Mapping[str, Sequence[Row]]) -> Mapping[str, Sequence[Row]]:
    return {
        "attendance": _attendance(given["weeks"]),
        "participation": _participation(given["weeks"]),
        "periods": _by_month(given["periods"]),
        "coverage": _coverage(given),
        "bank": _bank(given["questions"]),
    }


def grouped(rows: Iterable[Row], by: Sequence[str]) -> list[tuple[dict[str, Any], list[Row]]]:
    """Groups in the order of what they have in common, with that."""
    found: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows:
        found[tuple(row[name] for name in by)].append(row)
    return [(dict(zip(by, key, strict=True)), own) for key, own in sorted(found.items())]


def _of(own: Iterable[Row], *names: str) -> dict[str, int]:
    some = list(own)
    return {name: sum(row[name] for row in some) for name in names}


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _attendance(weeks: Sequence[Row]) -> list[Row]:
    found = []
    for about, own in grouped(weeks, ("school", "year", "term", "week", "grade", "class")):
        counts = _of(own, "lessons", "pupils", "room", "home", "late", "absent", "not_seen")
        counts = {"seats" if name == "pupils" else name: value for name, value in counts.items()}
        present = counts["room"] + counts["home"]
        shares = {"share_present": _share(present, counts["seats"]), "share_home": _share(counts["home"], present)}
        found.append({**about, **counts, **shares})
    return found


def _participation(weeks: Sequence[Row]) -> list[Row]:
    found = []
    for about, own in grouped(weeks, ("school", "year", "term", "week", "grade", "class", "subject")):
        c = _of(own, "lessons", "asked", "answered", "scored", "right", "high", "middle", "low")
        banded = c["high"] + c["middle"] + c["low"]
        told = {"few": max(row["few"] for row in own)}
        for whole, part, column in (("asked", "answered", "turns"), ("scored", "right", "scored")):
            is_told, name = c[whole] >= 10, f"share_{part}"
            told |= {column: c[whole], name: c[part] / c[whole]} if is_told else {column: None, name: None}
        told |= {band: c[band] if banded >= 10 else None for band in ("high", "middle", "low")}
        found.append({**about, "lessons": c["lessons"], **told})
    return found


def _by_month(periods: Sequence[Row]) -> list[Row]:
    over, network = _broken(periods), defaultdict[tuple[int, str, int], int](int)
    for row in periods:
        if not row["exempt"] and row["teacher"]:
            network[row["school"], row["month"], row["teacher"]] += row["form"] != "in_person"
    found = []
    for about, own in grouped(periods, ("school", "subject", "month")):
        school, month = about["school"], about["month"]
        forms = {form.value: sum(row["form"] == form for row in own) for form in Form}
        online = len(own) - forms["in_person"]
        halves = {_half(row) for row in own if row["form"] == "online" and row["class"]}
        teachers = {row["teacher"] for row in own if row["teacher"] and not row["exempt"]}
        done = [one for one in teachers if network[school, month, one] >= RULES[school].month_least]
        share = {"network": online, "share_network": online / len(own), "share_target": RULES[school].share_target}
        broken = {name: len(halves & over[concern]) for name, concern in OVER.items()}
        taught = {"teachers": len(teachers), "teachers_done": len(done)}
        exempt = {"exempt": own[0]["exempt"]}
        found.append({**about, "periods": len(own), **forms, **share, **exempt, **broken, **taught})
    return found


OVER = {"half_days_over": Concern.HALF_DAY, "rows_over": Concern.ROW}
Half = tuple[int, str, str, str]


def _half(row: Row) -> Half:
    return row["school"], row["class"], row["day"], row["half_day"]


def _broken(periods: Sequence[Row]) -> Mapping[Concern, set[Half]]:
    """Half-days that the product's own watch speaks of."""
    found: dict[Concern, set[Half]] = defaultdict(set)
    for about, own in grouped(periods, ("school", "month")):
        taught = [
            Taught(
                date.fromisoformat(row["day"]), HalfDay(row["half_day"]), row["number"], row["class"], row["subject"],
                "", Form(row["form"]),
            )
            for row in own
        ]  # fmt: skip
        for one in warnings(taught, RULES[about["school"]], taught[0].day, date(2029, 1, 1)):
            if one.half_day:
                found[one.concern].add((about["school"], one.group, one.day.isoformat(), one.half_day.value))
    return found


COURSES = ("school", "year", "subject", "grade")


def _coverage(given: Mapping[str, Sequence[Row]]) -> list[Row]:
    found = []
    for about, own in grouped(given["questions"], (*COURSES, "objective")):
        met = [row for row in given["asked"] if all(row[name] == about[name] for name in about)]
        having = [row for row in given["classes"] if all(row[name] == about[name] for name in COURSES)]
        used = {name: sum(row[name] > 0 for row in own) for name in ("asked", "practised")}
        lessons = {"lessons": sum(row["lessons"] for row in met), "askings": sum(row["questions"] for row in met)}
        classes = {"classes": len(met), "of_classes": len(having)}
        found.append({**about, **_of(own, "questions", "shared"), **used, **_of(own, "flagged"), **lessons, **classes})
    return found


def _bank(questions: Sequence[Row]) -> list[Row]:
    found = []
    for about, own in grouped(questions, COURSES):
        by_objective = [some for key, some in grouped(own, ("objective",)) if key["objective"]]
        real, asked = [row for row in own if row["questions"]], [row for row in own if row["asked"]]
        found.append(
            {
                **about,
                "objectives": len(by_objective),
                "objectives_with": sum(any(row["questions"] for row in some) for some in by_objective),
                "objectives_asked": sum(any(row["asked"] for row in some) for some in by_objective),
                "questions": len(real),
                "without_objective": sum(not row["objective"] for row in real),
                "asked": len(asked),
                "share_asked": _share(len(asked), len(real)),
                "practised": sum(row["practised"] > 0 for row in own),
                "unused": sum(not row["asked"] and not row["practised"] for row in real),
                "shared": sum(row["shared"] for row in own),
                "shared_asked": sum(row["shared"] > 0 for row in asked),
                "flagged": sum(row["flagged"] for row in own),
            }
        )
    return found
