"""Who is told what, and when."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import count, pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_session import channel as channel_module
from live_session.channel import (
    CLASS,
    DESK,
    GAUGE_EVERY_MS,
    MOST_STEPS,
    SILENT_MS,
    STALLED_MS,
    WALL_EVERY_MS,
    Channel,
    Connection,
)
from live_session.commands import SERVER, Admit, CountLeaving, End, Move, Next, Note, Release, Reveal, Shut
from live_session.errors import Close
from live_session.events import PresenceSeen
from live_session.model import Activity, Face, Mode, Proof, Role, Screen, Shown, Standing
from live_session.presence import AWAY_MS, NOTE_EVERY_MS, NOTED_MS
from live_session.projection import view
from live_session.protocol import FrameDown, Hello, encode
from live_session.ticket import Ticket
from tests.live_session.build import EPOCH, NOW, RUN, TEACHER, FakePeer, every_kind, sit, started
from tests.live_session.notes import installed, notes, post, react, show

Q = "q-single"


class Room:
    """A channel over a run in memory."""

    def __init__(self, *who: str, deck: Sequence[Activity] | None = None) -> None:
        self.book = started(deck or every_kind()).seat(*who)
        self.channel = Channel(RUN, EPOCH, self.book.state, NOW)
        self.peers: dict[int, FakePeer] = {}
        self._numbers = count(1)

    def connect(
        self, who: str = "p1", screen: Screen = Screen.PHONE, claim: str | None = None, **hello: Any
    ) -> Connection:
        role = Role.PUPIL if screen is Screen.PHONE else Role.TEACHER
        claim = (claim or f"browser-of-{who}") if role is Role.PUPIL else ""
        ticket = Ticket(RUN, role, screen, who, claim, NOW + 10**9)
        connection = Connection(next(self._numbers), FakePeer(), ticket, self.at)
        self.peers[connection.number] = self.peer(connection)
        self.channel.join(connection, Hello("ticket", **hello), self.at)
        return connection

    @property
    def at(self) -> int:
        return self.book.clock.now

    @staticmethod
    def peer(connection: Connection) -> FakePeer:
        assert isinstance(connection.peer, FakePeer)
        return connection.peer

    def take(self, connection: Connection) -> list[dict[str, Any]]:
        return self.peer(connection).take()

    def take_all(self) -> None:
        for peer in self.peers.values():
            peer.take()

    def advance(self, answered: Sequence[Connection] = (), known: bool = True) -> None:
        """Tell the channel what stands in the book now, and whoever is to be told."""
        events = self.book.log[self.channel.state.seq :] if known else None
        self.channel.advance(self.book.state, self.at, events, [c.number for c in answered])
        for screens in (CLASS, DESK):
            if self.channel.due:
                self.channel.say(self.at, screens)

    def answer(self, who: str, value: str, *, by: Connection | None = None, **more: Any) -> None:
        self.book.answer(who, Q, value, **more)
        self.advance([by] if by else [])

    def tick(self, ms: int = GAUGE_EVERY_MS) -> None:
        self.book.clock.pass_(ms)
        self.channel.tick(self.at)


def question(*who: str) -> Room:
    """The first question is open and these pupils sit."""
    room = Room(*who)
    room.book.do(Next())
    room.advance()
    return room


def tags(frames: list[dict[str, Any]]) -> list[str]:
    return [frame["t"] for frame in frames]


# --- in whose language ----


def test_each_reads_the_question_in_their_own_language_where_it_has_words_in_it() -> None:
    first, *others = every_kind()
    told = msgspec.structs.replace(first, faces=(Face("en", "<p>Pick one.</p>", "<p>One of these</p>"),))
    room = Room("p1", "p2", "p3", "p4", deck=(told, *others))
    phones = [room.connect(f"p{n}", locale=locale) for n, locale in ((1, "vi"), (2, "en"), (3, "en"), (4, "x" * 500))]
    wall = room.connect("t", Screen.PROJECTOR, locale="en")
    room.take_all()
    room.book.do(Next())
    room.advance()
    seen = [room.take(connection)[0]["state"]["activity"]["html"] for connection in (*phones, wall)]
    assert seen == [first.phone, "<p>Pick one.</p>", "<p>Pick one.</p>", first.phone, "<p>One of these</p>"]
    assert len(room.channel._views) == 3  # no connection makes a look of its own
    room.book.do(Next(first.id))
    room.advance()
    assert {c.look for c in phones} == {(Screen.PHONE, ""), (Screen.PHONE, "en")}
    assert {room.take(c)[0]["state"]["activity"]["html"] for c in phones} == {others[0].phone}


# --- coming ---------------------------------------------------------------------------------------------------------


def test_welcome_brings_the_whole_state_and_the_own_part() -> None:
    room = question("p1")
    room.book.answer("p1", Q, "B", id="mine")
    room.advance()
    (welcome,) = room.take(room.connect("p1"))
    assert {k: v for k, v in welcome.items() if k not in ("state", "me")} == {
        "t": "welcome",
        "epoch": EPOCH,
        "seq": 4,
        "now": NOW,
        "ping_every": 15,
        "acked": ["mine"],
    }
    assert welcome["state"]["activity"]["id"] == Q
    assert welcome["me"]["response"]["value"] == "B"


def test_welcome_leaves_out_a_state_that_the_phone_has() -> None:
    room = question("p1")
    seq = room.book.state.seq
    assert "state" not in room.take(room.connect(epoch=EPOCH, seq=seq))[0]
    for hello in ({"seq": seq}, {"epoch": EPOCH}, {"epoch": EPOCH, "seq": seq - 1}, {"epoch": "other", "seq": seq}):
        assert "state" in room.take(room.connect(**hello))[0]
    assert "me" in room.take(room.connect(epoch=EPOCH, seq=seq))[0], "the own part may have changed for another device"


def test_a_teachers_screen_is_told_of_its_last_steps_only() -> None:
    room = question("p1")
    room.book.do(*(CountLeaving(n % 2 == 0) for n in range(MOST_STEPS)))
    room.advance()
    (welcome,) = room.take(room.connect(TEACHER.who, Screen.CONSOLE))
    steps = tuple(room.book.state.done[TEACHER.who])
    assert len(steps) > MOST_STEPS
    assert tuple(welcome["acked"]) == steps[-MOST_STEPS:]
    assert "me" not in welcome
    (other,) = room.take(room.connect("another", Screen.CONSOLE))
    assert "acked" not in other


def test_a_seat_that_is_gone_is_shown_the_door() -> None:
    room = question("p1")
    stranger = room.connect("p1", claim="another browser")
    assert room.peer(stranger).hung == [Close.REMOVED]
    assert room.take(stranger) == []
    assert stranger.number not in room.channel.connections
    assert room.channel.presence.connected() == frozenset()


def test_a_phone_that_comes_back_says_how_long_it_was_looked_at() -> None:
    """Heard at first, then not for three minutes, for the last two of which its page was open."""
    room = Room("p1", "p2")
    for who in ("p1", "p2"):
        room.channel.leave(room.connect(who))
    room.channel.presence.drain()
    room.book.clock.pass_(3 * 60_000)
    room.connect("p1", awake=2 * 60_000.0)
    room.connect("p2")
    room.connect("t1", Screen.CONSOLE, awake=60_000.0)
    seen, awake = room.channel.presence.drain()
    assert set(seen) == {"p1", "p2"}
    assert awake == {"p1": (room.at - 2 * 60_000, room.at)}
    room.book.do(Note(seen, {**awake, "nobody": (room.at, room.at)}), actor=SERVER)
    assert room.book.log[-1].event == PresenceSeen(seen, awake)


# --- what happened --------------------------------------------------------------------------------------------------


def test_every_screen_is_told_its_own_state_once() -> None:
    room = Room("p1", "p2")
    phones = [room.connect("p1"), room.connect("p2")]
    others = [room.connect("t1", screen) for screen in (Screen.PROJECTOR, Screen.CONSOLE)]
    room.take_all()
    room.book.do(Next())
    room.advance()
    for connection in (*phones, *others):
        (frame,) = room.take(connection)
        assert (frame["t"], frame["seq"]) == ("state", 4)
    assert room.book.state.seq == 4


def test_the_class_is_told_before_the_desk() -> None:
    """So that where many lessons have news, all classes can be told before any desk."""
    room = Room("p1")
    phone, wall, desk = room.connect("p1"), *(room.connect("t1", s) for s in (Screen.PROJECTOR, Screen.CONSOLE))
    room.take_all()
    room.book.do(Next())
    room.channel.advance(room.book.state, room.at, room.book.log[-1:])
    assert (room.channel.due, [tags(room.take(c)) for c in (phone, wall, desk)]) == (CLASS | DESK, [[], [], []])
    room.channel.say(room.at, CLASS)
    assert [tags(room.take(c)) for c in (phone, wall, desk)] == [["state"], ["state"], []]
    room.channel.say(room.at, DESK)
    assert [tags(room.take(c)) for c in (phone, wall, desk)] == [[], [], ["state"]]
    assert not room.channel.due
    room.tick(WALL_EVERY_MS)
    assert [[t for t in tags(room.take(c)) if t == "state"] for c in (phone, wall, desk)] == [[], [], []], "once"


def test_one_encoding_a_role(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the class's size: a state is made and encoded once a screen."""
    made: Counter[Screen] = Counter()
    original = view

    def counting(state: Any, screen: Screen, locale: str) -> Any:
        made[screen] += 1
        return original(state, screen, locale)

    who = [f"p{n}" for n in range(40)]
    room = Room(*who)
    for name in who:
        room.connect(name)
    room.connect("t1", Screen.CONSOLE)
    monkeypatch.setattr(channel_module, "view", counting)
    room.book.do(Next())
    room.advance()
    assert made == {Screen.PHONE: 1, Screen.CONSOLE: 1}
    assert len({peer.texts[-1] for peer in room.peers.values()}) == 2, "the same bytes for all of a role"


