"""What a run is made of: activities, seats, rounds, responses, and the state they fold into.

All values are frozen; mappings inside them are never changed after they were built (`reducer.apply` copies).
Times are whole milliseconds since 1970-01-01 UTC (`Millis`), always of the server's clock.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Any, TypeAlias

import msgspec

Millis: TypeAlias = int
Json: TypeAlias = Any  # a value as JSON carries it; what it must look like is each activity's own check

NOTHING: Mapping[Any, Any] = MappingProxyType({})
OWN = ""
"""In place of a language's code: whichever the activity was written in."""


class Role(StrEnum):
    """What a ticket lets its bearer do."""

    PUPIL = "pupil"
    TEACHER = "teacher"
    OBSERVER = "observer"
    SERVER = "server"


class Screen(StrEnum):
    """Which view a connection shows."""

    PHONE = "phone"
    PROJECTOR = "projector"
    CONSOLE = "console"


class Mode(StrEnum):
    """Where a pupil takes part."""

    ROOM = "room"
    HOME = "home"


CARD = "card"
"""The claim of a pupil's paper card, in place of a browser's: the teacher read it in the room."""


class Proof(StrEnum):
    """What stands behind a mode: the classroom's changing code, the pupil's card that the teacher read there, the
    pupil's own word, or nothing."""

    CODE = "code"
    CARD = "card"
    DECLARED = "declared"
    NONE = "none"


class Standing(StrEnum):
    """How far a seat is the pupil's own. Only work of trusted seats reaches attendance, marks and profiles. `NAMELESS`
    is a stranger's: there is no name that anybody could vouch for."""

    NAMELESS = "nameless"
    PICKED = "picked"
    CONFIRMED = "confirmed"
    LAUNCHED = "launched"


class Phase(StrEnum):
    """Where a run stands."""

    LOBBY = "lobby"
    RUNNING = "running"
    ENDED = "ended"


class Audience(StrEnum):
    """Who sees the board of groups: the room's projector, or the meeting into which it is shared too."""

    ROOM = "room"
    MEETING = "meeting"


class Shown(StrEnum):
    """The three presses after a question is locked."""

    DISTRIBUTION = "distribution"
    KEY = "key"
    EXPLANATION = "explanation"


class Tempo(StrEnum):
    """What a pupil may say of the lesson's pace."""

    LOST = "lost"
    FAST = "fast"


class Visibility(StrEnum):
    """Who sees a post: its author and the teacher while it waits or is hidden, the class once it is shown, nobody after
    the teacher removed it or its author took it back."""

    WAITING = "waiting"
    SHOWN = "shown"
    HIDDEN = "hidden"
    REMOVED = "removed"
    WITHDRAWN = "withdrawn"


class Outcome(StrEnum):
    """What became of an accepted command."""

    ACCEPTED = "accepted"
    REPLACED = "replaced"
    LATE = "late"


class Confidence(StrEnum):
    """How sure a pupil is of an answer, by their own word."""

    GUESS = "guess"
    FAIRLY = "fairly"
    SURE = "sure"


class Naming(StrEnum):
    """Under which name a pupil answers: the own one, a pen name that is the same all through the lesson, or none."""

    NAMED = "named"
    PEN = "pen"
    NONE = "none"


class Answering(StrEnum):
    """Who answers at a phone of several: as they sit there, each of them alone, or all together."""

    SEATED = "seated"
    EACH = "each"
    TOGETHER = "together"


class Terms(msgspec.Struct, frozen=True, omit_defaults=True):
    """On which terms a question is asked, whatever its kind. `asks_confidence`: how sure one is may be said with the
    answer; it is the teacher's to read, and counts for nothing. `has_fair_clock`: each phone's clock starts when it
    showed the question, and the pupil is told how long the answer took; no mark knows of it. `attempts`: so many
    different answers in a round, the last counts; 0 is as many as one likes. `naming`: who is told whose answer
    it is. `counts_speed`: a right answer gives some of the lesson's own points more, the sooner by that clock; outside
    the lesson nothing knows of it. `answering`: alone or as a team, where several sit at one phone."""

    asks_confidence: bool = False
    has_fair_clock: bool = False
    attempts: Annotated[int, msgspec.Meta(ge=0, le=9)] = 0
    naming: Naming = Naming.NAMED
    counts_speed: bool = False
    answering: Answering = Answering.SEATED


class Face(msgspec.Struct, frozen=True, omit_defaults=True):
    """An activity's HTML, without the key, in a language (`locale`, its code) beside its own."""

    locale: str
    phone: str = ""
    screen: str = ""


