"""Posts: what a class writes where each pupil may write several times. What may be asked, and what it does. Pure.

A post is called by its number; only its author's phone knows its id. What waits for the teacher, was hidden or is gone
is never a classmate's. The teacher's word is on the words that were read: where posts are read first an edit waits
anew, and so does an edit of what came late, as that was shown by the teacher alone.
"""

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from live_session.activities.base import PostTerms
from live_session.commands import Mark, Moderate, React, Submit
from live_session.errors import FORBIDDEN, FULL, INVALID, NOT_OPEN, Code, Refusal
from live_session.events import Answered, Event, PostMarked, PostsModerated, PostWithdrawn, Reacted
from live_session.model import (
    NOTHING,
    Claim,
    Json,
    Millis,
    Outcome,
    Post,
    Response,
    RoundKey,
    State,
    Visibility,
    Wall,
)

MINUTE: Millis = 60_000
A_MINUTE = 150
"""Posts and comments of a whole class that are taken in a minute; those that come faster wait on their phones."""
ACTS_A_MINUTE = 40
"""Edits, withdrawals and reactions of one pupil in a minute."""
MOST_COMMENTS = 20
"""Comments of one pupil in a round."""
EVER = 3
"""Of `most` posts at once, so many times as many ever: what was taken back makes room, but not for ever."""
MODERATED_AT_ONCE = 400

BLANK = Wall()
DECIDED = (Visibility.SHOWN, Visibility.HIDDEN, Visibility.REMOVED)
"""What a teacher may say of a post."""


def wall_of(state: State, activity: str, number: int) -> Wall:
    """The posts of a round; none where nobody has posted."""
    return state.walls.get((activity, number), BLANK)


# --- what pupils ask ------------------------------------------------------------------------------------------------


def submit(state: State, terms: PostTerms, said: Answered, command: Submit, at: Millis) -> Event | Refusal:
    """A checked value (None: taken back) becomes a post, an edit or a withdrawal. `said` is the answer as any other
    kind would log it; with a `group` it is said in its name."""
    wall = wall_of(state, said.activity, said.round)
    mine = wall.own(said.participant, command.post, said.group)
    if mine is None:
        return _add(terms, wall, replace(said, post=command.post, on=command.on), at)
    sitting = state.participants[said.participant]
    if mine.is_gone or not (said.group or sitting.is_same_hand(mine.claim, said.claim)):
        return FORBIDDEN
    if command.on != mine.on:
        return INVALID
    if pause := wait_for(wall.acts.get(said.participant, ()), ACTS_A_MINUTE, at):
        return Refusal(Code.RATE_LIMITED, pause)
    if said.value is None:
        return PostWithdrawn(said.participant, said.claim, said.activity, said.round, mine.number)
    outcome = Outcome.LATE if said.outcome is Outcome.LATE else Outcome.REPLACED
    waits = terms.approves or outcome is Outcome.LATE or mine.is_late
    return replace(said, post=mine.id, number=mine.number, on=mine.on, waits=waits, outcome=outcome)


def pause_of(terms: PostTerms, wall: Wall, mine: Iterable[Post], at: Millis) -> float:
    """Seconds until one more post is taken, of this pupil and of the class; 0 for now."""
    return max(
        wait_for((p.at for p in mine), terms.a_minute, at),
        wait_for((p.at for p in wall.posts.values()), A_MINUTE, at),
    )


def _add(terms: PostTerms, wall: Wall, said: Answered, at: Millis) -> Event | Refusal:
    if not said.post or said.value is None:
        return INVALID
    if said.on and not (terms.comments and is_shown(wall, said.on)):
        return FORBIDDEN
    mine = wall.by(said.participant, said.group)
    if len(wall.posts) >= terms.total or _has_said_all(terms, mine, is_comment=bool(said.on)):
        return FULL
    if pause := pause_of(terms, wall, mine, at):
        return Refusal(Code.RATE_LIMITED, pause)
    waits = terms.approves or said.outcome is Outcome.LATE
    return replace(said, number=1 + max(wall.posts, default=0), waits=waits)


