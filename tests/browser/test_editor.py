"""A lesson of all seven kinds, written from nothing as a teacher writes it, and started."""

import re
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.looking import faults, sideways, small_targets
from tests.browser.school import Lesson, Stage, Teacher
from tests.lti_tool.lessons.test_slides import pdf

TITLE = "Ôn tập chương 6"


def test_a_lesson_of_all_seven_kinds(desk: Stage) -> None:
    teacher = Teacher.arrive(desk)
    page = teacher.page
    begin(page)
    single(page)
    multiple(page)
    true_false(page)
    cluster(page)
    short(page)
    number(page)
    open_text(page)
    expect(page.locator("#plan li")).to_have_count(7)
    expect(page.locator(".plan-bad:visible")).to_have_count(0)
    preview(page)
    page.get_by_role("link", name="Xong", exact=True).click()
    expect(page.locator("#today")).to_have_text(TITLE)
    expect(page.locator(".today")).to_contain_text("7 hoạt động")
    page.get_by_role("button", name="Bắt đầu tiết học").click()
    page.wait_for_url(re.compile("/runs/"))
    expect(page.locator("h1")).to_have_text(TITLE)
    Lesson(teacher, page.url, page.locator(".digits").first.inner_text()).end()


def test_what_is_typed_is_kept_and_faults_stand_beside_the_field(desk: Stage) -> None:
    page = Teacher.arrive(desk).page
    begin(page)
    add(page, "Một đáp án")
    expect(page.locator(".error:visible")).to_have_count(0)  # a blank question does not scold
    page.locator("#prompt").fill("Tính \\(\\fraq{1}{2}\\)")
    page.locator("#prompt").blur()
    said(page, "prompt").get_by_text("công thức chưa đọc được").wait_for()
    expect(page.locator("#prompt")).to_have_attribute("aria-invalid", "true")
    expect(page.locator(".plan-bad:visible")).to_have_count(1)
    page.locator("#prompt").fill("Tính \\(\\frac{1}{2}+\\frac{1}{2}\\)")
    expect(said(page, "prompt")).to_be_hidden()
    page.locator("#lesson-minutes").fill("2")
    page.get_by_text("Nhập từ 5 đến 240 phút").wait_for()
    with page.expect_event("dialog") as asked:  # what was not taken is not lost without a question
        page.once("dialog", lambda dialog: dialog.dismiss())
        page.get_by_role("link", name="Xong", exact=True).click()
    assert asked.value.type == "beforeunload"
    page.locator("#lesson-minutes").fill("40")
    saved(page)
    page.locator("#prompt").fill("Viết xong thì rời trang ngay")
    page.get_by_role("link", name="Giơ Tay").click()  # nothing waited for: leaving keeps what was typed
    page.locator("main a[href*='/lessons/']", has_text=TITLE).first.click()  # what waits has a link of this name, too
    expect(page.locator("#prompt")).to_have_value("Viết xong thì rời trang ngay")


def test_order_copies_and_formulas(desk: Stage) -> None:
    page = Teacher.arrive(desk).page
    begin(page)
    for kind, prompt in (("Viết tự do", "Câu thứ nhất"), ("Đáp số", "Câu thứ hai")):
        add(page, kind)
        page.locator("#prompt").fill(prompt)
        saved(page)
    arrange(page, "Chuyển lên")
    expect(page.locator(".plan-title")).to_have_text(["Câu thứ hai", "Câu thứ nhất"])
    arrange(page, "Nhân đôi")
    expect(page.locator(".plan-title")).to_have_text(["Câu thứ hai", "Câu thứ hai", "Câu thứ nhất"])
    page.wait_for_load_state()
    page.locator("#plan li").last.drag_to(page.locator("#plan li").first, target_position={"x": 20, "y": 4})
    expect(page.locator(".plan-title").first).to_have_text("Câu thứ nhất")
    drag_in_vain(page)
    arrange(page, "Bỏ khỏi tiết")
    page.locator("dialog[open]").get_by_role("button", name="Thôi").wait_for()
    page.locator("dialog[open] .btn-primary").click()
    steps(page, 2)
    page.locator("#prompt").focus()
    page.get_by_role("button", name="Công thức").click()
    page.locator("#latex").fill("\\sqrt{2}")
    page.locator("#formula-shown msqrt").wait_for()
    page.get_by_role("button", name="Chèn công thức").click()
    page.locator("#preview msqrt").wait_for()


