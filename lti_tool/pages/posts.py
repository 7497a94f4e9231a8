"""`GET /live/posts/…`: what a class posted beyond the first page, comments and photos, under the lesson's ticket.

A pupil's phone asks. It is told what the class may see and nothing else; names only where the teacher lets classmates
see them, and only of pupils whom the LMS or the teacher vouched for.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from flask import Blueprint, Response, abort, jsonify, request

from live_session import activities, groups, naming, peers, posts, wall
from live_session.activities.base import PostTerms
from live_session.model import Post, Standing, State, Wall
from live_session.store import uploads
from live_session.store.drivers import drive, store_errors
from live_session.ticket import Ticket
from lti_tool.access import Need, needs
from lti_tool.extensions import db
from lti_tool.lessons import roster
from lti_tool.models import LessonRun
from lti_tool.pages import answers
from lti_tool.pages.uploads import photo_response, seated

screen = Blueprint("posts", __name__, url_prefix="/live/posts")

LONGEST_COLUMN = 8


@screen.get("/<activity>/<int:number>")
@needs(Need.NOTHING)
def page(activity: str, number: int) -> Response:
    """Cards after the first `skip` of a `column` (none: of all), or the post `n`, or the comments `on` one; and names
    by number. Where groups post a card has its group's number, and nobody's name."""
    ticket, state = seated()
    terms = terms_of(state, activity)
    posted = posts.wall_of(state, activity, number)
    cards = _asked_for(terms, posted)
    shown = [posted.posts[card.n] for card in cards] if terms.names and not terms.as_groups else []
    return jsonify(cards=msgspec.to_builtins(cards), names=_signed(ticket, state, activity, shown))


def _asked_for(terms: PostTerms, posted: Wall) -> tuple[wall.Card, ...]:
    if on := request.args.get("on", 0, type=int):
        return wall.comments(terms, posted, on)
    if number := request.args.get("n", 0, type=int):
        return wall.single(terms, posted, number)
    column = request.args.get("column", "")[:LONGEST_COLUMN]
    return wall.further(terms, posted, column, max(0, request.args.get("skip", 0, type=int)))


def terms_of(state: State, activity_id: str) -> PostTerms:
    """The terms of an activity with posts that has been opened; 404 for any other."""
    activity = state.activity(activity_id)
    found = activities.post_terms_of(activity) if activity else None
    if found is None or found.by_group or state.round(activity_id) is None:
        abort(404)
    return found


def _signed(ticket: Ticket, state: State, activity_id: str, shown: Sequence[Post]) -> Mapping[str, str]:
    """Whose posts these are, by their numbers: by pen names, where they are signed so."""
    activity = state.activity(activity_id)
    if activity and naming.is_unnamed(activity):
        return {str(post.number): naming.pen_of(state, activity, post.participant) for post in shown}
    return _authors(_names_for(ticket, state), state, shown) if shown else {}


def _names_for(ticket: Ticket, state: State) -> Mapping[str, str]:
    """The class's names, as far as this pupil is told any: none for who has shown none."""
    if state.participants[ticket.who].claims[ticket.claim].standing is Standing.NAMELESS:
        return {}
    return {p.uid: p.name for p in roster.everybody(db.session.get_one(LessonRun, ticket.run))}


def _authors(names: Mapping[str, str], state: State, shown: Sequence[Post]) -> Mapping[str, str]:
    vouched = [p for p in shown if state.participants[p.participant].claims[p.claim].is_trusted]
    return {str(p.number): names[p.participant] for p in vouched if p.participant in names}


