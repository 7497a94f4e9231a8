"""A command that a page writes out is one that there is, with the options it is given."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from lti_tool.cli import main as giotay
from tests.docs.tables import DOCS, ROOT

PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


def lines(page: Path) -> Iterator[str]:
    """The lines of a page's blocks, one that goes on in the next as one."""
    for block in re.findall(r"^ *```\n(.*?)^ *```$", page.read_text("utf-8"), re.MULTILINE | re.DOTALL):
        yield from (line.strip() for line in re.sub(r"\\\n", " ", block).splitlines())


def unknown(line: str) -> str | None:
    """What of a line no command of ours knows."""
    words = re.sub(r"'[^']*'|\"[^\"]*\"", "x", line.partition(" #")[0]).split()
    if "make" in words and all("=" in word for word in words[: words.index("make")]):
        asked = words[words.index("make") + 1 :]
        targets = [w for n, w in enumerate(asked) if "=" not in w and w[0] not in "-/" and asked[n - 1] != "-C"]
        return next((w for w in targets if w not in TARGETS), None)
    if not words or not re.fullmatch(r"(\S*/)?giotay(-as-service)?", words[0]):
        return None
    return _unknown_to(giotay, words[1:])


def _unknown_to(command: click.Command, words: list[str]) -> str | None:
    """The first word that is no command where one must stand, or no option of the command."""
    if isinstance(command, click.Group):
        found = command.get_command(click.Context(command), words[0]) if words else None
        return _unknown_to(found, words[1:]) if found else " ".join(words[:1])
    known = {"--help", *(one for given in command.params for one in given.opts)}
    return next((word for word in words if word.startswith("--") and word not in known), None)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_command_written_out_is_there(page: Path) -> None:
    assert not [line for line in lines(page) if unknown(line)]


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("giotay lms invite", None),
        ("giotay-as-service grant add x homeroom --class 9A1", None),
        ("make -C /opt/giotay install", None),
        ("GIOTAY_WEB_PORT=1 make run LAN=1", None),
        ("giotay lms welcome", "welcome"),
        ("giotay erase x --now", "--now"),
        ("make everything", "everything"),
    ],
)
def test_what_is_not_there_is_found(line: str, what: str | None) -> None:
    assert unknown(line) == what
