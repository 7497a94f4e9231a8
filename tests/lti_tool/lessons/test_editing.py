"""Writing lessons: every kind with every fault, order, copies, versions. The unfinished is saved, nonsense is not."""

import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from analytics.mastery import store as mastery
from live_session import activities
from live_session.model import Answering, Terms
from lti_tool.extensions import db
from lti_tool.lessons import editing
from lti_tool.lessons.courses import scope_of
from lti_tool.lessons.decks import alone, deck_of, faults_of
from lti_tool.models import Lesson, LessonActivity, Picture
from tests.lti_tool.tool import NUMBER, OPEN, SINGLE, Browser, Tool
from tests.lti_tool.witness import contents, fault_of

OPTIONS = [{"text": "a"}, {"text": "b"}]
STATEMENTS = [{"text": t, "key": True} for t in "abcd"]
PAIRS = [{"left": t, "right": t.upper()} for t in "ab"]
GROUPS = [{"name": t.upper(), "items": [t]} for t in "ab"]
LONG = "x" * 4_001
ASKED = {"prompt": "?"}

FAULTS: dict[str, tuple[str, Mapping[str, Any], set[tuple[str, str]]]] = {
    "single: ready": ("single", {**ASKED, "options": OPTIONS, "key": ["A"]}, set()),
    "single: nothing yet": (
        "single",
        {"options": [{"text": ""}, {"text": " "}]},
        {("prompt", "empty"), ("options.0", "empty"), ("options.1", "empty"), ("key", "missing")},
    ),
    "single: a picture asks": ("single", {"image": {"id": "i"}, "options": OPTIONS, "key": ["A"]}, set()),
    "single: two keys": ("single", {**ASKED, "options": OPTIONS, "key": ["A", "B"]}, {("key", "several")}),
    "single: no such option": ("single", {**ASKED, "options": OPTIONS, "key": ["C"]}, {("key", "unknown")}),
    "single: one option": ("single", {**ASKED, "options": OPTIONS[:1], "key": ["A"]}, {("options", "count")}),
    "single: nine options": (
        "single", {**ASKED, "options": [{"text": str(n)} for n in range(9)], "key": ["A"]}, {("options", "count")},
    ),
    "single: twice the same": (
        "single", {**ASKED, "options": [{"text": "a"}, {"text": " a"}], "key": ["A"]}, {("options.1", "twice")},
    ),
    "single: too long": (
        "single",
        {"prompt": LONG, "explanation": LONG, "options": [{"text": LONG}, {"text": "b"}], "key": ["A"]},
        {("prompt", "too_long"), ("explanation", "too_long"), ("options.0", "too_long")},
    ),
    "single: a formula nobody can read": (
        "single", {"prompt": "\\(\\nosuch{x}\\)", "options": OPTIONS, "key": ["A"]}, {("prompt", "formula")},
    ),
    "multiple: ready": ("multiple", {**ASKED, "options": OPTIONS, "key": ["A", "B"]}, set()),
    "multiple: a key twice": ("multiple", {**ASKED, "options": OPTIONS, "key": ["A", "A"]}, {("key", "twice")}),
    "true_false: ready": ("true_false", {**ASKED, "key": False}, set()),
    "true_false: no key": ("true_false", ASKED, {("key", "missing")}),
    "cluster: ready": ("cluster", {**ASKED, "statements": STATEMENTS}, set()),
    "cluster: three": ("cluster", {**ASKED, "statements": STATEMENTS[:3]}, {("statements", "count")}),
    "cluster: one undecided": (
        "cluster", {**ASKED, "statements": [*STATEMENTS[:3], {"text": "d"}]}, {("statements.3", "key_missing")},
    ),
    "short: ready": ("short", {**ASKED, "accepted": ["Hà Nội", "thủ đô"]}, set()),
    "short: nothing accepted": ("short", ASKED, {("accepted", "missing")}),
    "short: a blank": ("short", {**ASKED, "accepted": ["a", " "]}, {("accepted.1", "empty")}),
    "short: too long": ("short", {**ASKED, "accepted": ["a" * 201]}, {("accepted.0", "too_long")}),
    "number: ready": ("number", {**ASKED, "answer": "-2,5", "tolerance": "0,1"}, set()),
    "number: no answer": ("number", ASKED, {("answer", "missing")}),
    "number: words": ("number", {**ASKED, "answer": "bảy"}, {("answer", "number")}),
    "number: below nothing": ("number", {**ASKED, "answer": "1", "tolerance": "-1"}, {("tolerance", "negative")}),
    "open: ready": ("open", {**ASKED, "photo": True}, set()),
    "open: no room": ("open", {**ASKED, "limit": 0}, {("limit", "range")}),
    "open: a task": ("open", {**ASKED, "product": "Ba ý", "links": ["https://vi.wikipedia.org/wiki/Vieta"]}, set()),
    "open: a task without a product": ("open", {**ASKED, "links": ["https://a.vn"]}, {("product", "no_product")}),
    "open: a hostile address": (
        "open", {**ASKED, "product": "x", "links": ["https://a.vn", "javascript:alert(1)"]}, {("links.1", "link")},
    ),
    "open: six addresses": (
        "open", {**ASKED, "product": "x", "links": ["https://a.vn"] * 6}, {("links", "too_many_links")},
    ),
    "open: a long product": ("open", {**ASKED, "product": "x" * 301}, {("product", "too_long")}),
    "open: a book": ("open", {**ASKED, "limit": 9_000}, {("limit", "range")}),
    "slide: ready": ("slide", {"image": {"id": "i"}}, set()),
    "slide: no page": ("slide", {"text": "Mở bài"}, {("image", "picture"), ("prompt", "empty")}),
    "slide: a book": ("slide", {"image": {"id": "i"}, "text": LONG}, {("text", "too_long")}),
    "rubric: ready": ("rubric", {**ASKED, "criteria": ["a | x | y", "b"], "levels": ["thấp", "cao"]}, set()),
    "rubric: nothing yet": ("rubric", ASKED, {("criteria", "criteria"), ("levels", "levels")}),
    "rubric: half a meaning": (
        "rubric", {**ASKED, "criteria": ["a | x"], "levels": ["thấp", "cao"]}, {("criteria.0", "meanings")},
    ),
    "photo: ready": ("photo", ASKED, set()),
    "photo: no room for a word": ("photo", {**ASKED, "limit": 0}, {("limit", "range")}),
    "drawing: ready": ("drawing", {**ASKED, "paper": "grid"}, set()),
    "drawing: on a picture": ("drawing", {**ASKED, "paper": "picture", "image": {"id": "i"}}, set()),
    "drawing: on a picture that is none": ("drawing", {**ASKED, "paper": "picture"}, {("image", "picture")}),
    "drawing: on a wall": ("drawing", {**ASKED, "paper": "wall"}, {("paper", "unknown")}),
    "fill: ready": ("fill", {**ASKED, "text": "Một [[hai|2]] ba"}, set()),
    "fill: no gap": ("fill", {**ASKED, "text": "Một hai ba"}, {("text", "gaps")}),
    "fill: an empty gap": ("fill", {**ASKED, "text": "Một [[ | ]] ba"}, {("text", "gaps")}),
    "fill: thirteen gaps": ("fill", {**ASKED, "text": "[[a]]" * 13}, {("text", "gaps")}),
    "fill: a formula nobody can read": (
        "fill",
        {**ASKED, "text": "\\(\\nosuch{x}\\) [[a]]"},
        {("text", "formula")},
    ),
    "ordering: ready": ("ordering", {**ASKED, "items": ["a", "b"]}, set()),
    "ordering: one": ("ordering", {**ASKED, "items": ["a"]}, {("items", "parts")}),
    "ordering: twice the same": ("ordering", {**ASKED, "items": ["a", "b", "a "]}, {("items.2", "twice")}),
    "matching: ready": ("matching", {**ASKED, "pairs": PAIRS, "others": ["z"]}, set()),
    "matching: one partner for all": (
        "matching",
        {**ASKED, "pairs": [{"left": t, "right": "x"} for t in "ab"]},
        {("others", "columns")},
    ),
    "matching: half a pair": (
        "matching",
        {**ASKED, "pairs": [*PAIRS, {"left": "c"}]},
        {("pairs.2", "empty")},
    ),
    "categorise: ready": ("categorise", {**ASKED, "groups": GROUPS}, set()),
    "categorise: in two groups": (
        "categorise",
        {**ASKED, "groups": [*GROUPS, {"name": "C", "items": ["a"]}]},
        {("groups.2", "twice")},
    ),
    "categorise: one thing": (
        "categorise",
        {**ASKED, "groups": [{"name": "A", "items": ["a"]}, {"name": "B"}]},
        {("groups.0", "items")},
    ),
    "hotspot: ready": ("hotspot", {**ASKED, "image": {"id": "i"}, "key": ["A1"]}, set()),
    "hotspot: no picture": ("hotspot", {**ASKED, "key": ["A1"]}, {("image", "picture")}),
    "hotspot: no such cell": ("hotspot", {**ASKED, "image": {"id": "i"}, "key": ["Z9"]}, {("key", "unknown")}),
    "hotspot: no cell": ("hotspot", {**ASKED, "image": {"id": "i"}}, {("key", "missing")}),
    "poll: ready": ("poll", {**ASKED, "choices": ["a", "b"], "many": True}, set()),
    "poll: nine": ("poll", {**ASKED, "choices": list("abcdefghi")}, {("choices", "parts")}),
    "rating: ready": ("rating", {**ASKED, "steps": 7}, set()),
    "rating: eleven": ("rating", {**ASKED, "steps": 11}, {("steps", "steps")}),
    "rating: a long end": ("rating", {**ASKED, "low": "x" * 61}, {("low", "too_long")}),
    "ranking: ready": ("ranking", {**ASKED, "items": ["a", "b"]}, set()),
    "ranking: a blank": ("ranking", {**ASKED, "items": ["a", " "]}, {("items.1", "empty")}),
    "cloud: ready": ("cloud", {**ASKED, "words": 1, "blocked": ["ngu"]}, set()),
    "cloud: six words": ("cloud", {**ASKED, "words": 6}, {("words", "words")}),
    "board: ready": ("board", {**ASKED, "columns": ["biết", "hỏi"]}, set()),
    "board: one column": ("board", {**ASKED, "columns": ["biết"]}, {("columns.any", "columns")}),
    "board: twice the same": ("board", {**ASKED, "columns": ["a", "a"]}, {("columns.1", "twice")}),
    "group: ready": ("group", {**ASKED, "own": "Em làm phần nào?"}, set()),
    "group: nothing asked of each": ("group", ASKED, {("own", "empty")}),
    "questions: ready": ("questions", ASKED, set()),
    "questions: none allowed": ("questions", {**ASKED, "most": 0}, {("most", "posts")}),
    "exit: ready": ("exit", ASKED, set()),
    "exit: a long question": ("exit", {**ASKED, "learned": "x" * 201}, {("learned", "too_long")}),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "content", "faults"), FAULTS.values(), ids=FAULTS.keys())
