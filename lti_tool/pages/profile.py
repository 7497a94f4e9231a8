"""A pupil's profile: for the course's teachers, for the homeroom teacher by a grant, for the pupil; for nobody else."""

from collections.abc import Collection, Sequence
from datetime import date
from enum import StrEnum
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from sqlalchemy import false, or_, select

from analytics.mastery.progress import Progress, Stretch
from lti_tool.access import Need, may, needs, note_access, visitor
from lti_tool.authority import Right
from lti_tool.clock import now, today
from lti_tool.errors import Fault
from lti_tool.extensions import db
from lti_tool.formats import short_day
from lti_tool.lessons import families, profiles, profilewords, roster, school_rules
from lti_tool.lessons.courses import are_one_subject, school_of
from lti_tool.models import (
    Context,
    Course,
    CourseClass,
    Deployment,
    EntryKind,
    GrantKind,
    MemberRole,
    Membership,
    Person,
    ProfileEntry,
    SchoolClass,
)
from lti_tool.names import sort_key
from lti_tool.pages import answers, charts
from lti_tool.pages.desk import done, form_id, name_of_course
from lti_tool.translations import t

screen = Blueprint("profile", __name__, url_prefix="/l/<visit_id>")

BY_TEACHER = (EntryKind.NOTE, EntryKind.STEP, EntryKind.REPLY)
BY_PUPIL = (EntryKind.WORD, EntryKind.CONTEST)


@screen.get("/profile/<uid>")
@needs(Need.TEACH)
def show(uid: str) -> str:
    """A pupil of this course, for those who teach it."""
    return _page(visitor().context_id, uid, here="class", is_teacher=True)


@screen.get("/profile")
@needs(Need.OWN)
def own() -> str:
    """The pupil's own."""
    return _page(visitor().context_id, visitor().uid, here="profile", is_own=True)


@screen.get("/homeroom/<int:context_id>/<uid>")
@needs(Need.HOMEROOM)
def of_class(context_id: int, uid: str) -> str:
    """A pupil of the homeroom teacher's class, in one subject; to read."""
    classes = classes_with(context_id, profiles.pupil_of(context_id, uid))
    if not classes:
        raise Fault("no_profile", 404)
    return _page(context_id, uid, here="homeroom", classes=classes)


def _page(
    context_id: int,
    uid: str,
    *,
    here: str,
    is_teacher: bool = False,
    is_own: bool = False,
    classes: Collection[int] = (),
) -> str:
    """`classes` are those whose homeroom teacher looks."""
    person = profiles.pupil_of(context_id, uid)
    note_access("profile.seen", person.id, f"context:{context_id}")
    shows_all = request.args.get("all") == "1"
    profile = profiles.profile_of(context_id, person, None if shows_all else profiles.MOST_ANSWERS)
    said = (*profile.notes, *profile.observed, *profile.replies.values(), *profile.of_groups.values())
    authors = {e.written_by for e in said}
    return render_template(
        "profile.html",
        here=here,
        profile=profile,
        course=name_of_course(context_id),
        today=today(),
        answers=answers,
        anchor=profiles.anchor,
        shows_all=shows_all,
        places={one: name_of_course(one) for one in set(profile.elsewhere.values())},
        opened={one for one in set(profile.elsewhere.values()) if eyes_on(person, one)},
        days={one.day for one in profile.lessons},
        growth=charts.growth_days(profile.points),
        charts=charts,
        steps=profilewords.STEPS,
        longest=profilewords.LONGEST_TEXT,
        names=_names(authors),
        is_teacher=is_teacher,
        is_own=is_own,
        look=(look := request.args.get("look", "") if is_own else ""),
        looked_at=profile.open_to(look),
        progress=told(profile.progress) if is_own and profile.progress else "",
        progress_of=profiles.anchor(profile.progress.objective) if profile.progress else "",
        forecasts=school_rules.at(school_of(context_id), now()).forecasts,
        # Families speak to the homeroom teacher; their words are shown to nobody else.
        family=families.words_in(classes, person.id) if classes else None,
    )


def told(progress: Progress) -> str:
    """A pupil's progress as a sentence to that pupil: counts of their own answers in two lessons."""
    before, now_ = progress.before, progress.now
    counts = {"before": _of(before), "before_day": _day(before), "now": _of(now_), "day": _day(now_)}
    if progress.is_held:
        return str(t("profile.progress_held", objective=progress.objective, **counts))
    return str(t("profile.progress", objective=progress.objective, **counts))


def _of(stretch: Stretch) -> str:
    return f"{stretch.right}/{stretch.of}"


def _day(stretch: Stretch) -> str:
    return short_day(date.fromisoformat(stretch.day))


def _names(ids: set[int | None]) -> dict[int, str]:
    found = db.session.execute(select(Person.id, Person.name).where(Person.id.in_([i for i in ids if i])))
    return {row.id: row.name for row in found}


@screen.post("/profile/<uid>/entries")
@needs(Need.TEACH)
def write(uid: str) -> Response:
    """A teacher's word: a remark, the next step, the answer to a contest."""
    person = profiles.pupil_of(visitor().context_id, uid)
    entry = _write(person, BY_TEACHER)
    return done("profile.show", "entry_written", uid=uid, _anchor=_place_of(entry))


@screen.post("/profile")
@needs(Need.OWN)
def say() -> Response:
    """The pupil's own word, or a line that the pupil wants looked at again."""
    entry = _write(profiles.pupil_of(visitor().context_id, visitor().uid), BY_PUPIL)
    return done("profile.own", "entry_written", _anchor=_place_of(entry))


