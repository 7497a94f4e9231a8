"""What events do to a run."""

import pytest

from live_session import activities
from live_session.commands import (
    SERVER,
    Admit,
    Ask,
    Conceal,
    Confirm,
    End,
    Move,
    Next,
    Note,
    Open,
    Reask,
    Release,
    Resume,
    Reveal,
    SetKey,
    Shut,
)
from live_session.effects import fold
from live_session.model import Mode, Outcome, Phase, Proof, Shown, Standing
from tests.live_session.build import NOW, Book, activity, blackboard, came_to, every_kind, sit, started

Q = "q-single"


def answering(seconds: int | None = None) -> Book:
    return started(every_kind(seconds)).seat("p1", "p2").do(Next())


# --- seats ----------------------------------------------------------------------------------------------------------


def test_a_pick_holds_the_seat_until_somebody_vouches() -> None:
    book = started().do(sit("p1", "one"), actor=SERVER)
    sitting = book.state.participants["p1"]
    assert sitting.active
    assert (sitting.active.id, sitting.active.is_unconfirmed, sitting.active.is_trusted) == ("one", True, False)


def test_a_launch_frees_the_seat_from_a_mere_pick() -> None:
    book = started().do(sit("p1", "pick"), sit("p1", "launch", Standing.LAUNCHED), actor=SERVER)
    claims = book.state.participants["p1"].claims
    assert claims["pick"].released
    assert not claims["pick"].is_trusted
    assert not claims["launch"].released


def test_a_launch_leaves_a_confirmed_pick_its_seat() -> None:
    book = started().do(sit("p1", "pick"), actor=SERVER).do(Confirm())
    book.do(sit("p1", "launch", Standing.LAUNCHED), actor=SERVER)
    assert not book.state.participants["p1"].claims["pick"].released


def test_coming_back_as_a_pick_keeps_what_was_vouched_for() -> None:
    book = started().do(sit("p1", "one"), actor=SERVER).do(Confirm())
    book.clock.pass_(5_000)
    book.do(sit("p1", "one", mode=Mode.HOME), actor=SERVER)
    claim = book.state.participants["p1"].claims["one"]
    assert (claim.standing, claim.mode, claim.since) == (Standing.CONFIRMED, Mode.HOME, NOW)


def test_a_launch_from_the_same_browser_vouches_for_its_pick() -> None:
    book = started().do(sit("p1", "one"), sit("p1", "one", Standing.LAUNCHED), actor=SERVER)
    claim = book.state.participants["p1"].claims["one"]
    assert (claim.standing, claim.released) == (Standing.LAUNCHED, False)


def test_a_seat_taken_again_after_a_release_must_be_vouched_for_anew() -> None:
    book = started().do(sit("p1", "one"), actor=SERVER).do(Confirm(), Release("p1"))
    book.clock.pass_(5_000)
    book.do(sit("p1", "one"), actor=SERVER)
    claim = book.state.participants["p1"].claims["one"]
    assert (claim.standing, claim.released, claim.since) == (Standing.PICKED, False, NOW + 5_000)


def test_a_released_seat_is_empty_and_its_work_stays() -> None:
    book = answering()
    book.answer("p1", Q, "A")
    book.do(Release("p1"))
    sitting = book.state.participants["p1"]
    assert sitting.active is None
    assert sitting.claims["browser-of-p1"].is_trusted
    assert book.state.responses[Q, 1]["p1"].value == "A"


def test_the_newest_claim_says_where_the_pupil_is() -> None:
    book = started().do(
        sit("p1", "one", Standing.LAUNCHED, Mode.ROOM), sit("p1", "two", Standing.LAUNCHED, Mode.HOME), actor=SERVER
    )
    modes = [book.state.participants["p1"].mode]
    book.do(sit("p1", "one", Standing.LAUNCHED, Mode.ROOM), actor=SERVER)
    modes.append(book.state.participants["p1"].mode)
    book.do(Release("p1"))
    modes.append(book.state.participants["p1"].mode)
    assert modes == [Mode.HOME, Mode.ROOM, Mode.HOME], "when nobody sits: not in the room"


