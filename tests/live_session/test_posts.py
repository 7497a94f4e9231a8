"""Posts: several of one pupil, read by the teacher first, never another pupil's before that."""

from collections.abc import Iterator, Sequence
from itertools import count

import msgspec
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from live_session import commands, events
from live_session.commands import SERVER, End, Mark, Moderate, Next, Open, React, Reask, Reopen, Shut, Submit
from live_session.errors import Code, Refusal
from live_session.events import Answered
from live_session.model import NOTHING, Outcome, Post, Role, Screen, Standing, State, Visibility
from live_session.posts import A_MINUTE, ACTS_A_MINUTE, MOST_COMMENTS, wait_for
from live_session.projection import Own, PublicView, console, gauge, own, view
from live_session.reducer import EMPTY, apply, fold
from live_session.store.snapshots import pack, unpack, with_words
from live_session.wall import PHONE_BYTES, PROJECTOR_BYTES, comments, further
from tests.live_session.build import NOW, Book, activity, came_to, code, pupil, sit, started
from tests.live_session.notes import NOTES, Notes, installed, notes, post, react, show

KEY = (NOTES, 1)
WHO = ("p1", "p2", "p3")


@pytest.fixture(autouse=True, scope="module")
def kind() -> Iterator[None]:
    with installed():
        yield


def writing(*who: str, **terms: object) -> Book:
    """The sheet is open, and these pupils sit."""
    return started([notes(**terms), activity("single")]).seat(*(who or WHO)).do(Next())


def posts_of(book: Book) -> Sequence[Post]:
    return [*book.state.walls[KEY].posts.values()] if KEY in book.state.walls else []


def cards(book: Book, screen: Screen = Screen.PHONE) -> Sequence[dict[str, object]]:
    seen = view(book.state, screen)
    assert isinstance(seen, PublicView)
    told = msgspec.json.decode(msgspec.json.encode(seen))
    found: Sequence[dict[str, object]] = told["activity"]["wall"].get("cards", [])
    return found


def texts(book: Book, screen: Screen = Screen.PHONE) -> list[object]:
    return [card["value"]["text"] for card in cards(book, screen)]  # type: ignore[index]


def mine(book: Book, who: str = "p1", claim: str | None = None) -> Own:
    part = own(book.state, who, claim or f"browser-of-{who}")
    assert part
    return part


# --- several of one pupil -------------------------------------------------------------------------------------------


def test_each_post_stands_by_itself_and_an_edit_is_the_same_post() -> None:
    book = writing(approves=False)
    assert came_to(post(book, "p1", "một")) is Outcome.ACCEPTED
    assert came_to(post(book, "p1", "hai", "two")) is Outcome.ACCEPTED
    assert came_to(post(book, "p2", "ba")) is Outcome.ACCEPTED, "another pupil's id is another post's"
    assert came_to(post(book, "p1", "một rưỡi")) is Outcome.REPLACED
    assert [(p.number, p.participant, p.value["text"], p.edition) for p in posts_of(book)] == [
        (1, "p1", "một rưỡi", 2),
        (2, "p1", "hai", 1),
        (3, "p2", "ba", 1),
    ]
    assert texts(book) == ["ba", "hai", "một rưỡi"]
    assert book.state.responses == {}


def test_what_was_taken_back_is_gone_for_all_and_makes_room() -> None:
    book = writing(approves=False, most=1)
    post(book, "p1", "một")
    assert code(post(book, "p1", "hai", "two")) == "full"
    assert came_to(post(book, "p1", None)) is Outcome.ACCEPTED
    assert texts(book) == []
    assert mine(book).posts == ()
    assert code(post(book, "p1", "lại")) == "forbidden", "nothing brings it back"
    assert came_to(post(book, "p1", "hai", "two")) is Outcome.ACCEPTED


def test_taking_back_makes_room_not_for_ever() -> None:
    book = writing(approves=False, most=1)
    for n in range(3):
        post(book, "p1", "x", f"n{n}")
        post(book, "p1", None, f"n{n}")
    assert code(post(book, "p1", "x", "n9")) == "full"


def test_an_older_edit_that_comes_after_a_newer_one_is_not_the_last_word() -> None:
    book = writing(approves=False)
    post(book, "p1", "một")
    book.clock.pass_(5_000)
    post(book, "p1", "mới")
    assert came_to(post(book, "p1", "cũ", at=NOW + 1_000)) is Outcome.REPLACED
    assert texts(book) == ["mới"]


