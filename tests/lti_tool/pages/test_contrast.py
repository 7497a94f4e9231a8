"""High contrast, computed from the style sheets: 7 to 1 (WCAG AAA) for every text, in light and in dark."""

import re
from pathlib import Path

import pytest

CSS = Path(__file__).parents[3] / "lti_tool/static/css"
TOKEN = re.compile(r"--([a-z0-9-]+):([^;}]*)")
SIDES = re.compile(r"var\(--l,([^)]*)\)\s*var\(--n,([^)]*)\)")
THEMES = ("light", "dark")
AAA = 7.0

TEXTS = {
    "paper": ("ink", "ink2", "ink3", "board", "board-press", "ok", "warn", "bad", "info"),
    "surface": ("ink", "ink2", "ink3", "board", "ok", "warn", "bad", "info"),
    "sunken": ("ink", "ink2", "ink3"),
    "board": ("on-board",),
    "board-press": ("on-board",),
    "board-tint": ("ink", "ink2", "board"),
    "ok-tint": ("ok", "ink"),
    "warn-tint": ("warn", "ink"),
    "bad-tint": ("bad", "ink"),
    "info-tint": ("info", "ink"),
    "ink": ("on-ink", "ink-link"),
    **{letter: (f"{letter}-ink",) for letter in "abcd"},
}
"""What is written on what."""


def tokens(theme: str) -> dict[str, str]:
    """The tokens of a page in high contrast: those of the base, and over them those of the sheet."""
    found: dict[str, str] = {}
    for file in ("base.css", "contrast.css"):
        root = re.search(r"^:root\{(.*?)\}", (CSS / file).read_text("utf-8"), re.MULTILINE | re.DOTALL)
        assert root
        found |= dict(TOKEN.findall(root[1]))
    side = THEMES.index(theme) + 1
    return {name: SIDES.sub(lambda two: two[side], value).strip() for name, value in found.items()}


def colour(name: str, of: dict[str, str]) -> str:
    value = of[name]
    while (other := re.fullmatch(r"var\(--([a-z0-9-]+)\)", value)) is not None:
        value = of[other[1]]
    return value


def luminance(hexes: str) -> float:
    """Relative luminance (WCAG 2.2) of `#rgb` or `#rrggbb`."""
    digits = hexes.lstrip("#")
    digits = "".join(2 * one for one in digits) if len(digits) == 3 else digits
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ratio(one: str, other: str) -> float:
    """Contrast of two colours (WCAG 2.2), 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_the_measure_itself() -> None:
    assert ratio("#000", "#ffffff") == 21
    assert ratio("#777777", "#fff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", THEMES)
def test_every_text_in_high_contrast_is_aaa(theme: str) -> None:
    of = tokens(theme)
    low = {
        f"{text} on {ground}": round(found, 2)
        for ground, texts in TEXTS.items()
        for text in texts
        if (found := ratio(colour(text, of), colour(ground, of))) < AAA
    }
    assert not low


@pytest.mark.parametrize("theme", THEMES)
def test_surfaces_are_pure_and_have_borders(theme: str) -> None:
    of = tokens(theme)
    ground, ink = ("#fff", "#000") if theme == "light" else ("#000", "#fff")
    assert {colour(name, of) for name in ("paper", "surface", "sunken")} == {ground}
    assert {colour(name, of) for name in ("line", "edge", "ink", "ink2", "ink3")} == {ink}


@pytest.mark.parametrize("theme", THEMES)
def test_the_fill_of_a_shape_or_its_rim_stands_out(theme: str) -> None:
    """B and D may be light: then their rim is the ink's."""
    of = tokens(theme)
    rims = {"b": "b-rim", "d": "ink"}
    for letter in "abcd":
        assert ratio(colour(rims.get(letter, letter), of), colour("paper", of)) >= AAA


def test_the_measure_finds_what_the_plain_looks_do_not_reach() -> None:
    base = (CSS / "base.css").read_text("utf-8")
    plain = {name: SIDES.sub(r"\1", value) for name, value in TOKEN.findall(base)}
    assert ratio(colour("ink3", plain), colour("paper", plain)) < AAA
