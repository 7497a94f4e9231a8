"""The score outbox: nothing is lost, nothing is sent twice, and no grade that a teacher made is overwritten unseen."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from lti_tool import clock
from lti_tool.extensions import db
from lti_tool.lms import delivery, pauses
from lti_tool.lms.delivery import Parcel, Queued
from lti_tool.lms.lti import LtiLms
from lti_tool.lms.port import Grade, Outcome, Standing
from lti_tool.models import Context, LineItem, PlatformToken, Score, ScoreState
from lti_tool.translations import catalogue
from tests.lti_tool.moodle import Moodle
from tests.lti_tool.platform import AGS, AGS_SCOPE, LTI, Asked, json_answer
from tests.lti_tool.tool import Tool

MINUTE = 60_000
ALL_SCOPES = [f"{AGS_SCOPE}{name}" for name in ("lineitem", "lineitem.readonly", "result.readonly", "score")]


class Gradebook:
    """A course on Moodle with three pupils and one column, as a test holds it."""

    def __init__(self, tool: Tool) -> None:
        assert isinstance(tool.platform, Moodle)
        self.tool, self.moodle = tool, tool.platform
        tool.set_up(pupils=3)
        self.pupils = [f"pupil-{n}" for n in (1, 2, 3)]

    def confirm(self, *values: str, comment: str = "") -> int:
        """The teacher confirms scores of the first pupils."""
        with self.tool.inside():
            scores = [Queued(self.tool.person(s).id, v, comment) for s, v in zip(self.pupils, values, strict=False)]
            return delivery.queue(self._item(), scores)

    def _item(self) -> LineItem:
        found = db.session.scalars(select(LineItem)).first()
        if found is None:
            found = LineItem(
                context_id=self.tool.course().id,
                resource_id="lesson-1",
                tag=delivery.TAG,
                label="Hệ thức Vi-ét",
                maximum=10,
                created_at=1,
            )
            db.session.add(found)
            db.session.flush()
        return found

    def send(self) -> None:
        self.tool.jobs().round()

    def again(self) -> int:
        with self.tool.inside():
            return delivery.send_again([self._item()])

    def state(self, number: int = 1) -> tuple[str, str, str | None]:
        """(state, fault, theirs) of a pupil's score."""
        with self.tool.inside():
            score = delivery.states(self._item())[self.tool.person(f"pupil-{number}").id]
            return score.state.value, score.fault, score.theirs

    def choose(self, word: Callable[[Score], None], number: int = 1) -> None:
        with self.tool.inside():
            word(delivery.states(self._item())[self.tool.person(f"pupil-{number}").id])

    def grades(self, column: str = "1") -> list[float | None]:
        return [self.moodle.grade(column, pupil) for pupil in self.pupils]

    def posted(self) -> int:
        return len(self.moodle.scores)


@pytest.fixture
def book(any_tool: Tool) -> Gradebook:
    return Gradebook(any_tool)


