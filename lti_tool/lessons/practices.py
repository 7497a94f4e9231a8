"""Work at the pupils' own pace: given to a class, or to those who missed a lesson; taken up, closed, followed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, or_, select, true

from analytics import reader
from analytics.attendance import Status
from analytics.reader import OwnPart
from live_session import practice
from live_session.commands import SERVER, Actor, End, Resume, Sit, Start
from live_session.model import Activity, Millis, Mode, Proof, Role, Standing, State
from live_session.practice import Work
from live_session.reducer import NEVER
from lti_tool import live
from lti_tool.authority import Visit
from lti_tool.clock import moment_of, now
from lti_tool.errors import Fault
from lti_tool.extensions import db
from lti_tool.lessons import decks, joining, roster
from lti_tool.lessons.decks import deck_of, faults_of
from lti_tool.lessons.roster import Pupil
from lti_tool.models import CourseClass, Lesson, LessonRun, Membership, Person, Practice, PracticePupil
from lti_tool.models.base import new_uid
from lti_tool.text import one_line

LONGEST_TITLE = 200


# --- what can be given ----------------------------------------------------------------------------------------------


def from_lesson(lesson: Lesson) -> tuple[Activity, ...]:
    """The activities of a prepared lesson that are finished and can be done alone."""
    ready = deck_of([one for one in lesson.activities if not faults_of(one)])
    return tuple(one for one in ready if practice.is_for_one(one))


def from_run(state: State) -> tuple[Activity, ...]:
    """The activities that a lesson came to and that can be done alone; a question on the blackboard is not there any
    more."""
    asked = [one for one in state.deck if one.item is not None and state.round(one.id) is not None]
    return tuple(one for one in asked if practice.is_for_one(one))


def due_of(text: str) -> Millis | None:
    """A moment as a form sends it, by the school's clock; None for none. Raises `Fault` for nonsense, for the past."""
    if not text:
        return None
    try:
        due = moment_of(datetime.fromisoformat(text))
    except ValueError as error:
        raise Fault("practice_due") from error
    if due <= now():
        raise Fault("practice_due")
    return due


# --- giving it ------------------------------------------------------------------------------------------------------


def give(visit: Visit, deck: Sequence[Activity], title: str, class_id: int | None, due_at: Millis | None) -> Practice:
    """Open work for a class (None: the whole course). Raises `Fault` without an activity, and for another's class."""
    if class_id is not None and db.session.get(CourseClass, (visit.context_id, class_id)) is None:
        raise Fault("class_unknown")
    return _begin(visit, deck, Practice(title=one_line(title, LONGEST_TITLE), class_id=class_id, due_at=due_at))


def give_catch_up(visit: Visit, run: LessonRun, person_ids: Collection[int]) -> Practice:
    """Open the activities of a lesson for these pupils of its list, or open it for more of them: one a lesson.
    Raises `Fault` for a lesson that came to nothing that can be made up for, and for nobody."""
    chosen = {p.person_id for p in roster.everybody(run)} & set(person_ids)
    if not chosen:
        raise Fault("practice_nobody")
    db.session.get(LessonRun, run.run_id, with_for_update=True)  # two presses open one
    found = catch_up_of(run.run_id)
    if found is None:
        deck = from_run(live.state_of(run.run_id))
        found = _begin(
            visit, deck, Practice(title=run.title, class_id=run.class_id, of_run=run.run_id, is_catch_up=True)
        )
    for person_id in sorted(chosen - pupils_in(found.run_id)):
        added = PracticePupil(run_id=found.run_id, person_id=person_id, added_by=visit.person_id, added_at=now())
        db.session.add(added)
    return found


def _begin(visit: Visit, deck: Sequence[Activity], given: Practice) -> Practice:
    if not deck:
        raise Fault("practice_empty")
    given.run_id, given.context_id = new_uid(), visit.context_id
    given.opened_by, given.opened_at = visit.person_id, now()
    db.session.add(given)
    live.create(given.run_id, given.opened_at)
    begun = Start(given.title, tuple(map(decks.alone, deck)), NEVER, is_self_paced=True)
    live.ask(given.run_id, begun, Actor(Role.TEACHER, visit.uid), f"start-{given.run_id}")
    return given


