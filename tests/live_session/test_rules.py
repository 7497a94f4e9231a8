"""What commands come to: who may ask, when, and what is late."""

from collections.abc import Callable

import msgspec
import pytest

from live_session import commands, events
from live_session.activities import content_of, type_of
from live_session.activities.base import Bar
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
    Mark,
    Moderate,
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
    React,
    Reask,
    Release,
    Reopen,
    Resume,
    Reveal,
    SetGoal,
    SetKey,
    ShowPodium,
    Shut,
    Start,
    Submit,
    Undo,
)
from live_session.errors import Code, Refusal
from live_session.events import Answered
from live_session.model import Audience, Mode, Outcome, Policy, Proof, Role, Screen, Shown, Standing, Tempo, Visibility
from live_session.projection import gauge
from live_session.reducer import EMPTY, decide
from live_session.rules import RULES
from tests.live_session.build import (
    NOW,
    OBSERVER,
    SAMPLES,
    TEACHER,
    Book,
    activity,
    blackboard,
    came_to,
    code,
    every_kind,
    is_wall,
    pupil,
    sit,
    start,
    started,
)
from tests.live_session.strategies import HOSTILE

GRACE = Policy().grace_ms
Q = "q-single"
PUPIL = pupil("p1")

ONE_OF_EACH: dict[type, Command] = {
    type(command): command
    for command in (
        start(),
        sit("p9"),
        Move("p1", "browser-of-p1", Mode.HOME, Proof.DECLARED),
        Submit(Q, 1, "A", NOW),
        Note({"p1": (NOW, NOW)}),
        Open("q-multiple"),
        Next(after=Q),
        Shut(Q),
        Reopen(Q),
        Reveal(Q, Shown.KEY),
        Conceal(Q, Shown.KEY),
        Extend(Q),
        Reask(Q),
        Discuss(Q, 1, 0.5),
        EndTalk(Q),
        FormGroups(Q, 0.5),
        MoveMember(Q, "p1", 1),
        Present(Q, 1),
        GiveTime("p1", 50),
        Undo(1),
        SetGoal(80),
        CountLeaving(True),
        CountSpeed(False),
        ShowPodium(Audience.ROOM),
        Ask("quick-single"),
        SetKey(Q, "A"),
        HideWord(Q, "vui"),
        Admit(False),
        Confirm(),
        Release("p1"),
        Raise(),
        Lower(),
        Pace(Tempo.LOST),
        Call("p1"),
        Pick(0.5),
        Pause(),
        GoOn(),
        End(),
        Resume(),
        React(Q, 1, 1, "vote"),
        commands.Look(Q),
        Moderate(Q, 1, ((1, 1),), Visibility.HIDDEN),
        Mark(Q, 1, 1),
        commands.JoinTeam("p1", "browser-of-p1", "p2", "browser-of-p2"),
        commands.LeaveTeam("p2"),
        commands.SplitTeam(1),
    )
}

ROLES: dict[type, set[Role]] = {
    **{command: {Role.TEACHER} for command in RULES},
    commands.Sit: {Role.SERVER},
    Move: {Role.SERVER},
    commands.JoinTeam: {Role.SERVER},
    commands.LeaveTeam: {Role.TEACHER, Role.SERVER},
    commands.SplitTeam: {Role.TEACHER, Role.SERVER},
    Note: {Role.SERVER},
    Submit: {Role.PUPIL},
    Raise: {Role.PUPIL},
    Pace: {Role.PUPIL},
    React: {Role.PUPIL},
    commands.Look: {Role.PUPIL},
    Lower: {Role.PUPIL, Role.TEACHER},
    Shut: {Role.TEACHER, Role.SERVER},  # the clock closes and ends
    End: {Role.TEACHER, Role.SERVER},
}


def answering(seconds: int | None = None, grace: int = GRACE, **changes: object) -> Book:
    """Question 1 is open and p1 sits."""
    deck = every_kind(seconds)
    return started(deck, Policy(grace_ms=grace), **changes).seat("p1").do(Next())


def over() -> Book:
    return answering().do(End())


# --- who and when ---------------------------------------------------------------------------------------------------


