"""Every text that code, templates and scripts ask for stands in both languages, with the same values; and no other.

Python is read by its own parser and templates by Jinja's; of a script, the first argument of each `t(…)` is read.
A key that is put together (`t(f"kind.{kind}")`) is spelled out in `FAMILIES` below.
"""

import ast
import dataclasses
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

import live_session
import lti_tool
from analytics.attendance import Edge, Status
from analytics.engagement import Band
from analytics.items import LEAST_ALPHA, LEAST_DISTRACTORS, LEAST_EXTREME, Concern
from analytics.marks import LEAST as LEAST_ANSWERS
from analytics.marks import LEAST_LEVELS, Reason
from analytics.mastery.levels import Direction, Level
from analytics.misconceptions import FollowUp
from analytics.parity import LEAST_A_SIDE, LEAST_BOTH, Measure
from analytics.periods import Form as PeriodForm
from analytics.periods import HalfDay
from analytics.phones import Use as Phones
from analytics.pool import Origin
from analytics.regulations.circular_22_2021 import LEVELS, Reading
from analytics.regulations.port import Form
from analytics.regulations.port import Status as Sat
from analytics.rollup import LEAST_PUPILS
from live_session import activities
from live_session.activities.base import WORDS, Family
from live_session.activities.rubric import ABOUT
from live_session.activities.slide import WORDS as SLIDE_WORDS
from live_session.confidence import Cells
from live_session.errors import KEEP, RETRY, Code
from live_session.model import Answering, Confidence, Mode, Naming, Phase, Proof, Shown, Tempo, Visibility
from lti_tool.config import BASES, LOCALES
from lti_tool.formats import WEEKDAYS
from lti_tool.lessons import (
    bank,
    editing,
    excuses,
    families,
    groupwork,
    observations,
    profilewords,
    recordings,
    roster,
    school_rules,
)
from lti_tool.lessons.bank import Difficulty, Whose
from lti_tool.lessons.conduct import FAULTS as CONDUCT_FAULTS
from lti_tool.lessons.decks import CHECK, QUICK
from lti_tool.lessons.evidence import ATTENDANCE, PRODUCTS, RESULTS
from lti_tool.lessons.excuses import Part
from lti_tool.lessons.exemptions import KINDS as EXEMPTION_KINDS
from lti_tool.lessons.families import ATTITUDES, DILIGENCES, LEARNT, PURPOSES, VOICES
from lti_tool.lessons.history import Step
from lti_tool.lessons.longtables import COLUMNS as COLUMNS_OF_LONG
from lti_tool.lessons.marks import FAULTS as MARK_FAULTS
from lti_tool.lessons.marks import HELD, METHODS
from lti_tool.lessons.oneroster import CATEGORIES
from lti_tool.lessons.periods import Values
from lti_tool.lessons.periodsheet import COLUMNS
from lti_tool.lessons.profilewords import STEPS as STEPS_OF_PROFILE
from lti_tool.lessons.school_rules import FIELDS
from lti_tool.lessons.templates import TEMPLATES
from lti_tool.lessons.workbooks import HEADINGS
from lti_tool.lms.delivery import EXTRAS
from lti_tool.lms.port import LATER
from lti_tool.models import Faces, GrantKind, Place, RegistrationState, Source
from lti_tool.pages import spotcheck
from lti_tool.pages.attendance import CHOICES
from lti_tool.pages.connection import FAULTS, OF_CLASSROOM, REMEDIES
from lti_tool.pages.desk import SAID
from lti_tool.pages.guide import TOPICS
from lti_tool.pages.home import RECENT
from lti_tool.pages.marks import MISSING
from lti_tool.pages.open_doors import OF_THE_PAGE, PHONE_WORDS
from lti_tool.pages.rules import GROUPS
from lti_tool.pages.years import REASONS
from lti_tool.translations import catalogue, translations, words

TOOL = Path(lti_tool.__file__).parent
LIVE = Path(live_session.__file__).parent
SCRIPTS = TOOL / "static" / "js"
PLACE = re.compile(r"%\((\w+)\)s")
HOLE = "{}"


@dataclass(frozen=True)
class Use:
    """A text asked for: its key, with `{}` where something is put in; the values given, None where unknown."""

    key: str
    values: frozenset[str] | None
    where: str


