"""A live server as a process of its own: `serve.py DATABASE_URL`; prints its port."""

import asyncio
import sys

from live_session.server import LiveServer, LiveSettings
from live_session.store.engine import open_async_engine
from tests.live_session.live import KEY, ORIGIN


async def main(database_url: str) -> None:
    server = LiveServer(open_async_engine(database_url), LiveSettings("127.0.0.1", 0, (ORIGIN,), (KEY,)))
    await server.run(asyncio.Event(), lambda: print(server.port, flush=True))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
