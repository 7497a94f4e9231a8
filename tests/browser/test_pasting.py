"""Questions from Word, and from a page with formulas, through the editor: what arrives, what is told of the rest."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import faults, sideways
from tests.browser.school import Stage, Teacher
from tests.browser.test_editor import PASTE, begin


def line(inside: str, style: str = "") -> str:
    """A paragraph as Word writes it."""
    return f"<p class=MsoNormal style='margin-bottom:0cm;{style}'><span lang=VI>{inside}<o:p></o:p></span></p>"


def item(label: str, inside: str) -> str:
    """An item of one of Word's own lists: its label stands beside what it labels."""
    ignored = f"<![if !supportLists]><span style='mso-list:Ignore'>{label}<span>&nbsp;&nbsp; </span></span><![endif]>"
    return f"<p class=MsoListParagraph style='text-indent:-18.0pt;mso-list:l0 level1 lfo1'>{ignored}{inside}</p>"


def row(*cells: str) -> str:
    return "<tr>" + "".join(f"<td width=60><p class=MsoNormal>{cell}<o:p></o:p></p></td>" for cell in cells) + "</tr>"


HALF = (
    "<!--[if gte msEquation 12]><m:oMath><m:f><m:num><m:r>1</m:r></m:num><m:den><m:r>2</m:r></m:den></m:f></m:oMath>"
    "<![endif]--><![if !msEquation]><span><img width=9 src='file:///C:/a.png'></span><![endif]>"
)
FROM_WORD = "".join(
    (
        "<html><head><style><!-- p.MsoNormal {color:red} --></style><!--[if gte mso 9]><xml>A. x</xml><![endif]-->",
        "</head><body><!--StartFragment-->",
        line("TRƯỜNG THCS ĐỒNG XANH"),
        line("<b>Câu 1 (0,5 điểm).</b> Phân số nào bằng " + HALF + "?"),
        line("<b>A.</b> 1/3 <b><u>B.</u></b> 2/4 <b>C.</b> 3/4 <b>D.</b> 4/5"),
        line("<b>Câu 2.</b> Đọc hình bên <img width=200 src='file:///C:/b.png'> rồi chọn."),
        item("A.", "Tam giác"),
        item("B.", "<b>Hình vuông</b>"),
        item("C.", "Hình tròn"),
        line("Câu 3. Xét các phát biểu:"),
        "<table class=MsoTableGrid>" + row("Phát biểu", "Đúng", "Sai"),
        row("a) 2 là số chẵn", "X", "") + row("b) 9 là số nguyên tố", "", "X"),
        row("c) x<sup>2</sup> ≥ 0", "X", "") + row("d) 0 &gt; 1", "", "X") + "</table>",
        line("Câu 4. Nêu tên nguyên tố có kí hiệu H. [1 điểm]"),
        line("Câu 5. Thủ đô của Việt Nam là"),
        line("A. Huế&nbsp;&nbsp; B. Hà Nội"),
        line("----- HẾT -----"),
        line("BẢNG ĐÁP ÁN"),
        "<table>" + row("Câu", "5") + row("Đáp án", "B") + "</table>",
        line("Chúc các em làm bài tốt"),
        "<!--EndFragment--></body></html>",
    )
)
PLAIN = "Câu 1. Phân số\nA. 1/3 B. 2/4\nCâu 5. Thủ đô\nA. Huế\nB. Hà Nội"


def pasted(page: Page, html: str, text: str) -> None:
    """As if pasted into the first field of the editor, which hands on what is more than one field holds."""
    page.locator("#prompt").focus()
    page.evaluate(PASTE, [html, text])
    page.locator("dialog[open]").get_by_role("button", name="Tách thành câu hỏi").click()
    page.locator("#report h2").wait_for()


