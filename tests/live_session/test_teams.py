"""Group phones: one answer for several, and never two for one."""

from collections.abc import Set
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_session import events, posts, teams
from live_session.commands import SERVER, JoinTeam, LeaveTeam, Next, Reask, Release, Shut, SplitTeam, Submit
from live_session.errors import Code, Refusal
from live_session.events import Answered, RunStarted
from live_session.model import CARD, Answering, Mode, Outcome, Screen, Standing, State, Terms
from live_session.projection import console, gauge, here_of, own
from live_session.reducer import EMPTY, fold
from live_session.store.snapshots import pack, unpack, with_words
from tests.live_session.build import SAMPLES, Book, activity, pupil, sit, started

Q = "q-single"
KEY = (Q, 1)


def join(book: Book, who: str, host: str = "an") -> Any:
    return book.ask(JoinTeam(host, f"browser-of-{host}", who, f"browser-of-{who}"), SERVER)


def team(*members: str, standing: Standing = Standing.LAUNCHED, answering: Answering = Answering.SEATED) -> Book:
    """A question is open, and these share a phone with an, who answers for all of them."""
    asked = [msgspec.structs.replace(activity(kind), terms=Terms(answering=answering)) for kind in ("single", "board")]
    book = started(asked).seat("an", *members, standing=standing)
    for who in members:
        assert not isinstance(join(book, who), Refusal)
    return book.do(Next())


def answer(book: Book, value: str, number: int = 1, who: str = "an", ago: int = 0, claim: str | None = None) -> Any:
    book.clock.pass_(1_000)
    return book.ask(Submit(Q, 1, value, book.clock() - ago, team=number), pupil(who, claim))


def given_in(book: Book) -> dict[str, tuple[Any, bool]]:
    return {who: (said.value, said.is_team) for who, said in book.state.responses.get(KEY, {}).items()}


def test_one_answer_counts_for_each_member_as_a_teams() -> None:
    book = team("binh", "chi").seat("dung")
    answer(book, "C")
    assert given_in(book) == {"an": ("C", True), "binh": ("C", True), "chi": ("C", True)}
    assert next(e.event for e in book.log if isinstance(e.event, Answered)).team.keys() == {"an", "binh", "chi"}
    assert events.decode(*events.encode(book.log[-1].event)) == book.log[-1].event
    said = gauge(book.state, Screen.CONSOLE, {"an"})
    assert (said.present[Mode.ROOM], said.answered[Mode.ROOM]) == (3, 3), "the phone is there for each of them"
    assert said.who == ("an", "binh", "chi")


def test_a_snapshot_gives_the_words_of_a_teams_answer_back_to_each_member() -> None:
    book = started((activity("short"),)).seat("an", "binh")
    assert not isinstance(join(book, "binh"), Refusal)
    book.do(Next())
    book.clock.pass_(1_000)
    book.ask(Submit("q-short", 1, "Thăng Long", book.clock(), team=1), pupil("an"))
    assert {r.value for r in book.state.responses["q-short", 1].values()} == {"Thăng Long"}
    stored = unpack(pack(book.state))
    assert stored
    assert with_words(stored, book.log) == book.state


def test_the_phone_knows_its_team_and_the_console_who_sits_there() -> None:
    book = team("binh")
    mine, other = own(book.state, "an", "browser-of-an"), own(book.state, "binh", "browser-of-binh")
    assert mine
    assert mine.team == (1, 2)
    assert other
    assert other.team is None, "the page of another member sends nothing for the team"
    assert {s.id: (s.team, s.hosts) for s in console(book.state).seats} == {"an": (1, True), "binh": (1, False)}
    book.do(SplitTeam(1))
    assert {s.team for s in console(book.state).seats} == {0}
    assert own(book.state, "an", "browser-of-an").team is None  # type: ignore[union-attr]


