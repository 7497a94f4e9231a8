"""The head of department's page: true counts, and no figure of a few pupils."""

import re
from typing import Any

from analytics import reader
from analytics.mastery import store as mastery
from analytics.mastery.store import Scope
from analytics.rollup import LessonCount, week_of
from analytics.rows import put
from analytics.tables import item_asked, item_snapshot
from lti_tool.clock import now, school_year, today
from lti_tool.extensions import db
from lti_tool.lessons.departments import term_with
from lti_tool.models import Course, Lesson, LessonRun, Practice, SchoolClass
from tests.lti_tool.platform import LTI
from tests.lti_tool.tool import SINGLE, Tool

SPACE = re.compile(r"\s+")


def count(**changes: Any) -> LessonCount:
    values = dict.fromkeys(LessonCount.__struct_fields__, 0) | {"pupils": 40, "room": 30, "home": 5, "not_seen": 5}
    return LessonCount(**{**values, **changes})


FULL = count(asked=100, answered=80, scored=80, right=60, answerers=35)
FEW = count(pupils=8, room=8, home=0, not_seen=0, answerers=8)
OPEN_ONLY = count(asked=35, answered=20, answerers=20)


def page_of(tool: Tool, **lessons: LessonCount) -> str:
    """The page after these lessons of this week, by class."""
    tool.set_up()
    head = tool.head()
    with tool.inside():
        school = tool.registration().id
        for name, counted in lessons.items():
            one = SchoolClass(registration_id=school, name=name, grade=9, school_year="2026-2027")
            db.session.add(one)
            db.session.flush()
            keys = {"run_id": name, "school": school, "class_id": one.id, "subject": "Toán", "week": week_of(today())}
            reader.write_count(db.session.connection(), keys, counted, now())
    return SPACE.sub(" ", head.get("department").text)


def row(page: str, name: str) -> list[str]:
    found = next(r for r in re.findall(r"<tr>.*?</tr>", page) if f"<b>{name}</b>" in r)
    return [SPACE.sub(" ", re.sub(r"<[^>]+>", " ", cell)).strip() for cell in re.findall(r"<td.*?</td>", found)]


def test_counts_of_few_are_shown_and_their_shares_are_not(tool: Tool) -> None:
    page = page_of(tool, A1=FULL, A2=FEW)
    assert row(page, "A1") == ["Toán", "1", "30", "5", "0", "0", "5", "80%", "75%", "–"]
    assert row(page, "A2") == ["Toán", "1", "8", "0", "0", "0", "0", "dưới 10 em", "dưới 10 em", "–"]


def test_a_class_of_any_name_has_its_place(tool: Tool) -> None:
    page = page_of(tool, **{"10²": FULL, "²": FULL, "9": FULL})
    assert re.findall(r"<b>(10²|²|9)</b>", page) == ["9", "10²", "²"]


def test_totals_hold_nothing_of_what_is_hidden(tool: Tool) -> None:
    page = page_of(tool, A1=FULL, A2=FEW)
    assert "80/100 lượt trả lời" in page
    assert "trên 80 câu trả lời" in page
    assert "43 trên 48 lượt học sinh" in page  # attendance is of everybody


def test_all_hidden_is_said_so(tool: Tool) -> None:
    page = page_of(tool, A2=FEW)
    assert page.count("ẩn vì dưới 10 em") == 2


def test_nothing_asked_is_not_called_few(tool: Tool) -> None:
    page = page_of(tool, A3=OPEN_ONLY)
    assert row(page, "A3")[-3:-1] == ["57%", "–"]
    assert "chưa có gì để tính" in page


def test_bands_are_shown_of_ten_and_more(tool: Tool) -> None:
    page = page_of(tool, A1=count(high=20, middle=9, low=6), A2=FEW)
    assert "Tham gia nhiều 20, vừa 9, ít 6 lượt học sinh" in page
    assert row(page, "A2")[-1] == "–"


def test_filters_narrow_the_classes(tool: Tool) -> None:
    page_of(tool, A1=FULL)
    head = tool.head()
    for query in ("?grade=9&subject=Toán", "?grade=8", "?subject=Văn"):  # what nobody has is passed over
        assert "<b>A1</b>" in head.get(f"department{query}").text
    with tool.inside():
        this = term_with(today())
    assert "<b>A1</b>" not in head.get(f"department?term={this.year}.{3 - this.number}").text