def test_only_the_own_post_can_be_edited_or_taken_back() -> None:
    book = writing(approves=False)
    post(book, "p1", "một")
    assert code(post(book, "p2", None)) == "invalid_value", "p2 has no such post"
    book.do(sit("p4", "stranger"), actor=SERVER)
    post(book, "p4", "của em", claim="stranger")
    book.do(sit("p4", "own", Standing.LAUNCHED), actor=SERVER)
    assert code(post(book, "p4", "sửa", claim="own")) == "forbidden", "nobody vouched for the browser that wrote it"
    assert code(post(book, "p4", None, claim="stranger")) == "forbidden"
    assert mine(book, "p4", "own").posts == ()


@pytest.mark.parametrize("value", [None, "text", [], {"text": ""}, {"text": "x", "html": "<b>"}, {"text": 3}, 7])
def test_bad_posts_are_refused_and_change_nothing(value: object) -> None:
    book = writing()
    before = book.state
    assert code(book.ask(Submit(NOTES, 1, value, NOW, post="one"), pupil("p1"))) == "invalid_value"
    assert code(book.ask(Submit(NOTES, 1, {"text": "x"}, NOW), pupil("p1"))) == "invalid_value", "a post without an id"
    assert book.state == before


# --- the teacher reads first ----------------------------------------------------------------------------------------


def test_nobody_but_its_author_sees_a_post_before_the_teacher_has_shown_it() -> None:
    book = writing()
    post(book, "p1", "chờ duyệt")
    assert cards(book) == cards(book, Screen.PROJECTOR) == []
    assert mine(book, "p2").posts == ()
    assert [p.visibility for p in mine(book).posts] == [Visibility.WAITING]
    current = console(book.state).current
    assert current
    assert msgspec.to_builtins(current.wall) == {"stamp": 1, "total": 1, "waiting": 1}
    assert "duyệt" not in msgspec.json.encode(console(book.state)).decode(), "the console fetches the words"
    show(book, (1, 1))
    assert texts(book) == ["chờ duyệt"]


def test_an_edit_waits_anew_and_the_teachers_word_is_on_what_was_read() -> None:
    book = writing()
    post(book, "p1", "hiền")
    post(book, "p1", "dữ")
    assert code(show(book, (1, 1))) == "not_open", "the words that were read are not these"
    assert texts(book) == []
    show(book, (1, 2))
    assert texts(book) == ["dữ"]
    post(book, "p1", "dữ hơn")
    assert texts(book) == []


def test_hidden_stays_hidden_whatever_its_author_writes() -> None:
    book = writing(approves=False)
    post(book, "p1", "một")
    show(book, (1, 1), to=Visibility.HIDDEN)
    post(book, "p1", "hai")
    assert texts(book) == []
    show(book, (1, 2))
    assert texts(book) == ["hai"]


def test_removed_is_removed_for_good_and_its_words_leave_the_state() -> None:
    book = writing(approves=False, reactions=["like"])
    post(book, "p1", "xấu")
    react(book, "p2", 1)
    show(book, (1, 1), to=Visibility.REMOVED)
    assert "xấu" not in str(book.state.walls)
    assert posts_of(book)[0].reactions == NOTHING
    assert [(p.value, p.visibility) for p in mine(book).posts] == [(None, Visibility.REMOVED)], "its author is told"
    for again in (post(book, "p1", "lại"), post(book, "p1", None)):
        assert code(again) == "forbidden"
    assert code(show(book, (1, 1))) == "not_open"


def test_several_at_once_and_only_those_that_change() -> None:
    book = writing()
    for n in range(1, 4):
        post(book, f"p{n}", f"bài {n}")
    show(book, (1, 1))
    show(book, (1, 1), (2, 1), (3, 7), (9, 1))
    event = book.log[-1].event
    assert isinstance(event, events.PostsModerated)
    assert event.numbers == (2,)


@pytest.mark.parametrize("to", [Visibility.WAITING, Visibility.WITHDRAWN])
def test_a_teacher_takes_nothing_back_in_anothers_name(to: Visibility) -> None:
    book = writing(approves=False)
    post(book, "p1", "một")
    assert code(show(book, (1, 1), to=to)) == "invalid_value"


