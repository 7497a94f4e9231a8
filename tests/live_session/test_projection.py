"""What each screen may see."""

from typing import Any

import msgspec
import pytest

from live_session.activities.base import Bar, Key
from live_session.commands import (
    SERVER,
    Ask,
    Conceal,
    Confirm,
    End,
    Move,
    Next,
    Open,
    Reask,
    Release,
    Reopen,
    Resume,
    Reveal,
    SetKey,
    Shut,
)
from live_session.errors import Refusal
from live_session.model import Mode, Outcome, Phase, Proof, Screen, Shown, Standing
from live_session.projection import (
    Asked,
    ConsoleView,
    Gauge,
    Own,
    OwnResponse,
    PublicView,
    Seat,
    Step,
    acked,
    back,
    forth,
    gauge,
    outcome_of,
    own,
    view,
)
from tests.live_session.build import (
    NOW,
    SAMPLES,
    Book,
    activity,
    blackboard,
    came_to,
    command_of,
    every_kind,
    members,
    sit,
    start,
    started,
    with_other_key,
)

Q = "q-single"


def answering(seconds: int | None = None) -> Book:
    return started(every_kind(seconds)).seat("p1", "p2").do(Next())


def public(book: Book, screen: Screen = Screen.PHONE) -> PublicView:
    seen = view(book.state, screen)
    assert isinstance(seen, PublicView)
    return seen


def asked(book: Book, screen: Screen = Screen.PHONE) -> Asked:
    current = public(book, screen).activity
    assert current
    return current


def console(book: Book) -> ConsoleView:
    seen = view(book.state, Screen.CONSOLE)
    assert isinstance(seen, ConsoleView)
    return seen


def mine(book: Book, who: str = "p1", claim: str | None = None) -> Own:
    part = own(book.state, who, claim or f"browser-of-{who}")
    assert part
    return part


def json_of(value: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(value))


# --- the phone ------------------------------------------------------------------------------------------------------


def test_in_the_lobby_a_phone_knows_the_title_and_little_more() -> None:
    book = started().seat("p1")
    assert json_of(public(book)) == {"phase": "lobby", "title": "Toan 9A1", "total": len(SAMPLES)}


def test_an_open_question_is_its_form_and_its_time() -> None:
    book = answering(30)
    assert json_of(public(book)) == {
        "phase": "running",
        "title": "Toan 9A1",
        "total": len(SAMPLES),
        "index": 1,
        "activity": {
            "id": Q,
            "kind": "single",
            "round": 1,
            "is_open": True,
            "html": activity("single").phone,
            "opened_at": NOW,
            "closes_at": NOW + 30_000,
        },
    }


def test_a_phone_is_told_the_same_whatever_others_answer_while_it_is_open() -> None:
    book = answering()
    before = public(book), public(book, Screen.PROJECTOR), console(book)
    book.answer("p1", Q, "A")
    book.answer("p2", Q, "B")
    assert (public(book), public(book, Screen.PROJECTOR), console(book)) == before


def test_a_locked_question_says_how_many_answered_and_no_more() -> None:
    book = answering(30)
    book.answer("p1", Q, "A")
    book.do(Shut(Q))
    assert asked(book) == Asked(Q, "single", 1, is_open=False, html=activity("single").phone, opened_at=NOW, answered=1)


def test_each_press_shows_its_own_thing() -> None:
    book = answering()
    book.answer("p1", Q, "A")
    book.do(Shut(Q), Reveal(Q, Shown.DISTRIBUTION))
    assert asked(book).tally == (Bar("A", 1), Bar("B", 0), Bar("C", 0), Bar("D", 0))
    assert (asked(book).key, asked(book).explanation) == (None, "")
    book.do(Conceal(Q, Shown.DISTRIBUTION), Reveal(Q, Shown.KEY))
    assert (asked(book).tally, asked(book).key) == (None, Key(("C",), ("C",)))
    book.do(Conceal(Q, Shown.KEY), Reveal(Q, Shown.EXPLANATION))
    assert (asked(book).tally, asked(book).key, asked(book).explanation) == (None, None, "EXPLAINED-single")


def test_a_new_round_shows_nothing_of_the_old_one() -> None:
    book = answering()
    book.answer("p1", Q, "A")
    book.do(Shut(Q), *(Reveal(Q, what) for what in Shown), Reask(Q))
    assert members(json_of(public(book))).isdisjoint({"key", "tally", "explanation", "answered", "shown"})
    book.do(Shut(Q), Reveal(Q, Shown.DISTRIBUTION))
    assert asked(book).answered == 0
    assert sum(bar.count for bar in asked(book).tally or ()) == 0
    assert asked(book).key is None