def drag_in_vain(page: Page) -> None:
    """An order that could not be saved does not stay on the page."""
    stood = page.locator(".plan-title").all_inner_texts()
    page.evaluate("() => ([globalThis.reached, globalThis.fetch] = [fetch, () => Promise.reject(new TypeError())])")
    page.locator("#plan li").last.drag_to(page.locator("#plan li").first, target_position={"x": 20, "y": 4})
    page.locator("#complaint", has_text="các câu đứng lại như cũ").wait_for()
    expect(page.locator(".plan-title")).to_have_text(stood)
    expect(page.locator(".plan-no")).to_have_text(["1", "2", "3"])
    page.evaluate("() => (globalThis.fetch = globalThis.reached)")


def begin(page: Page) -> None:
    """A new lesson with a name."""
    page.get_by_role("button", name="Soạn tiết học").click()
    page.locator("#lesson-title").wait_for()
    page.wait_for_load_state()  # what is typed before the page hears it is not kept
    page.locator("#lesson-title").fill(TITLE)
    page.locator("#lesson-objectives").fill("Giải phương trình bậc hai\nVận dụng hệ thức Vi-ét")
    saved(page)


def add(page: Page, kind: str) -> None:
    """Two taps: add, and the kind; the first question of a lesson takes one."""
    if page.locator("#plan").count():
        page.locator("nav[aria-label='Các câu trong tiết'] > .menu > summary").click()
    page.locator(".kind:visible", has=page.get_by_text(kind, exact=True)).first.click()
    page.locator("#activity .chip", has_text=kind).wait_for()
    page.wait_for_load_state()


def saved(page: Page) -> None:
    """Typing is kept by itself."""
    page.wait_for_timeout(50)
    expect(page.locator("#saved")).to_have_attribute("data-state", "saved")


def steps(page: Page, number: int) -> None:
    """The lesson has so many activities, and its page listens."""
    expect(page.locator("#plan li")).to_have_count(number)
    page.wait_for_load_state()


def said(page: Page, field: str) -> Locator:
    return page.locator(f"[data-fault='{field}']")


def pictures_sent(page: Page) -> list[str]:
    """The addresses to which the page sends pictures from now on."""
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.url.endswith("/pictures") else None)
    return sent


def arrange(page: Page, what: str) -> None:
    page.wait_for_load_state()
    page.locator("#activity .menu > summary").click()
    page.locator("#activity .menu-list").get_by_role("button", name=what).click()


def options(page: Page, *texts: str) -> None:
    for letter, text in zip("ABCD", texts, strict=True):
        page.get_by_label(f"Phương án {letter}").fill(text)


def single(page: Page) -> None:
    add(page, "Một đáp án")
    page.locator("#prompt").fill("Tổng hai nghiệm của \\(x^2-5x+6=0\\) bằng")
    options(page, "5", "6", "−5", "1")
    page.locator(".choice", has_text="A").first.locator(".key-pick").click()
    saved(page)
    page.locator("#preview math").wait_for()


def multiple(page: Page) -> None:
    add(page, "Nhiều đáp án")
    page.locator("#prompt").fill("Những số nào là số nguyên tố?")
    options(page, "2", "3", "4", "9")
    for n in (0, 1):
        page.locator(".choice").nth(n).locator(".key-pick").click()
    saved(page)


def true_false(page: Page) -> None:
    add(page, "Đúng, Sai")
    page.locator("#prompt").fill("Số 1 là số nguyên tố.")
    page.locator("#activity .pair").get_by_text("Sai").click()
    saved(page)


