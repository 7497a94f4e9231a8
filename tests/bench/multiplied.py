"""A school's term in a database within minutes: one course that was really taught, copied to many under other ids.

Every table of the product is copied as its keys say: a pupil belongs to a class, a teacher to some classes in a
subject, a lesson and all that hangs on it to a course. Ids in texts (a log's bodies, snapshots) are replaced too, so
that each copy is a course of its own, of the size and the form of the first one.
"""

import hashlib
import re
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, TypeAlias

import psycopg
from sqlalchemy import Boolean, Column, Integer, String, Table, Text, make_url

from analytics import tables as snapshots
from live_session.store import tables as log
from lti_tool.models import Model

ID = re.compile("([0-9a-f]{20})")
"""As `new_uid` makes them."""
END = "\x00"
SUBJECTS = (
    "Toán", "Ngữ văn", "Ngoại ngữ 1", "Khoa học tự nhiên", "Lịch sử và Địa lí", "Giáo dục công dân", "Tin học",
    "Công nghệ", "Giáo dục thể chất", "Nghệ thuật", "Hoạt động trải nghiệm, hướng nghiệp",
    "Nội dung giáo dục địa phương",
)  # fmt: skip
CLASSES_OF_A_TEACHER = 5
TEACHERS = 10_000_000
"""Above every pupil's number."""
TABLES: Sequence[Table] = (
    *log.metadata.sorted_tables,
    *Model.metadata.sorted_tables,
    *snapshots.metadata.sorted_tables,
)
"""Those that others point to stand before them."""
ONCE = {"registration", "deployment", "tool_key", "mastery_cursor", "grant", "school_rule"}
PASSING = {"launch_visit", "launch_browser", "window_code", "spent_state", "access_entry", "platform_key_set"}
"""What belongs to people's visits, not to a course."""
POINTED = {"class_id": "school_class", "position": "position", "subject": "subject", "sub": "sub", "lms_id": "lms_id"}
"""What columns mean beyond their foreign keys."""

Row: TypeAlias = tuple[Any, ...]


@dataclass(frozen=True)
class Place:
    """Which course a copy is: its number, its class, its subject; the first one is the course that was taught."""

    number: int

    @property
    def class_(self) -> int:
        return self.number // len(SUBJECTS)

    @property
    def subject(self) -> int:
        return self.number % len(SUBJECTS)

    @property
    def teacher(self) -> tuple[int, int]:
        return self.subject, self.class_ // CLASSES_OF_A_TEACHER


@dataclass(frozen=True)
class Stencil:
    """Some rows of a table, column by column, ready to be written under other ids."""

    table: Table
    columns: Sequence[Sequence[Any]]
    parts: Sequence[str]
    texts: Sequence[int]
    numbers: Mapping[int, str]

    @property
    def size(self) -> int:
        return len(self.columns[0])

    def copy(self, names: Mapping[str, str], numbers: "Numbers") -> Iterator[Row]:
        """The rows under these names and numbers."""
        columns = list(self.columns)
        if self.texts:
            parts = list(self.parts)
            parts[1::2] = [names.get(part, part) for part in parts[1::2]]
            told = "".join(parts).split(END)
            for place, column in enumerate(self.texts):
                columns[column] = told[place * self.size : (place + 1) * self.size]
        for column, kind in self.numbers.items():
            became = {one: None if one is None else numbers.of(kind, one) for one in set(columns[column])}
            columns[column] = [became[one] for one in columns[column]]
        return zip(*columns, strict=True)


@dataclass(frozen=True)
class Numbers:
    """The numbers that keys become in a copy."""

    place: Place
    strides: Mapping[str, int]
    teacher: int
    copies: int

    def of(self, kind: str, value: Any) -> Any:
        """A key of a table, or what a column means."""
        place = self.place
        if kind == "person" and value == self.teacher:
            subject, group = place.teacher
            return TEACHERS + subject * 1_000 + group if subject or group else value
        if kind in ("person", "school_class"):
            return value + place.class_ * self.strides[kind]
        if kind in self.strides:
            return value + place.number * self.strides[kind]
        words: Mapping[str, Callable[[], Any]] = {
            "position": lambda: (value - 1) * self.copies + place.number + 1,
            "subject": lambda: SUBJECTS[place.subject] if value else value,
            "sub": lambda: sub_of(value, place),
            "class_name": lambda: f"{value[:-1]}{place.class_ + 1}",
            "lms_id": lambda: f"{value}-{place.number}" if place.number else value,
        }
        return words[kind]()


