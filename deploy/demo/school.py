"""The invented school inside the tool: its LMS registered, one course set up, lessons prepared, a term already taught.

The second course is left as it is, so that one sees the form of a first launch. Running it again changes nothing but
addresses.
"""

import json
from dataclasses import asdict
from datetime import datetime, time, timedelta
from pathlib import Path
from random import Random

from sqlalchemy import select

from analytics.attendance import Status
from analytics.marks import Reason, Refusal
from analytics.presence import Thresholds
from analytics.regulations.port import Status as Sat
from deploy.demo import term, words
from deploy.demo.lessons import FORMULA, FORMULA_FOUND, FORMULA_SHORT, GROUPS, VIETE, DemoLesson
from deploy.demo.lms import ToolSettings, people
from deploy.demo.past import MINUTE, give, plain, teach
from live_session.model import Mode
from lti_tool import live
from lti_tool.app import create_app
from lti_tool.clock import moment_of, now, today
from lti_tool.config import Settings
from lti_tool.extensions import db
from lti_tool.jobs import Jobs
from lti_tool.launch.provision import find_or_add
from lti_tool.lessons import comments, courses, decks, marks, roster
from lti_tool.lessons.assessments import Line
from lti_tool.lessons.comments import Draft
from lti_tool.models import (
    AttendanceDecision,
    Context,
    Course,
    Deployment,
    Grant,
    GrantKind,
    Lesson,
    LessonActivity,
    LessonRun,
    MemberRole,
    Membership,
    Person,
    Place,
    Registration,
    RegistrationState,
    Source,
)

CLIENT_ID = "giotay-demo"
DEPLOYMENT = "1"
SHARED = 5
"""Every so many lessons one is shared with colleagues."""
REVISION_DAYS_AGO, GROUPS_DAYS_AGO = 8, 12
EXCUSED = 0.7
"""Of those who are away, so many have leave."""
ROLL_AFTER = 50 * MINUTE
"""When the teacher confirms attendance, after a lesson's start."""
TOOL_FILE = "tool.json"

LINKS = (
    ("teacher", f"/as/{people.TEACHER.slug}/course/901"),
    ("pupil", "/as/9a1-01/course/901"),
    ("head of department", f"/as/{people.HEAD.slug}/course/901"),
)


def prepare(settings: Settings, lms_url: str, lms_port: int, folder: Path, *, has_term: bool = True) -> Path:
    """Make the demo's data, if it is not there yet; the file that tells the demo LMS about the tool.

    `lms_url` is where browsers find the demo LMS; the tool fetches its keys and tokens on this machine, at `lms_port`.
    `has_term`: with a whole term of lessons before today.
    """
    app = create_app(settings)
    with app.test_request_context("/"):
        registration = _registration(lms_url, f"http://127.0.0.1:{lms_port}")
        if is_new := db.session.scalars(select(Lesson.id)).first() is None:
            _first_course(registration, has_term=has_term)
        db.session.commit()
        if is_new and has_term:
            _compute(Jobs(app))
            _comment()
            words.write()
            db.session.commit()
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / TOOL_FILE
    file.write_text(json.dumps(asdict(_tool(settings)), ensure_ascii=False), encoding="utf-8")
    return file


def _compute(jobs: Jobs) -> None:
    """What jobs make of a term, before anybody is let in: a class that comes must not wait behind thirty lessons."""
    for step in (jobs.refresh, jobs.learn, jobs.pool, jobs.pool):  # questions are analysed twenty lessons at a time
        step()
        db.session.commit()


def _comment() -> None:
    """What the teacher wrote of each pupil's term, from what the answers say: nothing where they say nothing yet."""
    course = db.session.scalars(select(Course)).one()
    teacher = db.session.scalars(select(Person).where(Person.sub == people.TEACHER.sub)).one()
    lines = [Line(one, Refusal(Reason.NOTHING_TAGGED), (), 0) for one in roster.pupils(course.context_id)]
    said = comments.phrases(course, lines)
    drafts = {person_id: Draft(" ".join(phrases), 0) for person_id, phrases in said.items() if phrases}
    comments.save(course, marks.term_of(today()), drafts, teacher.id)