def cluster(page: Page) -> None:
    add(page, "Đúng/Sai bốn ý")
    page.locator("#prompt").fill("Cho phương trình \\(x^2-4=0\\).")
    for n, name in enumerate("abcd"):
        group = page.locator("[data-row]").nth(n)
        group.locator("textarea").fill(f"Khẳng định {name}")
        group.get_by_text("Đúng", exact=True).click()
    saved(page)


def short(page: Page) -> None:
    add(page, "Trả lời ngắn")
    page.locator("#prompt").fill("Thủ đô của Việt Nam?")
    page.locator("#c-accepted").fill("Hà Nội\nHanoi")
    saved(page)


def number(page: Page) -> None:
    add(page, "Đáp số")
    page.locator("#prompt").fill("Nghiệm dương của \\(4x^2=25\\)?")
    page.locator("#c-answer").fill("2,5")
    page.locator("#c-tolerance").fill("0,01")
    saved(page)


def open_text(page: Page) -> None:
    add(page, "Viết tự do")
    page.locator("#prompt").fill("Em còn vướng ở bước nào?")
    page.locator("#points").select_option("0.0")
    saved(page)
    expect(page.locator("#plan [aria-current] small")).to_contain_text("không tính điểm")


def preview(page: Page) -> None:
    """The whole lesson as a pupil meets it; nothing is kept."""
    page.get_by_role("link", name="Chạy thử cả tiết").click()
    expect(page.locator("h1")).to_have_text("Câu 1/7")
    page.locator("button.answer").first.click()
    page.locator(".status .banner").wait_for()
    page.go_back()


PASTE = """([html, text]) => {
  const clipboardData = new DataTransfer();
  clipboardData.items.add(new File(["PNG"], "image.png", { type: "image/png" }));
  clipboardData.setData("text/html", html);
  clipboardData.setData("text/plain", text);
  document.activeElement.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
}"""
"""As Word and Excel fill a clipboard: a picture of what was copied stands beside its words."""
WORD = ("Câu 1. Thủ đô của Việt Nam là", "A. Huế", "<u>B</u>. Hà Nội", "C. Đà Nẵng", "D. Vinh")


def test_steps_back_earlier_versions_and_questions_from_word(desk: Stage) -> None:
    page = Teacher.arrive(desk).page
    begin(page)
    page.locator(".kind:visible", has_text="Phiếu ra về").first.click()
    steps(page, 2)
    arrange(page, "Bỏ khỏi tiết")
    page.locator("dialog[open] .btn-primary").click()
    steps(page, 1)
    page.locator("h1").click()
    page.keyboard.press("Control+z")
    steps(page, 2)
    page.get_by_role("button", name="Làm lại").click()
    steps(page, 1)
    sent = pictures_sent(page)
    page.locator("#prompt").focus()
    page.evaluate(PASTE, ["".join(f"<p>{line}</p>" for line in WORD), "Câu 1. Thủ đô\nA. Huế\nB. Hà Nội"])
    page.locator("dialog[open]").get_by_role("button", name="Tách thành câu hỏi").click()
    page.locator("#report").get_by_text("Đọc được 1 câu").wait_for()
    assert not (found := [*faults(page), *sideways(page)]), "\n".join(found)
    assert not sent, "the picture that Word puts beside its words"
    page.get_by_role("button", name="Thêm 1 câu vào tiết").click()
    page.locator("#activity[data-kind=single]").wait_for()
    expect(page.locator(".error:visible")).to_have_count(0)
    expect(page.locator("input[name=key]:checked")).to_have_attribute("value", "B")
    page.locator(".editor-head .menu > summary").click()
    page.get_by_role("link", name="Các bản trước").click()
    page.locator(".plan-list a").first.click()
    page.get_by_role("heading", name="Bản lúc").wait_for()
    assert not (found := [*faults(page), *sideways(page)]), "\n".join(found)
    page.get_by_role("button", name="Khôi phục bản này").click()
    steps(page, 1)


