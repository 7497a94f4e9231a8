"""A term's marks: read as a book of rows, and written by a teacher's act. Nothing else in the product makes one.

What is computed from them (the term's average, the level of a comment-only subject) is the regulation's, and is never
stored.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import chain
from typing import Any

from sqlalchemy import select

from analytics.regulations import governing
from analytics.regulations.port import Form, InvalidMark, NotComputable, Regulation, Scope, Sitting, Status
from live_session.model import Millis
from lti_tool import formats
from lti_tool.clock import local, now, school_year, second_term, today
from lti_tool.extensions import db
from lti_tool.lessons import school_rules, transfers
from lti_tool.lessons.courses import school_of
from lti_tool.lessons.markacts import (
    NOTHING,
    Act,
    Before,
    Wish,
    acts_of,
    before_of,
    counted,
    newest,
    source_of,
    that_stand,
    wish_of,
)
from lti_tool.lessons.roster import Pupil, kept, pupils
from lti_tool.lessons.transfers import Origin
from lti_tool.lms import delivery
from lti_tool.lms.delivery import Queued
from lti_tool.models import Context, Course, LessonRun, Mark, Person, Place, ScoreDecision
from lti_tool.text import one_line
from lti_tool.translations import t

TERMS = (1, 2)
SUMMER = 3
"""Where what is made good in the summer stands, after both terms: conduct (Điều 13), and re-tests (Điều 14), each mark
in the place of the final. The homeroom teacher makes both; a re-test replaces the subject's year where it is asked
whether the pupil goes up, and belongs to no term."""
METHODS = ("oral", "written", "presentation", "practice", "experiment", "product")
"""How a regular mark is come by (Điều 6.1): hỏi–đáp, viết, thuyết trình, thực hành, thí nghiệm, sản phẩm học tập."""
IN_PERSON = "in_person"
HELD = (IN_PERSON, "online", "both")
"""Where a test is held. A periodic one is in person; online only by a decision of the school's head (TT 09/2021)."""
FAULTS = (
    "not_a_number", "out_of_range", "level", "status", "no_mark_with_this_status", "why", "changed_meanwhile",
    "unknown", "decision",
)  # fmt: skip
"""What may be wrong with a cell of the form."""
MOST_PERIODS = 500
LONGEST_WHY = 200
LONGEST_DECISION = 80
Cell = tuple[int, Place]
"""A pupil's id, and a place in the row."""


@dataclass(frozen=True)
class Evidence:
    """A score of this term that a teacher confirmed after a lesson: something to go by, never a mark by itself.
    `source`: the class before, where the lesson was taught there."""

    run_id: str
    title: str
    at: Millis
    value: str
    source: Origin | None = None


Result = Decimal | str | NotComputable
"""What a term came to: an average, a level, or why there is none yet."""


@dataclass(frozen=True)
class Row:
    """A pupil's term: the newest act of each place, all acts, the marks that stand, and what follows from them.
    `is_short`: the level follows from the end of the term alone, see `is_short`. `before`: what stands in the class
    from which the pupil moved; `counted`: the marks that count."""

    pupil: Pupil
    newest: Mapping[Place, Act]
    marks: Mapping[Place, Act]
    history: tuple[Act, ...]
    evidence: tuple[Evidence, ...]
    result: Result
    is_short: bool
    before: tuple[Before, ...] = ()

    @property
    def counted(self) -> Mapping[Place, Act]:
        return counted(self.marks, self.before)

    @property
    def source(self) -> Origin | None:
        return source_of(self.counted)


@dataclass(frozen=True)
class Rulebook:
    """What the regulation asks of this course. `due` is how many regular marks; None until the periods are known."""

    regulation: Regulation
    form: Form
    due: int | None

    @property
    def places(self) -> tuple[Place, ...]:
        """The places open for marks: as many regular ones as are due, all of them until that is known."""
        most = 4 if self.due is None else self.due
        regular = [place for place in Place if place.is_regular]
        return (*regular[:most], Place.MIDTERM, Place.FINAL)


@dataclass(frozen=True)
class Manner:
    """How all marks of one form were come by: a regular one's method, where the test was held, and the decision that a
    periodic one rests on which was not in person."""

    method: str = ""
    held: str = IN_PERSON
    decision: str = ""