def sub_of(sub: str, place: Place) -> str:
    """What the LMS calls the copy of a person."""
    if sub.startswith("head"):
        return sub
    if sub.startswith("teacher"):
        subject, group = place.teacher
        return sub if not (subject or group) else f"{sub}-{subject}-{group}"
    return sub if not place.class_ else f"{sub}-{place.class_}"


class Course:
    """The course that was taught, as stencils: what there is once for a class, a teacher, a subject, a course, and
    lesson by lesson."""

    def __init__(self, file: str) -> None:
        source = sqlite3.connect(file)
        rows = {t.name: list(source.execute(f'SELECT {_columns(t)} FROM "{t.name}"')) for t in TABLES}
        source.close()
        people = {row[0]: row for row in rows["person"]}
        teachers = [one[0] for one in people.values() if one[3].startswith("teacher")]
        self.teacher = teachers[0]
        self.runs = [row[0] for row in rows["lesson_run"]]
        self.events = len(rows["event"])
        self.strides = {t.name: 1 + max((row[0] for row in rows[t.name]), default=0) for t in TABLES if _is_counted(t)}
        heads = [one for one in people.values() if one[3].startswith("head")]
        self.once = {
            t: heads if t.name == "person" else rows[t.name] for t in TABLES if t.name in ONCE or t.name == "person"
        }
        self.pupils = [one[1] for one in people.values() if self._is_pupil(one)]
        self.teachers_uid = people[self.teacher][1]
        named = {uid for t in ("lesson", "lesson_activity") for uid in (row[1] for row in rows[t])}
        self.named = sorted(named | set(self.runs))
        self.of_class = self._stencils(rows, {"school_class": lambda row: True, "person": self._is_pupil})
        self.of_teacher = self._stencils(rows, {"person": lambda row: row[0] == self.teacher})
        self.of_subject = self._stencils(
            rows, {"mastery_model": lambda row: True, "mastery_difficulty": lambda row: row[2] == "objective"}
        )
        taken = {*ONCE, *PASSING, "person", "school_class", "mastery_model"}
        rest = [t for t in TABLES if t.name not in taken and not _run_column(t)]
        self.of_course = self._stencils(
            rows,
            {t.name: (lambda row: row[2] != "objective") if t.name == "mastery_difficulty" else bool for t in rest},
        )
        self.of_run = self._by_run(rows)

    def _is_pupil(self, row: Row) -> bool:
        return row[0] != self.teacher and not row[3].startswith("head")

    def _stencils(self, rows: Mapping[str, Sequence[Row]], wanted: Mapping[str, Any]) -> list[Stencil]:
        found = []
        for table in TABLES:
            keep = wanted.get(table.name)
            if keep and (mine := [row for row in rows[table.name] if keep(row)]):
                found.append(stencil(table, mine))
        return found

    def _by_run(self, rows: Mapping[str, Sequence[Row]]) -> list[list[Stencil]]:
        """Of each lesson, in the order of teaching."""
        found: dict[str, list[Stencil]] = {run: [] for run in self.runs}
        for table in TABLES:
            if table.name in PASSING or not (column := _run_column(table)):
                continue
            place, of = list(table.c.keys()).index(column), defaultdict[str, list[Row]](list)
            for row in rows[table.name]:
                of[row[place]].append(row)
            for run, some in of.items():
                if run in found:
                    found[run].append(stencil(table, some))
        return list(found.values())

    def names(self, place: Place) -> dict[str, str]:
        """Every id in the course's texts, and what it becomes."""
        if not place.number:
            return {}
        salted = [(name, f"course {place.number}") for name in self.named]
        salted += [(name, f"class {place.class_}") for name in self.pupils if place.class_]
        salted += [(self.teachers_uid, f"teacher {place.teacher}")] if any(place.teacher) else []
        return {name: hashlib.sha256(f"{name} {salt}".encode()).hexdigest()[:20] for name, salt in salted}


def _is_counted(table: Table) -> bool:
    """Its keys are numbers that the database gives."""
    return "id" in table.c and isinstance(table.c["id"].type, Integer) and table.name != "mastery_cursor"


def _columns(table: Table) -> str:
    return ", ".join(f'"{column.name}"' for column in table.c)


def _run_column(table: Table) -> str | None:
    """By which column a table's rows belong to a lesson."""
    return "id" if table.name == "run" else "run_id" if "run_id" in table.c and table.name != "period_entry" else None