def test_every_kind_says_what_it_lacks(
    steady_tool: Tool, kind: str, content: Mapping[str, Any], faults: set[tuple[str, str]]
) -> None:
    with steady_tool.inside():
        activity = LessonActivity(position=0, kind=kind, content=dict(content), changed_at=1)
        assert {(p.field, p.code) for p in faults_of(activity)} == faults


def test_every_kind_of_the_editor_is_tried_above() -> None:
    assert {kind for kind, _, _ in FAULTS.values()} == set(activities.types())


# --- in the editor --------------------------------------------------------------------------------------------------


@pytest.fixture
def teacher(tool: Tool) -> Browser:
    return tool.set_up()


def plan(tool: Tool, uid: str) -> list[tuple[str, int]]:
    with tool.inside():
        lesson = db.session.query(Lesson).filter_by(uid=uid).one()
        return [(a.uid, a.position) for a in lesson.activities]


def uids(tool: Tool, uid: str) -> list[str]:
    return [one for one, _ in plan(tool, uid)]


CHANGE: Mapping[str, Any] = {"title": "Mới", "points": 0.5, "seconds": 30, "objective": "hiểu"}


@pytest.mark.parametrize("kind", activities.types())
def test_a_blank_activity_of_every_kind_is_saved_unfinished_and_shown(tool: Tool, teacher: Browser, kind: str) -> None:
    uid = tool.lesson()
    added = teacher.post(f"lessons/{uid}/activities", kind=kind)
    assert added.status_code == 303
    (activity,) = uids(tool, uid)
    page = teacher.get(f"lessons/{uid}?activity={activity}")
    assert page.status_code == 200
    assert kind == "exit" or " data-blank" in page.text, "a new one is not full of faults"
    said = teacher.send(f"lessons/{uid}/activities/{activity}", {**CHANGE, "content": editing.blank_of(kind)}).json
    assert said["faults"]
    assert said["title"] == "Mới"
    assert set(said["preview"]) == {"phone", "screen"}


