"""A lesson's answers, taken into the model, and what then is known of its pupils: the consumer's fold. Pure.

Levels are as of the last lesson in which an objective was answered: a lesson changes what it asked for and nothing
else, so that closing one costs the same whether the term is young or old.
"""

from bisect import insort
from collections.abc import Collection, Iterable, Mapping, Sequence
from math import sqrt
from statistics import NormalDist
from typing import NamedTuple, TypeAlias

import msgspec

from analytics.mastery.evidence import Counted
from analytics.mastery.head import Versioned, forecast
from analytics.mastery.levels import (
    LEAST_ANSWERS,
    Curve,
    Direction,
    Growth,
    Level,
    Mastery,
    curve,
    growth,
    level,
    mastery,
)
from analytics.mastery.model import Answer, Model, Pupil, Skill, learn, logistic

_BAND = NormalDist().inv_cdf(0.9)
OVERALL = ""
"""In the place of an objective: the pupil as a whole."""
Key: TypeAlias = tuple[str, str]
"""A pupil and an objective."""
NO_GROWTH = Growth(Direction.NOT_ENOUGH, 0.0, 0.0, 0.5)


class Window(msgspec.Struct, frozen=True, gc=False):
    """A pupil on an objective as it stood after a lesson: what later growth is measured from."""

    theta: float
    variance: float
    n: int


class Estimate(msgspec.Struct, frozen=True, omit_defaults=True):
    """A pupil on an objective: the model's values, and what they mean. `days` are the days of its answers. `forecast`:
    the chance of solving a new, middling question next, by the head of version `head`; None where none speaks."""

    skill: Skill
    days: tuple[str, ...]
    windows: tuple[Window, ...]
    mastery: Mastery
    level: Level
    growth: Growth
    forecast: float | None = None
    head: int = 0


class Point(msgspec.Struct, frozen=True, gc=False):
    """Where a pupil stood after a lesson: the share right expected on a middling question, and its 80 % band."""

    day: str
    value: float
    low: float
    high: float
    n: int


class Trail(NamedTuple):
    """A pupil's way on an objective: the days of its answers, and the windows from which growth can be measured."""

    days: tuple[str, ...] = ()
    windows: tuple[Window, ...] = ()


NO_TRAIL = Trail()


class State(msgspec.Struct):
    """What a lesson needs to know, and changes: the model, every pupil's way so far, and the items of each objective
    with the objective of each item. `head` is the one that speaks of this lesson, if any does."""

    model: Model
    head: Versioned | None = None
    trails: dict[Key, Trail] = {}
    objective_of: dict[str, str] = {}
    items: dict[str, list[str]] = {}

    def ask_for(self, item: str, objective: str) -> None:
        """From now on this item is one of this objective."""
        before = self.objective_of.get(item)
        if before != objective:
            if before is not None:
                self.items[before].remove(item)
            self.objective_of[item] = objective
            insort(self.items.setdefault(objective, []), item)  # in one order, because sums of floats depend on it


class Standing(NamedTuple):
    """A pupil on an objective as they stood after a lesson: all that an estimate is made of. The curve is the same for
    the whole class. `next` is the head's word, with its version."""

    pupil: Pupil
    skill: Skill
    trail: Trail
    expected: Curve
    next: tuple[float | None, int] = (None, 0)

    def judged(self) -> Estimate:
        """What that means."""
        pupil, skill, (days, windows), expected, next_ = self
        found = mastery(pupil, skill, expected)
        return Estimate(skill, days, windows, found, level(found, len(days)), _growth(windows, skill), *next_)


class Touched(msgspec.Struct, frozen=True):
    """Whom and what a lesson was about, each in the order in which it first came, and where pupils stood after it."""

    skills: Mapping[Key, Standing]
    points: Mapping[str, Point]
    items: Collection[str]


class Changed(msgspec.Struct, frozen=True):
    """What a lesson has changed."""

    estimates: Mapping[Key, Estimate]
    points: Mapping[str, Point]
    items: Collection[str]
    objectives: Collection[str]


def take(state: State, answers: Sequence[Counted], day: str) -> Changed:
    """Take a lesson's answers in, and say what has changed. The same answers in the same order: the same bits."""
    touched = learn_all(state, [one.answer for one in answers], day)
    estimates = {key: standing.judged() for key, standing in touched.skills.items()}
    return Changed(estimates, touched.points, touched.items, frozenset(objective for _, objective in touched.skills))


def learn_all(state: State, answers: Iterable[Answer], day: str) -> Touched:
    """Take a lesson's answers into the model and lengthen its pupils' trails. Nobody is judged yet: who makes a model
    anew need not judge what a later lesson writes over."""
    pupils, skills, items = dict[str, None](), dict[Key, None](), dict[str, None]()
    for answer in answers:
        learn(state.model, answer)
        pupils[answer.pupil] = None
        if answer.item not in items:
            items[answer.item] = None
            for objective in answer.objectives:
                state.ask_for(answer.item, objective)
        for objective in answer.objectives:
            skills[answer.pupil, objective] = None
    curves = {o: curve(state.model, o, state.items.get(o, ())) for o in {objective for _, objective in skills}}
    for key in skills:
        state.trails[key] = _longer(state.trails.get(key, NO_TRAIL), state.model.skills[key], day)
    return Touched(
        {key: _standing(state, key, curves[key[1]]) for key in skills},
        {who: point(state.model, state.model.pupils[who], day) for who in pupils},
        items.keys(),
    )


def _standing(state: State, key: Key, expected: Curve) -> Standing:
    pupil, skill = state.model.pupils[key[0]], state.model.skills[key]
    one = state.head
    if one is None:
        return Standing(pupil, skill, state.trails[key], expected)
    chance = forecast(state.model, one.head, pupil, skill, key[1])
    return Standing(pupil, skill, state.trails[key], expected, (chance, one.version))


def point(model: Model, pupil: Pupil, day: str) -> Point:
    """A pupil's ability as a share right on a question of middle difficulty."""
    spread = _BAND * sqrt(max(pupil.variance, 1e-6))
    value, low, high = (logistic(model.base + pupil.theta + k) for k in (0.0, -spread, spread))
    return Point(day, value, low, high, pupil.n)


def _longer(trail: Trail, skill: Skill, day: str) -> Trail:
    days = trail.days
    if not days or day > days[-1]:
        days = (*days, day)
    elif day not in days:
        days = tuple(sorted((*days, day)))
    return Trail(days, _thin((*trail.windows, Window(skill.theta, skill.variance, skill.n))))


def _thin(windows: tuple[Window, ...]) -> tuple[Window, ...]:
    """The windows that growth can still be measured from: of those at least five answers back, the newest, and all
    after it."""
    latest = windows[-1].n - LEAST_ANSWERS
    for first in range(len(windows) - 2, 0, -1):
        if windows[first].n <= latest:
            return windows[first:]
    return windows


def _growth(windows: Sequence[Window], now: Skill) -> Growth:
    """From the newest window that ended at least five answers before."""
    before = [w for w in windows if w.n >= LEAST_ANSWERS and now.n - w.n >= LEAST_ANSWERS]
    if not before:
        return NO_GROWTH
    then = before[-1]
    return growth(Skill(theta=then.theta, variance=then.variance, n=then.n), now)