class Activity(msgspec.Struct, frozen=True, omit_defaults=True):
    """One activity as a run holds it: a frozen copy, so that editing the lesson never changes a run.

    `content` is the activity's own JSON text, key included; it never leaves the server as it is. `phone` and
    `screen` are its HTML without the key, in the language of whoever began the run; `faces` has it in others, where
    it reads differently there. `points` counts in the score (0 is a warm-up). `seconds` None is untimed.
    `item` and `version` name the prepared activity it was copied from; ad hoc ones have none.
    """

    id: str
    kind: str
    content: str
    title: str = ""
    phone: str = ""
    screen: str = ""
    explanation: str = ""
    points: float = 1.0
    seconds: int | None = None
    item: str | None = None
    version: int = 1
    objective: str | None = None
    faces: tuple[Face, ...] = ()
    terms: Terms = Terms()

    def face(self, locale: str) -> Face:
        """How it reads in a language; in its own where it has no other words for it."""
        own = Face(OWN, self.phone, self.screen)
        return next((face for face in self.faces if face.locale == locale), own)


class Claim(msgspec.Struct, frozen=True, omit_defaults=True):
    """One browser's hold on a seat. `id` is that browser's, not the pupil's. `placed_at`: when `mode` and `proof` were
    last said, or proved anew."""

    id: str
    standing: Standing
    mode: Mode
    proof: Proof
    since: Millis
    released: bool = False
    placed_at: Millis = 0

    @property
    def is_trusted(self) -> bool:
        """The LMS or the teacher vouched for it. Stays true after the seat was freed: the work was the pupil's."""
        return self.standing in (Standing.CONFIRMED, Standing.LAUNCHED)

    @property
    def is_card(self) -> bool:
        """No browser's: answers come by the teacher's act."""
        return self.id == CARD

    @property
    def is_unconfirmed(self) -> bool:
        """A picked name that holds its seat and that nobody has vouched for yet."""
        return not self.released and self.standing is Standing.PICKED


class Participant(msgspec.Struct, frozen=True):
    """A pupil in this run. `claims` by id in the order they came; `seen` is the last sign of life in the log."""

    id: str
    joined_at: Millis
    claims: Mapping[str, Claim] = NOTHING
    seen: Millis = 0

    @property
    def active(self) -> Claim | None:
        """The newest claim that still holds the seat; a paper card only where no browser does."""
        newest = None
        for claim in self.claims.values():  # one or two: cheaper than a generator, and asked for very often
            if not claim.released and (newest is None or not claim.is_card):
                newest = claim
        return newest

    @property
    def mode(self) -> Mode:
        claim = self.active
        return claim.mode if claim else Mode.HOME

    def is_same_hand(self, one: str, other: str) -> bool:
        """Both browsers are known to be this pupil's: the same one, or both vouched for."""
        return one == other or all(c in self.claims and self.claims[c].is_trusted for c in (one, other))


class Response(msgspec.Struct, frozen=True):
    """A pupil's answer in one round. `composed_at` is the pupil's word, bounded by what the server heard. `took`: from
    the start of the pupil's own clock to this answer, where the question has a fair clock. `tries`: which different
    answer in this round it is; `first_at`: when the first of them was composed. `is_team`: it, or one before it in this
    round, was given by several at one phone; `sent_by`: by whose page, where that was not the pupil's own."""

    value: Json
    claim: str
    at: Millis
    composed_at: Millis
    confidence: Confidence | None = None
    took: Millis | None = None
    tries: int = 1
    first_at: Millis = 0
    is_team: bool = False
    sent_by: str = ""


class Post(msgspec.Struct, frozen=True):
    """One of several things that a pupil wrote in one round, or a comment `on` another one's number.

    In a `group`'s work it is a version of the group's one product, and `on` the number of the version its author saw.
    On a board of groups it is the `group`'s, whoever of it wrote it: `editors` are the others of it who changed it,
    the last one last, and `claim` is of whoever wrote what stands.

    `number` is what everybody calls it by, `id` what its author's phone does. `at` is when it was first said, `said_at`
    when these words were (an edit is a new `edition`). `value` is None once it is gone or erased. `reactions` are by
    participant; `team`: whose it is, where several wrote it at one phone; `is_done` is the teacher's mark.
    """

    number: int
    id: str
    participant: str
    claim: str
    value: Json
    at: Millis
    said_at: Millis
    composed_at: Millis
    visibility: Visibility
    edition: int = 1
    on: int = 0
    is_late: bool = False
    is_done: bool = False
    reactions: Mapping[str, str] = NOTHING
    group: int = 0
    editors: tuple[str, ...] = ()
    team: tuple[str, ...] = ()

    @property
    def is_gone(self) -> bool:
        """No screen shows it any more, and nothing brings it back."""
        return self.visibility in (Visibility.REMOVED, Visibility.WITHDRAWN)

    @property
    def is_public(self) -> bool:
        """Shown, and not erased. For a comment, its post must be so too."""
        return self.visibility is Visibility.SHOWN and self.value is not None