def test_a_new_exit_ticket_is_ready_to_be_taught(tool: Tool, teacher: Browser) -> None:
    """What it asks stands in it: a heading of one's own is no condition."""
    uid = tool.lesson()
    teacher.post(f"lessons/{uid}/activities", kind="exit")
    with tool.inside():
        (ticket,) = db.session.query(LessonActivity)
        assert ticket.content["prompt"] == "Trước khi ra về"
        assert not faults_of(ticket)


def test_the_editor_opens_at_the_first_question_that_is_to_be_mended(tool: Tool, teacher: Browser) -> None:
    uid = tool.lesson(SINGLE, OPEN)
    teacher.post(f"lessons/{uid}/activities", kind="single")
    first, _, unfinished = uids(tool, uid)
    assert f"/activities/{unfinished}/do" in teacher.get(f"lessons/{uid}").text
    assert f"/activities/{first}/do" in teacher.get(f"lessons/{uid}?activity={first}").text


def test_a_saved_question_is_as_it_was_written_and_its_preview_holds_no_key(any_tool: Tool) -> None:
    teacher = any_tool.set_up()
    uid = any_tool.lesson(SINGLE)
    (activity,) = uids(any_tool, uid)
    content = {"prompt": "<script>alert(1)</script> \\(x^2\\)", "options": OPTIONS, "key": ["B"], "explanation": "vì"}
    said = teacher.send(f"lessons/{uid}/activities/{activity}", {**CHANGE, "content": content}).json
    assert said["faults"] == {}
    assert "<script>" not in said["preview"]["phone"]
    assert "<math" in said["preview"]["phone"]
    assert "vì" not in said["preview"]["phone"]
    with any_tool.inside():
        kept = db.session.query(LessonActivity).one()
        assert kept.content == content
        assert (kept.title, kept.points, kept.seconds, kept.objective) == ("Mới", 0.5, 30, "hiểu")


