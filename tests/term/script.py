"""What truly happens in a lesson: who is where from when to when, what their phones do, what goes wrong. By seed.

What is assumed of phones, and only assumed: a page pings every 15 s (two tabs on a shared phone are up again with every
question, before a browser throttles them); a screen that is not touched goes dark for at most a minute, not twice
within two; a drop of a bad network lasts 15 s in the mean and never above 150 s; phones are put down within 20 s of
being asked to and taken up again within a minute, now and then within four. Nobody leaves while phones lie down, and
phones are in hand in the last two minutes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random

from analytics.facts import Span
from live_session.model import Millis, Mode
from tests.live_session.build import NOW

SECOND: Millis = 1_000
MINUTE: Millis = 60_000
PUPILS = 42
QUESTIONS = 7
DAY: Millis = 86_400_000


class Door(StrEnum):
    """How a pupil comes into the lesson."""

    SCAN = "scan"
    """The room's code, by the own camera."""
    LINK = "link"
    """The course's link: nothing is proved."""
    FORWARDED = "forwarded"
    """A photo of the room's code that somebody sent, seen some time later."""
    RELAYED = "relayed"
    """The room's code on a screen that is shared with those at home: seen at once."""


@dataclass(frozen=True)
class Stay:
    """Truly there, in this place."""

    mode: Mode
    span: Span


@dataclass(frozen=True)
class Life:
    """One pupil in one lesson. `dark`: when the phone is silent; `waits`: how long it is another pupil's at
    each question."""

    who: str
    stays: Sequence[Stay] = ()
    door: Door = Door.SCAN
    scanned_after: Millis = 0
    says_place: bool = True
    dark: Sequence[Span] = ()
    waits: Millis = 0

    def is_there(self, at: Millis) -> bool:
        return any(s.span.start <= at < s.span.end for s in self.stays)

    def is_heard(self, at: Millis) -> bool:
        """There, and the phone is not silent."""
        return self.is_there(at) and not any(d.start <= at < d.end for d in self.dark)


@dataclass(frozen=True)
class Script:
    """One lesson. `school_out`, `server_out`: when the school's network was gone, and when our process was dead."""

    number: int
    begins: Millis
    planned_end: Millis
    ends: Millis
    opens: Sequence[Span]
    face_down: Sequence[Span]
    lives: Sequence[Life]
    school_out: Span | None = None
    server_out: Span | None = None

    @property
    def outages(self) -> Sequence[Span]:
        return [span for span in (self.school_out, self.server_out) if span]


@dataclass
class _Cast:
    """Who does what in this lesson; each pupil has one part."""

    dice: Random
    left: list[int] = field(default_factory=lambda: list(range(PUPILS)))

    def draw(self, count: int) -> set[int]:
        drawn = set(self.dice.sample(self.left, count))
        self.left = [n for n in self.left if n not in drawn]
        return drawn


def write(seed: int, number: int) -> Script:
    """The script of one lesson of the term. Every eighth has an outage of the school, every twelfth one of ours."""
    dice = Random(f"{seed}-{number}")
    begins = NOW + number * DAY
    opens, face_down = _plan(begins, dice)
    school_out = _span(begins, dice, 12, 16, 4, 8) if number % 8 == 5 else None
    server_out = _span(begins, dice, 18, 22, 3, 5) if number % 12 == 7 else None
    script = Script(
        number=number,
        begins=begins,
        planned_end=begins + 45 * MINUTE,
        ends=begins + int(dice.uniform(43.5, 47) * MINUTE),
        opens=opens,
        face_down=face_down,
        lives=(),
        school_out=school_out,
        server_out=server_out,
    )
    return Script(**{**vars(script), "lives": tuple(_lives(script, dice))})


def _span(begins: Millis, dice: Random, a: float, b: float, least: float, most: float) -> Span:
    start = begins + int(dice.uniform(a, b) * MINUTE)
    return Span(start, start + int(dice.uniform(least, most) * MINUTE))


def _plan(begins: Millis, dice: Random) -> tuple[Sequence[Span], Sequence[Span]]:
    """Seven questions; phones lie on their faces twice, never while one is open."""
    opens, down, at = [], [], begins + int(dice.uniform(4, 6) * MINUTE)
    for n in range(QUESTIONS):
        opens.append(Span(at, at + int(dice.uniform(75, 110) * SECOND)))
        at = opens[-1].end + int(dice.uniform(60, 150) * SECOND)
        if n in (1, 4):
            down.append(Span(at, at + int(dice.uniform(4, 7) * MINUTE)))
            at = down[-1].end + int(dice.uniform(40, 80) * SECOND)
    return opens, down


