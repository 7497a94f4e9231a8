"""The example of docs/how-to/new-activity.md is the sample package, file by file; lti_tool/test_plugin.py plays it."""

import re
from pathlib import Path

from tests.docs.tables import DOCS

PACKAGE = Path(__file__).parents[1] / "plugin" / "giotay-guess"
FILES = [file for file in sorted(PACKAGE.rglob("*")) if file.is_file() and "__pycache__" not in file.parts]
PAGE = (DOCS / "how-to" / "new-activity.md").read_text("utf-8")
BLOCKS = dict(re.findall(r"^`(\S+)`\n\n```\w+\n(.*?)```", PAGE, re.MULTILINE | re.DOTALL))
MOST_LINES = 100


def test_the_page_shows_the_package_file_by_file() -> None:
    written = {file.relative_to(PACKAGE).as_posix(): file.read_text("utf-8") for file in FILES if file.stat().st_size}
    assert written == BLOCKS


def test_it_is_short() -> None:
    lines = [line for file in FILES for line in file.read_text("utf-8").splitlines() if line.strip()]
    assert 0 < len(lines) < MOST_LINES