def test_a_question_may_be_open_for_half_an_hour(tool: Tool, teacher: Browser) -> None:
    """Group work and a short test take longer than ten minutes."""
    uid = tool.lesson(SINGLE)
    (activity,) = uids(tool, uid)
    change = {**CHANGE, "content": SINGLE["content"], "seconds": 1_800}
    assert teacher.send(f"lessons/{uid}/activities/{activity}", change).json["time"] == "30 phút"
    page = teacher.get(f"lessons/{uid}?activity={activity}").text
    for seconds, said in ((900, "15 phút"), (1_200, "20 phút"), (1_800, "30 phút")):
        assert len(re.findall(f'<option value="{seconds}"[^>]*>{said}<', page)) == 1


def test_the_editor_shows_objectives_as_they_are_called_now_and_keeps_them_as_written(tool: Tool) -> None:
    """Two teachers have joined three wordings; the lesson is saved for its title alone, and the join can be undone."""
    teacher = tool.set_up()
    uid, other = tool.lesson({**SINGLE, "objective": "Vi-ét"}), tool.lesson({**OPEN, "objective": "Giải phương trình"})
    (activity,) = uids(tool, uid)
    with tool.inside():
        db.session.query(Lesson).filter_by(uid=uid).one().objectives = ["Vi-ét", "vi ét", "Đồ thị"]
        for earlier in ("Vi-ét", "vi ét"):
            mastery.join(db.session.connection(), scope_of(tool.course().id), "Hệ thức Vi-ét", earlier)
    page = teacher.get(f"lessons/{uid}?activity={activity}").text
    assert re.search(r">\s*Hệ thức Vi-ét\s+Đồ thị</textarea>", page), page.partition("lesson-objectives")[2][:600]
    assert "<option selected>Hệ thức Vi-ét</option>" in page
    assert "<option>Giải phương trình</option>" in page.partition("<optgroup")[2], "what another lesson has"
    assert ">Vi-ét<" not in page
    told = {"title": "Tên mới", "objectives": ["Hệ thức Vi-ét", "Đồ thị", "Thêm"], "minutes": 45}
    assert teacher.send(f"lessons/{uid}", told).status_code == 200
    change = {**CHANGE, "content": SINGLE["content"], "objective": "Hệ thức Vi-ét"}
    teacher.send(f"lessons/{uid}/activities/{activity}", change)
    with tool.inside():
        kept = db.session.query(Lesson).filter_by(uid=uid).one()
        assert kept.objectives == ["Vi-ét", "vi ét", "Đồ thị", "Thêm"]
        assert kept.activities[0].objective == "Vi-ét"
    teacher.send(f"lessons/{uid}/activities/{activity}", {**change, "objective": "Đồ thị"})
    with tool.inside():
        assert db.session.query(Lesson).filter_by(uid=uid).one().activities[0].objective == "Đồ thị"
    assert "Hệ thức Vi-ét" in teacher.get(f"lessons/{other}").text.partition("<optgroup")[2]