def _has_said_all(terms: PostTerms, mine: Iterable[Post], *, is_comment: bool) -> bool:
    alike = [p for p in mine if bool(p.on) is is_comment]
    most = MOST_COMMENTS if is_comment else terms.most
    standing = sum(p.visibility is not Visibility.WITHDRAWN for p in alike)
    return standing >= most or len(alike) >= EVER * most


def is_shown(wall: Wall, number: int) -> bool:
    """The class sees this post: it is no comment, and not erased."""
    post = wall.posts.get(number)
    return post is not None and not post.on and post.is_public


def wait_for(times: Iterable[Millis], most: int, at: Millis) -> float:
    """Seconds until one more makes no more than `most` a minute; 0 for now."""
    recent = sorted(t for t in times if at - t < MINUTE)
    return 0.0 if len(recent) < most else max(0.001, (recent[-most] + MINUTE - at) / 1_000)


def react(
    state: State, terms: PostTerms, command: React, claim: Claim, who: str, at: Millis, *, group: int = 0
) -> Event | Refusal:
    """One word of each pupil for each post, never for one's own or one's group's."""
    wall = wall_of(state, command.activity, command.round)
    post = wall.posts.get(command.post)
    if post is None or not is_shown(wall, command.post):
        return NOT_OPEN
    if post.participant == who or (group and post.group == group):
        return FORBIDDEN
    if command.what is not None and command.what not in terms.reactions:
        return INVALID
    if post.reactions.get(who) == command.what:
        return NOT_OPEN
    if pause := wait_for(wall.acts.get(who, ()), ACTS_A_MINUTE, at):
        return Refusal(Code.RATE_LIMITED, pause)
    return Reacted(who, claim.id, command.activity, command.round, command.post, command.what)


# --- what a teacher asks --------------------------------------------------------------------------------------------


def moderate(wall: Wall, command: Moderate) -> Event | Refusal:
    """Those of the named posts that this changes, in the edition that was read."""
    if command.to not in DECIDED or len(command.posts) > MODERATED_AT_ONCE:
        return INVALID
    named = {n: wall.posts.get(n) for n, _ in command.posts}
    numbers = [
        number
        for number, edition in dict(command.posts).items()
        if (post := named[number])
        and not post.is_gone
        and post.edition == edition
        and post.visibility is not command.to
    ]
    return PostsModerated(command.activity, command.round, tuple(numbers), command.to) if numbers else NOT_OPEN


def mark(terms: PostTerms, wall: Wall, command: Mark) -> Event | Refusal:
    post = wall.posts.get(command.post)
    if not terms.marks or post is None or post.on or post.is_gone or post.is_done is command.is_done:
        return NOT_OPEN
    return PostMarked(command.activity, command.round, command.post, command.is_done)


# --- what it does ---------------------------------------------------------------------------------------------------


def posted(state: State, event: Answered, at: Millis) -> State:
    """A new post, or other words in an old one. What came too late to change anything stays in the log alone."""
    wall = wall_of(state, event.activity, event.round)
    before = wall.posts.get(event.number)
    if before is None:
        return _with(state, event, wall, _new(event, at))
    is_too_late = event.outcome is Outcome.LATE and not before.is_late
    if before.is_gone or is_too_late or before.composed_at > event.composed_at:
        return _with(state, event, _acted(wall, event.participant, at))
    shown = before.visibility
    changed = replace(
        before,
        value=event.value,
        claim=event.claim,
        editors=_editors(before, event.participant),
        said_at=at,
        composed_at=event.composed_at,
        edition=before.edition + 1,
        visibility=Visibility.WAITING if event.waits and shown is Visibility.SHOWN else shown,
    )
    return _with(state, event, _acted(wall, event.participant, at), changed)


def _editors(post: Post, who: str) -> tuple[str, ...]:
    """Whoever else of the group wrote words of this post, the last one last."""
    others = tuple(one for one in post.editors if one != who)
    return others if who == post.participant else (*others, who)


def _new(event: Answered, at: Millis) -> Post:
    return Post(
        number=event.number,
        id=event.post,
        participant=event.participant,
        claim=event.claim,
        value=event.value,
        at=at,
        said_at=at,
        composed_at=event.composed_at,
        visibility=Visibility.WAITING if event.waits else Visibility.SHOWN,
        on=event.on,
        is_late=event.outcome is Outcome.LATE,
        group=event.group,
        team=tuple(event.team),
    )