class Wall(msgspec.Struct, frozen=True):
    """The posts of one round by number. `acts` are the moments of each pupil's other acts in the last minute; `stamp`
    counts whatever changed."""

    posts: Mapping[int, Post] = NOTHING
    acts: Mapping[str, tuple[Millis, ...]] = NOTHING
    stamp: int = 0

    @property
    def readable(self) -> tuple[Post, ...]:
        """What a teacher can read: neither gone nor erased."""
        return tuple(p for p in self.posts.values() if not p.is_gone and p.value is not None)

    def by(self, participant: str, group: int = 0) -> tuple[Post, ...]:
        """What a pupil posted; what their group did, where a group is the author."""
        return tuple(p for p in self.posts.values() if (p.group == group if group else p.participant == participant))

    def own(self, participant: str, id: str, group: int = 0) -> Post | None:
        """The pupil's, or the group's, post of this id."""
        return next((p for p in self.by(participant, group) if p.id == id), None)


class Round(msgspec.Struct, frozen=True):
    """One asking of an activity; asking again makes the next round and keeps this one.

    `is_spent`: its key has been shown, be it hidden again now; nobody's answer to it could count any more.
    `revealed_at`: when anything of it was shown first. `about`: the number of the group that was presenting when it
    began, where it asks about a group.
    While the lesson is paused an open round has no `closes_at`, but the time that was `left`; `stopped` is how long it
    has stood still. `counts_speed`: pupils were told that speed counts, and so it does. `clock_at`: when its clock was
    set, where that was not its opening; pauses before it are taken off, as `stopped` has them.
    """

    number: int
    opened_at: Millis
    closes_at: Millis | None = None
    closed_at: Millis | None = None
    shown: tuple[Shown, ...] = ()
    is_spent: bool = False
    left: Millis | None = None
    stopped: Millis = 0
    revealed_at: Millis | None = None
    about: int = 0
    counts_speed: bool = False
    clock_at: Millis | None = None

    @property
    def is_open(self) -> bool:
        return self.closed_at is None


RoundKey: TypeAlias = tuple[str, int]


class Done(msgspec.Struct, frozen=True):
    """What a command in the log came to."""

    seq: int
    outcome: Outcome


class Break(msgspec.Struct, frozen=True):
    """The lesson stands still since `at`. `face_down`: phones lie on their faces, and their silence says nothing."""

    at: Millis
    face_down: bool = False


class Called(msgspec.Struct, frozen=True):
    """Who has the word. `number` is this call's own, so that a screen may ask for the name without knowing an id;
    `had_hand`: they had asked for it, so that the class may see the name."""

    participant: str
    number: int
    had_hand: bool


class Talk(msgspec.Struct, frozen=True):
    """Pupils talk a question over between two rounds of it, after `round`. `groups` are pairs, one of them perhaps
    three. `number` is this talk's own, so that a phone may ask for its partner's name without knowing an id. In a pause
    there is no `ends_at`, but the time that was `left`; a talk without a clock has neither."""

    activity: str
    round: int
    number: int
    groups: tuple[tuple[str, ...], ...] = ()
    ends_at: Millis | None = None
    left: Millis | None = None


class Presented(msgspec.Struct, frozen=True):
    """The group whose product the class looks at."""

    activity: str
    group: int


class PeerWork(msgspec.Struct, frozen=True):
    """Whose works each pupil was `given` to assess, by authors, in a round of peer assessment. The works are the
    answers to a round of an `activity` before it; of none where there was none."""

    activity: str
    round: int
    given: Mapping[str, tuple[str, ...]] = NOTHING


class Mate(msgspec.Struct, frozen=True):
    """A member of a team, from when `until` when, by the seat they hold at its phone."""

    who: str
    claim: str
    since: Millis
    until: Millis | None = None

    def was_there(self, at: Millis) -> bool:
        return self.since <= at and (self.until is None or at <= self.until)


