"""The reference says what the code does: its tables are made from it, its words are held to it."""

from enum import Enum

import pytest

from live_session.errors import Close, Code
from live_session.model import Outcome
from live_session.protocol import SIGNALS, STEERING, FrameDown, FrameUp
from lti_tool.config import Settings
from tests.docs.tables import DOCS, MADE, split


@pytest.mark.parametrize("name", MADE)
def test_a_table_is_what_the_code_says(name: str) -> None:
    page, make = MADE[name]
    _, stands, _ = split(name)
    assert stands == f"{make()}\n", f"docs/{page} is not what the code says: run make docs, and read the page again"


def test_every_setting_is_in_the_table() -> None:
    made = MADE["settings"][1]()
    assert made.count("\n") == 1 + len(Settings.__dataclass_fields__)
    assert all(f"`GIOTAY_{name.upper()}`" in made for name in Settings.__dataclass_fields__)


FRAMES = [frame.__struct_config__.tag for union in (FrameUp, FrameDown) for frame in union.__args__]


@pytest.mark.parametrize("word", [*FRAMES, *STEERING, *SIGNALS, *Code, *Outcome, *Close], ids=str)
def test_the_protocols_page_knows_every_word(word: str | Enum) -> None:
    said = str(word.value if isinstance(word, Enum) else word)
    assert f"`{said}`" in (DOCS / "reference" / "live-v1.md").read_text(encoding="utf-8")
