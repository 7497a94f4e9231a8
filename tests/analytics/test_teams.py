"""Group phones in what analytics makes of a lesson: there for each, evidence said, half the weight, no voice."""

from msgspec.structs import replace

from analytics.attendance import propose
from analytics.engagement import Norm, Part
from analytics.mastery.evidence import TEAM_WEIGHT, counted
from analytics.pool import replies
from analytics.presence import presence
from live_session.commands import SERVER, Confirm, JoinTeam, LeaveTeam, Next, Open, Shut, SplitTeam, Submit
from live_session.model import Standing
from tests.analytics.teaching import BY, MINUTE, computed, end, facts_of, lesson, pass_minutes
from tests.live_session.build import SAMPLES, Book, activity, pupil

QUESTIONS = [activity("single", f"q{n}") for n in range(1, 4)]


def join(book: Book, who: str) -> None:
    book.do(JoinTeam("an", "browser-of-an", who, f"browser-of-{who}"), actor=SERVER)


def together(standing: Standing = Standing.LAUNCHED) -> Book:
    """An and Bình at one phone, Chi at another, Dũng away after the first minute; three questions, and the bell."""
    book = lesson(*QUESTIONS).seat("an", "chi", "dung").seat("binh", standing=standing)
    join(book, "binh")
    pass_minutes(book, 5, "an", "chi", "dung")
    for one in QUESTIONS:
        book.do(Open(one.id))
        pass_minutes(book, 5, "an", "chi")
        book.ask(Submit(one.id, 1, "C", book.clock(), book.clock() - MINUTE, team=1), pupil("an"))
        book.answer("chi", one.id, "A")
        book.do(Shut(one.id))
    return pass_minutes(book, 25, "an", "chi")


def test_each_member_is_there_by_the_one_phone_and_the_evidence_says_so() -> None:
    facts = facts_of(end(together()))
    found = propose(facts, presence(facts, BY), BY)
    an, binh, chi, dung = (found[who] for who in ("an", "binh", "chi", "dung"))
    assert (an.team, binh.team, chi.team) == (2, 2, 0)
    assert an.room_ms == binh.room_ms == chi.room_ms
    assert not binh.left_early
    assert dung.left_early


def test_a_phone_that_shows_another_members_page_is_a_sign_of_all_of_them() -> None:
    """As it does while each answers alone, in turns."""
    book = lesson(*QUESTIONS).seat("an", "chi", "binh")
    join(book, "binh")
    pass_minutes(book, 10, "an", "chi")
    pass_minutes(book, 35, "binh", "chi")
    facts = facts_of(end(book))
    found = propose(facts, presence(facts, BY), BY)
    assert found["an"].room_ms == found["binh"].room_ms == found["chi"].room_ms
    assert not found["an"].left_early


def test_who_left_the_group_is_seen_by_their_own_phone_alone() -> None:
    book = lesson(*QUESTIONS).seat("an", "binh")
    join(book, "binh")
    pass_minutes(book, 10, "an")
    book.do(LeaveTeam("binh"))
    pass_minutes(book, 35, "an")
    facts = facts_of(end(book))
    assert facts.signs["binh"][-1].last <= facts.started_at + 10 * MINUTE
    assert propose(facts, presence(facts, BY), BY)["binh"].left_early


def test_a_team_answer_weighs_half_in_model_and_score_and_nothing_in_items() -> None:
    book = together()
    found = counted("run", facts_of(book), {who: who for who in ("an", "binh", "chi")})
    assert {(c.answer.pupil, c.answer.weight) for c in found} == {
        ("an", TEAM_WEIGHT),
        ("binh", TEAM_WEIGHT),
        ("chi", 1.0),
    }
    snapshot = computed(end(book))
    an, chi = snapshot.pupils["an"], snapshot.pupils["chi"]
    assert (an.score, an.possible, chi.possible) == ("10.0", 1.5, 3.0)
    assert snapshot.pupils["binh"].given["q1"].is_team
    assert not chi.given["q1"].is_team
    assert {one.pupil for one in replies("run", snapshot) if one.chosen} == {"chi"}


def test_after_the_group_is_split_answers_are_own_ones_again() -> None:
    book = lesson(*QUESTIONS).seat("an", "binh")
    join(book, "binh")
    book.do(Next())
    pass_minutes(book, 1, "an")
    book.ask(Submit("q1", 1, "A", book.clock(), team=1), pupil("an"))
    book.do(SplitTeam(1))
    pass_minutes(book, 1, "an", "binh")
    book.answer("binh", "q1", "C")
    book.do(Next("q1"))
    pass_minutes(book, 1, "an", "binh")
    book.answer("binh", "q2", "C")
    found = counted("run", facts_of(book), {"binh": "binh"})
    assert [(c.activity, c.answer.weight) for c in found] == [("q1", TEAM_WEIGHT), ("q2", 1.0)]
    assert len(facts_of(book).attempts) == 3, "one for each pupil and question"


def test_whoever_nobody_vouched_for_takes_nothing_from_the_others() -> None:
    book = together(Standing.PICKED)
    facts = facts_of(book)
    assert {a.participant for a in facts.attempts if a.is_team} == {"an"}
    assert "binh" not in facts.signs
    book.do(Confirm(("binh",)))
    assert {a.participant for a in facts_of(book).attempts if a.is_team} == {"an", "binh"}
    stranger = lesson(*QUESTIONS).seat("an", standing=Standing.PICKED).seat("binh")
    join(stranger, "binh")
    pass_minutes(stranger.do(Next()), 5, "an")
    stranger.ask(Submit("q1", 1, "C", stranger.clock(), team=1), pupil("an"))
    facts = facts_of(stranger)
    assert [(a.participant, a.is_team) for a in facts.attempts] == [("binh", True)]
    assert facts.signs["binh"][-1].last == stranger.clock()
    assert computed(end(stranger)).pupils.keys() == {"binh"}


def test_what_a_team_posts_is_nobodys_voice_and_one_phone_is_timed_once() -> None:
    deck = [activity("board"), *QUESTIONS]
    book = lesson(*deck).seat("an", "binh", "chi")
    join(book, "binh")
    book.do(Open("q-board"))
    pass_minutes(book, 2, "an", "chi")
    value = SAMPLES["board"].values[0]
    book.ask(Submit("q-board", 1, value, book.clock(), post="one", team=1), pupil("an"))
    book.ask(Submit("q-board", 1, value, book.clock(), post="two"), pupil("chi"))
    book.do(Open("q1"))
    book.ask(Submit("q1", 1, "C", book.clock(), book.clock(), team=1), pupil("an"))
    attempts = {(a.participant, a.activity): a for a in facts_of(book).attempts}
    assert attempts["an", "q1"].latency == 0
    assert attempts["binh", "q1"].latency is None
    engaged = computed(end(book)).engagement
    assert engaged["an"].parts[Part.VOICE] is None
    assert engaged["binh"].parts[Part.VOICE] is None
    assert engaged["chi"].parts[Part.VOICE] == 1
    assert replace(engaged["binh"], participant="an").answered == engaged["an"].answered
    assert Norm().voice_target == 1