def test_own_parts_that_are_alike_share_their_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the next question opens, every pupil's own answer leaves the screen: the same news for all of a mode."""
    who = [f"p{n}" for n in range(40)]
    room = question(*who)
    phones = [room.connect(name) for name in who]
    for name, phone in zip(who, phones, strict=True):
        room.answer(name, "A", by=phone)
    room.take_all()
    made: list[FrameDown] = []

    def counting(frame: FrameDown) -> bytes:
        made.append(frame)
        return encode(frame)

    monkeypatch.setattr(channel_module, "encode", counting)
    room.book.do(Next("q-single"))
    room.advance()
    assert len(made) == 1
    for phone in phones:
        (frame,) = room.take(phone)
        assert "response" not in frame["me"]
    for name, phone in zip(who[:2], phones, strict=False):
        room.book.answer(name, "q-multiple", ["A"] if name == "p0" else ["B"])
        room.advance([phone])
    room.book.do(Shut("q-multiple"))
    room.advance()
    shown = [room.take(phone)[-1].get("me", {}).get("response", {}).get("value") for phone in phones]
    assert shown == [["A"], ["B"], *[None] * 38], "one pupil's answer goes to nobody else"


def test_an_answer_sends_nothing_to_the_other_phones() -> None:
    room = question("p1", "p2")
    one, other = room.connect("p1"), room.connect("p2")
    screens = [room.connect("t1", screen) for screen in (Screen.PROJECTOR, Screen.CONSOLE)]
    room.take_all()
    room.answer("p1", "A", by=one)
    room.answer("p1", "B", by=one)
    assert [room.take(c) for c in (one, other, *screens)] == [[], [], [], []], "counts come by gauge"