def test_confidence_is_asked_where_the_teacher_says_so_and_a_key_can_be(tool: Tool, teacher: Browser) -> None:
    uid = tool.lesson(SINGLE, {"kind": "poll", "title": "Ý kiến", "content": {"prompt": "?", "choices": ["a", "b"]}})
    single, poll = uids(tool, uid)
    for activity, content in ((single, SINGLE["content"]), (poll, {"prompt": "?", "choices": ["a", "b"]})):
        change = {**CHANGE, "content": content, "terms": {"asks_confidence": True}}
        shown = teacher.send(f"lessons/{uid}/activities/{activity}", change).json["preview"]["phone"]
        assert ("Em chắc đến đâu?" in shown) is (activity == single)
    assert "asks_confidence" not in teacher.get(f"lessons/{uid}?activity={poll}").text
    assert 'data-terms="asks_confidence" checked' in teacher.get(f"lessons/{uid}?activity={single}").text
    teacher.post(f"lessons/{uid}/activities/{single}/do", do="copy")
    with tool.inside():
        kept = db.session.query(Lesson).filter_by(uid=uid).one()
        assert [a.terms for a in deck_of(kept.activities)] == [Terms(True), Terms(True), Terms(False)]
        assert [a.version for a in kept.activities] == [1, 1, 1], "the question is the same"


@pytest.mark.parametrize("answering", Answering)
def test_a_question_says_who_answers_and_practice_knows_nothing_of_it(
    tool: Tool, teacher: Browser, answering: Answering
) -> None:
    uid = tool.lesson(SINGLE)
    (single,) = uids(tool, uid)
    change = {**CHANGE, "content": SINGLE["content"], "terms": {"answering": answering, "attempts": 2}}
    assert teacher.send(f"lessons/{uid}/activities/{single}", change).status_code == 200
    editor = teacher.get(f"lessons/{uid}?activity={single}").text.partition('id="answering"')[2]
    assert f'value="{answering}" selected' in editor.partition("</select>")[0]
    with tool.inside():
        (kept,) = deck_of(db.session.query(Lesson).filter_by(uid=uid).one().activities)
        assert kept.terms.answering is answering
        assert alone(kept).terms == Terms(attempts=2)


SPEED = {"has_fair_clock": True, "counts_speed": True}
TOLD = "được thêm tối đa 0,25 điểm"


