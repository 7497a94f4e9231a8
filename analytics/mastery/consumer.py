"""The one consumer of the student model: lessons that are over in, evidence and estimates out.

Each lesson gets a global position when it is read, and its evidence, the state after it and the position are written in
the caller's one transaction. The state is the fold of the evidence in the order of positions, so that making it anew
gives the same bits. Words of an objective that a teacher has made others are read as those, as if they had always been.
A log that grew later (a seat that was confirmed, a lesson opened again) changes its evidence where it stands, and the
model is made anew; so it is when evidence is forgotten, an objective's words are joined, or an answer turns out to have
been given before one that a model has learnt from as the first.
"""

import gc
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import date

from sqlalchemy import Connection

from analytics import reader
from analytics.mastery import store
from analytics.mastery.estimates import Key, Point, Standing, State, learn_all, take
from analytics.mastery.evidence import Counted, again, counted
from analytics.mastery.head import in_force
from analytics.mastery.model import begin
from analytics.mastery.store import Read, Scope
from analytics.reader import Story
from live_session.model import Millis

AT_ONCE = 20_000
"""Points that wait together to be written."""


def consume(
    connection: Connection,
    run_id: str,
    scope: Scope,
    day: date,
    pupils: Collection[str],
    now: Millis,
    *,
    story: Story | None = None,
) -> bool:
    """Read one lesson that is over. `pupils` are the opaque ids of the course's pupils: who else sat there (a teacher
    who tried it, somebody erased) teaches nothing. False for a lesson that is still going on, or has no log; work at
    the pupils' own pace is read while it is open, as far as it has come. `story`: the log, where it was read a moment
    ago; what came after that is read the next time."""
    story = story or reader.story_of(connection, run_id, now)
    if story is None or not (story.facts.is_over or story.facts.is_self_paced):
        return False
    found = counted(run_id, story.facts, {who: who for who in pupils})
    before = store.read_of(connection, run_id)
    position = before.position if before else store.next_position(connection)
    kept = store.run_answers(connection, position) if before else ()
    if before and before.erased_as:
        found = _with_erased(found, kept, {*pupils, *story.facts.joined_at})
    read = Read(run_id, position, scope, story.seq, erased_as=before.erased_as if before else None)
    store.write_run(connection, read, now, found, day.isoformat())
    if before is None:
        _advance(connection, scope, position, found, day.isoformat())
    elif before.scope != scope or kept != found:
        for changed in {before.scope, scope}:
            rebuild(connection, changed)
    elif before.version != store.VERSION:
        store.make_stale(connection, [scope])  # once for all lessons that are read again for it
    return True


def _with_erased(found: Sequence[Counted], kept: Sequence[Counted], known: Collection[str]) -> Sequence[Counted]:
    """A lesson's answers as its log says them now, and those kept of pupils who were erased since, whom nobody knows
    and the log calls otherwise: what items learnt from them stays, so that nobody else's values change. What stood
    there keeps its order, also among answers of one moment; a sum of floats depends on it."""
    theirs = [one for one in kept if one.answer.pupil not in known]
    stood = {(one.answer.pupil, one.activity): n for n, one in enumerate(kept)}
    return sorted([*found, *theirs], key=lambda one: (one.at, stood.get((one.answer.pupil, one.activity), len(stood))))


def _advance(connection: Connection, scope: Scope, position: int, found: Sequence[Counted], day: str) -> None:
    """Take a new lesson in at the end of the model, without what its pupils had answered before; unless an answer of
    an earlier lesson now is such a one."""
    if not found or scope in store.stale(connection):
        return
    met = store.meetings(connection, scope, found)
    later = again(met)
    if {place for place in later if place[0] != position} != again(one for one in met if one.position != position):
        rebuild(connection, scope)
        return
    found = [one for n, one in enumerate(found) if (position, n) not in later]
    if found:
        found = store.read_as(found, store.aliases(connection, scope))
        state = store.load(connection, scope, found)
        state.head = in_force(store.heads(connection, scope), position)
        store.save(connection, scope, position, state, take(state, found, day))


def rebuild(connection: Connection, scope: Scope) -> int:
    """Make a model anew from its evidence, from the first position on; how many lessons stand behind it.

    The lessons are taken in by the same steps as one by one, but a pupil on an objective is judged, and written, only
    as they stood after their last lesson with it: what was before would be written over. A head speaks of the lessons
    of its own time only, so that a newer one changes nothing that an older one said."""
    with _uncollected():
        return _rebuild(connection, scope)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the collector of cycles: a model is millions of values and no cycle, and going through all of them again
    and again is a third of the work."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _rebuild(connection: Connection, scope: Scope) -> int:
    store.clear(connection, scope)
    state, lessons = State(begin(counts_tries=False)), 0
    points, standing = list[tuple[int, str, Point]](), dict[Key, Standing]()
    heads = store.heads(connection, scope)
    for position, day, answers in store.lessons_of(connection, scope):
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
