"""What attendance says of those whom no phone tells of: with leave, new in the class, gone from it, in the meeting."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.looking import faults, sideways
from tests.browser.school import Pupil, Stage, Teacher, until

pytestmark = pytest.mark.slow  # the story, the axe walk and the phone stand in the gate for these screens

WITH_LEAVE, THERE, AWAY = "Trần Hoài An", "Bùi Quốc Việt", "Đoàn Hải Yến"
LEAVES, COMES = "Cao Thị Bích Ngà", "Tạ Đình Phong"
SIZES = ((390, 844), (1280, 800))
CHOSEN = "() => [...document.querySelectorAll('.roll input:checked')].map((one) => `${one.name}=${one.value}`)"


def row(page: Page, name: str) -> Locator:
    return page.locator(".roll > li", has=page.get_by_text(name, exact=True))


def look(page: Page) -> None:
    """On a phone and on a desktop."""
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        assert faults(page, "light") + sideways(page, width) == []


def add_name(teacher: Teacher, name: str) -> None:
    page = teacher.page
    page.goto(f"{teacher.home}roster/paste")
    page.locator("#names").fill(name)
    page.get_by_role("button", name="Thêm các tên này").click()
    page.get_by_role("link", name=name).wait_for()


def leave_out(teacher: Teacher, name: str) -> None:
    page = teacher.page
    page.goto(f"{teacher.home}roster")
    page.locator("tr", has_text=name).get_by_role("button").click()
    page.locator("tr", has_text=name).wait_for(state="detached")


def test_leave_is_proposed_and_whoever_came_later_is_not_absent(desk: Stage) -> None:
    teacher = Teacher.arrive(desk)
    page = teacher.page
    add_name(teacher, LEAVES)
    page.get_by_role("link", name="Xin phép nghỉ").click()
    page.locator("#person").select_option(label=WITH_LEAVE)
    page.locator("#last").fill(page.locator("#first").input_value())
    page.locator("#reason").fill("việc gia đình")
    page.get_by_role("button", name="Ghi vắng có phép").click()
    ahead = page.locator("li", has_text=WITH_LEAVE)
    expect(ahead).to_contain_text(re.compile(r"\d{4}, cả ngày\s+· việc gia đình · Nguyễn Thu Hà ghi"))
    look(page)

    lesson = teacher.start()
    Pupil.arrive(desk).join(lesson.code, THERE)
    lesson.end()
    report, sheet = (lesson.start_page.rstrip("/") + path for path in ("/report", "/attendance?all=1"))
    settled = page.locator("main:has(table):not(:has(.banner[role=status]))")
    until(lambda: page.goto(report) and settled.count(), "the report, with the list as it was")
    leave_out(teacher, LEAVES)
    add_name(teacher, COMES)

    page.goto(sheet)
    expect(page.locator("#summary")).to_contain_text("Chưa em nào có đủ dấu hiệu có mặt. 1 em đã xin phép trước")
    expect(row(page, WITH_LEAVE)).to_contain_text("Xin phép trước: việc gia đình")
    expect(row(page, WITH_LEAVE).get_by_label("Vắng P")).to_be_checked()
    expect(row(page, WITH_LEAVE)).not_to_contain_text("Thầy cô xác nhận")
    expect(row(page, COMES)).to_contain_text("Vào lớp sau tiết này, không tính")
    expect(row(page, LEAVES)).to_contain_text("Đã rời lớp sau tiết này")
    page.get_by_role("button", name="Xác nhận các tên này").click()
    until(lambda: page.goto(sheet) and row(page, THERE).get_by_text("Có mặt tại lớp").count(), "who was there")
    look(page)

    for watched in desk.watched:
        watched.is_offline_expected = True
    teacher.context.set_offline(True)
    row(page, AWAY).locator(".seg").get_by_text("Vắng K").click()
    page.get_by_role("button", name="Xác nhận điểm danh").click()
    expect(page.locator("#complaint")).to_contain_text("Chưa gửi được. Thử lại khi có mạng.")
    expect(row(page, AWAY).get_by_label("Vắng K")).to_be_checked()  # nothing of what was ticked is lost
    look(page)
    teacher.context.set_offline(False)
    page.get_by_role("button", name=re.compile(r"Tất cả còn lại \(\d+\): vắng K")).click()
    expect(page.locator("#summary")).to_contain_text(re.compile(r"vắng P 1 · vắng K \d\d"))
    expect(row(page, WITH_LEAVE)).to_contain_text("Thầy cô xác nhận")
    expect(row(page, LEAVES).get_by_label("Vắng K")).to_be_checked()
    expect(row(page, COMES).get_by_label("Vắng K")).not_to_be_checked()
    look(page)
    leave_out(teacher, COMES)
    page.goto(f"{teacher.home}excuses")
    ahead.get_by_role("button").click()
    expect(ahead).to_have_count(0)


FRENCH = "Prénom,Nom,Durée\nHoài An,Trần,44 min\n"
TEAMS = "\r\n".join(
    (
        "1. Tóm tắt", "Tiêu đề cuộc họp\tToán 9A1", "", "2. Người tham gia",
        "Tên\tLần tham gia đầu tiên\tLần rời đi cuối cùng\tThời lượng trong cuộc họp\tEmail\tVai trò",
        "TRAN HOAI AN\t28/11/26, 00:01:05\t28/11/26, 00:45:00\t43 phút 55 giây\tan@truong.vn\tNgười tham gia",
        "Lê Gia Bảo\t28/11/26, 00:02:00\t28/11/26, 00:22:00\t20 phút\tbao1@truong.vn\tNgười tham gia",
        "Lê Gia Bảo\t28/11/26, 00:20:00\t28/11/26, 00:42:00\t22 phút\tbao2@truong.vn\tNgười tham gia",
        "iPhone của mẹ\t28/11/26, 00:05:00\t28/11/26, 00:35:00\t30 phút\t\tNgười tham gia",
        "", "3. Hoạt động trong cuộc họp", "Tên\tThời lượng", "Trần Hoài An\t43 phút 55 giây",
    )
)  # fmt: skip
"""Of a computer whose clock stands seven hours behind."""


def read(page: Page, text: str, encoding: str) -> None:
    page.locator("#file").set_input_files(
        {"name": "diem-danh.csv", "mimeType": "text/csv", "buffer": text.encode(encoding)}
    )
    page.get_by_role("button", name="Đọc tệp").click()


def test_the_list_of_a_meeting_is_reviewed_and_changes_nobodys_attendance(desk: Stage) -> None:
    page = Teacher.arrive(desk).report()
    page.get_by_role("link", name="Xem điểm danh").click()
    page.wait_for_url(re.compile("/attendance"))
    page.get_by_role("link", name=re.compile("Cả lớp")).click()
    expect(page.get_by_role("link", name=re.compile("Cả lớp"))).to_have_attribute("aria-current", "true")
    before = page.evaluate(CHOSEN)
    page.get_by_role("link", name="Danh sách phòng họp").click()
    look(page)
    read(page, FRENCH, "utf-8")
    expect(page.get_by_role("heading", name="Không đọc được danh sách này")).to_be_visible()
    look(page)
    desk.watched[0].complaints.clear()  # the refusal itself
    page.locator("main a").first.click()

    read(page, TEAMS, "utf-16")
    expect(page.get_by_text("Nhận ra 1/4 tên.")).to_be_visible()
    lines = page.locator(".matched li")
    expect(lines.get_by_text("Chưa nhận ra")).to_have_count(3)
    expect(lines.nth(1)).to_contain_text("bao1@truong.vn · 20 phút")
    expect(lines.nth(2)).to_contain_text("bao2@truong.vn · 22 phút")
    look(page)
    for line, name in ((1, "Lê Gia Bảo"), (3, AWAY)):
        choice = lines.nth(line).locator("select")
        choice.select_option(value=str(choice.locator("option", has_text=name).get_attribute("value")))
    page.get_by_role("button", name="Lưu danh sách này").click()
    for name, minutes in ((WITH_LEAVE, 44), ("Lê Gia Bảo", 20), (AWAY, 30)):
        expect(row(page, name)).to_contain_text(f"Có trong phòng họp {minutes} phút")
    expect(page.locator(".roll").get_by_text("Có trong phòng họp")).to_have_count(3)
    expect(page.get_by_text("truong.vn")).to_have_count(0)
    assert page.evaluate(CHOSEN) == before
    look(page)


SIDE = r"trả lời \d+% \(\d+/\d+ lượt\), đúng \d+%"
SIDES = re.compile(f"Các em trực tuyến {SIDE}.*; các em tại lớp {SIDE}")
FEW = "Chưa so trực tuyến với tại lớp: mỗi bên cần ít nhất 5 em"


def test_home_is_compared_with_the_room_where_enough_pupils_sat_on_both_sides(desk: Stage) -> None:
    teacher = Teacher.arrive(desk)
    page = teacher.page
    told = []
    for link in [str(one.get_attribute("href")) for one in page.locator("a.dated[href$=report]").all()]:
        page.goto(desk.school.tool + link)
        said = page.locator("#engagement > p").all_inner_texts()  # none yet, of a lesson that has just ended
        if any(map(SIDES.search, said)):
            look(page)
        told += said
    assert [one for one in told if SIDES.search(one)]
    assert [one for one in told if FEW in one]
