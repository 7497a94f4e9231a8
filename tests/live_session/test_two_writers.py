"""Two processes on one run, in a real database: they write, follow, keep snapshots, die between commit and reply, and
phones go from one to the other with frames that are doubled, late and out of order.

acked ⇒ in the log for ever · one id ⇒ one event and one outcome · `seq` gap-free · fold(snapshot + tail) = fold(all) ·
a client's shown `seq` never falls · every submit ends in an ack or a refusal, or is still in the outbox.
(What a view may show is held in `test_invariants`.)
"""

import itertools
import tempfile
from pathlib import Path
from random import Random

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import Engine, event, select

from live_session.channel import Channel, Connection
from live_session.commands import SERVER, Actor, Command, Conceal, Next, Reask, Reopen, Reveal, Shut, Submit
from live_session.errors import KEEP, RETRY
from live_session.events import Answered
from live_session.model import Role, Screen, Shown, Standing, State
from live_session.protocol import Hello, answer, encode
from live_session.reducer import fold
from live_session.store import log, tables
from live_session.store.drivers import drive
from live_session.store.engine import open_engine
from live_session.store.log import Asked, Result
from live_session.ticket import Ticket
from tests.live_session.build import EPOCH, NOW, RUN, SAMPLES, TEACHER, Clock, FakePeer, activity, pupil, sit, start

PUPILS = ("p1", "p2", "p3")
KINDS = ("single", "open", "cluster")
FATES = ("told", "doubled", "broken", "dead", "told")
TURNS = (
    "everybody_answers",
    "hand_over",
    "press",
    "change_networks",
    "follow",
    "keep_a_snapshot",
    "answer",
    "lose_patience",
    "stall",
    "tick",
    "be_killed",
)
DECK = [activity(kind) for kind in KINDS]


class Handset:
    """A phone: its outbox, what it was promised, and the connection it has now."""

    def __init__(self, who: str) -> None:
        self.who = who
        self.outbox: dict[str, Submit] = {}
        self.acked: dict[str, tuple[int, str] | None] = {}
        self.refused: dict[str, str] = {}
        self.held: set[str] = set()
        """Refused for now: what the outbox keeps and offers again."""
        self.composed: set[str] = set()
        self.seq = 0
        self.writer: Writer | None = None
        self.connection: Connection | None = None

    @property
    def peer(self) -> FakePeer:
        assert self.connection
        peer = self.connection.peer
        assert isinstance(peer, FakePeer)
        return peer

    def read(self) -> None:
        """All frames that came, in order."""
        if self.connection is None:
            return
        for frame in self.peer.take():
            match frame["t"]:
                case "welcome":
                    for id_ in frame.get("acked", ()):
                        self.saved(id_, None)
                    self.show(frame["seq"])
                case "state":
                    self.show(frame["seq"])
                case "ack":
                    self.saved(frame["re"], (frame["seq"], frame["outcome"]))
                case "refuse" if frame["code"] not in RETRY:
                    assert frame["re"] not in self.acked, "a promise is not taken back"
                    if frame["code"] in KEEP:  # a question that the log does not know may still come
                        self.held.add(frame["re"])
                    else:
                        self.outbox.pop(frame["re"], None)
                        self.refused[frame["re"]] = frame["code"]

    def show(self, seq: int) -> None:
        assert seq >= self.seq, "what is shown never falls back"
        self.seq = seq

    def saved(self, id_: str, promise: tuple[int, str] | None) -> None:
        assert id_ not in self.refused
        before = self.acked.get(id_)
        assert promise is None or before in (None, promise), "one id, one outcome"
        self.acked[id_] = promise or before
        self.outbox.pop(id_, None)