@dataclass(frozen=True)
class Written:
    """A mark as a form sends it: the text, what became of the test, the act that the teacher saw (0: none). `why`: the
    reason of this change alone; `basis`: what was proposed here; `manner`: how this mark alone was come by."""

    text: str
    status: str
    seen: int
    why: str = ""
    basis: Mapping[str, Any] | None = None
    manner: Manner | None = None


def rulebook(course: Course) -> Rulebook | Scope:
    """The regulation over this course, or why none governs it (a primary class, say)."""
    found = governing(course.school_year, course.grade)
    if isinstance(found, Scope):
        return found
    form = Form.COMMENT if course.is_comment_only else Form.SCORE
    due = found.regular_count(course.periods_a_year, form)
    return Rulebook(found, form, due if isinstance(due, int) else None)


def term_of(day: date) -> int:
    """The term that the school is in on this day."""
    return 2 if second_term(school_year(day)) <= day else 1


def term_days(year: str, term: int) -> tuple[date, date]:
    """The first day of a school year's term, and the first that is none of it any more."""
    first = int(year[:4])
    starts = date(first, 8, 1), second_term(year), date(first + 1, 8, 1)
    return starts[term - 1], starts[term]


def book(
    course: Course, rules: Rulebook, term: int, class_id: int | None = None, *, with_former: bool = False
) -> list[Row]:
    """Every pupil's row of a term, in the order of the list; `with_former`, after them, of who left with a mark."""
    acts, before = acts_of(course, term), _before(course, term)
    listed = kept(pupils(course.context_id, class_id, with_former=with_former), acts)
    behind, closed = _evidence(course, term), is_over(course, term)
    found = []
    for one in listed:
        own, there = acts.get(one.person_id, ()), before.get(one.person_id, ())
        found.append(_row(rules, one, own, behind.get(one.person_id, ()), there, is_closed=closed))
    return found


def results(course: Course, rules: Rulebook, term: int, only: int | None = None) -> dict[int, Result]:
    """What a term came to for each pupil who has marks (for one pupil alone), by the pupil's id."""
    closed, known = is_over(course, term), standing(course, term, only)
    return {person_id: result(rules, stand, is_closed=closed) for person_id, stand in known.items()}


def is_over(course: Course, term: int) -> bool:
    """The last day of this course's term has passed: of the second that of the school year, as the school set it. What
    is taught or entered in the summer is the second term's all the same."""
    if term not in TERMS:
        return False
    (begins, after), day = term_days(course.school_year, term), today()
    if term == 2 and begins < day < after:
        return school_rules.year_end(school_of(course.context_id), course.school_year) < day
    return after <= day


def standing(course: Course, term: int, only: int | None = None) -> dict[int, Mapping[Place, Act]]:
    """The marks of a term that count, for each pupil for whom one was ever made (for one pupil alone), by their id."""
    before = _before(course, term, only)
    own = {person_id: that_stand(newest(acts)) for person_id, acts in acts_of(course, term, only).items()}
    return {who: counted(own.get(who, {}), before.get(who, ())) for who in own | before}


def _before(course: Course, term: int, only: int | None = None) -> dict[int, tuple[Before, ...]]:
    """Of no re-test: the class of the summer makes it."""
    return before_of(course, term, only) if term in TERMS else {}


def retests(course: Course, only: int | None = None) -> dict[int, Act]:
    """The newest act on each pupil's re-test (on one pupil's alone), by their id; one without a value is taken back."""
    found = {who: newest(acts).get(Place.FINAL) for who, acts in acts_of(course, SUMMER, only).items()}
    return {who: act for who, act in found.items() if act}


def _row(
    rules: Rulebook,
    pupil: Pupil,
    acts: Iterable[Act],
    evidence: Iterable[Evidence],
    before: tuple[Before, ...],
    *,
    is_closed: bool,
) -> Row:
    history = tuple(acts)
    last = newest(history)
    marks = that_stand(last)
    count = counted(marks, before)
    found = result(rules, count, is_closed=is_closed)
    return Row(pupil, last, marks, history, tuple(evidence), found, is_short(rules, count, found), before)