def test_a_phone_that_shows_another_members_page_is_there_for_all_of_the_team() -> None:
    book = team("binh", "chi").seat("dung")
    assert here_of(book.state, {"chi"}).ids == ("an", "binh", "chi")
    assert [own(book.state, who, f"browser-of-{who}").is_guest for who in PEOPLE] == [False, True, True, False]  # type: ignore[union-attr]
    book.do(LeaveTeam("chi"), SplitTeam(1))
    assert here_of(book.state, {"binh"}).ids == ("binh",)
    assert not own(book.state, "binh", "browser-of-binh").is_guest  # type: ignore[union-attr]


# --- each alone -----------------------------------------------------------------------------------------------------


def test_where_each_answers_alone_no_teams_answer_is_taken_and_the_team_stays() -> None:
    book = team("binh", "chi", answering=Answering.EACH)
    assert answer(book, "C") == Refusal(Code.EACH_ALONE)
    post = Submit("q-board", 1, SAMPLES["board"].values[0], book.clock(), post="one", team=1)
    for who, letter in (("binh", "A"), ("an", "B")):
        answer(book, letter, 0, who)
    assert given_in(book) == {"an": ("B", False), "binh": ("A", False)}
    book.do(Shut(Q), Next(Q))
    assert book.ask(post, pupil("an")) == Refusal(Code.EACH_ALONE)
    assert book.state.teams[0].members.keys() == {"an", "binh", "chi"}


def test_all_together_takes_a_teams_answer_and_that_of_somebody_alone() -> None:
    book = team("binh", answering=Answering.TOGETHER).seat("dung")
    answer(book, "C")
    answer(book, "B", 0, "dung")
    assert given_in(book) == {"an": ("C", True), "binh": ("C", True), "dung": ("B", False)}


def test_a_question_that_says_nothing_of_it_is_in_the_log_as_it_always_was() -> None:
    kind, text, *rest = events.encode(started((activity("single"),)).log[0].event)
    assert "answering" not in str(text)
    event = events.decode(kind, text, *rest)
    assert isinstance(event, RunStarted)
    assert event.deck[0].terms.answering is Answering.SEATED


def test_a_members_own_answer_stands_over_a_teams() -> None:
    book = team("binh")
    book.answer("binh", Q, "A")
    answer(book, "C")
    assert given_in(book) == {"an": ("C", True), "binh": ("A", False)}


def test_who_takes_a_phone_of_their_own_answers_alone_from_then_on() -> None:
    book = team("binh", "chi")
    answer(book, "C")
    book.clock.pass_(1_000)
    book.do(sit("binh", "own phone", Standing.LAUNCHED), actor=SERVER)
    answer(book, "B")
    assert given_in(book)["binh"] == ("C", True)
    answer(book, "D", 0, "binh", claim="own phone")
    answer(book, "A", ago=3_500)
    assert given_in(book) == {"an": ("B", True), "binh": ("D", True), "chi": ("B", True)}, "not found alone: a team's"
    book.do(Reask(Q))
    assert teams.team_of(book.state, "binh") is None
    book.ask(Submit(Q, 2, "D", book.clock()), pupil("binh", "own phone"))
    assert not book.state.responses[Q, 2]["binh"].is_team


def test_an_answer_that_waited_on_the_phone_counts_for_whom_it_was_composed_for() -> None:
    book = team("binh", "chi")
    book.clock.pass_(10_000)
    book.do(LeaveTeam("chi"))
    book.do(sit("chi", "own phone", Standing.LAUNCHED), actor=SERVER)
    book.clock.pass_(10_000)
    book.do(SplitTeam(1))
    assert not isinstance(answer(book, "C", ago=15_000), Refusal)
    assert given_in(book) == {"an": ("C", True), "binh": ("C", True), "chi": ("C", True)}
    later = team("binh")
    later.clock.pass_(10_000)
    later.do(SplitTeam(1))
    answer(later, "C")
    assert given_in(later) == {"an": ("C", True)}, "composed after it: the sender's alone, and lost to nobody"


def test_an_answer_of_before_the_group_is_the_senders_own() -> None:
    book = started((activity("single"),)).seat("an", "binh").do(Next())
    composed = book.clock()
    book.clock.pass_(5_000)
    join(book, "binh")
    book.ask(Submit(Q, 1, "A", composed), pupil("an"))
    assert given_in(book) == {"an": ("A", False)}
    answer(book, "C")
    assert given_in(book) == {"an": ("C", True), "binh": ("C", True)}