def stencil(table: Table, rows: Sequence[Row]) -> Stencil:
    """Rows as they came from SQLite."""
    columns: list[Sequence[Any]] = [
        [_truth(one) for one in column] if isinstance(of.type, Boolean) else column
        for of, column in zip(table.c, zip(*rows, strict=True), strict=True)
    ]
    numbers = {place: kind for place, column in enumerate(table.c) if (kind := _kind(table, column))}
    texts = [
        place
        for place, column in enumerate(columns)
        if place not in numbers and all(isinstance(one, str) for one in column) and any(map(ID.search, column))
    ]
    blob = END.join(chain.from_iterable(columns[place] for place in texts))
    return Stencil(table, columns, ID.split(blob), texts, numbers)


def _kind(table: Table, column: Column[Any]) -> str | None:
    if table.name == "school_class" and column.name == "name":
        return "class_name"
    pointed = next((key.column.table.name for key in column.foreign_keys), None)
    if pointed in ("registration", "deployment") or column.name == "school":
        return None
    if isinstance(column.type, String | Text) and column.name not in POINTED:
        return None
    if pointed is None and column.name in POINTED and table.name not in ("lesson_activity", "mastery_cursor"):
        return POINTED[column.name]
    return pointed or (table.name if column.name == "id" and column.primary_key else None)


# --- writing ----------------------------------------------------------------------------------------------------------


def fill(url: str, course: Course, copies: int, tell: Callable[[str], None]) -> None:
    """Write so many courses into a database that has the tables and no rows, lesson by lesson as they were taught."""
    numbers = [Numbers(Place(n), course.strides, course.teacher, copies) for n in range(copies)]
    everywhere = [(course.names(one.place), one) for one in numbers]

    def firsts(key: Callable[[Place], Any]) -> list[tuple[Mapping[str, str], Numbers]]:
        first = {key(one.place): n for n, one in reversed(list(enumerate(numbers)))}
        return [everywhere[n] for n in sorted(first.values())]

    writer = Writer(url)
    for table, rows in course.once.items():
        writer.put(table, (_typed(table, row) for row in rows))
    writer.all(course.of_class, firsts(lambda place: place.class_))
    writer.all(course.of_teacher, firsts(lambda place: place.teacher))
    writer.all(course.of_course, everywhere)
    writer.all(course.of_subject, firsts(lambda place: place.subject))
    for number, stencils in enumerate(course.of_run, 1):
        writer.all(stencils, everywhere)
        writer.commit()
        tell(f"lesson {number}/{len(course.of_run)}")
    writer.finish()


def _typed(table: Table, row: Row) -> Row:
    """A row as SQLite gave it, with its truths."""
    return tuple(
        _truth(value) if isinstance(of.type, Boolean) else value for of, value in zip(table.c, row, strict=True)
    )


def _truth(value: Any) -> bool | None:
    return None if value is None else bool(value)


class Writer:
    """Rows by the million: prepared statements on SQLite, COPY on PostgreSQL."""

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self._is_sqlite = parsed.get_backend_name() == "sqlite"
        if self._is_sqlite:
            self._driver: Any = sqlite3.connect(str(parsed.database))
            for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-1000000"):
                self._driver.execute(f"PRAGMA {pragma}")
        else:
            plain = parsed.set(drivername="postgresql").render_as_string(hide_password=False)
            self._driver = psycopg.connect(plain)

    def all(self, stencils: Iterable[Stencil], copies: Sequence[tuple[Mapping[str, str], Numbers]]) -> None:
        """Every copy of some stencils, table by table."""
        for one in stencils:
            self.put(one.table, chain.from_iterable(one.copy(names, numbers) for names, numbers in copies))

    def put(self, table: Table, rows: Iterable[Row]) -> None:
        """Write rows of all columns."""
        head = f'"{table.name}" ({_columns(table)})'
        if self._is_sqlite:
            cells = ", ".join("?" * len(table.c))
            self._driver.executemany(f"INSERT INTO {head} VALUES ({cells})", rows)
            return
        with self._driver.cursor() as cursor, cursor.copy(f"COPY {head} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)

    def commit(self) -> None:
        self._driver.commit()

    def finish(self) -> None:
        """The consumer's place; PostgreSQL's counters, and the figures it plans by, which it gathers after a while."""
        self._driver.execute("UPDATE mastery_cursor SET position = (SELECT max(position) FROM mastery_run)")
        self._driver.commit()
        if not self._is_sqlite:
            for table in (one for one in TABLES if _is_counted(one)):
                top = f'SELECT max(id) FROM "{table.name}"'
                self._driver.execute(f"SELECT setval(pg_get_serial_sequence('\"{table.name}\"', 'id'), ({top}))")
            self._driver.commit()
            self._driver.autocommit = True
            self._driver.execute("VACUUM ANALYZE")
        else:
            self._driver.execute("PRAGMA journal_mode=WAL")
        self._driver.close()
