"""One pass: a server in its own process, a school of lean phones in this one, and what it cost.

`python -m live_session.bench.driver` reads an `Order` (JSON) and says a `Pass` (JSON). The same driver plays the floor
and ours; it keeps its own account of every answer and, for ours, compares it with the log after the server is gone.
"""

import asyncio
import contextlib
import gc
import math
import os
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Literal

import msgspec

from live_session.bench import school, wire
from live_session.bench.handset import Course, Handset, named
from live_session.bench.sampler import Profile
from live_session.bench.school import Size
from live_session.bench.serve import HOST, Cost, ServerPlan, free_port, pin, run, say
from live_session.model import Screen
from live_session.phones.account import Verdict, compare
from live_session.phones.answerer import LogNormal, Times, Uniform
from live_session.phones.outbox import uuid7
from live_session.transport import Name

BREATH = 0.25
"""Seconds between two questions."""
CALM = 20
"""Phones that connect together while memory is measured."""
LONG_QUESTION = 30
LONG_TIMES = LogNormal(8.0, 0.6, LONG_QUESTION - 1.0)
UNTIL_LOCKED = 3.5
"""Seconds after a question's time until the server's clock has locked it: the grace, and its look once a second."""


class Order(msgspec.Struct, frozen=True):
    """What one pass is to do.

    `questions` are those that count; one more comes first, to warm up, and one may follow. `within`: in scenario S, the
    seconds over which answers come. `locks`: in scenario S, the teacher locks each question before the
    next; in L the clock does. `workers`: processes of ours, dealt the phones by the system; several need PostgreSQL,
    and the second shares the driver's core. `kills`: at the end the server dies by SIGKILL in an open question and is
    started again. `cores`: the server's and the driver's.
    """

    server: Literal["floor", "ours"]
    db: str
    folder: str
    lessons: int
    phones: int
    questions: int
    scenario: Literal["S", "L"]
    within: float = 2.0
    locks: bool = False
    projectors: bool = False
    is_profiled: bool = False
    transport: Name = "bare"
    workers: int = 1
    by_lesson: bool = False
    kills: bool = False
    cores: tuple[int, int] | None = None
    seed: int = 1

    @property
    def size(self) -> Size:
        seconds = LONG_QUESTION if self.scenario == "L" else None
        return Size(self.lessons, self.phones, self.questions + 2, seconds)

    @property
    def times(self) -> Times:
        return LONG_TIMES if self.scenario == "L" else Uniform(0.0, self.within)


class Recovery(msgspec.Struct, frozen=True):
    """After a SIGKILL: seconds without a server, and for each phone the seconds from the moment it listens again to the
    welcome in its question. `strangers`: phones that were welcomed to something else."""

    down: float
    back: list[float]
    strangers: int


class Pass(msgspec.Struct, frozen=True):
    """What one pass came to. Times in milliseconds unless named otherwise; the warm-up is in none of it.

    `acks`, `fanouts` (one a lesson and question: from the teacher's press to its last phone) and `joins` (one a
    phone, from the common instant) are all samples. `frames`: by kind, to and from phones; `screen_frames`: to and
    from teachers' screens. `cpu` is the server's, in seconds; `driver_share` the driver's part of its own core,
    `others_share` what all but the server took of the server's (None where the platform does not tell). `busiest`
    is the CPU of the worker that had most.
    """

    answers: int
    cpu: float
    wall: float
    driver_share: float
    others_share: float | None
    acks: list[float]
    fanouts: list[float]
    joins: list[float]
    frames: dict[str, int]
    screen_frames: dict[str, int]
    bytes_a_phone: float
    state_bytes: int
    unanswered: int
    verdict: Verdict
    profile: Profile | None = None
    busiest: float = 0.0
    recovery: Recovery | None = None