def test_a_late_post_is_kept_and_waits_for_the_teacher() -> None:
    book = writing(approves=False).do(Shut(NOTES))
    book.clock.pass_(60_000)
    assert came_to(post(book, "p1", "muộn")) is Outcome.LATE
    assert texts(book) == []
    assert mine(book).posts[0].is_late
    assert gauge(book.state, Screen.CONSOLE, ()).late == 1
    assert gauge(book.state, Screen.CONSOLE, ()).who == ()
    show(book, (1, 1))
    assert texts(book) == ["muộn"]


def test_a_late_edit_changes_nothing_that_came_in_time() -> None:
    book = writing(approves=False)
    post(book, "p1", "đúng giờ")
    book.do(Shut(NOTES))
    book.clock.pass_(60_000)
    assert came_to(post(book, "p1", "muộn")) is Outcome.LATE
    assert texts(book) == ["đúng giờ"]
    assert came_to(post(book, "p1", None)) is Outcome.ACCEPTED, "one's own words may be taken back at any time"
    assert texts(book) == []


def test_other_words_in_what_came_late_wait_as_it_did() -> None:
    book = writing(approves=False).do(Shut(NOTES))
    book.clock.pass_(60_000)
    post(book, "p1", "muộn")
    show(book, (1, 1))
    book.do(Reopen(NOTES))
    assert came_to(post(book, "p1", "chưa ai đọc")) is Outcome.REPLACED
    assert texts(book) == []
    show(book, (1, 2))
    assert texts(book) == ["chưa ai đọc"]


def test_a_new_round_begins_with_an_empty_wall_and_opening_again_keeps_it() -> None:
    book = writing(approves=False)
    post(book, "p1", "một")
    book.do(Shut(NOTES), Reopen(NOTES))
    assert texts(book) == ["một"]
    book.do(Reask(NOTES))
    assert cards(book) == []
    assert mine(book).posts == ()
    assert code(book.ask(React(NOTES, 1, 1, "like"), pupil("p2"))) == "not_open"


# --- reactions, comments, marks -------------------------------------------------------------------------------------


def test_one_word_of_each_classmate_and_none_of_ones_own() -> None:
    book = writing(approves=False, reactions=["like", "idea"])
    post(book, "p1", "một")
    assert code(react(book, "p1", 1)) == "forbidden"
    react(book, "p2", 1)
    react(book, "p3", 1)
    react(book, "p3", 1, "idea")
    assert cards(book)[0]["reactions"] == {"idea": 1, "like": 1}
    assert mine(book, "p3").reactions == {1: "idea"}
    assert code(react(book, "p3", 1, "idea")) == "not_open"
    react(book, "p3", 1, None)
    assert cards(book)[0]["reactions"] == {"like": 1}
    assert code(react(book, "p3", 1, "hate")) == "invalid_value"


def test_nobody_reacts_to_what_the_class_may_not_see() -> None:
    book = writing(reactions=["like"])
    post(book, "p1", "một")
    assert code(react(book, "p2", 1)) == code(react(book, "p2", 9)) == "not_open"
    show(book, (1, 1))
    book.do(Shut(NOTES))
    assert code(react(book, "p2", 1)) == "not_open", "the round is closed"
    book.do(Open("q-single"))
    assert code(react(book, "p2", 1)) == "not_open"
    book.do(End())
    assert code(react(book, "p2", 1)) == "not_open"


def test_where_authors_are_named_nothing_is_counted_before_the_class() -> None:
    """Pupils are not compared on pupils' screens."""
    book = writing(approves=False, reactions=["like"], names=True)
    post(book, "p1", "một")
    react(book, "p2", 1)
    assert "reactions" not in cards(book)[0]
    assert mine(book, "p2").reactions == {1: "like"}


