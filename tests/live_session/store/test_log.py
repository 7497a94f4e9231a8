"""The log in a database, on SQLite and on PostgreSQL."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from threading import Barrier
from typing import Any, TypeVar

import msgspec
import pytest
from sqlalchemy import Connection, Engine, delete, event, func, insert, select, text
from sqlalchemy.exc import IntegrityError

from live_session import rules
from live_session.activities import type_of
from live_session.commands import (
    SERVER,
    Actor,
    Call,
    Command,
    End,
    Lower,
    Next,
    Note,
    Open,
    Resume,
    Reveal,
    Shut,
    Submit,
)
from live_session.errors import Refusal, StoreBusy, UnknownRun
from live_session.events import Answered, Logged, PresenceSeen
from live_session.model import Outcome, Phase, Screen, Shown, Standing, State
from live_session.projection import own, view
from live_session.reducer import EMPTY, fold
from live_session.store import engine as engine_module
from live_session.store import log, tables
from live_session.store.drivers import drive, store_errors
from live_session.store.engine import open_engine
from live_session.store.log import Appended, Asked, Head, Result, Steps
from tests.live_session.build import (
    EPOCH,
    NOW,
    RUN,
    SAMPLES,
    TEACHER,
    Book,
    activity,
    code,
    every_kind,
    pupil,
    sit,
    start,
)
from tests.live_session.notes import NOTES, installed, notes

T = TypeVar("T")
Q = "q-single"


class Desk:
    """One writer: its own engine, and a fold of its own, which may be stale."""

    def __init__(self, engine: Engine, name: str = "desk", run: str = RUN) -> None:
        self.engine = engine
        self.run = run
        self.at = NOW
        self.states: Mapping[str, State] = {}
        self._ids = (f"{name}-{n}" for n in count(1))

    def drive(self, steps: Steps[T]) -> T:
        with store_errors(), self.engine.begin() as connection:
            return drive(connection, steps)

    def asked(self, command: Command, actor: Actor = TEACHER, id: str | None = None) -> Asked:
        return Asked(self.run, id or next(self._ids), command, actor, self.at)

    def append(self, *asked: Asked) -> Appended:
        appended = self.drive(log.append(self.states, asked))
        self.states = {**self.states, **appended.states}
        return appended

    def ask(self, command: Command, actor: Actor = TEACHER, id: str | None = None) -> Result:
        return self.append(self.asked(command, actor, id)).results[0]

    def do(self, *commands: Command, actor: Actor = TEACHER) -> "Desk":
        for command in commands:
            assert code(self.ask(command, actor)) is None
        return self

    def answer(self, who: str, asked: str, value: Any, id: str | None = None) -> Result:
        return self.ask(Submit(asked, 1, value, self.at), pupil(who), id)

    @property
    def log(self) -> Sequence[Logged]:
        return self.drive(log.read(self.run))

    @property
    def state(self) -> State:
        return self.drive(log.catch_up({}, [self.run]))[self.run]


@pytest.fixture
def desk(engine: Engine) -> Desk:
    return Desk(engine)


@pytest.fixture
def lesson(desk: Desk) -> Desk:
    """Question 1 is open; p1 and p2 sit."""
    desk.do(start(every_kind())).do(*(sit(w, standing=Standing.LAUNCHED) for w in ("p1", "p2")), actor=SERVER)
    return desk.do(Next())


@contextmanager
def another(url: str) -> Iterator[Engine]:
    opened = open_engine(url)
    try:
        yield opened
    finally:
        opened.dispose()


def rows(engine: Engine, table: Any) -> Sequence[Any]:
    with engine.connect() as connection:
        return connection.execute(select(table)).all()


# --- append, read, catch up -----------------------------------------------------------------------------------------


def test_the_database_comes_to_what_the_pure_rules_come_to(desk: Desk) -> None:
    """The same commands, put to a run in memory and to one in a database."""
    book = Book()
    commands: list[tuple[Command, Actor]] = [
        (start(every_kind(30)), TEACHER),
        (sit("p1"), SERVER),
        (sit("p1", "other"), SERVER),
        (Next(), TEACHER),
        (Submit(Q, 1, "A", NOW), pupil("p1")),
        (Submit(Q, 1, "Z", NOW), pupil("p1")),
        (Submit(Q, 1, "B", NOW), pupil("p1")),
        (Note({"p1": (NOW, NOW)}), SERVER),
        *((Open(f"q-{kind}"), TEACHER) for kind in SAMPLES if kind != "single"),
        *((Submit(f"q-{kind}", 1, s.values[-1], NOW), pupil("p1")) for kind, s in SAMPLES.items()),
        (Shut("q-open"), TEACHER),
        (End(), TEACHER),
        (Resume(), TEACHER),
    ]
    for n, (command, actor) in enumerate(commands):
        assert desk.ask(command, actor, f"{n}") == book.ask(command, actor, f"{n}")
    assert desk.states[RUN] == book.state == desk.state
    assert [e.event for e in desk.log] == [e.event for e in book.log]
    assert fold(desk.log) == book.state


def test_one_transaction_takes_a_batch_in_order(desk: Desk) -> None:
    desk.do(start(every_kind()))
    appended = desk.append(
        desk.asked(sit("p1"), SERVER),
        desk.asked(Submit(Q, 1, "A", NOW), pupil("p1")),
        desk.asked(Next()),
        desk.asked(Submit(Q, 1, "A", NOW), pupil("p1"), "x"),
        desk.asked(Submit(Q, 1, "B", NOW), pupil("p1"), "x"),
    )
    assert [code(r) for r in appended.results] == [None, "not_open", None, None, None]
    assert appended.results[3] == appended.results[4], "the same id twice in one batch"
    assert [logged.seq for _, logged in appended.written] == [2, 3, 4]


def test_a_batch_holds_many_runs(engine: Engine) -> None:
    desks = [Desk(engine, f"desk-{n}", f"run-{n}") for n in (3, 2, 4)]
    with engine.begin() as connection:
        for desk in desks:
            drive(connection, log.create(desk.run, EPOCH, NOW))
    appended = desks[0].append(*(d.asked(start()) for d in desks), *(d.asked(Next()) for d in desks))
    assert [code(r) for r in appended.results] == [None] * 6
    assert {run: state.seq for run, state in appended.states.items()} == {"run-2": 2, "run-3": 2, "run-4": 2}
    assert [logged.seq for logged in desks[1].log] == [1, 2]


def test_calls_of_several_runs_are_counted_and_nothing_else(desk: Desk, lesson: Desk) -> None:
    for who in ("p1", "p2", "p1"):
        lesson.do(Call(who)).do(Lower(who))
    other = Desk(desk.engine, "other", "run-0002")
    other.drive(log.create(other.run, "epoch-2", NOW))
    other.do(start(every_kind(), heard_before={"p2": 4})).do(sit("p2", standing=Standing.LAUNCHED), actor=SERVER)
    other.do(Call("p2"))
    assert desk.drive(log.calls([lesson.run, other.run])) == {"p1": 2, "p2": 2}
    assert desk.drive(log.calls([other.run, "no-run"])) == {"p2": 1}
    assert desk.drive(log.calls([])) == {}
    assert other.state.heard_before == {"p2": 4}


def test_seq_is_the_heads_and_has_no_gap(lesson: Desk) -> None:
    for n in range(5):
        lesson.answer("p1", Q, "ABZAB"[n])
    assert [logged.seq for logged in lesson.log] == list(range(1, lesson.state.seq + 1))
    assert lesson.drive(log.heads([RUN, "nothing"])) == {RUN: Head(EPOCH, lesson.state.seq)}


def test_catching_up_from_anywhere_comes_to_the_same(lesson: Desk) -> None:
    lesson.answer("p1", Q, "A")
    lesson.do(Shut(Q), Reveal(Q, Shown.KEY))
    whole = lesson.log
    for cut in range(len(whole) + 1):
        known = {RUN: fold(whole[:cut])}
        assert lesson.drive(log.catch_up(known, [RUN])) == {RUN: lesson.state}
    assert lesson.drive(log.catch_up({}, [])) == {}
    assert lesson.drive(log.catch_up({}, ["nothing"])) == {"nothing": EMPTY}


def test_more_runs_at_once_than_one_statement_takes(sqlite_engine: Engine) -> None:
    """A live server that starts when a thousand lessons are open must not go blind."""
    desk = Desk(sqlite_engine)
    desk.do(start())
    many = [f"many-{n}" for n in range(1_100)]
    rows_ = [{"id": id_, "epoch": EPOCH, "seq": 0, "phase": "lobby", "created_at": NOW} for id_ in many]
    with sqlite_engine.begin() as connection:
        connection.execute(insert(tables.run), rows_)
    states = desk.drive(log.catch_up({}, [*many, RUN]))
    assert len(states) == 1_101
    assert states[RUN] == desk.states[RUN]
    assert len(desk.drive(log.heads(many))) == 1_100


def test_a_fold_of_another_history_is_not_decided_on(lesson: Desk) -> None:
    """A backup came back under a server that runs: its next event follows the log's last one, not its own."""
    ahead = Book().do(start(every_kind())).seat("p1", "p2").do(Next(), Shut(Q), Next(Q), End())
    lesson.states = {RUN: ahead.state}
    assert lesson.answer("p1", Q, "A") == (5, Outcome.ACCEPTED)
    assert lesson.states[RUN] == lesson.state