def test_moving_changes_one_claim() -> None:
    book = started().do(sit("p1", "one", Standing.LAUNCHED), sit("p1", "two", Standing.LAUNCHED), actor=SERVER)
    book.do(Move("p1", "one", Mode.HOME, Proof.DECLARED), actor=SERVER)
    modes = {c.id: c.mode for c in book.state.participants["p1"].claims.values()}
    assert modes == {"one": Mode.HOME, "two": Mode.ROOM}


def test_the_newest_sign_of_life_stays() -> None:
    book = started().seat("p1")
    book.do(Note({"p1": (NOW, NOW + 500)}), Note({"p1": (NOW, NOW + 100)}), actor=SERVER)
    assert book.state.participants["p1"].seen == NOW + 500


# --- answers --------------------------------------------------------------------------------------------------------


def test_an_older_tap_that_comes_after_a_newer_one_is_not_the_last_word() -> None:
    book = answering()
    book.clock.pass_(10_000)
    book.answer("p1", Q, "B", composed_at=NOW + 5_000)
    book.answer("p1", Q, "A", composed_at=NOW + 4_999)
    assert book.state.responses[Q, 1]["p1"].value == "B"
    assert len([e for e in book.log if type(e.event).__name__ == "Answered"]) == 2, "the log keeps both"


def test_of_two_taps_of_one_millisecond_the_later_to_come_counts() -> None:
    book = answering()
    book.answer("p1", Q, "B", composed_at=NOW)
    book.answer("p1", Q, "A", composed_at=NOW)
    assert book.state.responses[Q, 1]["p1"].value == "A"


def test_what_a_stranger_said_under_the_name_never_stands_above_the_pupils_word() -> None:
    """The pick in another browser answered with a clock ahead; then the pupil launches and answers."""
    book = started().do(sit("p1", "stranger"), actor=SERVER).do(Next())
    book.clock.pass_(10_000)
    book.answer("p1", Q, "A", claim="stranger", composed_at=NOW + 9_000)
    book.do(sit("p1", "own", Standing.LAUNCHED), actor=SERVER)
    book.answer("p1", Q, "B", claim="own", composed_at=NOW + 8_000)
    assert book.state.responses[Q, 1]["p1"].value == "B"


def test_the_order_of_taps_holds_across_a_pupils_own_devices() -> None:
    book = started().do(sit("p1", "one", Standing.LAUNCHED), sit("p1", "two", Standing.LAUNCHED), actor=SERVER)
    book.do(Next())
    book.clock.pass_(10_000)
    book.answer("p1", Q, "A", claim="one", composed_at=NOW + 9_000)
    book.answer("p1", Q, "B", claim="two", composed_at=NOW + 8_000)
    assert book.state.responses[Q, 1]["p1"].value == "A"


def test_rounds_are_kept_apart() -> None:
    book = answering()
    book.answer("p1", Q, "A")
    book.do(Reask(Q))
    book.answer("p1", Q, "B", round=2)
    assert came_to(book.answer("p2", Q, "C", round=1)) is Outcome.ACCEPTED
    values = {number: {who: r.value for who, r in book.state.responses[Q, number].items()} for number in (1, 2)}
    assert values == {1: {"p1": "A", "p2": "C"}, 2: {"p1": "B"}}


# --- questions ------------------------------------------------------------------------------------------------------


def test_opening_another_question_locks_the_one_before() -> None:
    book = answering()
    locked = book.clock.pass_(3_000)
    book.do(Next(Q))
    assert book.state.rounds[Q][-1].closed_at == locked
    assert book.state.current == "q-multiple"


def test_a_question_left_after_its_time_was_over_when_its_time_was() -> None:
    book = answering(30)
    book.clock.pass_(31_000)  # the grace still runs
    book.do(Next(Q))
    assert book.state.rounds[Q][-1].closed_at == NOW + 30_000


def test_going_back_shows_a_question_as_it_was_left() -> None:
    book = answering().do(Shut(Q), Reveal(Q, Shown.DISTRIBUTION))
    before = book.state.rounds[Q]
    book.do(Next(Q), Open(Q))
    assert book.state.current == Q
    assert book.state.rounds[Q] == before
    assert not book.state.rounds["q-multiple"][-1].is_open


