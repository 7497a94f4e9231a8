"""What holds for the whole school: thresholds of attendance, set by the administrator or a head of department."""

from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, Response, make_response, render_template, request
from sqlalchemy import select

from analytics.regulations.circular_22_2021 import Reading
from lti_tool.access import Need, needs, note_access, visitor
from lti_tool.clock import now, school_year, second_term, today
from lti_tool.extensions import db
from lti_tool.lessons import school_rules
from lti_tool.lessons.school_rules import FIELDS, LISTS, Field
from lti_tool.models import Person
from lti_tool.pages.desk import done, form_id

screen = Blueprint("rules", __name__, url_prefix="/l/<visit_id>/rules")

GROUPS = {
    "present": ("present_share", "late_after", "early_before"),
    "signs": ("merge_gap", "code_lasts", "face_down_before", "face_down_after"),
    "outage": ("outage_share", "outage_least", "outage_within", "server_gap"),
    "engagement": ("voice_target",),
    "observation": (),
    "periods": ("month_least", "warn_days", "half_day_most", "row_most", "share_target"),
}
"""The fields as the form groups them."""
LIST_OF = {"engagement": "behaviours", "observation": "headings", "periods": "exempt"}
"""The list below a group's fields."""


@dataclass(frozen=True)
class Asked:
    """A field with what stands in it, and whether that cannot be."""

    name: str
    field: Field
    value: str
    is_faulty: bool


@dataclass(frozen=True)
class _Chosen:
    """What is chosen rather than typed."""

    forecasts: bool
    reading: str
    year_end: str


@screen.get("")
@needs(Need.GOVERN)
def show() -> str:
    """The form, and who changed what when."""
    rules = school_rules.at(visitor().registration_id, now())
    listed = {name: "\n".join(lines) for name, lines in school_rules.listed(rules).items()}
    chosen = _Chosen(rules.forecasts, rules.reading, rules.year_end(school_year(today())).isoformat())
    return _page(school_rules.shown(rules), listed, chosen, set())


@screen.post("")
@needs(Need.GOVERN)
def save() -> Response:
    """Keep it for lessons that begin from now on. With anything wrong in it nothing is kept, and the form stays; so it
    is where somebody else has saved meanwhile: what they set is not undone by who has not seen it."""
    typed = {name: request.form.get(name, "") for name in FIELDS}
    numbers, faulty = school_rules.read(typed)
    listed = {name: request.form.get(name, "") for name in LISTS}
    lists = {name: lines for name, text in listed.items() if (lines := school_rules.read_list(text)) is not None}
    school, by, seen = visitor().registration_id, visitor().person_id, form_id("seen")
    stands, year = school_rules.at(school, now()), school_year(today())
    reading = request.form.get("reading", str(stands.reading))
    typed_end = request.form.get("year_end", stands.year_end(year).isoformat())
    chosen = _Chosen("forecasts" in request.form, reading, typed_end)
    ends = school_rules.read_year_end(typed_end, year)
    faulty |= set() if reading in set(Reading) else {"reading"}
    faulty |= set() if ends else {"year_end"}
    if ends is None or faulty or len(lists) < len(LISTS):
        return make_response(_page(typed, listed, chosen, faulty | set(LISTS) - set(lists)), 422)
    kept = school_rules.save(
        school, numbers, lists, by,
        forecasts=chosen.forecasts, reading=Reading(reading), year_ends={year: ends}, seen=seen,
    )  # fmt: skip
    if kept is None:
        return make_response(_page(typed, listed, chosen, set(), is_overtaken=True), 409)
    note_access("rules.saved")
    return done("rules.show", "rules_saved")


def _page(
    values: dict[str, str], listed: dict[str, str], chosen: "_Chosen", faulty: set[str], *, is_overtaken: bool = False
) -> str:
    groups = {
        group: [Asked(name, FIELDS[name], values[name][:12], name in faulty) for name in names]
        for group, names in GROUPS.items()
    }
    past, year = school_rules.history(visitor().registration_id), school_year(today())
    people = db.session.scalars(select(Person).where(Person.id.in_({one.set_by for one in past})))
    names = {person.id: person.name for person in people}
    return render_template(
        "rules.html",
        here="rules",
        groups=groups,
        faulty=faulty,
        is_overtaken=is_overtaken,
        seen=past[0].version if past else 1,
        history=[(one, names.get(one.set_by or 0)) for one in past],
        list_of=LIST_OF,
        listed=listed,
        chosen=chosen,
        readings=tuple(Reading),
        year=year,
        second_term=(begins := second_term(year)),
        first_end=begins + timedelta(days=1),
        last_end=school_rules.last_day(year),
        most=school_rules.MOST_BEHAVIOURS,
        longest=school_rules.LONGEST_BEHAVIOUR,
    )
