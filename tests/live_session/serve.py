"""A live server as a process of its own: `serve.py DATABASE_URL [PORT [HOST]]`; prints its port. On a given
port it shares it with others, as workers do, and stops on SIGTERM."""

import asyncio
import signal
import sys

from live_session.bus.choice import open_bus
from live_session.server import LiveServer, LiveSettings
from live_session.store.engine import open_async_engine
from tests.live_session.live import KEY, ORIGIN


async def main(database_url: str, port: int = 0, host: str = "127.0.0.1") -> None:
    settings = LiveSettings(host, port, (ORIGIN,), (KEY,), shares_port=bool(port))
    server = LiveServer(open_async_engine(database_url), settings, open_bus("", database_url))
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await server.run(stop, lambda: print(server.port, flush=True))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int((*sys.argv, 0)[2]), *sys.argv[3:]))
