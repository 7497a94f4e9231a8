"""What the model's values mean for one pupil: mastery with its band, a level, growth, strengths. Pure.

Keys and numbers only. A level is a matter of probability: where the answers do not decide, the pupil is on the way;
where they are too few, nothing is said. Every comparison is of a pupil with the same pupil.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from math import exp, floor, sqrt
from statistics import NormalDist, fmean

import msgspec

from analytics.mastery.model import NEW_ITEM, NEW_OBJECTIVE, Model, Pupil, Skill, logistic

LEAST_ANSWERS = 5
LEAST_DAYS = 2
MET, STRONG = 0.6, 0.8
"""Expected shares right."""
SURE = 0.8
SURE_OF_GROWTH = 0.9
CLEARLY = 1.28
"""Standard errors off a pupil's own mean (90 %, one-sided)."""
AT_MOST = 3
LAG = 0.08
"""How much wider a band is where a right answer tells little: a pupil learns meanwhile, the value follows in steps of
what each answer tells, and so stays behind. Chosen in simulation (tests/analytics/mastery/test_model.py)."""
LEAST_TOLD = 0.02
"""Of p (1 - p): questions that nearly all, or nearly none, solve widen a band by no more than this says."""
_NORMAL = NormalDist()
_BAND = _NORMAL.inv_cdf(0.9)


class Level(StrEnum):
    """Chưa đủ dữ liệu, Chưa đạt, Đang hình thành, Đạt, Vững: the pages have the words."""

    NOT_ENOUGH = "not_enough"
    NOT_MET = "not_met"
    FORMING = "forming"
    MET = "met"
    STRONG = "strong"


class Mastery(msgspec.Struct, frozen=True):
    """The share right that is expected on an objective's items, with its band of 80 %; `met` and `strong` are the
    chances that it is at least .6 and .8. `n` answers stand behind it."""

    value: float
    low: float
    high: float
    met: float
    strong: float
    n: int


class Direction(StrEnum):
    """Where a pupil is going on an objective."""

    NOT_ENOUGH = "not_enough"
    UP = "up"
    STEADY = "steady"
    DOWN = "down"


class Growth(msgspec.Struct, frozen=True):
    """`change` on the logit scale, its standard error, and the chance that it is upwards."""

    direction: Direction
    change: float
    error: float
    upwards: float


class Contrast(msgspec.Struct, frozen=True):
    """Objectives on which a pupil is clearly above and below their own mean; the clearest first, at most three each."""

    strengths: Sequence[str]
    weaknesses: Sequence[str]


def error(pupil: Pupil, skill: Skill) -> float:
    """The standard error of a pupil's ability on an objective (theta_s + theta_so), in logits."""
    return sqrt(max(pupil.variance + skill.variance + 2 * covariance(pupil, skill), 1e-6))


def covariance(pupil: Pupil, skill: Skill) -> float:
    """Of the errors of the two, today: it fades with the answers on other objectives."""
    return skill.shared * exp(pupil.faded - skill.faded) if skill.shared else 0.0


class Curve:
    """The share right that an ability is expected to reach on the items of an objective: the mean of their logistic
    curves. Worked out at knots when somebody's ability first comes near, and between two of them the cubic that has the
    curve's values and slopes there (off by less than 1e-7): a class costs little more than a pupil, however many
    questions the term has brought. `variance` is that of the mean difficulty."""

    STEP = 0.125

    def __init__(self, eases: Sequence[float], variance: float) -> None:
        self.eases, self.variance = eases, variance
        self._knots: dict[int, tuple[float, float]] = {}
        self._needed: dict[float, float] = {}

    def __call__(self, ability: float) -> float:
        number = floor(ability / self.STEP)
        t = ability / self.STEP - number
        (low, rising), (high, leaving) = self._knot(number), self._knot(number + 1)
        rise = high - low
        cubic = low + t * (rising + t * (3 * rise - 2 * rising - leaving + t * (rising + leaving - 2 * rise)))
        return min(max(cubic, 0.0), 1.0)

    def needed(self, share: float) -> float:
        """The ability at which this share is expected; it grows with ability, so halving finds it."""
        if share not in self._needed:
            low, high = -40.0 - max(self.eases), 40.0 - min(self.eases)
            for _ in range(60):
                middle = (low + high) / 2
                low, high = (middle, high) if self(middle) < share else (low, middle)
            self._needed[share] = (low + high) / 2
        return self._needed[share]

    def _knot(self, number: int) -> tuple[float, float]:
        """Value and slope (a step's worth of it)."""
        found = self._knots.get(number)
        if found is None:
            at = number * self.STEP
            shares = [logistic(at + ease) for ease in self.eases]
            slope = sum([p * (1 - p) for p in shares]) / len(shares)
            found = self._knots[number] = (sum(shares) / len(shares), slope * self.STEP)
        return found