def test_comments_are_posts_on_a_post_and_wait_as_it_did() -> None:
    book = writing(comments=True)
    terms = Notes().post_terms(Notes().parse(notes(comments=True).content))
    post(book, "p1", "một")
    assert code(post(book, "p2", "nói gì", "c", on=1)) == "forbidden", "on what the class may not see"
    show(book, (1, 1))
    post(book, "p2", "nói gì", "c", on=1)
    assert cards(book)[0].get("comments") is None
    assert comments(terms, book.state.walls[KEY], 1) == ()
    show(book, (2, 1))
    assert cards(book)[0]["comments"] == 1
    assert texts(book) == ["một"], "a comment is no card of its own"
    assert [c.value for c in comments(terms, book.state.walls[KEY], 1)] == [{"text": "nói gì"}]
    assert code(post(book, "p3", "trên lời bàn", "d", on=2)) == "forbidden"
    assert code(post(book, "p2", "một bài", "c")) == "invalid_value", "a comment becomes no post"
    show(book, (1, 1), to=Visibility.HIDDEN)
    assert comments(terms, book.state.walls[KEY], 1) == ()


def test_a_kind_without_comments_takes_none() -> None:
    book = writing(approves=False)
    post(book, "p1", "một")
    assert code(post(book, "p2", "nói gì", "c", on=1)) == "forbidden"


def test_what_is_answered_goes_to_the_end_and_votes_decide_the_rest() -> None:
    book = writing(approves=False, reactions=["up"], by_votes=True, marks=True)
    for n in range(1, 4):
        post(book, f"p{n}", f"hỏi {n}")
    react(book, "p1", 3, "up")
    assert texts(book) == ["hỏi 3", "hỏi 1", "hỏi 2"]
    book.do(Mark(NOTES, 1, 3))
    assert texts(book) == ["hỏi 1", "hỏi 2", "hỏi 3"]
    assert cards(book)[-1]["is_done"]
    assert code(book.ask(Mark(NOTES, 1, 3))) == "not_open"
    assert code(writing(approves=False).ask(Mark(NOTES, 1, 3))) == "not_open"
    assert code(book.ask(Mark("q-single", 1, 3))) == "unknown_activity"


# --- limits ---------------------------------------------------------------------------------------------------------


def test_three_hundred_posts_in_a_minute_are_refused_politely() -> None:
    """By one phone: what is too fast is told when to come again, and the others are not kept from writing."""
    book = writing(approves=False, most=400, a_minute=6)
    results = []
    for n in range(300):
        results.append(post(book, "p1", f"bài {n}", f"n{n}"))
        book.clock.pass_(200)
    refused = [r for r in results if isinstance(r, Refusal)]
    assert len(results) - len(refused) == 6
    assert {r.code for r in refused} == {Code.RATE_LIMITED}
    assert all(0 < (r.retry_after or 0) <= 60 for r in refused)
    assert came_to(post(book, "p2", "em nữa")) is Outcome.ACCEPTED
    book.clock.pass_(round(1_000 * (refused[-1].retry_after or 0)))
    assert came_to(post(book, "p1", "lại", "n299")) is Outcome.ACCEPTED, "the same post, as long after as was said"


def test_a_class_that_posts_all_at_once_waits_and_loses_nothing() -> None:
    who = [f"p{n}" for n in range(50)]
    book = writing(*who, approves=False, most=6)
    waiting = [(one, f"n{n}") for one in who for n in range(6)]
    minutes = 0
    while waiting:
        before = len(posts_of(book))
        left = [(one, name) for one, name in waiting if isinstance(post(book, one, "x", name), Refusal)]
        assert len(posts_of(book)) - before <= A_MINUTE
        assert len(left) < len(waiting)
        waiting, minutes = left, minutes + 1
        book.clock.pass_(60_000)
    assert (len(posts_of(book)), minutes) == (300, 2)


def test_a_wall_has_an_end() -> None:
    book = writing(approves=False, total=3, comments=True)
    for n in range(3):
        post(book, "p1", "x", f"n{n}")
    assert code(post(book, "p2", "y")) == code(post(book, "p2", "y", on=1)) == "full"
    assert came_to(post(book, "p1", "z", "n0")) is Outcome.REPLACED


def test_comments_and_acts_have_their_ends_too() -> None:
    book = writing(approves=False, comments=True, reactions=["like"], a_minute=400)
    post(book, "p1", "một")
    results = [code(post(book, "p2", "x", f"c{n}", on=1)) for n in range(MOST_COMMENTS + 1)]
    assert results == [None] * MOST_COMMENTS + ["full"]
    acts = [code(react(book, "p2", 1, "like" if n % 2 == 0 else None)) for n in range(ACTS_A_MINUTE + 1)]
    assert acts == [None] * ACTS_A_MINUTE + ["rate_limited"]
    assert code(post(book, "p2", "sửa", "c1", on=1)) == "rate_limited"
    assert len(book.state.walls[KEY].acts["p2"]) == ACTS_A_MINUTE
    book.clock.pass_(60_000)
    assert code(post(book, "p2", "sửa", "c1", on=1)) is None
    assert len(book.state.walls[KEY].acts["p2"]) == 1