def test_every_command_has_a_rule_and_an_example() -> None:
    assert set(RULES) == set(ONE_OF_EACH)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("command", ONE_OF_EACH.values(), ids=lambda c: type(c).__name__)
@pytest.mark.parametrize("book", [Book, answering, over], ids=["new", "running", "over"])
def test_each_command_checks_the_role(book: Callable[[], Book], command: Command, role: Role) -> None:
    """Whatever the run's state: a role that may not ask is told so and changes nothing."""
    state = book().state
    decided = decide(state, command, Actor(role, "p1", "browser-of-p1"), NOW)
    if role not in ROLES[type(command)]:
        assert decided == Refusal(Code.FORBIDDEN)
    elif state is EMPTY:
        assert isinstance(decided, Refusal) is not isinstance(command, Start)


AFTER_THE_END = {Submit, Confirm, Release, Note, Resume}


@pytest.mark.parametrize("command", ONE_OF_EACH.values(), ids=lambda c: type(c).__name__)
def test_after_the_end_only_late_answers_and_words_on_seats(command: Command) -> None:
    """And a second start is never anything."""
    book = over()
    actor = Actor(min(ROLES[type(command)]), "p1", "browser-of-p1")
    if isinstance(command, Confirm):
        book = answering().do(sit("p2"), actor=SERVER).do(End())
    decided = decide(book.state, command, actor, NOW)
    if type(command) in AFTER_THE_END:
        assert not isinstance(decided, Refusal)
    else:
        assert decided == Refusal(Code.NOT_OPEN)


def test_a_refusal_leaves_state_and_log_as_they_were() -> None:
    book = answering()
    before, length = book.state, len(book.log)
    for command, actor in (
        (Next(), TEACHER),
        (Shut("q-open"), TEACHER),
        (End(), OBSERVER),
        (Submit(Q, 1, "Z", NOW), PUPIL),
    ):
        assert isinstance(book.ask(command, actor), Refusal)
    assert book.state == before
    assert len(book.log) == length == len(book.rows)


# --- the start ------------------------------------------------------------------------------------------------------


def test_a_run_starts_once() -> None:
    book = started()
    assert code(book.ask(start())) == "not_open"


@pytest.mark.parametrize(
    "broken",
    [
        msgspec.structs.replace(activity("single"), kind="crossword"),
        msgspec.structs.replace(activity("single"), content="{"),
        msgspec.structs.replace(activity("single"), content='{"prompt": "no options"}'),
    ],
)
def test_a_run_holds_nothing_that_cannot_be_played(broken: object) -> None:
    """Its screens would fail for every pupil, and with them the process that serves the other lessons."""
    assert code(Book().ask(msgspec.structs.replace(start(), deck=(activity("open"), broken)))) == "invalid_value"
    assert code(Book().ask(msgspec.structs.replace(start(), quick=(broken,)))) == "invalid_value"


def test_activities_of_a_run_have_ids_of_their_own() -> None:
    twice = (activity("single"), activity("single"))
    assert code(Book().ask(start(twice))) == "invalid_value"
    assert code(Book().ask(start((), quick=twice))) == "invalid_value"


def test_an_empty_deck_is_a_lesson_for_questions_on_the_blackboard() -> None:
    book = started([]).do(Ask("quick-single"))
    assert book.state.current == blackboard()


# --- seats ----------------------------------------------------------------------------------------------------------


def test_a_name_taken_is_locked_to_its_phone() -> None:
    book = started()
    assert code(book.ask(sit("p1", "one"), SERVER)) is None
    assert code(book.ask(sit("p1", "two"), SERVER)) == "taken"
    assert code(book.ask(sit("p1", "one"), SERVER)) is None, "one's own seat is always there"
    book.do(Release("p1"))
    assert code(book.ask(sit("p1", "two"), SERVER)) is None
    assert code(book.ask(sit("p1", "one"), SERVER)) == "taken"


def test_a_launched_seat_cannot_be_picked() -> None:
    book = started().seat("p1", standing=Standing.LAUNCHED)
    assert code(book.ask(sit("p1", "other"), SERVER)) == "taken"


