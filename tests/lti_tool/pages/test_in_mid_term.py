"""What changes in the middle of a term: an objective's words, a pupil's class, who is there at all. Pages and files go
on saying what is true, and nothing is lost or shown to the wrong class."""

import io
import json
import re
import zipfile
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import event, update

from analytics.tables import mastery_run, run_snapshot
from lti_tool.clock import local, today
from lti_tool.extensions import db
from lti_tool.lessons import courses
from lti_tool.models import Context, GrantKind, LessonActivity, LessonRun, Membership, SchoolClass
from lti_tool.privacy import person as personal
from tests.analytics.teaching import ask, end, lesson, store
from tests.lti_tool.pages.test_profile import GOAL, question, taught, uid
from tests.lti_tool.platform import LTI
from tests.lti_tool.school import press, sit, submit
from tests.lti_tool.tool import PUPILS, SINGLE, Browser, Tool

RENAMED = "Giải phương trình bậc hai một ẩn"


def ask_about(
    tool: Tool, teacher: Browser, objective: str | None, number: int, sub: str = "pupil-1", of: int | None = None
) -> None:
    """One more lesson, with a question of this objective; of one class, where the course has several."""
    run_id = tool.start(teacher, SINGLE)
    with tool.inside():
        who = tool.person(sub).uid
        db.session.get_one(LessonRun, run_id).class_id = of
        one = replace(question(number), objective=objective)
        store(db.session.connection(), end(ask(lesson(one).seat(who), one.id, right=[who])), run_id)
    tool.jobs().round()


def test_a_renamed_objective_keeps_what_was_learnt_under_its_old_words(tool: Tool) -> None:
    """Answers were to the words that stood there; under the new ones the pupil begins."""
    teacher = taught(tool)
    ask_about(tool, teacher, RENAMED, 90)
    page = teacher.get(f"profile/{uid(tool, 1)}").text
    assert f'<b class="wrap">{GOAL}</b>' in page
    assert f'<b class="wrap">{RENAMED}</b>' in page
    assert "đúng 16/16 câu · 4 ngày" in page
    assert "đúng 1/1 câu · 1 ngày" in page
    assert teacher.get("class").status_code == 200


def test_of_two_objectives_that_become_one_both_keep_their_answers(tool: Tool) -> None:
    """What is asked from now on counts for the one; what was answered to the other stays where it was given."""
    teacher = taught(tool, (GOAL, RENAMED))
    ask_about(tool, teacher, GOAL, 92)
    page = teacher.get(f"profile/{uid(tool, 1)}").text
    lines = dict(re.findall(r'<b class="wrap">([^<]+)</b><small>[^<]*· (đúng [^·]+) ·', page))
    assert lines == {GOAL: "đúng 9/9 câu", RENAMED: "đúng 8/8 câu"}
    assert teacher.get("class").text.count('<th scope="col" class="wrap">') == 2


def test_a_question_whose_objective_was_taken_away_counts_for_the_pupil_and_for_no_objective(tool: Tool) -> None:
    teacher = taught(tool)
    ask_about(tool, teacher, None, 91)
    page = teacher.get(f"profile/{uid(tool, 1)}").text
    assert page.count('<details class="objective"') == 1
    assert "đúng 16/16 câu · 4 ngày" in page


@pytest.mark.parametrize("then", ["edited", "deleted"])
def test_a_question_that_changes_after_a_lesson_leaves_what_was_answered_as_it_was(any_tool: Tool, then: str) -> None:
    """Another key, or gone with its lesson: in the report, in the pupil's work and in the profile, where jobs read the
    log anew, right stays right."""
    tool = any_tool
    teacher = tool.set_up(3)
    run_id = tool.start(teacher, SINGLE | {"objective": GOAL})
    pupil = tool.pupil(1)
    sit(pupil)
    press(teacher, run_id)
    with tool.inside():
        activity = db.session.query(LessonActivity).one()
        question_uid, path = activity.uid, f"lessons/{activity.lesson.uid}"
    assert submit(pupil, question_uid, "C")["t"] == "ack"
    assert teacher.post(f"runs/{run_id}/end").status_code == 303
    tool.jobs().round()
    pages = (f"runs/{run_id}/report", f"work/{uid(tool, 1)}/of/{run_id}", f"profile/{uid(tool, 1)}")
    before = [told(teacher.get(page).text) for page in pages]
    assert "đúng 1/1 câu" in before[2]
    if then == "edited":
        changed = {"title": "Khác", "points": 1, "seconds": 30, "objective": RENAMED}
        content = SINGLE["content"] | {"prompt": "Nghiệm nào dương?", "key": ["A"]}
        assert teacher.send(f"{path}/activities/{question_uid}", changed | {"content": content}).status_code == 200
    else:
        assert teacher.post(f"{path}/do", do="delete").status_code == 303
    with tool.inside():
        db.session.execute(update(run_snapshot).values(seq=0))
        db.session.execute(update(mastery_run).values(seq=0))
    tool.jobs().round()
    assert [told(teacher.get(page).text) for page in pages] == before


