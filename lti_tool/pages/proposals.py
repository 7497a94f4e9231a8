"""Proposed marks: what the tagged questions come to, pupil by pupil, for the teacher to accept, change or leave."""

from collections.abc import Collection, Mapping
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request

from analytics.marks import LEAST, LEAST_LEVELS
from lti_tool.access import Need, needs, note_access, visitor
from lti_tool.errors import Fault
from lti_tool.extensions import db
from lti_tool.lessons import assessments, comments, judgements, marks, marksheet
from lti_tool.lessons.assessments import Line, Tag
from lti_tool.lessons.comments import Draft
from lti_tool.lessons.judgements import Cell, Work
from lti_tool.lessons.marks import Cell as MarkCell
from lti_tool.lessons.marks import Manner, Rulebook, Written
from lti_tool.lessons.roster import Pupil, pupils
from lti_tool.models import Assessment, Course, Place
from lti_tool.pages.desk import classes_of, done, form_id
from lti_tool.pages.marks import asked_class, asked_term, has_gradebook, ruled, send_if_asked
from lti_tool.text import whole

screen = Blueprint("proposals", __name__, url_prefix="/l/<visit_id>/marks/proposals")

NEWEST = 6
"""Lessons whose questions are offered at once; those before them unfold."""


@screen.get("")
@needs(Need.TEACH)
def index() -> str:
    """The term's assessments, and the form that tags questions for another one."""
    course, rules = ruled()
    term = asked_term()
    return render_template(
        "proposals.html",
        here="marks",
        course=course,
        rules=rules,
        term=term,
        terms=marks.TERMS,
        assessments=(made := assessments.of_term(course, term)),
        titles={one.id: one.title for one in made},
        taught=(taught := assessments.taught(course, term)),
        newest=NEWEST,
        counts=_counts(taught),
        methods=marks.METHODS,
        longest=assessments.LONGEST_TITLE,
        least=LEAST,
        least_levels=LEAST_LEVELS,
    )


def _counts(taught: Collection[assessments.Taught]) -> dict[int, int]:
    """Questions and works tagged for each assessment."""
    found: dict[int, int] = {}
    for lesson in taught:
        for question in {one.activity: one for one in (*lesson.questions, *lesson.works)}.values():
            if question.tagged_for is not None:
                found[question.tagged_for] = found.get(question.tagged_for, 0) + 1
    return found


@screen.post("")
@needs(Need.TEACH)
def make() -> Response:
    """Tag the ticked questions, or works, for one assessment."""
    course, _ = ruled()
    said, questions, works = request.form, _ticked("q"), _ticked("work")
    if questions and works:
        raise Fault("assessment_mixed")
    made = assessments.make(
        course, asked_term(), said.get("title", ""), said.get("method", ""), questions or works, visitor().person_id,
        by_levels=bool(works),
    )  # fmt: skip
    note_access("assessment.made", object_=f"assessment:{made.id}")
    return done("proposals.levels" if works else "proposals.show", "assessment_made", assessment_id=made.id)


def _ticked(boxes: str) -> set[Tag]:
    """The boxes of the form: `<run>.<activity>`."""
    parts = (text.partition(".") for text in request.form.getlist(boxes))
    return {(run[:32], activity[:64]) for run, _, activity in parts}


@screen.post("/<int:assessment_id>/remove")
@needs(Need.TEACH)
def remove(assessment_id: int) -> Response:
    """Untag an assessment's questions; marks stay."""
    course, _ = ruled()
    assessment = assessments.assessment_of(course, assessment_id)
    term = assessment.term
    note_access("assessment.removed", object_=f"assessment:{assessment_id}")
    assessments.remove(assessment)
    return done("proposals.index", "assessment_removed", term=term)


@screen.get("/<int:assessment_id>")
@needs(Need.TEACH)
def show(assessment_id: int) -> str:
    """One assessment: each pupil's proposal with its band and what is behind it."""
    course, rules = ruled()
    assessment = assessments.assessment_of(course, assessment_id)
    note_access("proposals.seen", object_=f"context:{course.context_id}")
    return _page(course, rules, assessment)


def _page(
    course: Course,
    rules: Rulebook,
    assessment: Assessment,
    faults: Mapping[MarkCell, str] | None = None,
    lost: Collection[int] = (),
) -> str:
    rows = {row.pupil.person_id: row for row in marks.book(course, rules, assessment.term, asked_class())}
    lines = assessments.lines(course, rules, assessment, asked_class())
    values: dict[str, Any] = {
        "course": course,
        "rules": rules,
        "assessment": assessment,
        "place": _place(rules, [row.marks for row in rows.values()]),
        "places": [one for one in rules.places if one.is_regular],
        "classes": classes_of(course.context_id),
        "class_id": asked_class(),
        "rows": rows,
        "lines": lines,
        "phrases": comments.phrases(course, lines),
        "comments": comments.of_term(course, assessment.term),
        "longest": comments.LONGEST,
        "has_gradebook": has_gradebook(course, rules),
        "least": LEAST_LEVELS if assessment.by_levels else LEAST,
        "shown": lambda act: marksheet.shown(rules, act),
        "faults": faults or {},
        "lost": lost,
        "typed": request.form if faults or lost else {},
    }
    return render_template("proposal.html", here="marks", **values)


