"""A school's Wi-Fi without certificates: plain http on an address that is not loopback."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from deploy.demo.__main__ import lan_address
from tests.browser.conftest import played
from tests.browser.school import Pupil, Stage, Teacher, opened
from tests.browser.steps import open_next


@pytest.fixture(scope="module")
def host() -> str:
    """This machine's address in its network; on a machine without one, its name for itself."""
    return lan_address()


@pytest.fixture
def wifi(chromium: Browser, host: str, tmp_path: Path) -> Iterator[Stage]:
    """A stage on the demo school as `make run LAN=1` serves it."""
    with opened(tmp_path, host, "--lan") as school:
        yield from played(Stage(chromium, school))


def test_a_short_lesson_over_plain_http(wifi: Stage, host: str) -> None:
    assert not host.startswith("127."), "this machine has no address but loopback"
    said = (wifi.school.folder / "product.log").read_text()
    assert f"{wifi.school.tool}/j" in said
    assert "█" in said or "▀" in said, "a QR code for phones"
    teacher = Teacher.arrive(wifi)
    lesson = teacher.start()
    assert teacher.page.get_by_text("Có https thì thêm máy ảnh").count(), "the page says what https would add"
    projector = lesson.projector()
    pupil = Pupil.arrive(wifi).join(lesson.code, "Lê Gia Bảo", "Ở nhà")
    assert pupil.page.evaluate("isSecureContext") is False
    open_next(projector)
    pupil.answer("5")
    pupil.says("Đã lưu lúc")
    with pupil.offline():
        pupil.answer("6")
        pupil.says("Chưa gửi, sẽ tự gửi")
    pupil.says("Đã lưu lúc")
    pupil.watched.is_offline_expected = False
    pupil.page.reload()
    pupil.says("Đã lưu lúc")
    ids = pupil.page.evaluate(OUTBOX_IDS)
    assert len(set(ids)) == 2
    assert all(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", one) for one in ids)
    (cookie,) = [c for c in pupil.context.cookies(wifi.school.tool) if c["name"].endswith("giotay")]
    assert (cookie["name"], cookie["secure"], cookie["httpOnly"]) == ("giotay", False, True)
    old_address_in_a_window(wifi)
    lesson.end()


def old_address_in_a_window(wifi: Stage) -> None:
    """Who opens the address of a launch that has ended is told to come by the course, and nothing of frames."""
    page = wifi.browser.new_page(locale="vi-VN")
    page.goto(f"{wifi.school.tool}/l/{'0' * 20}/")
    expect(page.get_by_role("heading", name="Không thấy trang này")).to_be_visible()
    expect(page.get_by_text("Mở lại hoạt động từ khoá học")).to_be_visible()
    expect(page.get_by_text("trong khung")).to_be_hidden()
    page.close()


OUTBOX_IDS = """() => new Promise((resolve, reject) => {
  const opening = indexedDB.open("giotay");
  opening.onsuccess = () => {
    const all = opening.result.transaction("outbox").objectStore("outbox").getAllKeys();
    all.onsuccess = () => resolve(all.result);
  };
  opening.onerror = reject;
})"""
