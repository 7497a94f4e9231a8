"""Which bus an installation has: by its address, else by what its database can do."""

import socket

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from live_session.bus import Bus, InProcessBus

REDIS = ("redis", "rediss", "unix")


def carrier(bus_url: str, database_url: str) -> str:
    """ "redis", "postgresql", "local" (beside a SQLite file) or "process". Raises `ValueError` for an address of
    nothing that carries wake-ups."""
    scheme = bus_url.partition(":")[0]
    if scheme in REDIS:
        return "redis"
    try:
        backend = make_url(bus_url or database_url).get_backend_name()
    except ArgumentError as error:
        raise ValueError("must be an address such as redis://… or postgresql://…") from error
    if bus_url and backend != "postgresql":
        raise ValueError("must be an address such as redis://… or postgresql://…")
    if backend == "postgresql":
        return "postgresql"
    return "local" if file_of(database_url) and hasattr(socket, "AF_UNIX") else "process"


def file_of(database_url: str) -> str:
    """The SQLite file that processes share; nothing where there is none."""
    url = make_url(database_url)
    is_file = url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:")
    return str(url.database) if is_file else ""


def open_bus(bus_url: str, database_url: str) -> Bus:
    """The bus of this process; it connects when it runs."""
    match carrier(bus_url, database_url):
        case "redis":
            from live_session.bus.redis import RedisBus  # noqa: PLC0415 - only those who use it load it

            return RedisBus(bus_url)
        case "postgresql":
            from live_session.bus.postgres import PostgresBus  # noqa: PLC0415

            return PostgresBus(bus_url or database_url)
        case "local":
            from live_session.bus.local import LocalBus  # noqa: PLC0415

            return LocalBus(file_of(database_url))
        case _:
            return InProcessBus()