# --- the pupils' lives ----------------------------------------------------------------------------------------------


def _lives(script: Script, dice: Random) -> Sequence[Life]:
    cast = _Cast(dice)
    away, late, early, moves = cast.draw(2), cast.draw(1), cast.draw(1), cast.draw(1)
    at_home, forwarded = cast.draw(5), cast.draw(2)
    relayed = cast.draw(1) if dice.random() < 0.6 else set()
    bad, shared = cast.draw(3), cast.draw(2)
    lives = []
    for n in range(PUPILS):
        home = n in at_home | forwarded | relayed
        stays = () if n in away else _stays(script, dice, home, n in late, n in early, n in moves)
        door = Door.FORWARDED if n in forwarded else Door.RELAYED if n in relayed else Door.LINK if home else Door.SCAN
        forgets = door is Door.SCAN and dice.random() < 0.02
        lives.append(
            Life(
                who=f"em-{n:02}",
                stays=stays,
                door=Door.LINK if forgets else door,
                scanned_after=int(dice.uniform(25, 300) * SECOND)
                if n in forwarded
                else int(dice.expovariate(1 / 2_000)),
                says_place=dice.random() < 0.9,
                dark=tuple(_dark(script, dice, stays, is_bad=n in bad, sleeps=n not in shared)),
                waits=20 * SECOND if n == max(shared) else 0,
            )
        )
    return lives


def _stays(script: Script, dice: Random, home: bool, late: bool, early: bool, moves: bool) -> Sequence[Stay]:
    came = script.begins + int(dice.uniform(7, 14) * MINUTE if late else dice.uniform(0.1, 3) * MINUTE)
    went = _up(script, script.planned_end - int(dice.uniform(12, 20) * MINUTE)) if early else script.ends
    if not moves:
        return (Stay(Mode.HOME if home else Mode.ROOM, Span(came, went)),)
    left = script.face_down[0].end + int(dice.uniform(1.5, 3) * MINUTE)
    return (
        Stay(Mode.ROOM, Span(came, left)),
        Stay(Mode.HOME, Span(left + int(dice.uniform(3, 6) * MINUTE), went)),
    )


def _up(script: Script, at: Millis) -> Millis:
    """This moment, or a while after the phones that lay on their faces then were taken up."""
    down = next((s for s in script.face_down if s.start - MINUTE <= at < s.end + 2 * MINUTE), None)
    return down.end + 2 * MINUTE if down else at


def _dark(script: Script, dice: Random, stays: Sequence[Stay], *, is_bad: bool, sleeps: bool) -> Sequence[Span]:
    found = []
    for span in script.face_down:
        up = dice.uniform(3, 4) * MINUTE if dice.random() < 0.001 else dice.uniform(5, 55) * SECOND
        if any(s.span.start + MINUTE < span.start < s.span.end for s in stays):  # who comes meanwhile scans first
            found.append(Span(span.start + int(dice.uniform(0, 20) * SECOND), span.end + int(up)))
    for stay in stays:
        found += _sleeps(Span(stay.span.start, min(stay.span.end, script.ends - 2 * MINUTE)), dice) if sleeps else []
        found += _drops(stay.span, dice) if is_bad else []
        if script.school_out and stay.mode is Mode.ROOM:
            found.append(Span(script.school_out.start, script.school_out.end + int(dice.uniform(1, 10) * SECOND)))
    return found


def _sleeps(span: Span, dice: Random) -> Sequence[Span]:
    found, at = [], span.start + 2 * MINUTE + dice.expovariate(1 / (4 * MINUTE))
    while at < span.end:
        dark = dice.uniform(10, 60) * SECOND
        found.append(Span(int(at), min(span.end, int(at + dark))))
        at += dark + 2 * MINUTE + dice.expovariate(1 / (4 * MINUTE))
    return found


def _drops(span: Span, dice: Random) -> Sequence[Span]:
    found, at = [], span.start + dice.expovariate(1 / (6 * MINUTE))
    while at < span.end:
        length = min(150 * SECOND, dice.expovariate(1 / (15 * SECOND)))
        found.append(Span(int(at), int(at + length)))
        at += length + dice.expovariate(1 / (6 * MINUTE))
    return found
