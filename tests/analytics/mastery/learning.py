"""The model after many answers, with the one before it left alone: what its properties are told by."""

from collections.abc import Iterable
from copy import deepcopy

from analytics.mastery.model import Answer, Model, learn


def absorb(model: Model, answers: Iterable[Answer]) -> Model:
    """The model after these answers, in this order; the one given stays as it was."""
    after = deepcopy(model)
    for answer in answers:
        learn(after, answer)
    return after
