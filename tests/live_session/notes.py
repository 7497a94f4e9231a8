"""A kind whose pupils post several times, with everything that such a kind may allow; installed for a test's length."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from fractions import Fraction

import msgspec

from live_session.activities import types
from live_session.activities.base import ActivityType, Bar, Content, Key, PostTerms, text_of
from live_session.commands import Moderate, React, Submit
from live_session.errors import InvalidValue
from live_session.model import Activity, Json, Millis, Visibility
from live_session.store.log import Result
from tests.live_session.build import Book, pupil

NOTES = "q-notes"


class Sheet(Content, frozen=True, omit_defaults=True, kw_only=True):
    """The terms, as they are."""

    terms: PostTerms = PostTerms()


class Notes(ActivityType[Sheet]):
    """A post has a text, and perhaps a column and a photo."""

    kind = "notes"
    Content = Sheet
    is_private = True
    has_tally = False

    def post_terms(self, content: Sheet) -> PostTerms:
        return content.terms

    def check(self, content: Sheet, value: Json) -> Json:
        if not isinstance(value, dict) or not {"text"} <= set(value) <= {"text", "column", "photo"}:
            raise InvalidValue("not a note")
        return {name: text_of(text, 500) for name, text in value.items()}

    def share(self, content: Sheet, value: Json) -> Fraction | None:
        return None

    def tally(self, content: Sheet, values: Iterable[Json]) -> tuple[Bar, ...]:
        return ()

    def key(self, content: Sheet) -> Key | None:
        return None


@contextmanager
def installed() -> Iterator[None]:
    """The kind is there, as any installed one."""
    known = types()
    assert isinstance(known, dict)
    known[Notes.kind] = Notes()
    try:
        yield
    finally:
        del known[Notes.kind]


def notes(**terms: Json) -> Activity:
    """A sheet for notes under these terms."""
    fields = {"prompt": "Viết gì?", "terms": terms}
    return Activity(
        id=NOTES,
        kind="notes",
        content=msgspec.json.encode(fields).decode(),
        title="Notes",
        phone="<form></form>",
        screen="<p></p>",
        item="item-notes",
    )


def post(
    book: Book,
    who: str,
    text: str | None,
    id: str = "one",
    *,
    on: int = 0,
    at: Millis | None = None,
    claim: str | None = None,
    **more: Json,
) -> Result:
    """A pupil posts, edits (the same id again) or takes back (no text)."""
    value = None if text is None else {"text": text, **more}
    composed = book.clock() if at is None else at
    return book.ask(Submit(NOTES, 1, value, composed, post=id, on=on), pupil(who, claim))


def show(book: Book, *posts: tuple[int, int], to: Visibility = Visibility.SHOWN) -> Result:
    """The teacher's word on these, by number and edition."""
    return book.ask(Moderate(NOTES, 1, posts, to))


def react(book: Book, who: str, number: int, what: str | None = "like") -> Result:
    return book.ask(React(NOTES, 1, number, what), pupil(who))
