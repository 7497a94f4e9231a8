"""What happens outside requests: scores to LMSs, rosters from them, snapshots from logs, and what must be forgotten.

One process runs the jobs, each run, list and score in a transaction of its own; one that fails is logged, keeps no
other waiting, and is tried again later.
"""

import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from datetime import date
from typing import TypeVar

from flask import Flask
from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from analytics import pool, reader
from analytics.attendance import Status
from analytics.mastery import consumer, ledger, refits, underway
from analytics.mastery import store as mastery
from analytics.mastery.store import Scope
from analytics.reader import Story
from analytics.refresh import Rules, RunInfo, refresh, refresh_alone
from analytics.spans import Span
from analytics.tables import mastery_run, run_snapshot
from live_session.errors import StoreBusy, StoreError
from live_session.model import Millis, Policy
from live_session.reducer import CLOCK, due
from live_session.store.tables import event as event_table
from live_session.store.tables import run as run_table
from lti_tool import live
from lti_tool.clock import local, now
from lti_tool.extensions import db, hold
from lti_tool.lessons import excuses, rollcall, running, school_rules
from lti_tool.lessons import roster as lists
from lti_tool.lessons.courses import scope_of
from lti_tool.lms import delivery
from lti_tool.lms import probe as probes
from lti_tool.lms import roster as rosters
from lti_tool.lms.registry import Connect, connect
from lti_tool.models import Context, Course, LessonRun, Person, Practice
from lti_tool.privacy import retention

_log = logging.getLogger(__name__)

OVERTIME_MS: Millis = Policy().overtime_ms
EVERY = 1.0
"""Seconds between two rounds; a score confirmed now is on its way within about this."""
LIVE_SNAPSHOT_EVERY_MS = 60_000
SWEEP_EVERY_MS = 60_000
RECENT_MS = 48 * 3_600_000
"""Runs younger than this are looked at every round, all others once a minute."""
BROKEN_WAITS_MS = 600_000
LMS_WAITS_MS = 60_000
FORGET_EVERY_MS = 3_600_000
MOST_TOLD = 50
"""Lessons of a round whose facts wait for the model, about a megabyte each."""
MOST_POOLED = 20
"""Lessons of a round whose questions are analysed."""
NIGHT = range(1, 5)
"""Hours of the school's clock in which nobody is taught."""
REFIT_EVERY_MS = 12 * 3_600_000
STILL_MS: Millis = 2 * 3_600_000
"""Work at the pupils' own pace is read into the student model once nothing has come for so long: what comes later makes
the model anew."""

T = TypeVar("T")