def test_a_team_that_a_backup_has_forgotten_still_answers_for_the_sender() -> None:
    book = started((activity("single"),)).seat("an", "binh").do(Next())
    for number in (7, 1 << 70, -1):
        assert not isinstance(answer(book, "C", number), Refusal)
    assert given_in(book) == {"an": ("C", True)}
    join(book, "an", "binh")
    answer(book, "B", 1)
    assert given_in(book) == {"an": ("B", True)}, "another phone's team is not this one's to answer for"


def test_leaving_frees_the_name_and_splitting_keeps_the_seats() -> None:
    book = team("binh", "chi", standing=Standing.PICKED)
    assert book.ask(sit("binh", "own phone"), SERVER) == Refusal(Code.TAKEN)
    book.do(LeaveTeam("binh"))
    assert book.state.participants["binh"].active is None
    book.do(sit("binh", "own phone"), actor=SERVER)
    assert teams.team_of(book.state, "chi")
    book.do(LeaveTeam("chi"))
    assert book.state.teams[0].members == {}, "one alone is no team"
    again = team("binh")
    again.do(SplitTeam(1))
    assert again.state.held("binh", "browser-of-binh")
    assert again.ask(SplitTeam(1)) == Refusal(Code.NOT_OPEN)


def test_the_host_sent_away_ends_the_team_and_a_card_does_not() -> None:
    book = team("binh", "chi")
    book.do(sit("binh", CARD, Standing.LAUNCHED), actor=SERVER)
    assert teams.team_of(book.state, "binh")
    book.do(Release("an"))
    assert book.state.teams[0].members == {}
    assert book.state.held("binh", "browser-of-binh")


@pytest.mark.parametrize(
    ("who", "host", "code"),
    [
        ("an", "an", Code.FORBIDDEN),
        ("nobody", "an", Code.FORBIDDEN),
        ("dung", "nobody", Code.FORBIDDEN),
        ("binh", "an", Code.NOT_OPEN),
        ("binh", "dung", Code.NOT_OPEN),
        ("dung", "binh", Code.NOT_OPEN),
        ("an", "dung", Code.NOT_OPEN),
    ],
)
def test_who_cannot_join(who: str, host: str, code: Code) -> None:
    assert join(team("binh").seat("dung"), who, host) == Refusal(code)


def test_a_phone_serves_six_and_not_seven() -> None:
    book = team("b", "c", "d", "e", "f").seat("g")
    assert join(book, "g") == Refusal(Code.FULL)
    book.do(LeaveTeam("b"))
    assert not isinstance(join(book, "g"), Refusal)


def test_what_a_team_posts_is_each_members_and_no_posts_of_their_own() -> None:
    book = team("binh")
    book.do(Shut(Q), Next(Q))
    book.ask(Submit("q-board", 1, SAMPLES["board"].values[0], book.clock(), post="one", team=1), pupil("an"))
    said = posts.answers(book.state.walls["q-board", 1])
    assert {who: one.is_team for who, one in said.items()} == {"an": True, "binh": True}
    assert own(book.state, "binh", "browser-of-binh").posts == ()  # type: ignore[union-attr]


PEOPLE = ("an", "binh", "chi", "dung")
ACTS = st.one_of(
    st.tuples(st.just("join"), st.sampled_from(PEOPLE), st.sampled_from(PEOPLE)),
    st.tuples(st.just("leave"), st.sampled_from(PEOPLE)),
    st.tuples(st.just("split"), st.integers(1, 3)),
    st.tuples(st.just("own phone"), st.sampled_from(PEOPLE)),
    st.tuples(st.just("release"), st.sampled_from(PEOPLE)),
    st.tuples(st.just("team"), st.sampled_from(PEOPLE), st.integers(0, 3), st.integers(0, 9_000)),
    st.tuples(st.just("alone"), st.sampled_from(PEOPLE)),
)


