"""The questions, as Ibis expressions from tables to a table. No engine is named here.

What makes every engine say the same: every quotient has a `float64` in it, times are whole milliseconds, distinct
things are counted after `distinct`, counts are cast before they are compared, and nothing is rounded. What fewer than
ten pupils stand behind is left out, as everywhere in a school's figures.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import ibis
from ibis import _

Table: TypeAlias = Any
LEAST_PUPILS = 10
LEAST_ANSWERS = 3
"""Answers of a pupil on an objective below which their share says nothing."""


def objectives(answers: Table) -> Table:
    """By subject and objective: how many pupils, how many of them with enough answers, and the mean of their shares
    right (each pupil counts once)."""
    by_pupil = (
        answers.filter(_.objective.notnull())
        .group_by(["subject", "objective", "pupil"])
        .aggregate(answers=_.count().cast("int64"), mean=_.share.mean())
    )
    return (
        by_pupil.group_by(["subject", "objective"])
        .aggregate(
            pupils=_.count().cast("int64"),
            answers=_.answers.sum().cast("int64"),
            counted=(_.answers >= LEAST_ANSWERS).sum().cast("int64"),
            right=_.mean.mean(where=_.answers >= LEAST_ANSWERS),
        )
        .filter(_.counted >= LEAST_PUPILS)
        .order_by(["subject", "objective"])
    )


def items(answers: Table) -> Table:
    """By subject and version of an item, of each pupil's first attempt alone: how many, the mean share right, and its
    mean square, from which spreads of schools can be put together."""
    place = ibis.row_number().over(group_by=["item", "pupil"], order_by=["position", "n"])
    first = answers.mutate(place=place).filter(_.place == 0)
    return (
        first.group_by(["subject", "item"])
        .aggregate(n=_.count().cast("int64"), p=_.share.mean(), square=(_.share * _.share).mean())
        .filter(_.n >= LEAST_PUPILS)
        .order_by(["subject", "item"])
    )


def months(answers: Table) -> Table:
    """By subject and month: lessons, pupils and answers."""
    dated = answers.mutate(month=_.day.substr(0, 7))
    counts = dated.group_by(["subject", "month"]).aggregate(answers=_.count().cast("int64"), right=_.share.mean())
    pupils = _distinct(dated, "pupil", "pupils")
    lessons = _distinct(dated, "run", "lessons")
    return (
        counts.join(pupils, ["subject", "month"])
        .join(lessons, ["subject", "month"])
        .select("subject", "month", "lessons", "pupils", "answers", "right")
        .filter(_.pupils >= LEAST_PUPILS)
        .order_by(["subject", "month"])
    )


def _distinct(dated: Table, column: str, name: str) -> Table:
    one_each = dated.select("subject", "month", column).distinct()
    return one_each.group_by(["subject", "month"]).aggregate(_.count().cast("int64").name(name))


QUESTIONS: Mapping[str, Callable[[Table], Table]] = {"objectives": objectives, "items": items, "months": months}
"""Each by the name of its file."""
