"""The one consumer of the student model: lessons that are over in, evidence and estimates out.

Each lesson gets a global position when it is read, and its evidence, the state after it and the position are written in
the caller's one transaction. The state is the fold of the evidence in the order of positions, so that making it anew
gives the same bits. Words of an objective that a teacher has made others are read as those, as if they had always been.
A log that grew later (a seat that was confirmed, a lesson opened again) changes its evidence where it stands, and the
model is made anew; so it is when evidence is forgotten, an objective's words are joined, or an answer turns out to have
been given, or a key to have been seen, before an answer that a model has learnt from as the first.
"""

from collections.abc import Collection, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection

from analytics import reader
from analytics.mastery import ledger, store
from analytics.mastery.estimates import Key, Point, Standing, State, learn_all, take
from analytics.mastery.evidence import Counted, again, counted
from analytics.mastery.head import in_force
from analytics.mastery.ledger import Read
from analytics.mastery.model import begin
from analytics.mastery.seen import BY, Seen, seen
from analytics.mastery.store import Scope
from analytics.presence import Thresholds
from analytics.reader import Story
from analytics.rows import uncollected
from live_session.model import Millis

AT_ONCE = 20_000
"""Points that wait together to be written."""


class Said(NamedTuple):
    """What a lesson's log says to the model: the answers that count, and who saw which key without one."""

    answers: Sequence[Counted] = ()
    seen: Sequence[Seen] = ()

    @property
    def pairs(self) -> set[tuple[str, str]]:
        """Each pupil with each item that they met."""
        answered = {(one.answer.pupil, one.answer.item) for one in self.answers}
        return answered | {(one.pupil, one.item) for one in self.seen}


def consume(
    connection: Connection,
    run_id: str,
    scope: Scope,
    day: date,
    pupils: Collection[str],
    now: Millis,
    *,
    by: Thresholds = BY,
    story: Story | None = None,
) -> bool:
    """Read one lesson that is over. `pupils` are the opaque ids of the course's pupils: who else sat there (a teacher
    who tried it, somebody erased) teaches nothing. False for a lesson that is still going on, or has no log; work at
    the pupils' own pace is read while it is open, as far as it has come. `by`: by what signs who was there. `story`:
    the log, where it was read a moment ago; what came after that is read the next time."""
    story = story or reader.story_of(connection, run_id, now)
    if story is None or not (story.facts.is_over or story.facts.is_self_paced):
        return False
    found = counted(run_id, story.facts, {who: who for who in pupils})
    said = Said(found, seen(run_id, story.facts, pupils, found, by))
    before = ledger.read_of(connection, run_id)
    if before is None:
        read = Read(run_id, ledger.next_position(connection), scope, story.seq)
        ledger.write_run(connection, read, now, *said, day.isoformat())
        _advance(connection, read, said, day.isoformat())
        return True
    kept = Said(ledger.run_answers(connection, before.position), ledger.run_seen(connection, before.position))
    if before.erased_as:
        said = _with_erased(said, kept, {*pupils, *story.facts.joined_at})
    differ = Said(seen=[*{*kept.seen} ^ {*said.seen}]).pairs
    was = again(ledger.meetings(connection, scope, differ))
    read = Read(run_id, before.position, scope, story.seq, erased_as=before.erased_as)
    ledger.write_run(connection, read, now, *said, day.isoformat())
    if before.scope != scope or kept.answers != said.answers:
        for changed in {before.scope, scope}:
            rebuild(connection, changed)
    elif before.version != ledger.VERSION or was != again(ledger.meetings(connection, scope, differ)):
        store.make_stale(connection, [scope])  # once for all lessons that are read again for it
    return True


def _with_erased(said: Said, kept: Said, known: Collection[str]) -> Said:
    """What a lesson's log says now, and what was kept of pupils who were erased since, whom nobody knows and the log
    calls otherwise: what items learnt from them stays, so that nobody else's values change. Answers that stood there
    keep their order, also among those of one moment; a sum of floats depends on it."""
    theirs = [one for one in kept.answers if one.answer.pupil not in known]
    stood = {(one.answer.pupil, one.activity): n for n, one in enumerate(kept.answers)}
    answers = sorted(
        [*said.answers, *theirs],
        key=lambda one: (one.at, stood.get((one.answer.pupil, one.activity), len(stood))),
    )
    return Said(answers, sorted([*said.seen, *(one for one in kept.seen if one.pupil not in known)]))


def _advance(connection: Connection, read: Read, said: Said, day: str) -> None:
    """Take a new lesson in at the end of the model, without what its pupils had met before; unless an answer of an
    earlier lesson now is such a one."""
    scope, position = read.scope, read.position
    if not said.pairs or scope in store.stale(connection):
        return
    met = ledger.meetings(connection, scope, said.pairs)
    later = again(met)
    if {place for place in later if place[0] != position} != again(one for one in met if one.position != position):
        rebuild(connection, scope)
        return
    new = [one for n, one in enumerate(said.answers) if (position, n) not in later]
    if new:
        found = store.read_as(new, store.aliases(connection, scope))
        state = store.load(connection, scope, found)
        state.head = in_force(store.heads(connection, scope), position)
        store.save(connection, scope, position, state, take(state, found, day))


def rebuild(connection: Connection, scope: Scope) -> int:
    """Make a model anew from its evidence, from the first position on; how many lessons stand behind it.

    The lessons are taken in by the same steps as one by one, but a pupil on an objective is judged, and written, only
    as they stood after their last lesson with it: what was before would be written over. A head speaks of the lessons
    of its own time only, so that a newer one changes nothing that an older one said."""
    with uncollected():
        return _rebuild(connection, scope)


def _rebuild(connection: Connection, scope: Scope) -> int:
    store.clear(connection, scope)
    state, lessons = State(begin(counts_tries=False)), 0
    points, standing = list[tuple[int, str, Point]](), dict[Key, Standing]()
    heads = store.heads(connection, scope)
    for position, day, answers in ledger.lessons_of(connection, scope):
        state.head = in_force(heads, position)
        touched = learn_all(state, answers, day)
        standing.update(touched.skills)
        points += [(position, who, one) for who, one in touched.points.items()]
        lessons += 1
        if len(points) > AT_ONCE:
            store.save_points(connection, scope, points)
            points.clear()
    if lessons:
        store.save_points(connection, scope, points)
        store.save_estimates(connection, scope, ((key, one.judged()) for key, one in standing.items()))
        store.save_pupils(connection, scope, state, state.model.pupils)
        store.save_difficulties(connection, scope, state, state.model.items, state.model.objectives)
    return lessons
