"""What attendance says, held to the truth."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from random import Random

from analytics.attendance import Proposal, Status
from analytics.presence import common
from analytics.reader import RunSnapshot
from analytics.spans import Span
from analytics.spotcheck import Candidate, ErrorRate, Look, draw, rates
from live_session.model import Millis, Mode, Proof
from tests.term.play import Taken
from tests.term.script import MINUTE, Life, Script, Stay, leaves_unseen


@dataclass
class Tally:
    """Of many pupil-lessons. `present`: those truly there for some time, or seen; `near` of them within a minute;
    `placed`: those truly there who were no relays, `right` of them where they truly were longer; `wronged`: those who
    were there for the whole lesson with an outage in it or on a shared phone, and something was held against them.
    `sharing` and `near_sharing`, `gone` and `near_gone`: of `present` and `near`, those on a shared phone (`unsaid`:
    what is called unknown of them), and those who went while phones lay on their faces; `overstayed`: those of these
    who are said to have been there longer."""

    present: int = 0
    near: int = 0
    placed: int = 0
    right: int = 0
    wronged: list[str] = field(default_factory=list)
    ghosts: list[str] = field(default_factory=list)
    overstayed: list[str] = field(default_factory=list)
    sharing: int = 0
    near_sharing: int = 0
    unsaid: Millis = 0
    gone: int = 0
    near_gone: int = 0
    relays: int = 0
    passed: int = 0
    refused: int = 0
    slipped: int = 0
    proved: int = 0
    looks: list[Look] = field(default_factory=list)
    checked: Counter[str] = field(default_factory=Counter)
    worst: list[tuple[Millis, str]] = field(default_factory=list)

    def add(self, script: Script, snapshot: RunSnapshot, taken: Taken) -> None:
        """One lesson more."""
        for life in script.lives:
            self._add(script, life, snapshot.proposals.get(life.who))
        self.refused += taken.refused
        self.slipped += taken.slipped
        self.relays += sum(life.door == "relayed" for life in script.lives if life.stays)
        self.passed += len(taken.relayed)
        self._check(script, taken)

    def _add(self, script: Script, life: Life, found: Proposal | None) -> None:
        name = f"{script.number}/{life.who}"
        truth = sum(s.span.length for s in clipped(script, life))
        if not truth:
            self.ghosts += [name] if found and found.status is not Status.NOT_SEEN else []
            return
        measured = found.room_ms + found.home_ms if found else 0
        # With an outage, or where another has the phone, what is called unknown is neither presence nor absence; else
        # nothing may be.
        unknown = found.unknown_ms if found and (script.outages or life.phone) else 0
        gap = max(truth - unknown - measured, measured - truth)
        self.present += 1
        self.near += gap <= MINUTE
        if gap > MINUTE:
            self.worst.append((gap, name))
        if life.door != "relayed":
            self.placed += 1
            self.right += found is not None and found.status == longer(life)
        self._add_rare(script, life, gap <= MINUTE, measured - truth, unknown)
        if (script.outages or life.phone) and is_whole(script, life) and (found is None or _is_held_against(found)):
            self.wronged.append(name)

    def _add_rare(self, script: Script, life: Life, is_near: bool, too_long: Millis, unknown: Millis) -> None:
        if life.phone:
            self.sharing += 1
            self.near_sharing += is_near
            self.unsaid += unknown
        if leaves_unseen(script, life):
            self.gone += 1
            self.near_gone += is_near
            self.overstayed += [f"{script.number}/{life.who}"] if too_long > MINUTE else []

    def _check(self, script: Script, taken: Taken) -> None:
        """The teacher looks for three of those whom a code proved to be in the room."""
        proved = sorted(taken.proved | taken.relayed)
        dice = Random(f"check-{script.number}")
        pool = [Candidate(who, Proof.CODE, self.checked[who]) for who in proved]
        drawn = draw(pool, [dice.random() for _ in pool])
        self.proved += len(proved)
        self.checked.update(drawn)
        self.looks += [Look(Proof.CODE, who not in taken.relayed) for who in drawn]

    @property
    def estimate(self) -> ErrorRate:
        """What the spot check says of the code."""
        return rates(self.looks)[0]

    @property
    def lines(self) -> Iterable[str]:
        """For people."""
        yield f"presence within a minute   {self.near} of {self.present} pupil-lessons ({self.near / self.present:.2%})"
        yield f"mode right, without relays {self.right} of {self.placed} ({self.right / self.placed:.2%})"
        yield f"codes outside their window {self.refused} refused, {self.slipped} taken"
        share = f"{self.passed / self.proved:.2%} of {self.proved} proofs" if self.proved else "no proofs"
        yield f"live relays                {self.passed} of {self.relays} passed, {share}"
        said = self.estimate
        yield f"spot check's estimate      {said.missed} of {said.n} not seen, hardly above {said.most:.2%}"
        least = self.unsaid / max(1, self.sharing) / MINUTE
        yield f"on a shared phone          {self.near_sharing} of {self.sharing}, {least:.1f} min each called unknown"
        yield f"went with phones down      {self.near_gone} of {self.gone}, {len(self.overstayed)} said to stay longer"
        yield f"wronged by what is unknown {len(self.wronged)}; seen who were away {len(self.ghosts)}"


def clipped(script: Script, life: Life) -> Sequence[Stay]:
    """Where the pupil truly was, within the lesson."""
    return [Stay(s.mode, Span(max(s.span.start, script.begins), min(s.span.end, script.ends))) for s in life.stays]


def longer(life: Life) -> Mode:
    """Where the pupil truly was for longer."""
    return max(Mode, key=lambda mode: sum(s.span.length for s in life.stays if s.mode is mode))


def is_whole(script: Script, life: Life) -> bool:
    """There all the time: from the first three minutes to the end."""
    lesson = [Span(script.begins + 4 * MINUTE, script.ends)]
    return common([s.span for s in life.stays], lesson) == lesson[0].length


def _is_held_against(found: Proposal) -> bool:
    return found.is_partial or found.is_late or found.left_early or found.status is Status.NOT_SEEN
