"""What pages cost in a school's whole term: a database of millions of events, and the real application over it.

One course is taught by the real rules under a virtual clock and worked through by the real jobs; then it is copied to
as many classes and subjects as it takes (`tests.bench.multiplied`). Pages are asked of the WSGI application by its test
client, each time by another course's teacher or pupil; the clock of the tool stands at the end of the first term.

    python -m tests.bench.pages [--events 10000000] [--database URL] [--keep] [--times 40] [--only PAGE]

`--database`: an empty database (a SQLite file that is not there, or PostgreSQL); without it a file that goes again.
With `--keep` a database that was filled before is asked again.
"""

import argparse
import math
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as daytime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import delete, func, select, text
from sqlalchemy import event as listening

from deploy.demo import term
from deploy.demo.lms import people
from deploy.demo.past import MINUTE, teach
from live_session.store.tables import event
from lti_tool import clock as tool_clock
from lti_tool import migrating
from lti_tool.app import create_app
from lti_tool.extensions import db
from lti_tool.launch import keys
from lti_tool.lessons import courses, periods
from lti_tool.models import (
    AttendanceDecision,
    Context,
    Deployment,
    EntryKind,
    Grant,
    GrantKind,
    Lesson,
    LessonActivity,
    LessonRun,
    MemberRole,
    Membership,
    Person,
    PlatformKeySet,
    ProfileEntry,
    Registration,
    ScoreDecision,
    Source,
)
from lti_tool.serving import settle
from tests import kept
from tests.bench.multiplied import SUBJECTS, Course, Place, fill, sub_of
from tests.lti_tool.conftest import Clock, opened, settings_for
from tests.lti_tool.platform import CLIENT_ID, LEARNER, LTI, Platform, serving
from tests.lti_tool.tool import Browser, Tool

TODAY = date(2027, 1, 15)
"""The last day of a first term."""
WEEKS, DAYS = 18, (0, 2, 4)
PUPILS = 42
COURSES = 8
"""Courses whose pages are asked for."""
TERM = 10_000_000
"""Events of a large school's term, for which the bar below was set."""
ASKED_MS = 100
"""The p95 asked for, of the class page and of a pupil's profile."""
BARS = ("class page", "pupil's profile, to the teacher", "pupil's profile, to the pupil")


# --- one course -------------------------------------------------------------------------------------------------------


@contextmanager
def at_noon() -> Iterator[None]:
    """The tool's clock stands at the last day of the term."""
    before, still = tool_clock.time, Clock()
    still.ms = int(datetime.combine(TODAY, daytime(5)).timestamp() * 1_000)
    tool_clock.time = still  # type: ignore[assignment]
    try:
        yield
    finally:
        tool_clock.time = before


def migrated(url: str) -> None:
    """The tables, without a row."""
    migrating.migrate(url)


def taught(url: str, lessons: int, pupils: int) -> None:
    """One course with a term behind it: lessons by the real rules, a teacher's words, what jobs make of them."""
    with serving(Platform()) as platform:
        for tool in opened(settings_for(url), platform):
            with tool.inside():
                keys.make_key()
                context, teacher, class_ = _people(tool, pupils)
                courses.set_up(context, SUBJECTS[0], 9, "2026-2027", {"9A1": None})
                dice = Random(term.SEED)
                room = term.Classroom.of([one.uid for one in class_], dice)
                for day, prepared in zip(_days(lessons), term.lessons(dice, lessons), strict=True):
                    _lesson(context, teacher, class_, day, prepared, room)
                _words(context, teacher, class_)
            _computed(tool)


def _days(lessons: int) -> list[date]:
    monday = TODAY - timedelta(days=TODAY.weekday(), weeks=WEEKS - 1)
    days = [monday + timedelta(weeks=week, days=day) for week in range(WEEKS) for day in DAYS]
    return [day for day in days if day < TODAY][-lessons:]


def _people(tool: Tool, pupils: int) -> tuple[Context, Person, list[Person]]:
    registration = tool.registration()
    deployment = db.session.scalars(select(Deployment)).one()
    context = Context(deployment_id=deployment.id, lms_id="course-1", title="Toán 9A1", label="T9A1", created_at=1)
    db.session.add(context)
    db.session.flush()
    listed = [*people.COURSE_9A1.pupils, *people.COURSE_9A2.pupils]
    named = [("teacher-1", "Nguyễn Thu Hà", "Hà"), ("head-1", "Lê Minh Đức", "Đức")]
    named += [(f"pupil-{n}", one.name, one.given_name) for n, one in enumerate(listed[:pupils], 1)]
    found = [
        Person(sub=sub, name=name, given_name=given, registration_id=registration.id, created_at=1)
        for sub, name, given in named
    ]
    db.session.add_all(found)
    db.session.flush()
    teacher, head, *class_ = found
    for one, role in ((teacher, MemberRole.TEACHER), *((one, MemberRole.PUPIL) for one in class_)):
        db.session.add(Membership(context_id=context.id, person_id=one.id, role=role, source=Source.ROSTER))
    tool.grant("head-1", subject=None)
    grant = db.session.scalars(select(Grant)).one()
    grant.subject, grant.kind, grant.person_id = SUBJECTS[0], GrantKind.DEPARTMENT_HEAD, head.id
    return context, teacher, class_