@pytest.fixture
def sqlite_book(tool: Tool) -> Gradebook:
    return Gradebook(tool)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Let time pass, for the outbox and the tokens."""
    passed = 0

    def wait(ms: int) -> None:
        nonlocal passed
        passed += ms
        for module in ("lti_tool.lms.delivery", "lti_tool.lms.pauses", "lti_tool.lms.roster", "lti_tool.lms.tokens"):
            monkeypatch.setattr(f"{module}.now", lambda: clock.now() + passed)

    return wait


# --- delivered ------------------------------------------------------------------------------------------------------


def test_a1_confirmed_scores_reach_the_gradebook_once(book: Gradebook) -> None:
    assert book.confirm("8.5", "7", "0") == 3
    book.send()
    book.send()
    assert book.grades() == [8.5, 7.0, 0.0]
    assert book.posted() == 3
    assert book.state()[0] == "sent"
    assert book.confirm("8.5", "7", "0") == 0  # the same again is nothing new


def test_a2_a3_a_score_says_all_that_a_platform_needs(sqlite_book: Gradebook) -> None:
    sqlite_book.confirm("8.5", comment="Làm tốt")
    sqlite_book.send()
    ((path, body),) = sqlite_book.moodle.scores
    assert path == "/items/1/lineitem/scores"  # A2: before the column's own query
    assert body == {
        "userId": "pupil-1",
        "scoreGiven": 8.5,
        "scoreMaximum": 10,
        "timestamp": body["timestamp"],
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
        "comment": "Làm tốt",
    }
    assert body["timestamp"].endswith("+00:00")


def test_forty_scores_ask_for_few_tokens(sqlite_book: Gradebook) -> None:
    sqlite_book.confirm("8", "7", "6")
    sqlite_book.send()
    sqlite_book.confirm("8.5", "7.5", "6.5")
    sqlite_book.send()
    with sqlite_book.tool.inside():
        kept = {token.scopes: token for token in db.session.scalars(select(PlatformToken))}
        assert all("token-" not in token.token for token in kept.values())  # encrypted
    assert len(sqlite_book.moodle.tokens) == len(kept)


def test_two_scores_of_one_second_are_both_taken(sqlite_book: Gradebook) -> None:
    for value in ("5", "6", "7"):
        sqlite_book.confirm(value)
        sqlite_book.send()
    moments = [body["timestamp"][:19] for _, body in sqlite_book.moodle.scores]
    assert sqlite_book.grades()[0] == 7.0
    assert len(set(moments)) == 3


def test_a_column_of_other_points_is_the_platforms_own_business(sqlite_book: Gradebook) -> None:
    sqlite_book.moodle.maximum = 100.0
    sqlite_book.confirm("8.5")
    sqlite_book.send()
    assert sqlite_book.grades()[0] == 85.0
    sqlite_book.confirm("9")
    sqlite_book.send()
    assert (sqlite_book.grades()[0], sqlite_book.state()[0]) == (90.0, "sent")


def test_a1_a_result_that_names_no_maximum_counts_to_one(sqlite_book: Gradebook) -> None:
    """AGS 2.0 §3.3.4.4. Ours is known for ours, and somebody's own is shown out of ten."""
    results: list[dict[str, object]] = [{"userId": "pupil-1", "resultScore": 0.85}]
    sqlite_book.moodle.answers["GET", "/items/1/lineitem/results"] = lambda _: json_answer(results)
    sqlite_book.confirm("8.5")
    sqlite_book.send()
    assert sqlite_book.state()[0] == "sent"
    results[0]["resultScore"] = 0.6
    sqlite_book.confirm("9")
    sqlite_book.send()
    assert sqlite_book.state() == ("changed", "changed", "6")


def test_a1_a_grade_beyond_all_measure_is_shown_and_holds_up_nobody(sqlite_book: Gradebook) -> None:
    sqlite_book.moodle.answers["GET", "/items/1/lineitem/results"] = lambda _: json_answer(
        [{"userId": "pupil-1", "resultScore": 1e30, "resultMaximum": 10}]
    )
    sqlite_book.confirm("8.5")
    sqlite_book.send()
    assert sqlite_book.state() == ("changed", "changed", "1.00e+30")


# --- columns --------------------------------------------------------------------------------------------------------


def test_a_column_is_found_before_one_is_made(sqlite_book: Gradebook) -> None:
    own = {"resourceId": "lesson-1", "tag": "score"}
    for wrong in ({"resourceId": "lesson-2", "tag": "score"}, {"resourceId": "lesson-1", "tag": "attendance"}, own):
        sqlite_book.moodle._make_column({"label": "x", "scoreMaximum": 10, **wrong})
    sqlite_book.confirm("8")
    sqlite_book.send()
    assert sqlite_book.grades("3") == [8.0, None, None]
    assert len(sqlite_book.moodle.items) == 3


def test_a_column_beyond_the_first_page_is_found_too(sqlite_book: Gradebook) -> None:
    moodle = sqlite_book.moodle
    for n in range(5):
        moodle._make_column({"label": "x", "scoreMaximum": 10, "resourceId": f"other-{n}", "tag": "score"})
    moodle._make_column({"label": "x", "scoreMaximum": 10, "resourceId": "lesson-1", "tag": "score"})

    def pages(asked: Asked) -> tuple[int, dict[str, str], bytes]:
        """A platform that ignores the filter and pages by itself, with the curly quotes of Moodle."""
        start = int(asked.query.get("from", ["0"])[0])
        status, headers, body = json_answer(moodle.items[start : start + 2])
        more = f"<{moodle.url}/items?type_id=7&amp;limit=2&amp;from={start + 2}>; rel=“next”"
        link = {"Link": more.encode().decode("latin-1")} if start + 2 < len(moodle.items) else {}
        return status, {**headers, **link}, body

    moodle.answers["GET", "/items"] = pages
    sqlite_book.confirm("8")
    sqlite_book.send()
    assert sqlite_book.grades("6")[0] == 8.0
    assert len(moodle.items) == 6