def close(given: Practice, visit: Visit) -> None:
    """From now on nothing counts that is composed later."""
    live.ask(given.run_id, End(), Actor(Role.TEACHER, visit.uid))
    given.closed_at = live.state_of(given.run_id).ended_at


def reopen(given: Practice, visit: Visit) -> None:
    """Let pupils go on."""
    live.ask(given.run_id, Resume(), Actor(Role.TEACHER, visit.uid))
    given.closed_at = live.state_of(given.run_id).ended_at


# --- whose it is ----------------------------------------------------------------------------------------------------


def of_course(context_id: int) -> list[Practice]:
    """The newest first."""
    query = select(Practice).where(Practice.context_id == context_id)
    return list(db.session.scalars(query.order_by(Practice.opened_at.desc(), Practice.run_id)))


def of_teacher(run_id: str, context_id: int) -> Practice:
    """One of this course. Raises `Fault`."""
    given = db.session.get(Practice, run_id)
    if given is None or given.context_id != context_id:
        raise Fault("practice_gone", 404)
    return given


def catch_up_of(run_id: str) -> Practice | None:
    """What makes up for a taught lesson."""
    return db.session.scalars(select(Practice).where(Practice.of_run == run_id, Practice.is_catch_up)).first()


def pupils_in(run_id: str) -> set[int]:
    """Whom a catch-up is for, by person."""
    return set(db.session.scalars(select(PracticePupil.person_id).where(PracticePupil.run_id == run_id)))


def pupils_of(given: Practice) -> list[Pupil]:
    """Whom it is for, in the order of the list; of a catch-up also who has left the course since."""
    if not given.is_catch_up:
        return roster.pupils(given.context_id, given.class_id)
    chosen = pupils_in(given.run_id)
    return [p for p in roster.pupils(given.context_id, with_former=True) if p.person_id in chosen]


def for_pupil(visit: Visit) -> list[Practice]:
    """What is open for this pupil: what has an end first, the nearest first; then the newest."""
    found = db.session.scalars(_those_of(visit.context_id, visit.person_id).where(Practice.closed_at.is_(None)))
    return sorted(found, key=lambda one: (one.due_at is None, one.due_at or -one.opened_at, one.run_id))


def of_pupil(run_id: str, visit: Visit) -> Practice:
    """One that is for this pupil, be it closed. Raises `Fault`, the same for none and for another's."""
    given = db.session.scalars(_those_of(visit.context_id, visit.person_id).where(Practice.run_id == run_id)).first()
    if given is None:
        raise Fault("practice_gone", 404)
    return given


def given_to(context_id: int, person: Person, most: int) -> list[tuple[Practice, int, int]]:
    """The newest that were ever for this pupil: how many activities they have done, of how many. What is at rest was
    counted by a job; only what somebody works on now is read here."""
    those = _those_of(context_id, person.id).order_by(Practice.opened_at.desc(), Practice.run_id)
    found = db.session.scalars(those.limit(most)).all()
    counted = reader.fresh_parts(db.session.connection(), [one.run_id for one in found], person.uid)
    return [(one, *_done(one, person.uid, counted.get(one.run_id))) for one in found]


def _done(given: Practice, uid: str, counted: OwnPart | None) -> tuple[int, int]:
    if counted is not None:
        done = counted.result.given.values() if counted.result else ()
        return sum(one.value is not None or one.is_unsigned for one in done), len(counted.questions)
    state = live.state_of(given.run_id, remember=True)
    sitting = state.participants.get(uid)
    return practice.work(state, sitting).answered if sitting else 0, len(state.deck)


def _those_of(context_id: int, person_id: int) -> Select[Practice]:
    """For the class of this pupil (for all classes where no list says which), or by a teacher's press for them."""
    member = select(Membership.class_id).where(Membership.context_id == context_id, Membership.person_id == person_id)
    class_id = db.session.scalar(member)
    is_for_class = or_(Practice.class_id.is_(None), Practice.class_id == class_id) if class_id else true()
    by_press = select(PracticePupil.run_id).where(PracticePupil.person_id == person_id)
    is_for = or_(Practice.is_catch_up.is_(False) & is_for_class, Practice.run_id.in_(by_press))
    return select(Practice).where(Practice.context_id == context_id, is_for)