def test_runs_that_have_not_ended(lesson: Desk) -> None:
    assert lesson.drive(log.open_runs()) == [RUN]
    lesson.do(End())
    assert lesson.drive(log.open_runs()) == []
    (head,) = rows(lesson.engine, tables.run)
    assert (head.phase, head.ended_at) == (Phase.ENDED, NOW)
    lesson.do(Resume())
    assert lesson.drive(log.open_runs()) == [RUN]


def test_a_refusal_writes_nothing(lesson: Desk) -> None:
    before = [*rows(lesson.engine, tables.event)], [*rows(lesson.engine, tables.run)]
    assert code(lesson.ask(Next())) == "not_open"
    assert code(lesson.answer("p3", Q, "A")) == "forbidden"
    assert before == ([*rows(lesson.engine, tables.event)], [*rows(lesson.engine, tables.run)])


def test_an_unknown_run_is_said_and_nothing_written(lesson: Desk) -> None:
    lost = Desk(lesson.engine, run="erased")
    with pytest.raises(UnknownRun, match="erased"):
        lesson.append(lesson.asked(Shut(Q)), lost.asked(Shut(Q)))
    assert lesson.state.rounds[Q][-1].is_open
    assert lost.log == []


def test_what_the_clock_asks_for_comes_first(lesson: Desk) -> None:
    lesson.at = lesson.state.planned_end + 3_600_000
    assert code(lesson.ask(Next(Q))) == "not_open"
    assert [type(e.event).__name__ for e in lesson.log[-1:]] == ["RunEnded"]
    assert lesson.log[-1].who == SERVER.who
    assert lesson.state.phase is Phase.ENDED