def test_the_pupils_second_device_is_told_not_the_one_that_answered() -> None:
    room = question()
    room.book.do(sit("p1", "phone", Standing.LAUNCHED), sit("p1", "laptop", Standing.LAUNCHED), actor=SERVER)
    room.advance()
    phone, laptop = room.connect("p1", claim="phone"), room.connect("p1", claim="laptop")
    room.take_all()
    room.answer("p1", "A", claim="phone", by=phone)
    assert room.take(phone) == []
    (frame,) = room.take(laptop)
    assert frame["me"]["response"]["value"] == "A"
    room.answer("p1", "A", claim="phone", by=phone)
    assert tags(room.take(laptop)) == [], "nothing changed for it"


def test_an_answer_by_another_process_reaches_the_pupils_phone_here() -> None:
    room = question("p1", "p2")
    one, other = room.connect("p1"), room.connect("p2")
    room.take_all()
    room.book.answer("p1", Q, "A")
    room.advance(known=False)
    assert room.take(one)[0]["me"]["response"]["value"] == "A"
    assert room.take(other) == []


def test_signs_of_life_send_nothing() -> None:
    room = question("p1")
    connections = [room.connect("p1"), room.connect("t1", Screen.CONSOLE)]
    room.take_all()
    room.book.do(Note({"p1": (NOW, NOW)}), actor=SERVER)
    room.advance()
    assert [room.take(c) for c in connections] == [[], []]


def test_what_only_the_console_shows_goes_to_the_console() -> None:
    room = question("p1")
    phone, console = room.connect("p1"), room.connect("t1", Screen.CONSOLE)
    room.take_all()
    room.book.do(Admit(False))
    room.advance()
    assert (tags(room.take(phone)), tags(room.take(console))) == ([], ["state"])