def test_opening_again_hides_what_was_shown() -> None:
    book = answering()
    book.answer("p1", Q, "A")
    book.do(Shut(Q), Reveal(Q, Shown.DISTRIBUTION), Reopen(Q))
    assert members(json_of(public(book))).isdisjoint({"key", "tally", "explanation", "answered", "shown"})


def test_after_the_end_there_is_no_question() -> None:
    book = answering().do(Shut(Q), Reveal(Q, Shown.KEY), End())
    assert json_of(public(book)) == {
        "phase": "ended",
        "title": "Toan 9A1",
        "total": len(SAMPLES),
        "index": 1,
        "ends_at": NOW,
    }
    book.do(Resume())
    assert asked(book).id == Q


def test_late_answers_are_not_in_the_distribution() -> None:
    book = answering().do(Shut(Q))
    book.clock.pass_(60_000)
    assert came_to(book.answer("p1", Q, "A")) is Outcome.LATE
    book.do(Reveal(Q, Shown.DISTRIBUTION))
    assert sum(bar.count for bar in asked(book).tally or ()) == 0
    assert asked(book).answered == 0


def test_the_question_written_on_the_blackboard() -> None:
    book = answering().do(Ask("quick-single"))
    assert (public(book).index, public(book).total) == (2, len(SAMPLES) + 1)
    assert asked(book).id == blackboard()


# --- the projector --------------------------------------------------------------------------------------------------


def test_the_projector_has_its_own_picture_and_the_two_presses() -> None:
    book = answering()
    assert asked(book, Screen.PROJECTOR).html == activity("single").screen
    assert public(book, Screen.PROJECTOR).forth == Step("close", Q)
    assert public(book).forth is None
    assert public(book).back is None


def test_the_whole_lesson_by_one_key() -> None:
    """Every press that is offered works, and pressing on comes to the end."""
    book = started().seat("p1")
    presses = []
    while step := forth(book.state):
        presses.append((step.action, step.what))
        book.do(command_of(step))
    assert book.state.phase is Phase.ENDED
    per_question = [("close", None), *(("reveal", what) for what in Shown), ("next", None)]
    assert presses[:6] == [("next", None), *per_question]
    assert presses[-3:] == [("close", None), ("reveal", Shown.EXPLANATION), ("end", None)], "open text has no key"
    assert len([p for p in presses if p == ("next", None)]) == len(SAMPLES)


def test_every_press_back_works_too() -> None:
    book = answering().do(Shut(Q), Reveal(Q, Shown.DISTRIBUTION))
    steps = []
    while step := back(book.state):
        steps.append(step)
        book.do(command_of(step))
    assert steps == [Step("conceal", Q, Shown.DISTRIBUTION), Step("reopen", Q)]


def test_back_never_goes_past_the_key() -> None:
    book = answering().do(Shut(Q), *(Reveal(Q, what) for what in Shown))
    steps = []
    while step := back(book.state):
        steps.append(step)
        book.do(command_of(step))
    assert [s.action for s in steps] == ["conceal"] * 3
    assert not console(book).can_reopen


def test_no_press_before_the_first_question_back_and_none_after_the_end() -> None:
    assert back(started().state) is None
    assert back(answering().state) is None
    over = answering().do(End())
    assert (forth(over.state), back(over.state)) == (None, None)


def test_an_empty_lesson_has_no_next() -> None:
    assert forth(started([]).state) is None


def test_two_presses_of_one_picture_are_one_press() -> None:
    book = started()
    for _ in range(2):
        step = forth(book.state)
        assert step
        book.do(command_of(step))
        assert isinstance(book.ask(command_of(step)), Refusal)


# --- the console ----------------------------------------------------------------------------------------------------


def test_the_console_has_the_key_and_the_plan() -> None:
    book = answering(30).do(Ask("quick-true_false"))
    seen = console(book)
    assert [p.id for p in seen.plan[:3]] == [Q, blackboard(), "q-multiple"]
    assert [(p.is_open, p.is_quick, p.round) for p in seen.plan[:3]] == [
        (False, False, 1),
        (True, True, 1),
        (False, False, 0),
    ]
    assert seen.key is None, "none was given yet"
    book.do(SetKey(blackboard(), "true"))
    assert console(book).key == Key(("true",))
    assert seen.quick == ("quick-single", "quick-true_false", "quick-number")
    assert seen.admitting


def test_the_console_has_seats_by_opaque_id() -> None:
    book = started().do(sit("p1"), sit("p2", standing=Standing.LAUNCHED, mode=Mode.HOME), sit("p3"), actor=SERVER)
    book.do(Release("p3"))
    assert console(book).seats == (
        Seat("p1", Mode.ROOM, Standing.PICKED, Proof.CODE, NOW),
        Seat("p2", Mode.HOME, Standing.LAUNCHED, Proof.DECLARED, NOW),
    )
    book.do(Confirm())
    assert console(book).seats[0].standing is Standing.CONFIRMED


