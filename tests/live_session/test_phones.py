"""Simulated phones, against a real server and a real log: what they were promised is what is there."""

import asyncio
import functools
import itertools
import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.asyncio.client import connect

from live_session.activities import type_of
from live_session.bench import school
from live_session.bench.driver import serving
from live_session.bench.serve import HOST, ServerPlan
from live_session.commands import SERVER, Actor, Sit, Start
from live_session.errors import Close
from live_session.events import Answered, Logged
from live_session.model import Activity, Mode, Outcome, Proof, Role, Screen, Standing
from live_session.phones import (
    Account,
    Answerer,
    Arrival,
    Crowd,
    Device,
    Habits,
    LogNormal,
    Lossy,
    Phone,
    Site,
    Uniform,
    Weather,
)
from live_session.phones.form import read
from live_session.phones.habits import arrivals
from live_session.phones.outbox import Item, uuid7
from live_session.phones.phone import TicketProvider, pause_before, wall_clock
from live_session.server import LiveServer, LiveSettings
from live_session.store import log
from live_session.store.drivers import drive
from live_session.store.engine import open_async_engine, open_engine
from live_session.store.log import Asked
from live_session.store.tables import metadata
from live_session.ticket import LIFETIME_MS, Signer, Ticket
from tests.ports import free_port

RUN = school.run_id(0)
QUICK = Answerer(Uniform(0.02, 0.4), share=1.0, change=0.3)
HOUR = 3_600_000

BUTTONS = "".join(f'<button class="answer" type="button" name="answer" value="{x}"><b>{x}</b></button>' for x in "ABCD")
PAIRS = "".join(
    f'<input type="radio" name="{x}" value="true"><input type="radio" name="{x}" value="false">' for x in "abcd"
)
OPTIONS = [{"text": x} for x in "ABCD"]

KINDS: Mapping[str, tuple[Mapping[str, Any], str]] = {
    "single": ({"options": OPTIONS, "key": ["A"]}, f'<form data-answer="one">{BUTTONS}</form>'),
    "multiple": ({"options": OPTIONS, "key": ["A", "B"]}, f'<form data-answer="many">{BUTTONS}</form>'),
    "true_false": (
        {"key": True},
        '<form><input type=radio name=answer value="true"><input type=radio name=answer value="false"></form>',
    ),
    "cluster": (
        {"statements": [{"text": x, "key": True} for x in "abcd"]},
        f'<form data-answer="fields">{PAIRS}</form>',
    ),
    "number": (
        {"answer": "3.5"},
        '<form data-answer="text"><input name="answer" inputmode="decimal" maxlength="30"><button>Gửi</button></form>',
    ),
    "short": ({"accepted": ["hình thoi"]}, '<form data-answer="text"><input name="answer" maxlength="200"></form>'),
    "open": ({"limit": 20}, '<form data-answer="text"><textarea name="answer" maxlength="20"></textarea></form>'),
}


# --- a run to play --------------------------------------------------------------------------------------------------


def activity(kind: str) -> Activity:
    content, html = KINDS[kind]
    written = msgspec.json.encode({"prompt": "?", **content}).decode()
    return Activity(kind, kind, written, kind, html, "<p>?</p>", item=f"item-{kind}")


def prepare(url: str, kinds: Sequence[str], pupils: int) -> None:
    """A fresh database with one started run and its seats."""
    engine, at = open_engine(url), wall_clock()
    metadata.create_all(engine)
    start = Start("Bài 1", tuple(activity(kind) for kind in kinds), at + HOUR)
    asked = [Asked(RUN, "start", start, Actor(Role.TEACHER, school.TEACHER), at)]
    for who in (school.pupil_id(0, n) for n in range(pupils)):
        sit = Sit(who, f"claim-{who}", Standing.LAUNCHED, Mode.ROOM, Proof.CODE)
        asked.append(Asked(RUN, f"sit-{who}", sit, SERVER, at))
    with engine.begin() as connection:
        drive(connection, log.create(RUN, school.EPOCH, at))
        drive(connection, log.append({}, asked))
    engine.dispose()


def ticket_for(number: int, expires: int | None = None) -> str:
    who = school.pupil_id(0, number)
    ticket = Ticket(RUN, Role.PUPIL, Screen.PHONE, who, f"claim-{who}", expires or wall_clock() + LIFETIME_MS)
    return Signer([school.KEY]).sign(ticket)


def provider(*tickets: str) -> TicketProvider:
    """Gives these tickets one after another, and the last one for ever."""
    left = list(tickets)

    async def provide() -> str:
        return left.pop(0) if len(left) > 1 else left[0]

    return provide


