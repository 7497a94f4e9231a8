"""How sure pupils were, beside whether they were right. Pure.

Who is wrong and sure has learnt something else: that is what a teacher looks for first. It is no mark, and no pupil
sees another's.
"""

from collections.abc import Iterable
from fractions import Fraction

import msgspec

from live_session.model import Confidence


class Cells(msgspec.Struct, frozen=True):
    """Answers with a word on confidence, counted: right is wholly right, sure is the highest of the three words."""

    right_sure: int = 0
    right_unsure: int = 0
    wrong_sure: int = 0
    wrong_unsure: int = 0


def is_surely_wrong(share: Fraction | float | None, confidence: Confidence | None) -> bool:
    """Not wholly right, and sure of it."""
    return share is not None and share < 1 and confidence is Confidence.SURE


def cells(answers: Iterable[tuple[Fraction | None, Confidence | None]]) -> Cells:
    """Pairs of (share right, confidence) counted. Answers without a word on it, and those that can be neither right
    nor wrong, stay out."""
    said = [(share == 1, word is Confidence.SURE) for share, word in answers if share is not None and word is not None]
    return Cells(
        said.count((True, True)), said.count((True, False)), said.count((False, True)), said.count((False, False))
    )
