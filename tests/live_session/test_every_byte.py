"""Every byte that pupils' phones receive through a whole lesson with a question of every kind.

A phone may be in the hands of somebody who reads what the page does not show. So it is the wire that is read, not the
frames: the key, the explanation and what others answered are not on it before the teacher shows them.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from typing import NamedTuple

import pytest
from sqlalchemy import Engine

from live_session.activities import type_of
from live_session.model import Json, Screen
from live_session.server import wall_clock
from tests.live_session.build import RUN, SAMPLES, activity, members, start
from tests.live_session.live import Live, Phone, Tap, Tool, calling, serving, ticket

KINDS = tuple(SAMPLES)
KEYED = {kind for kind, sample in SAMPLES.items() if sample.right is not None}
ME, IDLE, LATE = "pupil-an-1b2c", "pupil-binh-3d4e", "pupil-chi-5f60"
OTHERS = ("pupil-dung-7a8b", "pupil-giang-9cad")
CLASS = (ME, IDLE, LATE, *OTHERS)
TEACHER = "teacher-hanh-beef"

MINE: Mapping[str, Json] = {kind: sample.values[0] for kind, sample in SAMPLES.items()}
THEIRS: Mapping[str, Json] = {
    **{kind: sample.values[1] for kind, sample in SAMPLES.items()},
    "short": "THEIRS-short",
    "number": "8675309",
    "open": "THEIRS-open",
}
WRITTEN = {kind: str(THEIRS[kind]).encode() for kind in ("short", "number", "open")}
"""Others' answers that cannot be on the wire for another reason."""


class Watched(NamedTuple):
    """A phone and all that came down its wire."""

    who: str
    phone: Phone
    tap: Tap


class Lesson:
    """What has been shown so far, and the phones that may know it."""

    def __init__(self, live: Live, stack: AsyncExitStack) -> None:
        self.live = live
        self.stack = stack
        self.shown: set[tuple[str, str]] = set()
        self.watched: list[Watched] = []

    async def watch(self, who: str) -> Phone:
        tap = Tap(self.live.server.port)
        url = await self.stack.enter_async_context(tap)
        phone = await self.stack.enter_async_context(calling(url))
        await phone.hello(ticket(who))
        self.watched.append(Watched(who, phone, tap))
        return phone

    def secrets(self) -> dict[str, bytes]:
        """What may be on no pupil's wire now."""
        hidden: dict[str, bytes] = {"the teacher's id": TEACHER.encode(), "the run's id": RUN.encode()}
        for kind in KINDS:
            asked = activity(kind)
            hidden[f"content of {kind}"] = asked.content.encode()
            for n, secret in enumerate(SAMPLES[kind].secrets):
                if (kind, "key") not in self.shown or secret.startswith("WHY"):
                    hidden[f"key of {kind}, {n}"] = secret.encode()
            if (kind, "explanation") not in self.shown:
                hidden[f"explanation of {kind}"] = f"EXPLAINED-{kind}".encode()
            if kind in WRITTEN and (kind, "distribution") not in self.shown:
                hidden[f"others' answers to {kind}"] = WRITTEN[kind]
        return hidden

    async def check(self) -> None:
        """Read all wires from their first byte."""
        secrets = self.secrets()
        for who, phone, tap in self.watched:
            await phone.heard()
            for what, secret in secrets.items():
                assert secret not in tap.down, f"{what} on the wire of {who}"
            assert not any(other.encode() in tap.down for other in CLASS), "nobody's id, not even one's own"
            assert len(tap.down) > sum(map(len, map(str, phone.frames))) / 2, "the tap is on the wire"
            for frame in phone.frames:
                self.check_frame(frame)

    def check_frame(self, frame: Mapping[str, Json]) -> None:
        """What letters and words cannot prove, the shape does: a member that is not there tells nothing."""
        assert members({**frame, "state": None, "me": None}) <= ENVELOPE
        asked = question_of(frame.get("state", {}))
        assert members(frame.get("state", {})) <= VIEW
        kind = asked.get("kind", "")
        for member, what in (("key", "key"), ("tally", "distribution"), ("explanation", "explanation")):
            assert member not in asked or (kind, what) in self.shown
        assert members(frame.get("me", {})) <= OWN | members(MINE)
        if {"share", "points"} & frame.get("me", {}).keys():
            assert any(what == "key" for _, what in self.shown)


def question_of(state: Mapping[str, Json]) -> Mapping[str, Json]:
    """The question in a view; nothing in the lobby and after the end."""
    return state.get("activity", {})  # type: ignore[no-any-return]