def test_asking_again_makes_a_fresh_round() -> None:
    book = answering(30).do(Shut(Q), Reveal(Q, Shown.KEY))
    book.clock.pass_(60_000)
    book.do(Reask(Q))
    first, second = book.state.rounds[Q]
    assert first.shown == (Shown.KEY,)
    assert (second.number, second.shown, second.is_open, second.is_spent) == (2, (), True, False)
    assert second.closes_at == book.clock.now + 30_000


def test_asking_again_while_it_is_open_locks_the_round_before() -> None:
    book = answering().do(Reask(Q))
    assert [r.is_open for r in book.state.rounds[Q]] == [False, True]


def test_asking_an_earlier_question_again_brings_it_to_the_screen() -> None:
    book = answering().do(Next(Q), Reask(Q))
    assert book.state.current == Q
    assert not book.state.rounds["q-multiple"][-1].is_open


def test_a_question_on_the_blackboard_stands_after_the_current_one() -> None:
    book = started([activity("single"), activity("open")]).do(Ask("quick-number"))
    assert [a.id for a in book.state.deck] == [blackboard(), Q, "q-open"]
    book.do(Next(blackboard()), Ask("quick-single"))
    assert [a.id for a in book.state.deck] == [blackboard(), Q, blackboard(2), "q-open"]
    assert (book.state.current, book.state.phase) == (blackboard(2), Phase.RUNNING)


def test_a_key_given_afterwards_may_be_corrected() -> None:
    book = answering().do(Ask("quick-single"), SetKey(blackboard(), "A"), SetKey(blackboard(), "B"))
    asked = book.state.activity(blackboard())
    assert asked
    key = activities.key_of(asked)
    assert key
    assert key.options == ("B",)
    assert book.state.quick["quick-single"].content != asked.content, "the form itself stays without a key"


def test_hiding_takes_back_one_thing() -> None:
    book = answering().do(Shut(Q), *(Reveal(Q, what) for what in Shown), Conceal(Q, Shown.KEY))
    assert book.state.rounds[Q][-1].shown == (Shown.DISTRIBUTION, Shown.EXPLANATION)


# --- the lesson -----------------------------------------------------------------------------------------------------


def test_the_end_locks_the_question_and_admits_nobody() -> None:
    book = answering()
    end = book.clock.pass_(1_000)
    book.do(End())
    assert (book.state.phase, book.state.ended_at, book.state.admitting) == (Phase.ENDED, end, False)
    assert book.state.rounds[Q][-1].closed_at == end


@pytest.mark.parametrize(("book", "phase"), [(started, Phase.LOBBY), (answering, Phase.RUNNING)])
def test_a_lesson_taken_up_again_goes_on_where_it_stood(book: object, phase: Phase) -> None:
    taken_up = book().do(End(), Resume(15))  # type: ignore[operator]
    assert (taken_up.state.phase, taken_up.state.ended_at, taken_up.state.admitting) == (phase, None, True)
    assert taken_up.state.planned_end == NOW + 15 * 60_000


def test_admitting_is_the_teachers_switch() -> None:
    book = started()
    assert book.state.admitting
    assert not book.do(Admit(False)).state.admitting


def test_states_are_never_changed_after_they_were_built() -> None:
    """Whoever holds an older state goes on seeing what it was."""
    book = answering()
    book.answer("p1", Q, "A")
    before, seen = book.state, (dict(book.state.responses[Q, 1]), len(book.state.participants), len(book.state.done))
    book.answer("p2", Q, "B")
    book.do(Release("p1"), Reask(Q), End())
    assert (dict(before.responses[Q, 1]), len(before.participants), len(before.done)) == seen
    assert before == fold(book.log[: before.seq])


def test_what_a_command_came_to_is_remembered_for_each_who_asked() -> None:
    book = answering()
    book.answer("p1", Q, "A", id="one")
    book.do(Note({}), actor=SERVER)
    assert {i: d.outcome for i, d in book.state.done["p1"].items()} == {"one": Outcome.ACCEPTED}
    assert sum(map(len, book.state.done.values())) == len(book.log), "every event, whoever asked for it"
