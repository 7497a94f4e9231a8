"""What groups made in a lesson, and a teacher's word on it: a level and a remark, kept for each member.

Only a teacher says it. It is no mark, counts into nothing, and stands in each member's profile beside the own part.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import select

from analytics.regulations.circular_22_2021 import LEVELS
from live_session import activities, groups, posts
from live_session.model import Activity, Json, Post, Response, State
from lti_tool import live
from lti_tool.clock import now
from lti_tool.errors import Fault
from lti_tool.extensions import db
from lti_tool.lessons import roster
from lti_tool.lessons.roster import Pupil
from lti_tool.models import EntryKind, LessonRun, ProfileEntry
from lti_tool.text import plain

LONGEST_REMARK = 500


class Word(NamedTuple):
    """A teacher's word on a group; empty before there is one."""

    level: str = ""
    text: str = ""


@dataclass(frozen=True)
class Member:
    """One member's own part. `has_phone`: took part with one; `answer` to the own question, as it is read; None
    without. `share`: how much of it was right, where it can be."""

    uid: str
    name: str
    wrote: int
    answer: str | None
    share: float | None
    has_phone: bool


@dataclass(frozen=True)
class Made:
    """What one group made: the version that stands, of so many, who wrote it, and who sent its picture."""

    number: int
    members: list[Member]
    product: Post | None
    versions: int
    author: str
    sender: str
    word: Word


@dataclass(frozen=True)
class Task:
    """One round of group work that was asked in a lesson."""

    activity: str
    round: int
    title: str
    groups: list[Made]


def tasks_of(run: LessonRun, state: State) -> list[Task]:
    """All group work of a lesson, in the order of the plan, group by group by their numbers."""
    pupils = {p.uid: p for p in roster.everybody(run)}
    said = words_of(run)
    asked = [a for a in state.deck if groups.is_by_group(a)]
    return [
        Task(a.id, round_.number, a.title, _made(state, a, round_.number, pupils, said))
        for a in asked
        for round_ in state.rounds.get(a.id, ())
        if groups.groups_of(state, a.id)
    ]


def _made(
    state: State, activity: Activity, number: int, pupils: Mapping[str, Pupil], said: Mapping[tuple[str, int], Word]
) -> list[Made]:
    wall, key = posts.wall_of(state, activity.id, number), (activity.id, number)
    given = {**state.late.get(key, {}), **state.responses.get(key, {})}
    found = []
    for group, members in enumerate(groups.groups_of(state, activity.id), 1):
        composed = groups.versions(wall, group)
        stands = groups.last_shown(composed)
        if not members and not composed:
            continue
        words = [word for who in members if who in pupils and (word := said.get((activity.id, pupils[who].person_id)))]
        found.append(
            Made(
                number=group,
                members=[
                    _member(state, activity, who, _name(pupils, who), composed, given.get(who)) for who in members
                ],
                product=stands,
                versions=len(composed),
                author=_name(pupils, stands.participant) if stands else "",
                sender=groups.senders_of_photo(wall, stands)[0] if stands and "photo" in stands.value else "",
                word=words[0] if words else Word(),
            )
        )
    return found


def _member(
    state: State, activity: Activity, who: str, name: str, composed: groups.Versions, given: Response | None
) -> Member:
    value = given.value if given else None
    share = None if value is None else activities.share_of(activity, value)
    wrote = sum(p.participant == who for p in composed)
    told = None if value is None else _told(activity, value)
    return Member(who, name, wrote, told, None if share is None else float(share), who in state.participants)


def _told(activity: Activity, value: Json) -> str:
    """An answer to the own question: the option behind a letter, else the pupil's words."""
    options = dict(getattr(activities.content_of(activity), "choices", ()))
    return f"{value}. {plain(options[value])}" if value in options else str(value)


def _name(pupils: Mapping[str, Pupil], who: str) -> str:
    return pupils[who].name if who in pupils else "–"


def words_of(run: LessonRun) -> Mapping[tuple[str, int], Word]:
    """The newest word for each (activity, member)."""
    query = select(ProfileEntry).where(
        ProfileEntry.context_id == run.context_id,
        ProfileEntry.kind == EntryKind.GROUP,
        ProfileEntry.objective.startswith(f"{run.run_id}/", autoescape=True),
    )
    rows = db.session.scalars(query.order_by(ProfileEntry.id))
    return {(row.objective.partition("/")[2], row.person_id): Word(row.step, row.text) for row in rows}


def say(run: LessonRun, activity: str, number: int, word: Word, by: int | None) -> list[int]:
    """A teacher's word on a group, for each of its members; whom it was written for. Raises `Fault` for a group that is
    not there, a level that is none, and a word that says nothing or too much."""
    text = word.text.replace("\r\n", "\n").strip()
    if word.level not in ("", *LEVELS) or len(text) > LONGEST_REMARK or not (word.level or text):
        raise Fault("entry_text", most=LONGEST_REMARK)
    made = groups.groups_of(live.state_of(run.run_id), activity)
    if not 1 <= number <= len(made):
        raise Fault("entry_unknown", 404)
    people = {p.uid: p.person_id for p in roster.everybody(run)}
    members = [people[who] for who in made[number - 1] if who in people]
    for person_id in members:
        db.session.add(
            ProfileEntry(
                context_id=run.context_id,
                person_id=person_id,
                kind=EntryKind.GROUP,
                objective=f"{run.run_id}/{activity}",
                step=word.level,
                text=text,
                written_by=by,
                at=now(),
            )
        )
    return members