def test_a_column_deleted_behind_us_is_said_and_made_anew_when_asked(book: Gradebook) -> None:
    book.confirm("8", "7")
    book.send()
    book.moodle.items.clear()
    book.confirm("8.5", "7.5")
    book.send()
    assert [book.state(n)[:2] for n in (1, 2)] == [("refused", "gone"), ("refused", "gone")]
    book.send()
    assert not book.moodle.items  # whoever deleted it had a reason
    assert book.again() == 2
    book.send()
    assert book.grades() == [8.5, 7.5, None]
    assert book.state()[0] == "sent"


def test_a_column_made_anew_gets_what_the_deleted_one_had(book: Gradebook) -> None:
    book.confirm("8", "7")
    book.send()
    book.moodle.items.clear()
    book.confirm("8.5", "7")
    book.send()
    assert [book.state(n)[:2] for n in (1, 2)] == [("refused", "gone"), ("sent", "")]
    assert book.again() == 2
    book.send()
    assert book.grades() == [8.5, 7.0, None]


def test_a_column_deleted_while_nothing_was_on_its_way_is_filled_by_two_presses(book: Gradebook) -> None:
    book.confirm("8", "7")
    book.send()
    book.moodle.items.clear()
    assert book.again() == 2  # all of it, because all of it was said to have arrived
    book.send()
    assert [book.state(n)[:2] for n in (1, 2)] == [("refused", "gone"), ("refused", "gone")]
    assert book.again() == 2
    book.send()
    assert book.grades() == [8.0, 7.0, None]


def test_all_of_it_again_writes_over_nobodys_own_grade(book: Gradebook) -> None:
    book.confirm("8", "7")
    book.send()
    book.moodle.set_by_hand("1", "pupil-1", 5, overrides=True)
    assert book.again() == 2
    book.send()
    assert (book.state(1), book.state(2)[0]) == (("changed", "changed", "5"), "sent")
    assert book.grades()[:2] == [5.0, 7.0]


def test_a_column_on_another_host_gets_no_token(sqlite_book: Gradebook) -> None:
    moodle = sqlite_book.moodle
    lie = {"id": "https://evil.example/items/1", "resourceId": "lesson-1", "tag": "score"}
    moodle.answers["GET", "/items"] = lambda _: json_answer([lie])
    sqlite_book.confirm("8")
    sqlite_book.send()
    assert sqlite_book.state()[:2] == ("refused", "not_understood")


def test_a4_a_course_that_grants_nothing_says_so(tool: Tool) -> None:
    book = Gradebook(tool)
    with tool.inside():
        tool.course().grade_scopes = []
    book.confirm("8")
    book.send()
    assert book.state()[:2] == ("refused", "not_granted")


def test_a4_a_course_that_only_lets_columns_be_read_finds_its_own_and_makes_none(tool: Tool) -> None:
    book = Gradebook(tool)
    book.moodle._make_column({"label": "x", "scoreMaximum": 10, "resourceId": "lesson-1", "tag": "score"})
    with tool.inside():
        tool.course().grade_scopes = [s for s in ALL_SCOPES if not s.endswith("/lineitem")]
    book.confirm("8")
    book.send()
    assert book.grades()[0] == 8.0
    with tool.inside():
        item = db.session.scalars(select(LineItem)).one()
        item.url, item.resource_id = None, "lesson-2"
    book.confirm("9")
    book.send()
    assert book.state()[:2] == ("refused", "not_granted")
    assert len(book.moodle.items) == 1


