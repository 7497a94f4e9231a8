"""What a phone and the screen in the room load asks for nothing newer than the Chromium of autumn 2021 (96)."""

import re
from pathlib import Path

import pytest

STATIC = Path("lti_tool/static")
NEWER = {
    "structuredClone": 98,
    ".findLast": 97,
    "color-mix(": 111,
    ".toSorted(": 110,
    ".toReversed(": 110,
    ".toSpliced(": 110,
    "Object.groupBy": 117,
    "Promise.withResolvers": 119,
    "Array.fromAsync": 121,
    "@layer": 99,
    "@container": 105,
    "@scope": 118,
}
"""Name, and the Chromium that brought it. `:has` (105) is let be: what it sets is a matter of looks alone."""
IMPORTED = re.compile(r"""(?:from|import\()\s*["']\./(\w+\.js)["']""")


def loaded(*names: str) -> set[Path]:
    """These scripts and all that they bring, at once or later."""
    found: set[str] = set()
    left = list(names)
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += IMPORTED.findall((STATIC / "js" / name).read_text())
    return {STATIC / "js" / name for name in found}


STYLES = [
    STATIC / "css" / f"{name}.css" for name in ("base", "phone", "projector", "posts", "practice", "contrast", "math")
]
FILES = sorted([*loaded("phone.js", "projector.js"), *STYLES])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_five_year_old_browser_knows_it(path: Path) -> None:
    written = path.read_text()
    assert not [f"{name} needs Chromium {version}" for name, version in NEWER.items() if name in written]


@pytest.mark.parametrize("name", ["console", "desk", "editor", "paste", "phone", "preview", "projector"])
def test_where_questions_stand_formulas_are_laid_out_without_mathml_too(name: str) -> None:
    """`page.js` adds the style sheet; `tests/browser/test_formulas.py` looks at what it does."""
    assert STATIC / "js" / "page.js" in loaded(f"{name}.js")
