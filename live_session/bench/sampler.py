"""Where our server's processor time goes: a sample at every few milliseconds of it, no tool needed.

Each sample is the Python stack at a tick of the process's CPU clock, weighted with the main thread's CPU time since
the last one (so ticks of the database's thread weigh nothing, and that thread is counted apart). A tracing profiler
would make small Python functions look several times as dear as C code; this does not. What C code of the event loop
takes falls on the Python frame that calls it, or that it calls next.
"""

import signal
import time
from collections import Counter
from collections.abc import Iterator
from types import FrameType

import greenlet  # type: ignore[import-untyped]
import msgspec

EVERY = 0.001
"""Seconds of CPU between samples; kernels round it up to their own tick (4 ms at 250 Hz)."""
OURS = "/live_session/"
MOST_PLACES = 12
LEAST = 0.005
"""Share below which a thread of its own is not there."""

TRANSPORT = "websockets and event loop"
JSON = "JSON"
RULES = "rules, effects, projections"
SQL = "SQL"
REST = "server, channel, committer"
_CODING = {"encode", "decode", "raw", "steering", "_id_of"}
_CORE = ("rules", "effects", "reducer", "projection", "activities", "presence", "model")
_GROUPS = (
    (("/sqlalchemy/", "/aiosqlite/", "/psycopg", "/sqlite3/", "/live_session/store/"), SQL),
    (("/websockets/", "/asyncio/", "/uvloop/"), TRANSPORT),
    (("/live_session/events.py",), JSON),
    (tuple(f"/live_session/{module}" for module in _CORE), RULES),
)
"""Parts of a path, and the group they belong to; the first that fits."""


class Profile(msgspec.Struct, frozen=True):
    """Shares of all CPU time, the largest first; `seconds` of it were sampled `samples` times.

    `groups`: what was running, by group. `functions`: our functions with all they call. `lines`: our lines with what
    they call outside our code. The database's thread, where there is one, is in `groups` only.
    """

    seconds: float
    samples: int
    groups: dict[str, float]
    functions: dict[str, float]
    lines: dict[str, float]


class Sampler:
    """Samples this process's main thread between two calls of `toggle`."""

    def __init__(self) -> None:
        self._groups: Counter[str] = Counter()
        self._functions: Counter[str] = Counter()
        self._lines: Counter[str] = Counter()
        self._samples = 0
        self._began: tuple[float, float] | None = None
        self._last = 0.0

    def toggle(self) -> Profile | None:
        """Begin (None), or end and tell."""
        if self._began is None:
            self._began = time.process_time(), time.thread_time()
            self._last = self._began[1]
            signal.signal(signal.SIGPROF, self._sample)
            signal.setitimer(signal.ITIMER_PROF, EVERY, EVERY)
            return None
        signal.setitimer(signal.ITIMER_PROF, 0)
        return self._told(time.process_time() - self._began[0], time.thread_time() - self._began[1])

    def _sample(self, _signal: int, frame: FrameType | None) -> None:
        now = time.thread_time()
        weight, self._last = now - self._last, now
        self._samples += 1
        stack = tuple(stack_of(frame))
        ours = [place for f in stack if (place := place_of(f))]
        self._groups[group_of(stack)] += weight  # type: ignore[assignment]  # a Counter of seconds
        for function in {function for function, _ in ours}:
            self._functions[function] += weight  # type: ignore[assignment]
        for function, line in ours[:1]:
            self._lines[f"{line} {function.partition(':')[2]}"] += weight  # type: ignore[assignment]

    def _told(self, all_threads: float, main_thread: float) -> Profile:
        sampled = sum(self._groups.values()) or 1.0
        scale = main_thread / sampled / max(all_threads, 1e-9)
        groups, functions, lines = (
            {name: seconds * scale for name, seconds in counted.most_common(MOST_PLACES)}
            for counted in (self._groups, self._functions, self._lines)
        )
        apart = 1 - main_thread / max(all_threads, 1e-9)
        groups |= {f"{SQL}: the driver's thread": apart} if apart > LEAST else {}
        ordered = dict(sorted(groups.items(), key=lambda kv: -kv[1]))
        return Profile(all_threads, self._samples, ordered, functions, lines)


def stack_of(frame: FrameType | None) -> Iterator[FrameType]:
    """The frames from the innermost out, through SQLAlchemy's greenlets to whoever waits for them."""
    here = greenlet.getcurrent()
    while frame is not None or here.parent is not None:
        if frame is None:
            here = here.parent
            frame = here.gr_frame
            continue
        yield frame
        frame = frame.f_back


def group_of(stack: tuple[FrameType, ...]) -> str:
    """The group of the innermost frame that belongs to one; the standard library counts for its caller."""
    for frame in stack:
        path, function = frame.f_code.co_filename, frame.f_code.co_name
        if path.endswith("/live_session/protocol.py"):
            return JSON if function in _CODING else REST
        for parts, group in _GROUPS:
            if any(part in path for part in parts):
                return group
        if OURS in path and "/bench/" not in path:
            return REST
    return TRANSPORT


def place_of(frame: FrameType) -> tuple[str, str] | None:
    """A frame of our own code, as ("module:function", "path:line"); None for others."""
    path = frame.f_code.co_filename
    if OURS not in path or "/bench/" in path:
        return None
    file = path[path.rindex(OURS) + len(OURS) :]
    line = frame.f_lineno or frame.f_code.co_firstlineno
    return f"{file.removesuffix('.py').replace('/', '.')}:{frame.f_code.co_qualname}", f"{file}:{line}"
