"""The questions, as Ibis expressions from the facts to a table. No engine is named here; those on answers stand here,
those on counts in `classes` and `coverage`.

What makes every engine say the same: every quotient has a `float64` in it, times are whole milliseconds, distinct
things are counted after `distinct`, counts are cast before they are compared, and nothing is rounded. What fewer than
ten pupils stand behind is left out, as everywhere in a school's figures. What classes answered and what pupils did at
their own pace (`origin`) are rows of their own everywhere. What a team answered stands there for each of its members,
and weighs half of an own answer, as in the student model; of how hard a question is it says nothing.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import ibis
from ibis import _

from analytics.school.classes import attendance, participation, periods
from analytics.school.columns import Facts, Table
from analytics.school.coverage import bank, coverage

Question: TypeAlias = Callable[[Facts], Table]
LEAST_PUPILS = 10
BY_MONTH = ["subject", "month", "origin"]
LEAST_ANSWERS = 3
"""Answers of a pupil on an objective below which their share says nothing."""


def objectives(facts: Facts) -> Table:
    """By subject, objective and origin: how many pupils, how many of them with enough answers, and the mean of their
    shares right (each pupil counts once)."""
    by_pupil = (
        facts.answers.filter(_.objective.notnull())
        .group_by(["subject", "objective", "origin", "pupil"])
        .aggregate(answers=_.count().cast("int64"), mean=_mean())
    )
    return (
        by_pupil.group_by(["subject", "objective", "origin"])
        .aggregate(
            pupils=_.count().cast("int64"),
            answers=_.answers.sum().cast("int64"),
            counted=(_.answers >= LEAST_ANSWERS).sum().cast("int64"),
            right=_.mean.mean(where=_.answers >= LEAST_ANSWERS),
        )
        .filter(_.counted >= LEAST_PUPILS)
        .order_by(["subject", "objective", "origin"])
    )


def items(facts: Facts) -> Table:
    """By subject, version of an item and origin, of each pupil's first own attempt alone (no team's): how many, the
    mean share right, and its mean square, from which spreads of schools can be put together. Who met an item in class
    before is not among those who did it at their own pace."""
    order = ["position", "n"]
    answered = facts.answers.mutate(
        place=ibis.row_number().over(group_by=["item", "pupil"], order_by=order),
        own=ibis.row_number().over(group_by=["item", "pupil", "origin"], order_by=order),
    )
    first = answered.filter((_.own == 0) & ((_.place == 0) | (_.origin == "class")) & (_.weight >= 1))
    return (
        first.group_by(["subject", "item", "origin"])
        .aggregate(n=_.count().cast("int64"), p=_.share.mean(), square=(_.share * _.share).mean())
        .filter(_.n >= LEAST_PUPILS)
        .order_by(["subject", "item", "origin"])
    )


def months(facts: Facts) -> Table:
    """By subject, month and origin: lessons (or works), pupils and answers."""
    dated = facts.answers.mutate(month=_.day.substr(0, 7))
    counts = dated.group_by(BY_MONTH).aggregate(answers=_.count().cast("int64"), right=_mean())
    pupils = _distinct(dated, "pupil", "pupils")
    lessons = _distinct(dated, "run", "lessons")
    return (
        counts.join(pupils, BY_MONTH)
        .join(lessons, BY_MONTH)
        .select(*BY_MONTH, "lessons", "pupils", "answers", "right")
        .filter(_.pupils >= LEAST_PUPILS)
        .order_by(BY_MONTH)
    )


def _mean() -> Any:
    """The mean share right, each answer by its weight."""
    return (_.share * _.weight).sum() / _.weight.sum()


def _distinct(dated: Table, column: str, name: str) -> Table:
    one_each = dated.select(*BY_MONTH, column).distinct()
    return one_each.group_by(BY_MONTH).aggregate(_.count().cast("int64").name(name))


QUESTIONS: Mapping[str, Question] = {
    "objectives": objectives,
    "items": items,
    "months": months,
    "attendance": attendance,
    "participation": participation,
    "periods": periods,
    "coverage": coverage,
    "bank": bank,
}
"""Each by the name of its file."""
