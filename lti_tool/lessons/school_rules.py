"""What a school sets for itself: thresholds of attendance, what is a whole contribution, what may be noted of a pupil,
how Điều 9.3 is read.
Each change is kept as a version; a lesson is judged by the one in force when it began, so that no later change moves
what was confirmed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from types import MappingProxyType

import msgspec
from msgspec.structs import replace
from sqlalchemy import select

from analytics.engagement import Norm
from analytics.periods import PeriodRules
from analytics.presence import Thresholds
from analytics.regulations.circular_22_2021 import Reading
from live_session.model import Millis
from lti_tool.clock import days_of_year, moment_of, now, second_term
from lti_tool.extensions import db, hold
from lti_tool.models import Registration, SchoolRule
from lti_tool.text import one_line, whole
from lti_tool.translations import t


class SchoolRules(msgspec.Struct, frozen=True):
    """All that a school has set; what it never said stands as the product's default."""

    thresholds: Thresholds = Thresholds()
    norm: Norm = Norm()
    periods: PeriodRules = PeriodRules()
    behaviours: tuple[str, ...] = ()
    """What a teacher may note of a pupil by one tap; () until the school says: then the product's own words."""
    headings: tuple[str, ...] = ()
    """What an observer of a lesson writes under; () as above."""
    forecasts: bool = False
    """The model's head is fitted again from this school's own answers, and teachers see what it foretells."""
    reading: Reading = Reading.STRICT
    """How the school reads Điều 9.3 of Circular 22/2021."""
    year_ends: Mapping[str, date] = {}
    """The last day of a school year ("2026-2027"), with which its second term closes, of those that the school set."""

    def year_end(self, year: str) -> date:
        """The last day of a school year; of one that was not set the last before the next begins."""
        return self.year_ends.get(year, last_day(year))


@dataclass(frozen=True)
class Field:
    """A number that a school may set: its unit, how much of what is stored that is, its bounds in the unit."""

    unit: str
    scale: float
    least: int
    most: int


MINUTES = 60_000
FIELDS: Mapping[str, Field] = {
    "present_share": Field("percent", 0.01, 50, 100),
    "late_after": Field("minutes", MINUTES, 1, 30),
    "early_before": Field("minutes", MINUTES, 1, 30),
    "merge_gap": Field("seconds", 1_000, 30, 300),
    "code_lasts": Field("minutes", MINUTES, 10, 240),
    "face_down_before": Field("minutes", MINUTES, 1, 10),
    "face_down_after": Field("minutes", MINUTES, 1, 10),
    "server_gap": Field("seconds", 1_000, 90, 600),
    "outage_share": Field("percent", 0.01, 30, 100),
    "outage_least": Field("pupils", 1, 3, 50),
    "outage_within": Field("seconds", 1_000, 10, 120),
    "voice_target": Field("times", 1, 1, 5),
    "month_least": Field("periods", 1, 0, 20),
    "warn_days": Field("days", 1, 1, 31),
    "half_day_most": Field("periods", 1, 1, 6),
    "row_most": Field("periods", 1, 1, 6),
    "share_target": Field("percent", 0.01, 0, 100),
}
"""The numbers of `Thresholds`, `Norm` and `PeriodRules` that a form may change, by name."""
LISTS = ("behaviours", "headings", "exempt")
"""What a form may change one a line."""
NO_YEARS: Mapping[str, date] = MappingProxyType({})
MOST_BEHAVIOURS = 12
LONGEST_BEHAVIOUR = 60


def last_day(year: str) -> date:
    """The last day of a school year, the summer with it."""
    return days_of_year(date(int(year[:4]), 8, 1))[1] - timedelta(days=1)


def at(school: int, moment: Millis) -> SchoolRules:
    """What was in force at a moment."""
    query = select(SchoolRule.body).where(SchoolRule.registration_id == school, SchoolRule.at <= moment)
    body = db.session.scalars(query.order_by(SchoolRule.version.desc()).limit(1)).first()
    return SchoolRules() if body is None else msgspec.json.decode(body, type=SchoolRules)


def reading_of(school: int, year: str) -> Reading:
    """How a school reads Điều 9.3 in a school year ("2026-2027"): as it stands, of a year that is over as it stood."""
    _, after = days_of_year(date(int(year[:4]), 8, 1))
    return at(school, min(now(), moment_of(datetime.combine(after, time())))).reading


