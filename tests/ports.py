"""Ports for servers that tests start and start again. The kernel gives each outgoing connection a port of its own from
a range; a port of that range which a test asked for and let go may be somebody's before the server takes it."""

import os
import socket
from collections.abc import Iterator
from itertools import count
from pathlib import Path

FIRST, SHARES = 12_000, 16
"""Where they begin; between how many workers they are divided, so that no two choose the same."""


def _range_end() -> int:
    """The first port that the kernel gives out by itself."""
    file = Path("/proc/sys/net/ipv4/ip_local_port_range")
    lowest = int(file.read_text(encoding="ascii").split()[0]) if file.exists() else 32_768
    return lowest if lowest > FIRST + 1_000 else 32_768


def _own() -> Iterator[int]:
    """This worker's share, round and round; another run on this machine begins somewhere else."""
    share = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % SHARES
    room = (_range_end() - FIRST) // SHARES
    for n in count(os.getpid()):
        yield FIRST + n % room * SHARES + share


_CANDIDATES = _own()


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("", port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A port that nobody listens on, and that nobody takes until its server does."""
    return next(port for port in _CANDIDATES if _is_free(port))