class Server:
    """The server's process, as the driver speaks with it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def _say(self, word: bytes) -> bytes:
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("the server's process has no pipes")
        self._process.stdin.write(word + b"\n")
        return await self._process.stdout.readline()

    async def cost(self, word: bytes = b"cost") -> Cost:
        return msgspec.json.decode(await self._say(word), type=Cost)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._process.kill()

    async def profile(self) -> Profile | None:
        return msgspec.json.decode(await self._say(b"profile"), type=Profile | None)


@asynccontextmanager
async def serving(plan: ServerPlan) -> AsyncIterator[Server]:
    """A server's process that listens; asked to end at the end, and waited for."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "live_session.bench.serve",
        msgspec.json.encode(plan).decode(),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    if process.stdin is None or process.stdout is None or b"ready" not in await process.stdout.readline():
        raise RuntimeError("the server's process did not start")
    try:
        yield Server(process)
    finally:
        process.stdin.close()
        await process.wait()


class Servers:
    """All of a pass's workers as one."""

    def __init__(self, servers: Sequence[Server]) -> None:
        self._servers = servers

    async def costs(self, word: bytes = b"cost") -> Sequence[Cost]:
        return [await server.cost(word) for server in self._servers]

    def kill(self) -> None:
        for server in self._servers:
            server.kill()

    async def profile(self) -> Profile | None:
        return await self._servers[0].profile()


