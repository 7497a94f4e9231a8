"""The invariants of docs/architecture.md, on lessons that no teacher would give: anybody asks anything, in any
order, again and again, while the clock jumps.

What may not be seen is proved by twins: the same log with other keys, other explanations, or other answers of other
pupils must look the same, byte by byte, to whoever may not see the difference.
"""

import zlib
from collections.abc import Iterator, Mapping
from itertools import count

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from live_session import commands, events, teams
from live_session.activities import content_of, type_of
from live_session.commands import (
    SERVER,
    Actor,
    Admit,
    Ask,
    Call,
    Command,
    Conceal,
    Confirm,
    CountLeaving,
    CountSpeed,
    Discuss,
    End,
    EndTalk,
    Extend,
    FormGroups,
    GiveTime,
    GoOn,
    HideWord,
    Lower,
    Move,
    MoveMember,
    Next,
    Note,
    Open,
    Pace,
    Pause,
    Pick,
    Present,
    Raise,
    Reask,
    Release,
    Reopen,
    Resume,
    Reveal,
    SetGoal,
    SetKey,
    ShowPodium,
    Shut,
    Submit,
    Undo,
)
from live_session.errors import Refusal
from live_session.events import ActivityClosed, Answered, Event, KeySet, Logged, RunStarted
from live_session.model import (
    Activity,
    Audience,
    Confidence,
    Json,
    Mode,
    Phase,
    Policy,
    Proof,
    Role,
    Screen,
    Shown,
    Standing,
    State,
    Tempo,
    Terms,
)
from live_session.projection import Own, back, console, forth, gauge, own, public, stage_of, view
from live_session.reducer import EMPTY, NEVER, apply, decide, due, due_at, fold
from live_session.store.log import Result
from live_session.store.snapshots import pack, unpack, with_words
from tests.live_session.build import (
    OBSERVER,
    SAMPLES,
    TEACHER,
    Book,
    activity,
    command_of,
    pupil,
    quick_forms,
    start,
    with_other_key,
)
from tests.live_session.strategies import ANY_JSON, NEAR

PUPILS = [f"pupil-{letter}-5e1f" for letter in "abcd"]
CLAIMS = [f"claim-{n}-0ff1" for n in range(3)]
TEACHERS = [TEACHER, Actor(Role.TEACHER, "teacher-9a9a")]
BLACKBOARD = ["ask-1", "ask-2"]
ACTIVITIES = [*(f"q-{kind}" for kind in SAMPLES), *BLACKBOARD]
TERMS = Terms(asks_confidence=True, has_fair_clock=True, counts_speed=True)
CLASS_SCREENS = (Screen.PHONE, Screen.PROJECTOR)

pupils, claims, activities = st.sampled_from(PUPILS), st.sampled_from(CLAIMS), st.sampled_from(ACTIVITIES)
rounds = st.sampled_from([1, 2, 3, 0])

steering = st.one_of(
    st.builds(Open, activities),
    st.builds(Shut, activities),
    st.builds(Reopen, activities),
    st.builds(Reveal, activities, st.sampled_from(Shown)),
    st.builds(Conceal, activities, st.sampled_from(Shown)),
    st.builds(Extend, activities, st.sampled_from([30, 1, 0])),
    st.builds(Reask, activities),
    st.builds(Ask, st.sampled_from(["quick-single", "quick-true_false", "quick-number", "none"])),
    st.builds(SetKey, activities, st.sampled_from(["A", "true", "12", 7])),
    st.builds(HideWord, st.sampled_from(["q-cloud", "q-single"]), st.sampled_from(["vui", "hoà bình"]), st.booleans()),
    st.builds(Admit, st.booleans()),
    st.builds(Confirm, st.lists(pupils, max_size=2).map(tuple)),
    st.builds(Release, pupils),
    st.builds(Call, pupils),
    st.builds(
        Discuss, activities, st.sampled_from([1, 2]), st.floats(0, 1), st.sampled_from([60, None, 5]), st.booleans()
    ),
    st.builds(EndTalk, activities),
    st.builds(FormGroups, st.just("q-group"), st.floats(0, 1), st.sampled_from([2, 4, 9])),
    st.builds(MoveMember, st.just("q-group"), pupils, st.integers(0, 4)),
    st.builds(Present, st.just("q-group"), st.none() | st.integers(0, 4)),
    st.builds(SetGoal, st.sampled_from([80, 50, None, 7])),
    st.builds(CountLeaving, st.booleans()),
    st.builds(CountSpeed, st.booleans()),
    st.builds(ShowPodium, st.sampled_from([None, *Audience])),
    st.builds(GiveTime, pupils, st.sampled_from([50, 100, 0, 7])),
    st.builds(Pause, st.booleans()),
    st.just(GoOn()),
    st.builds(Lower, st.none() | pupils),
    st.builds(Pick, st.floats(0, 1)),
    st.builds(Resume, st.sampled_from([1, 15])),
)

