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

from analytics.regulations.port import Status
from deploy.demo import term
from deploy.demo.lessons import FORMULA, VIETE, DemoLesson
from deploy.demo.lms import ToolSettings, people
from deploy.demo.past import give, plain, teach
from lti_tool.app import create_app
from lti_tool.clock import moment_of, now, today
from lti_tool.config import Settings
from lti_tool.extensions import db
from lti_tool.jobs import Jobs
from lti_tool.launch.provision import find_or_add
from lti_tool.lessons import courses, decks, marks, roster
from lti_tool.models import (
    Context,
    Course,
    Deployment,
    Grant,
    GrantKind,
    Lesson,
    LessonActivity,
    MemberRole,
    Membership,
    Person,
    Registration,
    RegistrationState,
    Source,
)

CLIENT_ID = "giotay-demo"
DEPLOYMENT = "1"
SHARED = 5
"""Every so many lessons one is shared with colleagues."""
REVISION_DAYS_AGO = 8
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
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / TOOL_FILE
    file.write_text(json.dumps(asdict(_tool(settings)), ensure_ascii=False), encoding="utf-8")
    return file


def _compute(jobs: Jobs) -> None:
    """What jobs make of a term, before anybody is let in: a class that comes must not wait behind thirty lessons."""
    for step in (jobs.refresh, jobs.learn, jobs.pool, jobs.pool):  # questions are analysed twenty lessons at a time
        step()
        db.session.commit()


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
    _head(registration)
    dice = Random(2026)  # noqa: S311 - an invented class, the same every time
    formula = _lesson(context, teacher, FORMULA)
    for days in (6, 3, 10):
        teach(formula, teacher, pupils, _morning(days), plain(pupils, dice))
    if has_term:
        _term(context, teacher, pupils)
    _lesson(context, teacher, VIETE)


def _term(context: Context, teacher: Person, pupils: list[Person]) -> None:
    """The weeks before: three lessons each, some of them shared with colleagues, two regular marks of everybody, and a
    revision that the class did at home."""
    dice = Random(term.SEED)  # noqa: S311 - an invented class, the same every time
    classroom = term.Classroom.of([pupil.uid for pupil in pupils], dice)
    for number, (day, prepared) in enumerate(zip(term.days(today()), term.lessons(dice), strict=True)):
        classroom.week = number // len(term.LESSONS_A_WEEK)
        at = moment_of(datetime.combine(day, time(7, 45)))
        lesson = _lesson(context, teacher, prepared, at)
        teach(lesson, teacher, pupils, at, classroom.play())
        lesson.shared_at = at if number % SHARED == 0 else None
    _marks(context, teacher, classroom)
    revision = _lesson(context, teacher, term.revision(dice), _morning(REVISION_DAYS_AGO))
    give(revision, teacher, pupils, _morning(REVISION_DAYS_AGO), classroom.play())


def _marks(context: Context, teacher: Person, classroom: term.Classroom) -> None:
    """What a teacher has typed by now: the first two regular marks."""
    course = db.session.get_one(Course, context.id)
    course.periods_a_year = 140
    rules = marks.rulebook(course)
    if not isinstance(rules, marks.Rulebook):
        return
    for place in rules.places[:2]:
        form = {
            (one.person_id, place): marks.Written(str(classroom.mark(one.uid)), Status.TAKEN, 0)
            for one in roster.pupils(context.id)
        }
        marks.save(course, rules, marks.term_of(today()), form, by=teacher.id, method="oral")


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


def _head(registration: Registration) -> None:
    """The head of department: a right inside the tool, because no LMS sends such a role."""
    head = _person(registration, people.HEAD)
    db.session.add(
        Grant(
            person_id=head.id,
            kind=GrantKind.DEPARTMENT_HEAD,
            registration_id=registration.id,
            subject="Toán",
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