def _tool(settings: Settings) -> ToolSettings:
    base = settings.public_url
    return ToolSettings(
        client_id=CLIENT_ID,
        deployment_id=DEPLOYMENT,
        login_url=f"{base}/lti/login",
        launch_url=f"{base}/lti/launch",
        jwks_url=f"http://127.0.0.1:{settings.web_port}/lti/jwks",
        deep_link_url=f"{base}/lti/deep-link",
        title="Giơ Tay",
    )


def _registration(lms_url: str, inner: str) -> Registration:
    """The demo LMS under whatever address it has today: the same row, so that the data stays."""
    found = db.session.scalars(select(Registration).where(Registration.client_id == CLIENT_ID)).first()
    if found is None:
        found = Registration(client_id=CLIENT_ID, state=RegistrationState.ACTIVE, created_at=now())
        db.session.add(found)
    found.issuer, found.name, found.product = lms_url, people.SCHOOL, "giotay-demo"
    found.auth_login_url = f"{lms_url}/oidc/auth"
    found.token_url, found.key_set_url = f"{inner}/oidc/token", f"{inner}/jwks"
    found.token_audience = f"{lms_url}/oidc/token"
    db.session.flush()
    find_or_add(Deployment, {"created_at": now()}, registration_id=found.id, deployment_id=DEPLOYMENT)
    return found


def _first_course(registration: Registration, *, has_term: bool) -> None:
    course = people.COURSE_9A1
    deployment = db.session.scalars(select(Deployment).where(Deployment.registration_id == registration.id)).one()
    context = find_or_add(
        Context,
        {"created_at": now(), "title": course.title, "label": course.label},
        deployment_id=deployment.id,
        lms_id=course.id,
    )
    teacher = _person(registration, people.TEACHER)
    _member(context, teacher, MemberRole.TEACHER)
    pupils = [_person(registration, one) for one in course.pupils]
    for pupil in pupils:
        _member(context, pupil, MemberRole.PUPIL)
    guessed = courses.guess(course.title, course.label, today())
    courses.set_up(context, "Toán", 9, guessed.school_year, {"9A1": None})
    _grant(registration, people.HEAD, GrantKind.DEPARTMENT_HEAD, "Toán")
    if has_term:
        _grant(registration, people.TEACHER, GrantKind.HOMEROOM, None)
    dice = Random(2026)  # noqa: S311 - an invented class, the same every time
    for days, prepared in ((10, FORMULA_FOUND), (6, FORMULA_SHORT), (3, FORMULA)):
        teach(_lesson(context, teacher, prepared), teacher, pupils, _morning(days), plain(pupils, dice))
    if has_term:
        _term(context, teacher, pupils)
    _lesson(context, teacher, VIETE)


def _term(context: Context, teacher: Person, pupils: list[Person]) -> None:
    """The weeks before: three lessons each with the teacher's word on attendance, some of them shared with colleagues,
    two regular marks and the mid-term test of everybody, a revision that the class did at home, a work of groups."""
    dice = Random(term.SEED)  # noqa: S311 - an invented class, the same every time
    classroom = term.Classroom.of([pupil.uid for pupil in pupils], dice)
    for number, (day, prepared) in enumerate(zip(term.days(today()), term.lessons(dice), strict=True)):
        classroom.week = number // len(term.LESSONS_A_WEEK)
        at = moment_of(datetime.combine(day, time(7, 45)))
        lesson = _lesson(context, teacher, prepared, at)
        _call_roll(teach(lesson, teacher, pupils, at, classroom.play()), pupils, teacher, dice)
        lesson.shared_at = at if number % SHARED == 0 else None
    _marks(context, teacher, classroom)
    revision = _lesson(context, teacher, term.revision(dice), _morning(REVISION_DAYS_AGO))
    give(revision, teacher, pupils, _morning(REVISION_DAYS_AGO), classroom.play())
    together = _lesson(context, teacher, GROUPS, _morning(GROUPS_DAYS_AGO))
    teach(together, teacher, pupils, _morning(GROUPS_DAYS_AGO), classroom.play())


