"""Questions that are answered without one's name: what may be told of them, and when. Pure.

The log knows who said what, because nobody answers twice; no screen, no report and no evidence does. Who has answered
is told, and so nothing may be told that grows with each of them: what was said is, once it is locked for good,
and never of fewer than five. Posts are the other way about: the teacher reads each as it comes, before the class does,
and so nobody is ever told who has posted. The operator of an installation can read its log, and pupils are promised
no more.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256

import msgspec

from live_session import activities, clocks, posts
from live_session.goal import LEAST_TOLD
from live_session.model import Activity, Json, Millis, Naming, Response, Round, State, Wall

LETTERS = "ABCDEGHKLMNPQRSTUVXY"


def is_unnamed(activity: Activity) -> bool:
    """Nobody is told who gave which answer."""
    return activity.terms.naming is not Naming.NAMED


def is_veiled(activity: Activity) -> bool:
    """Nobody is told even who has posted: a post is read as it comes, and would be that of whoever is new."""
    return is_unnamed(activity) and activities.post_terms_of(activity) is not None


def may_read_posts(state: State, activity: Activity) -> bool:
    """So many are in the lesson that a post could be anybody's."""
    return not is_veiled(activity) or len(state.participants) >= LEAST_TOLD


def is_told(activity: Activity, round_: Round, count: int) -> bool:
    """The distribution of so many answers may stand on a screen: the teacher's is no earlier than the class's."""
    return not is_unnamed(activity) or (round_.revealed_at is not None and count >= LEAST_TOLD)


def is_readable(state: State, activity: Activity, round_: Round, count: int, at: Millis) -> bool:
    """So many texts may be read one by one: nobody can add one any more, who has more time neither."""
    if not is_unnamed(activity):
        return True
    ends = [clocks.end_of(state, activity, round_, who) for who in ("", *state.extra)]
    return count >= LEAST_TOLD and all(end is not None and at > end + state.policy.grace_ms for end in ends)


def is_sealed(activity: Activity, round_: Round) -> bool:
    """What was locked stays so: somebody may have looked, and would see whose answer comes next."""
    if not is_unnamed(activity) or is_veiled(activity):
        return False
    return round_.revealed_at is not None or not activities.type_of(activity.kind).has_tally


class Unsigned(msgspec.Struct, frozen=True, omit_defaults=True):
    """An answer or a post without its author: by a pen name, or by none. Of a picture it has the `handle`."""

    value: Json
    pen: str = ""


def unsigned(state: State, activity: Activity, given: Mapping[str, Response]) -> Sequence[Unsigned]:
    """What was given, by pen name or by nobody, in an order that tells nothing; without what was erased."""
    told = [
        Unsigned(_with_handle(state, one.value), pen_of(state, activity, who))
        for who, one in given.items()
        if one.value is not None
    ]
    return sorted(told, key=lambda one: (one.pen, msgspec.json.encode(one.value)))


def unsigned_posts(state: State, activity: Activity, wall: Wall) -> Sequence[Unsigned]:
    """What a teacher can read of the posts of a round, as they came; their pictures are called by their numbers."""
    if not may_read_posts(state, activity):
        return ()
    told = [(posts.told(post), pen_of(state, activity, post.participant)) for post in wall.readable]
    return [Unsigned({**value, "photo": True} if "photo" in value else value, pen) for value, pen in told]


def pen_of(state: State, activity: Activity, who: str) -> str:
    """The pen name by which a pupil answers this question; empty where that is not how it is answered."""
    return pen_name(state, who) if activity.terms.naming is Naming.PEN else ""


def handle(state: State, upload: str) -> str:
    """Calls a picture: by its own id whoever has the class's list could ask of each pupil whether it is theirs, and
    the id tells when it was taken."""
    return sha256(f"{state.veil} {upload}".encode()).hexdigest()[:24]


def upload_by(state: State, given: Mapping[str, Response], called: str) -> tuple[str, str] | None:
    """(who sent it, its id) of the picture with this handle; for the store alone."""
    for who, one in given.items():
        if isinstance(one.value, dict) and "photo" in one.value and handle(state, one.value["photo"]) == called:
            return one.sent_by or who, one.value["photo"]
    return None


def _with_handle(state: State, value: Json) -> Json:
    has_photo = isinstance(value, dict) and "photo" in value
    return {**value, "photo": handle(state, value["photo"])} if has_photo else value


def pen_name(state: State, who: str) -> str:
    """Another name for a pupil, the same all through the lesson: two letters and three digits. Nobody can tell whose it
    is without the run's own secret."""
    drawn = int.from_bytes(sha256(f"{state.veil} {who}".encode()).digest()[:8])
    drawn, digits = divmod(drawn, 1_000)
    first, second = divmod(drawn % len(LETTERS) ** 2, len(LETTERS))
    return f"{LETTERS[first]}{LETTERS[second]}{digits:03}"
