"""Two hosts with one PostgreSQL, as network namespaces with a wire each; then the wire of one is pulled.

Nothing is refused and nothing is closed there, as on a socket of one machine: packets are gone. The phones of the host
that was cut off come back on the other one, it gives up what it held, and once its wire is back it serves again.
"""

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from random import Random

import pytest

from live_session.bench import school
from live_session.phones import Answerer, Crowd, Phone, Site, Uniform
from live_session.server import wall_clock
from live_session.ticket import Signer
from tests.live_session.gate import gate_to
from tests.live_session.live import KEY, ORIGIN
from tests.live_session.test_chaos import Chaos, hold_to_account
from tests.live_session.test_phones import KINDS, prepare, ticket_for, until

PUPILS = 12
PORT = 8_001
IP = shutil.which("ip")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.postgres,
    pytest.mark.skipif(os.geteuid() != 0 or IP is None, reason="makes network namespaces: needs root and iproute2"),
]


def ip(*arguments: str) -> None:
    subprocess.run([IP or "ip", *arguments], check=True, capture_output=True)


class Host:
    """A network namespace with one wire to ours, and a live server in it."""

    def __init__(self, number: int) -> None:
        self.name = f"gt{uuid.uuid4().hex[:6]}{number}"
        octet = int(self.name[2:4], 16) // 2
        self.ours, self.its = f"10.{77 + octet}.{number}.1", f"10.{77 + octet}.{number}.2"
        self.process: asyncio.subprocess.Process | None = None

    @contextmanager
    def plugged_in(self) -> Iterator["Host"]:
        ip("netns", "add", self.name)
        try:
            ip("link", "add", self.name, "type", "veth", "peer", "name", "eth0", "netns", self.name)
            ip("addr", "add", f"{self.ours}/30", "dev", self.name)
            ip("link", "set", self.name, "up")
            for arguments in (
                ("addr", "add", f"{self.its}/30", "dev", "eth0"),
                ("link", "set", "eth0", "up"),
                ("link", "set", "lo", "up"),
            ):
                ip("-n", self.name, *arguments)
            yield self
        finally:
            ip("netns", "del", self.name)

    def pull(self) -> None:
        """Its wire is out."""
        ip("link", "set", self.name, "down")

    def plug(self) -> None:
        ip("link", "set", self.name, "up")

    async def serve(self, url: str) -> None:
        script = Path(__file__).with_name("serve.py")
        self.process = await asyncio.create_subprocess_exec(
            IP or "ip",
            *("netns", "exec", self.name, sys.executable, str(script), url, str(PORT), "0.0.0.0"),
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        )
        assert self.process.stdout
        async with asyncio.timeout(60):
            assert await self.process.stdout.readline(), "it died before it listened"

    async def end(self) -> None:
        if self.process:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(signal.SIGKILL)
            await self.process.communicate()


class Front:
    """What stands before the hosts, as a proxy does: each connection goes to the first that answers within a second,
    beginning with another one each time."""

    def __init__(self, hosts: list[Host]) -> None:
        self._hosts = hosts
        self._next = 0
        self._lines: set[asyncio.Task[None]] = set()
        self.port = 0
        self.served: dict[str, int] = {host.name: 0 for host in hosts}

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["Front"]:
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for line in tuple(self._lines):
                line.cancel()
            await asyncio.gather(*self._lines, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = asyncio.create_task(self._pass(reader, writer))
        self._lines.add(line)
        line.add_done_callback(self._lines.discard)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._next += 1
        far = None
        try:
            for n in range(len(self._hosts)):
                host = self._hosts[(self._next + n) % len(self._hosts)]
                with contextlib.suppress(OSError, TimeoutError):
                    async with asyncio.timeout(1.0):
                        far = await asyncio.open_connection(host.its, PORT)
                    self.served[host.name] += 1
                    break
            if far is not None:
                ways = [asyncio.create_task(_copy(a, b)) for a, b in ((reader, far[1]), (far[0], writer))]
                try:
                    await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    for way in ways:
                        way.cancel()
                    await asyncio.gather(*ways, return_exceptions=True)
        finally:
            writer.transport.abort()
            if far is not None:
                far[1].transport.abort()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()


async def test_one_of_two_hosts_is_cut_off(postgres_url: str) -> None:
    prepare(postgres_url, tuple(KINDS), PUPILS)
    signer, bench_signer = Signer([KEY]), Signer([school.KEY])
    async with contextlib.AsyncExitStack() as stack:
        hosts = [stack.enter_context(Host(number).plugged_in()) for number in (1, 2)]
        for host in hosts:
            _, url = await stack.enter_async_context(gate_to(postgres_url, host.ours))
            stack.push_async_callback(host.end)
            await host.serve(url)
        front = await stack.enter_async_context(Front(hosts).listening())
        site = Site(f"ws://127.0.0.1:{front.port}/live", ORIGIN, patience=1.0)

        def phone(number: int) -> Phone:
            async def provide() -> str:
                return signer.sign(bench_signer.open(ticket_for(number), wall_clock()))

            answerer = Answerer(Uniform(0.2, 3.0), share=1.0, change=0.3)
            return Phone(site, provide, Random(number), who=school.pupil_id(0, number), answerer=answerer)

        crowd = Crowd([phone(n) for n in range(PUPILS)], Random(1), 0.5)
        running = asyncio.create_task(crowd.run())
        chaos = Chaos(postgres_url, [], Random(1))
        stack.callback(chaos.close)
        teaching = asyncio.create_task(chaos.teach())
        try:
            await until(lambda: crowd.progress().acked > 2 * PUPILS)
            assert all(front.served.values()), "both serve"
            hosts[0].pull()
            acked = crowd.progress().acked
            await until(lambda: crowd.progress().acked > acked + 3 * PUPILS)
            await until(lambda: all(p.is_connected for p in crowd.phones))
            hosts[0].plug()
            before = front.served[hosts[0].name]
            async with asyncio.timeout(60):
                while front.served[hosts[0].name] < before + PUPILS // 2:
                    for one in crowd.phones:
                        one.drop()
                        one.nudge()
                    await asyncio.sleep(1.0)
            acked = crowd.progress().acked
            await until(lambda: crowd.progress().acked > acked + 2 * PUPILS)
            teaching.cancel()
            await until(lambda: all(p.is_idle for p in crowd.phones))
        finally:
            for task in (teaching, running):
                task.cancel()
            await asyncio.gather(teaching, running, return_exceptions=True)
    hold_to_account(postgres_url, crowd)