ENVELOPE = {
    "",
    "t",
    "sent_at",
    "retry_after",
    "epoch",
    "seq",
    "now",
    "ping_every",
    "state",
    "me",
    "acked",
    "re",
    "outcome",
    "code",
}
ASKED = {"id", "kind", "round", "is_open", "html", "opened_at", "closes_at", "shown", "answered"}
REVEALED = {"key", "tally", "explanation", "options", "texts", "option", "count", "label"}
WALL = {"wall", "columns"}
"""Of a wall, how many posts stand in each column: cards come when the teacher has let the class see them."""
GROUPS = {"groups"}
"""How many groups make a product; who is in which, and what they hand in, stands in no view of all."""
VIEW = {"", "phase", "title", "total", "index", "activity", "ends_at", *ASKED, *REVEALED, *WALL, *GROUPS}
OWN_POST = {"id", "n", "visibility"}
OWN = {"mode", "standing", "proof", "response", "share", "from_index", "activity", "round", "value", "at", "late"}
OWN |= {"posts", "reactions", *OWN_POST}
OWN |= {"points", "of", "bonus", "speed"}


@pytest.fixture
async def lesson(sqlite_engine: Engine, sqlite_url: str) -> AsyncIterator[Lesson]:
    tool = Tool(sqlite_engine)
    tool.ask(start([activity(kind) for kind in KINDS], at=wall_clock()))
    tool.seat(*CLASS)
    async with serving(sqlite_url) as live, AsyncExitStack() as stack:
        yield Lesson(live, stack)


async def fish(phone: Phone) -> None:
    """What somebody's script would try: what it is answered is on the wire too."""
    for answer in (
        await phone.steer("reveal", activity="q-single", what="key"),
        await phone.steer("set_key", activity="q-single", key="A"),
        await phone.steer("explode", what="key"),
        await phone.submit("q-open", "x", round=9),
        await phone.submit("q-nothing", "x"),
    ):
        assert answer["t"] == "refuse"
        assert answer["code"] in {"forbidden", "invalid_value", "not_open", "unknown_activity", "rate_limited"}


async def press(console: Phone, action: str, **arguments: Json) -> None:
    """A teacher's press, as often as a console with patience presses."""
    while (answer := await console.steer(action, **arguments))["t"] == "refuse":
        assert answer["code"] == "rate_limited"
        await asyncio.sleep(answer["retry_after"])


async def test_no_phone_receives_anything_before_it_is_shown(lesson: Lesson) -> None:
    stack, live = lesson.stack, lesson.live
    console = await stack.enter_async_context(calling(live.url))
    await console.hello(ticket(TEACHER, Screen.CONSOLE))
    projector = await stack.enter_async_context(calling(live.url))
    await projector.hello(ticket(TEACHER, Screen.PROJECTOR))
    others = [await stack.enter_async_context(calling(live.url)) for _ in OTHERS]
    for who, phone in zip(OTHERS, others, strict=True):
        await phone.hello(ticket(who))
    me = await lesson.watch(ME)
    idle = await lesson.watch(IDLE)

    before: str | None = None
    for kind in KINDS:
        id_ = f"q-{kind}"
        await press(console, "next", after=before)
        await me.state(lambda s, id_=id_: question_of(s).get("id") == id_)  # type: ignore[misc]
        await lesson.check()
        for phone in others:
            assert (await phone.submit(id_, THEIRS[kind]))["t"] == "ack"
        assert (await me.submit(id_, MINE[kind]))["t"] == "ack"
        await fish(idle)
        await lesson.check()
        late = await lesson.watch(LATE)  # comes in now, or comes back: a welcome at every moment
        await press(console, "close", activity=id_)
        await me.state(lambda s, id_=id_: question_of(s).get("id") == id_ and not s["activity"]["is_open"])  # type: ignore[misc]
        await lesson.check()
        for what in ("distribution", "key", "explanation"):
            if (what == "distribution" and not type_of(kind).has_tally) or (what == "key" and kind not in KEYED):
                continue
            await press(console, "reveal", activity=id_, what=what)
            lesson.shown.add((kind, what))
            await lesson.check()
        await late.hang_up()
        lesson.watched = lesson.watched[:2]
        before = id_
    await press(console, "end")
    await me.state(lambda s: s["phase"] == "ended")
    await lesson.check()
    assert_that_the_wire_carries_what_was_shown(lesson)


def assert_that_the_wire_carries_what_was_shown(lesson: Lesson) -> None:
    """Else the search above could not fail."""
    for _, phone, tap in lesson.watched:
        assert all(f"EXPLAINED-{kind}".encode() in tap.down for kind in KINDS)
        assert b"SECRET-ThangLong" in tap.down
        assert b"31415,9265" in tap.down
        assert WRITTEN["short"] in tap.down
        assert WRITTEN["number"] in tap.down
        assert WRITTEN["open"] not in tap.down
        assert any("share" in f.get("me", {}) for f in phone.frames) is (phone is lesson.watched[0].phone)
        keys = {f["state"]["activity"]["kind"] for f in phone.frames if "key" in question_of(f.get("state", {}))}
        assert keys == KEYED
