"""Keeps processes running: starts one again that died, starts all anew one by one, and stops all together."""

import contextlib
import enum
import logging
import os
import select
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import FrameType

_log = logging.getLogger(__name__)

STOP_WITHIN = 15.0
"""Seconds a process has to end by itself."""
READY_WITHIN = 30.0
"""Seconds a new process has to say that it is ready; until then the old one serves on."""
READY_VARIABLE = "GIOTAY_READY_FD"
PULSE_VARIABLE = "GIOTAY_PULSE_FD"
HUNG_AFTER = 20.0
"""Seconds without a beat after which a process that lives is taken for dead. A burst of joins or a garbage collection
takes a hundredth of it; whoever is silent for so long has lost its phones anyway."""


class Renew(enum.Enum):
    """How a part is started anew while the installation serves on."""

    OVERLAPPING = "overlapping"
    """The new process says that it is ready, then the old one is asked to end: nobody finds a closed door."""
    IN_TURN = "in turn"
    """The old process ends first: there may be one of it only."""
    BY_ITSELF = "by itself"
    """It has workers of its own, and exchanges them on SIGHUP."""


@dataclass(frozen=True)
class Part:
    """A process to keep running. `beats`: it says again and again that it still gets round to things (`beating`), and
    is started again when it does not."""

    command: tuple[str, ...]
    renew: Renew = Renew.IN_TURN
    beats: bool = False


def say_ready() -> None:
    """Tell whoever started this process that it is ready; nothing when nobody asked."""
    descriptor = os.environ.pop(READY_VARIABLE, "")
    if descriptor.isdigit():
        with contextlib.suppress(OSError):
            os.write(int(descriptor), b"1")
            os.close(int(descriptor))


def beating() -> Callable[[], None]:
    """What a process calls once a second to show that it is not stuck; nothing when nobody asked. Never waits."""
    named = os.environ.pop(PULSE_VARIABLE, "")
    if not named.isdigit():
        return lambda: None
    descriptor = int(named)
    os.set_blocking(descriptor, False)
    os.set_inheritable(descriptor, False)

    def beat() -> None:
        with contextlib.suppress(OSError):  # nobody reads for now: what lies there will do
            os.write(descriptor, b".")

    return beat


class Pulse:
    """The other end: when a process last beat. It counts from the first beat on: who is starting is not stuck."""

    def __init__(self) -> None:
        self._read, self.write = os.pipe()
        os.set_blocking(self._read, False)
        self._last: float | None = None

    def silence(self) -> float:
        """Seconds since the last beat that was read; 0 before the first."""
        now = time.monotonic()
        with contextlib.suppress(BlockingIOError):
            if os.read(self._read, 4_096):
                self._last = now
        return 0.0 if self._last is None else now - self._last

    def hand_over(self) -> None:
        """The process has its end now."""
        os.close(self.write)

    def close(self) -> None:
        os.close(self._read)