def test_an_answer_that_comes_after_the_lock_changes_the_counts_for_all() -> None:
    """Composed in time, on its way while the teacher locked: the number on every screen grows."""
    room = question("p1", "p2")
    phone = room.connect("p2")
    room.book.do(Shut(Q))
    room.advance()
    room.take_all()
    room.book.clock.pass_(1_000)
    room.answer("p1", "A", composed_at=NOW)
    (frame,) = room.take(phone)
    assert frame["state"]["activity"]["answered"] == 1
    assert "me" not in frame


def with_clock(*who: str) -> tuple[Room, Connection, Connection, Connection]:
    """A question of five seconds is open; two phones, the second pupil of which has answered, and a console."""
    room = Room(*who, deck=every_kind(seconds=5))
    room.book.do(Next())
    room.advance()
    one, other, console = room.connect("p1"), room.connect("p2"), room.connect("t1", Screen.CONSOLE)
    room.answer("p2", "C", by=other)
    room.take_all()
    return room, one, other, console


def test_a_lock_by_the_clock_is_no_frame_to_phones_which_know_its_moment() -> None:
    room, one, other, console = with_clock("p1", "p2")
    room.book.clock.pass_(8_000)
    room.book.ask(Shut(Q), SERVER)  # the clock's own word has come before it
    room.advance()
    assert [tags(room.take(c)) for c in (one, other, console)] == [[], [], ["state"]]
    room.tick()
    assert [tags(room.take(c)) for c in (one, other)] == [[], []]
    late = room.connect("p1")
    assert room.take(late)[0]["state"]["activity"]["is_open"] is False
    room.book.do(Reveal(Q, Shown.DISTRIBUTION))
    room.advance()
    assert all(room.take(c)[0]["state"]["activity"]["is_open"] is False for c in (one, other, late))


def test_a_phone_that_saw_the_question_open_is_shown_it_locked_when_it_comes_back() -> None:
    room, _, _, _ = with_clock("p1", "p2")
    seen = room.channel.state.seq
    room.book.clock.pass_(8_000)
    room.book.ask(Shut(Q), SERVER)  # the clock's own word has come before it
    room.advance()
    back = room.connect("p1", epoch=EPOCH, seq=seen)
    assert room.take(back)[0]["state"]["activity"]["is_open"] is False


def test_a_lock_before_its_time_is_told_to_all() -> None:
    room, one, other, console = with_clock("p1", "p2")
    room.book.do(Shut(Q))
    room.advance()
    assert [tags(room.take(c)) for c in (one, other, console)] == [["state"]] * 3


def test_a_lock_by_the_clock_and_what_came_with_it_are_told_to_all() -> None:
    room, one, other, console = with_clock("p1", "p2")
    room.book.clock.pass_(8_000)
    room.book.do(Next(Q))
    room.advance()
    assert [tags(room.take(c)) for c in (one, other, console)] == [["state"]] * 3


def test_the_own_part_comes_when_the_key_is_shown() -> None:
    room = question("p1", "p2")
    one, other = room.connect("p1"), room.connect("p2")
    room.answer("p1", "C", by=one)
    room.book.do(Shut(Q), Reveal(Q, Shown.DISTRIBUTION))
    room.advance()
    room.take_all()
    room.book.do(Reveal(Q, Shown.KEY))
    room.advance()
    assert room.take(one)[0]["me"]["share"] == 1.0
    silent = room.take(other)[0]["me"]
    assert "share" not in silent
    assert (silent["points"]["points"], silent["points"]["of"]) == (0, 1)


def test_an_older_state_is_never_told() -> None:
    room = question("p1")
    phone = room.connect("p1")
    old = room.book.state
    room.book.do(Shut(Q))
    room.advance()
    room.take_all()
    room.channel.advance(old, room.at)
    room.channel.advance(room.book.state, room.at)
    assert room.take(phone) == []
    assert room.channel.state is room.book.state


def test_a_removed_pupil_is_shown_the_door_and_the_others_stay() -> None:
    room = question("p1", "p2")
    one, other = room.connect("p1"), room.connect("p2")
    room.take_all()
    room.book.do(Release("p1"))
    room.advance()
    assert room.peer(one).hung == [Close.REMOVED]
    assert room.take(one) == []
    assert room.peer(other).hung == []


