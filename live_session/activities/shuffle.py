"""Parts of an activity in another order than they were written in, so that the order tells nothing of the key."""

import hashlib
from collections.abc import Iterable, Sequence


def shuffled(texts: Iterable[str]) -> tuple[str, ...]:
    """The texts by their digests: the same for everybody, every time, and whatever order they come in.

    Every phone and every process must show one order, and the order of writing is the key.
    """
    return tuple(sorted(texts, key=lambda text: hashlib.sha256(text.encode()).digest()))


def not_as(written: Sequence[str]) -> tuple[str, ...]:
    """Shuffled, and never as they were written: an order that is right already is no question. That is all it tells."""
    mixed = shuffled(written)
    return mixed if mixed != tuple(written) else mixed[::-1]