@pytest.mark.slow
def test_a_test_from_word_arrives_with_its_keys_and_what_does_not_is_said(desk: Stage) -> None:
    page = Teacher.arrive(desk).page
    begin(page)
    page.locator(".kind:visible", has_text="Một đáp án").first.click()
    pasted(page, FROM_WORD, PLAIN)
    report = page.locator("#report")
    expect(report).to_contain_text("Đọc được 5 câu")
    expect(report.locator("li", has_text="Phân số nào bằng")).to_contain_text("Điểm của câu: 0,5")
    expect(report.locator("li", has_text="Đọc hình bên [?]")).to_contain_text("Hình hoặc công thức không đi theo")
    report.locator("summary").click()
    expect(report).to_contain_text("Dòng 1: “TRƯỜNG THCS ĐỒNG XANH” – đứng trước câu đầu tiên")
    expect(report).to_contain_text("“Chúc các em làm bài tốt” – đứng sau câu cuối, không rõ của câu nào")
    expect(report.locator("math mfrac")).to_have_count(1)
    assert not (found := [*faults(page), *sideways(page)]), "\n".join(found)
    page.get_by_role("button", name="Thêm 5 câu vào tiết").click()
    page.locator("#activity[data-kind=single]").wait_for()
    expect(page.locator("#prompt")).to_have_value("Phân số nào bằng \\(\\frac{1}{2}\\)?")
    expect(page.locator("input[name=key]:checked")).to_have_attribute("value", "B")
    expect(page.locator("#points")).to_have_value("0.5")
    plan = page.locator("#plan a")
    for name, kind, key in (("Đọc hình bên", "single", "B"), ("Thủ đô", "single", "B")):
        plan.filter(has_text=name).click()
        page.locator("#prompt", has_text=name).wait_for()
        expect(page.locator(f"#activity[data-kind={kind}] input[name=key]:checked")).to_have_attribute("value", key)
    plan.filter(has_text="Xét các phát biểu").click()
    page.locator("#activity[data-kind=cluster]").wait_for()
    ticked = page.locator("#activity input[type=radio]:checked")
    assert [one.get_attribute("value") for one in ticked.all()] == ["true", "false", "true", "false"]
    plan.filter(has_text="Nêu tên nguyên tố").click()
    page.locator("#activity[data-kind=open]").wait_for()
    expect(page.locator("#prompt")).to_have_value("Nêu tên nguyên tố có kí hiệu H.")
    expect(page.locator("#points")).to_have_value("1.0")


LINES = """<!doctype html><meta charset="utf-8"><title>Đề</title><style>
mjx-assistive-mml { position: absolute; clip: rect(1px, 1px, 1px, 1px); user-select: none }
mjx-c::before { content: "x" }
</style><p>Câu 1. Giải <mjx-container class="MathJax" jax="CHTML"><mjx-math class="MJX-TEX" aria-hidden="true">
<mjx-msup><mjx-mi class="mjx-i"><mjx-c class="mjx-c1D465 TEX-I"></mjx-c></mjx-mi>
<mjx-script><mjx-mn class="mjx-n" size="s"><mjx-c class="mjx-c32"></mjx-c></mjx-mn></mjx-script></mjx-msup></mjx-math>
<mjx-assistive-mml unselectable="on"><math><msup><mi>x</mi><mn>2</mn></msup></math></mjx-assistive-mml></mjx-container>
 = 4</p><ol style="list-style-type: upper-alpha"><li>một nghiệm</li><li style="color: red">hai nghiệm</li>
<li>vô nghiệm</li></ol><p>Câu 2. Tính <math><mfrac><mn>1</mn><mn>2</mn></mfrac></math> +
 <mjx-container jax="SVG"><svg width="9" height="9"><path d="M0 0h9"/></svg></mjx-container></p>
<p>A. 1</p><p>B. 2</p>"""
WEB_PAGE = LINES.replace("\n", "")
"""Without the ends of its lines, which the browser would copy as spaces."""


@pytest.mark.slow
def test_formulas_of_a_page_are_copied_and_pasted_by_keys(desk: Stage) -> None:
    """Chromium's own clipboard: it leaves out what cannot be selected, as MathJax's text for readers aloud."""
    teacher = Teacher.arrive(desk)
    page = teacher.page
    begin(page)
    page.get_by_role("link", name="Dán câu hỏi").first.click()
    page.locator("#clip").wait_for()
    web = teacher.context.new_page()
    web.route("**/de-toan", lambda route: route.fulfill(body=WEB_PAGE, content_type="text/html; charset=utf-8"))
    web.goto(f"{desk.school.tool}/de-toan")
    web.keyboard.press("Control+a")
    web.keyboard.press("Control+c")
    page.bring_to_front()
    page.locator("#clip").focus()
    page.keyboard.press("Control+v")
    report = page.locator("#report")
    report.locator("h2").wait_for()
    expect(report).to_contain_text("Đọc được 2 câu")
    expect(report.locator("math msup")).to_have_count(1)
    expect(report.locator("math mfrac")).to_have_count(1)
    expect(report.locator("li", has_text="Giải")).to_contain_text("hai nghiệm")
    expect(report.locator("li", has_text="[?]")).to_contain_text("Hình hoặc công thức không đi theo")
    page.get_by_role("button", name="Thêm 2 câu vào tiết").click()
    expect(page.locator("#prompt")).to_have_value("Giải \\(x^{2}\\) = 4")
    expect(page.locator("input[name=key]:checked")).to_have_attribute("value", "B")
