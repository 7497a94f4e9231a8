"""A run's state as bytes, so that recovery reads the newest snapshot and the tail instead of the whole lesson.

A snapshot is never truth: it can be thrown away at any time, and is when it was not made by this very release's way of
folding, or belongs to another epoch. It never holds a pupil's words: these stay in the content table alone, so that
erasing them there is enough, and come back in when a snapshot is read (`with_words`).
"""

import zlib
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path

import msgspec
from msgspec.structs import replace

from live_session import activities, effects, teams
from live_session.events import Answered, Logged
from live_session.model import Outcome, Post, Response, RoundKey, State, Wall

EVERY = 400
"""Events after which a run's snapshot is made anew: so many, and what came since, are read at a recovery."""

_FOLDED_IN = (effects, activities)
"""Whatever stands beside these may fold: a digest of too much costs one reading of a log, of too little a lesson folded
in two ways."""

_encoder = msgspec.msgpack.Encoder(enc_hook=dict)  # the empty mappings of a new state are read-only proxies
_decoder: msgspec.msgpack.Decoder[State] = msgspec.msgpack.Decoder(State)


def way_of_folding() -> str:
    """A digest of the code that folds: whoever changes it need not remember that snapshots exist."""
    digest = sha256()
    for file in folding_files():
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def folding_files() -> Iterator[Path]:
    """The code that `way_of_folding` is a digest of, always in the same order."""
    for module in _FOLDED_IN:
        yield from sorted(Path(module.__file__ or "").parent.glob("*.py"))


MADE_BY = way_of_folding()


def pack(state: State) -> bytes:
    """The state without pupils' words."""
    responses, late = _blank(state, state.responses), _blank(state, state.late)
    blank = replace(state, responses=responses, late=late, walls=_wordless(state.walls))
    return zlib.compress(_encoder.encode(blank), 1)


def unpack(data: bytes) -> State | None:
    """The state, pupils' words still missing; None when these bytes are none."""
    try:
        return _decoder.decode(zlib.decompress(data))
    except (zlib.error, msgspec.MsgspecError):
        return None


Table = Mapping[RoundKey, Mapping[str, Response]]


def _blank(state: State, table: Table) -> Table:
    private = {a.id for a in state.deck if activities.type_of(a.kind).is_private}
    return {
        key: {who: replace(r, value=None) for who, r in given.items()} if key[0] in private else given
        for key, given in table.items()
    }


def _wordless(walls: Mapping[RoundKey, Wall]) -> Mapping[RoundKey, Wall]:
    """Posts are texts, of whatever kind."""
    return {
        key: replace(wall, posts={n: replace(p, value=None) for n, p in wall.posts.items()})
        for key, wall in walls.items()
    }


def with_words(state: State, texts: Iterable[Logged]) -> State:
    """The state with these answers' words put back in: the events up to its `seq` that have some, in order.

    An answer has its words when it is the very one that the state remembers; of two that look alike the later one, as
    in the fold.
    """
    tables = {False: _copy(state.responses), True: _copy(state.late)}
    walls = {key: dict(wall.posts) for key, wall in state.walls.items()}
    for logged in texts:
        if not isinstance(event := logged.event, Answered):
            continue
        if event.post:
            _put_back(walls.get((event.activity, event.round), {}), event, logged.at)
            continue
        given = tables[event.outcome is Outcome.LATE].get((event.activity, event.round), {})
        for who, claim in teams.members_of(event).items():
            sender = "" if who == event.participant else event.participant
            said, kept = (logged.at, event.composed_at, claim, sender), given.get(who)
            if kept and (kept.at, kept.composed_at, kept.claim, kept.sent_by) == said:
                given[who] = replace(kept, value=event.value)
    whole = {key: replace(wall, posts=walls[key]) for key, wall in state.walls.items()}
    return replace(state, responses=tables[False], late=tables[True], walls=whole)


def _put_back(posts_: dict[int, Post], event: Answered, at: int) -> None:
    kept = posts_.get(event.number)
    if (
        kept
        and not kept.is_gone
        and (kept.said_at, kept.composed_at, kept.claim) == (at, event.composed_at, event.claim)
    ):
        posts_[event.number] = replace(kept, value=event.value)


def _copy(table: Table) -> dict[RoundKey, dict[str, Response]]:
    return {key: dict(given) for key, given in table.items()}