# --- what is used ---------------------------------------------------------------------------------------------------


def in_python() -> Iterator[Use]:
    for file in sorted(TOOL.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "t":
                values = None if any(k.arg is None for k in node.keywords) else {str(k.arg) for k in node.keywords}
                for key in python_keys(node.args[0]):
                    yield Use(key, frozenset(values) if values is not None else None, f"{file.name}:{node.lineno}")


def python_keys(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Constant(str(text)):
            yield text
        case ast.JoinedStr(parts):
            yield "".join(str(p.value) if isinstance(p, ast.Constant) else HOLE for p in parts)
        case ast.BinOp(left, ast.Add(), right):
            for one in python_keys(left):
                yield from (one + other for other in python_keys(right))
        case ast.IfExp(_, one, other):
            yield from python_keys(one)
            yield from python_keys(other)
        case _:
            yield HOLE


def in_templates() -> Iterator[Use]:
    environment = Environment(autoescape=True)
    for folder in (TOOL / "pages" / "templates", LIVE / "activities"):
        for file in sorted(folder.rglob("*.html")):
            for call in environment.parse(file.read_text("utf-8")).find_all(nodes.Call):
                if isinstance(call.node, nodes.Name) and call.node.name == "t":
                    values = frozenset(k.key for k in call.kwargs)
                    for key in template_keys(call.args[0]):
                        yield Use(key, values, f"{file.name}:{call.lineno}")


def template_keys(node: nodes.Node) -> Iterator[str]:
    match node:
        case nodes.Const():
            yield node.value
        case nodes.Concat():
            made = [""]
            for part in node.nodes:
                made = [one + other for one in made for other in template_keys(part)]
            yield from made
        case nodes.CondExpr():
            yield from template_keys(node.expr1)
            if node.expr2 is not None:
                yield from template_keys(node.expr2)
        case _:
            yield HOLE


CALL = re.compile(r"(?<![\w.$])t\(")


def in_scripts() -> Iterator[Use]:
    for file in sorted(SCRIPTS.glob("*.js")):
        yield from in_script(file)


def in_script(file: Path) -> Iterator[Use]:
    text = file.read_text("utf-8")
    for found in CALL.finditer(text):
        if text[: found.start()].endswith("function "):
            continue
        first, *rest = apart(whole_call(text[found.end() :]))
        for key in script_keys(first):
            yield Use(key, script_values(rest), file.name)


def apart(text: str) -> list[str]:
    """What stands between the commas that are inside no bracket."""
    depth, parts = 0, [""]
    for char in text:
        depth += (char in "([{") - (char in ")]}")
        parts = [*parts, ""] if depth == 0 and char == "," else [*parts[:-1], parts[-1] + char]
    return parts


def script_values(rest: list[str]) -> frozenset[str] | None:
    """The names in the object after the key, `{ n: one.length, of }`; None where it is not written there."""
    if not rest:
        return frozenset()
    inside = rest[0].strip()
    if not inside.startswith("{") or "..." in inside:
        return None
    return frozenset(name for part in apart(inside[1:-1]) if (name := part.partition(":")[0].strip()))


def whole_call(text: str) -> str:
    """What stands before the bracket that closes this one."""
    depth = 1
    for place, char in enumerate(text):
        depth += (char in "([{") - (char in ")]}")
        if depth == 0:
            return text[:place]
    raise AssertionError(text[:80])


def script_keys(argument: str) -> Iterator[str]:
    """Every key in the first argument: between quotes, or a template with something put in."""
    yield from re.findall(r'"([a-z_]+\.[a-z0-9_.]+)"', argument)
    for found in re.finditer(r"`([a-z_]+\.[a-z0-9_.]*)\$\{", argument):
        rest = argument[found.end() :]
        yield found[1] + HOLE + rest[len(whole_call(rest)) + 1 :].partition("`")[0]


# --- keys that are put together -------------------------------------------------------------------------------------


def faults() -> Iterator[tuple[str, frozenset[str] | None, str]]:
    """(key, values, where) of every fault that the code raises or shows."""
    for file in sorted(TOOL.rglob("*.py")):
        text = file.read_text("utf-8")
        for node in ast.walk(ast.parse(text)) if re.search(r"\b(Fault|LaunchRefused|_page)\(", text) else ():
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
                first = node.args[0]
                if node.func.id in ("Fault", "LaunchRefused", "_page") and isinstance(first, ast.Constant):
                    values = frozenset(str(k.arg) for k in node.keywords) - {"status", "detail"}
                    yield str(first.value), values, f"{file.name}:{node.lineno}"
    for key in ("forbidden", "not_found", "not_here", "too_large", "too_often", "http"):  # lti_tool.app._on_http
        yield key, frozenset(), "app.py"


def problem_codes() -> set[str]:
    """Every fault of an activity's content."""
    found = {"formula"}
    for file in (LIVE / "activities").glob("*.py"):
        text = file.read_text("utf-8")
        for node in ast.walk(ast.parse(text)) if "Problem(" in text else ():
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Problem":
                found |= {str(c.value) for c in ast.walk(node.args[1]) if isinstance(c, ast.Constant) and c.value}
    return found


KINDS = tuple(activities.types())
NO_RETRY = frozenset(Code) - RETRY
REACTIONS = ("up", "like", "idea")
CHECKS = ("launch", "roster", "scores", "columns", "results", "privacy", "door", "clocks", "https")
"""What the connection page looks at (lti_tool.pages.connection)."""
PROBED = ("keys", "clock", "members", "gradebook", "groups", "course", "protocol")
"""What a probe looks at (lti_tool.lms); the last two are only ever missing."""
ASKED = ("names", "roster", "scores")
"""What a registration asks for (register.html)."""
ASKED_OF_GOOGLE = ("names", "courses", "work")
"""What a teacher is asked for (classroom.html)."""
PLACES = (
    "lessons", "roster", "class", "marks", "periods", "course", "department", "observe", "homeroom",
    "connection", "rules", "help",
)  # fmt: skip
"""Where the desk's navigation leads (lti_tool.pages.desk)."""
RESTS = ("connecting", "none", "removed", "face_down", "face_down_home", *Phase)
FINAL = frozenset(
    {
        "archived", "bad_address", "forbidden_address", "gone", "no_protocol", "not_granted", "not_understood",
        "refused", "restored",
    }
)  # fmt: skip
"""Why a score was refused for good (lti_tool.lms, lti_tool.backups)."""
STANDS = FINAL | {"none", "waiting", "no_account", "changed", "held"}
"""Where a score stands, but for those that name a time or a grade (report.html)."""
OF_AN_OPTION = {Concern.MISKEY, Concern.DEAD_DISTRACTOR}
"""What may be wrong with an item because of one option."""
STEPS = (
    "close",
    "next",
    "end",
    "reopen",
    "reask",
    "end_talk",
    "present",
    *(f"{way}_{what}" for way in ("reveal", "conceal") for what in Shown),
)
"""What a press leads to (live_session.projection.forth and back)."""
BACK = tuple(step for step in STEPS if step.startswith(("conceal", "reopen", "end_talk", "present")))

MOVED = ("to_right", "from_right", "stayed_right", "changed")
"""What is told of two rounds (rounds.js, report.html)."""

RAISED = {key for key, _, _ in faults()}

FAMILIES: dict[str, Iterable[str]] = {
    "oneroster.{}": CATEGORIES,
    "oneroster.place.{}": Place,
    "fault.{}.title": RAISED,
    "fault.{}.what": RAISED,
    "said.{}": SAID,
    "kind.{}": KINDS,
    "editor.family.{}": Family,
    "editor.naming.{}": Naming,
    "answer.unnamed.{}": set(Naming) - {Naming.NAMED},
    "answer.veiled.{}": set(Naming) - {Naming.NAMED},
    "editor.about.{}": KINDS,
    "content.{}": problem_codes(),
    "history.before.{}": Step,
    "paste.note.{}": ("keys_differ", "two_keys", "unread"),
    "paste.why.{}": ("before", "heading", "too_many", "gift", "after"),
    "template.{}": TEMPLATES,
    "template.{}_what": TEMPLATES,
    "template.ask.{}": [f"{name}_{n}" for name, begun in TEMPLATES.items() for n in range(1, len(begun) + 1)],
    "nav.{}": PLACES,
    "help.{}": [topic.name for topic in TOPICS],
    "help.step.{}": [step for topic in TOPICS for step in topic.steps],
    "weekday.{}": WEEKDAYS,
    "answer.{}": WORDS,
    "answer.exit.level.{}": "1234",
    "answer.slide.{}": SLIDE_WORDS,
    "answer.rubric.{}": ABOUT,
    "answer.pen.{}": ("black", "blue", "red", "rub"),
    "answer.how.{}": [kind for kind, type_ in activities.types().items() if type_.tells_how],
    "phone.{}": WORDS,
    "sure.{}": Confidence,
    "alone.step.{}": ("right", "seen", "again", "given", "new"),
    "moved.{}": MOVED,
    "console.sure.{}": Cells.__struct_fields__,
    "console.{}": WORDS,
    "projector.{}": WORDS,
    "att.choice.{}": CHOICES,
    "course.column.{}": EXTRAS,
    "att.place.{}": Mode,
    "att.proof.{}": Proof,
    "console.shown.{}": Shown,
    "console.quick.{}": (*QUICK, CHECK),
    "console.quick.{}_what": (*QUICK, CHECK),
    "conn.{}": CHECKS,
    "conn.{}.good": CHECKS,
    "conn.{}.bad": CHECKS,
    "conn.grant.{}": GrantKind,
    "conn.state.{}": RegistrationState,
    "conn.why.{}": FAULTS,
    "conn.fix.{}": [
        *(f"{family}.{fault}" for family in ("moodle", "other") for fault in REMEDIES),
        *(f"classroom.{fault}" for fault in OF_CLASSROOM),
    ],
    "conn.probe.{}.good": PROBED[:5],
    "conn.probe.{}.bad": PROBED,
    "classroom.{}": ASKED_OF_GOOGLE,
    "classroom.{}_why": ASKED_OF_GOOGLE,
    "register.{}": ASKED,
    "register.{}_why": ASKED,
    "registered.moodle.{}": "123",
    "registered.other.{}": "123",
    "roster.source.{}": Source,
    "engagement.band.{}": Band,
    "grid.follow.{}": FollowUp,
    "dept.tab.{}": ("overview", "questions", "online", "packs", "visits"),
    "long.column.{}": COLUMNS_OF_LONG,
    "long.origin.{}": Origin,
    "pack.column.{}": {*ATTENDANCE, *RESULTS, *PRODUCTS},
    "parity.gap.{}": [f"{measure}.{way}" for measure in Measure for way in ("lower", "higher")],
    "rules.{}": (*FIELDS, *school_rules.LISTS),
    "rules.{}_hint": (*FIELDS, *school_rules.LISTS),
    "rules.{}_bounds": school_rules.LISTS,
    "rules.reading.{}": Reading,
    "rules.reading_what.{}": Reading,
    "year.reading.{}": Reading,
    "rules.unit.{}": {field.unit for field in FIELDS.values()},
    "rules.group.{}": GROUPS,
    "report.phones.{}": Phones,
    "report.state.{}": STANDS,
    "report.why.{}": FINAL | LATER,
    "marks.place.{}": Place,
    "marks.status.{}": Sat,
    "marks.short.{}": set(Sat) - {Sat.TAKEN},
    "marks.level.{}": LEVELS,
    "group.level.{}": LEVELS,
    "form.{}": HEADINGS,
    "sheet.learnt.{}": LEARNT,
    "sheet.attitude.{}": ATTITUDES,
    "sheet.diligence.{}": DILIGENCES,
    "family.done.{}": ("word", "consent"),
    "consent.basis.{}": BASES,
    "consent.purpose.{}": PURPOSES,
    "consent.voice.{}": VOICES,
    "consent.how.{}": ("link", "paper"),
    "year.reason.{}": REASONS | {"incomplete"},
    "year.fault.{}": CONDUCT_FAULTS,
    "year.exempt.{}": EXEMPTION_KINDS,
    "year.award.{}": ("hoc_sinh_xuat_sac", "hoc_sinh_gioi"),
    "year.not_up.{}": ("conduct_below_dat", "result_below_dat", "absent_over_45"),
    "marks.form.{}": Form,
    "marks.due.{}": Form,
    "marks.method.{}": METHODS,
    "marks.held.{}": HELD,
    "marks.fault.{}": MARK_FAULTS,
    "marks.not_yet.{}": MISSING | {"incomplete"},
    "proposals.refused.{}": Reason,
    "steer.{}": (*STEPS, "hide_word"),
    "projector.stage.{}": Shown,
    "projector.look.{}": ("light", "dark", "high"),
    "phone.mode.{}": (Mode.ROOM, Mode.HOME),
    "film.faces.{}": Faces,
    "film.faces.{}_long": Faces,
    "period.{}": COLUMNS,
    "period.half_day.{}": HalfDay,
    "period.form.{}": PeriodForm,
    "period.absent_{}": ("excused", "absent"),
    "period.fault.{}": {field.name for field in dataclasses.fields(Values)},
    "phone.rest.{}": RESTS,
    "phone.rest.{}_what": RESTS,
    "phone.parked.{}": NO_RETRY - KEEP - {Code.TAKEN},  # a seat is taken, never an answer
    "bank.difficulty.{}": Difficulty,
    "bank.whose.{}": Whose,
    "quality.flag.{}": set(Concern) - OF_AN_OPTION,
    "quality.option.{}": OF_AN_OPTION,
    "profile.about.{}": (*profilewords.OF_LESSON, *profilewords.OF_WORK, profilewords.OF_NOTE),
    "profile.level.{}": Level,
    "profile.letter.{}": Level,
    "profile.own.{}": Level,
    "profile.growth.{}": Direction,
    "profile.step.{}": STEPS_OF_PROFILE,
    "status.{}": {*Status, *Edge},
    "excuse.part.{}": Part,
    "phone.change.{}": ("one", "many", "fields", "text", "form", "order", "posts"),
    "phone.pace.{}": Tempo,
    "posts.state.{}": set(Visibility) - {Visibility.WITHDRAWN},
    "posts.parked.{}": NO_RETRY - KEEP - {Code.TAKEN, Code.NO_ATTEMPTS},
    "posts.reaction.{}": REACTIONS,
    "projector.reaction.{}": REACTIONS,
    "console.posts.state.{}": (Visibility.WAITING, Visibility.SHOWN, Visibility.HIDDEN),
    "phone.said.{}": ("raise", "lower", *Tempo, "pace_back"),
    "console.pace.{}": Tempo,
    "console.roll.{}": CHOICES,
    "offline.word.{}": (*CHOICES, "open"),
    "console.roll.letter.{}": (*CHOICES, "open"),
    "console.roll.sign.{}": ("none", "home", "code", "card", "said"),
    "console.spot.proof.{}": Proof,
    "console.proof.{}": ("home", "old", *Proof),
    "console.seat.{}": ("hand", "away", "answered", "reading"),
    "phone.text.{}": "123",
    "console.undo.{}": ("close", "next"),
    "console.why.no_{}": Shown,
    "console.why.unnamed_{}": ("discuss", "distribution", "lock"),
    # Another screen was faster, which is no fault; or it is a pupil's answer.
    "console.refused.{}": NO_RETRY - {Code.NOT_OPEN, Code.NO_ATTEMPTS, Code.EACH_ALONE},
    "editor.answering.{}": Answering,
    "console.answering.{}": set(Answering) - {Answering.SEATED},
    "projector.answering.{}": set(Answering) - {Answering.SEATED},
}


# --- what must hold -------------------------------------------------------------------------------------------------


@cache
def uses() -> tuple[Use, ...]:
    return (*in_python(), *in_templates(), *in_scripts())


@cache
def texts(locale: str) -> dict[str, tuple[str, ...]]:
    """Every text of a language by its key; several where it counts."""
    return {
        str(m.id if isinstance(m.id, str) else m.id[0]): (m.string,) if isinstance(m.string, str) else tuple(m.string)
        for m in catalogue(locale)
        if m.id
    }


def places(locale: str, key: str) -> set[str]:
    return set(PLACE.findall(" ".join(texts(locale)[key])))


def spelled_out() -> Iterator[Use]:
    """Every use with its whole key."""
    for use in uses():
        if HOLE not in use.key:
            yield use
        for word in FAMILIES.get(use.key, ()):
            yield replace(use, key=use.key.replace(HOLE, str(word)))


def test_every_key_that_is_put_together_is_spelled_out() -> None:
    made = {use.key for use in uses() if HOLE in use.key} - {HOLE}
    assert made == set(FAMILIES)


def test_a_key_that_comes_from_elsewhere_cannot_be_read() -> None:
    """`t(key)` with nothing else: none today, so that none can hide from these tests."""
    assert [use.where for use in uses() if use.key == HOLE] == []


@pytest.mark.parametrize("locale", LOCALES)
def test_every_key_in_use_has_a_text(locale: str) -> None:
    assert sorted({(use.key, use.where) for use in spelled_out() if use.key not in texts(locale)}) == []
    assert [key for key, said in texts(locale).items() if not all(part.strip() for part in said)] == []


@pytest.mark.parametrize("locale", LOCALES)
def test_no_text_is_unused(locale: str) -> None:
    assert sorted(set(texts(locale)) - {use.key for use in spelled_out()}) == []


def test_both_languages_have_the_same_keys_and_values() -> None:
    assert set(texts("vi")) == set(texts("en"))
    assert {
        key: (places("vi", key), places("en", key)) for key in texts("vi") if places("vi", key) != places("en", key)
    } == {}


def test_every_use_gives_what_the_text_takes_and_no_more() -> None:
    """A value too few is a fault page, one too many a misunderstanding; but a script may give a family one for some."""
    wrong = [
        (use.key, use.where, sorted(use.values), sorted(places("vi", use.key)))
        for use in spelled_out()
        if use.values is not None and use.key in texts("vi") and not use.key.startswith(("fault.", "said."))
        if use.values != places("vi", use.key)
        if not (use.where.endswith(".js") and use.values > places("vi", use.key))
    ]
    assert wrong == []


def test_every_fault_gives_what_its_texts_take() -> None:
    wrong = [
        (
            key,
            where,
            sorted(values or ()),
            sorted(places("vi", f"fault.{key}.title") | places("vi", f"fault.{key}.what")),
        )
        for key, values, where in faults()
        if (values or set()) != places("vi", f"fault.{key}.title") | places("vi", f"fault.{key}.what")
    ]
    assert wrong == []


@pytest.mark.parametrize("locale", LOCALES)
def test_every_text_can_be_filled_in(locale: str) -> None:
    """No stray percent sign where values are put in, and no markup but the little that texts may hold."""
    for key, said in texts(locale).items():
        for text in said:
            if names := PLACE.findall(text):
                assert "%(" not in text % dict.fromkeys(names, "x"), key
            assert set(re.findall(r"</?([a-z]+)", text)) <= {"b", "br", "kbd", "code"}, key
            assert "\x00" not in text


# --- texts that count ---------------------------------------------------------------------------------------------


@cache
def counting(locale: str) -> frozenset[str]:
    """The keys whose texts have plural forms."""
    return frozenset(m.id[0] for m in catalogue(locale) if isinstance(m.id, tuple))


@pytest.mark.parametrize("locale", LOCALES)
def test_counted_texts_have_every_form_of_the_language(locale: str) -> None:
    forms = {"vi": 1, "en": 2}[locale]
    assert counting(locale) == counting("vi")
    assert {key: len(texts(locale)[key]) for key in counting(locale) if len(texts(locale)[key]) != forms} == {}
    for key in counting(locale):
        for count in (0, 1, 2, 40):
            assert translations(locale).ngettext(key, key, count) != key


def test_a_script_gets_each_form_by_the_name_that_a_browser_gives_it() -> None:
    assert words("bank.hits", locale="en") == {"bank.hits": {"one": "%(n)s question", "other": "%(n)s questions"}}
    assert words("bank.hits", locale="vi") == {"bank.hits": {"other": "%(n)s câu hỏi"}}


def test_whoever_asks_for_a_text_that_counts_says_how_many() -> None:
    """Without `n` there is no form to choose. A fault says what its texts take (see above)."""
    assert {key for key in counting("vi") if "n" not in places("vi", key)} == set()
    asked = [use for use in spelled_out() if use.key in counting("vi") and not use.key.startswith("fault.")]
    assert [(use.key, use.where) for use in asked if use.values is None] == []


COUNTED = re.compile(r"%\((\w+)\)s((?: [\w’'-]+){1,3})")
"""A value, and the next words up to a comma, a bracket or the like."""
OF_ONE = frozenset(
    {
        "agrees", "as", "belongs", "does", "ends", "finds", "has", "is", "its", "raises", "s", "says", "this", "us",
        "wants", "was",
    }
)  # fmt: skip
"""Words that end in an s and mean one, or no number at all; `s` is a second."""
OF_MANY = frozenset({"are", "were", "have", "people", "children"})
BOUNDS = {
    ("bank.cut", "most"): bank.MOST,
    ("dept.few", "least"): LEAST_PUPILS,
    ("dept.hidden", "least"): LEAST_PUPILS,
    ("dept.table_what", "least"): LEAST_PUPILS,
    ("fault.entry_text.what", "most"): min(groupwork.LONGEST_REMARK, profilewords.LONGEST_TEXT),
    ("fault.entry_too_many.what", "most"): profilewords.MOST_A_DAY,
    ("fault.excuse_days.what", "most"): excuses.MOST_DAYS,
    ("fault.family_many.what", "most"): min(families.MOST_WORDS_A_DAY, families.MOST_CONSENTS_A_DAY),
    ("fault.observation_long.what", "most"): observations.LONGEST_TEXT,
    ("fault.paste_too_many.what", "most"): roster.MOST_PASTED,
    ("fault.recording_many.what", "most"): recordings.MOST,
    ("fault.too_many_activities.what", "most"): editing.MOST_ACTIVITIES,
    ("home.all_lessons", "n"): RECENT,
    ("parity.even", "n"): LEAST_BOTH,
    ("parity.few", "least"): LEAST_A_SIDE,
    ("proposals.new_what", "least"): LEAST_ANSWERS,
    ("proposals.new_works", "least"): LEAST_LEVELS,
    ("proposals.refused.few", "least"): LEAST_ANSWERS,
    ("proposals.refused.few_levels", "least"): LEAST_LEVELS,
    ("proposals.refused.not_judged", "least"): LEAST_LEVELS,
    ("proposals.refused.not_asked", "least"): LEAST_ANSWERS,
    ("proposals.refused.nothing_tagged", "least"): LEAST_ANSWERS,
    ("quality.reliability", "items"): LEAST_ALPHA[1],
    ("quality.reliability", "n"): LEAST_ALPHA[0],
    ("quality.reliability_none", "pupils"): LEAST_ALPHA[0],
    ("quality.reliability_none", "questions"): LEAST_ALPHA[1],
    ("quality.too_few", "least"): min(LEAST_EXTREME, LEAST_DISTRACTORS),
    ("rules.behaviours_bounds", "most"): school_rules.MOST_BEHAVIOURS,
    ("rules.behaviours_bounds", "longest"): school_rules.LONGEST_BEHAVIOUR,
    ("rules.exempt_bounds", "most"): school_rules.MOST_BEHAVIOURS,
    ("rules.exempt_bounds", "longest"): school_rules.LONGEST_BEHAVIOUR,
    ("rules.headings_bounds", "most"): school_rules.MOST_BEHAVIOURS,
    ("rules.headings_bounds", "longest"): school_rules.LONGEST_BEHAVIOUR,
    ("spot.few", "least"): spotcheck.LEAST,
}
"""Values that are never one: the least that each can be."""
NO_COUNTS = {
    ("dept.classes", "n"): "of classes; it is one class that has lessons",
    ("moved.goal_only", "percent"): "a share",
    ("parity.gap.hands.higher", "n"): "with a decimal, 1.0 too",
    ("parity.gap.hands.lower", "n"): "with a decimal, 1.0 too",
    ("projector.more_posts", "n"): "of posts, which stand before the word",
    ("quality.reliability", "sem"): "with a decimal, 1.0 too",
    ("quality.rest", "share"): "a share",
}


def pluralised(text: str, name: str) -> list[str]:
    """Words of more than one that follow closely on a value."""
    return [
        word
        for found, after in COUNTED.findall(text)
        for word in after.split()
        if found == name
        if word in OF_MANY or (word.endswith("s") and not word.endswith(("ss", "'s", "’s")) and word not in OF_ONE)
    ]


def test_no_english_text_says_1_answers() -> None:
    """Where a word of many follows on a value, the text has plural forms, and the one of one does not say it."""
    found = {
        (key, name): said
        for key, (first, *_) in texts("en").items()
        for name in places("en", key)
        if (said := pluralised(first, name))
    }
    assert found.keys() - BOUNDS.keys() - NO_COUNTS.keys() == set()
    assert (BOUNDS.keys() | NO_COUNTS.keys()) - found.keys() == set(), "these need no exception any more"
    assert min(BOUNDS.values()) > 1


@pytest.mark.parametrize("locale", LOCALES)
def test_no_text_raises_its_voice(locale: str) -> None:
    """The fact, then the next step: no praise by machine, no blame, and so no exclamation mark."""
    assert [key for key, said in texts(locale).items() if any("!" in text for text in said)] == []


@pytest.mark.parametrize("locale", LOCALES)
def test_a_level_has_a_letter_of_its_own_word(locale: str) -> None:
    """Where the letter stands for the word, it is found in the word of that language, and stands for no other."""
    letters = {level: texts(locale)[f"profile.letter.{level}"][0] for level in Level if level is not Level.NOT_ENOUGH}
    assert len(set(letters.values())) == len(letters)
    assert all(letters[level] in texts(locale)[f"profile.level.{level}"][0].upper() for level in letters)


# --- scripts get the words that they ask for ------------------------------------------------------------------------

GIVEN: dict[str, tuple[str, ...]] = {
    "phone.js": ("phone.", "posts.", "moved."),
    "posts.js": ("phone.", "cards.", "posts."),
    "moderate.js": ("console.", "cards.", "desk.", "group."),
    "group.js": ("phone.", "cards.", "posts."),
    "peers.js": ("console.", "group.", "cards.", "desk."),
    "groups.js": ("console.", "group.", "cards.", "desk."),
    "board.js": ("projector.", "cards."),
    "shown.js": ("phone.", "moved."),
    "partner.js": ("phone.",),
    "took.js": ("phone.",),
    "picks.js": ("phone.",),
    "together.js": ("phone.",),
    "turns.js": ("phone.",),
    "practice.js": ("alone.",),
    "comfort.js": ("phone.",),
    "drafts.js": ("phone.",),
    "leaving.js": ("phone.",),
    "needs.js": ("phone.",),
    "papersheet.js": ("console.", "desk.", "seats."),
    "console.js": ("console.", "group.", "desk.", "kind.", "seats.", "steer.", "moved."),
    "seats.js": ("seats.", "desk."),
    "offline.js": ("offline.",),
    "projector.js": ("projector.", "steer.", "moved."),
    "start.js": ("start.", "desk."),
    "preview.js": ("phone.", "preview."),
    "paste.js": ("paste.", "desk."),
    "editor.js": ("editor.", "content.", "desk."),
    "desk.js": ("desk.",),
    "family.js": ("desk.network",),
    "enter.js": ("enter.",),
}
"""The prefixes that a page gives its script (`words(…)` in lti_tool.pages)."""
SPEAKS = re.compile(r"\bcomplain\b")
IMPORT = re.compile(r'import \{([^}]*)\} from "\./(\w+\.js)"')


def heard_by(script: str, seen: frozenset[str] = frozenset()) -> set[str]:
    """Keys that a script and all it imports may ask for; of `page.js` only where its complaints are used."""
    text = (SCRIPTS / script).read_text("utf-8")
    found = {use.key for use in in_script(SCRIPTS / script)}
    for names, other in IMPORT.findall(text):
        if other not in seen and (other != "page.js" or SPEAKS.search(names)):
            found |= heard_by(other, seen | {script})
    return found


@pytest.mark.parametrize("script", GIVEN)
def test_a_page_gives_its_script_every_word(script: str) -> None:
    assert sorted(key for key in heard_by(script) if not key.startswith(GIVEN[script])) == []


def test_the_file_of_the_pupils_page_has_all_that_its_scripts_are_given() -> None:
    assert {*GIVEN["phone.js"], *GIVEN["posts.js"]} == set(PHONE_WORDS)
    asked = heard_by("phone.js") | heard_by("posts.js")
    assert asked
    assert asked & OF_THE_PAGE == set()


def test_no_script_speaks_without_words() -> None:
    roots = {file.name for file in SCRIPTS.glob("*.js")} - {
        other for file in SCRIPTS.glob("*.js") for _, other in IMPORT.findall(file.read_text("utf-8"))
    }
    assert {script for script in roots if heard_by(script)} <= set(GIVEN)