def _lesson(
    context: Context, teacher: Person, class_: list[Person], day: date, prepared: Any, room: term.Classroom
) -> None:
    at = tool_clock.moment_of(datetime.combine(day, daytime(7, 45)))
    lesson = Lesson(
        context_id=context.id, author_id=teacher.id, title=prepared.title, objectives=list(prepared.objectives),
        created_at=at, changed_at=at,
    )  # fmt: skip
    lesson.activities = [
        LessonActivity(
            position=place, kind=one.kind, title=one.title, points=one.points, seconds=one.seconds,
            objective=one.objective, content=one.content, changed_at=at,
        )
        for place, one in enumerate(prepared.questions)
    ]  # fmt: skip
    db.session.add(lesson)
    db.session.flush()
    run = teach(lesson, teacher, class_, at, room.play())
    run.attendance_confirmed_at = at + 50 * MINUTE
    for number, one in enumerate(class_):
        if room.dice.random() < 0.05:
            db.session.add(_decision(run, one, teacher, "absent" if number % 2 else "excused"))
        if day.weekday() == DAYS[0]:
            value = str(room.mark(one.uid))
            db.session.add(
                ScoreDecision(run_id=run.run_id, person_id=one.id, proposed=value, value=value, decided_by=teacher.id,
                              at=at + 50 * MINUTE)
            )  # fmt: skip


def _decision(run: LessonRun, who: Person, teacher: Person, status: str) -> AttendanceDecision:
    return AttendanceDecision(
        run_id=run.run_id, person_id=who.id, status=status, decided_by=teacher.id, at=run.started_at + 50 * MINUTE
    )


def _words(context: Context, teacher: Person, class_: list[Person]) -> None:
    """Words in profiles, and the period log, signed until a month ago."""
    for one in class_:
        for kind, by in ((EntryKind.NOTE, teacher), (EntryKind.WORD, one)):
            said = {"kind": kind, "text": "Em hay giơ tay, bài làm cẩn thận.", "written_by": by.id}
            db.session.add(ProfileEntry(context_id=context.id, person_id=one.id, at=tool_clock.now(), **said))
    until = tool_clock.moment_of(datetime.combine(TODAY - timedelta(weeks=4), daytime()))
    for run in db.session.scalars(select(LessonRun).where(LessonRun.started_at < until)).all():
        line = periods.line_of(context.id, run.run_id)
        periods.save(line, line.values, context.id, teacher.id, sign=True, why="")


def _computed(tool: Tool) -> None:
    jobs = tool.jobs()
    with tool.inside():
        for step in (jobs.refresh, jobs.learn, *[jobs.pool] * 4):
            step()
            db.session.commit()


# --- a school ---------------------------------------------------------------------------------------------------------


@contextmanager
def school(
    url: str, events: int, *, lessons: int, pupils: int, folder: Path, tell: Callable[[str], None]
) -> Iterator[int]:
    """Fill an empty database with at least so many events; how many courses it took."""
    first = folder / "one-course.sqlite3"
    began, spent = time.monotonic(), time.process_time()
    migrated(f"sqlite:///{first}")
    taught(f"sqlite:///{first}", lessons, pupils)
    course = Course(str(first))
    copies = math.ceil(events / course.events)
    tell(f"one course of {lessons} lessons: {course.events:,} events in {time.monotonic() - began:.0f} s")
    migrated(url)
    fill(url, course, copies, lambda _: None)
    tell(
        f"{copies} courses, {copies * course.events:,} events in {time.monotonic() - began:.0f} s on the clock, "
        f"{time.process_time() - spent:.0f} s CPU"
    )
    yield copies


@dataclass(frozen=True)
class Spent:
    """One answer: ms on the clock, of those without waiting for a processor (where Linux says so), ms of this process's
    processor and of the database server's, statements, bytes."""

    clock: float
    alone: float
    cpu: float
    database: float
    statements: int
    size: int


def scheduled(names: Iterable[str]) -> tuple[float, float]:
    """What Linux says of these tasks: ms on a processor, and ms in which they could have run and others did."""
    files = [file for name in names if (file := Path(f"/proc/{name}/schedstat")).exists()]
    told = [list(map(int, file.read_text().split())) for file in files]
    return sum(one[0] for one in told) / 1e6, sum(one[1] for one in told) / 1e6


