"""With the network cut: every kind of answer, and all else that a phone, a console or a desk page is asked for. Each
says how it stands, outlives a reload where it counts, and arrives once."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import msgspec
import pytest
from playwright.sync_api import BrowserContext, Error, Page, expect

from live_session.undo import WITHIN_MS
from tests.browser.looking import faults, sideways, small_targets
from tests.browser.school import PATIENCE_MS, PHONE, Lesson, Pupil, Stage, Teacher, until
from tests.browser.steps import open_next
from tests.browser.test_editor import add, begin, saved
from tests.browser.test_keyboard import KINDS, Play, picture
from tests.browser.test_kinds import LOADED, PHONE_PX, begun
from tests.browser.test_phone import outbox
from tests.browser.test_posts import card, opened, say

pytestmark = pytest.mark.slow
SHELL = "async () => Boolean(navigator.serviceWorker.controller && await caches.match('/phone-shell?language=vi'))"
WORKER = "() => new URL(navigator.serviceWorker.controller.scriptURL).search"
WALLS = ("board", "questions")
DRAFTS = "() => Object.keys(sessionStorage).filter((key) => key.startsWith('giotay-draft:')).length"
TOO_LATE_FOR_UNDO_MS = WITHIN_MS + 1_000


@contextmanager
def cut(stage: Stage, context: BrowserContext) -> Iterator[None]:
    """Without network, for the length of the block."""
    for watched in stage.watched:
        watched.is_offline_expected = True
    context.set_offline(True)
    try:
        yield
    finally:
        context.set_offline(False)


def logged(stage: Stage, address: str, type_: str = "answered") -> list[dict[str, Any]]:
    """What the log of the run at this address has of this type, with the ids that were made on the phone."""
    run = address.rstrip("/").rpartition("/")[2]
    with closing(sqlite3.connect(f"file:{stage.school.folder}/var/giotay.db?mode=ro", uri=True)) as db:
        query = "SELECT command_id, body FROM event WHERE run_id = ? AND type = ? ORDER BY seq"
        return [{**msgspec.json.decode(body), "id": id_} for id_, body in db.execute(query, (run, type_))]


def is_unsent(page: Page) -> None:
    """So the page says, to whoever sees it and to whoever hears it."""
    page.locator("#status .banner-warn", has_text="Chưa gửi, sẽ tự gửi").wait_for()
    expect(page.locator("#chips")).to_contain_text("Mất mạng")


def answered_away(stage: Stage, lesson: Lesson, pupil: Pupil, play: Play) -> None:
    page, before = pupil.page, len(logged(stage, lesson.start_page))
    known = {row["id"] for row in outbox(page)}
    with cut(stage, pupil.context):
        play.answer(page)
        is_unsent(page)
        until(lambda: {row["id"] for row in outbox(page)} > known, "the answer is on the phone")
        page.reload()
        is_unsent(page)
    page.locator("#status .banner-ok", has_text="Đã lưu lúc").wait_for(timeout=2 * PATIENCE_MS)
    until(lambda: all(row["state"] == "saved" for row in outbox(page)), "nothing waits")
    sent = [row["id"] for row in outbox(page) if row["id"] not in known]
    here = logged(stage, lesson.start_page)[before:]
    assert sorted(one["id"].rpartition(":")[2] for one in here) == sorted(sent), play.name
    if play.name in WALLS:
        expect(page.locator("[data-own] li")).to_have_count(1)


def test_an_answer_of_every_kind_outlives_a_reload_without_a_network(desk: Stage) -> None:
    lesson = begun(desk, tuple(KINDS))
    projector = lesson.projector()
    pupil = Pupil.arrive(desk).join(lesson.code)
    until(lambda: pupil.page.evaluate(SHELL), "the shell is kept")
    for number, play in enumerate(KINDS, 1):
        open_next(projector)
        pupil.page.bring_to_front()
        pupil.page.locator(f"#title:has-text('{number}/')").wait_for()
        ready = "form[data-posts][novalidate]" if play.name in WALLS else "#question form"
        pupil.page.locator(ready).first.wait_for(state="attached")
        if play.name == "drawing":
            pupil.page.wait_for_function(LOADED, arg="/draw.js")
        answered_away(desk, lesson, pupil, play)
    lesson.end()


def test_a_picture_pinned_up_without_a_network_outlives_a_reload(desk: Stage) -> None:
    lesson, _, console, first, _ = opened(desk, "board", {"approve": False})
    page = first.page
    until(lambda: page.evaluate(SHELL), "the shell is kept")
    with cut(desk, first.context):
        with page.expect_file_chooser() as chooser:
            page.locator("[data-photo] label").click()
        chooser.value.set_files(files={"name": "bai.png", "mimeType": "image/png", "buffer": picture()})
        page.locator("[data-photo] img:visible").wait_for()
        say(first, "Bài của em")
        until(lambda: len(outbox(page)) == 1, "the post is on the phone")
        page.reload()
        expect(page.locator("#status")).to_contain_text("Chưa gửi, sẽ tự gửi")
    picture_shown = console.locator("#posts li", has_text="Bài của em").locator("img")
    picture_shown.wait_for(timeout=2 * PATIENCE_MS)
    assert picture_shown.evaluate("one => one.decode().then(() => one.naturalWidth)") > 0
    lesson.end()


def test_a_phone_without_a_network_stays_in_the_language_that_was_chosen_last(desk: Stage) -> None:
    lesson = begun(desk, tuple(KINDS[:1]))
    pupil = Pupil.arrive(desk).join(lesson.code)
    page = pupil.page
    open_next(lesson.projector())
    KINDS[0].answer(page)
    pupil.says("Đã lưu lúc")
    until(lambda: page.evaluate(SHELL), "the shell is kept")
    page.locator("footer summary").click()
    page.locator("#place").get_by_text("English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    KINDS[0].answer(page)  # what a reload needs is fetched once an answer is in
    until(lambda: page.evaluate(WORKER) == "?language=en", "the worker is the other language's")
    with cut(desk, pupil.context):
        page.reload()
        expect(page.locator("html")).to_have_attribute("lang", "en")
        expect(page.locator("#chips")).to_contain_text("Offline")
    lesson.end()


# --- what a pupil asks for besides answering ------------------------------------------------------------------------


def test_a_vote_a_comment_a_hand_and_the_pace_wait_for_the_network_and_count_once(desk: Stage) -> None:
    lesson, projector, console, first, other = opened(desk, "board", {"comments": True, "approve": False})
    page, idea = first.page, card(first, "Tam giác").get_by_role("button", name="Ý hay")
    until(lambda: page.evaluate(SHELL), "the shell is kept")
    say(other, "Tam giác cân")
    idea.wait_for()
    with cut(desk, first.context):
        page.locator("#hand").click()
        expect(page.locator("#hand")).to_contain_text("Chưa gửi")
        page.locator("#ask [data-pace=lost]").click()
        expect(page.locator("#ask [data-pace=lost]")).to_contain_text("Chưa gửi")
    expect(page.locator("#hand")).to_contain_text("Hạ tay", timeout=2 * PATIENCE_MS)
    expect(console.locator("#hands-count")).to_have_text("1")
    expect(console.locator("#pace")).to_be_visible()
    with cut(desk, first.context):
        idea.click()
        expect(idea).to_contain_text("Chưa gửi")
        card(first, "Tam giác").locator("summary").click()
        card(first, "Tam giác").get_by_label("Lời bàn của em").fill("Em đồng ý")
        card(first, "Tam giác").locator("form button").click()
        page.locator("[data-own] li", has_text="Em đồng ý").get_by_text("Chưa gửi").wait_for()
        until(lambda: "waiting" in [row["state"] for row in outbox(page)], "the comment is on the phone")
        page.reload()
        expect(idea).to_contain_text("Chưa gửi")
        expect(idea).to_have_attribute("aria-pressed", "true")
        page.evaluate("scrollTo(0, document.body.scrollHeight)")  # else a button may lie half under the page's foot
        assert [*faults(page), *small_targets(page, PHONE_PX), *sideways(page)] == []
    expect(idea).not_to_contain_text("Chưa gửi", timeout=2 * PATIENCE_MS)
    projector.locator(".pw li", has_text="Tam giác").locator(".pw-said", has_text="1").first.wait_for()
    console.locator("#posts li", has_text="Em đồng ý").wait_for()
    lesson.end()
    kinds = ("hand_raised", "pace_said", "reacted")
    assert [len(logged(desk, lesson.start_page, one)) for one in kinds] == [1, 1, 1]
    assert len(logged(desk, lesson.start_page)) == 2  # a post and a comment


def test_what_a_phone_cannot_do_without_a_network_is_said_where_it_was_asked(desk: Stage) -> None:
    lesson = begun(desk, (KINDS[0],))
    pupil = Pupil.arrive(desk).join(lesson.code)
    page, address = pupil.page, pupil.page.url
    told, menu = page.locator("#needs-network"), page.locator("footer summary")
    until(lambda: page.evaluate(SHELL), "the shell is kept")
    with cut(desk, pupil.context):
        page.wait_for_function(LOADED, arg="/away.js")
        for press in ("English", "Em đang ở nhà", "Không phải em"):
            menu.click()
            page.locator("#place").get_by_text(press).click()
            expect(told).to_contain_text("Việc này cần mạng. Em chạm lại khi có mạng.")
            assert page.url == address
            page.evaluate("document.querySelector('#needs-network').remove()")
        menu.click()
        page.locator("#place").get_by_text("English").click()
        expect(told).to_be_visible()
        assert [*faults(page), *sideways(page)] == []
    expect(told).to_have_count(0)
    menu.click()
    page.locator("#place").get_by_text("Em đang ở nhà").click()
    expect(page.locator("#chips")).to_contain_text("Ở nhà")
    menu.click()
    page.locator("#place").get_by_text("English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    lesson.end()


# --- desk pages -----------------------------------------------------------------------------------------------------


def test_a_form_without_a_network_stays_with_what_was_typed(desk: Stage) -> None:
    context = desk.context(**PHONE)
    page = context.new_page()
    desk.watch(page, "own page")
    page.goto(desk.school.as_("9a1-04", "activity/1?window=1"))
    page.wait_for_url(re.compile("/lesson"))
    page.goto(page.url.partition("/lesson")[0] + "/profile")
    words, told = page.locator("textarea[name=text]").last, page.locator("#complaint")
    words.fill("Em hiểu bài hơn rồi ạ")
    send = page.get_by_role("button", name="Ghi lời của em")
    address = page.url
    with cut(desk, context):
        send.click()
        expect(told).to_contain_text("Mất mạng. Chưa gửi được. Thử lại khi có mạng.")
        expect(words).to_have_value("Em hiểu bài hơn rồi ạ")
        page.locator("footer").get_by_text("English").click()
        expect(told).to_be_visible()
        assert page.url == address
    expect(told).to_have_count(0)
    send.click()
    page.locator(".said", has_text="Em hiểu bài hơn rồi ạ").wait_for()
    expect(page.locator(".said")).to_have_count(1)


# --- the console ----------------------------------------------------------------------------------------------------

READS, AWAY = "Bùi Quốc Việt", "Trần Hoài An"
STEPS = (
    ("extend", "time_extended"),
    ("face_down", "lesson_paused"),
    ("pause", "lesson_went_on"),
    ("leaving", "leaving_counted"),
    ("lock", "activity_closed"),
    ("distribution", "revealed"),
    ("key", "revealed"),
    ("reask", "activity_reasked"),
    ("pick", "pupil_picked"),
)
"""Steps in the order in which a teacher may take them, and what the log then has."""


def test_each_step_of_the_console_waits_for_the_network_and_is_done_once(desk: Stage) -> None:
    play = KINDS[0]._replace(seconds=600)
    lesson = begun(desk, (play,))
    console = lesson.console((390, 844))
    pupil = Pupil.arrive(desk).join(lesson.code)
    console.locator("#plan [data-open]").first.click()
    pupil.page.locator("button.answer").first.wait_for()
    for name, tag in STEPS:
        before = len(logged(desk, lesson.start_page, tag))
        button = console.locator(f"[data-do={name}]:not([aria-disabled])").first
        with cut(desk, lesson.teacher.context):
            console.locator("#link.chip-warn").wait_for(timeout=2 * PATIENCE_MS)
            button.evaluate("one => one.click()")  # some stand in a menu
            expect(console.locator("#steps")).to_contain_text("Chưa gửi 1 bước", timeout=PATIENCE_MS)
        expect(console.locator("#steps")).to_be_hidden(timeout=2 * PATIENCE_MS)
        until(lambda tag=tag, n=before + 1: len(logged(desk, lesson.start_page, tag)) == n, name)
        expect(console.locator("#complaint")).to_have_count(0)
    lesson.end()
    assert [len(logged(desk, lesson.start_page, tag)) for _, tag in STEPS] == [1, 1, 1, 1, 1, 2, 2, 1, 1]


def test_a_question_from_the_blackboard_waits_for_the_network_and_a_late_undo_is_told(desk: Stage) -> None:
    lesson = begun(desk, (KINDS[0],))
    console = lesson.console((390, 844))
    with cut(desk, lesson.teacher.context):
        console.locator("#link.chip-warn").wait_for(timeout=2 * PATIENCE_MS)
        console.locator("[data-do=ask]:visible").first.click()
        console.locator("#ask [value=number]").click()
        expect(console.locator("#steps")).to_contain_text("Chưa gửi 1 bước: Hỏi nhanh.")
        expect(console.locator("#steps")).to_contain_text("thì tự gửi; không thì bỏ, và trang sẽ báo")
        assert small_targets(console, 44) + sideways(console) == []
    console.locator("#lock:not([aria-disabled])").wait_for(timeout=2 * PATIENCE_MS)
    assert len(logged(desk, lesson.start_page, "question_asked")) == 1
    console.locator("#lock").click()
    undo = console.locator("[data-do=undo]")
    undo.wait_for()
    with cut(desk, lesson.teacher.context):
        undo.evaluate("one => one.click()")
        expect(console.locator("#steps")).to_contain_text("Chưa gửi 1 bước: Hoàn tác", timeout=2 * PATIENCE_MS)
        console.wait_for_timeout(TOO_LATE_FOR_UNDO_MS)
    expect(console.locator("#complaint")).to_contain_text("Hoàn tác", timeout=2 * PATIENCE_MS)
    expect(console.locator("#steps")).to_be_hidden()
    assert logged(desk, lesson.start_page, "step_undone") == []
    lesson.end()


def test_who_has_not_answered_is_told_with_why(desk: Stage) -> None:
    """One reads, another one's network is gone, the rest never came; with the network the answer comes, and the row
    goes. It is the teacher's to see, and nobody else's."""
    lesson = begun(desk, (KINDS[0]._replace(seconds=600),))
    projector, console = lesson.projector(), lesson.console((390, 844))
    reading, away = (Pupil.arrive(desk).join(lesson.code, name) for name in (READS, AWAY))
    open_next(projector)
    silent, row = console.locator("#silent li"), console.locator("#silent li", has_text=AWAY)
    row.get_by_text("Đang đọc").wait_for()
    expect(console.locator("#silent-count")).to_have_text("2")
    until(lambda: away.page.evaluate(SHELL), "the shell is kept")
    away.page.locator("button.answer").first.wait_for()
    with cut(desk, away.context):
        away.page.locator("button.answer").first.click()
        away.says("Chưa gửi")
        row.get_by_text("Mất mạng").wait_for(timeout=2 * PATIENCE_MS)
        expect(silent.filter(has_text=READS)).to_contain_text("Đang đọc")
        expect(silent.last).to_contain_text(re.compile(r"\d+ em chưa vào tiết"))
        found = [*faults(console), *small_targets(console, 44), *sideways(console)]
        assert not found, "\n".join(found)
        assert AWAY not in projector.content()
        assert AWAY not in reading.page.content()
    away.page.get_by_text("Đã lưu lúc").first.wait_for(timeout=2 * PATIENCE_MS)
    expect(row).to_have_count(0, timeout=2 * PATIENCE_MS)
    expect(console.locator("#silent-count")).to_have_text("1")
    lesson.end()


def test_what_is_typed_in_the_editor_without_a_network_outlives_a_reload(desk: Stage) -> None:
    page = Teacher.arrive(desk).page
    begin(page)
    add(page, "Một đáp án")
    prompt, chip, address = page.locator("#prompt"), page.locator("#saved"), page.url
    prompt.fill("Gõ khi có mạng")
    saved(page)
    with cut(desk, page.context):
        prompt.fill("Gõ khi mất mạng")
        expect(chip).to_contain_text("Chữ vừa gõ còn giữ ở đây, có mạng thì tự lưu")
        page.get_by_role("link", name="Giơ Tay").click()
        expect(page.locator("#complaint")).to_contain_text("Trang kia mở được khi có mạng lại.")
        assert page.url == address
        for width in (320, 390, 1280):
            page.set_viewport_size({"width": width, "height": 844})
            assert faults(page) + sideways(page, width) == []
    expect(chip).to_have_attribute("data-state", "saved")
    expect(page.locator("#complaint")).to_have_count(0)
    page.on("dialog", lambda dialog: dialog.accept())  # "leave the page?"
    with cut(desk, page.context):
        prompt.fill("Gõ rồi máy tắt")
        page.locator("#lesson-title").fill("Tên gõ khi mất mạng")
        expect(chip).to_have_attribute("data-state", "offline")
        until(lambda: page.evaluate(DRAFTS) == 2, "what was typed is kept in the tab")
        with pytest.raises(Error):
            page.reload()
    page.goto(address)
    expect(prompt).to_have_value("Gõ rồi máy tắt")
    expect(page.locator("#lesson-title")).to_have_value("Tên gõ khi mất mạng")
    page.wait_for_function(f"({DRAFTS})() === 0")
    prompt.fill("Và gõ tiếp")
    saved(page)


def test_a_server_on_this_very_laptop_takes_forms_without_a_network(desk: Stage) -> None:
    """The browser says that it is offline, and the server answers all the same."""
    page = Teacher.arrive(desk).page
    page.add_init_script("Object.defineProperty(Navigator.prototype, 'onLine', { get: () => false })")
    page.reload()
    page.locator("form[action$='/lessons'] button").first.click()
    page.locator("#lesson-title").wait_for()


# --- a network that leads nowhere -------------------------------------------------------------------------------------

HELD_ONLINE = """Object.defineProperty(Navigator.prototype, 'onLine', { get: () => true });
addEventListener('offline', (event) => event.stopImmediatePropagation(), true);"""
"""A Wi-Fi without internet: the browser does not know."""
WORKS = "() => Boolean(navigator.serviceWorker.controller)"


def test_a_phone_stays_where_a_wifi_leads_nowhere(desk: Stage) -> None:
    lesson = begun(desk, (KINDS[0],))
    pupil = Pupil.arrive(desk)
    pupil.context.add_init_script(HELD_ONLINE)
    page = pupil.join(lesson.code).page
    address, told = page.url, page.locator("#needs-network")
    until(lambda: page.evaluate(SHELL), "the shell is kept")
    with cut(desk, pupil.context):
        page.locator("footer summary").click()
        page.locator("#place").get_by_text("Không phải em").click()
        expect(told).to_contain_text("Việc này cần mạng.")
        assert page.url == address
        assert [*faults(page), *sideways(page)] == []
    page.locator("#place").get_by_text("Không phải em").click()
    page.wait_for_url(re.compile(r"/j\b|/again|names"))
    lesson.end()


def test_a_teachers_page_stays_with_what_was_typed_where_a_wifi_leads_nowhere(desk: Stage) -> None:
    """From the first console on, in which the browser was asked to keep what a lesson needs."""
    lesson = begun(desk, (KINDS[0],))
    context, page = lesson.teacher.context, lesson.teacher.page
    context.add_init_script(HELD_ONLINE)
    console = lesson.console((390, 844))
    until(lambda: console.evaluate(WORKS), "the worker works")
    page.goto(lesson.start_page.partition("/runs/")[0] + "/periods/new")
    topic, told, address = page.locator("#topic"), page.locator("#complaint"), page.url
    topic.fill("Hệ thức Vi-ét")
    send = page.get_by_role("button", name="Lưu nháp")
    with cut(desk, context):
        send.click()
        expect(told).to_contain_text("Mất mạng. Chưa gửi được.")
        expect(send).not_to_have_attribute("aria-busy", "true")
        page.get_by_role("link", name="Sổ tiết").first.click()
        expect(told).to_contain_text("Mất mạng")
        expect(topic).to_have_value("Hệ thức Vi-ét")
        assert page.url == address
    send.click()
    page.get_by_text("Hệ thức Vi-ét").first.wait_for()
    lesson.end()
