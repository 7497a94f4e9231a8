"""What the disk alone does meanwhile: a small write and `fdatasync` every 20 ms, on the same disk.

An ack waits for its batch to gather and for one such write. So this is the floor of a durable ack, as the server in
memory is the floor of all else: a disk that stands still for 300 ms once in a while does so under any code.
"""

import contextlib
import itertools
import os
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import msgspec

EVERY = 0.020
"""Seconds from one write's begin to the next one's, or until the one before is done: as batches come under load."""
BLOCK = b"x" * 8_192
ROUND = 512
"""Writes after which the file is written over, at 4 MB: a database does so with its log."""
STEP = 0.001
_sync = getattr(os, "fdatasync", os.fsync)  # macOS has the latter only


class Write(msgspec.Struct, frozen=True):
    """One write, in seconds of a clock without a meaning."""

    began: float
    ended: float


@contextmanager
def probing(folder: Path, core: int | None = None) -> Iterator[list[Write]]:
    """Write in that folder until the end of the block, from a thread on this core; the list grows meanwhile."""
    folder.mkdir(parents=True, exist_ok=True)
    writes: list[Write] = []
    stop = threading.Event()
    with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
        thread = threading.Thread(target=_probe, args=(file.fileno(), core, stop, writes), daemon=True)
        thread.start()
        try:
            yield writes
        finally:
            stop.set()
            thread.join()


def _probe(file: int, core: int | None, stop: threading.Event, writes: list[Write]) -> None:
    if core is not None:
        os.sched_setaffinity(0, {core})  # this thread alone
    with contextlib.suppress(OSError):  # a full disk: then there are no more figures
        for number in itertools.count():
            began = time.perf_counter()
            os.pwrite(file, BLOCK, number % ROUND * len(BLOCK))
            _sync(file)
            writes.append(Write(began, time.perf_counter()))
            if stop.wait(max(0.0, began + EVERY - time.perf_counter())) and number:
                return


def times(writes: Sequence[Write]) -> Sequence[float]:
    """What each write took, in ms."""
    return [(write.ended - write.began) * 1_000 for write in writes]


def acks(writes: Sequence[Write]) -> Sequence[float]:
    """What an answer of any millisecond between the first and the last write would have waited, in ms, were there
    nothing but them: for the next to begin, and for its end. Half the answers of a second stand behind a write that
    takes half a second, though it is one of thirty writes: so this, and not a write's own p99, is an ack's floor."""
    waits = []
    for before, write in pairwise(writes):
        asked = range(round((write.began - before.began) / STEP))
        waits += [(write.ended - before.began - at * STEP) * 1_000 for at in asked]
    return waits
