"""The tables of the facts: their columns, which every engine knows alike (text, whole numbers, doubles).

Beside the answers they are counts that name nobody, and what a school has planned: of classes by their names, never of
a lesson by its run, so that no row leads from a pupil's answers to a class. A yes is 1, a no 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import pyarrow as pa

Table: TypeAlias = Any
"""An Ibis table; its types are unknown where the extra is not installed."""
TEXT, WHOLE, DOUBLE = pa.string(), pa.int64(), pa.float64()


@dataclass(frozen=True)
class Facts:
    """What a question is asked of; a table each.

    `answers`: each answer that counts. `weeks`: a class in a subject and a week, summed over its lessons, as the head
    of department sees it; `few`: some of it was answered, by fewer than ten. `periods`: a period of the book, entered
    or as its lesson proposes it; a teacher is a number that means nothing outside the month, 0 where nobody is known.
    `rules`: what a school has set for them. `questions`: a question of a prepared lesson (`questions` 1), with how many
    lessons and works at the pupils' own pace asked it, or an objective that a lesson names (`questions` 0). `asked`:
    an objective in a class: lessons that asked it, and how many questions of it in all. `classes`: those that have a
    subject.
    """

    answers: Table
    weeks: Table
    periods: Table
    rules: Table
    questions: Table
    asked: Table
    classes: Table


ANSWERS = pa.schema(
    [
        ("position", WHOLE), ("n", WHOLE), ("run", TEXT), ("school", WHOLE), ("subject", TEXT), ("pupil", TEXT),
        ("item", TEXT), ("objective", TEXT), ("share", DOUBLE), ("weight", DOUBLE), ("at_ms", WHOLE), ("day", TEXT),
        ("origin", TEXT),
    ]
)  # fmt: skip
COUNTS = (
    "lessons", "pupils", "room", "home", "late", "absent", "not_seen", "asked", "answered", "scored", "right",
    "high", "middle", "low", "few",
)  # fmt: skip
"""Of a class in a week."""
COURSE = [("school", WHOLE), ("year", TEXT), ("subject", TEXT), ("grade", WHOLE)]
SMALL: Mapping[str, pa.Schema] = {
    "weeks": pa.schema(
        [
            ("school", WHOLE), ("year", TEXT), ("term", WHOLE), ("week", TEXT), ("grade", WHOLE), ("class", TEXT),
            ("subject", TEXT), *((name, WHOLE) for name in COUNTS),
        ]
    ),
    "periods": pa.schema(
        [
            ("school", WHOLE), ("subject", TEXT), ("month", TEXT), ("day", TEXT), ("half_day", TEXT),
            ("number", WHOLE), ("class", TEXT), ("form", TEXT), ("exempt", WHOLE), ("teacher", WHOLE),
        ]
    ),
    "rules": pa.schema(
        [
            ("school", WHOLE), ("month_least", WHOLE), ("half_day_most", WHOLE), ("row_most", WHOLE),
            ("share_target", DOUBLE),
        ]
    ),
    "questions": pa.schema(
        [
            *COURSE, ("objective", TEXT), ("questions", WHOLE), ("shared", WHOLE), ("asked", WHOLE),
            ("practised", WHOLE), ("flagged", WHOLE),
        ]
    ),
    "asked": pa.schema([*COURSE, ("objective", TEXT), ("class", TEXT), ("lessons", WHOLE), ("questions", WHOLE)]),
    "classes": pa.schema([*COURSE, ("class", TEXT)]),
}  # fmt: skip
"""Those that are written whole, every time."""
SCHEMAS: Mapping[str, pa.Schema] = {"answers": ANSWERS, **SMALL}