class Supervisor:
    """Starts processes, starts one again that died, and stops all of them together."""

    PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0)
    STEADY_AFTER = 30.0

    def __init__(self, parts: Sequence[Part], environ: dict[str, str] | None = None) -> None:
        self._parts = list(parts)
        self._environ = environ
        self._processes: list[subprocess.Popen[bytes]] = []
        self._began: list[float] = []
        self._deaths: list[int] = []
        self._pulses: dict[int, Pulse] = {}
        self._stopping = threading.Event()
        self._is_renewing = False

    @property
    def pids(self) -> Sequence[int]:
        """The process ids, in the order of the parts."""
        return [process.pid for process in self._processes]

    def start(self) -> None:
        """Start everything."""
        for part in self._parts:
            self._processes.append(self._spawn(part))
            self._began.append(time.monotonic())
            self._deaths.append(0)

    def _spawn(self, part: Part, ready: int | None = None) -> subprocess.Popen[bytes]:
        environ = self._environ
        if ready is not None:
            environ = {**(os.environ if environ is None else environ), READY_VARIABLE: str(ready)}
        pulse = Pulse() if part.beats else None
        if pulse:
            environ = {**(os.environ if environ is None else environ), PULSE_VARIABLE: str(pulse.write)}
        # A session of its own: Ctrl-C in the terminal reaches the supervisor only, which stops the parts in order.
        process = subprocess.Popen(  # noqa: S603 - our own command
            part.command,
            env=environ,
            start_new_session=True,
            pass_fds=[*([] if ready is None else [ready]), *([pulse.write] if pulse else [])],
            preexec_fn=_ignore_hangup,  # noqa: PLW1509 - this process has no threads
        )
        if pulse:
            pulse.hand_over()
            self._pulses[process.pid] = pulse
        return process

    def watch(self) -> None:
        """Keep everything running until `end_watch`; exchange everything when `renew` was called."""
        while not self._stopping.wait(0.2):
            for index, process in enumerate(self._processes):
                self._feel(index)
                if process.poll() is not None:
                    self._revive(index)
            self._forget_pulses()
            if self._is_renewing:
                self._is_renewing = False
                for index in range(len(self._parts)):
                    self._renew(index)

    def _feel(self, index: int) -> None:
        """A process that lives and does nothing is ended, and started again like one that died."""
        process = self._processes[index]
        pulse = self._pulses.get(process.pid)
        if pulse and process.poll() is None and (silence := pulse.silence()) > HUNG_AFTER:
            _log.error("process_hung", extra={"part": self._name(index), "seconds": round(silence, 1)})
            _signal(process, signal.SIGKILL)
            process.wait()

    def _forget_pulses(self) -> None:
        for pid in self._pulses.keys() - set(self.pids):
            self._pulses.pop(pid).close()

    def _revive(self, index: int) -> None:
        if time.monotonic() - self._began[index] > self.STEADY_AFTER:
            self._deaths[index] = 0
        pause = self.PAUSES[min(self._deaths[index], len(self.PAUSES) - 1)]
        self._deaths[index] += 1
        process = self._processes[index]
        _log.error("process_died", extra={"part": self._name(index), "code": process.poll()})
        _signal(process, signal.SIGKILL)  # what it left behind in its session would keep its port
        if not self._stopping.wait(pause):
            self._take(index, self._spawn(self._parts[index]))

    def _take(self, index: int, process: subprocess.Popen[bytes]) -> None:
        self._processes[index] = process
        self._began[index] = time.monotonic()

    def _name(self, index: int) -> str:
        return " ".join(self._parts[index].command[4:])

    # --- rolling restart --------------------------------------------------------------------------------------------

    def renew(self) -> None:
        """Let `watch` exchange every process for a new one, one after another; safe in a signal handler."""
        self._is_renewing = True

    def _renew(self, index: int) -> None:
        if self._stopping.is_set():
            return
        part, old = self._parts[index], self._processes[index]
        _log.info("process_renewed", extra={"part": self._name(index)})
        match part.renew:
            case Renew.BY_ITSELF:
                old.send_signal(signal.SIGHUP)
            case Renew.IN_TURN:
                _end(old)
                self._take(index, self._spawn(part))
            case Renew.OVERLAPPING:
                if new := self._spawn_ready(index):
                    self._take(index, new)
                    _end(old)

    def _spawn_ready(self, index: int) -> subprocess.Popen[bytes] | None:
        """A new process that said that it is ready. None when it did not: the old one must serve on."""
        said, ready = os.pipe()
        try:
            new = self._spawn(self._parts[index], ready)
        finally:
            os.close(ready)
        try:
            deadline = time.monotonic() + READY_WITHIN
            while time.monotonic() < deadline and not self._stopping.is_set():
                if select.select([said], [], [], 0.1)[0]:
                    if os.read(said, 1):
                        return new
                    break  # it died
        finally:
            os.close(said)
        _log.error("process_not_renewed", extra={"part": self._name(index)})
        _end(new)
        return None

    # --- the end ----------------------------------------------------------------------------------------------------

    def end_watch(self) -> None:
        """Let `watch` return; safe in a signal handler."""
        self._stopping.set()

    def stop(self) -> None:
        """Ask every process to end; kill what does not."""
        self._stopping.set()
        for process in self._processes:
            _signal(process, signal.SIGTERM)
        deadline = time.monotonic() + STOP_WITHIN
        for process in self._processes:
            _wait(process, deadline)


def _ignore_hangup() -> None:
    """Of a process that is starting: until it can exchange its workers, there is nothing old to exchange, and SIGHUP
    would end it."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


def _end(process: subprocess.Popen[bytes]) -> None:
    _signal(process, signal.SIGTERM)
    _wait(process, time.monotonic() + STOP_WITHIN)


def _wait(process: subprocess.Popen[bytes], deadline: float) -> None:
    try:
        process.wait(max(0.1, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        _signal(process, signal.SIGKILL)
        process.wait()


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """To the process's whole session: granian has a worker of its own."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def stop_on_signals(supervisor: Supervisor) -> None:
    """Ctrl-C and SIGTERM end the supervisor's watch; it then stops its processes in order. SIGHUP exchanges every
    process for a new one while the installation serves on."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        supervisor.end_watch()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    signal.signal(signal.SIGHUP, lambda _number, _frame: supervisor.renew())