@asynccontextmanager
async def server(url: str) -> AsyncIterator[Site]:
    """Our server in this process."""
    engine, port = open_async_engine(url), free_port()
    until, ready = asyncio.Event(), asyncio.Event()
    live = LiveServer(engine, LiveSettings(HOST, port, (school.ORIGIN,), (school.KEY,)))
    running = asyncio.create_task(live.run(until, ready.set))
    await ready.wait()
    try:
        yield Site(f"ws://{HOST}:{port}/live", school.ORIGIN, patience=0.5)
    finally:
        until.set()
        await running
        await engine.dispose()


async def steer(site: Site, action: str, **arguments: Any) -> str:
    """One press of the teacher's, on a connection of its own: the kind of frame that answered it."""
    async with connect(site.url, origin=site.origin, subprotocols=["live.v1"], compression=None, proxy=None) as socket:
        await socket.send(
            msgspec.json.encode({"t": "hello", "ticket": school.ticket(0, None, Screen.CONSOLE)}), text=True
        )
        press = str(uuid.uuid4())
        await socket.send(msgspec.json.encode({"t": "steer", "id": press, "action": action, **arguments}), text=True)
        while True:
            frame = msgspec.json.decode(await socket.recv())
            if frame.get("re") == press:
                return str(frame["t"])


async def until(is_so: Callable[[], bool]) -> None:
    """Wait for it; a minute is for ever."""
    async with asyncio.timeout(60):
        while not is_so():  # noqa: ASYNC110  (what is waited for is a count, not an event)
            await asyncio.sleep(0.02)


def read_log(url: str) -> Sequence[Logged]:
    return school.read_log(url, 0)


@asynccontextmanager
async def playing(*phones: Phone) -> AsyncIterator[Crowd]:
    """These phones, until the end of the block."""
    crowd = Crowd(phones, Random(1), over=0.2)
    running = asyncio.create_task(crowd.run())
    try:
        yield crowd
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def lossy(weather: Weather, seed: int) -> Callable[[Any], Lossy]:
    return functools.partial(Lossy, weather=weather, dice=Random(seed))


# --- against a server -----------------------------------------------------------------------------------------------


