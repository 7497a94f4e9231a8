"""Cards in photographs: read right, or not at all, never as another pupil's."""

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from lti_tool.errors import Fault
from lti_tool.lessons import markers
from lti_tool.lessons.markers import Sighting
from tests.lti_tool.lessons.photographs import photograph
from tests.lti_tool.school import picture

LEAST_RIGHT = 0.98
PHOTOGRAPHS = 6


def right(seen: Sequence[Sighting], truth: Mapping[int, str]) -> int:
    """How many were read right; nobody's card may be read as another one, and no letter wrong."""
    assert {s.number for s in seen} <= truth.keys()
    assert [s for s in seen if s.letter not in (None, truth[s.number])] == []
    return sum(s.letter is not None for s in seen)


def read_all(seeds: range) -> float:
    photographs = [photograph(seed) for seed in seeds]
    read = sum(right(markers.read(one.jpeg), one.truth) for one in photographs)
    return read / sum(len(one.truth) for one in photographs)


def test_a_class_is_read_from_a_photograph() -> None:
    assert read_all(range(PHOTOGRAPHS)) >= LEAST_RIGHT


@pytest.mark.slow
def test_a_hundred_classes_are_read() -> None:
    assert read_all(range(100, 200)) >= LEAST_RIGHT


def test_a_room_without_cards_shows_none() -> None:
    chance = np.random.default_rng(7)
    noise = Image.fromarray(chance.integers(0, 255, (600, 800)).astype(np.uint8))
    assert markers.find(noise) == []


def test_cards_differ_in_many_cells_however_they_are_turned() -> None:
    """Seven cells: three may be hidden or misread and the card is still its own or nobody's."""
    drawn = {n: np.array(markers.cells(n)) for n in markers.NUMBERS}
    turns = {n: [np.rot90(cells, k) for k in range(4)] for n, cells in drawn.items()}
    assert min((drawn[a] != turn).sum() for a, b in combinations(drawn, 2) for turn in turns[b]) >= 7
    assert all(cells[0].all() and cells[:, 0].all() for cells in drawn.values())  # a black edge


@given(st.floats(0, 360), st.floats(10, 400), st.floats(-50, 50))
def test_the_side_that_is_up_is_the_letter(turned: float, size: float, moved: float) -> None:
    """Clearly one side: its letter; between two: none. Size and place say nothing."""
    angles = np.radians(turned + np.array([-135, -45, 45, 135]))
    corners = [(moved + size * np.cos(a), moved + size * np.sin(a)) for a in angles]
    sides, off = divmod(round(turned + 45, 6) % 360, 90)
    letter = markers.letter_of(corners)
    if abs(off - 45) < markers.MOST_TILT - 1e-3:
        assert letter == "ADCB"[int(sides)]
    elif abs(off - 45) > markers.MOST_TILT + 1e-3:
        assert letter is None


def test_a_number_in_two_places_with_two_letters_has_none() -> None:
    card = Image.fromarray(np.where(np.array(markers.cells(5)), 0, 255).astype(np.uint8)).resize((140, 140), 0)
    paper = Image.new("L", (600, 300), 255)
    paper.paste(card, (60, 60))
    assert markers.find(paper) == [Sighting(5, "A")]
    paper.paste(card.rotate(90), (360, 60))
    assert markers.find(paper) == [Sighting(5, None)]


@pytest.mark.parametrize("data", [b"", b"\xff\xd8\xff", picture()[:50]])
def test_what_is_no_picture_is_said_so(data: bytes) -> None:
    with pytest.raises(Fault, match="picture_unreadable"):
        markers.read(data)