def result(rules: Rulebook, marks: Mapping[Place, Act], *, is_closed: bool = False) -> Result:
    """The term's average, or the level of a comment-only subject; why there is none yet. A term that is over closes
    for who has an assessment in it: of a pupil who came later, or a subject that was not kept here, it says nothing."""
    if rules.due is None:
        return NotComputable("periods_missing")
    regular = [marks[place].value for place in rules.places if place.is_regular and place in marks]
    middle, last = (_sitting(marks.get(place)) for place in (Place.MIDTERM, Place.FINAL))
    if rules.form is Form.COMMENT:
        return rules.regulation.comment_term(regular, middle, last, rules.due, is_closed=is_closed and bool(marks))
    return rules.regulation.term_average(regular, middle, last, rules.due)


def is_short(rules: Rulebook, marks: Mapping[Place, Act], found: Result) -> bool:
    """Whether a level stands only because the term is over: an assessment is lacking (Điều 9.1a). Then it is a proposal
    to look at, for it may be no more than forgotten."""
    return isinstance(found, str) and isinstance(result(rules, marks), NotComputable)


def _sitting(act: Act | None) -> Sitting:
    return Sitting() if act is None else Sitting(act.value or None, act.status)


def _evidence(course: Course, term: int) -> dict[int, list[Evidence]]:
    query = (
        select(ScoreDecision, LessonRun)
        .join(LessonRun, LessonRun.run_id == ScoreDecision.run_id)
        .where(LessonRun.context_id == course.context_id)
        .order_by(LessonRun.started_at, ScoreDecision.id)
    )
    own = ((one, run, None) for one, run in db.session.execute(query))
    newest: dict[tuple[int, str], Evidence] = {}
    for one, run, source in chain(transfers.of_lessons(ScoreDecision, course), own):
        day = local(run.started_at).date()
        if term_of(day) == term and school_year(day) == course.school_year:
            about = Evidence(run.run_id, run.title, run.started_at, one.value, source)
            newest[one.person_id, run.run_id] = about
    found: dict[int, list[Evidence]] = {}
    for (person_id, _), said in newest.items():
        found.setdefault(person_id, []).append(said)
    return found


# --- writing --------------------------------------------------------------------------------------------------------


def read(rules: Rulebook, place: Place, written: Written) -> Wish | str:
    """A mark as it will be kept, or the reason why it is none: `not_a_number`, `out_of_range`, `level`, `status`,
    `no_mark_with_this_status`."""
    text = written.text.strip()
    try:
        status = Status(written.status or Status.TAKEN)
    except ValueError:
        return "status"
    if place.is_regular and status is not Status.TAKEN:
        return "status"
    if status not in (Status.TAKEN, Status.MAKEUP):
        return "no_mark_with_this_status" if text else Wish("", status)
    if not text:
        return Wish("", Status.TAKEN)
    if rules.form is Form.COMMENT:
        return Wish(text, status) if text in rules.regulation.comment_levels else "level"
    mark = rules.regulation.mark(text)
    return mark.reason if isinstance(mark, InvalidMark) else Wish(f"{mark:f}", status)


@dataclass(frozen=True)
class Saved:
    """What became of a form: how many marks were made, or what is wrong with it, by cell; then nothing was made."""

    made: int
    faults: Mapping[Cell, str]


def save(
    course: Course,
    rules: Rulebook,
    term: int,
    form: Mapping[Cell, Written],
    *,
    by: int,
    manner: Manner = Manner(),
    why: str = "",
) -> Saved:
    """The teacher's act: make what changed, all of it or nothing. A mark that is changed or taken back needs a reason
    (`why`), and one that somebody else changed since the teacher saw it is not touched (`changed_meanwhile`)."""
    db.session.execute(select(Context.id).where(Context.id == course.context_id).with_for_update())  # one at a time
    known = {(person_id, act.place): act for person_id, acts in acts_of(course, term).items() for act in acts}
    listed = {pupil.person_id for pupil in pupils(course.context_id)}
    faults: dict[Cell, str] = {}
    wanted: dict[Cell, Wish] = {}
    for cell, written in form.items():
        old = known.get(cell)
        found = "unknown" if cell[0] not in listed or cell[1] not in rules.places else read(rules, cell[1], written)
        if isinstance(found, str):
            faults[cell] = found
        elif wish_of(old) != found:
            wanted[cell] = found
            if fault := _forbids(old, written, why) or _lacks(cell[1], found, written.manner or manner):
                faults[cell] = fault
    if faults:
        return Saved(0, faults)
    for cell, wish in wanted.items():
        written = form[cell]
        said, how = one_line(written.why or why, LONGEST_WHY), written.manner or manner
        _make(course, term, cell, wish, by=by, manner=how, why=said, basis=written.basis)
    db.session.flush()
    return Saved(len(wanted), {})


