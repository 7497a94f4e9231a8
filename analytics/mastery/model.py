"""Elo-2: ability of a pupil, of a pupil on an objective, difficulty of an objective and of an item. Pure, online.

    z = base + theta_s + mean(theta_so) - mean(d_o) - b_i,   p = 1 / (1 + exp(-z)),   e = share right - p

Each value moves by its step times `e`; steps shrink with the answers behind the value, and those of a pupil keep a
floor, because pupils learn (Pelánek 2016). All steps use what was known before the answer.

Beside every value stands its variance. An error obeys err' = err - K (p(1-p) err + noise) for whatever step K, with
noise of variance p(1-p), so the variance follows exactly to first order. That stays honest where a step keeps its
floor; 1 / (1/tau^2 + information) would shrink for ever.
"""

from collections.abc import Sequence
from math import exp, log
from typing import TypeAlias

import msgspec

START_SHARE = 0.6
"""The share right of a tenant before anybody has answered."""

SPREAD_PUPIL = 0.64
SPREAD_SKILL = 0.36
SPREAD_ITEM = 1.0
SPREAD_OBJECTIVE = 0.25
"""Variances before the first answer, on the logit scale. Pupil and skill make 1 together (tau = 1)."""


class Answer(msgspec.Struct, frozen=True, gc=False):
    """One first attempt that may count. `item` names a version: an edited item is another one. `share` is in [0, 1].

    `weight` is how far the pupil's own values move: 1, less for a team's answer. The item always learns in full.
    """

    pupil: str
    item: str
    objectives: tuple[str, ...]
    share: float
    weight: float = 1.0


class Steps(msgspec.Struct, frozen=True):
    """How far a value moves: max(first / (1 + slowing * n), floor)."""

    pupil: float = 0.6
    pupil_slowing: float = 0.1
    pupil_floor: float = 0.05
    skill: float = 0.5
    skill_slowing: float = 0.1
    skill_floor: float = 0.15
    item: float = 0.5
    item_slowing: float = 0.05
    objective: float = 0.4
    objective_slowing: float = 0.05


DEFAULT_STEPS = Steps()