@pytest.mark.parametrize(
    ("changed", "is_counted"),
    [
        ({}, True),
        ({"seconds": None}, False),
        ({"points": 0}, False),
        ({"terms": {"counts_speed": True}}, False),
        ({"terms": {**SPEED, "naming": "none"}}, False),
        ({"terms": {"has_fair_clock": True}}, False),
    ],
)
def test_speed_counts_with_a_clock_of_ones_own_and_points_and_a_name(
    tool: Tool, teacher: Browser, changed: dict[str, Any], is_counted: bool
) -> None:
    uid = tool.lesson(SINGLE)
    (single,) = uids(tool, uid)
    change = {**CHANGE, "content": SINGLE["content"], "terms": SPEED, **changed}
    shown = teacher.send(f"lessons/{uid}/activities/{single}", change).json["preview"]["phone"]
    assert (TOLD in shown) is is_counted
    editor = teacher.get(f"lessons/{uid}?activity={single}").text
    assert ('data-terms="counts_speed" checked' in editor) is is_counted
    assert "không bao giờ vào điểm số" in editor
    with tool.inside():
        (kept,) = deck_of(db.session.query(Lesson).filter_by(uid=uid).one().activities)
        assert kept.terms.counts_speed is is_counted
        assert (TOLD in kept.phone) is is_counted
        assert ("0,25 more" in kept.face("en").phone) is is_counted
        assert TOLD not in alone(kept).phone
        assert not alone(kept).terms.counts_speed


def test_speed_in_a_whole_lesson_is_one_step_and_leaves_out_what_cannot(tool: Tool, teacher: Browser) -> None:
    poll = {"kind": "poll", "title": "Ý kiến", "content": {"prompt": "?", "choices": ["a", "b"]}}
    uid = tool.lesson(SINGLE, poll, {**SINGLE, "points": 0.0})

    def counted() -> list[bool]:
        with tool.inside():
            return [a.terms.counts_speed for a in deck_of(db.session.query(Lesson).filter_by(uid=uid).one().activities)]

    assert "Tính ở mọi câu có thể" in teacher.get(f"lessons/{uid}").text
    teacher.post(f"lessons/{uid}/do", do="speed")
    assert counted() == [True, False, False]
    teacher.post(f"lessons/{uid}/history", do="undo")
    assert counted() == [False, False, False]
    teacher.post(f"lessons/{uid}/do", do="speed")
    teacher.post(f"lessons/{uid}/do", do="no_speed")
    assert counted() == [False, False, False]


NONSENSE: dict[str, tuple[str, Any]] = {
    "no change at all": ("activity_shape", {}),
    "a list": ("activity_shape", []),
    "content of another kind": ("activity_shape", {**CHANGE, "content": {"options": "a"}}),
    "content without options": ("activity_shape", {**CHANGE, "content": {}}),
    "an option that is a number": ("activity_shape", {**CHANGE, "content": {"options": [7]}}),
    "points below nothing": ("activity_shape", {**CHANGE, "points": -1, "content": {"options": []}}),
    "points without end": ("activity_shape", {**CHANGE, "points": 1e9, "content": {"options": []}}),
    "no time to read": ("activity_shape", {**CHANGE, "seconds": 1, "content": {"options": []}}),
    "a day": ("activity_shape", {**CHANGE, "seconds": 86_400, "content": {"options": []}}),
    "half a second": ("activity_shape", {**CHANGE, "seconds": 30.5, "content": {"options": []}}),
    "a title without end": ("activity_shape", {**CHANGE, "title": "x" * 201, "content": {"options": []}}),
    "an objective without end": ("activity_shape", {**CHANGE, "objective": "x" * 301, "content": {"options": []}}),
    "terms of another shape": (
        "activity_shape",
        {**CHANGE, "terms": {"asks_confidence": "yes"}, "content": {"options": []}},
    ),
    "a megabyte": ("activity_too_large", {**CHANGE, "content": {"options": [{"text": "x" * 1_000_000}]}}),
}


@pytest.mark.parametrize(("fault", "body"), NONSENSE.values(), ids=NONSENSE.keys())
def test_nonsense_is_refused_and_changes_nothing(tool: Tool, teacher: Browser, fault: str, body: Any) -> None:
    uid = tool.lesson(SINGLE)
    (activity,) = uids(tool, uid)
    before = contents(tool)
    answer = teacher.send(f"lessons/{uid}/activities/{activity}", body)
    assert answer.json["fault"] == fault
    assert answer.json["reference"]
    assert contents(tool) == before


