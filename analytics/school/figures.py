"""Parts of expressions that questions share, each so written that every engine says the same."""

from collections.abc import Sequence
from typing import Any

from ibis import _

from analytics.rollup import LEAST_PUPILS
from analytics.school.columns import Table


def beside(rows: Table, more: Table, by: Sequence[str], columns: Sequence[str]) -> Table:
    """These columns of another table beside the rows. Where it has none, some engines put 0 and others nothing: it is
    0 everywhere."""
    joined = rows.left_join(more, by, rname="their_{name}")
    return joined.select(*rows.columns, **{name: joined[name].coalesce(0).cast("int64") for name in columns})


def count(where: Any = None) -> Any:
    """Rows of the group, or those of them."""
    return _.count(where=where).cast("int64")


def sums(*names: str) -> dict[str, Any]:
    """Columns of counts, each by its name."""
    return {name: _[name].sum().cast("int64") for name in names}


def share(part: Any, whole: Any) -> Any:
    """Nothing of nothing."""
    return part.cast("float64") / whole.nullif(0)


def told(value: Any, whole: Any) -> Any:
    """Nothing where fewer than ten stand behind it."""
    return (whole >= LEAST_PUPILS).ifelse(value, None)