class Jobs:
    """The rounds of one process."""

    def __init__(self, app: Flask, connect_to: Connect = connect) -> None:
        self._app = app
        self._connect = connect_to
        self._forgot_at = 0
        self._refitted_at = 0
        self._swept_at: dict[str, Millis] = {}
        self._failed: dict[str, dict[Hashable, Millis]] = defaultdict(dict)
        # Lessons whose snapshot was made in this round: learnt from without reading again.
        self._told: dict[str, Story] = {}
        self._going_on: dict[str, Story] = {}

    def run(self, until: threading.Event) -> None:
        """Go round until told to stop."""
        while not until.is_set():
            self.round()
            until.wait(EVERY)

    def round(self) -> None:
        """Do once what is due. Lessons that are over first: a list that is read now is of those who come after them."""
        steps = (
            self.end, self.follow, self.refresh, self.read_rosters, self.learn, self.pool, self.deliver,
            self.probe, self.forget, self.refit,
        )  # fmt: skip
        for step in steps:
            with self._app.test_request_context("/"):  # texts and addresses need a request's settings, never its user
                self._try(step)

    def _try(self, step: Callable[[], None]) -> None:
        try:
            step()
            db.session.commit()
        except (SQLAlchemyError, StoreError) as error:
            db.session.rollback()
            _log.warning("job_put_off", extra={"job": step.__name__, "reason": type(error).__name__})
        except Exception:
            db.session.rollback()
            _log.exception("job_failed", extra={"job": step.__name__})
        finally:
            db.session.remove()

    def _each(self, job: str, items: Iterable[T], do: Callable[[T], object]) -> list[T]:
        """Do something for each, in a transaction of its own; those that failed. A database that is away is away for
        all of them."""
        db.session.commit()
        failed = []
        for item in items:
            try:
                do(item)
                db.session.commit()
            except (OperationalError, StoreBusy):
                raise
            except Exception:
                db.session.rollback()
                _log.exception("job_failed", extra={"job": job})
                failed.append(item)
        return failed

    def _each_able(
        self,
        job: str,
        items: Iterable[T],
        do: Callable[[T], object],
        *,
        most: int | None = None,
        waits: Millis = BROKEN_WAITS_MS,
    ) -> None:
        """The same for the first `most` of these; one that failed is left alone by this job for a while, and takes
        nobody's place meanwhile."""
        failed, moment = self._failed[job], now()
        able = [item for item in items if moment - failed.get(item, 0) > waits]
        broken = self._each(job, able[:most], do)
        failed.update(dict.fromkeys(broken, moment))

    def _each_of_lms(self, job: str, ids: Iterable[int], do: Callable[[int, Connect], object]) -> None:
        """The same for what an LMS is asked: where its answer cannot be taken at all, again in a minute."""
        self._each_able(job, ids, lambda id_: do(id_, self._connect), most=delivery.MOST_AT_ONCE, waits=LMS_WAITS_MS)

    def _since(self, job: str) -> Millis:
        """From when on this job looks at runs: those of the last days in every round, all of them once a minute."""
        moment = now()
        if moment - self._swept_at.get(job, 0) <= SWEEP_EVERY_MS:
            return moment - RECENT_MS
        self._swept_at[job] = moment
        return 0

    # --- the jobs ---------------------------------------------------------------------------------------------------

    def end(self) -> None:
        """Lessons that nobody ended. The live server and every poll see the time as well, but only of a lesson that
        somebody is in."""
        latest = LessonRun.started_at + LessonRun.minutes * 60_000 + OVERTIME_MS
        query = (
            select(LessonRun.run_id)
            .join(run_table, run_table.c.id == LessonRun.run_id)
            .where(run_table.c.ended_at.is_(None), LessonRun.ended_at.is_(None), latest < now())
        )
        self._each("end", db.session.scalars(query).all(), _end)

    def follow(self) -> None:
        """Runs that ended, or were opened again, on the console or by the clock: free or give their code."""
        ended, open_ = run_table.c.ended_at.is_not(None), run_table.c.ended_at.is_(None)
        query = (
            select(LessonRun.run_id)
            .join(run_table, run_table.c.id == LessonRun.run_id)
            .where(or_(LessonRun.ended_at.is_(None) & ended, LessonRun.ended_at.is_not(None) & open_))
        )
        self._each("follow", db.session.scalars(query).all(), _follow)

    def read_rosters(self) -> None:
        """Lists that somebody waits for."""
        self._each_of_lms("read_rosters", rosters.wanted(), rosters.read)

    def refresh(self) -> None:
        """Snapshots of runs whose log has grown: at once when over, once a minute while running; and of runs about
        which the teacher has decided something new. Work at the pupils' own pace where it has come to rest."""
        self._each_able("refresh", _due(now(), self._since("refresh")), self._snapshot)

        self._each_able("refresh", _due_practices(now()), self._snapshot_practice)

    def _snapshot(self, run_id: str) -> None:
        story = _refresh(run_id)
        if story is not None:
            self._tell(run_id, story)

    def _snapshot_practice(self, run_id: str) -> None:
        hold(Practice.run_id, run_id)
        story = reader.story_of(db.session.connection(), run_id, now())
        if story is not None:
            refresh_alone(db.session.connection(), run_id, now(), story)
            self._tell(run_id, story)

    def _tell(self, run_id: str, story: Story) -> None:
        told = self._told if story.facts.is_over or story.facts.is_self_paced else self._going_on
        if len(told) < MOST_TOLD:
            told[run_id] = story

    def learn(self) -> None:
        """Lessons that are over, read into the student model one by one; models whose evidence was forgotten, anew; and
        what lessons that go on come to so far, as often as they are looked at."""
        due = [*_unlearnt(self._since("learn")), *_unlearnt_practices(now())]
        self._each_able("learn", due, lambda run_id: _learn(run_id, self._told.get(run_id)))
        self._told.clear()
        self._each("learn", mastery.stale(db.session.connection()), _relearn)
        self._each_able("foresee", list(self._going_on), lambda run_id: _foresee(run_id, self._going_on[run_id]))
        self._going_on.clear()

    def pool(self) -> None:
        """Questions of lessons that are over, analysed with all other answers to them; a few lessons at a time, because
        other jobs wait."""
        self._each_able("pool", pool.due(db.session.connection()), _pool, most=MOST_POOLED)

    def refit(self) -> None:
        """Heads of the models of schools that want forecasts. Some seconds of work each, so at night, and once a
        night."""
        moment = now()
        if local(moment).hour in NIGHT and moment - self._refitted_at > REFIT_EVERY_MS:
            self._refitted_at = moment
            self._each("refit", _to_refit(moment), _refit)

    def deliver(self) -> None:
        """Columns that are wanted, and scores on their way to LMSs."""
        self._each_of_lms("make_columns", delivery.wanted_columns(), delivery.make_column)
        self._each_of_lms("deliver", delivery.due(), delivery.deliver)

    def probe(self) -> None:
        """Connections that an administrator wants to see tried."""
        self._each_of_lms("probe", probes.wanted(), probes.run)

    def forget(self) -> None:
        """What is kept no longer, once an hour."""
        if now() - self._forgot_at > FORGET_EVERY_MS:
            self._forgot_at = now()
            retention.forget(now())


