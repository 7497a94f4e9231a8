"""MathML of web pages, of LibreOffice and of MathType, as a clipboard carries it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.lessons import clipping
from lti_tool.lessons.clipping import MOST_FORMULAS, UNREAD
from lti_tool.lessons.equations import LONGEST
from lti_tool.lessons.mathml import MOST_NODES
from lti_tool.text import formula_faults, rich


def read(html: str) -> str:
    return "\n".join(line.text for line in clipping.of_html(html))


def math(inside: str) -> str:
    return f"<math xmlns='http://www.w3.org/1998/Math/MathML'>{inside}</math>"


def mi(text: str) -> str:
    return f"<mi>{text}</mi>"


def mo(text: str) -> str:
    return f"<mo>{text}</mo>"


def mn(text: str) -> str:
    return f"<mn>{text}</mn>"


def row(*inside: str) -> str:
    return f"<mrow>{''.join(inside)}</mrow>"


def table(*rows: tuple[str, ...]) -> str:
    cells = ("".join(f"<mtd>{cell}</mtd>" for cell in one) for one in rows)
    return "<mtable>" + "".join(f"<mtr>{one}</mtr>" for one in cells) + "</mtable>"


SYSTEM = table((mi("x") + mo("+") + mi("y") + mo("=") + mn("1"),), (mi("x") + mo("−") + mi("y") + mo("=") + mn("2"),))
ROOT = f"<msqrt>{mi('Δ')}</msqrt>"
HALF = f"<mfrac>{mn('1')}{mn('2')}</mfrac>"

SHAPES = [
    (mi("x") + mo("≤") + mi("π"), r"x\le \pi"),
    (f"<mfrac>{row(mi('b'), mo('±'), ROOT)}{row(mn('2'), mi('a'))}</mfrac>", r"\frac{b\pm \sqrt{\Delta}}{2a}"),
    (f"<mfrac bevelled='true'>{mn('1')}{mn('2')}</mfrac>", "{1}/{2}"),
    (f"<mroot>{mn('8')}{mn('3')}</mroot>", r"\sqrt[3]{8}"),
    (f"<msup>{mi('x')}{mn('2')}</msup>", "x^{2}"),
    (f"<msup>{mi('f')}{mo('′')}</msup>{mo('&#8289;')}{row(mo('('), mi('x'), mo(')'))}", r"f'\left( x\right)"),
    (f"<msup>{mn('90')}{mo('∘')}</msup>", r"{90}^{\circ}"),
    (f"<msubsup>{mi('a')}{mi('n')}{mn('2')}</msubsup>", "a_{n}^{2}"),
    (f"<msubsup>{mo('∫')}{mn('0')}{mn('1')}</msubsup>{mi('x')}", r"\int_{0}^{1}x"),
    (f"<munderover>{mo('∑')}{row(mi('k'), mo('='), mn('1'))}{mi('n')}</munderover>{mi('k')}", r"\sum_{k=1}^{n}k"),
    (f"<munder>{mi('lim')}{row(mi('x'), mo('→'), mn('0'))}</munder>{HALF}", r"\lim_{x\to 0}\frac{1}{2}"),
    (f"<mover>{row(mi('A'), mi('B'))}{mo('→')}</mover>", r"\overrightarrow{AB}"),
    (f"<mover accent='true'>{mi('ABC')}{mo('^')}</mover>", r"\widehat{ABC}"),
    (f"<munder>{mi('x')}{mo('⏟')}</munder>", r"\underbrace{x}"),
    (f"<mover>{mo('→')}{mi('t')}</mover>", r"\overset{t}{\to}"),
    (f"<mmultiscripts>{mi('U')}<mprescripts/>{mn('92')}{mn('235')}</mmultiscripts>", "{}_{92}^{235}U"),
    (mo("{") + SYSTEM, r"\begin{cases}x+y=1\\x-y=2\end{cases}"),
    (f"<mfenced open='{{' close=''>{SYSTEM}</mfenced>", r"\begin{cases}x+y=1\\x-y=2\end{cases}"),
    (row(mo("["), row(SYSTEM)), r"\left[ \begin{array}{l}x+y=1\\x-y=2\end{array}\right."),
    (mo("(") + table((mn("1"), mn("2")), (mn("3"), mn("4"))) + mo(")"),
     r"\left( \begin{matrix}1&2\\3&4\end{matrix}\right)"),
    (f"<mfenced open='[' separators=';'>{mn('0')}{mn('1')}</mfenced>", r"\left[ 0;1\right)"),
    (row(mo("("), HALF, mo(")")), r"\left( \frac{1}{2}\right)"),
    (mo("(") + mi("a") + mo(")") + mo("(") + mi("b") + mo(")"), "(a)(b)"),
    (mo("|") + mi("x") + mo("|"), r"\left| x\right|"),
    (mi("x") + mo("∈") + "<mi mathvariant='double-struck'>R</mi><mtext>&nbsp;nếu {x}</mtext>",
     r"x\in \mathbb{R}\text{ nếu x }"),
    (f"<menclose notation='top'>{mi('ab')}</menclose>", r"\overline{ab}"),
    (f"<semantics>{row(mi('x'))}<annotation encoding='StarMath 5.0'>x over y</annotation></semantics>", "x"),
    (f"<mstyle><neverheardof>{mi('x')}</neverheardof><mspace width='1em'/><mphantom>y</mphantom></mstyle>", "x"),
]  # fmt: skip


@pytest.mark.parametrize(("inside", "latex"), SHAPES)
def test_each_shape_is_read_and_can_be_shown(inside: str, latex: str) -> None:
    said = read(f"<p>Tính {math(inside)} nhé</p>")
    assert said == f"Tính \\({latex}\\) nhé"
    assert formula_faults(said) == ()
    assert "<code>" not in rich(said)


def test_the_prefix_of_word_and_mathml_as_plain_text_are_read() -> None:
    word = math(mi("x")).replace("</", "</mml:").replace("<m", "<mml:m")
    assert read(f"<p>{word}</p>") == "\\(x\\)"
    lines = clipping.of_text(f"Câu 1. Giải 2 < 3,\n{word}\n<math>\n <mi>y</mi>\n</math> nhé <math>")
    assert [line.text for line in lines] == ["Câu 1. Giải 2 < 3,", "\\(x\\)", "\\(y\\) nhé <math>"]


def test_what_a_page_says_once_more_beside_its_formula_is_left_out() -> None:
    katex = (
        f"<span class=katex-mathml>{math(mi('x'))}</span><span class=katex-html aria-hidden=true>x<img src=a></span>"
    )
    hidden = f"<span style='display:none'>{math(mi('y'))}</span>"
    assert read(f"<p>Tìm {katex}{hidden}.</p>") == "Tìm \\(x\\)."


def test_a_formula_that_is_never_closed_ends_with_its_paragraph() -> None:
    assert read("<p>a <math><mi>x<p>Câu 2. b</p>") == "a \\(x\\)\nCâu 2. b"
    assert read("<p>a <math><mi>x</p><p>b</p>") == "a \\(x\\)\nb"


def test_what_no_lesson_holds_is_said_to_be_left_out() -> None:
    assert read(math(mi("x" * LONGEST))) == f"\\({'x' * LONGEST}\\)"
    assert read(math(mi("x" * (LONGEST + 1)))) == UNREAD
    assert read(math(mi("x") * (MOST_NODES + 1))) == UNREAD
    assert read(math("<msqrt>" * 1_000 + "x")).startswith("\\(\\sqrt{")
    assert read(math(mi("x")) * (MOST_FORMULAS + 1)) == "\\(x\\)" * MOST_FORMULAS + UNREAD
    assert read(f"a{math('')}b") == "ab"


@given(st.text(max_size=60))
def test_no_text_leaves_the_formula(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    for tag in ("mi", "mo", "mtext", "neverheardof"):
        said = read(math(f"<{tag}>{escaped}</{tag}>"))
        assert said.count("\\)") <= 1
        rich(said)


PIECES = [
    "<mrow>", "</mrow>", "<mfrac>", "<msubsup>", "<munderover>", "<mmultiscripts>", "<mprescripts/>", "<mtable>",
    "<mtr>", "<mtd>", "<mo>{</mo>", "<mo>|</mo>", "<mfenced>", "</math>", "<math>", "<p>", "x", "\\", "<!--",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=30))
def test_any_heap_of_elements_is_read(parts: list[str]) -> None:
    rich(read("<math>" + "".join(parts)))