def test_a_launch_takes_a_picked_seat_and_a_second_device_sits_beside_the_first() -> None:
    book = started().do(sit("p1", "pick"), actor=SERVER)
    book.do(sit("p1", "laptop", Standing.LAUNCHED), sit("p1", "phone", Standing.LAUNCHED), actor=SERVER)
    claims = book.state.participants["p1"].claims
    assert {c.id: c.released for c in claims.values()} == {"pick": True, "laptop": False, "phone": False}


def test_nobody_new_while_the_lesson_does_not_admit() -> None:
    book = started().seat("p1").do(Admit(False))
    assert code(book.ask(sit("p2"), SERVER)) == "not_open"
    assert code(book.ask(sit("p2", standing=Standing.LAUNCHED), SERVER)) == "not_open"
    assert code(book.ask(sit("p1", standing=Standing.LAUNCHED), SERVER)) is None, "coming back is always let in"
    book.do(Release("p1"))
    assert code(book.ask(sit("p1"), SERVER)) == "not_open", "a released seat is a new one"
    book.do(Admit(True))
    assert code(book.ask(sit("p2"), SERVER)) is None


def test_only_who_sits_moves() -> None:
    book = started().seat("p1", mode=Mode.ROOM)
    go_home = Move("p1", "browser-of-p1", Mode.HOME, Proof.DECLARED)
    assert code(book.ask(go_home, SERVER)) is None
    assert book.state.participants["p1"].mode is Mode.HOME
    assert code(book.ask(msgspec.structs.replace(go_home, claim="other"), SERVER)) == "forbidden"
    assert code(book.ask(msgspec.structs.replace(go_home, participant="p2"), SERVER)) == "forbidden"
    book.do(Release("p1"))
    assert code(book.ask(go_home, SERVER)) == "forbidden"


def test_confirming_one_or_all() -> None:
    book = started().seat("p1", "p2", "p3", standing=Standing.PICKED)
    book.do(Confirm(("p2",)))
    standings = {p.id: p.active.standing for p in book.state.participants.values() if p.active}
    assert standings == {"p1": Standing.PICKED, "p2": Standing.CONFIRMED, "p3": Standing.PICKED}
    book.do(Confirm())
    assert all(p.active and p.active.is_trusted for p in book.state.participants.values())
    assert code(book.ask(Confirm())) == "not_open", "nothing is left to confirm"
    assert code(book.ask(Confirm(("nobody",)))) == "not_open"


def test_a_seat_without_a_name_is_never_confirmed() -> None:
    book = started().seat("nobody", standing=Standing.NAMELESS).seat("p1", standing=Standing.PICKED)
    assert code(book.ask(Confirm(("nobody",)))) == "not_open"
    book.do(Confirm(("nobody", "p1")))
    standings = {p.id: p.active.standing for p in book.state.participants.values() if p.active}
    assert standings == {"nobody": Standing.NAMELESS, "p1": Standing.CONFIRMED}


def test_a_released_pick_is_never_confirmed() -> None:
    book = started().seat("p1", standing=Standing.PICKED).do(Release("p1"))
    assert code(book.ask(Confirm())) == "not_open"
    assert code(book.ask(Confirm(("p1",)))) == "not_open"


def test_an_empty_seat_cannot_be_released() -> None:
    book = started().seat("p1").do(Release("p1"))
    assert code(book.ask(Release("p1"))) == "not_open"
    assert code(book.ask(Release("nobody"))) == "not_open"


def test_signs_of_life_of_strangers_are_not_noted() -> None:
    book = started().seat("p1")
    book.do(Note({"p1": (NOW, NOW + 9), "stranger": (NOW, NOW)}), actor=SERVER)
    assert book.log[-1].event == events.PresenceSeen({"p1": (NOW, NOW + 9)})


def test_a_note_says_no_more_than_there_is() -> None:
    book = started().seat("p1")
    book.do(Note({"p1": (NOW, NOW)}, {}), actor=SERVER)
    assert "awake" not in events.encode(book.log[-1].event)[2]


# --- answers --------------------------------------------------------------------------------------------------------


