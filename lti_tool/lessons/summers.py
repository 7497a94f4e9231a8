"""What pupils make good in the summer, as the homeroom teacher enters it: re-tests (Điều 14) and conduct (Điều 13). Who
may make good what follows from the year; marks and conduct are acts like all others."""

from collections.abc import Mapping
from dataclasses import dataclass

from analytics.regulations.port import Retest
from lti_tool.extensions import db
from lti_tool.lessons import conduct, marks
from lti_tool.lessons.marks import SUMMER
from lti_tool.lessons.years import ClassYear, retested
from lti_tool.models import Place

Cell = tuple[int, int]
"""A pupil's id, and the course of a re-test."""


@dataclass(frozen=True)
class Saved:
    """How much was entered, or what is wrong with it, by cell (of conduct: by pupil); then nothing was entered."""

    made: int
    retests: Mapping[Cell, str]
    conducts: Mapping[int, str]


NOTHING = Saved(0, {}, {})


def save(
    year: ClassYear,
    retests: Mapping[Cell, marks.Written],
    conducts: Mapping[int, conduct.Written],
    *,
    by: int,
    why: str,
) -> Saved:
    """The homeroom teacher's act, all of it or nothing."""
    open_to = {(row.pupil.person_id, one.course.context_id) for row in year.rows for one in retested(year, row)}
    faults = dict.fromkeys(retests.keys() - open_to, "unknown")
    made = 0
    with db.session.begin_nested() as point:
        for one in year.subjects:
            form = {
                (who, Place.FINAL): written
                for (who, context_id), written in retests.items()
                if context_id == one.course.context_id and (who, context_id) in open_to
            }
            if form:
                saved = marks.save(one.course, one.rules, SUMMER, form, by=by, why=why)
                faults |= {(who, one.course.context_id): fault for (who, _), fault in saved.faults.items()}
                made += saved.made
        said = _conduct(year, conducts, by=by, why=why)
        if faults or said.faults:
            point.rollback()
            return Saved(0, faults, {who: fault for (who, _), fault in said.faults.items()})
    return Saved(made + said.made, {}, {})


def _conduct(year: ClassYear, form: Mapping[int, conduct.Written], *, by: int, why: str) -> conduct.Saved:
    listed = {
        row.pupil.person_id for row in year.rows if isinstance(row.retest, Retest) and row.retest.has_summer_conduct
    }
    if year.regulation is None or not form:
        return conduct.Saved(0, {})
    cells = {(who, SUMMER): written for who, written in form.items()}
    return conduct.save(year.class_, year.regulation, listed, cells, by=by, why=why)