def test_a_launch_shows_a_mere_pick_the_door() -> None:
    room = question()
    room.book.do(sit("p1", "pick"), actor=SERVER)
    room.advance()
    pick = room.connect("p1", claim="pick")
    room.book.do(sit("p1", "own", Standing.LAUNCHED), actor=SERVER)
    room.advance()
    assert room.peer(pick).hung == [Close.REMOVED]


# --- slow phones ----------------------------------------------------------------------------------------------------


def test_a_slow_phone_skips_states_and_gets_the_newest() -> None:
    room = question("p1", "p2")
    slow, quick = room.connect("p1"), room.connect("p2")
    room.take_all()
    room.peer(slow).stuck = 1
    for step in (Shut(Q), Reveal(Q, Shown.DISTRIBUTION), Reveal(Q, Shown.KEY)):
        room.book.do(step)
        room.advance()
    assert (room.take(slow), len(room.take(quick))) == ([], 3)
    room.tick()
    assert room.take(slow) == [], "still stuck"
    room.peer(slow).stuck = 0
    room.tick()
    (frame,) = room.take(slow)
    assert frame["seq"] == room.book.state.seq
    assert frame["state"]["activity"]["shown"] == ["distribution", "key"]
    assert "me" in frame
    room.tick()
    assert room.take(slow) == [], "once"


def test_a_slow_phone_gets_its_own_part_too() -> None:
    """Its other device answered while it was stuck."""
    room = question()
    room.book.do(sit("p1", "phone", Standing.LAUNCHED), sit("p1", "laptop", Standing.LAUNCHED), actor=SERVER)
    room.advance()
    phone, laptop = room.connect("p1", claim="phone"), room.connect("p1", claim="laptop")
    room.take_all()
    room.peer(laptop).stuck = 1
    room.answer("p1", "A", claim="phone", by=phone)
    room.peer(laptop).stuck = 0
    room.tick()
    assert room.take(laptop)[0]["me"]["response"]["value"] == "A"


def test_a_phone_that_drained_in_time_needs_no_second_copy() -> None:
    room = question("p1")
    phone = room.connect("p1")
    room.take_all()
    room.peer(phone).stuck = 1
    room.book.do(Shut(Q))
    room.advance()
    room.peer(phone).stuck = 0
    room.book.do(Reveal(Q, Shown.KEY))
    room.advance()
    room.tick()
    assert tags(room.take(phone)) == ["state"]


def test_a_stalled_phone_is_told_to_come_back() -> None:
    room = question("p1")
    phone = room.connect("p1")
    room.peer(phone).stuck = 1
    room.book.do(Shut(Q))
    room.advance()
    room.tick(STALLED_MS)
    assert room.peer(phone).hung == []
    room.tick(1)
    assert room.peer(phone).hung == [Close.TOO_SLOW]


def test_a_silent_connection_is_told_to_come_back() -> None:
    room = question("p1", "p2")
    silent, talking = room.connect("p1"), room.connect("p2")
    room.book.clock.pass_(SILENT_MS)
    room.channel.hear(talking, room.at)
    room.channel.tick(room.at)
    assert room.peer(silent).hung == []
    room.tick(1)
    assert room.peer(silent).hung == [Close.TOO_SLOW]
    assert room.peer(talking).hung == []


@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["press", "answer", "stick", "drain", "tick", "other", "old"]), st.integers(0, 2)),
        max_size=40,
    )
)
def test_the_seq_that_a_client_sees_never_falls_and_it_ends_with_the_newest(steps: list[tuple[str, int]]) -> None:
    """However slow it is, and whoever writes."""
    room = question("p0", "p1", "p2")
    phones = [room.connect(f"p{n}") for n in range(3)]
    states = [room.book.state]
    for act, n in steps:
        if act == "press":
            room.book.ask(Next(room.book.state.current) if n else Shut(Q))
            room.advance()
        elif act in ("answer", "other"):
            room.book.answer(f"p{n}", Q, "ABC"[n])
            room.advance([phones[n]] if act == "answer" else [], known=act == "answer")
        elif act == "old":
            room.channel.advance(states[0], room.at)
        elif act == "tick":
            room.tick()
        else:
            room.peer(phones[n]).stuck = int(act == "stick")
    for phone in phones:
        room.peer(phone).stuck = 0
    room.tick()
    newest = msgspec.to_builtins(view(room.book.state, Screen.PHONE))
    for phone in phones:
        frames = room.take(phone)
        seqs = [frame["seq"] for frame in frames]
        assert seqs == sorted(seqs)
        shown = next(frame["state"] for frame in reversed(frames) if "state" in frame)
        assert shown == newest


