"""Formulas of pages set by MathJax, as Chromium's clipboard holds them: what is for readers aloud stays on the page."""

import pytest

from lti_tool.lessons.clipping import UNREAD, of_html


def c(code: str) -> str:
    return f"<mjx-c class='mjx-c{code} TEX-I'></mjx-c>"


def mi(code: str) -> str:
    return f"<mjx-mi class='mjx-i'>{c(code)}</mjx-mi>"


def mn(digit: str) -> str:
    return f"<mjx-mn class='mjx-n' size='s'>{c(f'{ord(digit):X}')}</mjx-mn>"


def mo(code: str) -> str:
    return f"<mjx-mo class='mjx-n'>{c(code)}</mjx-mo>"


X, N, K, AB = mi("1D465"), mi("1D45B"), mi("1D458"), f"<mjx-mrow>{mi('1D434')}{mi('1D435')}</mjx-mrow>"
FROM_ONE = f"<mjx-TeXAtom size='s' texclass='ORD'>{N}{mo('3D')}{mn('1')}</mjx-TeXAtom>"
SURD = f"<mjx-surd>{mo('221A')}</mjx-surd>"
ARROW = (
    "<mjx-mo class='mjx-n'><mjx-stretchy-h class='mjx-c2192'><mjx-ext><mjx-c></mjx-c></mjx-ext><mjx-end><mjx-c></mjx-c>"
    "</mjx-end></mjx-stretchy-h></mjx-mo>"
)
SUM_BELOW = (
    f"<mjx-box><mjx-munder><mjx-row><mjx-base>{mo('2211')}</mjx-base></mjx-row><mjx-row><mjx-under>{FROM_ONE}</mjx-under>"
    "</mjx-row></mjx-munder></mjx-box>"
)
BELOW_X = (
    f"<mjx-dbox><mjx-dtable><mjx-line></mjx-line><mjx-row><mjx-den><mjx-dstrut></mjx-dstrut>{X}</mjx-den></mjx-row>"
    "</mjx-dtable></mjx-dbox>"
)


def of(name: str, *inside: str) -> str:
    return f"<mjx-{name}>{''.join(inside)}</mjx-{name}>"


SHAPES: dict[str, tuple[str, str]] = {
    "a power": (of("msup", X, of("script", mn("2"))), "x^{2}"),
    "a fraction": (of("mfrac", of("frac", of("num", of("nstrut"), mn("1")), BELOW_X)), "\\frac{1}{x}"),
    "a root": (of("msqrt", of("sqrt", SURD, of("box", X))), "\\sqrt{x}"),
    "a degree, drawn first": (of("mroot", of("root", mn("3")), of("sqrt", SURD, of("box", X))), "\\sqrt[3]{x}"),
    "below, drawn last": (of("msubsup", X, of("script", mn("2"), of("spacer"), mn("1"))), "x_{1}^{2}"),
    "a sum in a line": (
        of("munderover", mo("2211"), of("script", K, of("spacer"), FROM_ONE)) + N, "\\sum_{n=1}^{k}n"
    ),
    "a sum in the middle": (of("munderover", of("over", K), SUM_BELOW) + N, "\\sum_{n=1}^{k}n"),
    "an arrow that grows": (of("mover", of("over", ARROW), of("base", AB)), "\\overrightarrow{AB}"),
    "a line above": (of("mover", of("over", mo("2013")), of("base", X)), "\\overline{x}"),
    "words": (of("mtext", c("6E"), of("utext", "ế"), c("75"), c("A0")) + X, "\\text{nếu }x"),
}  # fmt: skip


def container(inside: str) -> str:
    return (
        f"<mjx-container class='MathJax' jax='CHTML'><mjx-math aria-hidden='true'>{inside}</mjx-math></mjx-container>"
    )


@pytest.mark.parametrize(("inside", "latex"), SHAPES.values(), ids=SHAPES.keys())
def test_what_is_drawn_is_read_as_it_was_written(inside: str, latex: str) -> None:
    (line,) = of_html(f"<p>Tính {container(inside)} nhé</p>")
    assert line.text == f"Tính \\({latex}\\) nhé"


def test_what_is_for_readers_aloud_is_read_once_where_a_clipboard_has_it() -> None:
    aloud = "<mjx-assistive-mml unselectable='on'><math><mi>x</mi></math></mjx-assistive-mml>"
    (line,) = of_html(f"<p>Tính {container(X).replace('</mjx-container>', aloud + '</mjx-container>')} nhé</p>")
    assert line.text == "Tính \\(x\\) nhé"


def test_a_formula_that_is_a_picture_is_said_to_be_missing() -> None:
    drawn = "<mjx-container jax='SVG'><svg><g data-mml-node='mi'><path d='M0 0'/></g></svg></mjx-container>"
    assert [line.text for line in of_html(f"<p>Tính {drawn} nhé</p>")] == [f"Tính {UNREAD} nhé"]


def test_broken_and_endless_formulas_are_no_trouble() -> None:
    broken, after = of_html(f"<p>a <mjx-container><mjx-msup>{X}</p><p>b</p>")
    assert (broken.text, after.text) == ("a \\(x\\)", "b")
    (deep,) = of_html(f"<p>{container('<mjx-mrow>' * 50_000 + X)}</p>")
    (long,) = of_html(f"<p>{container(X * 50_000)}</p>")
    assert {deep.text, long.text} <= {UNREAD, "\\(x\\)"}
    (odd,) = of_html(f"<p>{container(c('D800') + c('FFFFF') + c('110000'))}.</p>")
    assert odd.text