class Play:
    """One pass from the first connection to the last question."""

    def __init__(self, order: Order, server: Servers, ports: Sequence[int]) -> None:
        self._order, self._server, self._ports = order, server, ports
        self._dice = Random(order.seed)  # noqa: S311  (chance, not secrets)
        self._course = Course()
        self._handshake = wire.request(HOST, ports[0], school.ORIGIN)
        self.phones = [
            Handset(self._course, lesson, _hello(lesson, phone, school.ticket(lesson, phone)))
            for lesson in range(order.lessons)
            for phone in range(order.phones)
        ]
        screens = [Screen.CONSOLE, *([Screen.PROJECTOR] if order.projectors else [])]
        self._screens = {
            screen: [
                Handset(self._course, lesson, _hello(lesson, None, school.ticket(lesson, None, screen)), is_screen=True)
                for lesson in range(order.lessons)
            ]
            for screen in screens
        }

    async def run(self) -> Pass:
        """Everybody joins, the lessons are played, and all is counted."""
        for screens in self._screens.values():
            await self._join(screens)
        before = await self._memory()
        for start in range(0, len(self.phones), CALM):
            await self._join(self.phones[start : start + CALM])
        after = await self._memory()
        joins = await self._rejoin()
        await self._ask(0)
        return await self._measure(joins, (after - before) / len(self.phones))

    def _door(self, handset: Handset) -> int:
        """The port for phones of this lesson: of all workers, or of the one that the lesson is dealt to."""
        return self._ports[handset.lesson % len(self._ports)]

    async def _memory(self) -> int:
        return sum(cost.rss for cost in await self._server.costs(b"memory"))

    async def _join(self, handsets: Sequence[Handset]) -> None:
        self._course.welcomed.expect(len(handsets))
        await asyncio.gather(*(h.connect(self._door(h), self._handshake, self._dice) for h in handsets))
        await self._course.welcomed.passed()

    async def _rejoin(self) -> list[float]:
        """All phones leave, and all come back at one instant: how long each waits for its welcome."""
        for phone in self.phones:
            if phone.wire:
                phone.wire.hang()
        await asyncio.gather(*(phone.wire.gone for phone in self.phones if phone.wire))
        await asyncio.sleep(BREATH)
        started = time.perf_counter()
        await self._join(self.phones)
        return [(phone.welcomed_at - started) * 1_000 for phone in self.phones]

    async def _measure(self, joins: list[float], bytes_a_phone: float) -> Pass:
        course, order = self._course, self._order
        course.acks.clear()
        frames, screen_frames = Counter(course.frames), Counter(course.screen_frames)
        if order.is_profiled:
            await self._server.profile()
        core = order.cores[0] if order.cores else None
        before, wall, driver, busy = await self._server.costs(), time.perf_counter(), time.process_time(), busy_on(core)
        fanouts = [ms for number in range(1, order.questions + 1) for ms in await self._ask(number)]
        after, wall, driver = await self._server.costs(), time.perf_counter() - wall, time.process_time() - driver
        used = [a.cpu - b.cpu for a, b in zip(after, before, strict=True)]
        busy = busy_on(core) - busy
        profile = await self._server.profile() if order.is_profiled else None
        counts = named(course.frames - frames), named(course.screen_frames - screen_frames)
        return Pass(
            answers=len(course.acks),
            cpu=sum(used),
            busiest=max(used),
            wall=wall,
            driver_share=driver / wall,
            others_share=None if math.isnan(busy) else max(0.0, busy - used[0]) / wall,
            acks=course.acks,
            fanouts=fanouts,
            joins=joins,
            frames=counts[0],
            screen_frames=counts[1],
            bytes_a_phone=bytes_a_phone,
            state_bytes=course.state_bytes,
            unanswered=sum(len(phone.composed) - len(phone.promises) for phone in self.phones),
            verdict=Verdict(),
            profile=profile,
        )

    async def _ask(self, number: int) -> list[float]:
        """One question in all lessons at one instant. Fan-out to each lesson's last phone, in ms."""
        course, loop = self._course, asyncio.get_running_loop()
        question = school.question_id(number)
        for phone in self.phones:
            phone.ready(_submission(question, self._dice))
        delays = [self._order.times.draw(self._dice) for _ in self.phones]
        self._expect(question, is_open=True)
        course.answered.expect(len(self.phones))
        opened, at = time.perf_counter(), loop.time()
        self._steer("open", question)
        for phone, delay in zip(self.phones, delays, strict=True):
            loop.call_at(at + delay, phone.due)
        await course.answered.passed()
        shown = [phone.shown_at for phone in self.phones]
        if self._order.scenario == "L":
            await asyncio.sleep(max(0.0, at + LONG_QUESTION + UNTIL_LOCKED - loop.time()))
        elif self._order.locks:
            await self._lock(question)
        gc.collect()
        await asyncio.sleep(BREATH)
        return [(max(some) - opened) * 1_000 for some in _chunks(shown, self._order.phones)]

    async def _lock(self, question: str) -> None:
        for phone in self.phones:
            phone.shown_at = 0.0
        self._expect(question, is_open=False)
        self._steer("close", question)
        await self._course.shown.passed()

    async def open_last(self) -> None:
        """One question more than the measured ones, which stays open."""
        question = school.question_id(self._order.questions + 1)
        for phone in self.phones:
            phone.shown_at, phone.is_back = 0.0, False
        self._expect(question, is_open=True)
        self._steer("open", question)
        await self._course.shown.passed()

    async def come_back(self) -> None:
        """Every phone by the page's own rule, until it is welcomed."""
        self._course.welcomed.expect(len(self.phones))
        coming = [asyncio.create_task(p.come_back(self._door(p), self._handshake, self._dice)) for p in self.phones]
        await self._course.welcomed.passed()
        for one in coming:
            one.cancel()
        await asyncio.gather(*coming, return_exceptions=True)

    def _expect(self, question: str, is_open: bool) -> None:
        word = "true" if is_open else "false"
        self._course.marker = f'"id":"{question}","kind":"single","round":1,"is_open":{word}'.encode()
        self._course.shown.expect(len(self.phones))

    def _steer(self, action: str, question: str) -> None:
        for teacher in self._screens[Screen.CONSOLE]:
            id_ = uuid7(time.time_ns() // 1_000_000, self._dice)
            frame = {"t": "steer", "id": id_, "action": action, "activity": question}
            teacher.steer(wire.frame(msgspec.json.encode(frame)))


def _hello(lesson: int, phone: int | None, ticket: str) -> bytes:
    device = f"{school.run_id(lesson)}/{phone}"
    return wire.frame(msgspec.json.encode({"t": "hello", "ticket": ticket, "device": device, "locale": "vi"}))


def _submission(question: str, dice: Random) -> tuple[str, bytes, bytes]:
    """A submit's id, and its frame before and after the 13 digits of `composed_at`."""
    id_ = uuid7(time.time_ns() // 1_000_000, dice)
    frame = {"t": "submit", "id": id_, "activity": question, "round": 1, "value": dice.choice("ABCD")}
    head, tail = msgspec.json.encode(frame)[:-1] + b',"composed_at":', b"}"
    return id_, wire.header(len(head) + 13 + len(tail)) + head, tail


def _chunks(values: Sequence[float], size: int) -> Iterator[Sequence[float]]:
    return (values[start : start + size] for start in range(0, len(values), size))


async def play(order: Order) -> Pass:
    """One pass, on a database of its own."""
    core = order.cores[0] if order.cores else None
    with contextlib.ExitStack() as stack:
        url = ""
        if order.server == "ours":
            url = stack.enter_context(school.fresh_database(order.db, Path(order.folder)))
            school.prepare(url, order.size)
        ports = [free_port() for _ in range(order.workers if order.by_lesson else 1)]
        plan = ServerPlan(order.server, ports[0], url, core, order.transport, shares_port=order.workers > 1)
        async with serving_all(order, plan, ports) as servers:
            played = Play(order, servers, ports)
            result = await played.run()
            if order.kills:
                recovery = await _recover(plan, servers, played)
                result = msgspec.structs.replace(result, recovery=recovery)
        return msgspec.structs.replace(result, verdict=_verdict(order, url, played.phones))


@asynccontextmanager
async def serving_all(order: Order, plan: ServerPlan, ports: Sequence[int]) -> AsyncIterator[Servers]:
    """All workers of a pass, the first on the server's core, the second on the driver's, and so on."""
    async with contextlib.AsyncExitStack() as stack:
        servers = []
        for number in range(order.workers):
            core = order.cores[number % 2] if order.cores else None
            own = msgspec.structs.replace(plan, core=core, port=ports[number % len(ports)])
            servers.append(await stack.enter_async_context(serving(own)))
        yield Servers(servers)


async def _recover(plan: ServerPlan, servers: Servers, played: Play) -> Recovery:
    """Open one more question, kill, start again, and wait until all are back in it."""
    await played.open_last()
    died = time.perf_counter()
    servers.kill()
    coming = asyncio.create_task(played.come_back())
    async with serving(plan):
        listening = time.perf_counter()
        await coming
    back = [max(0.0, phone.welcomed_at - listening) for phone in played.phones]
    return Recovery(listening - died, back, sum(not phone.is_back for phone in played.phones))


def _verdict(order: Order, url: str, phones: Sequence[Handset]) -> Verdict:
    """The phones' account against the logs; the floor has none to lose."""
    if order.server == "floor":
        return Verdict(acked=sum(len(phone.promises) for phone in phones))
    logs = [logged for lesson in range(order.lessons) for logged in school.read_log(url, lesson)]
    return compare([phone.account() for phone in phones], logs)


def start() -> None:
    """The process's entry."""
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
    gc.disable()  # its own passes through a thousand handsets take 30 ms each: they come between questions
    pin(order.cores[1] if order.cores else None)
    say(run(play(order)))


def busy_on(core: int | None) -> float:
    """Seconds that this core has worked for anybody since it started, to 10 ms; NaN where that is not told."""
    try:
        lines = Path("/proc/stat").read_text().splitlines()
    except OSError:
        return math.nan
    fields = next((line.split() for line in lines if line.startswith(f"cpu{core} ")), None)
    if fields is None:
        return math.nan
    user, nice, system, _, _, *rest = map(int, fields[1:9])
    return (user + nice + system + sum(rest)) / os.sysconf("SC_CLK_TCK")


def cores() -> tuple[int, int] | None:
    """Two cores that this process may use: the server's and the driver's. None where there is one, or no say."""
    if not hasattr(os, "sched_getaffinity"):
        return None
    allowed = sorted(os.sched_getaffinity(0))
    return (allowed[0], allowed[1]) if len(allowed) > 1 else None


if __name__ == "__main__":
    start()
