"""Word's equations, as its clipboard carries them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.lessons.equations import LONGEST, latex_of
from lti_tool.text import formula_faults, rich


def r(text: str) -> str:
    """A run as Word writes it into HTML."""
    return f"<i><span lang=VI style='font-family:\"Cambria Math\",serif'><m:r>{text}</m:r></span></i>"


def pr(name: str, **values: str) -> str:
    """Properties, with those that only dress among them."""
    told = "".join(f'<m:{key} m:val="{value}"/>' for key, value in values.items())
    return f"<m:{name}Pr>{told}<span style='font-family:serif'><m:ctrlPr></m:ctrlPr></span></m:{name}Pr>"


def e(*inside: str, name: str = "e") -> str:
    return f"<m:{name}>{''.join(inside)}</m:{name}>"


def sup(base: str, raised: str) -> str:
    return f"<m:sSup>{pr('sSup')}{e(r(base))}{e(r(raised), name='sup')}</m:sSup>"


def omath(*inside: str) -> str:
    return f"[if gte msEquation 12]><m:oMath>{''.join(inside)}</m:oMath><![endif]"


FRACTION = f"<m:f>{pr('f')}{e(r('−b±'), name='num')}{e(r('2a'), name='den')}</m:f>"
SYSTEM = f"<m:eqArr>{pr('eqArr')}{e(r('x+y&amp;=1'))}{e(r('x−y&amp;=2'))}</m:eqArr>"
LIMIT = f"<m:limLow>{e(r('lim'))}{e(r('x→0'), name='lim')}</m:limLow>"

SHAPES = [
    (r("x≤π"), r"x\le \pi"),
    (sup("x", "2") + r("−5x+6=0"), r"x^{2}-5x+6=0"),
    (f"<m:sSub>{e(r('x'))}{e(r('1'), name='sub')}</m:sSub>", r"x_{1}"),
    (f"<m:sSubSup>{e(r('a'))}{e(r('n'), name='sub')}{e(r('2'), name='sup')}</m:sSubSup>", r"a_{n}^{2}"),
    (f"<m:sPre>{e(r('Z'), name='sub')}{e(r('A'), name='sup')}{e(r('X'))}</m:sPre>", r"{}_{Z}^{A}X"),
    (FRACTION, r"\frac{-b\pm}{2a}"),
    (FRACTION.replace("<m:fPr>", '<m:fPr><m:type m:val="lin"/>'), r"{-b\pm}/{2a}"),
    (f"<m:rad>{pr('rad', degHide='1')}{e(name='deg')}{e(r('Δ'))}</m:rad>", r"\sqrt{\Delta}"),
    (f"<m:rad>{pr('rad')}{e(r('3'), name='deg')}{e(r('8'))}</m:rad>", r"\sqrt[3]{8}"),
    (
        f"<m:nary>{pr('nary', chr='∑')}{e(r('k=1'), name='sub')}{e(r('n'), name='sup')}{e(r('k'))}</m:nary>",
        r"\sum_{k=1}^{n} k",
    ),
    (f"<m:nary>{pr('nary')}{e(r('0'), name='sub')}{e(r('1'), name='sup')}{e(r('xdx'))}</m:nary>", r"\int_{0}^{1} xdx"),
    (f"<m:d>{pr('d')}{e(r('x+1'))}</m:d>", r"\left( x+1\right)"),
    (f"<m:d>{pr('d', begChr='|', endChr='|')}{e(r('x'))}</m:d>", r"\left| x\right|"),
    (f"<m:d>{pr('d', begChr='[', sepChr=';', endChr=')')}{e(r('0'))}{e(r('1'))}</m:d>", r"\left[ 0;1\right)"),
    (f"<m:d>{pr('d', begChr='{', endChr='')}{e(SYSTEM)}</m:d>", r"\begin{cases}x+y=1\\x-y=2\end{cases}"),
    (
        f"<m:d>{pr('d', begChr='[', endChr='')}{e(SYSTEM)}</m:d>",
        r"\left[ \begin{array}{l}x+y=1\\x-y=2\end{array}\right.",
    ),
    (
        f"<m:m>{pr('m')}<m:mr>{e(r('a'))}{e(r('b'))}</m:mr><m:mr>{e(r('c'))}{e(r('d'))}</m:mr></m:m>",
        r"\begin{matrix}a&b\\c&d\end{matrix}",
    ),
    (f"<m:func>{pr('func')}{e(r('sin'), name='fName')}{e(r('x'))}</m:func>", r"\sin {x}"),
    (f"<m:func>{e(LIMIT, name='fName')}{e(FRACTION)}</m:func>", r"\lim_{x\to 0} {\frac{-b\pm}{2a}}"),
    (f"<m:limUpp>{e(r('='))}{e(r('t'), name='lim')}</m:limUpp>", r"\overset{t}{=}"),
    (f"<m:acc>{pr('acc', chr='⃗')}{e(r('AB'))}</m:acc>", r"\overrightarrow{AB}"),
    (f"<m:acc>{pr('acc')}{e(r('ABC'))}</m:acc>", r"\widehat{ABC}"),
    (f"<m:bar>{pr('bar', pos='top')}{e(r('ab'))}</m:bar>", r"\overline{ab}"),
    (f"<m:groupChr>{pr('groupChr')}{e(r('x+x'))}</m:groupChr>", r"\underbrace{x+x}"),
    (f"<m:groupChr>{pr('groupChr', chr='→', pos='top')}{e(r('t'))}</m:groupChr>", r"\overset{\to}{t}"),
    (f"<m:borderBox>{e(r('x=1'))}</m:borderBox>", "x=1"),
    (r("𝑥∈ℝ nếu x>0"), r"x\in \mathbb{R} \text{nếu} x>0"),
    ("<m:r><m:rPr><m:nor/></m:rPr>cm {x}</m:r>", r"\text{cm x }"),
    ("<m:neverHeardOf><m:e>x</m:e></m:neverHeardOf>", "x"),
]


@pytest.mark.parametrize(("inside", "latex"), SHAPES)
def test_each_shape_is_read_and_can_be_shown(inside: str, latex: str) -> None:
    assert latex_of(omath(inside)) == latex
    formula = f"\\({latex}\\)"
    assert formula_faults(formula) == ()
    assert "<code>" not in rich(formula)


def test_two_equations_in_one_comment_stand_beside_each_other() -> None:
    both = omath(r("x")) + omath(r("y"))
    assert latex_of(both) == "x y"


@pytest.mark.parametrize("comment", ["", "[if gte mso 9]><xml></xml><![endif]", omath(), omath(r("  ")), "<m:oMath>x"])
def test_where_there_is_no_equation_there_is_none(comment: str) -> None:
    assert latex_of(comment) is None


def test_what_no_lesson_holds_is_not_read() -> None:
    assert latex_of(omath(r("x" * LONGEST))) is not None
    assert latex_of(omath(r("x" * (LONGEST + 1)))) is None
    deep = "<m:sSup><m:e>" * 5_000 + "x"
    assert latex_of(omath(deep)) is not None


@given(st.text(max_size=60))
def test_no_text_leaves_the_formula(text: str) -> None:
    """Whatever stands in a run: no sign of it ends the formula, or begins a command."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    said = latex_of(omath(r(escaped)))
    assert said is None or "\\)" not in said
    rich(f"\\({said}\\)")


@given(
    st.lists(st.sampled_from(["<m:f>", "</m:f>", "<m:num>", "<m:e>", "</m:e>", "<m:d>", "<m:m>", "<m:mr>", "x", "\\"]))
)
def test_any_heap_of_elements_is_read(parts: list[str]) -> None:
    latex_of(omath("".join(parts)))