def year_end(school: int, year: str) -> date:
    """The last day of a school's year, by what it says now."""
    return at(school, now()).year_end(year)


def read_year_end(text: str, year: str) -> date | None:
    """The last day of a school year as a form sends it; None for what none can be."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if second_term(year) < day <= last_day(year) else None


def history(school: int) -> list[SchoolRule]:
    """Every change, the newest first."""
    query = select(SchoolRule).where(SchoolRule.registration_id == school).order_by(SchoolRule.version.desc())
    return list(db.session.scalars(query))


def newest(school: int) -> int:
    """The version that stands; the product's defaults are version 1."""
    past = history(school)
    return past[0].version if past else 1


def shown(rules: SchoolRules) -> dict[str, str]:
    """The numbers in their units, as a form shows them."""
    return {name: str(round(_stored(rules, name) / field.scale)) for name, field in FIELDS.items()}


def _stored(rules: SchoolRules, name: str) -> float:
    parts = (rules.thresholds, rules.norm, rules.periods)
    held: float = next(getattr(part, name) for part in parts if name in part.__struct_fields__)
    return held


def behaviours_of(rules: SchoolRules) -> tuple[str, ...]:
    """What a teacher may note."""
    return rules.behaviours or tuple(str(t("rules.behaviours.default")).split(" · "))


def headings_of(rules: SchoolRules) -> tuple[str, ...]:
    """What an observer's note is made of."""
    return rules.headings or tuple(str(t("rules.headings.default")).split(" · "))


def read_list(text: str) -> tuple[str, ...] | None:
    """One a line, each once; None for none, too many, or one that is too long."""
    lines = tuple(dict.fromkeys(one_line(line, 10 * LONGEST_BEHAVIOUR) for line in text.splitlines() if line.strip()))
    is_short = all(len(line) <= LONGEST_BEHAVIOUR for line in lines)
    return lines if 0 < len(lines) <= MOST_BEHAVIOURS and is_short else None


def listed(rules: SchoolRules) -> dict[str, tuple[str, ...]]:
    """Each of `LISTS` as it stands."""
    return dict(zip(LISTS, (behaviours_of(rules), headings_of(rules), rules.periods.exempt), strict=True))


def read(typed: Mapping[str, str]) -> tuple[dict[str, int], set[str]]:
    """(the numbers typed, in their units; the names of fields with something else in them)."""
    found: dict[str, int] = {}
    faulty = set()
    for name, field in FIELDS.items():
        number = whole(typed.get(name, "").strip(), 5)
        if number is not None and field.least <= number <= field.most:
            found[name] = number
        else:
            faulty.add(name)
    return found, faulty


def save(
    school: int,
    numbers: Mapping[str, int],
    lists: Mapping[str, tuple[str, ...]],
    by: int,
    *,
    forecasts: bool = False,
    reading: Reading = Reading.STRICT,
    year_ends: Mapping[str, date] = NO_YEARS,
    seen: int | None = None,
) -> SchoolRules | None:
    """Keep what somebody set, if it says something new; of years that are not in `year_ends` what stands. A version
    counts from this moment on. None, and nothing is kept, where somebody else has saved a version since this one's form
    was shown (`seen`: the version it showed)."""
    hold(Registration.id, school)
    stands, before = newest(school), at(school, now())
    kept = {name: type(_stored(before, name))(numbers[name] * field.scale) for name, field in FIELDS.items()}
    norm = Norm(voice_target=int(kept.pop("voice_target")), version=before.norm.version)
    counts = {name: kept.pop(name) for name in PeriodRules.__struct_fields__ if name in kept}
    periods = replace(before.periods, **counts, exempt=lists["exempt"])
    thresholds = replace(before.thresholds, **kept)
    ends = {**before.year_ends, **{year: day for year, day in year_ends.items() if day != before.year_end(year)}}
    rules = SchoolRules(thresholds, norm, periods, lists["behaviours"], lists["headings"], forecasts, reading, ends)
    if rules == replace(before, behaviours=behaviours_of(before), headings=headings_of(before)):
        return before
    if seen is not None and seen != stands:
        return None
    version = stands + 1
    thresholds, norm = replace(rules.thresholds, version=version), replace(norm, version=version)
    rules = replace(rules, thresholds=thresholds, norm=norm)
    body = msgspec.json.encode(rules).decode()
    db.session.add(SchoolRule(registration_id=school, version=version, body=body, set_by=by, at=now()))
    return rules