@screen.get("/<int:assessment_id>/levels")
@needs(Need.TEACH)
def levels(assessment_id: int) -> str:
    """Where the teacher says levels: each pupil by each criterion of the tagged rubrics."""
    course, _ = ruled()
    return _levels_page(course, assessments.assessment_of(course, assessment_id), {})


def _levels_page(course: Course, assessment: Assessment, lost: Mapping[Cell, int]) -> str:
    """`lost`: what was just chosen where somebody else had been quicker; it stays in sight, and a second press says
    it."""
    note_access("proposals.seen", object_=f"context:{course.context_id}")
    works, people = judgements.works_of(assessment), pupils(course.context_id, asked_class())
    said_last = judgements.acts(works)
    return render_template(
        "levels.html",
        here="marks",
        assessment=assessment,
        works=works,
        teams=[_teams(work, people) for work in works],
        known=judgements.standing(works, people, said_last),
        newest=judgements.newest_of(said_last),
        lost=lost,
        classes=classes_of(course.context_id),
        class_id=asked_class(),
    )


def _teams(work: Work, people: Collection[Pupil]) -> list[tuple[int, list[Pupil]]]:
    """The pupils group by group, as the class worked; those of none at the end, under 0."""
    found: dict[int, list[Pupil]] = {}
    for one in people:
        found.setdefault(work.teams.get(one.uid, 0), []).append(one)
    return sorted(found.items(), key=lambda team: (not team[0], team[0]))


@screen.post("/<int:assessment_id>/levels")
@needs(Need.TEACH)
def judge(assessment_id: int) -> Any:
    """The teacher's act: levels, of which a mark is only proposed."""
    course, _ = ruled()
    assessment = assessments.assessment_of(course, assessment_id)
    people = pupils(course.context_id, asked_class())
    lost = judgements.save(assessment, _levels(), form_id("newest") or 0, people, visitor().person_id)
    note_access("levels.said", object_=f"context:{course.context_id}")
    if lost:
        return _levels_page(course, assessment, lost), 409
    return done("proposals.show", "levels", assessment_id=assessment_id, class_id=asked_class())


def _levels() -> dict[Cell, int]:
    """The form's lists: `l.<run>.<activity>.<criterion>.<pupil>`."""
    found = {}
    for name, text in request.form.items():
        mark, _, rest = name.partition(".")
        parts, level = rest.split("."), whole(text or "0")
        if mark == "l" and len(parts) == 4 and level is not None and (who := whole(parts[3])) is not None:
            found[parts[0], parts[1], parts[2], who] = level
    return found


def _place(rules: Rulebook, taken: Collection[Mapping[Place, Any]]) -> Place:
    """The regular place that was asked for, else the first in which nobody has a mark."""
    regular = [one for one in rules.places if one.is_regular]
    asked = next((one for one in regular if one == request.values.get("place")), None)
    free = next((one for one in regular if not any(one in row for row in taken)), regular[-1])
    return asked or free


@screen.post("/<int:assessment_id>")
@needs(Need.TEACH)
def confirm(assessment_id: int) -> Response:
    """The teacher's act: what is ticked becomes marks of one place, what was written becomes comments; all of it or
    nothing."""
    course, rules = ruled()
    assessment = assessments.assessment_of(course, assessment_id)
    lines = assessments.lines(course, rules, assessment)
    place = _place(rules, ())
    wanted = _accepted(assessment, lines, place)
    by = visitor().person_id
    saved = marks.save(course, rules, assessment.term, wanted, by=by, manner=Manner(assessment.method))
    lost = [] if saved.faults else comments.save(course, assessment.term, _drafts(lines), by)
    if saved.faults or lost:
        db.session.rollback()
        assessment = assessments.assessment_of(course, assessment_id)
        return make_response(_page(course, rules, assessment, saved.faults, lost), 422)
    note_access("marks.made", object_=f"context:{course.context_id}")
    send_if_asked(course, rules, assessment.term)
    return done(
        "proposals.show", "marks_made", assessment_id=assessment_id, place=place, class_id=asked_class(), n=saved.made
    )


def _accepted(assessment: Assessment, lines: Collection[Line], place: Place) -> dict[MarkCell, Written]:
    """The ticked rows, as marks to be made."""
    found: dict[MarkCell, Written] = {}
    for line in lines:
        who = line.pupil.person_id
        if f"a{who}" in request.form:
            said, seen = request.form.get(f"m{who}", ""), form_id(f"w{who}") or 0
            why = request.form.get(f"y{who}", "")
            found[who, place] = Written(said[:40], "", seen, why, assessments.basis(assessment, line))
    return found | {(who, place): Written("", "", 0) for who in _ticked_people() - {p for p, _ in found}}


def _ticked_people() -> set[int]:
    """Whose rows were ticked. Somebody who has left the list meanwhile is among them, so that the teacher is told."""
    ids = (whole(name[1:]) for name in request.form if name.startswith("a"))
    return {person_id for person_id in ids if person_id is not None}


def _drafts(lines: Collection[Line]) -> dict[int, Draft]:
    people = [line.pupil.person_id for line in lines]
    return {p: Draft(request.form[f"k{p}"], form_id(f"v{p}") or 0) for p in people if f"k{p}" in request.form}
