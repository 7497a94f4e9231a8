"""A teacher's text as HTML: formulas become MathML, and nothing else becomes anything."""

import unicodedata
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lti_tool import text
from lti_tool.text import ATTRIBUTES, LONGEST_FORMULA, TAGS, formula_faults, one_line, plain, rich, whole

WRAPPED = TAGS | {"br", "code"}


class Tags(HTMLParser):
    """What a browser would make of a text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.said = ""
        self.rest: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.said += data

    def handle_comment(self, data: str) -> None:
        self.rest.append(data)

    handle_decl = handle_pi = unknown_decl = handle_comment


def is_safe(html: str) -> None:
    page = Tags(html)
    assert page.rest == []
    for tag, attributes in page.tags:
        assert tag in WRAPPED, html
        assert set(attributes) <= ATTRIBUTES.get(tag, set()), html
        assert not any(
            "script" in (value or "") or ":" in (value or "") for name, value in attributes.items() if name != "xmlns"
        )


HOSTILE = (
    "<script>alert(1)</script>",
    r"\text{<script>alert(1)</script>}",
    r"\text{<img src=x onerror=alert(1)>}",
    r"\text{</math><script>alert(1)</script>}",
    r"\href{javascript:alert(1)}{x}",
    r"\href{https://evil.example}{x}",
    r"\style{background:url(https://evil.example)}{x}",
    r"\class{x}{y}",
    r"\unicode{x3c}script\unicode{x3e}",
    "x&lt;script&gt;",
    "<![CDATA[x]]><!-- x --><?x?>",
    r"\color{red;background:url(//evil)}x",
    r"\mathrm{<a href=javascript:alert(1)>x</a>}",
    "\"'><svg onload=alert(1)>",
)


@pytest.mark.parametrize("source", HOSTILE)
@pytest.mark.parametrize("frame", ["{}", r"\({}\)", r"\[{}\]", r"a\({}b", r"\(\({}\)\)"])
def test_no_text_becomes_a_script_a_link_or_a_style(source: str, frame: str) -> None:
    is_safe(rich(frame.replace("{}", source)))


pieces = st.sampled_from(
    [
        *HOSTILE,
        r"\(",
        r"\)",
        r"\[",
        r"\]",
        "\\",
        "{",
        "}",
        "<",
        ">",
        "&",
        '"',
        r"\frac",
        "^",
        "_",
        "\n",
        "x",
        "é",
        "∑",
        r"\begin{pmatrix}",
        r"\end{pmatrix}",
        r"\sqrt",
        r"\text{",
        r"\left(",
        r"\right",
        "$",
        "%",
        "#",
        "\0",
        "\u202e",
    ]
)


@given(st.lists(pieces | st.text(max_size=8), max_size=14).map("".join))
@example("\\(" * 40 + "x" + "\\)" * 40)
def test_whatever_is_typed_is_safe_and_raises_nothing(typed: str) -> None:
    is_safe(rich(typed))
    formula_faults(typed)
    plain(typed)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\\\r\0"), max_size=200))
def test_text_without_formulas_reads_as_it_was_typed(typed: str) -> None:
    page = Tags(str(rich(typed)).replace("<br>", "\n"))
    assert page.said == unicodedata.normalize("NFC", typed)
    assert page.tags == []


@pytest.mark.parametrize(
    ("source", "parts"),
    [
        (r"x^2", ["<msup><mi>x</mi><mn>2</mn></msup>"]),
        (r"\frac{a}{b}", ["<mfrac>", "<mi>a</mi>", "<mi>b</mi>"]),
        (r"\sqrt[3]{x}", ["<mroot>"]),
        (r"\widehat{ABC}=90^\circ", ["<mover"]),
        (r"\begin{cases}x=1\\y=2\end{cases}", ["<mtable", "<mtr>"]),
        (r"\text{nếu } x>0", ["nếu", "&gt;"]),
        (r"\overrightarrow{AB}", ["<mover"]),
    ],
)
def test_formulas_of_the_classroom_become_mathml(source: str, parts: list[str]) -> None:
    html = str(rich(f"Cho \\({source}\\)."))
    assert html.startswith("Cho <math")
    assert html.endswith("</math>.")
    assert [one for one in parts if one not in html] == []
    assert formula_faults(f"\\({source}\\) \\[{source}\\]") == ()


def test_a_formula_stands_in_its_line_or_in_one_of_its_own() -> None:
    assert 'display="inline"' in rich(r"\(x\)")
    assert 'display="block"' in rich(r"\[x\]")


def test_a_formula_that_cannot_be_read_is_named_wherever_it_stands() -> None:
    assert formula_faults(r"\(x\) \(\nosuch\) \[y\] \[\frac{1}{\]") == (r"\nosuch", r"\frac{1}{")


@pytest.mark.parametrize("typed", [r"\(x", r"x\)", r"\[x\)", r"\(x\]", r"\\(x\\)", r"\(\)"])
def test_a_formula_that_nobody_closed_is_shown_as_typed(typed: str) -> None:
    page = Tags(str(rich(typed)))
    assert [tag for tag, _ in page.tags if tag == "math"] == []
    assert page.said == typed


def test_one_that_nobody_closed_does_not_take_the_next() -> None:
    html = str(rich(r"a \(b c \(x^2\) d"))
    assert html.count("<math") == 1
    assert html.startswith(r"a \(b c <math")


def test_a_formula_that_cannot_be_read_is_shown_as_typed_and_named() -> None:
    typed = r"\(\frac{1}{\)"
    assert formula_faults(f"x {typed} y") == (r"\frac{1}{",)
    assert formula_faults(r"\(\khongco{x}\)") == (r"\khongco{x}",)
    assert "<code>" in rich(typed)


@pytest.mark.parametrize("unit", ["x+", "{", "^", r"\frac{", r"\sqrt{", r"\left(", r"\begin{matrix}"])
def test_a_huge_formula_is_not_even_tried(unit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "convert", lambda *_, **__: pytest.fail("it was tried"))
    typed = unit * (LONGEST_FORMULA // len(unit) + 1)
    assert formula_faults(f"\\({typed}\\)") == (typed,)
    is_safe(rich(f"\\({typed}\\)"))


def test_a_deep_formula_is_refused_and_takes_nobody_down() -> None:
    typed = r"\sqrt{" * 600 + "x" + "}" * 600
    is_safe(rich(f"\\({typed}\\)"))


# --- one line, a title ----------------------------------------------------------------------------------------------


@given(st.text(max_size=80), st.integers(1, 40))
def test_one_line_is_one_that_every_database_takes(typed: str, most: int) -> None:
    line = one_line(typed, most)
    assert len(line) <= most
    assert "\n" not in line
    assert not [c for c in line if unicodedata.category(c) in ("Cc", "Cs")]
    line.encode()


@given(st.text(max_size=200), st.integers(2, 60))
def test_a_title_is_short(typed: str, most: int) -> None:
    assert len(plain(typed, most)) <= most


def test_a_title_says_a_formula_in_its_letters() -> None:
    assert plain(r"Nghiệm của \(x^2=4\) là?") == "Nghiệm của x²=4 là?"
    assert plain(r"\(\sqrt{2}\), \(\frac{a+1}{b}\), \(\sqrt[3]{x-1}\), \(x_1^2\), \(2^{x+1}\)") == (
        "√2, (a+1)/b, ³√(x−1), x₁², 2^(x+1)"
    )
    assert plain(r"\[a_1 + b_{ij}\], \(\frac{x}{yz}\), \(\sqrt{+}\)") == "a₁+b_ij, x/yz, √+"
    assert (plain("một hai ba bốn", 9), plain("một hai ba", 10)) == ("một hai…", "một hai ba")


@pytest.mark.parametrize(("typed", "read"), [("0", 0), ("007", 7), ("9" * 18, 10**18 - 1)])
def test_a_whole_number_is_plain_digits(typed: str, read: int) -> None:
    assert whole(typed) == read


@pytest.mark.parametrize("typed", ["", " 1", "-1", "1.0", "²", "٣", "1" * 19, "1" * 5_000, "x"])
def test_anything_else_is_none(typed: str) -> None:
    assert whole(typed) is None
    assert whole("1234", 3) is None
