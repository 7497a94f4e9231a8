"""Chaos: workers killed and drained, the database's connections cut, frames dropped, doubled, late and out of order,
phones that sleep, reload and lose their network, all at once and by chance. Afterwards every phone's own account is
held against the log: what was acknowledged is there, once, as it was acknowledged; and nothing waits.
"""

import asyncio
import os
import signal
import socket
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import make_url

from live_session.activities import type_of
from live_session.bench import school
from live_session.commands import Actor, Command, Open, Reask
from live_session.errors import Refusal
from live_session.events import Answered
from live_session.model import Role
from live_session.phones import Answerer, Arrival, Crowd, Habits, Phone, Site, Uniform, Weather
from live_session.reducer import fold
from live_session.server import wall_clock
from live_session.store import log
from live_session.store.drivers import drive
from live_session.store.engine import open_engine
from live_session.store.log import Asked
from live_session.ticket import Signer
from tests.conftest import connect_to_postgres
from tests.live_session.live import KEY, ORIGIN
from tests.live_session.test_phones import KINDS, lossy, playing, prepare, read_log, ticket_for, until

TEACHER = Actor(Role.TEACHER, school.TEACHER)
PUPILS = 16
WEATHER = Weather(cut=0.005, drop=0.02, duplicate=0.1, reorder=0.1, delay=0.02)
RESTLESS = Habits(drop=4.0, sleep=6.0, sleep_for=0.3, reload=6.0)


@contextmanager
def shared_port() -> Iterator[int]:
    """Bound and not listening, so that nobody else is given it between two workers."""
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


class Worker:
    """A live server in a process of its own, started again whenever it is gone."""

    def __init__(self, url: str, port: int) -> None:
        self._url, self._port = url, port
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        script = Path(__file__).with_name("serve.py")
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, str(script), self._url, str(self._port), stdout=asyncio.subprocess.PIPE, env=environment
        )
        assert self._process.stdout
        async with asyncio.timeout(60):
            assert await self._process.stdout.readline(), "it died before it listened"

    async def end(self, number: signal.Signals) -> int:
        assert self._process
        self._process.send_signal(number)
        async with asyncio.timeout(60):
            await self._process.communicate()
        return self._process.returncode or 0


class Chaos:
    """What happens to a lesson while it is taught."""

    def __init__(self, url: str, workers: Sequence[Worker], dice: Random) -> None:
        self._url, self._workers, self._dice = url, workers, dice
        self.done: Counter[str] = Counter()
        self._engine = open_engine(url)

    async def ask(self, command: Command) -> None:
        """The teacher's press, as the pages write it; again until the database takes it."""
        name = f"press-{self._dice.getrandbits(64):x}"
        while True:
            try:
                return await asyncio.to_thread(self._ask, command, name)
            except Exception:  # whatever a database says whose connections are being cut
                await asyncio.sleep(0.05)

    def _ask(self, command: Command, name: str) -> None:
        with self._engine.begin() as connection:
            asked = Asked(school.run_id(0), name, command, TEACHER, wall_clock())
            result = drive(connection, log.append({}, [asked])).results[0]
        assert not isinstance(result, Refusal) or isinstance(command, Open)

    async def teach(self) -> None:
        """A new question, or the same once more, each second."""
        while True:
            kind = self._dice.choice(list(KINDS))
            await self.ask(Open(kind))
            await self.ask(Reask(kind))
            await asyncio.sleep(1.0)

    async def strike(self, kills: int) -> None:
        """Blows until so many of them were kills; one of each kind first."""
        kinds = ["kill", "drain", *(["cut"] if self._url.startswith("postgresql") else [])]
        while kinds or self.done["kill"] < kills:
            await asyncio.sleep(self._dice.uniform(0.1, 0.7))
            blow = kinds.pop(0) if kinds else self._dice.choice(["kill", "kill", "drain", "cut"])
            await self._blow(blow if self._url.startswith("postgresql") or blow != "cut" else "kill")

    async def _blow(self, blow: str) -> None:
        self.done[blow] += 1
        if blow == "cut":
            await asyncio.to_thread(self.cut)
            return
        worker = self._dice.choice(self._workers)
        code = await worker.end(signal.SIGKILL if blow == "kill" else signal.SIGTERM)
        assert code == (-signal.SIGKILL if blow == "kill" else 0)
        await worker.start()

    def cut(self) -> None:
        """Every connection to the lesson's database breaks, as at a restart of PostgreSQL."""
        find = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
        with connect_to_postgres() as server:
            server.execute(find, (make_url(self._url).database,))

    def close(self) -> None:
        self._engine.dispose()


def phone_of(site: Site, number: int, answerer: Answerer, seed: int = 0, **more: Any) -> Phone:
    """A phone with a ticket of the workers' key."""

    async def provide() -> str:
        return Signer([KEY]).sign(Signer([school.KEY]).open(ticket_for(number), wall_clock()))

    dice = Random(seed * 1_000 + number)
    return Phone(site, provide, dice, who=school.pupil_id(0, number), answerer=answerer, **more)