@pytest.mark.parametrize("minutes", [0, 4, 241, -1, 10**30, "x", None, 45.5])
def test_no_lesson_lasts_so_long(tool: Tool, teacher: Browser, minutes: object) -> None:
    uid = tool.lesson(SINGLE)
    before = contents(tool)
    answer = teacher.send(f"lessons/{uid}", {"title": "x", "objectives": [], "minutes": minutes})
    assert (answer.json["fault"], answer.status_code) == ("minutes", 400)
    assert contents(tool) == before


def test_titles_and_objectives_are_one_line_each_and_not_too_many(tool: Tool, teacher: Browser) -> None:
    uid = tool.lesson(SINGLE)
    objectives = ["  Hiểu\n định lí  ", "", "x" * 400, *("y" for _ in range(40))]
    teacher.send(
        f"lessons/{uid}", {"title": "  Vi-ét\x00\n\tlại " + "z" * 300, "objectives": objectives, "minutes": 90}
    )
    with tool.inside():
        kept = db.session.query(Lesson).filter_by(uid=uid).one()
        assert kept.title.startswith("Vi-ét lại zz")
        assert len(kept.title) == 200
        assert kept.objectives[:2] == ["Hiểu định lí", "x" * 300]
        assert len(kept.objectives) <= 20
        assert kept.minutes == 90


# --- order and copies -----------------------------------------------------------------------------------------------


def test_activities_move_are_copied_and_go(either_tool: Tool) -> None:
    teacher = either_tool.set_up()
    uid = either_tool.lesson(SINGLE, NUMBER, OPEN)
    a, b, c = uids(either_tool, uid)

    def do(activity: str, what: str) -> list[str]:
        assert teacher.post(f"lessons/{uid}/activities/{activity}/do", do=what).status_code == 303
        places = plan(either_tool, uid)
        assert [place for _, place in places] == list(range(len(places)))
        return [one for one, _ in places]

    assert do(a, "up") == [a, b, c]
    assert do(c, "down") == [a, b, c]
    assert do(a, "down") == [b, a, c]
    assert do(c, "up") == [b, c, a]
    copied = do(c, "copy")
    assert [copied[0], copied[1], copied[3]] == [b, c, a]
    assert copied[2] not in (a, b, c)
    assert do(b, "remove") == copied[1:]
    with either_tool.inside():
        texts = [x.content["prompt"] for x in db.session.query(LessonActivity).order_by(LessonActivity.position)]
    assert texts[0] == texts[1]


def test_windows_that_add_at_once_put_one_behind_the_other(any_tool: Tool) -> None:
    """And each is a step of its own, which an undo takes back."""
    teacher = any_tool.set_up()
    uid = any_tool.lesson(SINGLE)
    windows = [teacher, *(any_tool.browser().launch(sub=f"teacher-{n}", name=f"Cô {n}") for n in (2, 3, 4))]
    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(lambda window: window.post(f"lessons/{uid}/activities", kind="open"), windows))
    assert [answer.status_code for answer in said] == [303] * 4
    assert [place for _, place in plan(any_tool, uid)] == [0, 1, 2, 3, 4]
    for left in (4, 3, 2, 1):
        assert teacher.post(f"lessons/{uid}/history", do="undo").status_code == 303
        assert len(plan(any_tool, uid)) == left


def test_an_order_may_name_strangers_and_leave_out_some(tool: Tool, teacher: Browser) -> None:
    uid = tool.lesson(SINGLE, NUMBER, OPEN)
    a, b, c = uids(tool, uid)
    teacher.send(f"lessons/{uid}/order", [c, "stranger", c, "\x00"])
    assert plan(tool, uid) == [(c, 0), (a, 1), (b, 2)]


def test_no_more_than_sixty_activities(tool: Tool, teacher: Browser) -> None:
    uid = tool.lesson(*[OPEN] * editing.MOST_ACTIVITIES)
    first = uids(tool, uid)[0]
    before = contents(tool)
    for answer in (
        teacher.post(f"lessons/{uid}/activities", kind="open"),
        teacher.post(f"lessons/{uid}/activities/{first}/do", do="copy"),
    ):
        assert (fault_of(answer), answer.status_code) == ("too_many_activities", 400)
    assert contents(tool) == before