def backends() -> list[str]:
    """The processes of a PostgreSQL on this machine that serve us."""
    if db.engine.dialect.name != "postgresql":
        return []
    query = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'"
    return [str(pid) for pid in db.session.scalars(text(query))]


class Visitors:
    """Launched browsers: teachers and pupils of some courses, one head of department."""

    def __init__(self, tool: Tool, copies: int) -> None:
        self.tool = tool
        step = max(1, copies // COURSES)
        self.places = [Place(n) for n in range(0, copies, step)][:COURSES]
        self.teachers = [self._launch("teacher-1", place) for place in self.places]
        self.pupils = [self._launch("pupil-1", place, **{f"{LTI}roles": [LEARNER]}) for place in self.places]
        self.head = self._launch("head-1", self.places[0], **{f"{LTI}roles": []})
        self.contexts = [self._context(place) for place in self.places]

    def _launch(self, sub: str, place: Place, **claims: Any) -> Browser:
        lms_id = f"course-1-{place.number}" if place.number else "course-1"
        told = {"sub": sub_of(sub, place), f"{LTI}context": {"id": lms_id, "title": "Toán 9A1"}, **claims}
        with self.tool.inside():
            person = db.session.scalars(select(Person).where(Person.sub == told["sub"])).one()
            family, _, given = person.name.rpartition(" ")
        return self.tool.browser().launch(name=f"{family} {given}", family_name=family, given_name=given, **told)

    def _context(self, place: Place) -> int:
        lms_id = f"course-1-{place.number}" if place.number else "course-1"
        with self.tool.inside():
            return db.session.scalars(select(Context.id).where(Context.lms_id == lms_id)).one()

    def pages(self) -> Iterator[tuple[str, Sequence[tuple[Browser, str]]]]:
        """Each page by its name, in as many courses as there are."""
        with self.tool.inside():
            uids, runs = [self._uids(one) for one in self.contexts], [self._runs(one) for one in self.contexts]
        teachers, month = list(zip(self.teachers, uids, strict=True)), f"{TODAY - timedelta(days=31):%Y-%m}"
        yield "class page", [(one, "class") for one in self.teachers]
        yield BARS[1], [(one, f"profile/{uid}") for one, own in teachers for uid in own[:5]]
        yield BARS[2], [(one, "profile") for one in self.pupils]
        yield "pupil's home", [(one, "lesson") for one in self.pupils]
        yield "teacher's home", [(one, "") for one in self.teachers]
        yield (
            "report of a lesson",
            [(one, f"runs/{run}/report") for one, own in zip(self.teachers, runs, strict=True) for run in own],
        )
        yield "period book, this month", [(one, "periods") for one in self.teachers]
        yield "period book, a month before", [(one, f"periods?month={month}") for one in self.teachers]
        yield "question bank", [(one, "bank") for one in self.teachers]
        yield "question bank, a search", [(one, "bank?q=phuong+trinh&difficulty=middle") for one in self.teachers]
        yield "department", [(self.head, "department")]
        yield "department, questions", [(self.head, "department/questions")]
        yield "department, a month's periods", [(self.head, f"department/periods?month={month}")]

    @staticmethod
    def _uids(context_id: int) -> list[str]:
        query = select(Person.uid).join(Membership, Membership.person_id == Person.id)
        return list(db.session.scalars(query.where(Membership.context_id == context_id, Membership.role == "pupil")))

    @staticmethod
    def _runs(context_id: int) -> list[str]:
        query = select(LessonRun.run_id).where(LessonRun.context_id == context_id)
        return list(db.session.scalars(query.order_by(LessonRun.started_at.desc()).limit(5)))


def measure(tool: Tool, asked: Sequence[tuple[Browser, str]], times: int) -> list[Spent]:
    """So many answers to these in turns, after one of each that is not counted."""
    count = [0]
    with tool.app.app_context():
        engine, serving_us = db.engine, backends()

    def note(*_: Any) -> None:
        count[0] += 1

    listening.listen(engine, "before_cursor_execute", note)
    found = [one for n in range(-min(len(asked), times), times) if (one := _answered(asked, n, count, serving_us))]
    listening.remove(engine, "before_cursor_execute", note)
    return found


def _answered(asked: Sequence[tuple[Browser, str]], n: int, count: list[int], serving_us: list[str]) -> Spent | None:
    """The `n`th answer; None for one that does not count."""
    browser, path = asked[n % len(asked)]
    count[0] = 0
    (_, we_waited), (database, it_waited) = scheduled(["thread-self"]), scheduled(serving_us)
    clock, cpu = time.perf_counter(), time.process_time()
    answer = browser.get(path)
    clock, cpu = (time.perf_counter() - clock) * 1_000, (time.process_time() - cpu) * 1_000
    (_, we_waited_then), (database_then, it_waited_then) = scheduled(["thread-self"]), scheduled(serving_us)
    assert answer.status_code == 200, (path, answer.status_code, answer.location)
    waited, database = we_waited_then - we_waited + it_waited_then - it_waited, database_then - database
    # The two may have waited at once; it took at least what both worked.
    alone = max(clock - waited, cpu + database)
    return Spent(clock, alone, cpu, database, count[0], len(answer.data)) if n >= 0 else None


def percentile(values: Sequence[float], share: float) -> float:
    """The least value that so large a share of them does not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


COLUMNS = (
    ("clock", 0.5),
    ("clock", 0.95),
    ("alone", 0.5),
    ("alone", 0.95),
    ("cpu", 0.5),
    ("cpu", 0.95),
    ("database", 0.5),
)


def report(tool: Tool, copies: int, times: int, tell: Callable[[str], None], only: str = "") -> None:
    """Every page's line. On a machine that others use, the clock says how busy they are; `alone` is the clock without
    the time in which we, or PostgreSQL for us, could have run and others did."""
    names = "".join(f"{f'{name} p{share * 100:.0f}':>13}" for name, share in COLUMNS)
    tell(f"{'server time, ms':34}{names}{'SQL':>6}{'kB':>6}")
    worst = dict.fromkeys(("clock", "alone", "cpu"), 0.0)
    for page, asked in Visitors(tool, copies).pages():
        if only not in page:
            continue
        found = measure(tool, asked, times)
        shown = [percentile([getattr(one, name) for one in found], share) for name, share in COLUMNS]
        sizes = f"{max(one.statements for one in found):6}{found[0].size // 1_000:6}"
        tell(f"{page:34}{''.join(f'{value:13.1f}' for value in shown)}{sizes}")
        for name in worst if page in BARS else ():
            worst[name] = max(worst[name], percentile([getattr(one, name) for one in found], 0.95))
    tell(
        f"Asked for: class page and profiles p95 ≤ {ASKED_MS} ms. At worst {worst['cpu']:.0f} ms of this process's "
        f"processor, {worst['alone']:.0f} ms alone, {worst['clock']:.0f} ms on the clock; "
        f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores."
    )


def run(
    url: str, events: int, times: int, folder: Path, tell: Callable[[str], None], *,
    lessons: int = WEEKS * len(DAYS) - 1, pupils: int = PUPILS, is_filled: bool = False, only: str = "",
) -> None:  # fmt: skip
    """Fill, ask, print."""
    with at_noon(), ExitStack() as stack:
        if not is_filled:
            stack.enter_context(school(url, events, lessons=lessons, pupils=pupils, folder=folder, tell=tell))
        platform = stack.enter_context(serving(Platform()))
        tool = _again(url, platform)
        with tool.inside():
            copies = db.session.scalar(select(func.count()).select_from(Context)) or 0
            count = db.session.scalar(select(func.count()).select_from(event))
        tell(f"{db_name(url)}: {count:,} events of {copies} courses")
        if count < TERM:
            tell(
                f"The bar is for a term of {TERM:,} events, filled by `--events`: docs/explain/cost.md has its figures."
            )
        report(tool, copies, times, tell, only)
        with tool.app.app_context():
            db.engine.dispose()


def db_name(url: str) -> str:
    return "SQLite" if url.startswith("sqlite") else "PostgreSQL"


def _again(url: str, platform: Platform) -> Tool:
    """The application over a filled database, whose LMS is at another address today."""
    app = create_app(settings_for(url))
    app.jinja_env.bytecode_cache = kept.TEMPLATES
    tool = Tool(app, platform)
    with tool.inside():
        one = db.session.scalars(select(Registration).where(Registration.client_id == CLIENT_ID)).one()
        one.issuer, one.auth_login_url, one.token_url = platform.url, f"{platform.url}/auth", f"{platform.url}/token"
        one.key_set_url = f"{platform.url}/jwks"
        db.session.execute(delete(PlatformKeySet))
    settle()  # as a web worker does
    return tool


def main(tell: Callable[[str], None] = print) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=TERM)
    parser.add_argument("--database")
    parser.add_argument("--times", type=int, default=40)
    parser.add_argument("--keep", action="store_true", help="the database is filled already")
    parser.add_argument("--only", default="", help="only pages whose name holds this")
    given = parser.parse_args()
    with TemporaryDirectory(prefix="giotay-pages-") as folder:
        url = given.database or f"sqlite:///{Path(folder) / 'school.sqlite3'}"
        run(url, given.events, given.times, Path(folder), tell, is_filled=given.keep, only=given.only)
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