class Team(msgspec.Struct, frozen=True):
    """Pupils at one phone who answer together. `host` is whose page the phone shows; `mates` are all who are or were of
    it, the host first. `number` is its own, from 1, and is never another one's."""

    number: int
    host: str
    mates: tuple[Mate, ...]

    @property
    def members(self) -> Mapping[str, str]:
        """Who is of it now, and by which claim; nobody once it was split."""
        return {m.who: m.claim for m in self.mates if m.until is None}


class Sign(msgspec.Struct, frozen=True):
    """A pupil's word on the pace; it fades by itself."""

    what: Tempo
    at: Millis


class Policy(msgspec.Struct, frozen=True, omit_defaults=True):
    """The teacher's settings of a run. `grace_ms` is added to every deadline for answers in flight."""

    grace_ms: int = 2_000
    overtime_ms: int = 600_000


class Taken(msgspec.Struct, frozen=True):
    """The step that a teacher may take back for a moment: event `seq` locked a question, or went on to `opened` (in its
    round `round`) from `before`. `was` is the round that it locked, as it stood."""

    seq: int
    at: Millis
    before: str | None = None
    was: Round | None = None
    opened: str | None = None
    round: int = 0


class State(msgspec.Struct, frozen=True):
    """A run, as the fold of its events up to `seq`.

    `extra` is how much more time a pupil has, in percent: theirs and the teacher's to know.
    `hands` is since when each hand is up; `heard` how often each pupil was called, `heard_before` how often in the
    class's lessons of late; `home_heard_at` when somebody at home last was; `picked` whom the dice proposed to
    the teacher, and nobody else knows. `groups` are the members of each group by activity; a group's number, from 1, is
    its place, and never changes. Members may have no seat: who has no phone is one too. `peers` is who assesses whom.
    `is_self_paced`: each pupil goes through the deck alone (`live_session.practice`); `looked` is, of each, which
    answers they asked to be shown, and by which claim. `veil` is the run's own secret, of which pen names are made.
    `counts_speed`: the teacher has not switched it off for the questions that say so. `podium`: who sees which groups
    are ahead.
    """

    seq: int = 0
    phase: Phase = Phase.LOBBY
    title: str = ""
    policy: Policy = Policy()
    started_at: Millis = 0
    planned_end: Millis = 0
    ended_at: Millis | None = None
    admitting: bool = False
    deck: tuple[Activity, ...] = ()
    quick: Mapping[str, Activity] = NOTHING
    current: str | None = None
    rounds: Mapping[str, tuple[Round, ...]] = NOTHING
    participants: Mapping[str, Participant] = NOTHING
    responses: Mapping[RoundKey, Mapping[str, Response]] = NOTHING
    late: Mapping[RoundKey, Mapping[str, Response]] = NOTHING
    walls: Mapping[RoundKey, Wall] = NOTHING
    done: Mapping[str, Mapping[str, Done]] = NOTHING
    hands: Mapping[str, Millis] = NOTHING
    called: Called | None = None
    picked: str | None = None
    heard: Mapping[str, int] = NOTHING
    heard_before: Mapping[str, int] = NOTHING
    home_heard_at: Millis = 0
    pace: Mapping[str, Sign] = NOTHING
    paused: Break | None = None
    talk: Talk | None = None
    extra: Mapping[str, int] = NOTHING
    taken: Taken | None = None
    goal: int | None = None
    counts_leaving: bool = False
    counts_speed: bool = True
    podium: Audience | None = None
    groups: Mapping[str, tuple[tuple[str, ...], ...]] = NOTHING
    presented: Presented | None = None
    peers: Mapping[RoundKey, PeerWork] = NOTHING
    is_self_paced: bool = False
    looked: Mapping[str, Mapping[str, str]] = NOTHING
    teams: tuple[Team, ...] = ()
    veil: str = ""

    def activity(self, id: str | None) -> Activity | None:
        """The activity of this id in the deck, or None."""
        for activity in self.deck:  # asked for with every answer: cheaper than a generator
            if activity.id == id:
                return activity
        return None

    def held(self, who: str, claim: str) -> Claim | None:
        """The claim by which this browser holds this pupil's seat."""
        sitting = self.participants.get(who)
        found = sitting.claims.get(claim) if sitting else None
        return found if found and not found.released else None

    def round(self, activity: str | None) -> Round | None:
        """The newest round of an activity, or None while it was never opened."""
        rounds = self.rounds.get(activity) if activity else None
        return rounds[-1] if rounds else None

    @property
    def exists(self) -> bool:
        return self.seq > 0

    @property
    def ends_at(self) -> Millis:
        """The first moment at which a lesson that nobody ended is over."""
        return self.planned_end + self.policy.overtime_ms + 1