def _end(run_id: str) -> None:
    """What the clock asks for, if it does: a lesson that was opened again ends later than it was planned to."""
    while clock := due(live.state_of(run_id), now()):
        id_, command = clock
        if live.is_refused(live.ask(run_id, command, CLOCK, id_)):
            break


def _follow(run_id: str) -> None:
    running.follow(db.session.get_one(LessonRun, run_id), live.state_of(run_id))


def _refresh(run_id: str) -> Story | None:
    """A run's snapshot; what was read for it."""
    hold(LessonRun.run_id, run_id)  # who is erased meanwhile does not come back by what was read before
    run = db.session.get_one(LessonRun, run_id)
    info, connection = info_of(run), db.session.connection()
    rules = school_rules.at(info.school, run.started_at)
    story = reader.story_of(connection, run_id, now())
    refresh(connection, info, now(), Rules(rules.thresholds, rules.norm), story)
    return story


def _due(moment: Millis, since: Millis) -> list[str]:
    """Runs begun since then whose snapshot must be made anew, the newest first."""
    computed = run_snapshot.c.computed_at
    is_time = or_(LessonRun.ended_at.is_not(None), computed.is_(None), computed < moment - LIVE_SNAPSHOT_EVERY_MS)
    query = (
        select(LessonRun.run_id)
        .join(run_table, run_table.c.id == LessonRun.run_id)
        .outerjoin(run_snapshot, run_snapshot.c.run_id == LessonRun.run_id)
        .where(LessonRun.started_at >= since)
        .where(or_(and_(reader.is_stale(), is_time), LessonRun.attendance_confirmed_at >= computed))
        .order_by(LessonRun.started_at.desc())
    )
    return list(db.session.scalars(query))


def _unlearnt(since: Millis) -> list[str]:
    """Lessons that are over and were not read into the student model as they now stand, the oldest first."""
    subject = func.coalesce(Course.subject, "")
    query = (
        select(LessonRun.run_id)
        .join(run_table, run_table.c.id == LessonRun.run_id)
        .outerjoin(Course, Course.context_id == LessonRun.context_id)
        .outerjoin(mastery_run, mastery_run.c.run_id == LessonRun.run_id)
        .where(LessonRun.started_at >= since, LessonRun.ended_at.is_not(None))
        .where(run_table.c.seq > 0, ledger.is_due(run_table.c.seq, subject))
        .order_by(LessonRun.started_at, LessonRun.run_id)
    )
    return list(db.session.scalars(query))