def test_the_console_knows_when_a_place_was_proved_and_proved_anew() -> None:
    book = started().do(sit("p1", standing=Standing.LAUNCHED), actor=SERVER)
    book.clock.pass_(60_000)
    book.do(sit("p1", standing=Standing.LAUNCHED), actor=SERVER)
    assert console(book).seats[0].placed_at == NOW + 60_000
    book.clock.pass_(60_000)
    book.do(Move("p1", "browser-of-p1", Mode.HOME, Proof.DECLARED), actor=SERVER)
    assert console(book).seats[0].placed_at == NOW + 120_000


def test_the_console_offers_what_can_be_shown() -> None:
    book = answering()
    assert console(book).can == ()
    book.do(Shut(Q))
    assert console(book).can == tuple(Shown)
    assert console(book).can_reopen
    book.do(Reveal(Q, Shown.KEY))
    assert console(book).can == (Shown.DISTRIBUTION, Shown.EXPLANATION)
    assert not console(book).can_reopen


def test_the_console_sees_the_distribution_once_locked() -> None:
    book = answering()
    book.answer("p1", Q, "A")
    current = console(book).current
    assert current
    assert current.tally is None, "while it is open the counts come by gauge"
    book.do(Shut(Q))
    current = console(book).current
    assert current
    assert current.tally == (Bar("A", 1), Bar("B", 0), Bar("C", 0), Bar("D", 0))
    assert console(book).plan[0].answered == 1


def test_the_key_and_only_the_key_differs_between_two_consoles() -> None:
    books = [started([deck]).do(Next()) for deck in (activity("single"), with_other_key(activity("single")))]
    one, other = (console(book) for book in books)
    assert one.key != other.key
    assert msgspec.structs.replace(one, key=None) == msgspec.structs.replace(other, key=None)


# --- one pupil ------------------------------------------------------------------------------------------------------


def test_a_pupil_sees_the_own_answer_and_the_share_once_the_key_is_shown() -> None:
    book = started([activity("multiple")]).seat("p1").do(Next())
    assert mine(book).response is None
    book.answer("p1", "q-multiple", ["A"])
    assert mine(book).response == OwnResponse("q-multiple", 1, ["A"], NOW)
    book.do(Shut("q-multiple"), Reveal("q-multiple", Shown.DISTRIBUTION))
    assert mine(book).share is None
    book.do(Reveal("q-multiple", Shown.KEY))
    assert mine(book).share == 0.5
    book.do(Conceal("q-multiple", Shown.KEY))
    assert mine(book).share is None


def test_a_late_answer_is_shown_as_late_and_has_no_share() -> None:
    book = answering().do(Shut(Q))
    book.clock.pass_(60_000)
    book.answer("p1", Q, "C")
    book.do(Reveal(Q, Shown.KEY))
    assert mine(book).response == OwnResponse(Q, 1, "C", book.clock.now, late=True)
    assert mine(book).share is None


def test_the_answer_in_time_stands_above_a_late_one() -> None:
    book = answering()
    book.answer("p1", Q, "A")
    book.do(Shut(Q))
    book.clock.pass_(60_000)
    book.answer("p1", Q, "C")
    assert mine(book).response == OwnResponse(Q, 1, "A", NOW)


def test_the_answer_shown_is_of_the_question_and_round_on_screen() -> None:
    book = answering()
    book.answer("p1", Q, "A")
    book.do(Reask(Q))
    assert mine(book).response is None
    book.answer("p1", Q, "B", round=2)
    book.do(Next(Q))
    assert mine(book).response is None
    book.do(Open(Q))
    assert mine(book).response == OwnResponse(Q, 2, "B", NOW)


def test_who_holds_no_seat_has_no_part() -> None:
    book = answering()
    assert own(book.state, "p1", "another browser") is None
    assert own(book.state, "nobody", "browser-of-p1") is None
    book.do(Release("p1"))
    assert own(book.state, "p1", "browser-of-p1") is None


def test_work_of_a_browser_that_nobody_vouched_for_is_not_shown_to_another() -> None:
    """It may be another child's: the pupil who launches sees an empty form, not a stranger's answer."""
    book = started().do(sit("p1", "stranger"), actor=SERVER).do(Next())
    book.answer("p1", Q, "A", claim="stranger")
    assert mine(book, claim="stranger").response
    book.do(sit("p1", "own", Standing.LAUNCHED), actor=SERVER)
    assert mine(book, claim="own").response is None
    assert own(book.state, "p1", "stranger") is None


