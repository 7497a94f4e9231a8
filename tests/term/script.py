"""What truly happens in a lesson: who is where from when to when, what their phones do, what goes wrong. By seed.

What is assumed of phones, and only assumed: a page pings every 15 s; two or three who share a phone sit together,
pass it on within every question, and whoever answered last keeps it until the next one; a screen that is not touched
goes dark for at most a minute, not twice within two; a drop of a bad network lasts 15 s in the mean and never above
150 s, and meanwhile the page runs on where the screen is not dark; phones are put down within 20 s of being asked to
and taken up again within a minute, now and then within four. One pupil in six lessons leaves for good while phones lie
down, and half of those look at theirs as they go. Own phones are in hand in the last two minutes.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from random import Random

from analytics.spans import Span
from live_session.model import Millis, Mode
from tests.live_session.build import NOW

SECOND: Millis = 1_000
MINUTE: Millis = 60_000
PUPILS = 42
QUESTIONS = 7
KEEN = 0.92
"""The share of questions that a pupil who is there answers."""
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
    MATE = "mate"
    """On the phone of a classmate who came in before: the code proved the room for that one, and the next say it."""


@dataclass(frozen=True)
class Stay:
    """Truly there, in this place."""

    mode: Mode
    span: Span


@dataclass(frozen=True)
class Life:
    """One pupil in one lesson. `dark`: when the phone is silent, or another pupil's; `cut`: those of them in which its
    line alone is gone; `phone`: the one that several share, and `turns`: for each question when it was shown to this
    pupil and answered, where it was."""

    who: str
    stays: Sequence[Stay] = ()
    door: Door = Door.SCAN
    scanned_after: Millis = 0
    says_place: bool = True
    dark: Sequence[Span] = ()
    cut: frozenset[Span] = frozenset()
    phone: str = ""
    turns: Mapping[int, Span] = field(default_factory=dict)

    def is_there(self, at: Millis) -> bool:
        return any(s.span.start <= at < s.span.end for s in self.stays)

    def looked_at_since(self, at: Millis) -> Millis:
        """Since when the own page has been looked at without a break; `at` itself where it is not."""
        asleep = [dark for dark in self.dark if dark not in self.cut and dark.start < at]
        return max([s.span.start for s in self.stays if s.span.start <= at] + [min(d.end, at) for d in asleep])

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

    def draw(self, count: int, dice: Random | None = None) -> set[int]:
        drawn = set((dice or self.dice).sample(self.left, count))
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
        life = Life(
            who=f"em-{n:02}",
            stays=stays,
            door=Door.LINK if forgets else door,
            scanned_after=int(dice.uniform(25, 300) * SECOND) if n in forwarded else int(dice.expovariate(1 / 2_000)),
            says_place=dice.random() < 0.9,
        )
        dark, cut = _dark(script, dice, stays, is_bad=n in bad, sleeps=n not in shared)
        lives.append(replace(life, dark=dark, cut=cut))
    more = Random(f"more-{script.begins}-{lives[0].scanned_after}")  # what was added later leaves the rest as it was
    if script.number % 2:
        shared |= cast.draw(1, more)
    return _leave(script, more, cast, _share(script, more, shared, lives))


def _share(script: Script, dice: Random, shared: Collection[int], lives: Sequence[Life]) -> Sequence[Life]:
    """The same lives, and one phone for some of them: each hears of nobody while another holds it."""
    mates = sorted(shared)
    first = lives[mates[0]]
    came = first.stays[0].span.start
    holds: list[tuple[int, Span]] = []  # who has it from when to when
    turns: dict[int, dict[int, Span]] = {n: {} for n in mates}
    at = came
    for n in mates:  # one after the other they sit down
        sits = at + int(dice.uniform(30, 60) * SECOND)
        holds.append((n, Span(at, sits)))
        at = sits
    for number, asked in enumerate(script.opens):
        at = max(asked.start, holds[-1][1].start)
        last = mates.index(holds[-1][0])
        for n in [*mates[last:], *mates[:last]]:
            took = int(min(dice.lognormvariate(9.8, 0.5), 45 * SECOND))
            if at + took > asked.end - 2 * SECOND or (n != holds[-1][0] and dice.random() > KEEN):
                continue
            if n != holds[-1][0]:
                holds[-1] = holds[-1][0], Span(holds[-1][1].start, at)
                holds.append((n, Span(at, script.ends)))
            turns[n][number] = Span(at, at + took)
            at += took + int(dice.uniform(3, 9) * SECOND)
    holds[-1] = holds[-1][0], Span(holds[-1][1].start, script.ends)
    changed = list(lives)
    for n in mates:
        others = tuple(span for who, span in holds if who != n)
        door = Door.SCAN if n == mates[0] else Door.MATE
        dark = (*first.dark, *others)
        kept = replace(lives[n], stays=first.stays, dark=dark, cut=first.cut)
        changed[n] = replace(kept, door=door, phone=f"phone-{script.number}", turns=turns[n])
    return changed


def _leave(script: Script, dice: Random, cast: "_Cast", lives: Sequence[Life]) -> Sequence[Life]:
    """The same lives, and somebody goes for good while phones lie on their faces."""
    if script.number % 6 != 4:
        return lives
    (gone,) = cast.draw(1, dice)
    down = dice.choice(script.face_down)
    life = lives[gone]
    went = dice.randint(down.start + MINUTE, down.end - MINUTE // 2)
    dark = [d for d in life.dark if d.end <= down.start]
    looks = dice.uniform(5, 15) * SECOND if dice.random() < 0.5 else 0
    dark.append(Span(down.start + int(dice.uniform(0, 20) * SECOND), went - int(looks)))
    changed = list(lives)
    changed[gone] = replace(life, stays=(Stay(Mode.ROOM, Span(life.stays[0].span.start, went)),), dark=tuple(dark))
    return changed


def leaves_unseen(script: Script, life: Life) -> bool:
    """Goes while phones lie on their faces."""
    return any(down.start < life.stays[-1].span.end < down.end for down in script.face_down if life.stays)


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


def _dark(
    script: Script, dice: Random, stays: Sequence[Stay], *, is_bad: bool, sleeps: bool
) -> tuple[Sequence[Span], frozenset[Span]]:
    """When the phone is silent, and which of these spans are the network's alone."""
    found, cut = [], list[Span]()
    for span in script.face_down:
        up = dice.uniform(3, 4) * MINUTE if dice.random() < 0.001 else dice.uniform(5, 55) * SECOND
        if any(s.span.start + MINUTE < span.start < s.span.end for s in stays):  # who comes meanwhile scans first
            found.append(Span(span.start + int(dice.uniform(0, 20) * SECOND), span.end + int(up)))
    for stay in stays:
        found += _sleeps(Span(stay.span.start, min(stay.span.end, script.ends - 2 * MINUTE)), dice) if sleeps else []
        cuts = [*_drops(stay.span, dice)] if is_bad else []
        if script.school_out and stay.mode is Mode.ROOM:
            cuts.append(Span(script.school_out.start, script.school_out.end + int(dice.uniform(1, 10) * SECOND)))
        found, cut = [*found, *cuts], [*cut, *cuts]
    return found, frozenset(cut)


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