def _practices_at_rest(moment: Millis) -> Select[str]:
    """Work at the pupils' own pace that is closed, or has been still for a while, the oldest first."""
    last = event_table.c
    return (
        select(Practice.run_id)
        .join(run_table, run_table.c.id == Practice.run_id)
        .join(event_table, and_(last.run_id == run_table.c.id, last.seq == run_table.c.seq))
        .where(or_(Practice.closed_at.is_not(None), last.at < moment - STILL_MS))
        .order_by(Practice.opened_at, Practice.run_id)
    )


def _due_practices(moment: Millis) -> list[str]:
    """Of it, what has no snapshot as it now stands."""
    query = _practices_at_rest(moment).outerjoin(run_snapshot, run_snapshot.c.run_id == Practice.run_id)
    return list(db.session.scalars(query.where(reader.is_stale())))


def _unlearnt_practices(moment: Millis) -> list[str]:
    """Of it, what was not read into the student model as it now stands."""
    subject = func.coalesce(Course.subject, "")
    query = (
        _practices_at_rest(moment)
        .outerjoin(Course, Course.context_id == Practice.context_id)
        .outerjoin(mastery_run, mastery_run.c.run_id == Practice.run_id)
    )
    return list(db.session.scalars(query.where(ledger.is_due(run_table.c.seq, subject))))


def _learn(run_id: str, story: Story | None) -> None:
    run = db.session.get(LessonRun, run_id)
    if run is not None:
        context_id, began = run.context_id, run.started_at
    else:
        given = db.session.get_one(Practice, run_id)
        context_id, began = given.context_id, given.opened_at
    scope, day = scope_of(context_id), local(began).date()
    by = school_rules.at(scope.school, began).thresholds
    consumer.consume(db.session.connection(), run_id, scope, day, _uids(context_id), now(), by=by, story=story)


def _foresee(run_id: str, story: Story) -> None:
    run = db.session.get_one(LessonRun, run_id)
    scope, day = scope_of(run.context_id), local(run.started_at).date()
    by = school_rules.at(scope.school, run.started_at).thresholds
    underway.foresee(db.session.connection(), run_id, scope, day, _uids(run.context_id), story, by=by)


def _uids(context_id: int) -> set[str]:
    return {p.uid for p in lists.pupils(context_id, with_former=True)}


def _pool(run_id: str) -> None:
    pool.refresh(db.session.connection(), run_id, now())


def _relearn(scope: Scope) -> None:
    consumer.rebuild(db.session.connection(), scope)


def _to_refit(moment: Millis) -> list[Scope]:
    """Models with enough new answers, of schools that want it."""
    connection = db.session.connection()
    able = [scope for scope in mastery.scopes(connection) if refits.is_due(connection, scope)]
    return [scope for scope in able if school_rules.at(scope.school, moment).forecasts]


def _refit(scope: Scope) -> None:
    refits.refit_model(db.session.connection(), scope, now())


def info_of(run: LessonRun) -> RunInfo:
    """What analytics cannot know of a run."""
    context = db.session.get_one(Context, run.context_id)
    course = db.session.get(Course, run.context_id)
    day: date = local(run.started_at).date()
    return RunInfo(
        run_id=run.run_id,
        school=context.deployment.registration_id,
        class_id=run.class_id,
        subject=course.subject if course else "",
        day=day,
        roster=[p.uid for p in lists.pupils_of(run)],
        decided=_decided(run.run_id),
        excused=_excused(run),
    )


def _excused(run: LessonRun) -> dict[str, list[Span]]:
    known = excuses.of_run(run)
    people = db.session.execute(select(Person.id, Person.uid).where(Person.id.in_(known)))
    return {row.uid: [Span(one.starts_at, one.ends_at) for one in known[row.id]] for row in people}


def _decided(run_id: str) -> dict[str, Status]:
    said = rollcall.teachers_words(run_id)
    people = db.session.execute(select(Person.id, Person.uid).where(Person.id.in_(said)))
    return {row.uid: said[row.id].status for row in people}