# --- counts ---------------------------------------------------------------------------------------------------------


def watched(*who: str) -> tuple[Room, Connection, Connection, Connection]:
    room = question(*who)
    connections = room.connect("p1"), room.connect("t1", Screen.PROJECTOR), room.connect("t1", Screen.CONSOLE)
    room.take_all()
    return room, *connections


def test_counts_go_to_the_teachers_screens_only() -> None:
    room, phone, projector, console = watched("p1", "p2")
    room.answer("p2", "B")
    room.tick()
    assert room.take(phone) == []
    (frame,) = room.take(projector)
    assert frame == {
        "t": "gauge",
        "seq": room.book.state.seq,
        "gauge": {"present": {"room": 2, "home": 0}, "answered": {"room": 1, "home": 0}},
    }
    (frame,) = room.take(console)
    assert frame["gauge"]["who"] == ["p2"]
    assert frame["gauge"]["tally"][1] == {"option": "B", "count": 1, "label": ""}


def test_counts_follow_a_pupil_who_goes_home() -> None:
    room, phone, projector, _ = watched("p1", "p2")
    room.answer("p1", "A", by=phone)
    room.tick()
    room.book.do(Move("p1", "browser-of-p1", Mode.HOME, Proof.DECLARED), actor=SERVER)
    room.advance()
    room.tick()
    counts = room.take(projector)[-1]["gauge"]
    assert counts == {"present": {"room": 1, "home": 1}, "answered": {"room": 0, "home": 1}}


def test_counts_come_at_most_five_times_a_second() -> None:
    room, _, _, console = watched("p1", "p2")
    room.tick()
    room.take_all()
    sent_at = []
    for n in range(1_000):
        if n % 7 == 0:
            room.book.answer("p2", Q, "ABCD"[n % 4])
            room.book.answer("p1", Q, "ABCD"[n % 3])
            room.advance()
        room.tick(1)
        sent_at += [room.at] * len(room.take(console))
    assert all(later - earlier >= GAUGE_EVERY_MS for earlier, later in pairwise(sent_at))
    assert 3 < len(sent_at) <= 5