def moved(book: Book, act: Any) -> None:
    """Somebody sits down elsewhere, where the act is of that kind."""
    match act:
        case ("join", who, host):
            join(book, who, host)
        case ("leave", who):
            book.ask(LeaveTeam(who))
        case ("split", number):
            book.ask(SplitTeam(number))
        case ("own phone", who):
            book.ask(sit(who, f"own-{who}", Standing.LAUNCHED), SERVER)
        case ("release", who):
            book.ask(Release(who))


@given(st.lists(ACTS, max_size=25), st.data())
def test_what_each_answers_alone_counts_for_nobody_else(acts: list[Any], data: Any) -> None:
    """Whoever sits at which phone: an answer is its sender's own, and a team's changes nothing."""
    asked = msgspec.structs.replace(activity("single"), terms=Terms(answering=Answering.EACH))
    book = started((asked,)).seat(*PEOPLE).do(Next())
    last: dict[str, str] = {}
    for act in acts:
        book.clock.pass_(1_000)
        before = book.state
        sitting = before.participants[act[1]].active if act[0] in ("team", "alone") else None
        moved(book, act)
        match act:
            case ("team" | "alone", who, *rest) if sitting is not None:
                number, ago = rest or (0, 0)
                value = data.draw(st.sampled_from("ABCD"))
                result = book.ask(Submit(Q, 1, value, book.clock() - ago, team=number), pupil(who, sitting.id))
                assert (result == Refusal(Code.EACH_ALONE)) is bool(number)
                assert not number or book.state is before
                last |= {} if number else {who: value}
    assert given_in(book) == {who: (value, False) for who, value in last.items()}
    assert fold(book.log) == book.state
    half = len(book.log) // 2
    assert fold(book.log[half:], unpack(pack(fold(book.log[:half], EMPTY)))) == book.state


def said(book: Book, before: State, who: str, number: int) -> Set[str]:
    """For whom the last answer changed what stands."""
    event = book.log[-1].event
    assert isinstance(event, Answered)
    assert event.outcome is not Outcome.LATE
    assert bool(event.team) is bool(number)
    now, was = book.state.responses[KEY], before.responses.get(KEY, {})
    changed = {m for m in now if now[m] is not was.get(m)}
    assert changed <= teams.members_of(event).keys()
    assert who in teams.members_of(event)
    assert all(now[m].is_team for m in changed if number)
    return changed


@given(st.lists(ACTS, max_size=25), st.data())
def test_whatever_happens_nobody_has_two_answers_and_none_is_lost(acts: list[Any], data: Any) -> None:
    """Every accepted answer is in the log, counts for its sender, and for others only if they sat there and had not
    answered alone; each pupil is of one team at most."""
    book = started((activity("single"),)).seat(*PEOPLE).do(Next())
    alone: Set[str] = set()
    for act in acts:
        book.clock.pass_(1_000)
        before = book.state
        moved(book, act)
        match act:
            case ("team" | "alone", who, *rest):
                number, ago = rest or (0, 0)
                sitting = before.participants[who].active
                value = data.draw(st.sampled_from("ABCD"))
                command = Submit(Q, 1, value, book.clock() - ago, team=number)
                result = book.ask(command, pupil(who, sitting.id if sitting else None))
                assert isinstance(result, Refusal) is (sitting is None)
                if sitting is not None:
                    changed = said(book, before, who, number)
                    assert not (changed - {who}) & alone, "nobody's own word is taken from them"
                    alone = alone - {who} if number else alone | ({who} & changed)
        members = [m for one in book.state.teams for m in one.members]
        assert len(members) == len(set(members))
        assert all(len(one.members) == 0 or teams.LEAST <= len(one.members) <= teams.MOST for one in book.state.teams)
        assert all(book.state.held(m, c) for one in book.state.teams for m, c in one.members.items())
    assert fold(book.log) == book.state
    half = len(book.log) // 2
    assert fold(book.log[half:], unpack(pack(fold(book.log[:half], EMPTY)))) == book.state
    assert set(here_of(book.state, PEOPLE).ids) <= set(PEOPLE)
    assert msgspec.json.encode(console(book.state))
