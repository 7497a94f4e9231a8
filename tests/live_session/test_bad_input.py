"""Bad input over real sockets: the same twice, too much at once, two teachers at one step."""

import asyncio
from contextlib import AsyncExitStack

import pytest
from sqlalchemy import Engine

from live_session.commands import Next
from live_session.events import Answered
from live_session.model import Screen
from live_session.posts import A_MINUTE, MINUTE
from live_session.server import wall_clock
from tests.live_session.build import Clock, activity, every_kind, start
from tests.live_session.live import Phone, Tool, calling, joined, serving, ticket

Q = "q-single"
BOARD = "q-board"

pytestmark = pytest.mark.usefixtures("transports")


async def test_the_same_answer_twice_is_one_and_another_one_takes_its_place(engine: Engine, database_url: str) -> None:
    """Two tabs send what their one outbox holds, at one moment; then the pupil presses again: the same letter under a
    new id is kept, and counts once."""
    tool = Tool(engine)
    tool.ask(start(every_kind(), at=wall_clock()))
    tool.seat("p1", "p2")
    tool.ask(Next())
    async with serving(database_url) as live, joined(live, "p1") as one, joined(live, "p1") as two:
        first, second = await asyncio.gather(one.submit(Q, "B", id="mine"), two.submit(Q, "B", id="mine"))
        assert (first["t"], first["seq"]) == ("ack", second["seq"])
        other = await one.submit(Q, "B", id="again")
        assert other["outcome"] == "replaced"
        assert (await two.submit(Q, "C", id="mine")) == second, "the id was taken: what it said stands"
    assert [logged.command_id for logged in tool.log if isinstance(logged.event, Answered)] == ["mine", "again"]
    (kept,) = tool.state.responses[Q, 1].values()
    assert kept.value == "B"


async def test_two_teachers_who_press_at_once_make_one_step(engine: Engine, database_url: str) -> None:
    """From the lobby to the next question but one, each press by both: what one did, the other's press does not do
    again, and both screens stand at the same place."""
    tool = Tool(engine)
    tool.ask(start([activity("single"), activity("number"), activity("poll")], at=wall_clock()))
    async with (
        serving(database_url) as live,
        joined(live, "t1", Screen.CONSOLE) as mine,
        joined(live, "t2", Screen.CONSOLE) as hers,
    ):
        for _ in range(10):
            steps = [await asked_at(desk, tool) for desk in (mine, hers)]
            assert steps[0] == steps[1]
            before = len(tool.log)
            outcomes = await asyncio.gather(*(desk.steer(**steps[0]) for desk in (mine, hers)))
            assert sorted(o["t"] for o in outcomes) == ["ack", "refuse"], outcomes
            assert [o["code"] for o in outcomes if o["t"] == "refuse"] == ["not_open"]
            assert len(tool.log) == before + 1
    assert tool.state.current == "q-number"


async def asked_at(desk: Phone, tool: Tool) -> dict[str, object]:
    """The one next press, as this screen shows it once it knows of all that was written."""
    last = len(tool.log)
    frame = await desk.wait(lambda f: "state" in f and f["seq"] == last)
    step: dict[str, object] = frame["state"]["forth"]
    return step


async def test_a_class_that_posts_three_hundred_times_in_a_minute(sqlite_engine: Engine, sqlite_url: str) -> None:
    """Fifty phones, six posts each, all at once: as many as a teacher can read are taken, the others are told when to
    come again, and nothing is lost or kept twice."""
    clock, tool = Clock(wall_clock()), Tool(sqlite_engine)
    who = [f"p{n}" for n in range(50)]
    tool.ask(start([activity("board", columns=[], approve=False, most=6)], at=clock()))
    tool.seat(*who)
    tool.ask(Next())
    async with serving(sqlite_url, now=clock) as live, AsyncExitStack() as class_:
        phones = [await class_.enter_async_context(calling(live.url)) for _ in who]
        for name, phone in zip(who, phones, strict=True):
            await phone.hello(ticket(name))
        waiting = [(phone, f"post-{n}-{k}") for n, phone in enumerate(phones) for k in range(6)]
        outcomes = await posted(waiting)
        assert [o["t"] for o in outcomes].count("ack") == A_MINUTE
        refused = [o for o in outcomes if o["t"] == "refuse"]
        assert {o["code"] for o in refused} == {"rate_limited"}
        assert all(0 < o["retry_after"] <= MINUTE / 1_000 for o in refused)
        clock.pass_(MINUTE)
        for phone in phones:
            phone.frames.clear()  # an outbox sends the same ids again
        again = await posted(waiting)
        assert {o["t"] for o in again} == {"ack"}
    posts = tool.state.walls[BOARD, 1].posts
    assert len(posts) == len({post.id for post in posts.values()}) == 300


async def posted(waiting: list[tuple[Phone, str]]) -> list[dict[str, object]]:
    said = (phone.submit(BOARD, {"text": name}, id=name, post=name) for phone, name in waiting)
    return list(await asyncio.gather(*said))
