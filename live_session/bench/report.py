"""What the passes came to: a table of medians with their spread, absolute and as ratios to the floor."""

import math
import statistics
from collections.abc import Callable, Iterator, Sequence

import msgspec

from live_session.bench import disk
from live_session.bench.disk import Write
from live_session.bench.driver import Pass
from live_session.bench.sampler import SQL, Profile

COUNTED = ("submit", "ack", "refuse", "state")
"""Frames that an answer is charged with, on all connections; the others are told apart."""
BUSY_DRIVER = 0.7
"""A driver that uses more of its core than this may be what is measured."""
BUSY_OTHERS = 0.15
"""Others that use more of the server's core than this lengthen what is measured in milliseconds."""


class Spread(msgspec.Struct, frozen=True):
    """Median, smallest and largest of the repeats."""

    median: float
    low: float
    high: float


class Row(msgspec.Struct, frozen=True):
    """One measure. `ratio` is ours to the floor, pass by pass; None where it says nothing."""

    name: str
    unit: str
    floor: Spread
    ours: Spread
    ratio: Spread | None


class Machine(msgspec.Struct, frozen=True):
    """Where it ran. `load` is the load average at the end, the benchmark's own included."""

    cores: int
    pinning: str
    processor: str
    system: str
    python: str
    packages: dict[str, str]
    database: str
    linger_ms: float
    load: float

    def text(self) -> str:
        packages = ", ".join(f"{name} {version}" for name, version in self.packages.items())
        return (
            f"{self.cores} cores ({self.processor}), {self.pinning}; {self.system}, Python {self.python}; {packages}; "
            f"{self.database}, linger up to {self.linger_ms:.0f} ms; load {self.load}"
        )


class Disk(msgspec.Struct, frozen=True):
    """What the disk alone did, in ms: a write of it, and an ack that waits for nothing but such writes."""

    write_p50: Spread
    write_p99: Spread
    write_longest: Spread
    ack_p50: Spread
    ack_p99: Spread

    def text(self) -> str:
        writes = ", ".join(
            f"{name} {_spread(spread)}"
            for name, spread in (("p50", self.write_p50), ("p99", self.write_p99), ("longest", self.write_longest))
        )
        return (
            f"the disk alone, {len(disk.BLOCK) // 1_024} kB and fdatasync every {disk.EVERY * 1_000:.0f} ms while the "
            f"floor played: {writes} ms;\nan ack that waits for the next of these writes and nothing else: "
            f"p50 {_spread(self.ack_p50)}, p99 {_spread(self.ack_p99)} ms"
        )