# --- refused, stale, away -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "state", "fault"),
    [
        (400, "refused", "refused"),
        (403, "refused", "not_granted"),
        (404, "refused", "gone"),
        (410, "refused", "gone"),
        (409, "newer", "newer"),
        (401, "waiting", "token_unheard"),
        (429, "waiting", "busy"),
        (500, "waiting", "later"),
        (502, "waiting", "unreachable"),
        (503, "waiting", "unreachable"),
        (504, "waiting", "unreachable"),
        (302, "waiting", "redirected"),
        (418, "refused", "refused"),
    ],
)
def test_every_answer_of_a_platform_means_something(tool: Tool, status: int, state: str, fault: str) -> None:
    book = Gradebook(tool)
    with tool.inside():  # no grades can be read: only the answer itself says what became of it
        tool.course().grade_scopes = [s for s in ALL_SCOPES if "result" not in s]
    book.moodle.answers["POST", "/items/1/lineitem/scores"] = lambda _: (status, {"Location": "/elsewhere"}, b"")
    book.confirm("8")
    book.send()
    assert book.state()[:2] == (state, fault)
    known = {str(message.id) for message in catalogue("vi") if message.id}
    assert (f"report.why.{fault}" if state == "waiting" else f"report.state.{fault}") in known


def test_a_teacher_is_not_gradable_and_keeps_no_other_score_back(book: Gradebook) -> None:
    book.moodle.teachers.add("pupil-1")
    book.confirm("8", "7", "6")
    book.send()
    assert book.state(1)[:2] == ("refused", "refused")
    assert book.grades() == [None, 7.0, 6.0]


def test_a_pupil_without_an_account_has_nowhere_to_be_graded(sqlite_book: Gradebook) -> None:
    with sqlite_book.tool.inside():
        person = sqlite_book.tool.person("pupil-2")
        person_id, person.sub = person.id, None
        delivery.queue(sqlite_book._item(), [Queued(person_id, "7")])
    sqlite_book.confirm("8")
    sqlite_book.send()
    with sqlite_book.tool.inside():
        score = delivery.states(sqlite_book._item())[person_id]
        assert (score.state, score.fault) == (ScoreState.REFUSED, "no_account")
    assert sqlite_book.grades()[0] == 8.0


def test_an_hour_of_a_dead_platform_loses_nothing(sqlite_book: Gradebook, later: Callable[[int], None]) -> None:
    book = sqlite_book

    def drop(_: Asked) -> tuple[int, dict[str, str], bytes]:
        raise ConnectionResetError

    book.confirm("5", "5", "5")
    book.send()
    for path in (("POST", "/token"), ("GET", "/items"), ("GET", "/items/1/lineitem/results")):
        book.moodle.answers[path] = drop
    book.confirm("8", "7", "6")
    before = len(book.moodle.asked)
    for _ in range(60):
        book.send()
        later(MINUTE)
    asked = len(book.moodle.asked) - before
    assert book.state()[:2] == ("waiting", "unreachable")
    assert asked < 30  # one request a try, however many scores wait
    book.moodle.answers.clear()
    later(delivery.LONGEST_PAUSE_MS)
    book.send()
    assert book.grades() == [8.0, 7.0, 6.0]


def test_a_locked_cell_keeps_no_other_score_back(sqlite_book: Gradebook) -> None:
    moodle = sqlite_book.moodle

    def locked(asked: Asked) -> tuple[int, dict[str, str], bytes]:
        if asked.json["userId"] == "pupil-1":
            return 500, {}, b""
        return moodle._score(asked, "1")

    moodle.answers["POST", "/items/1/lineitem/scores"] = locked
    sqlite_book.confirm("8", "7", "6")
    sqlite_book.send()
    assert sqlite_book.state(1)[:2] == ("waiting", "later")
    assert sqlite_book.grades() == [None, 7.0, 6.0]


def test_a_platform_that_asks_for_a_pause_gets_one(sqlite_book: Gradebook) -> None:
    moodle = sqlite_book.moodle
    moodle.answers["POST", "/items/1/lineitem/scores"] = lambda _: (429, {}, b"")
    sqlite_book.confirm("8", "7", "6")
    sqlite_book.send()
    assert [sqlite_book.state(n)[:2] for n in (1, 2, 3)] == [("waiting", "busy")] * 3
    assert sum(one.path.endswith("/scores") for one in moodle.asked) == 1