def _place_of(entry: ProfileEntry) -> str | None:
    """Where on the page it stands: the line of its objective, which the browser unfolds, or with what else pupils want
    looked at again."""
    if entry.kind is EntryKind.CONTEST and entry.step:
        return "second-look"
    if entry.kind is EntryKind.REPLY and not entry.objective:
        return f"c{entry.replies_to}"
    return profiles.anchor(entry.objective) if entry.objective else None


def _write(person: Person, kinds: tuple[EntryKind, ...]) -> ProfileEntry:
    kind = next((one for one in kinds if one == request.form.get("kind")), None)
    if kind is None:
        raise Fault("entry_unknown")
    entry = ProfileEntry(
        context_id=visitor().context_id,
        person_id=person.id,
        kind=kind,
        objective=request.form.get("objective", "")[:300] if kind is not EntryKind.NOTE else "",
        step=request.form.get("step", "")[:16] if kind in (EntryKind.STEP, EntryKind.CONTEST) else "",
        text=request.form.get("text", ""),
        replies_to=form_id("replies_to") if kind is EntryKind.REPLY else None,
        written_by=visitor().person_id,
        at=now(),
    )
    profilewords.write(entry)
    note_access("profile.written", person.id, f"context:{visitor().context_id}")
    return entry


# --- the homeroom teacher's way in ----------------------------------------------------------------------------------


@screen.get("/homeroom")
@needs(Need.HOMEROOM)
def homeroom() -> str:
    """The pupils of the homeroom teacher's classes, each with the subjects that have a profile."""
    note_access("homeroom.seen")
    found: dict[tuple[str, str], dict[str, Any]] = {}
    pupils = homeroom_pupils(_rights())
    for class_, context_id, person, subject in pupils:
        key = (class_.name, person.uid)
        one = found.setdefault(key, {"class": class_.name, "person": person, "subjects": []})
        one["subjects"].append((subject, url_for("profile.of_class", context_id=context_id, uid=person.uid)))
    classes = {one.id: one.name for one, *_ in pupils}
    rows = sorted(found.values(), key=lambda r: (r["class"], sort_key(r["person"].name, r["person"].given_name)))
    return render_template(
        "homeroom.html", here="homeroom", rows=rows, classes=classes, may_excuse=bool(whole_class_rights())
    )


def _rights() -> list[Right]:
    return [right for right in visitor().rights if right.kind is GrantKind.HOMEROOM]


def whole_class_rights() -> list[Right]:
    """Of this person's grants as a homeroom teacher, those that are for all subjects."""
    return [right for right in _rights() if right.subject is None]


def homeroom_pupils(rights: Sequence[Right]) -> list[tuple[SchoolClass, int, Person, str]]:
    """(class, course, pupil, subject) within these grants of a homeroom teacher."""
    within = [
        (SchoolClass.registration_id == right.registration_id)
        & (SchoolClass.id == right.class_id if right.class_id is not None else True)
        & (Course.subject == right.subject if right.subject is not None else True)
        for right in rights
    ]
    query = (
        select(SchoolClass, Membership.context_id, Person, Course.subject)
        .join(CourseClass, CourseClass.class_id == SchoolClass.id)
        .join(Course, Course.context_id == CourseClass.context_id)
        .join(Context, Context.id == Course.context_id)
        .join(Deployment, (Deployment.id == Context.deployment_id))
        .join(Membership, (Membership.context_id == Course.context_id) & (Membership.class_id == SchoolClass.id))
        .join(Person, Person.id == Membership.person_id)
        .where(or_(false(), *within), Deployment.registration_id == SchoolClass.registration_id)
        .where(Membership.role == MemberRole.PUPIL, Membership.is_active)
        .order_by(SchoolClass.name, Course.subject)
    )
    return list(db.session.execute(query))


def classes_with(context_id: int, person: Person) -> set[int]:
    """The classes of this homeroom teacher in which the pupil has this course."""
    pupils = homeroom_pupils(_rights())
    return {class_.id for class_, course, one, _ in pupils if one.id == person.id and course == context_id}


# --- who may see a pupil's work in a lesson -------------------------------------------------------------------------


class Eyes(StrEnum):
    """As what somebody looks at a pupil's work."""

    TEACHER = "teacher"
    OWN = "own"
    HOMEROOM = "homeroom"


def eyes_on(person: Person, context_id: int) -> Eyes | None:
    """As what the visitor may see what this pupil did in a course; None for not at all. A profile counts what the pupil
    did in the whole subject, in the class before and last year too: who may read the profile may see what is behind it,
    of this pupil alone."""
    visit = visitor()
    if visit.is_teaching and _is_taught_by_visitor(person, context_id):
        return Eyes.TEACHER
    is_within = visit.context_id == context_id or are_one_subject(visit.context_id, context_id)
    if may(visit, Need.OWN) and person.id == visit.person_id and is_within:
        return Eyes.OWN
    return Eyes.HOMEROOM if may(visit, Need.HOMEROOM) and homeroom_course(person, context_id) else None


def _is_taught_by_visitor(person: Person, context_id: int) -> bool:
    """Whoever was ever in the teacher's own course; of another course, who is on the teacher's list today."""
    own = visitor().context_id
    if own == context_id:
        return roster.has(own, person.id)
    return roster.has(own, person.id, today=True) and are_one_subject(own, context_id)


def homeroom_course(person: Person, context_id: int) -> int | None:
    """The course by which this homeroom teacher has the pupil in a course's subject: this course, where it is one."""
    own = [course for _, course, one, _ in homeroom_pupils(_rights()) if one.id == person.id]
    if context_id in own:
        return context_id
    return next((course for course in own if are_one_subject(course, context_id)), None)