def _call_roll(run: LessonRun, pupils: list[Person], teacher: Person, dice: Random) -> None:
    """What the teacher said after the lesson: who sat where, who was late, who was away with leave or without."""
    sat = live.state_of(run.run_id).participants
    late = run.started_at + Thresholds().late_after
    for pupil in pupils:
        seat = sat.get(pupil.uid)
        away = Status.EXCUSED if dice.random() < EXCUSED else Status.ABSENT
        here = {Mode.ROOM: Status.ROOM, Mode.HOME: Status.HOME}
        status = here[next(iter(seat.claims.values())).mode] if seat else away
        said = AttendanceDecision(run_id=run.run_id, person_id=pupil.id, status=status, decided_by=teacher.id)
        said.is_late, said.left_early = seat is not None and seat.joined_at > late, False
        said.at = run.attendance_confirmed_at = run.started_at + ROLL_AFTER
        db.session.add(said)


def _marks(context: Context, teacher: Person, classroom: term.Classroom) -> None:
    """What a teacher has typed by now: the first two regular marks and the mid-term test."""
    course = db.session.get_one(Course, context.id)
    course.periods_a_year = 140
    rules = marks.rulebook(course)
    if not isinstance(rules, marks.Rulebook):
        return
    for place in (*rules.places[:2], Place.MIDTERM):
        form = {
            (one.person_id, place): marks.Written(str(classroom.mark(one.uid)), Sat.TAKEN, 0)
            for one in roster.pupils(context.id)
        }
        marks.save(course, rules, marks.term_of(today()), form, by=teacher.id, manner=marks.Manner("oral"))


def _morning(days_ago: int) -> int:
    """09:00 of a school day about so many days ago, as ms."""
    day = today() - timedelta(days=days_ago)
    day -= timedelta(days=max(0, day.weekday() - 5))
    return moment_of(datetime.combine(day, time(9)))


def _person(registration: Registration, one: people.Person) -> Person:
    return find_or_add(
        Person,
        {"created_at": now(), "name": one.name, "given_name": one.given_name},
        registration_id=registration.id,
        sub=one.sub,
    )


def _member(context: Context, person: Person, role: MemberRole) -> None:
    find_or_add(Membership, {"role": role, "source": Source.ROSTER}, context_id=context.id, person_id=person.id)


def _grant(registration: Registration, one: people.Person, kind: GrantKind, subject: str | None) -> None:
    """A head of department, a homeroom teacher: rights inside the tool, because no LMS sends such a role."""
    db.session.add(
        Grant(
            person_id=_person(registration, one).id,
            kind=kind,
            registration_id=registration.id,
            subject=subject,
            starts_on=today() - timedelta(days=90),
            granted_by="demo",
            granted_at=now(),
        )
    )


def _lesson(context: Context, teacher: Person, prepared: DemoLesson, at: int | None = None) -> Lesson:
    lesson = Lesson(
        context_id=context.id,
        author_id=teacher.id,
        title=prepared.title,
        objectives=list(prepared.objectives),
        created_at=at or now(),
        changed_at=at or now(),
    )
    lesson.activities = [
        LessonActivity(
            position=position,
            kind=question.kind,
            title=question.title,
            points=question.points,
            seconds=question.seconds,
            objective=question.objective,
            content=json.loads(decks.text_of(question.content)),
            changed_at=at or now(),
        )
        for position, question in enumerate(prepared.questions)
    ]
    db.session.add(lesson)
    db.session.flush()
    return lesson