# --- one id, one outcome --------------------------------------------------------------------------------------------


def test_the_database_itself_refuses_an_id_twice(lesson: Desk) -> None:
    first = rows(lesson.engine, tables.event)[0]._asdict()
    with pytest.raises(IntegrityError), lesson.engine.begin() as connection:
        connection.execute(insert(tables.event), [{**first, "seq": 99}])
    with pytest.raises(IntegrityError), lesson.engine.begin() as connection:
        connection.execute(insert(tables.event), [{**first, "command_id": "other"}])


def test_sending_again_gives_the_first_outcome_to_whoever_reads_the_log(lesson: Desk, engine: Engine) -> None:
    first = lesson.answer("p1", Q, "A", id="once")
    lesson.answer("p1", Q, "B", id="twice")
    assert lesson.answer("p1", Q, "C", id="once") == first
    restarted = Desk(engine)  # it knows nothing but the log
    assert restarted.answer("p1", Q, "D", id="once") == first
    assert restarted.state.responses[Q, 1]["p1"].value == "B"


def test_nobody_can_use_up_anothers_ids(lesson: Desk, engine: Engine) -> None:
    lesson.answer("p1", Q, "A", id="same")
    assert lesson.answer("p2", Q, "B", id="same") == (lesson.state.seq, Outcome.ACCEPTED)
    assert {who: set(done) & {"same"} for who, done in Desk(engine).state.done.items() if who.startswith("p")} == {
        "p1": {"same"},
        "p2": {"same"},
    }


def test_ids_may_hold_a_colon(lesson: Desk, engine: Engine) -> None:
    first = lesson.answer("p1", Q, "A", id="p2:x:")
    assert Desk(engine).answer("p1", Q, "B", id="p2:x:") == first