@pytest.mark.slow
def test_a_preview_takes_no_touch_before_its_script_has_come(desk: Stage) -> None:
    """A touch before it would be in vain, and nothing would say so."""
    page = Teacher.arrive(desk).page
    begin(page)
    single(page)
    held: list[Route] = []
    page.route("**/preview*.js*", lambda route: held.append(route))  # noqa: PLW0108 - the driver wraps functions only
    with page.expect_request("**/preview*.js*"):
        page.get_by_role("link", name="Chạy thử cả tiết").click()
    expect(page.locator("#question")).to_have_attribute("inert", "")
    for one in held:
        one.continue_()
    page.locator("button.answer").first.click()
    page.locator(".status .banner").wait_for()


ROOT = (
    "<p>Giải <i>x</i><sup>2</sup> − 5<i>x</i> + 6 = 0, H<sub>2</sub>O</p><table><tr><td>x</td><td>1</td></tr></table>"
)
EQUATION = (
    "<p>bằng <!--[if gte msEquation 12]><m:oMath><m:f><m:num><m:r>1</m:r></m:num><m:den><m:r>2</m:r></m:den></m:f>"
    "</m:oMath><![endif]--><![if !msEquation]><img src='file:///C:/x.png'><![endif]></p>"
)
LETTERED = "<ol type=A><li>một</li><li><b>hai</b></li></ol>"
PIXEL = """async ([name, text]) => {
  const canvas = new OffscreenCanvas(40, 30);
  canvas.getContext("2d").fillRect(0, 0, 40, 30);
  const clipboardData = new DataTransfer();
  clipboardData.items.add(new File([await canvas.convertToBlob()], name, { type: "image/png" }));
  if (text) clipboardData.setData("text/plain", text);
  document.activeElement.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
}"""


def test_what_word_raises_and_a_picture_come_with_a_paste_into_one_field(desk: Stage) -> None:
    """As plain text x² is x2. What was pasted can be taken back like what was typed."""
    page = Teacher.arrive(desk).page
    begin(page)
    add(page, "Một đáp án")
    sent = pictures_sent(page)
    prompt = page.locator("#prompt")
    prompt.fill("Câu: ")
    page.keyboard.press("End")
    page.evaluate(PASTE, [ROOT, "Giải x2 − 5x + 6 = 0, H2O\nx\t1"])
    expect(prompt).to_have_value("Câu: Giải x² − 5x + 6 = 0, H₂O\nx  1")
    saved(page)
    page.locator("#preview").get_by_text("x²").wait_for()
    page.keyboard.press("Control+z")
    expect(prompt).to_have_value("Câu: ")
    page.locator("#explanation").focus()
    page.evaluate(PASTE, [LETTERED, "một\nhai"])
    expect(page.locator("#explanation")).to_have_value("A. một\nB. hai")
    page.get_by_label("Phương án A", exact=True).focus()
    page.evaluate(PASTE, ["<p>10<sup>-3</sup></p>", "10-3"])
    expect(page.get_by_label("Phương án A", exact=True)).to_have_value("10⁻³")
    page.get_by_label("Phương án B", exact=True).focus()
    page.evaluate(PASTE, [EQUATION, "bằng"])
    expect(page.get_by_label("Phương án B", exact=True)).to_have_value("bằng \\(\\frac{1}{2}\\)")
    expect(page.locator("#picture-box")).to_be_hidden()
    assert not sent, "the picture that Word puts beside its words"
    for name, text in (("image.png", ""), ("hinh.png", "/home/lan/hinh.png")):
        prompt.focus()
        page.evaluate(PIXEL, [name, text])
        page.locator("#picture-shown[data-id]:visible").wait_for()
        expect(page.locator("#picture-alt")).to_be_focused()
        saved(page)
        page.get_by_role("button", name="Bỏ hình").click()