@screen.get("/<activity>/<int:number>/group")
@needs(Need.NOTHING)
def group(activity: str, number: int) -> Response:
    """The pupil's own group: its members by name and place, the reader first, and every version of its product, the
    newest first. On a board of groups nobody but the teacher is told who wrote what."""
    ticket, state = seated()
    mine = groups.group_of(state, activity, ticket.who)
    if not mine:
        return jsonify(number=None, members=[], versions=[])
    asked = state.activity(activity)
    composed = posts.wall_of(state, activity, number) if asked and groups.is_by_group(asked) else posts.BLANK
    names = _names_for(ticket, state)
    members = sorted(groups.groups_of(state, activity)[mine - 1], key=lambda who: who != ticket.who)
    return jsonify(
        number=mine,
        members=[
            {"name": names.get(who) or roster.nameless(who), "mode": _mode_of(state, who), "me": who == ticket.who}
            for who in members
        ],
        versions=[
            {**told, "name": names.get(who) or roster.nameless(who), "mine": who == ticket.who}
            for who, told in versions_told(composed, mine)
        ],
    )


def _mode_of(state: State, who: str) -> str | None:
    """Where somebody takes part; None for who has no phone here."""
    return state.participants[who].mode if who in state.participants else None


def versions_told(posted: Wall, number: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Who wrote each version of a group's product, and what it says; the newest first."""
    composed = groups.versions(posted, number)
    unseen, stands = groups.overlooked(composed), groups.last_shown(composed)
    for one in reversed(composed):
        yield (
            one.participant,
            {
                **one.value,
                "n": one.number,
                "at": one.composed_at,
                "photo": "photo" in one.value,
                "stands": one == stands,
                "unseen": one.number in unseen,
                "late": one.is_late,
                "hidden": not one.is_public,
                "edition": one.edition,
            },
        )


@screen.get("/<activity>/<int:number>/<int:post>/photo")
@needs(Need.NOTHING)
def photo(activity: str, number: int, post: int) -> Response:
    """The photo of a post that the class may see, or of one's own group."""
    ticket, state = seated()
    posted = posts.wall_of(state, activity, number)
    may = _may_see(state, activity, posted, post, ticket.who)
    return photo_of(ticket.run, posted, post) if may else photo_response(None)


def _may_see(state: State, activity: str, posted: Wall, number: int, who: str) -> bool:
    asked, one = state.activity(activity), posted.posts.get(number)
    if asked is None or one is None:
        return False
    if groups.is_by_group(asked):
        return groups.may_see(state, activity, posted, one, who)
    is_ours = one.group > 0 and one.group == groups.author_of(state, asked, who)
    return is_ours or posts.is_shown(posted, number)


@screen.get("/<activity>/<int:number>/works")
@needs(Need.NOTHING)
def works(activity: str, number: int) -> Response:
    """The works that the pupil was given to assess, in their order; nobody is named."""
    ticket, state = seated()
    found = [peers.work_of(state, activity, number, who) for who in peers.given_to(state, activity, number, ticket.who)]
    told = [answers.handed_in(one.value) if one and one.value is not None else ("", None) for one in found]
    return jsonify(works=[{"text": text, "photo": photo is not None} for text, photo in told])


@screen.get("/<activity>/<int:number>/works/<int:slot>/photo")
@needs(Need.NOTHING)
def work_photo(activity: str, number: int, slot: int) -> Response:
    """The photo of a work that the pupil was given to assess, by its place among them, from 1."""
    ticket, state = seated()
    given = peers.given_to(state, activity, number, ticket.who)
    author = given[slot - 1] if 1 <= slot <= len(given) else None
    one = peers.work_of(state, activity, number, author) if author else None
    named = answers.handed_in(one.value)[1] if one and one.value is not None else None
    return _sent_by(ticket.run, one.senders, named) if one and named else photo_response(None)


def photo_of(run_id: str, posted: Wall, number: int) -> Response:
    """The photo of a post that somebody may see; 404 where there is none."""
    post = posted.posts.get(number)
    named = post.value.get("photo") if post and post.value else None
    return _sent_by(run_id, groups.senders_of_photo(posted, post), named) if post and named else photo_response(None)


def _sent_by(run_id: str, senders: Sequence[str], named: str) -> Response:
    """A photo by its id, of the first of these who sent it."""
    with store_errors():
        found = (drive(db.session.connection(), uploads.photo((run_id, who, named))) for who in senders)
        data = next(filter(None, found), None)
    return photo_response(data)
