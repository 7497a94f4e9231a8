"""One course for two classes, in mid-term: a pupil moves from the one to the other, another comes late. What was stays
where it was, and nothing counts twice."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import played
from tests.browser.looking import faults, sideways
from tests.browser.school import Lesson, Pupil, Stage, Teacher, opened, until
from tests.browser.test_attendance import add_name

pytestmark = pytest.mark.slow
MOVES, STAYS, OTHER, COMES = "Bùi Quốc Việt", "Trần Hoài An", "Đoàn Hải Yến", "Tạ Đình Phong"
FIRST, SECOND = "11", "12"
"""Groups of the LMS."""
SIZES = ((390, 844), (1280, 800))


@pytest.fixture
def place(chromium: Browser, tmp_path: Path) -> Iterator[Stage]:
    """A product of its own: its course gets another shape."""
    with opened(tmp_path) as school:
        yield from played(Stage(chromium, school))


def look(page: Page) -> None:
    """On a phone and on a desktop."""
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        assert faults(page, "light") + sideways(page, width) == []


def say_groups(stage: Stage, groups: dict[str, str]) -> None:
    """What is known of these pupils' groups in the LMS, which gives no list of its own any more; all others are in the
    first."""
    with closing(sqlite3.connect(stage.school.folder / "var" / "giotay.db", timeout=30)) as db:
        is_asked = "SELECT count(*) FROM context WHERE roster_wanted_at > max(roster_read_at, roster_tried_at)"
        until(lambda: db.execute(is_asked).fetchone() == (0,), "nobody reads the list just now")
        db.execute("UPDATE context SET memberships_url = ''")
        db.execute("UPDATE membership SET groups = ? WHERE role = 'pupil'", (FIRST,))
        for name, group in groups.items():
            of = "person_id IN (SELECT id FROM person WHERE name = ?)"
            assert db.execute(f"UPDATE membership SET groups = ? WHERE {of}", (group, name)).rowcount == 1
        db.commit()


def set_up(teacher: Teacher) -> None:
    """The teacher says which class is which group."""
    page = teacher.page
    page.goto(f"{teacher.home}course")
    for number, (name, group) in enumerate((("9A1", FIRST), ("9A2", SECOND)), 1):
        page.locator(f"#class-{number}").fill(name)
        page.locator(f"#group-{number}").select_option(group)
    page.get_by_role("button", name="Lưu").click()
    page.locator("[role=status]").wait_for()


def begin(teacher: Teacher, of: str) -> Lesson:
    page = teacher.page
    page.goto(teacher.home)
    page.locator("#class").first.select_option(label=of)
    return teacher.begin()


def row(page: Page, name: str) -> Locator:
    return page.locator(".roll > li", has=page.get_by_text(name, exact=True))


def confirm(lesson: Lesson) -> Page:
    """The names that were picked, then attendance as the signs say it; whoever was not seen is absent."""
    page, address = lesson.teacher.page, lesson.start_page.rstrip("/") + "/attendance?all=1"
    names = page.get_by_role("button", name="Xác nhận các tên này")
    until(lambda: page.goto(address) and names.count(), "the names")
    names.click()
    sheet(lesson, MOVES)
    page.get_by_role("button", name=re.compile(r"Tất cả còn lại \(\d+\): vắng K")).click()
    page.locator("#summary").wait_for()
    return page


def sheet(lesson: Lesson, name: str) -> Page:
    page, address = lesson.teacher.page, lesson.start_page.rstrip("/") + "/attendance?all=1"
    until(lambda: page.goto(address) and row(page, name).get_by_text("Có mặt tại lớp").count(), "who was there")
    return page


def profile(teacher: Teacher, name: str) -> str:
    """How many lessons a pupil's profile tells of, and where they were."""
    page = teacher.page
    page.goto(f"{teacher.home}roster")
    page.locator("tr", has_text=name).get_by_role("link").click()
    told = page.get_by_text(re.compile(r"^\s*L tại lớp \d+"))
    look(page)
    return told.inner_text()


def test_a_pupil_moves_to_the_other_class_and_takes_everything_along(place: Stage) -> None:
    teacher = Teacher.arrive(place)
    page = teacher.page
    before_all = profile(teacher, MOVES)
    say_groups(place, {OTHER: SECOND})
    set_up(teacher)
    first = begin(teacher, "9A1")
    for name in (MOVES, STAYS):
        Pupil.arrive(place).join(first.code, name)
    first.end()
    confirm(first)
    counted = page.locator("#summary").inner_text()
    assert "vắng K 37 " in counted
    assert profile(teacher, MOVES) == one_more(before_all)

    say_groups(place, {OTHER: SECOND, MOVES: SECOND})
    set_up(teacher)
    add_name(teacher, COMES)
    assert profile(teacher, MOVES) == one_more(before_all)  # what was in the other class has come along
    sheet(first, MOVES)
    expect(page.locator("#summary")).to_have_text(counted)
    expect(row(page, MOVES)).to_contain_text("Đã rời lớp sau tiết này")
    expect(row(page, COMES)).to_contain_text("Vào lớp sau tiết này, không tính")
    look(page)

    second = begin(teacher, "9A2")
    Pupil.arrive(place).join(second.code, MOVES)
    console = second.console((390, 844))
    console.get_by_role("button", name="Điểm danh").click()
    called = console.locator("#roll li[data-who]")
    expect(called.filter(has_text=MOVES)).to_have_count(1)
    expect(called.filter(has_text=STAYS)).to_have_count(0)
    assert faults(console, "light", "dark") + sideways(console) == []
    console.close()
    second.end()
    confirm(second)
    expect(page.locator(".roll > li", has_text=MOVES)).to_have_count(1)
    expect(row(page, STAYS)).to_have_count(0)
    assert profile(teacher, MOVES) == one_more(one_more(before_all))

    page.goto(f"{teacher.home}class")
    expect(page.locator("main").get_by_role("link", name=MOVES)).to_have_count(1)
    page.goto(f"{teacher.home}periods")
    lines = page.locator("tbody tr", has=page.get_by_text("Hệ thức Vi-ét"))
    expect(lines).to_have_count(2)
    expect(lines.filter(has_text="9A1")).to_contain_text("K 37")
    expect(lines.filter(has_text="9A2")).to_contain_text("K 2")  # the one who came and the one who did not
    expect(lines.get_by_text(MOVES)).to_have_count(0)
    look(page)


def one_more(told: str) -> str:
    """The same with one lesson more in the room."""
    return re.sub(r"tại lớp (\d+)", lambda found: f"tại lớp {int(found[1]) + 1}", told)