def test_answers_are_for_those_who_sit() -> None:
    book = answering()
    assert code(book.answer("p2", Q, "A")) == "forbidden"
    assert code(book.answer("p1", Q, "A", claim="another browser")) == "forbidden"
    book.do(Release("p1"))
    assert code(book.answer("p1", Q, "A")) == "forbidden"


def test_answers_name_an_activity_and_a_round_that_was_opened() -> None:
    book = answering()
    assert code(book.answer("p1", "q-unknown", "A")) == "unknown_activity"
    assert code(book.answer("p1", "q-multiple", ["A"])) == "not_open"
    for round_ in (-1, 0, 2, 10**30):
        assert code(book.answer("p1", Q, "A", round=round_)) == "not_open"


@pytest.mark.parametrize("kind", SAMPLES)
def test_values_are_checked_and_stored_in_canonical_form(kind: str) -> None:
    asked = activity(kind)
    book = started([asked]).seat("p1").do(Next())
    for value in HOSTILE:
        book.answer("p1", asked.id, value)
    assert code(book.answer("p1", asked.id, {"a": {}})) == "invalid_value"
    for value in SAMPLES[kind].values:
        assert code(book.answer("p1", asked.id, value)) is None
    stored = type_of(kind).check(content_of(asked), SAMPLES[kind].values[-1])
    if is_wall(asked):
        (post,) = book.state.walls[asked.id, 1].posts.values()
        assert post.value == stored
    else:
        assert book.state.responses[asked.id, 1]["p1"].value == stored


def test_first_accepted_then_replaced() -> None:
    book = answering()
    assert book.answer("p1", Q, "A") == (book.state.seq, Outcome.ACCEPTED)
    book.clock.pass_(1)
    assert book.answer("p1", Q, "B") == (book.state.seq, Outcome.REPLACED)
    assert book.state.responses[Q, 1]["p1"].value == "B"


def test_an_answer_for_question_4_arriving_in_question_5_never_touches_question_5() -> None:
    deck = [activity("single", f"q{n}") for n in range(1, 6)]
    book = started(deck).seat("p1", "p2")
    for n in range(5):
        book.do(Next(f"q{n}" if n else None))
    assert book.state.current == "q5"
    book.answer("p2", "q5", "A")
    before = book.state.responses["q5", 1]
    assert code(book.answer("p1", "q4", "D")) is None
    assert book.state.responses["q5", 1] == before
    assert book.state.responses["q4", 1]["p1"].value == "D"
    assert "p1" not in book.state.responses["q5", 1]


# --- late -----------------------------------------------------------------------------------------------------------

SECONDS = 30
CLOSES = NOW + SECONDS * 1_000


@pytest.mark.parametrize("grace", [0, 1, GRACE])
@pytest.mark.parametrize(("beyond", "expected"), [(-1, Outcome.ACCEPTED), (0, Outcome.ACCEPTED), (1, Outcome.LATE)])
def test_the_boundary_of_a_timer_to_the_millisecond(grace: int, beyond: int, expected: Outcome) -> None:
    """Judged by when it was composed, however late it comes; the clock itself has closed the question meanwhile."""
    book = answering(SECONDS, grace)
    book.clock.pass_(20 * 60_000)
    assert came_to(book.answer("p1", Q, "A", composed_at=CLOSES + grace + beyond)) is expected
    round_ = book.state.round(Q)
    assert round_
    assert round_.closed_at == CLOSES, "the clock closes a question when its time was over, not when it looked"


@pytest.mark.parametrize(("beyond", "outcome"), [(-1, Outcome.ACCEPTED), (0, Outcome.ACCEPTED), (1, Outcome.LATE)])
@pytest.mark.parametrize("seconds", [None, SECONDS])
def test_the_boundary_of_a_teachers_lock(seconds: int | None, beyond: int, outcome: Outcome) -> None:
    book = answering(seconds)
    locked = book.clock.pass_(5_000)
    book.do(Shut(Q))
    book.clock.pass_(60_000)
    assert book.answer("p1", Q, "A", composed_at=locked + GRACE + beyond) == (book.state.seq, outcome)