def test_a_copied_lesson_is_a_lesson_of_its_own(either_tool: Tool) -> None:
    teacher = either_tool.set_up()
    uid = either_tool.lesson(SINGLE, NUMBER)
    copied = teacher.post(f"lessons/{uid}/do", do="copy").location.split("/lessons/")[1].partition("?")[0]
    assert copied != uid
    assert not set(uids(either_tool, copied)) & set(uids(either_tool, uid))
    teacher.post(f"lessons/{uid}/do", do="delete")
    assert teacher.get(f"lessons/{uid}").status_code == 404
    assert teacher.get(f"lessons/{copied}").status_code == 200
    assert len(uids(either_tool, copied)) == 2


def test_a_question_that_was_asked_becomes_a_new_version_when_it_changes(either_tool: Tool) -> None:
    """Answers belong to the question as it was asked."""
    teacher = either_tool.set_up()
    either_tool.start(teacher, SINGLE)
    with either_tool.inside():
        activity = db.session.query(LessonActivity).one()
        uid, path = activity.uid, f"lessons/{activity.lesson.uid}/activities/{activity.uid}"
    same = {**CHANGE, "content": SINGLE["content"]}
    teacher.send(path, same)
    versions = [_version(either_tool, uid)]
    teacher.send(path, {**same, "content": {**SINGLE["content"], "prompt": "Khác?"}})
    versions.append(_version(either_tool, uid))
    teacher.send(path, {**same, "content": {**SINGLE["content"], "prompt": "Khác nữa?"}})
    versions.append(_version(either_tool, uid))
    assert versions == [1, 2, 2]  # the second was not asked yet


def _version(tool: Tool, uid: str) -> int:
    with tool.inside():
        return db.session.query(LessonActivity).filter_by(uid=uid).one().version


def test_deleting_a_lesson_keeps_its_reports(tool: Tool, teacher: Browser) -> None:
    run_id = tool.start(teacher, SINGLE)
    with tool.inside():
        uid = db.session.query(Lesson).one().uid
    teacher.post(f"runs/{run_id}/end")
    tool.jobs().round()
    teacher.post(f"lessons/{uid}/do", do="delete")
    assert teacher.get(f"runs/{run_id}/report").status_code == 200
    before = contents(tool)
    answer = teacher.post("runs", lesson=uid)
    assert (fault_of(answer), answer.status_code) == ("lesson_gone", 404)
    assert contents(tool) == before


def test_an_unfinished_question_is_previewed_as_far_as_it_is_written(tool: Tool, teacher: Browser) -> None:
    uid = tool.lesson(SINGLE, {**NUMBER, "content": {"prompt": "Mấy nghiệm?"}})
    page = teacher.get(f"lessons/{uid}/preview?n=2").text
    assert "Mấy nghiệm?" in page
    assert "Chưa có đáp án." in page
    assert "Chưa có đáp án." not in teacher.get(f"lessons/{uid}/preview").text


def test_a_lesson_without_a_question_is_previewed_in_its_editor(tool: Tool, teacher: Browser) -> None:
    uid = tool.lesson()
    assert teacher.get(f"lessons/{uid}/preview").location == teacher.path(f"lessons/{uid}")


@pytest.mark.parametrize("n", ["0", "-5", "9", "x", "9" * 40])
def test_a_preview_beyond_the_deck_shows_its_edge(tool: Tool, teacher: Browser, n: str) -> None:
    uid = tool.lesson(SINGLE, NUMBER)
    assert teacher.get(f"lessons/{uid}/preview?n={n}").status_code == 200
    with tool.inside():
        assert db.session.query(Picture).count() == 0


def test_words_not_to_show_go_on_to_the_next_cloud_of_the_course(tool: Tool, teacher: Browser) -> None:
    content = {"prompt": "?", "blocked": ["ngu"]}
    tool.lesson({"kind": "cloud", "title": "", "content": content})
    uid = tool.lesson()
    teacher.post(f"lessons/{uid}/activities", kind="cloud")
    with tool.inside():
        (added,) = db.session.query(Lesson).filter_by(uid=uid).one().activities
        assert added.content == {"blocked": ["ngu"]}
        assert editing.is_blank(added)
        assert added.points == 0