def test_many_changes_in_a_second_are_five_counts() -> None:
    room, _, _, console = watched("p1", "p2")
    room.tick()
    room.take_all()
    for n in range(100):
        room.answer("p2", "ABCD"[n // 10 % 4])
        room.tick(10)
    assert len(room.take(console)) == 5


def test_a_clock_that_is_set_back_stops_no_counts_and_no_notes() -> None:
    """A school's laptop finds the network after the lesson has begun, and was seven hours ahead."""
    room, _, _, console = watched("p1", "p2")
    room.tick(NOTE_EVERY_MS)
    room.channel.noted_at = room.at
    room.take_all()
    room.book.clock.pass_(-7 * 3_600_000)
    room.answer("p2", "B")
    assert room.channel.is_note_due(room.at)
    room.tick()
    assert [f["gauge"]["who"] for f in room.take(console)] == [["p2"]]


def test_counts_that_did_not_change_are_not_repeated() -> None:
    room, _, projector, console = watched("p1")
    room.tick()
    room.take_all()
    for _ in range(30):
        room.channel.notice(room.at)
        room.tick()
    assert (room.take(projector), room.take(console)) == ([], [])


def test_a_screen_that_joins_gets_the_counts_at_once() -> None:
    room, _, _, _ = watched("p1")
    room.tick()
    newcomer = room.connect("t1", Screen.PROJECTOR)
    room.take(newcomer)
    room.tick()
    assert tags(room.take(newcomer)) == ["gauge"]


def test_counts_may_be_lost_but_the_last_one_arrives() -> None:
    """A console that was busy when the last pupil answered must not show 37 of 38 for the rest of the question."""
    room, _, projector, console = watched("p1", "p2")
    room.tick()
    room.take_all()
    room.peer(console).stuck = 1
    room.answer("p2", "B")
    room.tick()
    assert (tags(room.take(projector)), room.take(console)) == (["gauge"], [])
    room.peer(console).stuck = 0
    for _ in range(10):
        room.channel.notice(room.at)
        room.tick()
    (frame,) = room.take(console)
    assert frame["gauge"]["who"] == ["p2"]


def test_who_is_gone_is_counted_away_after_a_while() -> None:
    room, phone, projector, _ = watched("p1")
    room.tick()
    room.take_all()
    room.channel.leave(phone)
    room.tick(AWAY_MS - 2 * GAUGE_EVERY_MS)
    assert room.take(projector) == []
    room.channel.notice(room.at)
    room.tick(2 * GAUGE_EVERY_MS)
    (frame,) = room.take(projector)
    assert frame["gauge"]["present"] == {"room": 0, "home": 0}


def test_whom_another_process_saw_is_here() -> None:
    """Others note once a minute: between their notes nobody flickers. Whom this one heard last, it knows best."""
    room, _, _, _ = watched("p1", "p2")
    room.book.clock.pass_(NOTED_MS)
    assert room.channel.here(room.at) == frozenset()
    room.book.do(Note({"p2": (room.at, room.at), "p1": (room.at, room.at)}), actor=SERVER)
    room.advance()
    room.channel.presence.hear("p1", room.at)
    assert room.channel.here(room.at) == {"p1", "p2"}
    assert room.channel.here(room.at + AWAY_MS) == {"p2"}
    assert room.channel.here(room.at + NOTED_MS - 1) == {"p2"}
    assert room.channel.here(room.at + NOTED_MS) == frozenset()


# --- going ----------------------------------------------------------------------------------------------------------


def test_a_late_goodbye_never_clears_a_newer_connection() -> None:
    room = question("p1")
    old, new = room.connect("p1"), room.connect("p1")
    room.take_all()
    room.channel.leave(old)
    room.channel.leave(old)
    assert room.channel.presence.connections("p1") == {new.number}
    room.book.do(Shut(Q))
    room.advance()
    assert (room.take(old), tags(room.take(new))) == ([], ["state"])


def test_an_answer_of_a_phone_that_left_meanwhile_hurts_nobody() -> None:
    room = question("p1", "p2")
    one, other = room.connect("p1"), room.connect("p2")
    room.take_all()
    room.channel.leave(one)
    room.answer("p1", "A", by=one)
    room.book.do(End())
    room.advance()
    assert room.channel.is_over
    assert tags(room.take(other)) == ["state"]


STAY_MS = 60_000


def test_after_the_end_an_outbox_has_time_to_empty_itself() -> None:
    room, phone, *_ = watched("p1", "p2")
    assert not room.channel.let_go(room.at + 10**9, STAY_MS), "not while the lesson goes on"
    room.book.do(End())
    room.advance()
    room.book.clock.pass_(STAY_MS)
    assert not room.channel.let_go(room.at, STAY_MS)
    assert room.peer(phone).hung == []
    late = room.connect("p2")
    room.book.clock.pass_(1)
    assert not room.channel.let_go(room.at, STAY_MS)
    assert room.peer(phone).hung == [Close.RUN_OVER]
    assert room.peer(late).hung == [], "who comes back later has the same time"
    room.book.clock.pass_(STAY_MS)
    room.channel.let_go(room.at, STAY_MS)
    assert room.peer(late).hung == [Close.RUN_OVER]


def test_a_run_is_forgotten_when_it_is_over_and_everybody_went() -> None:
    room, *connections = watched("p1")
    room.book.do(End())
    room.advance()
    for connection in connections:
        room.channel.leave(connection)
    assert not room.channel.let_go(room.at + STAY_MS, STAY_MS)
    assert room.channel.let_go(room.at + STAY_MS + 1, STAY_MS)


def test_two_runs_do_not_hear_each_other() -> None:
    here, there = question("p1"), question("p1")
    phone = there.connect("p1")
    there.take_all()
    here.book.do(Shut(Q))
    here.advance()
    assert there.take(phone) == []


# --- a wall of posts ------------------------------------------------------------------------------------------------


@pytest.fixture
def wall() -> Iterator[Callable[..., Room]]:
    """Opens a sheet for notes, with these pupils."""

    def opened(*who: str, **terms: Any) -> Room:
        room = Room(*who)
        room.book = started([notes(**terms)]).seat(*who).do(Next())
        room.channel = Channel(RUN, EPOCH, room.book.state, NOW)
        return room

    with installed():
        yield opened


def cards_in(frames: list[dict[str, Any]]) -> list[int]:
    """How many cards each state has."""
    shown = [f["state"]["activity"]["wall"] for f in frames if "state" in f]
    return [len(one.get("cards", ())) for one in shown]


def test_posts_of_a_second_are_one_news(wall: Callable[..., Room]) -> None:
    room = wall("p1", "p2", "p3", approves=False)
    phones = [room.connect(who) for who in ("p1", "p2", "p3")]
    room.tick()
    room.take_all()
    for who in ("p1", "p2"):
        post(room.book, who, "x")
        room.advance()
    room.tick()
    assert [cards_in(room.take(phone)) for phone in phones] == [[2]] * 3
    for who in ("p1", "p2", "p3"):
        post(room.book, who, "y", "two")
        room.advance()
        room.tick()
    assert [cards_in(room.take(phone)) for phone in phones] == [[]] * 3
    room.tick(WALL_EVERY_MS)
    assert [cards_in(room.take(phone)) for phone in phones] == [[5]] * 3


def test_what_waits_is_news_for_its_author_and_the_console_alone(wall: Callable[..., Room]) -> None:
    room = wall("p1", "p2")
    author, other, desk = room.connect("p1"), room.connect("p2"), room.connect("t1", Screen.CONSOLE)
    room.take_all()
    post(room.book, "p1", "x")
    room.advance([author])
    room.tick(WALL_EVERY_MS)
    assert [p["visibility"] for p in room.take(author)[-1]["me"]["posts"]] == ["waiting"]
    assert room.take(other) == []
    assert [f["state"]["current"]["wall"]["waiting"] for f in room.take(desk) if f["t"] == "state"] == [1]
    show(room.book, (1, 1))
    room.advance()
    assert cards_in(room.take(other)) == [1], "what the teacher does is told at once"


def test_who_comes_between_two_looks_at_the_wall_is_told_like_all(wall: Callable[..., Room]) -> None:
    """And also when by then everything is as it was before."""
    room = wall("p1", "p2", "p3", approves=False, reactions=["like"])
    post(room.book, "p1", "x")
    room.advance()
    room.connect("p1")
    room.tick(WALL_EVERY_MS)
    react(room.book, "p2", 1)
    room.advance()
    late = room.connect("p3")
    (welcome,) = room.take(late)
    assert welcome["state"]["activity"]["wall"]["cards"][0]["reactions"] == {"like": 1}
    react(room.book, "p2", 1, None)
    room.advance()
    room.tick(WALL_EVERY_MS)
    (told,) = room.take(late)
    assert "reactions" not in told["state"]["activity"]["wall"]["cards"][0]
    assert told["seq"] == room.book.state.seq


# --- what a phone keeps ---------------------------------------------------------------------------------------------


def test_a_phone_that_keeps_a_questions_html_is_sent_it_once() -> None:
    room = Room("p1", "p2")
    keeps, plain = room.connect("p1", keeps_html=True), room.connect("p2")
    wall = room.connect("t", Screen.PROJECTOR, keeps_html=True)
    room.take_all()

    def told(connection: Connection) -> dict[str, Any]:
        found: dict[str, Any] = room.take(connection)[-1]["state"]["activity"]
        return found

    html = room.book.state.deck[0].phone
    for step, command in enumerate((Next(), Shut(Q), Reveal(Q, Shown.DISTRIBUTION), Reveal(Q, Shown.KEY))):
        room.book.do(command)
        room.advance()
        lean, whole = told(keeps), told(plain)
        assert lean == {**whole, "html": html if step == 0 else ""}
        assert whole["html"] == html
        assert told(wall)["html"] == room.book.state.deck[0].screen
    again = room.connect("p1", keeps_html=True)
    assert told(again)["html"] == html, "a welcome is whole"
    at = {"epoch": EPOCH, "seq": room.book.state.seq}
    current = room.connect("p1", keeps_html=True, **at)
    room.take_all()
    room.book.do(Reveal(Q, Shown.EXPLANATION))
    room.advance()
    assert (told(again)["html"], told(current)["html"]) == ("", html), "who was sent nothing here is sent it"
    room.book.do(Next(Q))
    room.advance()
    assert told(keeps)["html"] == room.book.state.deck[1].phone


# --- tickets that are over ------------------------------------------------------------------------------------------


def test_a_screen_whose_ticket_is_over_must_come_back_with_another() -> None:
    """Nobody looks on for hours after a right was withdrawn. A phone's seat stands in the log, and is freed there."""
    room = Room("p1")
    phone, screen = room.connect(), room.connect("observer", Screen.PROJECTOR)
    expires = screen.ticket.expires
    room.channel.notice(expires - 1)
    assert room.peer(screen).hung == []
    room.channel.notice(expires)
    assert (room.peer(screen).hung, room.peer(phone).hung) == ([Close.TICKET_EXPIRED], [])