@pytest.mark.parametrize("waited", [CLOSES + GRACE - NOW, CLOSES + GRACE - NOW - 1])
def test_while_the_grace_runs_the_question_is_open(waited: int) -> None:
    book = answering(SECONDS)
    book.clock.pass_(waited)
    assert book.answer("p1", Q, "A") == (book.state.seq, Outcome.ACCEPTED)
    round_ = book.state.round(Q)
    assert round_
    assert round_.is_open


def test_one_millisecond_later_it_is_not() -> None:
    book = answering(SECONDS)
    book.clock.pass_(CLOSES + GRACE - NOW + 1)
    assert book.answer("p1", Q, "A") == (book.state.seq, Outcome.LATE)


def test_a_late_answer_is_kept_beside_the_one_in_time() -> None:
    book = answering()
    book.answer("p1", Q, "A")
    book.do(Shut(Q))
    book.clock.pass_(GRACE + 1)
    assert book.answer("p1", Q, "B") == (book.state.seq, Outcome.LATE)
    assert book.answer("p1", Q, "C") == (book.state.seq, Outcome.LATE)
    assert book.state.responses[Q, 1]["p1"].value == "A"
    assert book.state.late[Q, 1]["p1"].value == "C"


def composed(book: Book) -> int:
    event = book.log[-1].event
    assert isinstance(event, Answered)
    return event.composed_at


def test_a_phone_that_thinks_it_is_2090_composed_now() -> None:
    book = answering()
    book.clock.pass_(7_000)
    assert book.answer("p1", Q, "A", composed_at=3_786_912_000_000) == (book.state.seq, Outcome.ACCEPTED)
    assert composed(book) == book.clock.now
    book.do(Shut(Q))
    book.clock.pass_(GRACE + 1)
    assert book.answer("p1", Q, "B", composed_at=3_786_912_000_000) == (book.state.seq, Outcome.LATE)


@pytest.mark.parametrize("claimed", [0, -1, NOW - 3_600_000, NOW - 1])
def test_a_word_from_before_the_question_is_worth_nothing(claimed: int) -> None:
    """A phone that thinks it is 1970, or a pupil who says so: nobody answers before the question is asked."""
    book = answering()
    book.clock.pass_(7_000)
    assert book.answer("p1", Q, "A", composed_at=claimed) == (book.state.seq, Outcome.ACCEPTED)
    assert composed(book) == book.clock.now
    book.do(Shut(Q))
    book.clock.pass_(GRACE + 1)
    assert book.answer("p1", Q, "B", composed_at=claimed) == (book.state.seq, Outcome.LATE)


def test_the_moment_of_asking_is_early_enough() -> None:
    book = answering()
    book.clock.pass_(7_000)
    book.answer("p1", Q, "A", composed_at=NOW)
    assert composed(book) == NOW


@pytest.mark.parametrize(("heard", "outcome"), [(GRACE, Outcome.ACCEPTED), (GRACE + 1, Outcome.LATE)])
def test_the_pupils_word_is_bounded_by_what_the_server_heard(heard: int, outcome: Outcome) -> None:
    """`not_before`: the phone was heard then and had not answered yet."""
    book = answering().do(Shut(Q))
    book.clock.pass_(60_000)
    result = book.answer("p1", Q, "A", composed_at=NOW + 1, not_before=NOW + heard)
    assert result == (book.state.seq, outcome)
    assert composed(book) == NOW + heard


@pytest.mark.parametrize(
    ("said", "kept"), [(NOW + 3, NOW + 3), (0, NOW), (NOW + 99_999, NOW + 7_000), (10**300, NOW + 7_000), (None, None)]
)
def test_when_a_question_was_shown_lies_between_asking_and_answering(said: int | None, kept: int | None) -> None:
    book = answering()
    book.clock.pass_(7_000)
    book.answer("p1", Q, "A", shown_at=said)
    event = book.log[-1].event
    assert isinstance(event, Answered)
    assert event.shown_at == kept


def test_more_time_moves_the_boundary() -> None:
    book = answering(SECONDS)
    book.clock.pass_(1_000)
    book.do(Extend(Q, 30))
    book.clock.pass_(20 * 60_000)
    assert came_to(book.answer("p1", Q, "A", composed_at=CLOSES + 30_000 + GRACE)) is Outcome.ACCEPTED
    assert came_to(book.answer("p1", Q, "A", composed_at=CLOSES + 30_001 + GRACE)) is Outcome.LATE