def test_the_editor_on_a_phone_with_large_text(desk: Stage) -> None:
    """The kinds with the longest names."""
    page = Teacher.arrive(desk).page
    begin(page)
    for kind in ("Đánh giá theo tiêu chí", "Nhóm làm sản phẩm"):
        page.set_viewport_size({"width": 1366, "height": 768})
        add(page, kind)
        page.set_viewport_size({"width": 390, "height": 844})
        assert not (found := [*small_targets(page, 44), *sideways(page, 390, text=200)]), "\n".join(found)


def test_a_place_is_marked_on_the_picture_that_was_just_added(desk: Stage) -> None:
    page = Teacher.arrive(desk).page
    begin(page)
    add(page, "Chạm vào hình")
    grid = page.locator("#activity .spots-picture")
    expect(grid).to_be_hidden()
    page.locator("#prompt").fill("Tâm ở đâu?")
    page.evaluate(PIXEL, ["image.png", ""])
    expect(grid).to_be_visible()
    assert grid.evaluate("one => one.decode().then(() => one.naturalWidth)") == 40
    page.locator("#activity .spots-grid label", has_text="C2").click()
    saved(page)
    expect(page.locator(".error:visible")).to_have_count(0)
    page.reload()
    expect(page.locator("[name=key]:checked")).to_have_value("C2")
    page.get_by_role("button", name="Bỏ hình").click()
    expect(grid).to_be_hidden()


def test_a_phones_photo_is_made_smaller_before_it_is_sent(desk: Stage) -> None:
    """12 million pixels are more bytes than the server takes, 30 million are more pixels; a small drawing stays."""
    page = Teacher.arrive(desk).page
    begin(page)
    add(page, "Viết tự do")
    for drawn, form, size in (
        (Image.effect_noise((4000, 3000), 90).convert("RGB"), "JPEG", (1280, 960)),
        (Image.new("RGB", (6000, 5000), "#7db8a9"), "PNG", (1280, 1066)),
        (Image.new("RGBA", (60, 40)), "PNG", (60, 40)),
    ):
        file = BytesIO()
        drawn.save(file, form, quality=95)
        sent = {"name": "anh", "mimeType": f"image/{form.lower()}", "buffer": file.getvalue()}
        with page.expect_response(re.compile("/pictures$")) as answer:
            page.locator("#picture").set_input_files(sent)
        assert answer.value.ok, f"{form} of {len(file.getvalue())} bytes"
        shown = page.locator(f"#picture-shown[data-id='{answer.value.json()['id']}']")
        shown.wait_for()
        assert shown.evaluate(LOOK) == {"size": list(size), "glass": drawn.mode == "RGBA"}
    saved(page)


LOOK = """async (one) => {
  await one.decode();
  const pen = new OffscreenCanvas(1, 1).getContext("2d");
  pen.drawImage(one, 0, 0);
  return { size: [one.naturalWidth, one.naturalHeight], glass: pen.getImageData(0, 0, 1, 1).data[3] === 0 };
}"""
"""A picture's size, and whether one sees through it."""


def test_a_new_picture_of_a_page_of_slides_is_the_projectors_too(desk: Stage) -> None:
    page = Teacher.arrive(desk).page
    begin(page)
    page.locator("#pdf").set_input_files({"name": "bai.pdf", "mimeType": "application/pdf", "buffer": pdf("Old page")})
    page.locator("#activity[data-kind=slide]").wait_for()
    page.wait_for_load_state()
    shown, old = page.locator("#picture-shown"), page.locator("#picture-shown").get_attribute("data-id") or ""
    page.locator("#prompt").focus()
    page.evaluate(PIXEL, ["image.png", ""])
    expect(shown).not_to_have_attribute("data-id", old)
    expect(page.locator("[data-content=large]")).to_have_value("")
    saved(page)
    page.get_by_role("button", name="Trên màn chiếu").click()
    expect(page.locator("#preview .pj-slide")).to_have_attribute("src", shown.get_attribute("src") or "")