def test_the_next_to_pick_a_released_name_sees_nothing_of_the_first() -> None:
    book = started().do(sit("p1", "first"), actor=SERVER).do(Next())
    book.answer("p1", Q, "A", claim="first")
    book.do(Release("p1")).do(sit("p1", "second"), actor=SERVER)
    assert mine(book, claim="second").response is None
    book.do(Confirm())
    assert mine(book, claim="second").response is None, "the first browser is still nobody's"


def test_a_pupils_own_devices_show_one_answer() -> None:
    book = started().do(sit("p1", "phone", Standing.LAUNCHED), sit("p1", "laptop", Standing.LAUNCHED), actor=SERVER)
    book.do(Next())
    book.answer("p1", Q, "A", claim="phone")
    assert mine(book, claim="laptop").response == mine(book, claim="phone").response
    assert mine(book, claim="laptop").response


def test_an_own_part_is_never_another_pupils() -> None:
    book = answering()
    before = mine(book, "p1")
    book.answer("p2", Q, "D")
    assert mine(book, "p1") == before


@pytest.mark.parametrize("question", [1, 2, 3])
def test_a_late_joiner_is_told_where_the_class_is(question: int) -> None:
    deck = [activity("single", f"q{n}") for n in range(1, 5)]
    book = started(deck)
    for n in range(question):
        book.clock.pass_(1_000)
        book.do(Next(f"q{n}" if n else None))
    book.clock.pass_(1_000)
    book.seat("p1")
    assert mine(book).from_index == (question if question > 1 else 0)
    book.clock.pass_(1_000)
    book.do(Next(f"q{question}"))
    assert mine(book).from_index == (question if question > 1 else 0), "it stays the question they came in at"


def test_erased_words_leave_an_empty_answer() -> None:
    book = started([activity("short")]).seat("p1").do(Next())
    book.answer("p1", "q-short", "secret-hanoi")
    key = ("q-short", 1)
    erased = msgspec.structs.replace(book.state.responses[key]["p1"], value=None)
    state = msgspec.structs.replace(book.state, responses={key: {"p1": erased}})
    book.state = state
    book.do(Shut("q-short"), Reveal("q-short", Shown.DISTRIBUTION), Reveal("q-short", Shown.KEY))
    assert mine(book).share is None
    assert asked(book).tally == ()
    assert asked(book).answered == 1, "that somebody answered is no secret"


# --- what is in the log ---------------------------------------------------------------------------------------------


def test_own_commands_in_the_log() -> None:
    book = answering()
    book.answer("p1", Q, "A", id="one")
    book.answer("p1", Q, "Z", id="refused")
    book.answer("p2", Q, "A", id="other")
    assert acked(book.state, "p1") == ("one",)
    assert acked(book.state, "nobody") == ()
    assert outcome_of(book.state, "p1", "one") == (book.state.seq - 1, Outcome.ACCEPTED)
    assert outcome_of(book.state, "p2", "one") is None


# --- counts ---------------------------------------------------------------------------------------------------------


def test_the_consoles_gauge_says_who_the_projectors_only_how_many() -> None:
    book = started().seat("p1", "p2").seat("p3", mode=Mode.HOME).do(Next())
    book.answer("p3", Q, "A")
    book.answer("p1", Q, "A")
    here = {"p1", "p2", "p3", "stranger"}
    present, answered = {Mode.ROOM: 2, Mode.HOME: 1}, {Mode.ROOM: 1, Mode.HOME: 1}
    assert gauge(book.state, Screen.PROJECTOR, here) == Gauge(present, answered)
    assert gauge(book.state, Screen.CONSOLE, here) == Gauge(
        present,
        answered,
        tally=(Bar("A", 2), Bar("B", 0), Bar("C", 0), Bar("D", 0)),
        who=("p1", "p3"),
        here=("p1", "p2", "p3", "stranger"),
    )


def test_late_answers_are_counted_for_the_teacher() -> None:
    book = answering().do(Shut(Q))
    book.clock.pass_(60_000)
    book.answer("p1", Q, "A")
    assert gauge(book.state, Screen.CONSOLE, ()).late == 1
    assert gauge(book.state, Screen.PROJECTOR, ()).late == 0


def test_counts_before_the_first_question() -> None:
    book = Book().do(start()).seat("p1")
    assert gauge(book.state, Screen.CONSOLE, {"p1"}).tally is None
    assert gauge(book.state, Screen.PROJECTOR, {"p1"}) == Gauge(
        {Mode.ROOM: 1, Mode.HOME: 0}, {Mode.ROOM: 0, Mode.HOME: 0}
    )