def curve(model: Model, objective: str, items: Iterable[str]) -> Curve:
    """Of an objective over these items (versions); without any, over one as hard as the objective."""
    hard = model.objectives.get(objective, NEW_OBJECTIVE)
    known = [model.items.get(item, NEW_ITEM) for item in items]
    eases = [model.base - hard.value - item.value for item in known] or [model.base - hard.value]
    # An error in an item's difficulty is one in the mean of all; that of the objective is in every one of them.
    unsure = sum([item.variance for item in known]) / len(known) ** 2 if known else 0.0
    return Curve(eases, hard.variance + unsure)


def mastery(pupil: Pupil, skill: Skill, expected: Curve) -> Mastery:
    """Mastery of an objective by a pupil, as the objective's curve has it."""
    at, own = pupil.theta + skill.theta, error(pupil, skill)
    value = expected(at)
    told = max(value * (1 - value), LEAST_TOLD)
    spread = sqrt(own * own * (1 + LAG * (0.25 / told - 1)) + expected.variance)
    low, high = expected(at - _BAND * spread), expected(at + _BAND * spread)
    met, strong = (_NORMAL.cdf((at - expected.needed(share)) / spread) for share in (MET, STRONG))
    return Mastery(value, low, high, met, strong, skill.n)


def level(found: Mastery, days: int) -> Level:
    """The level that a mastery stands for; `days` are the different days on which its answers were given."""
    if found.n < LEAST_ANSWERS or days < LEAST_DAYS:
        return Level.NOT_ENOUGH
    if found.strong >= SURE:
        return Level.STRONG
    if found.met >= SURE:
        return Level.MET
    return Level.NOT_MET if 1 - found.met >= SURE else Level.FORMING


def growth(before: Skill, after: Skill) -> Growth:
    """From the end of one window to the end of the next; both need five answers. Items' difficulty is in the model, so
    that harder tests do not look like going back. The two errors are taken as independent, which is careful."""
    if before.n < LEAST_ANSWERS or after.n - before.n < LEAST_ANSWERS:
        return Growth(Direction.NOT_ENOUGH, 0.0, 0.0, 0.5)
    change, spread = after.theta - before.theta, sqrt(before.variance + after.variance)
    upwards = _NORMAL.cdf(change / spread)
    if upwards >= SURE_OF_GROWTH:
        return Growth(Direction.UP, change, spread, upwards)
    down = upwards <= 1 - SURE_OF_GROWTH
    return Growth(Direction.DOWN if down else Direction.STEADY, change, spread, upwards)


def contrast(skills: Mapping[str, Skill]) -> Contrast:
    """A pupil's objectives against the pupil's own mean over those with five answers or more."""
    enough = {name: skill for name, skill in skills.items() if skill.n >= LEAST_ANSWERS}
    if len(enough) < 2:
        return Contrast((), ())
    mean = fmean(skill.theta for skill in enough.values())
    z = {name: (skill.theta - mean) / sqrt(max(skill.variance, 1e-6)) for name, skill in enough.items()}
    order = sorted(z, key=lambda name: (-z[name], name))
    strong = [name for name in order if z[name] >= CLEARLY][:AT_MOST]
    weak = [name for name in reversed(order) if z[name] <= -CLEARLY][:AT_MOST]
    return Contrast(strong, weak)