class Pupil(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """`faded` says how much of an old error in `theta` is left: the sum of the logarithms of what each answer left."""

    theta: float = 0.0
    variance: float = SPREAD_PUPIL
    n: int = 0
    wins: float = 0.0
    form: float = 0.0
    form_n: float = 0.0
    last: float | None = None
    last_objectives: tuple[str, ...] = ()
    faded: float = 0.0


class Skill(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A pupil on an objective. `shared` is the covariance with the pupil's own error, as it stood at `faded`; `seen_at`
    the pupil's answers when the objective was last met; `misses` the wrong answers since the last right one."""

    theta: float = 0.0
    variance: float = SPREAD_SKILL
    shared: float = 0.0
    faded: float = 0.0
    n: int = 0
    wins: float = 0.0
    form: float = 0.0
    form_n: float = 0.0
    fast: float = 0.0
    fast_n: float = 0.0
    last: float | None = None
    misses: int = 0
    seen_at: int | None = None


class Difficulty(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Of an item or an objective: higher is harder."""

    value: float = 0.0
    variance: float = SPREAD_ITEM
    n: int = 0


class Tries(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One pupil and one item."""

    n: int = 0
    wins: float = 0.0


class Known(msgspec.Struct, frozen=True):
    """What stood in the model before an answer. `skill` is the mean ability on its objectives, `ease` that of the item
    (both over no objective at all: 0 and the item's own)."""

    pupil: Pupil
    skills: Sequence[Skill]
    objectives: Sequence[Difficulty]
    item: Difficulty
    tries: Tries
    skill: float
    ease: float


NEW_PUPIL, NEW_SKILL, NEW_ITEM, NEW_OBJECTIVE = Pupil(), Skill(), Difficulty(), Difficulty(variance=SPREAD_OBJECTIVE)
NEVER_TRIED = Tries()
SkillKey: TypeAlias = tuple[str, str]


class Model(msgspec.Struct):
    """One tenant's values. Only this module's verbs change it. `tries` is None where nobody asks (the head does) how
    often a pupil has met an item."""

    share: float = START_SHARE
    base: float = log(START_SHARE / (1 - START_SHARE))
    steps: Steps = DEFAULT_STEPS
    answers: int = 0
    pupils: dict[str, Pupil] = {}
    skills: dict[SkillKey, Skill] = {}
    objectives: dict[str, Difficulty] = {}
    items: dict[str, Difficulty] = {}
    tries: dict[tuple[str, str], Tries] | None = {}


def begin(share: float = START_SHARE, steps: Steps = DEFAULT_STEPS, *, counts_tries: bool = True) -> Model:
    """An empty model of a tenant whose mean share right is `share`, in (0, 1)."""
    return Model(share=share, base=log(share / (1 - share)), steps=steps, tries={} if counts_tries else None)


def logistic(z: float) -> float:
    """1 / (1 + exp(-z)), for every finite z."""
    if z >= 0:
        return 1 / (1 + exp(-z))
    grown = exp(z)
    return grown / (1 + grown)


def known(model: Model, answer: Answer) -> Known:
    """Everything that bears on an answer, as it stands now."""
    who, skills, objectives, theta, hard = answer.pupil, list[Skill](), list[Difficulty](), 0.0, 0.0
    for name in answer.objectives:
        skills.append(skill := model.skills.get((who, name), NEW_SKILL))
        objectives.append(objective := model.objectives.get(name, NEW_OBJECTIVE))
        theta += skill.theta
        hard += objective.value
    met = len(skills) or 1
    item = model.items.get(answer.item, NEW_ITEM)
    tries = NEVER_TRIED if model.tries is None else model.tries.get((who, answer.item), NEVER_TRIED)
    ease = -hard / met - item.value
    return Known(model.pupils.get(who, NEW_PUPIL), skills, objectives, item, tries, theta / met, ease)


def elo(model: Model, before: Known) -> float:
    """The chance of a right answer by Elo-2 alone."""
    return logistic(model.base + before.pupil.theta + before.skill + before.ease)


def learn(model: Model, answer: Answer, items_learn: bool = True) -> float:
    """Take one answer in, and return the chance that Elo-2 gave it before. With `items_learn` False, items and
    objectives stay as they are."""
    p = learn_one(model, answer, items_learn) if len(answer.objectives) == 1 else learn_any(model, answer, items_learn)
    if model.tries is not None:
        key = (answer.pupil, answer.item)
        before = model.tries.get(key, NEVER_TRIED)
        model.tries[key] = Tries(before.n + 1, before.wins + answer.share)
    model.answers += 1
    return p


def learn_any(model: Model, answer: Answer, items_learn: bool) -> float:
    """The values of the pupil and, if they learn, of the item after an answer for any number of objectives."""
    before = known(model, answer)
    p = elo(model, before)
    error, information = answer.share - p, p * (1 - p)
    _learn_pupil(model, answer, before, error, information)
    if items_learn:
        _learn_item(model, answer, before, error, information)
    return p


def learn_one(model: Model, answer: Answer, items_learn: bool) -> float:
    """`learn_any` for the one objective that nearly every answer has: the same sums in the same order, so the same to
    the bit, in a quarter of the time. A school has millions of answers, and a call costs as much as its sums: so none
    is made here but those that a value cannot do without."""
    steps, who, (name,), share, weight = model.steps, answer.pupil, answer.objectives, answer.share, answer.weight
    key = (who, name)
    pupil, skill = model.pupils.get(who, NEW_PUPIL), model.skills.get(key, NEW_SKILL)
    item, objective = model.items.get(answer.item, NEW_ITEM), model.objectives.get(name, NEW_OBJECTIVE)
    own, its, n = pupil.variance, skill.variance, pupil.n + 1
    z = model.base + pupil.theta + skill.theta + (-objective.value - item.value)
    grown = exp(-abs(z))
    p = 1 / (1 + grown) if z >= 0 else grown / (1 + grown)
    error, information = share - p, p * (1 - p)
    step = steps.pupil / (1 + steps.pupil_slowing * pupil.n)
    gain = steps.skill / (1 + steps.skill_slowing * skill.n)
    step = weight * (step if step > steps.pupil_floor else steps.pupil_floor)
    gain = weight * (gain if gain > steps.skill_floor else steps.skill_floor)
    cov = skill.shared * exp(pupil.faded - skill.faded)
    noise = information + information * information * (item.variance + (own + 2 * cov + its))
    away, pull = information * (own + cov), information * (cov + its)
    faded = pupil.faded + log(1 - step * information)
    model.skills[key] = Skill(  # in the order of its members: naming them would cost half as much again
        skill.theta + gain * error,
        its - 2 * gain * pull + gain * gain * noise,
        cov - step * pull - gain * away + step * gain * noise,
        faded,
        skill.n + 1,
        skill.wins + share,
        0.8 * skill.form + share,
        0.8 * skill.form_n + 1,
        0.5 * skill.fast + share,
        0.5 * skill.fast_n + 1,
        share,
        0 if share >= 0.5 else skill.misses + 1,
        n,
    )
    model.pupils[who] = Pupil(
        pupil.theta + step * error,
        own - 2 * step * away + step * step * noise,
        n,
        pupil.wins + share,
        0.9 * pupil.form + share,
        0.9 * pupil.form_n + 1,
        share,
        answer.objectives,
        faded,
    )
    if items_learn:
        noise = information + information * information * (own + SPREAD_SKILL)
        step = steps.item / (1 + steps.item_slowing * item.n)
        left = 1 - step * information
        after = left * left * item.variance + step * step * noise
        model.items[answer.item] = Difficulty(item.value - step * error, after, item.n + 1)
        step = steps.objective / (1 + steps.objective_slowing * objective.n)
        left = 1 - step * information
        after = left * left * objective.variance + step * step * noise
        model.objectives[name] = Difficulty(objective.value - step * error, after, objective.n + 1)
    return p


def _learn_pupil(model: Model, answer: Answer, before: Known, error: float, information: float) -> None:
    steps, pupil, share, met = model.steps, before.pupil, answer.share, len(before.skills) or 1
    # Covariances with the pupil's own error fade while other objectives are answered; brought up to date here.
    covs = [skill.shared * exp(pupil.faded - skill.faded) for skill in before.skills]
    between = sum(covs) / met
    spread = pupil.variance + 2 * between + sum(skill.variance for skill in before.skills) / (met * met)
    noise = information + information * information * (before.item.variance + spread)
    own = information * (pupil.variance + between)
    step = answer.weight * max(steps.pupil / (1 + steps.pupil_slowing * pupil.n), steps.pupil_floor)
    faded = pupil.faded + log(1 - step * information)
    for name, skill, cov in zip(answer.objectives, before.skills, covs, strict=True):
        gain = answer.weight * max(steps.skill / (1 + steps.skill_slowing * skill.n), steps.skill_floor)
        pull = information * (cov + skill.variance / met)
        variance = skill.variance - 2 * gain * pull + gain * gain * noise
        shared = cov - step * pull - gain * own + step * gain * noise
        after = _skill_after(skill, gain * error, variance, shared, share, (faded, pupil.n + 1))
        model.skills[answer.pupil, name] = after
    variance = pupil.variance - 2 * step * own + step * step * noise
    model.pupils[answer.pupil] = _pupil_after(pupil, step * error, variance, faded, answer)


def _skill_after(
    skill: Skill, moved: float, variance: float, shared: float, share: float, place: tuple[float, int]
) -> Skill:
    """A skill after one more answer; `place` is what has faded of the pupil's error, and the answers there were."""
    faded, at = place
    return Skill(
        theta=skill.theta + moved,
        variance=variance,
        shared=shared,
        faded=faded,
        n=skill.n + 1,
        wins=skill.wins + share,
        form=0.8 * skill.form + share,
        form_n=0.8 * skill.form_n + 1,
        fast=0.5 * skill.fast + share,
        fast_n=0.5 * skill.fast_n + 1,
        last=share,
        misses=0 if share >= 0.5 else skill.misses + 1,
        seen_at=at,
    )


def _pupil_after(pupil: Pupil, moved: float, variance: float, faded: float, answer: Answer) -> Pupil:
    share = answer.share
    return Pupil(
        theta=pupil.theta + moved,
        variance=variance,
        n=pupil.n + 1,
        wins=pupil.wins + share,
        form=0.9 * pupil.form + share,
        form_n=0.9 * pupil.form_n + 1,
        last=share,
        last_objectives=answer.objectives,
        faded=faded,
    )


def _learn_item(model: Model, answer: Answer, before: Known, error: float, information: float) -> None:
    """The pupil's own uncertainty is noise to an item."""
    steps = model.steps
    noise = information + information * information * (before.pupil.variance + SPREAD_SKILL)
    step = steps.item / (1 + steps.item_slowing * before.item.n)
    model.items[answer.item] = _harder(before.item, step, error, information, noise)
    for name, one in zip(answer.objectives, before.objectives, strict=True):
        step = steps.objective / (1 + steps.objective_slowing * one.n)
        model.objectives[name] = _harder(one, step, error, information, noise)


def _harder(one: Difficulty, step: float, error: float, information: float, noise: float) -> Difficulty:
    left = 1 - step * information
    return Difficulty(one.value - step * error, left * left * one.variance + step * step * noise, one.n + 1)