# --- steering -------------------------------------------------------------------------------------------------------


def test_two_presses_of_next_open_one_question() -> None:
    book = started().do(Next(None))
    assert code(book.ask(Next(None))) == "not_open"
    assert book.state.current == Q
    book.do(Next(Q))
    assert code(book.ask(Next(Q))) == "not_open"
    assert book.state.current == "q-multiple"


def test_next_skips_what_was_opened_and_ends_at_the_end() -> None:
    deck = [activity("single", f"q{n}") for n in range(3)]
    book = started(deck).do(Open("q1"), Open("q0"), Next("q0"))
    assert book.state.current == "q2"
    assert code(book.ask(Next("q2"))) == "not_open"


def test_open_names_an_activity_that_is_not_on_screen() -> None:
    book = started().do(Open("q-open"))
    assert code(book.ask(Open("q-open"))) == "not_open"
    assert code(book.ask(Open("nothing"))) == "unknown_activity"


@pytest.mark.parametrize(
    "command", [Shut, Reopen, Reask, Extend, lambda a: Reveal(a, Shown.KEY), lambda a: Conceal(a, Shown.KEY)]
)
def test_what_was_not_opened_cannot_be_steered(command: Callable[[str], Command]) -> None:
    book = answering()
    assert code(book.ask(command("q-open"))) == "not_open"
    assert code(book.ask(command("nothing"))) == "unknown_activity"


def test_three_separate_presses_after_the_lock() -> None:
    book = answering()
    for what in Shown:
        assert code(book.ask(Reveal(Q, what))) == "not_open", "not while it is open"
    book.do(Shut(Q))
    for what in Shown:
        assert code(book.ask(Conceal(Q, what))) == "not_open"
        book.do(Reveal(Q, what))
        assert code(book.ask(Reveal(Q, what))) == "not_open", "each once"
    book.do(Conceal(Q, Shown.KEY), Reveal(Q, Shown.KEY))
    assert code(book.ask(Shut(Q))) == "not_open"


def test_nothing_is_shown_that_is_not_there() -> None:
    book = started([activity("open"), msgspec.structs.replace(activity("single"), explanation="")])
    book.do(Next(), Shut("q-open"))
    assert code(book.ask(Reveal("q-open", Shown.KEY))) == "not_open"
    assert code(book.ask(Reveal("q-open", Shown.DISTRIBUTION))) == "not_open"
    book.do(Next("q-open"), Shut(Q))
    assert code(book.ask(Reveal(Q, Shown.EXPLANATION))) == "not_open"


def test_a_locked_question_opens_again_without_a_clock() -> None:
    book = answering(SECONDS).do(Shut(Q), Reveal(Q, Shown.DISTRIBUTION), Reopen(Q))
    round_ = book.state.round(Q)
    assert round_
    assert (round_.number, round_.is_open, round_.closes_at, round_.shown) == (1, True, None, ())
    assert code(book.ask(Reopen(Q))) == "not_open"


def test_a_question_never_opens_again_after_its_key_was_shown() -> None:
    """Hiding the key does not take it out of anybody's head: it is asked again, as a new round."""
    book = answering().do(Shut(Q), Reveal(Q, Shown.KEY))
    assert code(book.ask(Reopen(Q))) == "not_open"
    book.do(Conceal(Q, Shown.KEY))
    assert code(book.ask(Reopen(Q))) == "not_open"
    book.do(Reask(Q), Shut(Q), Reopen(Q))


def test_only_the_question_on_screen_opens_again() -> None:
    book = answering().do(Next(Q))
    assert code(book.ask(Reopen(Q))) == "not_open"
    book.do(Open(Q), Reopen(Q))


def test_thirty_seconds_more_are_thirty_seconds() -> None:
    book = answering(SECONDS)
    book.do(Extend(Q, 30))
    assert book.state.rounds[Q][-1].closes_at == CLOSES + 30_000
    book.clock.now = CLOSES + 30_000 + GRACE
    book.do(Extend(Q, 30))
    assert book.state.rounds[Q][-1].closes_at == book.clock.now + 30_000, "once over it starts anew"