def sit_down(given: Practice, visit: Visit) -> None:
    """Take the seat of an LMS launch. Raises `Fault` once it is closed."""
    if joining.is_seated(live.state_of(given.run_id), visit):
        return
    seat = Sit(visit.uid, visit.claim, Standing.LAUNCHED, Mode.HOME, Proof.NONE)
    if live.is_refused(live.ask(given.run_id, seat, SERVER)):
        raise Fault("practice_closed", 410)


# --- how far it has come --------------------------------------------------------------------------------------------

NOT_BEGUN = Work(0, 0, 0, 0, is_finished=False, is_trusted=True)


@dataclass(frozen=True)
class Own:
    """A piece of work as its pupil stands in it, of how many activities."""

    given: Practice
    work: Work
    total: int


def own(visit: Visit, given: Practice) -> Own:
    """How far this pupil has come in it."""
    state = live.state_of(given.run_id, remember=True)
    sitting = state.participants.get(visit.uid)
    return Own(given, practice.work(state, sitting) if sitting else NOT_BEGUN, len(state.deck))


def to_make_up(visit: Visit, found: Sequence[Practice]) -> list[Own]:
    """Of these, the lessons that this pupil has yet to make up for, in the same order."""
    missed = [own(visit, one) for one in found if one.is_catch_up]
    return [one for one in missed if not one.work.is_finished]


@dataclass(frozen=True)
class Line:
    """A pupil's work, for the teacher."""

    pupil: Pupil
    work: Work
    is_late: bool


def lines(given: Practice, state: State) -> list[Line]:
    """In the order of the list: there is no other."""
    works = practice.works(state)
    found = [(pupil, works.get(pupil.uid, NOT_BEGUN)) for pupil in pupils_of(given)]
    return [Line(p, work, bool(given.due_at and work.last_at > given.due_at)) for p, work in found]


def made_up(run_id: str) -> Mapping[str, Millis]:
    """When who had made up for a lesson, by opaque id. It says nothing of who was there."""
    given = catch_up_of(run_id)
    return _finished(live.state_of(given.run_id)) if given else {}


def _finished(state: State) -> Mapping[str, Millis]:
    works = practice.works(state)
    return {who: work.last_at for who, work in works.items() if work.is_finished and work.is_trusted}


def caught_up(found: Sequence[Practice]) -> Mapping[str, tuple[int, int]]:
    """Of each catch-up among these, by run: how many of its pupils are done, and how many it is for."""
    return {one.run_id: _caught_up(one) for one in found if one.is_catch_up}


def _caught_up(given: Practice) -> tuple[int, int]:
    finished, pupils = _finished(live.state_of(given.run_id, remember=True)), pupils_of(given)
    return sum(pupil.uid in finished for pupil in pupils), len(pupils)


def made_up_by(person: Person, run_ids: Collection[str]) -> Mapping[str, Millis]:
    """When this pupil had made up for which of these lessons."""
    query = select(Practice.of_run).join(PracticePupil, PracticePupil.run_id == Practice.run_id)
    query = query.where(PracticePupil.person_id == person.id, Practice.is_catch_up, Practice.of_run.in_(run_ids))
    found = {run_id: made_up(run_id).get(person.uid) for run_id in db.session.scalars(query) if run_id}
    return {run_id: at for run_id, at in found.items() if at is not None}


def has_missed(chosen: Status | None, seen: Status, answered: int, asked: int) -> bool:
    """A pupil is to be offered a lesson again: absent by the teacher's word, never seen, or answered less than half of
    it. `chosen` is what stands on the page of attendance, `seen` what the phone's signs say: whom the teacher saw and
    no phone did had none, and missed nothing. Nothing is known of a picked name until it is confirmed."""
    if chosen in (Status.ABSENT, Status.EXCUSED):
        return True
    if seen is Status.UNCONFIRMED:
        return False
    if seen is Status.NOT_SEEN:
        return chosen is None
    return 2 * answered < asked
