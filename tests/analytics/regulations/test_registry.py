"""Regulations are found through entry points; the year and the grade say which one governs."""

from collections.abc import Iterator
from importlib.metadata import EntryPoint
from typing import Any

import pytest

from analytics import regulations
from analytics.regulations import GROUP, editions, governing, regulation_of
from analytics.regulations.circular_22_2021 import Circular22
from analytics.regulations.port import Scope
from tests.analytics.regulations.invented import Invented

OURS = EntryPoint("circular_22_2021", "analytics.regulations.circular_22_2021:edition", GROUP)
THEIRS = EntryPoint("invented", "tests.analytics.regulations.invented:edition", GROUP)


@pytest.fixture
def both(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An installation with one regulation more."""

    def entry_points(**asked: Any) -> list[EntryPoint]:
        assert asked == {"group": GROUP}
        return [THEIRS, OURS]

    monkeypatch.setattr(regulations, "entry_points", entry_points)
    editions.cache_clear()
    yield
    editions.cache_clear()


def test_the_circular_is_installed_under_its_own_key() -> None:
    found = regulation_of("circular_22_2021", "2026-2027")
    assert found == Circular22(2026)
    assert found
    assert found.key == "circular_22_2021"


def test_a_regulation_before_its_time_and_one_that_is_not_there() -> None:
    assert regulation_of("circular_22_2021", "2019-2020") is None
    with pytest.raises(KeyError):
        regulation_of("circular_99_2099", "2026-2027")
    with pytest.raises(ValueError, match="school year"):
        regulation_of("circular_22_2021", "this year")


def test_a_class_has_the_regulation_of_its_year_and_grade() -> None:
    assert governing("2026-2027", 9) == Circular22(2026)
    assert governing("2026-2027", 5) == Scope("circular_27_2020_not_supported")
    assert governing("2022-2023", 9) == Scope("circular_58_2011_not_supported")
    assert governing("2019-2020", 9) == Scope("no_regulation")


@pytest.mark.usefixtures("both")
def test_another_regulation_comes_in_by_the_same_door() -> None:
    assert list(editions()) == ["circular_22_2021", "invented"]
    assert isinstance(governing("2026-2027", 4), Invented), "what ours refuses, theirs governs"
    assert governing("2026-2027", 9) == Circular22(2026)
    assert governing("2022-2023", 4) == Scope("circular_27_2020_not_supported"), "theirs had not begun"
    assert governing("2026-2027", 2) == Scope("circular_27_2020_not_supported")