# --- twins ----------------------------------------------------------------------------------------------------------

OTHER_KEYS: Mapping[str, Json] = {"A": "B", "true": "false", "12": "13"}


def with_other_keys(event: Event) -> Event:
    if isinstance(event, RunStarted):
        return msgspec.structs.replace(event, deck=tuple(map(with_other_key, event.deck)))
    return msgspec.structs.replace(event, key=OTHER_KEYS[event.key]) if isinstance(event, KeySet) else event


def with_other_explanations(event: Event) -> Event:
    if not isinstance(event, RunStarted):
        return event
    deck = tuple(
        msgspec.structs.replace(a, explanation="OTHER", content=a.content.replace("EXPLAINED", "OTHERWISE"))
        for a in event.deck
    )
    return msgspec.structs.replace(event, deck=deck)


def other_value(asked: Activity, value: Json) -> Json:
    """Another answer of the same kind."""
    type_, content = type_of(asked.kind), content_of(asked)
    others = (type_.check(content, sample) for sample in SAMPLES[asked.kind].values)
    return next(other for other in others if other != value)


def with_others_other_answers(state: State, event: Event, who: str) -> Event:
    """What everybody but `who` answered is something else."""
    if not isinstance(event, Answered) or event.participant == who or who in event.team:
        return event
    asked = state.activity(event.activity)
    assert asked
    word = Confidence.GUESS if event.confidence is Confidence.SURE else Confidence.SURE
    return msgspec.structs.replace(event, value=other_value(asked, event.value), confidence=word)


# --- the machine ----------------------------------------------------------------------------------------------------


