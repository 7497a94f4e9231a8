"""The class at a glance, for those who teach it: objectives and levels, who needs what next; in the roster's order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, render_template

from analytics import reader
from analytics.mastery import store
from analytics.mastery.estimates import Estimate
from analytics.mastery.levels import Direction, Level
from analytics.parity import Gap
from lti_tool.access import Need, needs, note_access, visitor
from lti_tool.extensions import db
from lti_tool.lessons import roster
from lti_tool.lessons.courses import scope_of
from lti_tool.lessons.roster import Pupil
from lti_tool.models import Course
from lti_tool.pages.desk import classes_of

screen = Blueprint("overview", __name__, url_prefix="/l/<visit_id>/class")

SHOWN = (Level.STRONG, Level.MET, Level.FORMING, Level.NOT_MET, Level.NOT_ENOUGH)
MOST_TALKS = 5


@dataclass(frozen=True)
class Column:
    """An objective: how many pupils are at each level, and who needs it next."""

    objective: str
    counts: Mapping[Level, int]
    needing: Sequence[Pupil]


@dataclass(frozen=True)
class Talk:
    """A pupil to talk to first, and why: objectives not met, objectives on the way down."""

    pupil: Pupil
    not_met: Sequence[str]
    down: Sequence[str]


@screen.get("")
@needs(Need.TEACH)
def grid() -> str:
    """The grid in the order of the roster."""
    context_id = visitor().context_id
    note_access("class.seen", object_=f"context:{context_id}")
    pupils = roster.pupils(context_id)
    known = store.estimates(db.session.connection(), scope_of(context_id), [p.uid for p in pupils])
    objectives = _in_order(known)
    return render_template(
        "overview.html",
        here="class",
        pupils=pupils,
        known=known,
        columns=[_column(objective, pupils, known) for objective in objectives],
        talks=talks(pupils, known),
        levels=SHOWN,
        classes={c.id: c.name for c in classes_of(context_id)},
        parity=[gaps for c in classes_of(context_id) if (gaps := told_of(c.id))],
    )


def told_of(class_id: int | None) -> list[Gap]:
    """What is worth a word about room and home in a class of this course, over the last weeks."""
    course = db.session.get(Course, visitor().context_id)
    if class_id is None or course is None:
        return []
    found = reader.parity_of(db.session.connection(), visitor().registration_id, class_id, course.subject)
    return [gap for gap in found if gap.is_told]


Known = Mapping[tuple[str, str], Estimate]


def _in_order(known: Known) -> list[str]:
    """Objectives as they were taught: by the first day on which somebody answered."""
    first: dict[str, str] = {}
    for (_, objective), estimate in known.items():
        first[objective] = min(first.get(objective, "9"), estimate.days[0])
    return sorted(first, key=lambda objective: (first[objective], objective))


def level_of(known: Known, uid: str, objective: str) -> Level:
    """A pupil's level on an objective; not enough where there is nothing."""
    estimate = known.get((uid, objective))
    return estimate.level if estimate else Level.NOT_ENOUGH


def _column(objective: str, pupils: Sequence[Pupil], known: Known) -> Column:
    levels = {p.uid: level_of(known, p.uid, objective) for p in pupils}
    counts = {level: sum(one is level for one in levels.values()) for level in SHOWN}
    return Column(objective, counts, [p for p in pupils if levels[p.uid] is Level.NOT_MET])


def talks(pupils: Sequence[Pupil], known: Known) -> list[Talk]:
    """Up to five pupils to talk to first: those with most objectives not met or going down, in the roster's order."""
    found = []
    for pupil in pupils:
        own = {objective: one for (uid, objective), one in known.items() if uid == pupil.uid}
        not_met = [o for o, one in own.items() if one.level is Level.NOT_MET]
        down = [o for o, one in own.items() if one.growth.direction is Direction.DOWN and o not in not_met]
        if not_met or down:
            found.append(Talk(pupil, not_met, down))
    chosen = sorted(found, key=lambda one: (-len(one.not_met), -len(one.down), one.pupil.number))[:MOST_TALKS]
    return sorted(chosen, key=lambda one: one.pupil.number)
