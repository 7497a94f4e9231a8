"""How answers moved from one round of a question to the next. Pure, and without names."""

from collections.abc import Mapping

import msgspec

from live_session.activities.base import AnyType, Content
from live_session.model import Json


class Movement(msgspec.Struct, frozen=True):
    """Of those who answered both times (`both`): who `changed` their answer; and, where answers can be right, who came
    to the right one, who left it, who had it both times and who never. The four leave out what was erased."""

    both: int = 0
    changed: int = 0
    to_right: int = 0
    from_right: int = 0
    stayed_right: int = 0
    stayed_wrong: int = 0


def movement(type_: AnyType, content: Content, before: Mapping[str, Json], after: Mapping[str, Json]) -> Movement:
    """From one round's answers, by pupil, to the next one's."""
    both = before.keys() & after.keys()
    shares = [(type_.share(content, before[who]), type_.share(content, after[who])) for who in both]
    right = [(first == 1, second == 1) for first, second in shares if first is not None and second is not None]
    return Movement(
        both=len(both),
        changed=sum(before[who] != after[who] for who in both),
        to_right=right.count((False, True)),
        from_right=right.count((True, False)),
        stayed_right=right.count((True, True)),
        stayed_wrong=right.count((False, False)),
    )