async def play(url: str, number_of_workers: int, kills: int, seed: int) -> Counter[str]:
    """A lesson under so many kills, and blows of other kinds; asserts that nothing was lost. What was done to it."""
    prepare(url, tuple(KINDS), PUPILS)
    dice = Random(seed)
    answerer = Answerer(Uniform(0.05, 1.2), share=1.0, change=0.3)

    with shared_port() as port:
        site = Site(f"ws://127.0.0.1:{port}/live", ORIGIN, patience=0.5)
        workers = [Worker(url, port) for _ in range(number_of_workers)]
        await asyncio.gather(*(worker.start() for worker in workers))
        chaos = Chaos(url, workers, dice)
        links = [{"link": lossy(WEATHER, n)} if n % 2 else {} for n in range(PUPILS)]
        phones = [phone_of(site, n, answerer, seed, **link) for n, link in enumerate(links)]
        crowd = Crowd(phones, dice, 1.0, Arrival.BELL, RESTLESS)
        running = asyncio.create_task(crowd.run())
        teaching = asyncio.create_task(chaos.teach())
        try:
            await until(lambda: crowd.progress().acked > PUPILS)
            await chaos.strike(kills)
            await until(lambda: crowd.progress().acked > 4 * PUPILS)
            teaching.cancel()
            for one in crowd.phones:
                one.nudge()
            await until(lambda: all(p.is_idle for p in crowd.phones))
        finally:
            for task in (teaching, running):
                task.cancel()
            await asyncio.gather(teaching, running, return_exceptions=True)
            await asyncio.gather(*(worker.end(signal.SIGTERM) for worker in workers))
            chaos.close()
    hold_to_account(url, crowd)
    print(dict(chaos.done), crowd.progress())  # for the record; shown by `pytest -s`
    return chaos.done


def hold_to_account(url: str, crowd: Crowd) -> None:
    happened = read_log(url)
    verdict = crowd.compare(happened)
    assert verdict.is_clean, verdict
    assert (verdict.waiting, verdict.refused) == (0, 0)
    assert crowd.progress().failed == crowd.progress().stopped == 0
    assert verdict.acked == len([e for e in happened if isinstance(e.event, Answered)]), "and nobody else's"
    assert [e.seq for e in happened] == list(range(1, len(happened) + 1))
    engine = open_engine(url)
    with engine.connect() as connection:
        recovered = drive(connection, log.catch_up({}, [school.run_id(0)]))[school.run_id(0)]
    engine.dispose()
    assert recovered == fold(happened)
    assert type_of("open").is_private, "a kind whose words are not in the snapshot is among them"


@pytest.mark.postgres
async def test_the_phones_of_a_killed_worker_are_back_in_the_question_on_the_other(postgres_url: str) -> None:
    """Nobody starts it again; what is answered then is in the log like all else."""
    prepare(postgres_url, ("single",), PUPILS)
    with shared_port() as port:
        workers = [Worker(postgres_url, port) for _ in range(2)]
        await asyncio.gather(*(worker.start() for worker in workers))
        site = Site(f"ws://127.0.0.1:{port}/live", ORIGIN, patience=0.5)
        phones = [phone_of(site, n, Answerer(Uniform(0.05, 0.2), share=1.0, change=1.0)) for n in range(PUPILS)]
        chaos = Chaos(postgres_url, workers, Random(1))
        try:
            async with playing(*phones) as crowd:
                await chaos.ask(Open("single"))
                await until(lambda: all(p.is_connected and p.outbox.saved for p in phones))
                assert await workers[0].end(signal.SIGKILL) == -signal.SIGKILL
                killed = time.monotonic()
                for one in phones:
                    await one.answer("C")
                await until(lambda: all(p.is_connected and p.is_idle for p in phones))
                print(f"all back and saved after {time.monotonic() - killed:.2f} s", crowd.progress())
                assert {p.state["activity"]["id"] for p in phones} == {"single"}
        finally:
            await workers[1].end(signal.SIGTERM)
            chaos.close()
    hold_to_account(postgres_url, crowd)


@pytest.mark.slow
@pytest.mark.postgres
async def test_two_workers_under_a_few_blows(postgres_url: str) -> None:
    done = await play(postgres_url, number_of_workers=2, kills=2, seed=7)
    assert done.keys() == {"kill", "drain", "cut"}


async def test_one_worker_on_sqlite_is_killed(sqlite_url: str) -> None:
    assert (await play(sqlite_url, number_of_workers=1, kills=1, seed=1))["kill"] == 1


@pytest.mark.slow
@pytest.mark.postgres
async def test_two_workers_under_two_hundred_kills(postgres_url: str) -> None:
    done = await play(postgres_url, number_of_workers=2, kills=200, seed=int.from_bytes(os.urandom(3)))
    assert done["kill"] >= 200
    assert min(done["cut"], done["drain"]) > 20


@pytest.mark.slow
async def test_one_worker_on_sqlite_under_two_hundred_kills(sqlite_url: str) -> None:
    done = await play(sqlite_url, number_of_workers=1, kills=200, seed=int.from_bytes(os.urandom(3)))
    assert done["kill"] >= 200