class Report(msgspec.Struct, frozen=True):
    """All of it. `faults`: sentences about what must not happen; `notes`: about what makes the numbers worth less."""

    scenario: str
    title: str
    machine: Machine
    rows: tuple[Row, ...]
    disk: Disk | None = None
    faults: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    profile: Profile | None = None

    def row(self, name: str) -> Row:
        """The measure of this name. Raises `StopIteration` for an unknown one."""
        return next(r for r in self.rows if r.name == name)

    def json(self) -> bytes:
        """For a file."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2)

    def text(self) -> str:
        """For a terminal 120 columns wide."""
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        yield self.title
        yield ""
        yield f"{'':34}{'floor':>25}{'ours':>29}{'ratio':>25}"
        for row in self.rows:
            name = f"{row.name} ({row.unit})" if row.unit else row.name
            ratio = _spread(row.ratio, 2) if row.ratio else ""
            yield f"{name:34}{_spread(row.floor):>25}{_spread(row.ours):>29}{ratio:>25}".rstrip()
        if self.disk:
            yield ""
            yield self.disk.text()
        yield ""
        yield self.machine.text()
        if self.profile:
            yield ""
            yield f"where the CPU goes ({self.profile.samples} samples):"
            yield from (f"  {share:6.1%}  {name}" for name, share in self.profile.groups.items())
            yield "our functions, with all they call:"
            yield from (f"  {share:6.1%}  {name}" for name, share in self.profile.functions.items())
            yield "our lines, with what they call outside:"
            yield from (f"  {share:6.1%}  {name}" for name, share in self.profile.lines.items())
        if self.faults or self.notes:
            yield ""
        yield from (f"FAULT: {fault}" for fault in self.faults)
        yield from (f"Note: {note}." for note in self.notes)
        yield ""
        yield self.verdict()

    def verdict(self) -> str:
        """The closing line: what dominates."""
        cost = self.row("CPU s per 1,000 answers")
        ratio = f"{cost.ratio.median:.2f}" if cost.ratio else "?"
        line = f"An answer costs {cost.ours.median:.3f} ms of CPU, {ratio} x the raw floor"
        if not self.profile or not self.profile.groups:
            return f"{line}."
        groups = merged(self.profile.groups)
        parts = ", ".join(f"{name} {share:.0%}" for name, share in groups.items())
        return f"{line}. What dominates: {next(iter(groups))} ({parts})."


def merged(groups: dict[str, float]) -> dict[str, float]:
    """The groups with both halves of SQL as one, the largest first."""
    merged: dict[str, float] = {}
    for name, share in groups.items():
        key = SQL if name.startswith(SQL) else name
        merged[key] = merged.get(key, 0.0) + share
    return dict(sorted(merged.items(), key=lambda kv: -kv[1]))


def _spread(spread: Spread, digits: int | None = None) -> str:
    if digits is None:
        values = (spread.median, spread.low, spread.high)
        is_whole = all(v == int(v) for v in values) and not 0 < spread.high < 10
        digits = 0 if is_whole else 3 if spread.high < 1 else 2 if spread.high < 10 else 1 if spread.high < 1_000 else 0
    middle, low, high = (f"{v:,.{digits}f}" for v in (spread.median, spread.low, spread.high))
    return middle if low == high else f"{middle} ({low}-{high})"


# --- measures -------------------------------------------------------------------------------------------------------


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that this share (0 to 1) of all does not exceed; NaN for none."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)] if values else math.nan


def p50(values: Sequence[float]) -> float:
    return percentile(values, 0.5)


def p99(values: Sequence[float]) -> float:
    return percentile(values, 0.99)


def _per_answer(played: Pass, names: Sequence[str], is_phones_only: bool = False) -> float:
    counts = [played.frames] if is_phones_only else [played.frames, played.screen_frames]
    return sum(count.get(name, 0) for count in counts for name in names) / max(1, played.answers)


Measure = Callable[[Pass], float]

_MEASURES: tuple[tuple[str, str, Measure, bool], ...] = (
    ("CPU s per 1,000 answers", "", lambda p: 1_000 * p.cpu / max(1, p.answers), True),
    ("ack p50", "ms", lambda p: p50(p.acks), False),
    ("ack p99", "ms", lambda p: p99(p.acks), False),
    ("fan-out p50", "ms", lambda p: p50(p.fanouts), True),
    ("fan-out p99", "ms", lambda p: p99(p.fanouts), True),
    ("frames per answer", "", lambda p: _per_answer(p, COUNTED), True),
    ("  of them phones'", "", lambda p: _per_answer(p, COUNTED, is_phones_only=True), False),
    ("  apart: ping and pong", "", lambda p: _per_answer(p, ("ping", "pong")), False),
    ("  apart: steer", "", lambda p: _per_answer(p, ("steer",)), False),
    ("  apart: gauge", "", lambda p: _per_answer(p, ("gauge",)), False),
    ("  apart: hello and welcome", "", lambda p: _per_answer(p, ("hello", "welcome")), False),
    ("a phone's state", "bytes", lambda p: p.state_bytes, True),
    ("memory per phone", "kB", lambda p: p.bytes_a_phone / 1_000, True),
    ("all join at once p50", "ms", lambda p: p50(p.joins), True),
    ("all join at once p99", "ms", lambda p: p99(p.joins), True),
    ("answers acked", "", lambda p: p.verdict.acked, False),
    ("answers lost", "", lambda p: len(p.verdict.lost), False),
    ("answers doubled", "", lambda p: len(p.verdict.doubled), False),
    ("answers without an ack", "", lambda p: p.unanswered, False),
    ("driver's share of its core", "", lambda p: p.driver_share, False),
    ("server's share of its core", "", lambda p: p.cpu / p.wall, False),
    ("others' share of that core", "", lambda p: math.nan if p.others_share is None else p.others_share, False),
)


def rows(floors: Sequence[Pass], ours: Sequence[Pass]) -> tuple[Row, ...]:
    """Every measure that could be taken, from as many passes of each."""
    made = (_row(*measure, floors, ours) for measure in _MEASURES)
    return tuple(row for row in made if not (math.isnan(row.floor.median) or math.isnan(row.ours.median)))


def _row(name: str, unit: str, measure: Measure, has_ratio: bool, floors: Sequence[Pass], ours: Sequence[Pass]) -> Row:
    base, found = [measure(p) for p in floors], [measure(p) for p in ours]
    ratios = [o / f for f, o in zip(base, found, strict=True) if f and not math.isnan(f)]
    return Row(name, unit, _of(base), _of(found), _of(ratios) if has_ratio and ratios else None)


def _of(values: Sequence[float]) -> Spread:
    return Spread(statistics.median(values), min(values), max(values))


def disk_of(passes: Sequence[Sequence[Write]]) -> Disk | None:
    """What the disk alone did, pass by pass; None where it took no two writes."""
    told = [writes for writes in passes if len(writes) > 1]
    if not told:
        return None
    writes, waits = [disk.times(one) for one in told], [disk.acks(one) for one in told]
    return Disk(
        write_p50=_of([p50(times) for times in writes]),
        write_p99=_of([p99(times) for times in writes]),
        write_longest=_of([max(times) for times in writes]),
        ack_p50=_of([p50(times) for times in waits]),
        ack_p99=_of([p99(times) for times in waits]),
    )


def faults(ours: Sequence[Pass]) -> tuple[str, ...]:
    """What must not happen, as sentences."""
    found = []
    for number, played in enumerate(ours, 1):
        verdict = played.verdict
        if not verdict.is_clean:
            found.append(
                f"pass {number}: {len(verdict.lost)} acked answers lost, {len(verdict.doubled)} doubled, "
                f"{len(verdict.wrong)} with another outcome, {len(verdict.contradicted)} acked twice differently"
            )
        if played.recovery and played.recovery.strangers:
            found.append(f"pass {number}: {played.recovery.strangers} phones did not come back into their question")
        if played.unanswered:
            found.append(f"pass {number}: {played.unanswered} answers without an ack after a minute")
    return tuple(found)


def besides(ours: Sequence[Pass]) -> tuple[str, ...]:
    """What has no counterpart in the floor, as sentences: coming back after a SIGKILL, several workers."""
    found = []
    if recoveries := [p.recovery for p in ours if p.recovery]:
        down, last = _of([r.down for r in recoveries]), _of([max(r.back) for r in recoveries])
        found.append(
            f"SIGKILL: no server for {_spread(down)} s; from listening again to the last phone back {_spread(last)} s"
        )
    busiest = _of([1_000 * p.busiest / max(1, p.answers) for p in ours])
    if any(p.busiest < p.cpu for p in ours):
        found.append(f"the busiest worker used {_spread(busiest)} s of CPU per 1,000 answers of all")
    return tuple(found)


def notes(passes: Sequence[Pass]) -> tuple[str, ...]:
    """What makes the numbers of these passes worth less, as sentences."""
    found = []
    driver, others = max(p.driver_share for p in passes), max(p.others_share or 0.0 for p in passes)
    if driver > BUSY_DRIVER:
        found.append(f"the driver used up to {driver:.0%} of its core: times are its own too")
    if others > BUSY_OTHERS:
        found.append(f"others (a database on this machine among them) used up to {others:.0%} of the server's core")
    return tuple(found)