@pytest.mark.parametrize(
    ("path", "status"),
    [("/items/1/lineitem/scores", 429), ("/items/1/lineitem/scores", 503), ("/items", 503), ("/token", 429)],
)
def test_a_platform_is_left_alone_as_long_as_it_asks_for(
    sqlite_book: Gradebook, later: Callable[[int], None], path: str, status: int
) -> None:
    """Moodle under maintenance answers 503 and `Retry-After: 300`. Nothing is asked of it meanwhile: no score, no
    list, and what the teacher sends again at once waits too."""
    moodle, tool = sqlite_book.moodle, sqlite_book.tool
    method = "GET" if path == "/items" else "POST"
    moodle.answers[method, path] = lambda _: (status, {"Retry-After": "300"}, b"")
    moodle.tokens.clear()
    with tool.inside():
        db.session.execute(delete(PlatformToken))
    sqlite_book.confirm("8", "7", "6")
    sqlite_book.send()
    moodle.answers.clear()
    before = len(moodle.asked)
    for _ in range(4):
        later(MINUTE)
        sqlite_book.again()
        with tool.inside():
            tool.course().roster_wanted_at = tool.course().roster_tried_at + 1
        sqlite_book.send()
    assert len(moodle.asked) == before
    assert [sqlite_book.state(n)[:2] for n in (1, 2, 3)] == [("waiting", "busy")] * 3
    with tool.inside():
        assert tool.course().roster_fault == "busy"
        until = tool.app.extensions[pauses.KEY][tool.registration().id]
        assert min(db.session.scalars(select(Score.next_at))) >= until
    later(2 * MINUTE)
    sqlite_book.send()
    assert sqlite_book.grades() == [8.0, 7.0, 6.0]


def test_an_answer_lost_on_its_way_is_no_second_score(book: Gradebook, later: Callable[[int], None]) -> None:
    """The platform took the score and the line broke before it said so. The next try meets 409: it is ours."""
    moodle = book.moodle

    def take_and_drop(asked: Asked) -> tuple[int, dict[str, str], bytes]:
        moodle._score(asked, "1")
        raise ConnectionResetError

    moodle.answers["POST", "/items/1/lineitem/scores"] = take_and_drop
    book.confirm("8")
    book.send()
    assert book.state()[:2] == ("waiting", "unreachable")
    moodle.answers.clear()
    later(delivery.LONGEST_PAUSE_MS)
    book.send()
    assert (book.grades()[0], book.state()[0], book.posted()) == (8.0, "sent", 1)


def test_a_token_that_is_no_longer_taken_is_renewed_once(sqlite_book: Gradebook) -> None:
    sqlite_book.confirm("8")
    sqlite_book.send()
    sqlite_book.moodle.tokens = {"x": set()}  # the platform forgot them all
    sqlite_book.confirm("9")
    sqlite_book.send()
    assert (sqlite_book.grades()[0], sqlite_book.state()[0]) == (9.0, "sent")


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        ((404, {}, b"<p>fix_jwks_alg(): Argument #1 ($jwks) must be of type array, null given</p>"), "keys_unseen"),
        ((400, {}, b"Cannot handle token prior to 2026-11-25T09:00:00+0700"), "clock_ahead"),
        ((400, {}, b'{"error": "invalid \\"kid\\"" unescaped}'), "token_refused"),
        ((401, {}, b'{"error": "invalid_client"}'), "token_refused"),
        ((200, {}, b"<html>"), "not_json"),
        ((200, {}, b'{"access_token": 7}'), "token_refused"),
        ((500, {}, b""), "later"),
        ((502, {}, b""), "unreachable"),
        ((301, {"Location": "https://elsewhere.example"}, b""), "redirected"),
    ],
)
def test_why_there_is_no_token_is_recognised(
    sqlite_book: Gradebook, answer: tuple[int, dict[str, str], bytes], fault: str
) -> None:
    sqlite_book.moodle.answers["POST", "/token"] = lambda _: answer
    sqlite_book.confirm("8")
    sqlite_book.send()
    assert sqlite_book.state()[:2] == ("waiting", fault)


# --- the teacher's own grade ----------------------------------------------------------------------------------------