def test_a_note_sent_again_is_one_note(lesson: Desk, engine: Engine) -> None:
    note = Note({"p1": (NOW, NOW + 5)})
    first = lesson.ask(note, SERVER, "seen-1")
    assert lesson.ask(note, SERVER, "seen-1") == first
    assert Desk(engine).ask(note, SERVER, "seen-1") == first
    assert len([e for e in lesson.log if isinstance(e.event, PresenceSeen)]) == 1


# --- words ----------------------------------------------------------------------------------------------------------

WORDS = "Em nghĩ là do trọng lực"


@pytest.fixture
def words(desk: Desk) -> Desk:
    """An open text and a short one, answered by two pupils."""
    desk.do(start([activity("open"), activity("short")]))
    desk.do(*(sit(w, standing=Standing.LAUNCHED) for w in ("p1", "p2")), actor=SERVER).do(Next())
    desk.answer("p1", "q-open", WORDS, id="one")
    desk.answer("p2", "q-open", "khác", id="one")
    desk.do(Next("q-open"))
    desk.answer("p1", "q-short", "secret-hanoi", id="two")
    return desk


def test_the_log_holds_no_word_of_a_free_text(words: Desk) -> None:
    bodies = " ".join(row.body for row in rows(words.engine, tables.event) if row.type == "answered")
    assert not any(word in bodies for word in (*WORDS.split(), "secret", "khác"))
    kept = {(r.id, r.participant, r.text) for r in rows(words.engine, tables.content)}
    assert kept == {("p1:one", "p1", f'"{WORDS}"'), ("p2:one", "p2", '"khác"'), ("p1:two", "p1", '"secret-hanoi"')}
    sizes = {r.id: r.size for r in rows(words.engine, tables.content)}
    assert sizes["p1:one"] == len(f'"{WORDS}"')


def test_reading_puts_the_words_back(words: Desk) -> None:
    values = [e.event.value for e in words.log if isinstance(e.event, Answered)]
    assert values == [WORDS, "khác", "secret-hanoi"]
    assert words.state == words.states[RUN]


def test_erasing_one_pupils_words_leaves_the_log_whole(words: Desk) -> None:
    with words.engine.begin() as connection:
        connection.execute(delete(tables.content).where(tables.content.c.participant == "p1"))
    state = words.state
    assert [e.event.value for e in words.log if isinstance(e.event, Answered)] == [None, "khác", None]
    assert state.responses["q-open", 1]["p1"].value is None
    assert state.responses["q-open", 1]["p2"].value == "khác"
    asked = state.deck[1]
    assert type_of("short").share(type_of("short").parse(asked.content), None) is None
    words.do(Shut("q-short"), Reveal("q-short", Shown.DISTRIBUTION), Reveal("q-short", Shown.KEY))
    mine = own(words.state, "p1", "browser-of-p1")
    assert mine
    assert mine.share is None
    assert msgspec.json.encode(view(words.state, Screen.PHONE))


def test_each_post_is_words_of_its_own_and_can_be_erased_as_such(desk: Desk) -> None:
    with installed():
        desk.do(start([notes(approves=False)]))
        desk.do(*(sit(w, standing=Standing.LAUNCHED) for w in ("p1", "p2")), actor=SERVER).do(Next())
        for who, text, name in (
            ("p1", "bí mật", "a"),
            ("p2", "khác", "a"),
            ("p1", "bí mật hai", "b"),
            ("p1", "sửa", "a"),
        ):
            assert code(desk.ask(Submit(NOTES, 1, {"text": text}, desk.at, post=name), pupil(who))) is None
        assert desk.state == desk.states[RUN]
        assert "bí" not in " ".join(row.body for row in rows(desk.engine, tables.event))
        with desk.engine.begin() as connection:
            connection.execute(delete(tables.content).where(tables.content.c.participant == "p1"))
        wall = desk.state.walls[NOTES, 1]
        assert [(p.participant, p.value) for p in wall.posts.values()] == [
            ("p1", None),
            ("p2", {"text": "khác"}),
            ("p1", None),
        ]
        assert "khác" in msgspec.json.encode(view(desk.state, Screen.PHONE)).decode()


