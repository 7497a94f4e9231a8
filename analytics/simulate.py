"""A school that never was, from a seed: pupils who learn, items of known difficulty, classes that choose options.

It gives the head its first weights (weights learnt from real pupils of others are not ours to ship), and tests their
truth. The same seed gives the same school on every machine. Random numbers are for statistics, never for secrets.
"""

from collections.abc import Mapping, Sequence
from math import exp
from random import Random

import msgspec

from analytics.items import Reply, Trait
from analytics.mastery.model import Answer, logistic


class Plan(msgspec.Struct, frozen=True):
    """How big a school is, and how its pupils are. Spreads are standard deviations on the logit scale; `gain` is what
    one answer adds to a pupil's skill at first, less and less as the skill is practised."""

    pupils: int = 300
    objectives: int = 30
    items: int = 20
    """For each objective."""
    lessons: int = 20
    questions: int = 8
    spread_pupil: float = 0.8
    spread_skill: float = 0.6
    spread_item: float = 1.0
    spread_objective: float = 0.5
    base: float = 0.5
    gain: float = 0.1
    slip: float = 0.25
    """How strongly pupils have good and bad days (standard deviation of a lesson)."""


PLAN = Plan()


class World(msgspec.Struct, frozen=True):
    """The truth, and the answers that it led to, in their order. Abilities are those after the last answer."""

    answers: Sequence[Answer]
    ability: Mapping[str, float]
    skill: Mapping[tuple[str, str], float]
    item: Mapping[str, float]
    objective_of: Mapping[str, str]
    base: float

    def chance(self, pupil: str, item: str) -> float:
        """The true chance that this pupil solves this item."""
        return logistic(self.base + self.ability[pupil] + self.skill[pupil, self.objective_of[item]] - self.item[item])


def school(seed: int, plan: Plan = PLAN) -> World:
    """Lessons one after the other; in each, every pupil is asked the same items: mostly of this week's objective, some
    of an earlier one, and now and then one that was asked before."""
    random = Random(seed)  # noqa: S311 - statistics
    names = [f"o{n}" for n in range(plan.objectives)]
    pupils = [f"p{n}" for n in range(plan.pupils)]
    hard = {o: random.gauss(0, plan.spread_objective) for o in names}
    item = {f"{o}.{n}": hard[o] + random.gauss(0, plan.spread_item) for o in names for n in range(plan.items)}
    ability = {p: random.gauss(0, plan.spread_pupil) for p in pupils}
    skill = {(p, o): random.gauss(0, plan.spread_skill) for p in pupils for o in names}
    world = World([], ability, skill, item, {i: i.split(".")[0] for i in item}, plan.base)
    answers: list[Answer] = []
    practised: dict[tuple[str, str], int] = {}
    for lesson in range(plan.lessons):
        mood = {p: random.gauss(0, plan.slip) for p in pupils}
        for _ in range(plan.questions):
            o = names[lesson % len(names)] if random.random() < 0.7 else random.choice(names[: lesson + 1])
            asked = f"{o}.{random.randrange(plan.items)}"
            for p in pupils:
                z = plan.base + ability[p] + skill[p, o] + mood[p] - item[asked]
                answers.append(Answer(p, asked, (o,), float(random.random() < logistic(z))))
                done = practised[p, o] = practised.get((p, o), 0) + 1
                skill[p, o] += plan.gain * exp(-done / 10)
    return msgspec.structs.replace(world, answers=tuple(answers))


class Homework(msgspec.Struct, frozen=True):
    """Pupils who work each in their own order: a few items of one objective at a time, then another or an earlier one.
    `mood` is how much better or worse a whole stretch of work goes, for reasons that no count shows."""

    pupils: int = 400
    objectives: int = 60
    items: int = 40
    answers: int = 90
    """The median of a pupil; a third of the pupils give less than half or more than twice as many."""
    base: float = 0.6
    spread_pupil: float = 0.8
    spread_skill: float = 0.6
    spread_item: float = 1.0
    spread_objective: float = 0.5
    mood: float = 0.8
    gain: float = 0.1
    again: float = 0.3
    """How often a stretch goes back to an objective met before."""