def test_a_grade_made_in_the_lms_is_never_overwritten_unseen(book: Gradebook) -> None:
    book.confirm("8", "7")
    book.send()
    book.moodle.set_by_hand("1", "pupil-1", 9.0)
    book.moodle.cells["1", "pupil-1"].moment -= 3_600  # long enough ago for the platform to take ours
    book.confirm("6", "7.5")
    book.send()
    assert book.state(1) == ("changed", "changed", "9")
    assert book.grades() == [9.0, 7.5, None]
    assert book.again() == 1  # the other one alone: sending again is no answer to a question
    book.send()
    assert book.grades()[0] == 9.0


def test_a_grade_that_stood_there_before_us_asks_too(sqlite_book: Gradebook) -> None:
    sqlite_book.moodle._make_column({"label": "x", "scoreMaximum": 10, "resourceId": "lesson-1", "tag": "score"})
    sqlite_book.moodle.set_by_hand("1", "pupil-1", 9.25)
    sqlite_book.confirm("8", "7")
    sqlite_book.send()
    assert sqlite_book.state(1) == ("changed", "changed", "9.25")
    assert sqlite_book.grades() == [9.25, 7.0, None]


def test_the_teacher_keeps_the_lmss_grade(book: Gradebook) -> None:
    test_a_grade_made_in_the_lms_is_never_overwritten_unseen(book)
    book.choose(delivery.keep_theirs)
    book.send()
    assert (book.grades()[0], book.state()) == (9.0, ("kept", "", "9"))
    assert book.confirm("6") == 0
    assert book.confirm("6.5") == 1  # a new word of the teacher's is asked about anew
    book.send()
    assert (book.grades()[0], book.state()[0]) == (9.0, "changed")


def test_the_teacher_chooses_ours(book: Gradebook) -> None:
    test_a_grade_made_in_the_lms_is_never_overwritten_unseen(book)
    book.choose(delivery.insist)
    book.send()
    assert (book.grades()[0], book.state()) == (6.0, ("sent", "", None))
    book.confirm("6.5")
    book.send()
    assert (book.grades()[0], book.state()[0]) == (6.5, "sent")


def test_a_grade_that_the_gradebook_holds_fast_is_said(book: Gradebook) -> None:
    book.confirm("8")
    book.send()
    book.moodle.set_by_hand("1", "pupil-1", 9.0, overrides=True)
    book.confirm("6")
    book.send()
    assert book.state() == ("changed", "changed", "9")
    book.choose(delivery.insist)
    book.send()
    assert (book.grades()[0], book.state()) == (9.0, ("refused", "held", "9"))
    book.moodle.cells["1", "pupil-1"].is_overridden = False
    book.choose(delivery.insist)
    book.send()
    book.choose(delivery.insist)  # the override was made in this very second: the next one is newer
    book.send()
    assert book.grades()[0] == 6.0


def test_a_change_between_our_look_and_our_score_is_seen_by_its_409(sqlite_book: Gradebook) -> None:
    moodle = sqlite_book.moodle
    sqlite_book.confirm("8")
    sqlite_book.send()

    def hurry(asked: Asked) -> tuple[int, dict[str, str], bytes]:
        moodle.answers.clear()
        moodle.set_by_hand("1", "pupil-1", 9.5)
        moodle.cells["1", "pupil-1"].moment += 60
        return moodle._score(asked, "1")

    moodle.answers["POST", "/items/1/lineitem/scores"] = hurry
    sqlite_book.confirm("6")
    sqlite_book.send()
    assert (sqlite_book.grades()[0], sqlite_book.state()) == (9.5, ("changed", "changed", "9.5"))


def test_a_removed_grade_asks_before_it_comes_back(sqlite_book: Gradebook) -> None:
    sqlite_book.confirm("8")
    sqlite_book.send()
    sqlite_book.moodle.set_by_hand("1", "pupil-1", None)
    sqlite_book.confirm("6")
    sqlite_book.send()
    assert sqlite_book.state() == ("changed", "changed", "")


def test_zero_is_a_grade_though_moodle_shows_none(sqlite_book: Gradebook) -> None:
    sqlite_book.confirm("0")
    sqlite_book.send()
    sqlite_book.confirm("4")
    sqlite_book.send()
    assert (sqlite_book.grades()[0], sqlite_book.state()[0]) == (4.0, "sent")