def test_other_content_under_the_same_id_is_not_taken_for_words(lesson: Desk) -> None:
    """An upload's id is made by a phone too."""
    lesson.answer("p1", Q, "A", id="same")
    upload = {"run_id": RUN, "id": "p1:same", "participant": "p1", "at": NOW, "kind": "image", "text": '"B"', "size": 3}
    with lesson.engine.begin() as connection:
        connection.execute(insert(tables.content), [upload])
    assert lesson.state.responses[Q, 1]["p1"].value == "A"


def test_erasing_a_run_takes_everything_with_it(words: Desk) -> None:
    with words.engine.begin() as connection:
        connection.execute(delete(tables.run))
    assert (rows(words.engine, tables.event), rows(words.engine, tables.content)) == ([], [])
    with pytest.raises(UnknownRun):
        words.do(Shut("q-short"))


# --- several writers ------------------------------------------------------------------------------------------------


def together(*acts: Callable[[], T]) -> list[T]:
    """Do these at one moment, each in a thread of its own."""
    barrier = Barrier(len(acts))

    def act(one: Callable[[], T]) -> T:
        barrier.wait()
        return one()

    with ThreadPoolExecutor(len(acts)) as threads:
        return [f.result() for f in [threads.submit(act, one) for one in acts]]


def test_two_writers_make_no_gap_and_no_double(lesson: Desk, database_url: str) -> None:
    def write(desk: Desk, who: str) -> list[Result]:
        return [desk.answer(who, Q, "ABCD"[n % 4], id=f"{n // 2}") for n in range(40)]

    with another(database_url) as second:
        one, two = Desk(lesson.engine, "one"), Desk(second, "two")
        results = together(lambda: write(one, "p1"), lambda: write(two, "p2"))
    seqs = {r[0] for rs in results for r in rs if not isinstance(r, Refusal)}
    whole = lesson.log
    assert [e.seq for e in whole] == list(range(1, len(whole) + 1))
    answered = [(e.who, e.command_id) for e in whole if isinstance(e.event, Answered)]
    assert len(answered) == len(set(answered)) == 2 * 20
    assert lesson.state == fold(whole)
    assert seqs == {e.seq for e in whole if isinstance(e.event, Answered)}


@pytest.mark.parametrize("attempt", range(4))
def test_nobody_decides_on_a_stale_fold(desk: Desk, database_url: str, attempt: int) -> None:
    """Four desks that know nothing but the start: one seat is taken by one browser, one question is opened once."""
    desk.do(start())
    with another(database_url) as second:
        desks = [Desk(engine, f"{attempt}-{n}") for n, engine in enumerate((desk.engine, second) * 2)]
        for other in desks:
            other.states = dict(desk.states)
        seats = together(*(lambda d=d, n=n: d.ask(sit("p1", f"browser-{n}"), SERVER) for n, d in enumerate(desks)))
        for other in desks:
            other.states = dict(desk.states)
        opened = together(*(lambda d=d: d.ask(Next()) for d in desks))
    assert sorted(str(code(r)) for r in seats) == ["None", "taken", "taken", "taken"]
    assert sorted(str(code(r)) for r in opened) == ["None", "not_open", "not_open", "not_open"]
    assert [type(e.event).__name__ for e in desk.log] == ["RunStarted", "SeatTaken", "ActivityOpened"]


def test_fifty_copies_of_one_answer_are_one_row(lesson: Desk, database_url: str) -> None:
    """classroom.md §4.1. A phone that sent it again and again, to every process there is."""
    with another(database_url) as second:
        desks = [Desk(engine, f"{n}") for n, engine in enumerate((lesson.engine, second) * 5)]
        results = together(*(lambda d=d: [d.answer("p1", Q, "A", id="once") for _ in range(5)] for d in desks))
    assert {r for rs in results for r in rs} == {(lesson.state.seq, Outcome.ACCEPTED)}
    with lesson.engine.connect() as connection:
        answered = select(func.count()).where(tables.event.c.type == "answered")
        assert connection.scalar(answered) == 1


def test_votes_of_a_whole_class_at_one_moment_are_all_counted(desk: Desk, database_url: str) -> None:
    who = [f"p{n}" for n in range(40)]
    desk.do(start(every_kind())).do(*(sit(w) for w in who), actor=SERVER).do(Next())
    with another(database_url) as second:
        desks = [Desk(desk.engine, "a"), Desk(second, "b"), Desk(second, "c"), Desk(desk.engine, "d")]
        together(*(lambda d=d, n=n: [d.answer(w, Q, "A") for w in who[n::4]] for n, d in enumerate(desks)))
    assert set(desk.state.responses[Q, 1]) == set(who)