HOMEWORK = Homework()


def homework(seed: int, plan: Homework = HOMEWORK) -> Mapping[str, Sequence[Answer]]:
    """Each pupil's answers, in the pupil's own order."""
    random = Random(seed)  # noqa: S311 - statistics
    hard = [random.gauss(0, plan.spread_objective) for _ in range(plan.objectives)]
    item = [[h + random.gauss(0, plan.spread_item) for _ in range(plan.items)] for h in hard]
    return {f"p{n}": _work(f"p{n}", random, plan, item) for n in range(plan.pupils)}


def _work(pupil: str, random: Random, plan: Homework, item: Sequence[Sequence[float]]) -> Sequence[Answer]:
    ability, goal = random.gauss(0, plan.spread_pupil), max(1, round(plan.answers * exp(random.gauss(0, 0.7))))
    skill: dict[int, float] = {}
    done: dict[int, int] = {}
    answers: list[Answer] = []
    while len(answers) < goal:
        next_one = min(plan.objectives - 1, len(answers) * plan.objectives // goal + random.randrange(8))
        o = random.choice(list(skill)) if skill and random.random() < plan.again else next_one
        level = ability + skill.setdefault(o, random.gauss(0, plan.spread_skill)) + random.gauss(0, plan.mood)
        for _ in range(random.randint(3, 10)):
            asked = random.randrange(plan.items)
            right = random.random() < logistic(plan.base + level - item[o][asked])
            answers.append(Answer(pupil, f"o{o}.{asked}", (f"o{o}",), float(right)))
            step = plan.gain * exp(-done.get(o, 0) / 10)
            done[o], skill[o], level = done.get(o, 0) + 1, skill[o] + step, level + step
    return answers


def interleave(pupils: Mapping[str, Sequence[Answer]], seed: int) -> Sequence[Answer]:
    """All answers in one order, as if everybody had worked through the same year: each pupil's own order is kept."""
    random = Random(seed)  # noqa: S311 - an order, no secret
    keyed = []
    for number, (_, answers) in enumerate(sorted(pupils.items())):
        offset = random.random()
        keyed += [((k + offset) / len(answers), number, k, answer) for k, answer in enumerate(answers)]
    keyed.sort(key=lambda row: row[:3])
    return [answer for *_, answer in keyed]


OPTIONS = ("A", "B", "C", "D")


class Sheet(msgspec.Struct, frozen=True):
    """One class and one test. `miskeyed` are the items whose key names another option than the right one."""

    replies: Sequence[Reply]
    traits: Mapping[str, Trait]
    miskeyed: frozenset[str]
    discrimination: Mapping[str, float]


def paper(seed: int, pupils: int = 45, items: int = 15, miskeyed: int = 0) -> Sheet:
    """A class at a test of four options an item: 2PL, and those who do not know choose a distractor, some of which
    are more tempting than others."""
    random = Random(seed)  # noqa: S311 - statistics
    names = [f"i{n}" for n in range(items)]
    wrong = frozenset(random.sample(names, miskeyed))
    slope = {i: exp(random.gauss(0.1, 0.3)) for i in names}
    hard = {i: random.gauss(-0.4, 0.8) for i in names}
    right = {i: random.choice(OPTIONS) for i in names}
    others = {i: [o for o in OPTIONS if o != right[i]] for i in names}
    tempting = {i: [random.uniform(0.3, 1.0) for _ in others[i]] for i in names}
    keys = {i: random.choice(others[i]) if i in wrong else right[i] for i in names}
    replies = []
    for n in range(pupils):
        ability = random.gauss(0, 1)
        for i in names:
            solves = random.random() < logistic(slope[i] * (ability - hard[i]))
            chosen = right[i] if solves else random.choices(others[i], tempting[i])[0]
            seconds = exp(random.gauss(3.2, 0.4))
            replies.append(Reply(f"p{n}", i, float(chosen == keys[i]), (chosen,), seconds))
    return Sheet(replies, {i: Trait(OPTIONS, (keys[i],)) for i in names}, wrong, slope)
