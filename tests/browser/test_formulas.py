"""A browser that knows no MathML (Chromium before 109) sets ½ as 12 and x² as x2: there a style sheet of ours lays a
formula out, on every screen that shows questions."""

from playwright.sync_api import BrowserContext, Page, expect

from lti_tool.text import rich
from tests.browser.school import Lesson, Pupil, Stage
from tests.browser.steps import open_next

SHEET = "link[href*='math.css']"
OLD = "delete globalThis.MathMLElement"
"""What such a browser lacks. The style sheet says how every element is laid out: a newer browser follows it as well."""
FORMULAS = (
    r"\frac{1}{2}+\frac{3}{4}", r"x^{2}-5x", r"10^{-3}", r"x_{1}", r"x_{1}^{2}", r"\sqrt{2}", r"\sqrt[3]{8}",
    r"\overline{AB}", r"\begin{cases}x+y=1\\x-y=3\end{cases}", r"\left(\frac{1}{2}\right)^{2}",
)  # fmt: skip
LAID_OUT = """async (html) => {
  const link = document.querySelector("link[href*='math.css']");
  if (!link.sheet) await new Promise((loaded) => link.addEventListener("load", loaded));
  const shown = document.createElement("p");
  shown.innerHTML = html;
  document.querySelector("main:not([hidden])").append(shown);
  const all = (selector) => [...shown.querySelectorAll(selector)];
  const box = (one) => one.getBoundingClientRect();
  const parts = (selector) => all(selector).map((one) => [...one.children].map(box));
  const line = (one, side) => parseFloat(getComputedStyle(one)[`border${side}Width`]) > 0;
  const sized = (one) => parseFloat(getComputedStyle(one).fontSize);
  const isAbove = (one, other) => one.bottom < other.bottom - 2 && one.top < other.top;
  const said = {
    fraction: parts("mfrac").every(([above, below]) => above.bottom <= below.top + 1),
    bar: all("mfrac").every((one) => line(one.firstElementChild, "Bottom")),
    exponent: parts("msup").every(([base, raised]) => isAbove(raised, base) && raised.left > base.left),
    small: all("msup").every((one) => sized(one.lastElementChild) < sized(one)),
    index: parts("msub").every(([base, lowered]) => lowered.top > base.top + 2 && lowered.bottom > base.bottom),
    both: parts("msubsup").every(([, lowered, raised]) => isAbove(raised, lowered)),
    root: all("msqrt,mroot").every((one) => parseFloat(getComputedStyle(one, "::before").width) > 5),
    roof: all("msqrt,mroot").every((one) => line(one, "Top")),
    degree: parts("mroot").every(([body, degree]) => degree.right < body.left && degree.top < body.top),
    over: parts("mover").every(([base, sign]) => isAbove(sign, base)),
    rows: all("mtable").every((one) => box(one.children[0]).bottom <= box(one.children[1]).top + 1),
  };
  shown.remove();
  return Object.keys(said).filter((what) => !said[what]);
}"""
"""What of the formulas does not stand where a reader looks for it."""


def test_formulas_are_laid_out_where_the_browser_knows_none(stage: Stage, lesson: Lesson) -> None:
    expect(lesson.teacher.page.locator(SHEET)).to_have_count(0)
    for context in (lesson.teacher.context, (pupil := Pupil.arrive(stage)).context):
        forget(context)
    projector, console = lesson.projector(), lesson.console()
    pupil.join(lesson.code)
    open_next(projector)
    pupil.page.locator("button.answer").first.wait_for()
    desk = lesson.teacher.page
    desk.goto(lesson.teacher.home)
    found = [(name, *missing(page)) for name, page in (
        ("phone", pupil.page), ("projector", projector), ("console", console), ("desk", desk)
    )]  # fmt: skip
    assert not [one for one in found if len(one) > 1], found


def forget(context: BrowserContext) -> None:
    context.add_init_script(OLD)


def missing(page: Page) -> list[str]:
    expect(page.locator(SHEET)).to_have_count(1)
    told: list[str] = page.evaluate(LAID_OUT, " ".join(rich(f"\\({one}\\)") for one in FORMULAS))
    return told