@pytest.mark.parametrize("seconds", [0, -1, 3_601, 10**400])
def test_more_time_within_reason(seconds: int) -> None:
    assert code(answering(SECONDS).ask(Extend(Q, seconds))) == "invalid_value"


def test_a_question_without_a_clock_gets_one_and_a_locked_one_no_more_time() -> None:
    book = answering().do(Extend(Q, 30))
    assert book.state.rounds[Q][-1].closes_at == book.clock.now + 30_000
    assert code(answering().do(Shut(Q)).ask(Extend(Q))) == "not_open"
    assert code(answering(SECONDS).do(Shut(Q)).ask(Extend(Q))) == "not_open"


def test_questions_on_the_blackboard() -> None:
    book = answering().do(Ask("quick-single"), Ask("quick-true_false"))
    assert [a.id for a in book.state.deck[:3]] == [Q, blackboard(), blackboard(2)]
    assert code(book.ask(Ask("quick-nothing"))) == "unknown_activity"
    assert code(book.ask(Ask(Q))) == "unknown_activity", "a deck's activity is no form"


def test_the_key_of_a_question_on_the_blackboard_comes_afterwards() -> None:
    book = answering().do(Ask("quick-single"))
    assert code(book.ask(SetKey(blackboard(), "Z"))) == "invalid_value"
    assert code(book.ask(SetKey(blackboard(), ["A"]))) == "invalid_value"
    book.do(Shut(blackboard()))
    assert code(book.ask(Reveal(blackboard(), Shown.KEY))) == "not_open", "there is none yet"
    book.do(SetKey(blackboard(), "B"), Reveal(blackboard(), Shown.KEY))
    assert code(book.ask(SetKey(Q, "A"))) == "forbidden", "a prepared one has its own"


@pytest.mark.parametrize(("minutes", "refusal"), [(0, "invalid_value"), (1, None), (240, None), (241, "invalid_value")])
def test_a_lesson_is_taken_up_again_for_a_while(minutes: int, refusal: str | None) -> None:
    book = over()
    assert code(book.ask(Resume(minutes))) == refusal
    if refusal is None:
        assert book.state.planned_end == NOW + minutes * 60_000
        assert code(book.ask(Resume())) == "not_open"


def test_a_second_press_on_ask_again_makes_no_third_round() -> None:
    book = answering().do(Shut(Q), Reask(Q, round=1))
    assert code(book.ask(Reask(Q, round=1))) == "not_open"
    assert len(book.state.rounds[Q]) == 2
    book.do(Reask(Q, round=2))
    assert len(book.state.rounds[Q]) == 3


def test_a_word_is_taken_off_every_screen_and_stands_in_no_log() -> None:
    book = started([activity("cloud"), activity("single")]).seat("p1").do(Next())
    book.answer("p1", "q-cloud", {"1": "xấu xí", "2": "vui"})
    assert code(book.ask(HideWord(Q, "vui"))) == "not_open"

    def words() -> list[list[str]]:
        return [
            [bar.label for bar in gauge(book.state, screen, ["p1"]).tally or ()]
            for screen in (Screen.CONSOLE, Screen.PROJECTOR)
        ]

    assert words() == [["vui", "xấu xí"]] * 2
    length = len(book.log)
    book.do(HideWord("q-cloud", "xấu xí"))
    assert words() == [["vui"]] * 2
    assert "xấu" not in repr(book.log[length:])
    off = [gauge(book.state, screen, ["p1"]).off for screen in Screen]
    assert off == [(Bar("xấu xí", 1, "xấu xí"),) if screen is Screen.CONSOLE else () for screen in Screen]
    book.do(HideWord("q-cloud", "xấu xí", is_hidden=False))
    assert gauge(book.state, Screen.CONSOLE, ["p1"]).off == ()
    assert words() == [["vui", "xấu xí"]] * 2
    book.do(Shut("q-cloud"), Next("q-cloud"))
    assert code(book.ask(HideWord("q-single", "vui"))) == "forbidden"