class Writer:
    """A process: its fold, its phones, and what waits to be written."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self.engine, self.clock = engine, clock
        self.channel: Channel | None = None
        self.inbox: list[tuple[Asked, Handset | None]] = []

    def states(self) -> dict[str, State]:
        return {RUN: self.channel.state} if self.channel else {}

    def look(self) -> Channel:
        """What the follower does."""
        with self.engine.connect() as connection:
            state = drive(connection, log.catch_up(self.states(), [RUN]))[RUN]
        if self.channel is None:
            self.channel = Channel(RUN, EPOCH, state, self.clock())
        else:
            self.channel.advance(state, self.clock())
            if self.channel.due:
                self.channel.say(self.clock())
        return self.channel

    def put(self, command: Command, actor: Actor, id_: str, phone: Handset | None = None) -> None:
        self.inbox.append((Asked(RUN, id_, command, actor, self.clock()), phone))

    def write(self, batch: list[tuple[Asked, Handset | None]], *, breaks: bool) -> list[Result] | None:
        """One transaction; None when it broke before its commit."""
        connection = self.engine.connect()
        transaction = connection.begin()
        try:
            appended = drive(connection, log.append(self.states(), [asked for asked, _ in batch]))
            if breaks:
                transaction.rollback()
                return None
            transaction.commit()
        finally:
            connection.close()
        channel = self.look() if self.channel is None else self.channel
        written = [logged for _, logged in appended.written]
        state = appended.states[RUN]
        is_known = len(written) == state.seq - channel.state.seq
        answered = {p.connection.number for _, p in batch if p and p.connection and p.writer is self}
        channel.advance(state, self.clock(), written if is_known else None, answered)
        if channel.due:
            channel.say(self.clock())
        return list(appended.results)


def unsynced(engine: Engine) -> Engine:
    """Nothing here pulls the plug: without waiting for the disk there are more examples a second."""
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    return engine


class TwoWriters(RuleBasedStateMachine):
    """Anything may happen between the two."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None)
        self.clock = Clock()
        url = f"sqlite:///{self.folder.name}/run.db"
        self.engines = [unsynced(open_engine(url)) for _ in range(2)]
        self.writers = [Writer(engine, self.clock) for engine in self.engines]
        self.phones = [Handset(who) for who in PUPILS]
        self.numbers, self.ids = itertools.count(1), (f"id-{n}" for n in itertools.count(1))

    @initialize()
    def begin(self) -> None:
        tables.metadata.create_all(self.engines[0])
        commands: list[tuple[Command, Actor]] = [(start(DECK), TEACHER)]
        commands += [(sit(who, standing=Standing.LAUNCHED), SERVER) for who in PUPILS]
        commands.append((Next(), TEACHER))
        with self.engines[0].begin() as connection:
            drive(connection, log.create(RUN, EPOCH, NOW))
            drive(connection, log.append({}, [Asked(RUN, next(self.ids), c, actor, NOW) for c, actor in commands]))
        for n, phone in enumerate(self.phones):
            self.connect(phone, self.writers[n % 2])

    # --- phones -----------------------------------------------------------------------------------------------------

    def connect(self, phone: Handset, writer: Writer) -> None:
        """As `server` greets: no older than what this browser has seen."""
        old_writer, old = phone.writer, phone.connection
        channel = writer.channel
        if channel is None or phone.seq > channel.state.seq:
            channel = writer.look()
        ticket = Ticket(RUN, Role.PUPIL, Screen.PHONE, phone.who, f"browser-of-{phone.who}", 1 << 60)
        connection = Connection(next(self.numbers), FakePeer(), ticket, self.clock())
        hello = Hello("", epoch=EPOCH if phone.seq else None, seq=phone.seq or None)
        assert channel.join(connection, hello, self.clock())
        phone.writer, phone.connection = writer, connection
        if old and old_writer and old_writer.channel:
            old_writer.channel.leave(old)  # a goodbye that comes late
        phone.read()
        self.offer(phone)

    def offer(self, phone: Handset) -> None:
        """Everything that waits, by the connection there is."""
        if phone.writer:
            for id_, submit in phone.outbox.items():
                phone.writer.put(submit, pupil(phone.who), id_, phone)

    def compose(self, phone: Handset, asked: str, round_: int, choice: int) -> None:
        values = SAMPLES[asked.removeprefix("q-")].values
        id_ = next(self.ids)
        phone.composed.add(id_)
        phone.outbox[id_] = Submit(asked, round_, values[choice % len(values)], self.clock())
        if phone.writer:
            phone.writer.put(phone.outbox[id_], pupil(phone.who), id_, phone)

    def truth(self) -> State:
        with self.engines[0].connect() as connection:
            return drive(connection, log.catch_up({}, [RUN]))[RUN]

    # --- what may happen: each with a writer, a phone, a number and a fate ------------------------------------------

    def everybody_answers(self, writer: Writer, phone: Handset, number: int, fate: str) -> None:
        """The question on screen; one changes networks before it has heard what became of its answer."""
        state = self.truth()
        round_ = state.round(state.current or "")
        assert round_
        for n, one in enumerate(self.phones):
            self.compose(one, state.current or "", round_.number, number + n)
        self.connect(phone, self.writers[number % 2])
        self.hand_over(writer, phone, number, fate)

    def answer(self, writer: Writer, phone: Handset, number: int, fate: str) -> None:
        """Any question at all."""
        self.compose(phone, DECK[number % len(DECK)].id, 1 + number % 2, number)

    def change_networks(self, writer: Writer, phone: Handset, number: int, fate: str) -> None:
        self.connect(phone, writer)

    def lose_patience(self, writer: Writer, phone: Handset, number: int, fate: str) -> None:
        self.offer(phone)

    def stall(self, writer: Writer, phone: Handset, number: int, fate: str) -> None:
        if phone.connection:
            phone.peer.stuck = 100 * (number % 2)

    def hand_over(self, writer: Writer, phone: Handset, number: int, fate: str) -> None:
        """A batch in any order. `broken`: no commit, they come again. `dead`: committed, and nobody hears."""
        batch, writer.inbox = writer.inbox, []
        Random(number).shuffle(batch)
        if fate == "doubled":
            batch = batch + batch
        if not batch:
            return
        results = writer.write(batch, breaks=fate == "broken")
        if fate == "dead":
            self.die(writer)
            return
        for (asked, one), result in zip(batch, results or [], strict=results is not None):
            if one and one.connection:
                one.peer.send(encode(answer(asked.id, result)))
        for one in self.phones:
            if one is not phone:  # that one reads later
                one.read()

    def be_killed(self, writer: Writer, phone: Handset, number: int, fate: str) -> None:
        self.die(writer)

    def die(self, writer: Writer) -> None:
        writer.channel, writer.inbox = None, []
        for phone in self.phones:
            if phone.writer is writer:
                phone.writer = phone.connection = None

    def follow(self, writer: Writer, phone: Handset, number: int, fate: str) -> None:
        writer.look()
        phone.read()

    def tick(self, writer: Writer, phone: Handset, number: int, fate: str) -> None:
        self.clock.pass_(number * 40)
        if writer.channel:
            writer.channel.tick(self.clock())

    def keep_a_snapshot(self, writer: Writer, phone: Handset, number: int, fate: str) -> None:
        if writer.channel:
            with writer.engine.begin() as connection:
                drive(connection, log.save_snapshot(RUN, EPOCH, writer.channel.state, self.clock()))

    def press(self, writer: Writer, phone: Handset, number: int, fate: str) -> None:
        """Each writer may hear the teacher, whose screen may be old."""
        asked, what = DECK[number % len(DECK)].id, tuple(Shown)[number % 3]
        presses: list[Command] = [Next(asked), Shut(asked), Reopen(asked), Reask(asked), Reveal(asked, what)]
        presses.append(Conceal(asked, what))
        writer.put(presses[number % len(presses)], TEACHER, next(self.ids))

    @rule(
        turns=st.lists(
            st.tuples(
                st.sampled_from(TURNS), st.integers(0, 1), st.integers(0, 2), st.integers(0, 99), st.sampled_from(FATES)
            ),
            min_size=6,
            max_size=16,
        )
    )
    def a_while(self, turns: list[tuple[str, int, int, int, str]]) -> None:
        """Some turns in a row: after few of them nothing has happened yet."""
        for turn, writer, phone, number, fate in turns:
            getattr(self, turn)(self.writers[writer], self.phones[phone], number, fate)

    # --- what must always hold --------------------------------------------------------------------------------------

    @invariant()
    def every_answer_has_its_place(self) -> None:
        for phone in self.phones:
            assert phone.composed == set(phone.outbox) | set(phone.acked) | set(phone.refused)
            assert not set(phone.outbox) & (set(phone.acked) | set(phone.refused))

    @invariant()
    def what_was_promised_is_in_the_log(self) -> None:
        with self.engines[0].connect() as connection:
            happened = drive(connection, log.read(RUN))
            head = connection.execute(select(tables.run.c.seq)).scalar_one()
        assert [e.seq for e in happened] == list(range(1, head + 1)), "gap-free"
        logged = {(e.who, e.command_id): e for e in happened}
        assert len(logged) == len(happened), "one id, one event"
        for phone in self.phones:
            for id_, promise in phone.acked.items():
                found = logged[phone.who, id_]
                assert isinstance(found.event, Answered)
                assert promise is None or promise == (found.seq, found.event.outcome)
            assert not any((phone.who, id_) in logged for id_ in phone.refused), "refused changes nothing"

    @invariant()
    def snapshot_and_tail_are_the_fold_of_all(self) -> None:
        with self.engines[1].connect() as connection:
            recovered = drive(connection, log.catch_up({}, [RUN]))[RUN]
            assert recovered == fold(drive(connection, log.read(RUN)))
            for writer in self.writers:
                if writer.channel:
                    assert drive(connection, log.catch_up(writer.states(), [RUN]))[RUN] == recovered

    def teardown(self) -> None:
        """In the end the network is good, and everything arrives."""
        for phone in self.phones:
            phone.read()
        for writer in self.writers:
            writer.inbox = []
        for n, phone in enumerate(self.phones):
            self.connect(phone, self.writers[n % 2])
        for writer in self.writers:
            self.hand_over(writer, self.phones[0], 0, "told")
        for phone in self.phones:
            phone.read()
            assert set(phone.outbox) <= phone.held, "every submit ends in an ack or a refusal"
        for engine in self.engines:
            engine.dispose()
        self.folder.cleanup()


TestTwoWriters = TwoWriters.TestCase
TestTwoWriters.settings = settings(max_examples=settings().max_examples // 2, stateful_step_count=8)