async def test_a_class_loses_nothing_when_the_server_is_killed_in_the_middle_of_a_question(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/live.db"
    prepare(url, tuple(KINDS), pupils=10)
    plan = ServerPlan("ours", free_port(), url)
    site = Site(f"ws://{HOST}:{plan.port}/live", school.ORIGIN, patience=0.5)
    weather = Weather(cut=0.02, drop=0.02, duplicate=0.1, reorder=0.1, delay=0.05)
    phones = [
        Phone(
            site,
            provider(ticket_for(n)),
            Random(n),
            who=school.pupil_id(0, n),
            answerer=QUICK,
            **({"link": lossy(weather, n)} if n >= 7 else {}),
        )
        for n in range(10)
    ]
    async with playing(*phones) as crowd:
        async with serving(plan) as first:
            await until(lambda: crowd.progress().joined == 10)
            for kind in ("single", "multiple", "true_false"):
                assert await steer(site, "open", activity=kind) == "ack"
                await until(lambda kind=kind: all(_has_answered(p, kind) for p in phones[:7]))
            acked = crowd.progress().acked
            await steer(site, "open", activity="cluster")
            await until(lambda: crowd.progress().acked > acked + 5)
            first.kill()
        async with serving(plan):
            await until(lambda: all(p.is_connected and _has_answered(p, "cluster") for p in phones[:7]))
            for kind in ("number", "short", "open"):
                assert await steer(site, "open", activity=kind) == "ack"
                await until(lambda kind=kind: all(_has_answered(p, kind) for p in phones[:7]))
            await until(lambda: all(p.is_idle for p in phones))
        progress = crowd.progress()

    happened = read_log(url)
    verdict = crowd.compare(happened)
    assert verdict.is_clean
    assert (verdict.acked, verdict.waiting, verdict.refused) == (progress.answered, 0, 0)
    assert progress.reconnects >= 10
    answered = {(e.event.participant, e.event.activity) for e in happened if isinstance(e.event, Answered)}
    for kind in KINDS:
        assert {school.pupil_id(0, n) for n in range(7)} <= {who for who, asked in answered if asked == kind}


def _has_answered(phone: Phone, kind: str) -> bool:
    return any(item.activity == kind for item, _ in phone.outbox.saved.values())


async def test_an_answer_given_without_a_network_waits_and_arrives(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/live.db"
    prepare(url, ["single"], pupils=1)
    plan = ServerPlan("ours", free_port(), url)
    site = Site(f"ws://{HOST}:{plan.port}/live", school.ORIGIN)
    phone = Phone(site, provider(ticket_for(0)), Random(1), answerer=Answerer(share=0.0))
    async with playing(phone) as crowd:
        async with serving(plan) as first:
            await until(lambda: phone.is_connected)
            await steer(site, "open", activity="single")
            await until(lambda: "activity" in phone.state)
            first.kill()
        await until(lambda: not phone.is_connected)
        given = await phone.answer("B")
        assert crowd.progress().waiting == 1
        async with serving(plan):
            phone.nudge()
            await until(lambda: given in phone.outbox.saved)
    assert phone.account.compare(read_log(url)).acked == 1
    assert phone.account.entries[given].outcome is Outcome.ACCEPTED


async def test_a_phone_with_a_wrong_clock_answers_by_the_servers(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/live.db"
    prepare(url, ["single"], pupils=1)
    async with server(url) as site:
        slow = Phone(site, provider(ticket_for(0)), Random(1), answerer=QUICK, now=lambda: wall_clock() - HOUR)
        async with playing(slow):
            await until(lambda: slow.is_connected)
            await steer(site, "open", activity="single")
            await until(lambda: bool(slow.outbox.saved))
    assert abs(slow.offset - HOUR) < 60_000
    (answer,) = (e for e in read_log(url) if isinstance(e.event, Answered))
    assert isinstance(answer.event, Answered)
    assert abs(answer.event.composed_at - answer.at) < 60_000


async def test_an_expired_ticket_is_fetched_anew_and_a_forged_one_stops_the_phone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/live.db"
    prepare(url, ["single"], pupils=2)
    async with server(url) as site:
        sleeper = Phone(site, provider(ticket_for(0, expires=1), ticket_for(0)), Random(1))
        forger = Phone(site, provider("not.a.ticket"), Random(2))
        async with playing(sleeper, forger) as crowd:
            await until(lambda: sleeper.is_connected and forger.stopped is not None)
            assert forger.stopped == Close.BAD_TICKET
            assert crowd.progress().stopped == 1


async def test_what_cannot_be_sent_is_parked_and_keeps_nothing_back(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/live.db"
    prepare(url, ["single"], pupils=1)
    async with server(url) as site:
        phone = Phone(site, provider(ticket_for(0)), Random(1), answerer=Answerer(share=0.0))
        async with playing(phone):
            await until(lambda: phone.is_connected)
            await steer(site, "open", activity="single")
            await until(lambda: "activity" in phone.state)
            too_large, wrong = await phone.answer("x" * 20_000), await phone.answer("Z")
            good = await phone.answer("A")
            await until(lambda: not phone.outbox.waiting)
    assert {too_large: "too_large", wrong: "invalid_value"} == {i: code for i, (_, code) in phone.outbox.parked.items()}
    assert list(phone.outbox.saved) == [good]
    verdict = phone.account.compare(read_log(url))
    assert (verdict.acked, verdict.refused, verdict.is_clean) == (1, 2, True)


async def test_one_phone_that_gets_no_ticket_does_not_stop_the_others(tmp_path: Path) -> None:
    async def refuse() -> str:
        raise LookupError("no such code")

    url = f"sqlite:///{tmp_path}/live.db"
    prepare(url, ["single"], pupils=1)
    async with server(url) as site:
        lucky, lost = Phone(site, provider(ticket_for(0)), Random(1)), Phone(site, refuse, Random(2))
        async with playing(lucky, lost) as crowd:
            await until(lambda: crowd.progress().failed == 1 and lucky.is_connected)


# --- arriving, sleeping, coming back --------------------------------------------------------------------------------


@pytest.mark.parametrize("arrival", Arrival)
def test_everybody_arrives_in_time(arrival: Arrival) -> None:
    for over in (0.0, 10.0):
        moments = sorted(arrivals(arrival, 1_000, over, Random(1)))
        assert len(moments) == 1_000
        assert 0 <= moments[0] <= moments[-1] <= over
    middle = moments[500]
    assert {"even": 4 < middle < 6, "bell": 4.5 < middle < 5.5, "burst": middle == 10, "trickle": middle < 3}[arrival]


async def test_a_phone_that_slept_or_was_reloaded_is_back_in_the_question_with_its_own_answer(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/live.db"
    prepare(url, ["single", "multiple"], pupils=1)
    async with server(url) as site:
        phone = Phone(site, provider(ticket_for(0)), Random(1), answerer=Answerer(share=0.0))
        async with playing(phone):
            await until(lambda: phone.is_connected)
            await steer(site, "open", activity="single")
            await until(lambda: "activity" in phone.state)
            await phone.answer("B")
            await until(lambda: phone.is_idle)
            phone.reload()
            await until(lambda: phone.is_connected and bool(phone.state))
            assert phone.me["response"]["value"] == "B"
            sleeping = asyncio.create_task(phone.sleep(0.3))
            await until(lambda: not phone.is_connected)
            await steer(site, "open", activity="multiple")
            assert not phone.is_connected, "nothing wakes it"
            await sleeping
            await until(lambda: phone.is_connected and phone.state["activity"]["id"] == "multiple")
    assert len(phone.waits) == 1


async def test_a_restless_class_on_a_bad_network_loses_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/live.db"
    prepare(url, tuple(KINDS), pupils=8)
    weather = Weather(cut=0.01, drop=0.03, duplicate=0.2, reorder=0.2, delay=0.03)
    async with server(url) as site:
        phones = [
            Phone(
                site,
                provider(ticket_for(n)),
                Random(n),
                who=school.pupil_id(0, n),
                answerer=QUICK,
                link=lossy(weather, n),
            )
            for n in range(8)
        ]
        crowd = Crowd(phones, Random(1), 0.3, Arrival.BELL, Habits(drop=1.0, sleep=2.0, sleep_for=0.2, reload=2.0))
        running = asyncio.create_task(crowd.run())
        await until(lambda: crowd.progress().joined == 8)
        for kind in ("single", "cluster", "open"):
            await steer(site, "open", activity=kind)
            await until(lambda kind=kind: all(_has_answered(p, kind) for p in phones))
        await until(lambda: all(not p.outbox.waiting for p in phones))
        assert crowd.progress().reconnects > 8
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    verdict = crowd.compare(read_log(url))
    assert verdict.is_clean
    assert verdict.waiting == verdict.refused == 0
    assert crowd.waits() == sorted(crowd.waits())


# --- forms and answers ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_phone_answers_is_an_answer_to_that_kind(kind: str) -> None:
    asked = {"kind": kind, "html": KINDS[kind][1]}
    type_ = type_of(kind)
    content = type_.parse(activity(kind).content)
    for seed in range(50):
        taps = QUICK.plan(asked, Random(seed))
        assert taps
        assert [tap.after for tap in taps] == sorted(tap.after for tap in taps)
        for tap in taps:
            type_.check(content, tap.value)


def test_a_form_of_fields_is_sent_field_by_field() -> None:
    taps = Answerer(Uniform(1, 1), share=1, change=0).plan({"html": KINDS["cluster"][1]}, Random(1))
    assert [list(tap.value) for tap in taps] == [["a"], ["a", "b"], ["a", "b", "c"], ["a", "b", "c", "d"]]
    assert taps[-1].after == 1


def test_a_form_with_a_button_of_its_own_is_sent_as_a_whole() -> None:
    """Where answers are counted: else a cluster's first statement would have been one."""
    held = "<button class='btn' data-send>Gửi</button>"
    assert read(KINDS["cluster"][1] + held).is_whole
    assert not read(KINDS["cluster"][1]).is_whole
    assert not read(KINDS["multiple"][1] + held).is_object


def test_controls_that_carry_no_answer_are_passed_over() -> None:
    form = read(
        "<input type=hidden name=x value=1><input name=y disabled><button name=z>Gửi</button><input type=submit>"
    )
    assert form.controls == ()
    assert Answerer().plan({"html": ""}, Random(1)) == ()


def test_a_select_is_a_choice_of_its_options() -> None:
    (control,) = read('<select name="q"><option value="">-</option><option value="1">1</option></select>').controls
    assert (control.shape, control.options) == ("one", ("1",))


def test_nobody_answers_when_the_share_is_nothing() -> None:
    assert not any(Answerer(share=0.0).plan({"html": KINDS["single"][1]}, Random(n)) for n in range(20))


def test_answer_times_keep_within_their_bounds() -> None:
    times = sorted(LogNormal(8.0, 0.6, most=29.0).draw(Random(n)) for n in range(999))
    assert 0 < times[0] <= times[-1] <= 29
    assert 7 < times[len(times) // 2] < 9


# --- the outbox, the account, coming back ---------------------------------------------------------------------------


def item(id: str, at: int = 1_000) -> Item:
    return Item(id, "q", 1, "A", at)


def test_two_pupils_on_one_phone_have_an_outbox_each() -> None:
    device = Device(Random(1))
    device.outbox("an").put(item("1"))
    assert device.outbox("an").waiting
    assert not device.outbox("binh").waiting


def test_an_outbox_offers_what_waits_and_what_another_epoch_has_forgotten() -> None:
    outbox = Device(Random(1)).outbox("an")
    for name in ("kept", "forgotten", "waiting", "parked"):
        outbox.put(item(name))
    outbox.save("kept", "one")
    outbox.save("forgotten", "one")
    outbox.park("parked", "not_open")
    assert [i.id for i in outbox.welcome("one", frozenset(("kept", "forgotten")), 2_000)] == ["waiting"]
    assert {i.id for i in outbox.welcome("two", frozenset(("kept",)), 2_000)} == {"waiting", "forgotten"}


def test_an_answer_without_a_question_is_held_until_it_is_asked_or_somebody_says_welcome() -> None:
    outbox = Device(Random(1)).outbox("an")
    outbox.put(item("1"))
    outbox.hold("1")
    outbox.hold("nobody's")
    assert outbox.asked("q", 2) == outbox.asked("another", 1) == ()
    assert outbox.held == {"1"}
    assert outbox.asked("q", 1) == (item("1"),)
    assert outbox.asked("q", 1) == (), "it is on its way"
    outbox.hold("1")
    assert outbox.welcome("one", frozenset(), 2_000) == (item("1"),)
    outbox.hold("1")
    outbox.save("1", "one")
    assert not outbox.held
    assert outbox.saved


def test_a_saved_answer_is_kept_for_a_day() -> None:
    outbox = Device(Random(1)).outbox("an")
    outbox.put(item("1"))
    outbox.save("1", "one")
    outbox.welcome("one", frozenset(), 1_000 + 24 * HOUR + 1)
    assert not outbox.saved


def answered(seq: int, id: str, outcome: Outcome = Outcome.ACCEPTED) -> Logged:
    return Logged(seq, id, 1_000, "an", Answered("an", "c", "q", 1, "A", 1_000, outcome))


def test_an_account_finds_what_is_lost_doubled_or_otherwise_than_promised() -> None:
    account = Account()
    for name in ("good", "lost", "doubled", "wrong", "refused", "known"):
        account.compose(name, 1_000)
    for seq, name in enumerate(("good", "lost", "doubled", "wrong"), 1):
        account.ack(name, "one", seq, "accepted")
    account.ack("known", "one")
    account.refuse("refused", "not_open")
    happened = [
        answered(1, "good"),
        answered(3, "doubled"),
        answered(4, "doubled"),
        answered(4, "wrong", Outcome.LATE),
        answered(5, "refused"),
        answered(6, "known"),
    ]
    verdict = account.compare(happened)
    assert verdict.lost == ("lost",)
    assert verdict.doubled == ("doubled",)
    assert set(verdict.wrong) == {"doubled", "wrong"}
    assert verdict.leaked == ("refused",)
    assert not verdict.is_clean


def test_a_promise_must_not_change_but_after_a_restore() -> None:
    account = Account()
    for name in ("same", "other", "restored", "taken back"):
        account.compose(name, 1_000)
        account.ack(name, "one", 1, "accepted")
    account.ack("same", "one", 1, "accepted")
    account.ack("other", "one", 2, "replaced")
    account.ack("restored", "two", 9, "late")
    account.refuse("taken back", "not_open")
    assert account.contradicted == {"other", "taken back"}


def test_a_phone_comes_back_at_once_and_then_ever_more_patiently() -> None:
    dice = Random(1)
    assert all(0 <= pause_before(tries, 2.0, dice) <= 1 for tries in (1, 2, 3) for _ in range(50))
    later = [pause_before(12, 60.0, dice) for _ in range(200)]
    assert max(later) > 10
    assert all(0 <= pause <= 20 for pause in later)


@given(down=st.floats(0, 90), seed=st.integers())
def test_nobody_is_away_twice_as_long_as_the_server_or_a_second_more(down: float, seed: int) -> None:
    dice, waited = Random(seed), 0.0
    for tries in itertools.count(1):
        waited += pause_before(tries, waited, dice)
        if waited > down:
            break
    assert waited - down <= max(1.0, min(20.0, down))


def test_ids_are_uuids_of_version_7_in_the_order_of_time() -> None:
    dice = Random(1)
    ids = [uuid7(1_764_550_800_000 + n, dice) for n in range(100)]
    assert ids == sorted(ids)
    assert {uuid.UUID(i).version for i in ids} == {7}
    assert {uuid.UUID(i).variant for i in ids} == {uuid.RFC_4122}
