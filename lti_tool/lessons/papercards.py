"""Paper cards A-D for pupils without a phone: whose number is which, and answers that the teacher read from them.

An answer by card is the pupil's own answer, from a seat whose proof is the teacher's act in the room. It never stands
over one that the pupil gave by phone.
"""

import re
from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy import func, select

from live_session import activities, naming
from live_session.commands import SERVER, Actor, Sit, Submit
from live_session.errors import Code, Refusal
from live_session.model import CARD, Json, Millis, Mode, Proof, Response, Role, Standing, State
from live_session.store.log import Asked
from lti_tool import live
from lti_tool.errors import Fault, sent
from lti_tool.extensions import db
from lti_tool.lessons.markers import LETTERS, NUMBERS, Sighting
from lti_tool.lessons.roster import Pupil
from lti_tool.models import PaperCard, SchoolClass
from lti_tool.models.base import new_uid

ID = re.compile(r"[0-9A-Za-z-]{8,48}")


class Said(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Answers as the teacher's browser sends them: letters by the pupil's opaque id, and how many ms ago the cards were
    up. `id` was made in the browser, so that sending it again is safe."""

    id: str
    activity: str
    round: int
    ago: int
    answers: dict[str, str]


# --- whose number is which ------------------------------------------------------------------------------------------


def numbers_of(pupils: Sequence[Pupil]) -> Mapping[int, int]:
    """The numbers of those who have one, by person, each in the class that the course has them in."""
    class_of = {p.person_id: p.class_id for p in pupils}
    query = select(PaperCard).where(PaperCard.person_id.in_(class_of))
    return {c.person_id: c.number for c in db.session.scalars(query) if c.class_id == class_of[c.person_id]}


def give(pupils: Sequence[Pupil], moment: Millis) -> int:
    """A number to each who has none, in the order of the list; how many got one. A number that was given is never given
    to anybody else. Who is in no class, or comes after the last number, stays without."""
    numbers, given = numbers_of(pupils), 0
    for class_id in sorted({p.class_id for p in pupils if p.class_id is not None}):
        db.session.get(SchoolClass, class_id, with_for_update=True)  # two presses give once
        last = db.session.scalar(select(func.max(PaperCard.number)).where(PaperCard.class_id == class_id)) or 0
        new = [p for p in pupils if p.class_id == class_id and p.person_id not in numbers]
        for number, pupil in zip(range(last + 1, NUMBERS.stop), new, strict=False):
            db.session.add(PaperCard(class_id=class_id, person_id=pupil.person_id, number=number, given_at=moment))
            given += 1
    db.session.flush()
    return given


def named(sightings: Sequence[Sighting], pupils: Sequence[Pupil]) -> tuple[Mapping[str, str | None], int]:
    """Letters by opaque id (None: held too far from any side), and how many cards are nobody's here. Where two classes
    sit together, a number that two pupils have is nobody's."""
    owners: dict[int, list[str]] = {}
    numbers = numbers_of(pupils)
    for pupil in pupils:
        if number := numbers.get(pupil.person_id):
            owners.setdefault(number, []).append(pupil.uid)
    found = {owners[s.number][0]: s.letter for s in sightings if len(owners.get(s.number, ())) == 1}
    return found, len(sightings) - len(found)


# --- answers --------------------------------------------------------------------------------------------------------


def values_of(state: State) -> Sequence[Json]:
    """What each letter says of the current question, A first; nothing where no letter can answer it."""
    activity = state.activity(state.current)
    if activity is None or naming.is_unnamed(activity):  # the teacher would read whose answer it is
        return ()
    values = activities.type_of(activity.kind).by_letter(activities.content_of(activity))
    return values if len(values) <= len(LETTERS) else ()


def by_phone(state: State) -> Sequence[str]:
    """Who has answered the current question by phone, be it late."""
    round_ = state.round(state.current)
    if round_ is None or state.current is None:
        return ()
    given = {**state.late.get((state.current, round_.number), {}), **_in_time(state, round_.number)}
    return sorted(who for who, answer in given.items() if answer.claim != CARD)


def by_card(state: State) -> Mapping[str, Json]:
    """Who has answered the current question by card, and what."""
    round_ = state.round(state.current)
    given = _in_time(state, round_.number) if round_ else {}
    return {who: answer.value for who, answer in given.items() if answer.claim == CARD}


def _in_time(state: State, number: int) -> Mapping[str, Response]:
    return state.responses.get((state.current or "", number), {})


def read(body: bytes) -> Said:
    """The answers of a request. Raises `Fault` for anything else."""
    said = sent(body, Said)
    if not ID.fullmatch(said.id) or not 0 < len(said.answers) <= len(NUMBERS):
        raise Fault("http", detail="no id, or no answers")
    return said


def enter(run: str, said: Said, pupils: Sequence[Pupil], moment: Millis) -> Mapping[str, Code]:
    """Put the answers into the log; those that were refused, by opaque id. Raises `Fault` where another question is up
    by now, or a letter or pupil is none of it."""
    state = live.state_of(run)
    round_ = state.round(said.activity)
    values = dict(zip(LETTERS, values_of(state), strict=False))
    if said.activity != state.current or round_ is None or round_.number != said.round:
        raise Fault("cards_moved_on", 409)
    known = {p.uid for p in pupils}
    if not said.answers.keys() <= known or not set(said.answers.values()) <= values.keys():
        raise Fault("http", detail="no such pupil or letter")
    asked = [_sit(run, who, moment) for who in said.answers if state.held(who, CARD) is None]
    seats = len(asked)
    for who, letter in said.answers.items():
        submit = Submit(said.activity, said.round, values[letter], moment - max(0, said.ago))
        asked.append(Asked(run, said.id, submit, Actor(Role.PUPIL, who, CARD), moment))
    results = live.ask_all(asked)[seats:]
    return {who: one.code for who, one in zip(said.answers, results, strict=True) if isinstance(one, Refusal)}


def _sit(run: str, who: str, moment: Millis) -> Asked:
    return Asked(run, new_uid(), Sit(who, CARD, Standing.CONFIRMED, Mode.ROOM, Proof.CARD), SERVER, moment)