class AnyLesson(RuleBasedStateMachine):
    """A lesson, its log, and its twins."""

    def __init__(self) -> None:
        super().__init__()
        self.book = Book()
        self.snapshots: list[State] = [EMPTY]
        self.asked: list[tuple[Command, Actor, str]] = []
        self.outcomes: dict[tuple[str, str], Result] = {}
        self.ids = (f"phone-made-{n}" for n in count())
        self.keyed = self.explained = EMPTY
        self.seen_by = dict.fromkeys(PUPILS, EMPTY)

    @initialize(seconds=st.sampled_from([60, 5, None]), grace=st.sampled_from([0, 2_000]))
    def begin(self, seconds: int | None, grace: int) -> None:
        deck = [msgspec.structs.replace(activity(kind, seconds=seconds), terms=TERMS) for kind in SAMPLES]
        self.put(start(deck, policy=Policy(grace_ms=grace), quick=quick_forms()))
        for who, claim in zip(PUPILS[:3], CLAIMS, strict=True):
            self.sit(who, claim, Standing.LAUNCHED if who == PUPILS[0] else Standing.PICKED)
        self.press_next()

    def meant(self, command: Command) -> Command:
        """The command, with the id of the first or second question on the blackboard where it names that."""
        named = getattr(command, "activity", None)
        if named not in BLACKBOARD:
            return command
        found = (a.id for a in self.book.state.deck if a.id.startswith(f"{named}-"))
        return msgspec.structs.replace(command, activity=next(found, named))

    def put(self, command: Command, actor: Actor = TEACHER, id: str | None = None) -> Result:
        """Ask, and check what must hold whatever came of it."""
        name = id or next(self.ids)
        command = self.meant(command)
        before, length = self.book.state, len(self.book.log)
        result = self.book.ask(command, actor, name)
        self.follow(length)
        self.nothing_is_overdue()
        by_clock = [e for e in self.book.log[length:] if e.who == SERVER.who and e.command_id != name]
        if isinstance(result, Refusal):
            assert self.book.state == fold(by_clock, before), "a refusal changes nothing"
        else:
            assert self.outcomes.setdefault((actor.who, name), result) == result, "one id, one outcome"
            assert self.book.log[result[0] - 1].command_id == name
            assert self.book.log[result[0] - 1].who == actor.who
        self.asked.append((command, actor, name))
        return result

    def nothing_is_overdue(self) -> None:
        """Whoever asks anything: the clock has spoken before."""
        state, now = self.book.state, self.book.clock.now
        if state.phase is not Phase.ENDED:
            assert now <= state.planned_end + state.policy.overtime_ms
            ends = [r.closes_at for asked in state.rounds.values() for r in asked if r.is_open]
            assert all(end is None or now <= end + state.policy.grace_ms for end in ends)

    def follow(self, length: int) -> None:
        """Fold the new events into the snapshots and the twins."""
        for logged, row in zip(self.book.log[length:], self.book.rows[length:], strict=True):
            self.check_row(logged, row)
            state = self.snapshots[-1]
            self.keyed = apply(self.keyed, with_event(logged, with_other_keys(logged.event)))
            self.explained = apply(self.explained, with_event(logged, with_other_explanations(logged.event)))
            for who, seen in self.seen_by.items():
                other = with_others_other_answers(state, logged.event, who)
                self.seen_by[who] = apply(seen, with_event(logged, other))
            self.check_answer(state, logged)
            self.snapshots.append(apply(state, logged))
            self.check_lock(state, self.snapshots[-1], logged.event)

    def check_lock(self, before: State, after: State, event: Event) -> None:
        """By the clock, it tells phones nothing that they do not know: the channel spares them a frame."""
        round_ = after.round(after.current)
        if not isinstance(event, ActivityClosed) or round_ is None or round_.closed_at != round_.closes_at:
            return
        knew, tells = (public(state, Screen.PHONE).activity for state in (before, after))
        assert knew
        assert tells
        locked = {"is_open": False, "closes_at": tells.closes_at, "answered": tells.answered}
        assert msgspec.structs.replace(knew, **locked) == tells
        for who in PUPILS:
            for claim in CLAIMS:
                assert own(before, who, claim) == own(after, who, claim)

    def check_row(self, logged: Logged, row: Mapping[str, Json]) -> None:
        stored = events.decode(row["type"], row["version"], row["body"])
        if isinstance(logged.event, Answered) and self.is_private(logged.event.activity):
            assert stored == msgspec.structs.replace(logged.event, value=None), "a pupil's words stay out of the log"
        else:
            assert stored == logged.event
        assert row["command_id"] == f"{logged.who}:{logged.command_id}"

    def is_private(self, id: str) -> bool:
        asked = self.book.state.activity(id)
        assert asked
        return type_of(asked.kind).is_private

    def check_answer(self, before: State, logged: Logged) -> None:
        """An answer touches one pupil's place in one round, and was composed at a moment that can be."""
        if not isinstance(event := logged.event, Answered):
            return
        after, here = apply(before, logged), (event.activity, event.round)
        for table, now in ((before.responses, after.responses), (before.late, after.late)):
            for key in {*table, *now}:
                was, is_ = dict(table.get(key, {})), dict(now.get(key, {}))
                for who in teams.members_of(event) if key == here else ():
                    was.pop(who, None)
                    is_.pop(who, None)
                assert was == is_
        round_ = before.rounds[event.activity][event.round - 1]
        assert event.composed_at == logged.at or round_.opened_at <= event.composed_at < logged.at

    # --- what anybody may do ----------------------------------------------------------------------------------------

    @rule(ms=st.sampled_from([0, 1, 40, 999, 5_001, 30_000, 70_000, -300]))
    def wait(self, ms: int) -> None:
        self.book.clock.pass_(ms)

    @rule(ms=st.sampled_from([1, 0, 2, -1, 60_000]))
    def wait_until_time_is_over(self, ms: int) -> None:
        """And on to the next press, so that somebody notices."""
        state = self.book.state
        round_ = state.round(state.current or "")
        if round_ and round_.is_open and round_.closes_at is not None:
            self.book.clock.now = round_.closes_at + state.policy.grace_ms + ms
            self.press_forth()

    @rule(ms=st.sampled_from([1, 0]))
    def wait_until_the_lesson_is_over(self, ms: int) -> None:
        if len(self.book.log) > 25:
            self.book.clock.now = self.book.state.planned_end + self.book.state.policy.overtime_ms + ms
            self.press_next()

    @rule(who=pupils, claim=claims, standing=st.sampled_from([Standing.PICKED, Standing.LAUNCHED]))
    def sit(self, who: str, claim: str, standing: Standing) -> None:
        self.put(commands.Sit(who, claim, standing, Mode.ROOM, Proof.CODE), SERVER)

    @rule(shift=st.integers(0, 2), standing=st.sampled_from([Standing.LAUNCHED, Standing.PICKED]))
    def everybody_comes_in_another_browser(self, shift: int, standing: Standing) -> None:
        for n, who in enumerate(PUPILS):
            self.sit(who, CLAIMS[(n + shift) % len(CLAIMS)], standing)

    @rule(who=pupils, claim=claims, mode=st.sampled_from(Mode))
    def move(self, who: str, claim: str, mode: Mode) -> None:
        self.put(Move(who, claim, mode, Proof.DECLARED), SERVER)

    @rule(who=pupils, choice=st.integers(0, 9), ago=st.sampled_from([0, 1, 3_000, 40_000]))
    def answer(self, who: str, choice: int, ago: int) -> None:
        """Whoever sits answers what is on screen."""
        state = self.book.state
        sitting = state.participants.get(who)
        asked, round_ = state.activity(state.current or ""), state.round(state.current or "")
        if sitting and sitting.active and asked and round_:
            values = SAMPLES[asked.kind].values
            word = [None, *Confidence][choice % 4]
            made = f"post-{choice % 3}"  # of a kind whose pupils post several times, one of three
            value = values[choice % len(values)]
            ago_at = self.book.clock.now - ago
            command = Submit(asked.id, round_.number, value, ago_at, confidence=word, post=made)
            self.put(command, pupil(who, sitting.active.id))

    @rule(everybody=st.permutations(PUPILS), choice=st.integers(0, 9), ms=st.sampled_from([2_000, 0, 6_000]))
    def answer_all_together(self, everybody: list[str], choice: int, ms: int) -> None:
        self.book.clock.pass_(ms)
        for n, who in enumerate(everybody):
            self.answer(who, choice + n, n * 1_500)

    @rule(who=pupils, round_=rounds, choice=st.integers(0, 9), heard=st.sampled_from([2_000, 1 << 50]))
    def answer_earlier_questions(self, who: str, round_: int, choice: int, heard: int) -> None:
        """What waited in an outbox comes at last."""
        state = self.book.state
        sitting = state.participants.get(who)
        for id_ in state.rounds if sitting and sitting.active else ():
            asked, claim = state.activity(id_), sitting.active.id if sitting and sitting.active else ""
            values = SAMPLES[asked.kind if asked else "single"].values
            value = values[choice % len(values)]
            command = Submit(id_, round_, value, self.book.clock.now - 10_000, post=f"post-{choice % 3}")
            self.put(command, pupil(who, claim, self.book.clock.now - heard))

    @rule(who=pupils, claim=claims, asked=activities, value=ANY_JSON | NEAR, at=st.integers())
    def answer_anything(self, who: str, claim: str, asked: str, value: Json, at: int) -> None:
        self.put(Submit(asked, 1, value, at, at, post="post-0"), pupil(who, claim))

    @rule(who=pupils, command=st.sampled_from([Raise(), Lower(), Pace(Tempo.LOST), Pace(Tempo.FAST), Pace()]))
    def signal(self, who: str, command: Command) -> None:
        sitting = self.book.state.participants.get(who)
        self.put(command, pupil(who, sitting.active.id if sitting and sitting.active else CLAIMS[0]))

    @rule(command=steering, actor=st.sampled_from(TEACHERS))
    def steer(self, command: Command, actor: Actor) -> None:
        self.put(command, actor)

    @rule(
        asked=st.sampled_from(["quick-single", "quick-true_false", "quick-number"]), key=st.sampled_from([*OTHER_KEYS])
    )
    def ask_on_the_blackboard(self, asked: str, key: str) -> None:
        if isinstance(self.put(Ask(asked)), Refusal):
            return
        self.answer_all_together(PUPILS, 1, 1)
        self.put(SetKey(self.book.state.current or "", key))

    @rule(
        make=st.sampled_from([Shut, Reopen, Reask, Extend]),
        show=st.sampled_from([Reveal, Conceal, None, None]),
        what=st.sampled_from(Shown),
    )
    def steer_what_is_on_screen(self, make: type, show: type | None, what: Shown) -> None:
        current = self.book.state.current or ""
        self.put(show(current, what) if show else make(current))

    @rule(draw=st.floats(0, 1, exclude_max=True), mixes=st.booleans())
    def discuss_what_is_on_screen(self, draw: float, mixes: bool) -> None:
        state = self.book.state
        round_ = state.round(state.current or "")
        self.put(Discuss(state.current or "", round_.number if round_ else 1, draw, mixes=mixes))

    @rule(who=pupils, host=pupils)
    def share_a_phone(self, who: str, host: str) -> None:
        """Answer together by the host's phone, if both sit and share no other."""
        for one in (who, host):
            self.sit(one, CLAIMS[0], Standing.LAUNCHED)
        self.put(commands.JoinTeam(host, CLAIMS[0], who, CLAIMS[0]), SERVER)

    @rule(who=pupils, choice=st.integers(0, 9), number=st.integers(0, 3), ago=st.sampled_from([0, 3_000, 40_000]))
    def answer_together(self, who: str, choice: int, number: int, ago: int) -> None:
        state = self.book.state
        sitting, round_ = state.participants.get(who), state.round(state.current or "")
        asked = state.activity(state.current or "")
        if sitting and sitting.active and asked and round_:
            values = SAMPLES[asked.kind].values
            value, at = values[choice % len(values)], self.book.clock.now - ago
            command = Submit(asked.id, round_.number, value, at, post=f"post-{choice % 3}", team=number)
            self.put(command, pupil(who, sitting.active.id))

    @rule(who=pupils, number=st.integers(1, 3), actor=st.sampled_from([*TEACHERS, SERVER]))
    def leave_a_team(self, who: str, number: int, actor: Actor) -> None:
        self.put(commands.LeaveTeam(who) if number > 1 else commands.SplitTeam(number), actor)

    @rule(who=pupils)
    def release(self, who: str) -> None:
        self.put(Release(who))

    @rule(who=st.lists(pupils, max_size=2))
    def confirm(self, who: list[str]) -> None:
        self.put(Confirm(tuple(who)))

    @rule(command=steering, who=pupils)
    def steer_without_right(self, command: Command, who: str) -> None:
        for actor in (pupil(who), OBSERVER, SERVER):
            if not isinstance(command, Shut) and not (isinstance(command, Lower) and actor.role is Role.PUPIL):
                assert isinstance(self.put(command, actor), Refusal)

    @rule()
    def press_next(self) -> None:
        self.put(Next(self.book.state.current))

    @rule()
    def press_forth(self) -> None:
        if step := forth(self.book.state):
            self.put(command_of(step))

    @rule(ms=st.sampled_from([0, 3_000, 12_001]))
    def take_back(self, ms: int) -> None:
        """The last step, if it may be."""
        taken = self.book.state.taken
        self.book.clock.pass_(ms)
        self.put(Undo(taken.seq if taken else 1))

    @rule()
    def press_back(self) -> None:
        if step := back(self.book.state):
            self.put(command_of(step))

    @precondition(lambda self: len(self.book.log) > 25)
    @rule()
    def end(self) -> None:
        self.put(End())

    @precondition(lambda self: self.book.state.phase is Phase.ENDED)
    @rule(minutes=st.sampled_from([1, 15]))
    def take_up_again(self, minutes: int) -> None:
        self.put(Resume(minutes))

    @rule(who=st.lists(pupils, max_size=3), ms=st.integers(0, 60_000))
    def note(self, who: list[str], ms: int) -> None:
        now = self.book.clock.now
        self.put(Note(dict.fromkeys(who, (now - ms, now))), SERVER)

    @precondition(lambda self: self.asked)
    @rule(data=st.data(), someone=pupils)
    def send_again(self, data: st.DataObject, someone: str) -> None:
        """The same command by the same person; another command under its id; the same by somebody else."""
        command, actor, name = data.draw(st.sampled_from(self.asked))
        first, length = self.outcomes.get((actor.who, name)), len(self.book.log)
        again = data.draw(st.sampled_from([command, End(), Submit("q-single", 1, "A", 0)]))
        result = self.book.ask(again, actor, name)
        if first is not None:
            assert result == first
            assert all(e.who == SERVER.who and e.command_id != name for e in self.book.log[length:])
        self.follow(length)
        if not isinstance(result, Refusal):
            self.outcomes.setdefault((actor.who, name), result)
        if isinstance(command, Submit):
            self.put(command, pupil(someone, actor.claim), name)

    # --- what must always hold --------------------------------------------------------------------------------------

    @invariant()
    def the_log_has_no_gap(self) -> None:
        assert [e.seq for e in self.book.log] == list(range(1, len(self.book.log) + 1))
        assert self.book.state.seq == len(self.book.log)
        assert self.book.state == self.snapshots[-1]

    @invariant()
    def the_clock_speaks_exactly_when_something_is_due(self) -> None:
        state, moment = self.book.state, due_at(self.book.state)
        assert due(state, moment - 1) is None
        if moment != NEVER:
            asked = due(state, moment)
            assert asked
            event = decide(state, asked[1], SERVER, moment)
            assert not isinstance(event, Refusal)
            after = apply(state, Logged(state.seq + 1, asked[0], moment, SERVER.who, event))
            assert due(after, moment) != asked, "what was due is done"

    @invariant()
    def only_the_question_on_screen_is_open(self) -> None:
        state = self.book.state
        open_ = {id_ for id_, asked in state.rounds.items() if any(r.is_open for r in asked)}
        assert open_ <= {state.current}
        assert all(not r.is_open for asked in state.rounds.values() for r in asked[:-1])
        assert not (open_ and state.phase is Phase.ENDED)
        assert not any(r.shown for asked in state.rounds.values() for r in asked if r.is_open)

    @invariant()
    def a_mere_pick_never_shares_a_seat(self) -> None:
        for sitting in self.book.state.participants.values():
            holding = [c for c in sitting.claims.values() if not c.released]
            assert len(holding) <= 1 or all(c.is_trusted for c in holding)

    @invariant()
    def only_who_sits_is_heard(self) -> None:
        state = self.book.state
        sitting = {p.id for p in state.participants.values() if p.active}
        called = {state.called.participant} if state.called else set()
        assert {*state.hands, *called} <= sitting
        assert not called & set(state.hands)
        assert not (state.phase is Phase.ENDED and (state.hands or called or state.pace))

    @invariant()
    def a_clock_stands_or_runs(self) -> None:
        """In a pause no round has a deadline, and out of it none is kept."""
        state = self.book.state
        rounds_ = [r for asked in state.rounds.values() for r in asked if r.is_open]
        assert all(r.closes_at is None if state.paused else r.left is None for r in rounds_)
        assert not any(r.left is not None for asked in state.rounds.values() for r in asked if not r.is_open)
        assert not (state.paused and state.phase is Phase.ENDED)

    @invariant()
    def a_talk_stands_between_two_rounds(self) -> None:
        state, talk = self.book.state, self.book.state.talk
        if talk is None:
            return
        round_ = state.round(talk.activity)
        assert round_
        assert talk.activity == state.current
        assert not round_.is_open
        assert Shown.KEY not in round_.shown
        talking = [who for group in talk.groups for who in group]
        assert len(set(talking)) == len(talking)
        assert set(talking) <= set(state.participants)
        assert talk.ends_at is None if state.paused else talk.left is None

    @invariant()
    def every_press_that_is_offered_works(self) -> None:
        state, now = self.book.state, self.book.clock.now
        if due(state, now) is not None or not state.exists:
            return
        for step in (forth(state), back(state)):
            assert step is None or not isinstance(decide(state, command_of(step), TEACHER, now), Refusal)
        if (seen := console(state)).current and state.phase is not Phase.ENDED:
            id_ = seen.current.id
            can = {w for w in Shown if not isinstance(decide(state, Reveal(id_, w), TEACHER, now), Refusal)}
            assert set(seen.can) == can
            assert seen.can_reopen is not isinstance(decide(state, Reopen(id_), TEACHER, now), Refusal)

    @invariant()
    def a_class_sees_nothing_before_it_is_shown(self) -> None:
        state = self.book.state
        round_ = state.round(state.current) if state.current else None
        shown = round_.shown if round_ and state.phase is not Phase.ENDED else ()
        for screen in CLASS_SCREENS:
            sees = seen(state, screen)
            assert Shown.KEY in shown or sees == seen(self.keyed, screen), "the key"
            assert Shown.EXPLANATION in shown or sees == seen(self.explained, screen), "the explanation"
            for who in PUPILS:
                assert Shown.DISTRIBUTION in shown or sees == seen(self.seen_by[who], screen), "others' answers"
                assert who.encode() not in sees
            assert not any(name.encode() in sees for name in (*CLAIMS, *(t.who for t in TEACHERS)))
        asked = state.activity(state.current or "")
        if asked is None or not type_of(asked.kind).is_live:  # a word cloud grows before everybody's eyes
            counts = gauge(state, Screen.PROJECTOR, PUPILS)
            assert all(counts == gauge(twin, Screen.PROJECTOR, PUPILS) for twin in (*self.seen_by.values(), self.keyed))

    @invariant()
    def an_own_part_is_ones_own(self) -> None:
        state = self.book.state
        round_ = state.round(state.current) if state.current else None
        for who in PUPILS:
            for claim in CLAIMS:
                mine = own_part(state, who, claim)
                assert mine == own_part(self.seen_by[who], who, claim), "another pupil's answer"
                assert (round_ and Shown.KEY in round_.shown) or mine == own_part(self.keyed, who, claim), "the key"
                text = msgspec.json.encode(mine)
                assert not any(name.encode() in text for name in (*PUPILS, *CLAIMS))
                slowly = msgspec.structs.replace(stage_of(state), is_plain=False)
                ways = (msgspec.json.encode(own(state, who, claim, by)) for by in (None, slowly))
                assert len(set(ways)) == 1, "the short way is the long one, to the byte"

    def teardown(self) -> None:
        for (who, id_), result in self.outcomes.items():
            done = self.book.state.done[who][id_]
            assert (done.seq, done.outcome) == result, "acknowledged is in the log for ever"
        for cut, snapshot in enumerate(self.snapshots):
            assert fold(self.book.log[cut:], snapshot) == self.book.state
        for cut in {0, len(self.snapshots) // 2, len(self.snapshots) - 1}:
            self.comes_back_from_bytes(self.snapshots[cut], self.book.log[:cut])

    def comes_back_from_bytes(self, snapshot: State, log: list[Logged]) -> None:
        """As it is stored: without pupils' words, which come from where they can be erased."""
        data = pack(snapshot)
        words = [e for e in log if isinstance(e.event, Answered) and self.is_private(e.event.activity)]
        stored = unpack(data)
        assert stored
        assert with_words(stored, words) == snapshot
        said = {text for e in words if isinstance(e.event, Answered) for text in texts_in(e.event.value)}
        by_chance = 5  # "false" and what is shorter stands in many a deck
        assert not any(text.encode() in zlib.decompress(data) for text in said if len(text) > by_chance)


def texts_in(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for part in value if isinstance(value, list) else value.values():
            yield from texts_in(part)


def with_event(logged: Logged, event: Event) -> Logged:
    return msgspec.structs.replace(logged, event=event)


def seen(state: State, screen: Screen) -> bytes:
    """What a screen shows, but for what keys that were shown before come to (test_goal)."""
    return msgspec.json.encode(msgspec.structs.replace(view(state, screen), goal=None))


def own_part(state: State, who: str, claim: str) -> Own | None:
    """The same of a pupil's own part; points of keys that were shown stand once more at the end (test_points)."""
    mine = own(state, who, claim)
    told = mine.points if mine and state.phase is not Phase.ENDED else None
    return mine and msgspec.structs.replace(mine, progress=None, points=told)


TestAnyLesson = AnyLesson.TestCase
