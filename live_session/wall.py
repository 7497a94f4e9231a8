"""What each role may see of posts. Whatever is not built here never leaves the server. Pure.

A phone gets the first page with its state, small enough for any network; whoever wants more asks for the next one. No
card says who wrote it: names come from the edge, for posts that the class may see and where the teacher lets it.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from live_session.activities.base import PostTerms
from live_session.model import NOTHING, Json, Millis, Participant, Post, Visibility, Wall
from live_session.posts import counts, is_shown

PHONE_BYTES, PROJECTOR_BYTES = 8_000, 24_000
"""What the cards of a first page may take, as JSON."""
MOST_CARDS = 60


class Card(msgspec.Struct, frozen=True, omit_defaults=True):
    """A post as the class sees it. `value` has `photo: true` where there is one; `comments` are those to be read.
    `reactions` are counted only where nobody is named: pupils are not compared. `group`: whose it is, where groups
    post and the teacher lets the class see which."""

    n: int
    value: Json
    at: Millis
    reactions: Mapping[str, int] = NOTHING
    comments: int = 0
    is_done: bool = False
    group: int = 0


class Page(msgspec.Struct, frozen=True, omit_defaults=True):
    """Cards in the class's order, the first of `total`; `columns` says how many stand in each."""

    cards: tuple[Card, ...] = ()
    total: int = 0
    columns: Mapping[str, int] = NOTHING


class Waiting(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the console is told: that something changed, how many wait, and whether they are marked as answered. The
    posts themselves it fetches."""

    stamp: int = 0
    total: int = 0
    waiting: int = 0
    marks: bool = False


class OwnPost(msgspec.Struct, frozen=True, omit_defaults=True):
    """A pupil's own post, with the id that its phone gave it."""

    id: str
    n: int
    value: Json
    at: Millis
    visibility: Visibility
    on: int = 0
    is_late: bool = False
    is_done: bool = False


def shown(wall: Wall) -> Sequence[Post]:
    """What the class may see, without comments."""
    return [p for p in wall.posts.values() if not p.on and p.is_public]


def ordered(terms: PostTerms, posts: Iterable[Post]) -> Sequence[Post]:
    """What is not answered first; then by votes or the newest first, as the kind says."""
    if terms.by_votes:
        return sorted(posts, key=lambda p: (p.is_done, -len(p.reactions), p.number))
    return sorted(posts, key=lambda p: (p.is_done, -p.number))


def page(terms: PostTerms, wall: Wall, most_bytes: int = PHONE_BYTES) -> Page:
    """The first page, cut where it would be too large."""
    posts = shown(wall)
    columns: dict[str, int] = {}
    for post in posts:
        if column := column_of(post):
            columns[column] = columns.get(column, 0) + 1
    return Page(tuple(_fitting(terms, wall, ordered(terms, posts), most_bytes)), len(posts), columns)


def _fitting(terms: PostTerms, wall: Wall, posts: Sequence[Post], most_bytes: int) -> Iterable[Card]:
    spoken = _comments(wall)
    for post in posts[:MOST_CARDS]:
        one = card(terms, post, spoken.get(post.number, 0))
        most_bytes -= len(msgspec.json.encode(one)) + 1
        if most_bytes < 0:
            return
        yield one


def further(terms: PostTerms, wall: Wall, column: str, skip: int, most_bytes: int = PHONE_BYTES) -> tuple[Card, ...]:
    """The cards after the first `skip` of a column (empty: of all), at least one where there is one."""
    rest = [p for p in ordered(terms, shown(wall)) if not column or column_of(p) == column][skip:]
    found = tuple(_fitting(terms, wall, rest, most_bytes))
    return found or tuple(card(terms, p, 0) for p in rest[:1])


def single(terms: PostTerms, wall: Wall, number: int) -> tuple[Card, ...]:
    """One post, where the class may see it: a pupil writes below it, and it stands on no page that their phone has."""
    return tuple(card(terms, p, _comments(wall).get(number, 0)) for p in shown(wall) if p.number == number)


def comments(terms: PostTerms, wall: Wall, number: int) -> tuple[Card, ...]:
    """What the class may read below a post, the oldest first; nothing below one that it may not see."""
    if not is_shown(wall, number):
        return ()
    return tuple(card(terms, p, 0) for p in wall.posts.values() if p.on == number and p.is_public)


def _comments(wall: Wall) -> Mapping[int, int]:
    found: dict[int, int] = {}
    for post in wall.posts.values():
        if post.on and post.is_public:
            found[post.on] = found.get(post.on, 0) + 1
    return found


def column_of(post: Post) -> str:
    return str(post.value.get("column", "")) if post.value else ""


def shown_value(post: Post) -> Json:
    """What a post says, with `photo: true` in place of a photo's id."""
    return {**post.value, "photo": True} if "photo" in post.value else post.value


def card(terms: PostTerms, post: Post, spoken: int) -> Card:
    return Card(
        n=post.number,
        value=shown_value(post),
        at=post.at,
        reactions=NOTHING if terms.names or not post.reactions else counts(post),
        comments=spoken,
        is_done=post.is_done,
        group=post.group if terms.names else 0,
    )


def standing(terms: PostTerms, wall: Wall) -> Waiting:
    """What changed and what waits, for the console."""
    posts = wall.readable
    return Waiting(wall.stamp, len(posts), sum(p.visibility is Visibility.WAITING for p in posts), terms.marks)


def own_posts(wall: Wall, sitting: Participant, claim: str, group: int = 0) -> tuple[OwnPost, ...]:
    """The pupil's own posts, by browsers known to be this pupil's; what they took back is gone. With a `group`, those
    posted in its name, whoever of it wrote them."""
    return tuple(
        OwnPost(p.id, p.number, p.value, p.said_at, p.visibility, p.on, p.is_late, p.is_done)
        for p in wall.by(sitting.id, group)
        if p.group == group  # a group's product has a place of its own
        and p.visibility is not Visibility.WITHDRAWN
        and (group or sitting.is_same_hand(p.claim, claim))
    )


def own_reactions(wall: Wall, who: str) -> Mapping[int, str]:
    """What the pupil said of others' posts, by their numbers."""
    return {p.number: p.reactions[who] for p in wall.posts.values() if who in p.reactions} or NOTHING
