"""The roll call of a lesson: the teacher's word on each pupil, said by a tap, perhaps without a network.

A word carries the id that the teacher's browser made and how long ago it was said. Sending it again changes nothing,
the order of arrival neither: what stands is the word said last. It never touches what the signs say.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import func, select

from analytics.attendance import Status
from live_session.model import Millis
from lti_tool.errors import Fault, sent
from lti_tool.extensions import db
from lti_tool.models import AttendanceDecision, LessonRun, RollCall, RollWord

MOST_AT_ONCE = 500
ID = re.compile(r"[0-9A-Za-z-]{8,48}")


class Word(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A word as a browser sends it. `who` is the pupil's opaque id, `ago` how many ms before the sending it was said,
    by the same clock: a clock that is hours off says that as well as any other. `after` is the id of the word that it
    changes, where the same browser said that one too: on a bad network "how long ago" alone may turn the two round."""

    id: str
    who: str
    word: RollCall
    ago: int
    after: str = ""


class Standing(NamedTuple):
    """A teacher's word that counts. `is_roll`: said during the roll call, not on the page of attendance."""

    status: Status
    at: Millis
    is_roll: bool


def read(body: bytes) -> Sequence[Word]:
    """The words of a request. Raises `Fault` for anything else, of which nothing is kept."""
    words = sent(body, list[Word])
    if len(words) > MOST_AT_ONCE or not all(ID.fullmatch(word.id) for word in words):
        raise Fault("http", detail="too many, or no id")
    return words


def said_at(word: Word, started_at: Millis, moment: Millis, changed_at: Millis | None = None) -> Millis:
    """When it was said, by the server's clock: within the lesson's time so far, and after the word that it changes."""
    earliest = started_at if changed_at is None else max(started_at, changed_at + 1)
    return min(max(earliest, moment - max(0, word.ago)), moment)


def newest(words: Iterable[RollWord]) -> dict[int, RollWord]:
    """The word that stands for each pupil, by person: said last. Order and repetition change nothing."""
    found: dict[int, RollWord] = {}
    for word in words:
        before = found.get(word.person_id)
        if before is None or (before.said_at, before.command_id) < (word.said_at, word.command_id):
            found[word.person_id] = word
    return found


def keep(run: LessonRun, words: Sequence[Word], pupils: Mapping[str, int], by: int, moment: Millis) -> list[str]:
    """Keep what is new. `pupils` are the persons of the course by opaque id; the ids of words on anybody else are
    returned and nothing of them is kept."""
    db.session.get(LessonRun, run.run_id, with_for_update=True)  # the same words from two tabs come one after the other
    query = select(RollWord.command_id, RollWord.said_at).where(RollWord.run_id == run.run_id, RollWord.said_by == by)
    known = {row.command_id: row.said_at for row in db.session.execute(query)}
    unknown = []
    for word in words:
        if word.who not in pupils:
            unknown.append(word.id)
        elif word.id not in known:
            known[word.id] = said_at(word, run.started_at, moment, known.get(word.after))
            db.session.add(
                RollWord(
                    run_id=run.run_id,
                    command_id=word.id,
                    person_id=pupils[word.who],
                    word=word.word,
                    said_at=known[word.id],
                    said_by=by,
                    kept_at=moment,
                )
            )
    db.session.flush()
    return unknown


def words_of(run_id: str) -> dict[int, RollWord]:
    """The roll call of a lesson as it stands, by person; a word that was taken back is one too."""
    return newest(db.session.scalars(select(RollWord).where(RollWord.run_id == run_id)))


def standing(decision: AttendanceDecision | None, word: RollWord | None) -> Standing | None:
    """The teacher's word that counts: on the page of attendance or in the roll call, whichever was said last."""
    roll = Standing(Status(word.word), word.said_at, True) if word and word.word is not RollCall.OPEN else None
    said = Standing(Status(decision.status), decision.at, False) if decision else None
    return max((one for one in (roll, said) if one), key=lambda one: (one.at, not one.is_roll), default=None)


def teachers_words(run_id: str) -> dict[int, Standing]:
    """Whatever a teacher said of each pupil of a lesson, by person."""
    return teachers_words_in([run_id]).get(run_id, {})


def teachers_words_in(run_ids: Sequence[str]) -> dict[str, dict[int, Standing]]:
    """The same of several lessons, by lesson; those of which nothing was said are not there."""
    decided: dict[str, dict[int, AttendanceDecision]] = {}
    query: Any = select(AttendanceDecision).where(AttendanceDecision.run_id.in_(run_ids))
    for decision in db.session.scalars(query.order_by(AttendanceDecision.id)):
        decided.setdefault(decision.run_id, {})[decision.person_id] = decision
    said: dict[str, list[RollWord]] = {}
    for word in db.session.scalars(select(RollWord).where(RollWord.run_id.in_(run_ids))):
        said.setdefault(word.run_id, []).append(word)
    return {run_id: _together(decided.get(run_id, {}), newest(said.get(run_id, ()))) for run_id in {**decided, **said}}


def _together(decided: Mapping[int, AttendanceDecision], words: Mapping[int, RollWord]) -> dict[int, Standing]:
    found = {who: standing(decided.get(who), words.get(who)) for who in {**decided, **words}}
    return {who: said for who, said in found.items() if said}


def last_said(run_ids: Sequence[str]) -> dict[str, Millis]:
    """When a teacher last said anything of these lessons, as the server heard it; those of which nothing was said are
    not there."""
    found: dict[str, Millis] = {}
    for run, at in ((AttendanceDecision.run_id, AttendanceDecision.at), (RollWord.run_id, RollWord.kept_at)):
        for run_id, moment in db.session.execute(select(run, func.max(at)).where(run.in_(run_ids)).group_by(run)):
            found[run_id] = max(moment, found.get(run_id, 0))
    return found


def of_pupil(person_id: int, run_ids: Sequence[str]) -> dict[str, Standing]:
    """A teacher's word on one pupil in each of these lessons."""
    decided: dict[str, AttendanceDecision] = {}
    query: Any = select(AttendanceDecision).where(
        AttendanceDecision.person_id == person_id, AttendanceDecision.run_id.in_(run_ids)
    )
    for decision in db.session.scalars(query.order_by(AttendanceDecision.id)):
        decided[decision.run_id] = decision
    query = select(RollWord).where(RollWord.person_id == person_id, RollWord.run_id.in_(run_ids))
    said: dict[str, list[RollWord]] = {}
    for word in db.session.scalars(query):
        said.setdefault(word.run_id, []).append(word)
    words = {run_id: newest(some)[person_id] for run_id, some in said.items()}
    found = {run_id: standing(decided.get(run_id), words.get(run_id)) for run_id in {**decided, **words}}
    return {run_id: one for run_id, one in found.items() if one}