def test_the_wait_is_until_the_oldest_of_a_minute_is_a_minute_old() -> None:
    assert wait_for([], 2, NOW) == 0
    assert wait_for([NOW - 59_000, NOW - 1_000], 2, NOW) == 1
    assert wait_for([NOW - 60_000, NOW - 1_000], 2, NOW) == 0


def test_what_a_phone_is_sent_stays_small_whatever_a_class_writes() -> None:
    who = [f"p{n}" for n in range(50)]
    book = writing(*who, approves=False, most=8, a_minute=8)
    for n in range(8):
        for one in who:
            post(book, one, "ữ" * 500, f"n{n}", column="AB"[n % 2])
        book.clock.pass_(200_000)
        for one in who:
            post(book, one, "ữ" * 500, f"n{n}", column="AB"[n % 2])
    seen = view(book.state, Screen.PHONE)
    assert isinstance(seen, PublicView)
    assert len(msgspec.json.encode(seen)) < PHONE_BYTES + 1_000
    assert len(msgspec.json.encode(view(book.state, Screen.PROJECTOR))) < PROJECTOR_BYTES + 1_000
    assert len(msgspec.json.encode(console(book.state).current)) < 1_000
    wall = msgspec.to_builtins(seen)["activity"]["wall"]
    assert (wall["total"], sum(wall["columns"].values())) == (len(posts_of(book)), len(posts_of(book)))
    terms = Notes().post_terms(Notes().parse(notes().content))
    found: list[int] = []
    while page := further(terms, book.state.walls[KEY], "A", len(found)):
        found += [card.n for card in page]
    assert found == [p.number for p in reversed(posts_of(book)) if p.value["column"] == "A"], "every card, once"


# --- as the log keeps it --------------------------------------------------------------------------------------------


def test_words_stand_apart_and_come_back_and_can_be_erased() -> None:
    book = writing(approves=False, comments=True)
    post(book, "p1", "bí mật")
    post(book, "p2", "lời bàn", "c", on=1)
    post(book, "p1", "bí mật mới")
    stored = [events.decode(r["type"], r["version"], r["body"]) for r in book.rows]
    assert all(e.value is None for e in stored if isinstance(e, Answered))
    assert "bí mật" not in str(book.rows)
    assert [t["participant"] for t in book.texts] == ["p1", "p2", "p1"]
    data = pack(book.state)
    kept = unpack(data)
    assert kept
    assert with_words(kept, [e for e in book.log if isinstance(e.event, Answered)]) == book.state
    erased = with_words(kept, [e for e in book.log if isinstance(e.event, Answered) and e.who == "p2"])
    book.state = erased
    assert texts(book) == []
    assert mine(book).posts[0].value is None


def test_words_of_what_is_gone_do_not_come_back() -> None:
    book = writing(approves=False)
    post(book, "p1", "bí mật")
    post(book, "p1", None)
    kept = unpack(pack(book.state))
    assert kept
    assert with_words(kept, [e for e in book.log if isinstance(e.event, Answered)]) == book.state


def test_a_log_of_before_there_were_posts_folds_as_it_did() -> None:
    """Bodies as an older release wrote them."""
    body = '{"type":"answered","participant":"p1","claim":"c","activity":"q","round":1,"value":"A","composed_at":1,'
    old = events.decode("answered", 1, body + '"outcome":"accepted","shown_at":1}')
    assert old == Answered("p1", "c", "q", 1, "A", 1, Outcome.ACCEPTED, 1)
    assert events.encode(old)[2] == body + '"outcome":"accepted","shown_at":1}', (
        "and a new one of that kind is the same"
    )
    book = started([activity("single")]).seat("p1").do(Next())
    book.answer("p1", "q-single", "A")
    assert book.state.walls == NOTHING
    assert "post" not in book.rows[-1]["body"]