def taken_over(
    rules: Rulebook, row: Row, context_id: int, form: Mapping[Cell, Written], why: str
) -> dict[Cell, Written]:
    """The marks that a pupil has in this other course, as the teacher's own, for places that are empty, also in the
    form: how each was come by goes along. Nothing where there is none of it."""
    brought = next((one.marks for one in row.before if one.origin.context_id == context_id), {})
    found: dict[Cell, Written] = {}
    for place, act in brought.items():
        cell, seen = (row.pupil.person_id, place), row.newest[place].id if place in row.newest else 0
        typed = form.get(cell, Written("", "", seen))
        if place in rules.places and place not in row.marks and read(rules, place, typed) == NOTHING:
            manner = Manner(act.method, act.held or IN_PERSON, act.decision)
            found[cell] = Written(act.value, act.status, typed.seen, why, None, manner)
    return found


def _forbids(old: Act | None, written: Written, why: str) -> str:
    """What keeps a mark from being changed, "" if nothing does."""
    if (old.id if old else 0) != written.seen:
        return "changed_meanwhile"
    return "why" if wish_of(old) != NOTHING and not (written.why or why).strip() else ""


def _lacks(place: Place, wish: Wish, manner: Manner) -> str:
    """What a periodic mark lacks that was not come by in person, "" for nothing."""
    rests_on_nothing = manner.held != IN_PERSON and not manner.decision.strip()
    return "decision" if wish.value and not place.is_regular and rests_on_nothing else ""


def _make(
    course: Course,
    term: int,
    cell: Cell,
    wish: Wish,
    *,
    by: int,
    manner: Manner,
    why: str,
    basis: Mapping[str, Any] | None,
) -> None:
    person_id, place = cell
    held = manner.held if wish.value and manner.held in HELD else ""
    db.session.add(
        Mark(
            context_id=course.context_id,
            school_year=course.school_year,
            term=term,
            person_id=person_id,
            place=place,
            value=wish.value,
            status=wish.status,
            method=manner.method if manner.method in METHODS and place.is_regular else "",
            held=held,
            decision="" if place.is_regular or held in ("", IN_PERSON) else one_line(manner.decision, LONGEST_DECISION),
            why=why,
            basis=dict(basis) if basis else None,
            made_by=by,
            made_at=now(),
        )
    )


# --- to the LMS -----------------------------------------------------------------------------------------------------

COUNTS_AS_ZERO = (Status.MISSED_UNEXCUSED, Status.MAKEUP_NOT_ATTENDED)


def send(course: Course, rules: Rulebook, term: int) -> int:
    """Queue the term's marks for the LMS's gradebook, each place in a column of its own; how many are new there. What
    was taken back is withdrawn. A grade that somebody changed in the LMS is not overwritten: the outbox asks. Levels of
    a comment-only subject are no grades, and stay here."""
    if rules.form is Form.COMMENT:
        return 0
    last = {(person_id, act.place): act for person_id, acts in acts_of(course, term).items() for act in acts}
    known = _accounts(person_id for person_id, _ in last)
    columns = dict(delivery.mark_columns(course, term))
    sent = 0
    for place in rules.places:
        acts = {person_id: act for (person_id, of), act in last.items() if of is place and person_id in known}
        values = {person_id: value for person_id, act in acts.items() if (value := grade_of(act))}
        if values and place not in columns:
            label = str(
                t("marks.column", place=t(f"marks.place.{place}"), term=formats.term(term), year=course.school_year)
            )
            columns[place] = delivery.mark_column(course, term, place, label)
        if place in columns:
            sent += delivery.queue(columns[place], [Queued(*one) for one in values.items()])
            for person_id in acts.keys() - values.keys():
                delivery.withdraw(columns[place], person_id)
    return sent


def grade_of(act: Act) -> str:
    """A mark as a gradebook takes it; a test that was missed without reason is 0 (Điều 7.5). Empty for none."""
    return act.value or ("0" if act.status in COUNTS_AS_ZERO else "")


def _accounts(person_ids: Iterable[int]) -> set[int]:
    query = select(Person.id).where(Person.id.in_(set(person_ids)), Person.sub.is_not(None))
    return set(db.session.scalars(query))