def told(page: str) -> str:
    """A page's words, without addresses, moments and tokens."""
    return " ".join(re.sub(r"<[^>]+>", " ", page.partition("<main")[2].partition("</main>")[0]).split())


def homeroom(tool: Tool) -> Browser:
    browser = tool.browser().launch(sub="homeroom-1", name="Cô Mai", **{f"{LTI}roles": []})
    with tool.inside():
        tool.grant("homeroom-1", GrantKind.HOMEROOM, subject=None)
    return browser


def test_a_pupil_who_moves_to_another_class_takes_marks_and_profile_along(any_tool: Tool) -> None:
    teacher = any_tool.set_up(3)
    with any_tool.inside():
        courses.set_up(any_tool.course(), "Toán", 9, "2026-2027", {"9A1": None, "9A2": None})
        one, two = (db.session.query(SchoolClass).filter_by(name=name).one().id for name in ("9A1", "9A2"))
        for held in db.session.query(Membership).filter(Membership.person_id == any_tool.person("pupil-1").id):
            held.class_id = one
        who = any_tool.person("pupil-1")
        number, opaque = who.id, who.uid
    assert teacher.post("marks/subject", periods="35", form="score").status_code == 303
    assert teacher.post("marks", term="1", **{f"m{number}.regular1": "8,25"}).status_code == 303
    mai = homeroom(any_tool)
    assert "TX 1: <b>8,3</b>" in mai.get(f"homeroom/classes/{one}/sheets/{opaque}").text
    with any_tool.inside():
        db.session.query(Membership).filter_by(person_id=number).one().class_id = two
    assert mai.get(f"homeroom/classes/{one}/sheets/{opaque}").status_code == 404
    assert "TX 1: <b>8,3</b>" in mai.get(f"homeroom/classes/{two}/sheets/{opaque}").text
    assert 'value="8,3"' in teacher.get(f"marks?term=1&class_id={two}").text
    assert 'value="8,3"' not in teacher.get(f"marks?term=1&class_id={one}").text
    assert teacher.get(f"profile/{opaque}").status_code == 200


@pytest.mark.parametrize("is_confirmed", [True, False])
def test_the_profile_of_a_pupil_who_moves_keeps_the_lessons_of_the_class_before(
    either_tool: Tool, *, is_confirmed: bool
) -> None:
    """And none of a lesson there that was without them; each once."""
    teacher = taught(either_tool)
    before = sat(teacher, uid(either_tool, 1))
    assert before
    with either_tool.inside():
        courses.set_up(either_tool.course(), "Toán", 9, "2026-2027", {"9A1": None, "9A2": None})
        one, two = (db.session.query(SchoolClass).filter_by(name=name).one().id for name in ("9A1", "9A2"))
        for run in db.session.query(LessonRun):
            run.class_id = one
        runs = [run.run_id for run in db.session.query(LessonRun)]
        db.session.query(Context).update({"memberships_url": ""})  # the class is what stands here
        for held in db.session.query(Membership):
            held.class_id = two if held.person_id == either_tool.person("pupil-1").id else one
    if is_confirmed:
        for run_id in runs:
            assert teacher.post(f"runs/{run_id}/attendance").status_code == 303
    ask_about(either_tool, teacher, GOAL, 93, "pupil-2", of=one)
    assert sat(teacher, uid(either_tool, 1)) == before


def sat(teacher: Browser, who: str) -> list[str]:
    """The lessons that a profile tells of."""
    return re.findall(r'href="([^"]*/of/[0-9a-f]+)"', teacher.get(f"profile/{who}").text)