def test_a_log_in_which_a_browsers_posts_are_left_out_still_folds() -> None:
    """As analytics folds one, where nobody vouched for that browser."""
    book = writing(approves=False, reactions=["like"], comments=True, marks=True)
    post(book, "p1", "một")
    post(book, "p2", "hai", "c", on=1)
    react(book, "p3", 1)
    show(book, (1, 1), to=Visibility.HIDDEN)
    book.do(Mark(NOTES, 1, 1))
    post(book, "p1", None)
    state = fold(e for e in book.log if not (isinstance(e.event, Answered) and e.who == "p1"))
    assert [p.participant for p in state.walls[KEY].posts.values()] == ["p2"]


# --- whatever happens -----------------------------------------------------------------------------------------------

words = st.sampled_from(["alpha", "beta", "gamma", "delta"])
who = st.sampled_from(WHO)
ids = st.sampled_from(["one", "two", "three"])
numbers = st.integers(1, 8)


class AnyWall(RuleBasedStateMachine):
    """A class posts, edits, takes back, comments and reacts in any order, twice and out of order, while a teacher
    moderates. Beside it an account is kept of what the teacher has let through, made of nothing but the outcomes."""

    def __init__(self) -> None:
        super().__init__()
        self.names = (f"put-{n}" for n in count())
        self.asked: list[tuple[commands.Command, commands.Actor, str, object]] = []
        self.states: list[State] = []

    def teardown(self) -> None:
        self.folds_alike()

    @initialize(approves=st.booleans(), names=st.booleans(), most=st.sampled_from([2, 5]))
    def begin(self, approves: bool, names: bool, most: int) -> None:
        self.approves = approves
        self.book = writing(
            approves=approves, names=names, most=most, reactions=["like", "up"], comments=True, marks=True, total=12
        )
        self.read: dict[int, int] = {}
        self.states = [self.book.state]
        self.began = len(self.book.log)

    def put(self, command: commands.Command, actor: commands.Actor) -> object:
        name = next(self.names)
        before = self.book.state
        result = self.book.ask(command, actor, name)
        if isinstance(result, Refusal):
            assert self.book.state == before, "a refusal changes nothing"
            assert result.retry_after is None or result.code is Code.RATE_LIMITED
        else:
            self.states.append(self.book.state)
        self.asked.append((command, actor, name, result))
        return result

    @rule(who=who, id=ids, word=words, on=st.sampled_from([0, 0, 0, 1, 2, 3]), ago=st.sampled_from([0, 3_000, 90_000]))
    def post(self, who: str, id: str, word: str, on: int, ago: int) -> None:
        value = {"text": f"{word} {who}"}
        self.put(Submit(NOTES, 1, value, self.book.clock() - ago, post=id, on=on), pupil(who))

    @rule(who=who, id=ids, on=st.sampled_from([0, 1]))
    def take_back(self, who: str, id: str, on: int) -> None:
        self.put(Submit(NOTES, 1, None, self.book.clock(), post=id, on=on), pupil(who))

    @rule(who=who, number=numbers, what=st.sampled_from(["like", "up", None, "hate"]))
    def react(self, who: str, number: int, what: str | None) -> None:
        self.put(React(NOTES, 1, number, what), pupil(who))

    @rule(posts=st.lists(st.tuples(numbers, st.integers(1, 3)), max_size=3), to=st.sampled_from(Visibility))
    def moderate(self, posts: list[tuple[int, int]], to: Visibility) -> None:
        before = self.book.state.walls.get(KEY)
        result = self.put(Moderate(NOTES, 1, tuple(posts), to), commands.Actor(Role.TEACHER, "t"))
        if before and not isinstance(result, Refusal):
            for number, edition in dict(posts).items():
                if number in before.posts and before.posts[number].edition == edition:
                    self.read[number] = edition if to is Visibility.SHOWN else 0

    @rule()
    def show_all(self) -> None:
        wall = self.book.state.walls.get(KEY)
        self.moderate([(p.number, p.edition) for p in wall.posts.values()] if wall else [], Visibility.SHOWN)

    @rule(who=who, number=numbers, word=words)
    def edit_what_is_there(self, who: str, number: int, word: str) -> None:
        wall = self.book.state.walls.get(KEY)
        if wall and (there := wall.posts.get(number)):
            author = there.participant if there.edition < 3 else who
            value = {"text": f"{word} {author}"}
            self.put(Submit(NOTES, 1, value, self.book.clock(), post=there.id, on=there.on), pupil(author))

    @rule(number=numbers, is_done=st.booleans())
    def mark(self, number: int, is_done: bool) -> None:
        self.put(Mark(NOTES, 1, number, is_done), commands.Actor(Role.TEACHER, "t"))

    @rule(step=st.sampled_from([Shut(NOTES), Reopen(NOTES)]))
    def lock_or_open(self, step: commands.Command) -> None:
        self.put(step, commands.Actor(Role.TEACHER, "t"))

    @rule(ms=st.sampled_from([0, 100, 5_000, 61_000]))
    def wait(self, ms: int) -> None:
        self.book.clock.pass_(ms)

    @rule(data=st.data())
    def send_again(self, data: st.DataObject) -> None:
        """A phone that heard no ack: one id, one outcome."""
        done = [one for one in self.asked if not isinstance(one[3], Refusal)]
        if done:
            command, actor, name, result = data.draw(st.sampled_from(done))
            before = self.book.state
            assert self.book.ask(command, actor, name) == result
            assert self.book.state == before

    @rule(who=who, posts=st.lists(st.tuples(numbers, st.integers(1, 2)), max_size=2))
    def moderate_without_right(self, who: str, posts: list[tuple[int, int]]) -> None:
        for command in (Moderate(NOTES, 1, tuple(posts), Visibility.SHOWN), Mark(NOTES, 1, 1)):
            assert code(self.book.ask(command, pupil(who))) == "forbidden"
        assert code(self.book.ask(React(NOTES, 1, 1, "like"))) == "forbidden", "a teacher does not vote"

    @invariant()
    def a_class_sees_only_what_it_may(self) -> None:
        if not hasattr(self, "book"):
            return
        wall = self.book.state.walls.get(KEY)
        posts = wall.posts if wall else {}
        for screen in (Screen.PHONE, Screen.PROJECTOR):
            text = msgspec.json.encode(view(self.book.state, screen)).decode()
            assert not any(f'"{name}"' in text for name in (*WHO, "one", "two", "three")), "no author, no phone's id"
            for card in cards(self.book, screen):
                post = posts[card["n"]]  # type: ignore[index]
                assert post.visibility is Visibility.SHOWN
                if self.approves or post.is_late:
                    assert self.read.get(post.number) == post.edition, "the teacher has read these very words"
        for one in WHO:
            part = own(self.book.state, one, f"browser-of-{one}")
            assert part
            assert all(posts[p.n].participant == one for p in part.posts)
            others = {p.value["text"] for p in posts.values() if p.participant != one and p.value}
            assert not any(other in msgspec.json.encode(part).decode() for other in others)

    @invariant()
    def a_wall_has_bounds(self) -> None:
        if not hasattr(self, "book") or KEY not in self.book.state.walls:
            return
        wall = self.book.state.walls[KEY]
        assert len(wall.posts) <= 12
        assert [*wall.posts] == [*range(1, len(wall.posts) + 1)]
        assert all(len(acts) <= ACTS_A_MINUTE for acts in wall.acts.values())
        assert all(p.participant not in p.reactions for p in wall.posts.values())
        assert all(p.value is None for p in wall.posts.values() if p.is_gone)

    def folds_alike(self) -> None:
        if not self.states:
            return
        assert fold(self.book.log, EMPTY) == self.book.state
        for cut in {0, len(self.states) // 2, len(self.states) - 1}:
            at = self.states[cut]
            assert fold(self.book.log[at.seq :], at) == self.book.state
            kept = unpack(pack(at))
            assert kept
            said = [e for e in self.book.log[: at.seq] if isinstance(e.event, Answered)]
            assert with_words(kept, said) == at
            again = EMPTY
            for logged, row in zip(self.book.log[: at.seq], self.book.rows, strict=False):
                stored = events.decode(row["type"], row["version"], row["body"])
                if isinstance(stored, Answered):
                    assert isinstance(logged.event, Answered)
                    stored = msgspec.structs.replace(stored, value=logged.event.value)
                again = apply(again, msgspec.structs.replace(logged, event=stored))
            assert again == at, "the very bodies that were stored"


TestAnyWall = AnyWall.TestCase