def test_a_head_of_another_subject_sees_nothing_of_this_one(tool: Tool) -> None:
    page_of(tool, A1=FULL)
    tool.browser().launch(sub="head-2", name="Trần Văn B", **{f"{LTI}roles": []})
    with tool.inside():
        tool.grant("head-2", subject="Ngữ văn")
        uid = tool.person("teacher-1").uid
    other = tool.browser().launch(sub="head-2", name="Trần Văn B", **{f"{LTI}roles": []})
    assert "<b>A1</b>" not in other.get("department").text
    assert 'value="Toán"' not in other.get("department/questions").text
    assert other.get(f"department/packs/{uid}").status_code == 404


def covered(tool: Tool) -> dict[str, list[str]]:
    """The cells of each objective's row, after the subject."""
    page = SPACE.sub(" ", tool.head().get("department/questions").text)
    table = page[page.index('aria-labelledby="covered"') :]
    found = {}
    for one in re.findall(r"<tr> ?<th scope=\"row\".*?</tr>", table):
        name = re.search(r"<th[^>]*>(.*?)</th>", one)
        assert name
        cells = re.findall(r"<td.*?</td>", one)[1:]
        found[name[1]] = [SPACE.sub(" ", re.sub(r"<[^>]+>", " ", cell)).strip() for cell in cells]
    return found


def test_how_many_questions_an_objective_has_and_how_many_were_used_this_term(tool: Tool) -> None:
    tool.set_up()
    tool.head()
    goals = [{**SINGLE, "objective": f"Yêu cầu {n}"} for n in (1, 1, 1, 2)]
    shared, own = tool.lesson(*goals[:2]), tool.lesson(*goals[2:])
    with tool.inside():
        lessons = {one.uid: one for one in db.session.query(Lesson)}
        lessons[shared].shared_at, lessons[own].objectives = 1, ["Yêu cầu 3"]
        context, group = tool.course().id, db.session.query(SchoolClass).one().id
        db.session.get_one(Course, context).school_year = school_year(today())
        times = {"this": now(), "before": now() - 400 * 86_400_000}
        for name, at in times.items():
            taught = LessonRun(run_id=f"run-{name}", lesson_id=lessons[own].id, context_id=context, class_id=group)
            taught.title, taught.room_key, taught.started_at, taught.minutes = "", "k", at, 45
            db.session.add(taught)
            db.session.add(Practice(run_id=f"work-{name}", context_id=context, title="", opened_at=at))
        first, second = (one.uid for one in lessons[shared].activities)
        third, fourth = (one.uid for one in lessons[own].activities)
        asked = [("run-this", third, "class"), ("run-before", fourth, "class")]
        asked += [
            ("work-this", first, "practice"),
            ("work-this", third, "practice"),
            ("work-before", second, "practice"),
        ]
        put(db.session.connection(), item_asked, [(run, f"{uid}@1", 1, True, origin) for run, uid, origin in asked])
        # Of one that classes answered, one that pupils did by themselves, one that nobody was asked this term.
        flagged = [(third, "class"), (first, "practice"), (fourth, "class")]
        put(
            db.session.connection(),
            item_snapshot,
            [(f"{uid}@1", origin, 1, 1, 40, "{}", True) for uid, origin in flagged],
        )
    assert covered(tool) == {
        "Yêu cầu 1": ["3", "2", "1", "2", "1 trên 1 lớp 9A1", "1"],
        "Yêu cầu 2": ["1", "–", "0", "–", "0 trên 1 lớp", "–"],
        "Yêu cầu 3": ["trống", "–", "0", "–", "0 trên 1 lớp", "–"],
    }
    page = tool.head().get("department/questions").text
    for said in ("2 câu chia sẻ trong ngân hàng", "25% số câu đã soạn", "2 câu dùng khi tự luyện"):
        assert said in page
    with tool.inside():
        scope = Scope(tool.registration().id, "Toán")
        for earlier in ("Yêu cầu 2", "Yêu cầu 3"):  # the teacher has made them one
            mastery.join(db.session.connection(), scope, "Yêu cầu 1", earlier)
    assert covered(tool) == {"Yêu cầu 1": ["4", "2", "1", "2", "1 trên 1 lớp 9A1", "1"]}
