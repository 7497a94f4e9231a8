"""The lessons of the benchmark: a fresh database with its runs and seats, and everybody's ticket."""

import secrets
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
from sqlalchemy import make_url, text

from live_session.activities.choice import Choice, Option
from live_session.commands import SERVER, Actor, Sit, Start
from live_session.events import Logged
from live_session.model import Activity, Mode, Proof, Role, Screen, Standing
from live_session.store import log
from live_session.store.drivers import drive
from live_session.store.engine import open_engine
from live_session.store.log import Asked
from live_session.store.tables import metadata
from live_session.ticket import LIFETIME_MS, Signer, Ticket

KEY = "a key for benchmarks and tests only"
ORIGIN = "http://bench.invalid"
TEACHER = "teacher"
EPOCH = "bench"
STATE_BYTES = 1_500
"""About what a phone's view of a question with a formula or two takes."""


class Size(msgspec.Struct, frozen=True):
    """Lessons, phones a lesson, questions (the warm-up among them), seconds a question lasts (None: untimed)."""

    lessons: int
    phones: int
    questions: int
    seconds: int | None = None


def run_id(lesson: int) -> str:
    return f"bench-{lesson:03}"


def pupil_id(lesson: int, phone: int) -> str:
    return f"pupil-{lesson:03}-{phone:03}"


def question_id(number: int) -> str:
    return f"q{number:02}"


def html() -> str:
    """A form of four options that makes a phone's state about `STATE_BYTES` long."""
    options = "".join(
        f'<label><input type="radio" name="answer" value="{letter}">{letter}</label>' for letter in "ABCD"
    )
    return f"<form>{options}<p>{'x' * (STATE_BYTES - 250 - len(options))}</p></form>"


def ticket(lesson: int, phone: int | None, screen: Screen = Screen.PHONE) -> str:
    """The ticket of a pupil's phone, or (phone None) of a teacher's screen."""
    expires = time.time_ns() // 1_000_000 + LIFETIME_MS
    if phone is None:
        return Signer([KEY]).sign(Ticket(run_id(lesson), Role.TEACHER, screen, TEACHER, "", expires))
    who = pupil_id(lesson, phone)
    return Signer([KEY]).sign(Ticket(run_id(lesson), Role.PUPIL, screen, who, f"claim-{who}", expires))


def prepare(url: str, size: Size) -> None:
    """Make the tables, start the runs and seat the pupils, in an empty database."""
    engine = open_engine(url)
    at = time.time_ns() // 1_000_000
    metadata.create_all(engine)
    with engine.begin() as connection:
        for lesson in range(size.lessons):
            drive(connection, log.create(run_id(lesson), EPOCH, at))
        drive(connection, log.append({}, [a for lesson in range(size.lessons) for a in _opening(lesson, size, at)]))
    engine.dispose()


def _opening(lesson: int, size: Size, at: int) -> Iterator[Asked]:
    content = Choice(prompt="?", options=tuple(Option(letter) for letter in "ABCD"), key=("A",))
    written, form = msgspec.json.encode(content).decode(), html()
    deck = tuple(
        Activity(
            question_id(n), "single", written, f"Câu {n}", form, "<p>?</p>", seconds=size.seconds, item=f"item-{n}"
        )
        for n in range(size.questions)
    )
    start = Start("Bài 1", deck, at + 4 * 3_600_000)
    yield Asked(run_id(lesson), "start", start, Actor(Role.TEACHER, TEACHER), at)
    for who in (pupil_id(lesson, phone) for phone in range(size.phones)):
        sit = Sit(who, f"claim-{who}", Standing.LAUNCHED, Mode.ROOM, Proof.CODE)
        yield Asked(run_id(lesson), f"sit-{who}", sit, SERVER, at)


def read_log(url: str, lesson: int) -> Sequence[Logged]:
    """One run's log, from the database and nowhere else."""
    engine = open_engine(url)
    with engine.connect() as connection:
        found = drive(connection, log.read(run_id(lesson)))
    engine.dispose()
    return found


@contextmanager
def fresh_database(db: str, folder: Path) -> Iterator[str]:
    """The URL of an empty database, gone afterwards. `db` is "sqlite" (a file in `folder`) or a PostgreSQL URL whose
    user may create databases."""
    if db == "sqlite":
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="bench-", dir=folder) as made:
            yield f"sqlite:///{made}/bench.db"
        return
    name = f"giotay_bench_{secrets.token_hex(4)}"
    _administer(db, f"CREATE DATABASE {name}")
    try:
        yield make_url(db).set(database=name).render_as_string(hide_password=False)
    finally:
        _administer(db, f"DROP DATABASE {name} WITH (FORCE)")


def _administer(url: str, statement: str) -> None:
    engine = open_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def database_version(db: str) -> str:
    """The database's name and version, as people write it."""
    engine = open_engine("sqlite://" if db == "sqlite" else db)
    is_sqlite = engine.dialect.name == "sqlite"
    with engine.connect() as connection:
        version = connection.execute(
            text("SELECT sqlite_version()" if is_sqlite else "SHOW server_version")
        ).scalar_one()
    engine.dispose()
    return f"SQLite {version}, WAL, synchronous=FULL" if is_sqlite else f"PostgreSQL {version}"