def withdrawn(state: State, event: PostWithdrawn, at: Millis) -> State:
    wall = _acted(wall_of(state, event.activity, event.round), event.participant, at)
    return _with(state, event, wall, *_gone(wall, [event.number], Visibility.WITHDRAWN))


def moderated(state: State, event: PostsModerated, at: Millis) -> State:
    wall = wall_of(state, event.activity, event.round)
    if event.to is Visibility.REMOVED:
        return _with(state, event, wall, *_gone(wall, event.numbers, event.to))
    changed = [replace(p, visibility=event.to) for p in _standing(wall, event.numbers)]
    return _with(state, event, wall, *changed)


def _gone(wall: Wall, numbers: Iterable[int], how: Visibility) -> list[Post]:
    """Their words leave the memory at once; that they were there is kept."""
    return [replace(p, visibility=how, value=None, reactions=NOTHING) for p in _standing(wall, numbers)]


def _standing(wall: Wall, numbers: Iterable[int]) -> list[Post]:
    """Those of these that are there: analytics folds logs in which some browsers' posts are left out."""
    return [p for n in numbers if (p := wall.posts.get(n)) and not p.is_gone]


def marked(state: State, event: PostMarked, at: Millis) -> State:
    wall = wall_of(state, event.activity, event.round)
    return _with(state, event, wall, *(replace(p, is_done=event.is_done) for p in _standing(wall, [event.number])))


def reacted(state: State, event: Reacted, at: Millis) -> State:
    wall = _acted(wall_of(state, event.activity, event.round), event.participant, at)
    changed = []
    for post in _standing(wall, [event.number]):
        others = {who: what for who, what in post.reactions.items() if who != event.participant}
        mine = {} if event.what is None else {event.participant: event.what}
        changed.append(replace(post, reactions={**others, **mine}))
    return _with(state, event, wall, *changed)


def _acted(wall: Wall, who: str, at: Millis) -> Wall:
    recent = tuple(t for t in wall.acts.get(who, ()) if at - t < MINUTE)
    return replace(wall, acts={**wall.acts, who: (*recent[1 - ACTS_A_MINUTE :], at)})


OfRound = Answered | PostWithdrawn | PostsModerated | PostMarked | Reacted


def _with(state: State, event: OfRound, wall: Wall, *changed: Post) -> State:
    posts = {**wall.posts, **{p.number: p for p in changed}}
    key: RoundKey = (event.activity, event.round)
    return replace(state, walls={**state.walls, key: replace(wall, posts=posts, stamp=wall.stamp + 1)})


# --- posts as answers -----------------------------------------------------------------------------------------------


def answers(wall: Wall, *, late: bool = False) -> Mapping[str, Response]:
    """What each pupil posted, as one answer: a list of posts as reports read them. With `late`, of those alone who
    posted nothing in time. What was taken back is no answer."""
    own: dict[str, list[Post]] = {}
    for post in wall.posts.values():
        if post.visibility is not Visibility.WITHDRAWN:
            for who in post.team or (post.participant,):
                own.setdefault(who, []).append(post)
    return {who: _answer(given) for who, given in own.items() if all(p.is_late for p in given) is late}


def _answer(given: list[Post]) -> Response:
    last = given[-1]
    values = [told(post) for post in given if post.value is not None]
    return Response(
        values or None, last.claim, max(p.said_at for p in given), last.composed_at, is_team=any(p.team for p in given)
    )


def told(post: Post) -> Json:
    """A post as the teacher reads it."""
    more = {
        "on": post.on,
        "late": post.is_late,
        "done": post.is_done,
        "reactions": counts(post),
        "group": post.group,
        "hidden": post.visibility is not Visibility.SHOWN,
    }
    return {"n": post.number, **post.value, **{name: value for name, value in more.items() if value}}


def counts(post: Post) -> Mapping[str, int]:
    """How many said what of a post."""
    said = list(post.reactions.values())
    return {what: said.count(what) for what in sorted(set(said))}