# --- trouble --------------------------------------------------------------------------------------------------------


def test_one_command_that_breaks_a_rules_code_does_not_take_down_the_others(
    lesson: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Unforeseen(Exception):
        pass

    def explode(*_: object) -> None:
        raise Unforeseen

    broken = rules.Rule(rules.TEACHER, rules.is_live, explode)  # type: ignore[arg-type]
    monkeypatch.setattr(rules, "RULES", {**rules.RULES, Shut: broken})
    results = lesson.append(
        lesson.asked(Submit(Q, 1, "A", NOW), pupil("p1")),
        lesson.asked(Shut(Q)),
        lesson.asked(Submit(Q, 1, "B", NOW), pupil("p2")),
    ).results
    assert [code(r) for r in results] == [None, "internal", None]
    assert set(lesson.state.responses[Q, 1]) == {"p1", "p2"}


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a lock in a test."""
    monkeypatch.setattr(engine_module, "BUSY_TIMEOUT_MS", 20)


@contextmanager
def held(url: str) -> Iterator[Connection]:
    """Another process holds the run."""
    with another(url) as engine, engine.begin() as connection:
        connection.execute(select(tables.run).with_for_update())
        yield connection


@pytest.mark.usefixtures("impatient")
def test_a_locked_database_is_busy_and_nothing_is_written(database_url: str, lesson: Desk) -> None:
    length = lesson.state.seq
    with another(database_url) as quick:
        desk = Desk(quick)
        with held(database_url), pytest.raises(StoreBusy):
            desk.answer("p1", Q, "A", id="once")
        assert lesson.state.seq == length
        assert desk.answer("p1", Q, "A", id="once") == (length + 1, Outcome.ACCEPTED), "and then it goes on"


def test_a_full_disk_is_busy_and_nothing_is_acknowledged(sqlite_engine: Engine) -> None:
    desk = Desk(sqlite_engine).do(start([activity("open", limit=4_000)]))
    desk.do(sit("p1", standing=Standing.LAUNCHED), actor=SERVER).do(Next())
    with sqlite_engine.connect() as connection:
        pages = connection.scalar(text("PRAGMA page_count"))

    def fill(connection: Any, *_: object) -> None:
        connection.execute(f"PRAGMA max_page_count={pages + 2}")

    def empty(connection: Any, *_: object) -> None:
        connection.execute("PRAGMA max_page_count=1000000")

    event.listen(sqlite_engine, "checkout", fill)
    acknowledged, refused = [], []
    for n in range(10):
        try:
            acknowledged.append(desk.answer("p1", "q-open", f"{n}" * 4_000, id=f"{n}"))
        except StoreBusy:
            refused.append(n)
    assert refused, "the disk was full at last"
    assert len([e for e in desk.log if isinstance(e.event, Answered)]) == len(acknowledged)
    assert desk.state.seq == desk.states[RUN].seq
    event.remove(sqlite_engine, "checkout", fill)
    event.listen(sqlite_engine, "checkout", empty)
    for n in refused:
        assert code(desk.answer("p1", "q-open", f"{n}" * 4_000, id=f"{n}")) is None
    assert {e.command_id for e in desk.log if isinstance(e.event, Answered)} == {f"{n}" for n in range(10)}


def test_a_transaction_that_was_rolled_back_leaves_nothing_to_believe(lesson: Desk) -> None:
    """The caller commits. Until then neither the state nor the result is anything."""
    before = dict(lesson.states)
    with lesson.engine.connect() as connection:
        drive(connection, log.append(lesson.states, [lesson.asked(Shut(Q))]))
        connection.rollback()
    assert lesson.states == before
    assert lesson.state.rounds[Q][-1].is_open
    lesson.do(Shut(Q))


def test_a_database_that_is_not_there_is_busy(tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    engine = open_engine(f"sqlite:///{folder / 'x.sqlite3'}")
    folder.rmdir()
    with pytest.raises(StoreBusy):
        Desk(engine).drive(log.open_runs())
    engine.dispose()