def test_a_value_queued_while_another_is_on_its_way_is_sent_next(sqlite_book: Gradebook) -> None:
    moodle = sqlite_book.moodle
    sqlite_book.confirm("5")
    sqlite_book.send()

    def meanwhile(asked: Asked) -> tuple[int, dict[str, str], bytes]:
        moodle.answers.clear()
        sqlite_book.confirm("9")
        return moodle._score(asked, "1")

    moodle.answers["POST", "/items/1/lineitem/scores"] = meanwhile
    sqlite_book.confirm("6")
    sqlite_book.send()
    assert sqlite_book.state()[0] == "waiting"
    sqlite_book.send()
    assert (sqlite_book.grades()[0], sqlite_book.state()[0]) == (9.0, "sent")


def _parcel(last: str | None, value: str) -> Parcel:
    return Parcel(1, Grade("p", value, 10, "", 0), last, insists=False)


MARKS = st.integers(0, 100).map(lambda tenths: f"{tenths / 10:.1f}")


@given(last=MARKS, new=MARKS, points=st.sampled_from([5.0, 10.0, 20.0, 100.0, 3.0]))
def test_what_we_sent_ourselves_is_never_taken_for_a_change(last: str, new: str, points: float) -> None:
    shown = round(float(last) * points / 10, 5) or None
    assert not delivery.is_changed(Standing(shown, points), _parcel(last, new))
    assert not delivery.is_changed(Standing(round(float(new) * points / 10, 5) or None, points), _parcel(last, new))


@given(last=st.none() | MARKS, new=MARKS, other=MARKS.filter(lambda mark: mark != "0.0"))
def test_what_neither_we_sent_nor_are_sending_is_a_change(last: str | None, new: str, other: str) -> None:
    is_ours = other in (last, new)
    assert delivery.is_changed(Standing(float(other), 10.0), _parcel(last, new)) is not is_ours


# --- on the page ----------------------------------------------------------------------------------------------------


def test_the_outbox_belongs_to_the_newest_service_addresses(sqlite_book: Gradebook) -> None:
    """A launch that lacks the services takes nothing away; the next delivery still knows where to go."""
    sqlite_book.tool.teacher(**{AGS: None, f"{LTI}context": {"id": "course-1"}})
    with sqlite_book.tool.inside():
        context = db.session.scalars(select(Context)).one()
        assert context.line_items_url
    sqlite_book.confirm("8")
    sqlite_book.send()
    assert sqlite_book.grades()[0] == 8.0


def test_a_platform_without_results_is_written_to_all_the_same(sqlite_book: Gradebook) -> None:
    sqlite_book.moodle.answers["GET", "/items/1/lineitem/results"] = lambda _: json_answer({}, 404)
    sqlite_book.confirm("8")
    sqlite_book.send()
    assert (sqlite_book.grades()[0], sqlite_book.state()[0]) == (8.0, "sent")


# --- a teacher and the job at once ----------------------------------------------------------------------------------


def test_a_value_queued_while_the_job_writes_what_became_of_the_last_one_is_still_sent(book: Gradebook) -> None:
    """The request had read the score as it waited; by then the job had settled it."""
    book.confirm("7.0")
    with book.tool.inside():
        item = db.session.scalars(select(LineItem)).one()
        (held,) = delivery.states(item).values()
        db.session.execute(
            update(Score).values(state=ScoreState.SENT), execution_options={"synchronize_session": False}
        )
        assert held.state is ScoreState.WAITING
        assert delivery.queue(item, [Queued(held.person_id, "8.0")]) == 1
    assert book.state()[0] == ScoreState.WAITING
    book.send()
    assert book.grades()[0] == 8.0


def test_a_score_whose_pupil_was_erased_on_its_way_keeps_no_other_waiting(
    sqlite_book: Gradebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = LtiLms.post

    def erase_first(lms: LtiLms, address: str, grade: Grade) -> Outcome:
        if grade.sub == "pupil-1":
            db.session.execute(delete(Score).where(Score.value == grade.value))
            db.session.commit()
        return post(lms, address, grade)

    monkeypatch.setattr(LtiLms, "post", erase_first)
    sqlite_book.confirm("7.0", "8.0")
    sqlite_book.send()
    assert sqlite_book.state(2)[0] == ScoreState.SENT