@pytest.mark.parametrize("when", ["before the page", "after the page"])
def test_who_is_erased_is_on_no_page_and_in_no_file(tool: Tool, when: str) -> None:
    """Erased between two looks at it, a page or a file is made without them, and says the same of everybody else."""
    teacher = taught(tool)
    mai = homeroom(tool)
    with tool.inside():
        number, class_id = tool.person("pupil-1").id, db.session.query(SchoolClass).one().id
        month = f"{today():%Y-%m}"
    assert teacher.post("marks/subject", periods="35", form="score").status_code == 303
    assert teacher.post("marks", term="1", **{f"m{number}.regular1": "8"}).status_code == 303
    pages = ["class", "marks?term=1", "marks/year", "marks/proposals", f"evidence?month={month}", "roster"]
    files = [
        "marks/files/everything.json",
        "marks/files/everything.zip",
        "marks/files/oneroster.zip",
        "marks/sheet.csv",
    ]
    files += ["marks/files/book.xlsx", "marks/files/database.xlsx", "marks/files/attendance.xlsx"]
    files += [f"evidence/zip?month={month}&names=1"]
    sheets = f"homeroom/classes/{class_id}/sheets"
    if when == "after the page":
        for path in (*pages, *files):
            assert teacher.get(path).status_code == 200
        assert PUPILS[0] in teacher.get("class").text
    with tool.inside():
        personal.erase(tool.person("pupil-1"))
    for path in pages:
        answer = teacher.get(path)
        assert (answer.status_code, PUPILS[0] in answer.text) == (200, False), path
    for path in files:
        answer = teacher.get(path)
        assert answer.status_code == 200, path
        assert not [part for part in parts(answer.data) if PUPILS[0].encode() in part], path
    assert PUPILS[0] not in mai.get(sheets).text
    assert mai.get(f"{sheets}/pdf").status_code == 200
    kept = json.loads(teacher.get("marks/files/everything.json").data)
    assert PUPILS[1] in {one["name"] for one in kept["pupils"]}


@pytest.mark.parametrize(
    "path",
    [
        "marks/files/everything.json",
        "class",
        "marks/files/book.xlsx",
        "{lesson}/report",
        "evidence/zip?month={month}&names=1",
    ],
)
def test_who_is_erased_while_a_page_or_a_file_is_made_is_in_all_of_it(any_tool: Tool, path: str) -> None:
    """Between two of its questions to the database; what was begun shows one moment, and the next one is without
    them."""
    teacher = taught(any_tool)
    with any_tool.inside():
        engine, number = db.engine, any_tool.person("pupil-1").id
        newest = db.session.query(LessonRun).order_by(LessonRun.started_at.desc()).first()
        assert newest is not None
        lesson_path, month = f"runs/{newest.run_id}", f"{local(newest.started_at):%Y-%m}"
    assert teacher.post("marks/subject", periods="35", form="score").status_code == 303
    assert teacher.post("marks", term="1", **{f"m{number}.regular1": "8"}).status_code == 303
    assert teacher.post(f"{lesson_path}/attendance", **{f"p{number}": "room"}).status_code == 303
    path = path.format(lesson=lesson_path, month=month)
    asked, early = list[str](), 0

    def erased() -> None:
        with any_tool.inside():
            personal.erase(any_tool.person("pupil-1"))

    def erase(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        asked.append(statement)
        if len(asked) == early:
            with ThreadPoolExecutor(1) as another:  # with a session and a connection of its own
                another.submit(erased).result()

    event.listen(engine, "after_cursor_execute", erase)
    try:
        whole, early = teacher.get(path), len(asked) // 8
        asked.clear()
        meanwhile = teacher.get(path)
    finally:
        event.remove(engine, "after_cursor_execute", erase)
    assert (whole.status_code, meanwhile.status_code) == (200, 200)
    name = PUPILS[0].encode()
    shown = [sum(part.count(name) for part in parts(one.data)) for one in (whole, meanwhile)]
    assert shown[0] == shown[1] > 0
    assert not [part for part in parts(teacher.get(path).data) if name in part]


def parts(data: bytes) -> list[bytes]:
    """A file, or the files in it."""
    if not data.startswith(b"PK"):
        return [data]
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [archive.read(name) for name in archive.namelist()]


def test_of_no_answer_and_of_one_nothing_is_claimed(tool: Tool) -> None:
    """The teacher, the pupil and the family are told that it is too little; what there is stands there."""
    teacher = tool.set_up(3)
    ask_about(tool, teacher, GOAL, 0)
    one, none = (teacher.get(f"profile/{uid(tool, n)}").text for n in (1, 2))
    assert "đúng 1/1 câu" in one
    for page in (one, none, tool.pupil(1).get("profile").text, tool.pupil(2).get("profile").text):
        assert "Chưa đủ dữ liệu" in page
        assert 'class="growth-band"' not in page
        assert not re.search(r'class="level level-[vdhc]"', page)
    line = teacher.get("class").text
    assert PUPILS[0] in line
    assert PUPILS[1] in line
