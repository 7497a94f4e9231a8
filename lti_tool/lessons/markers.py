"""Paper cards as pictures: a marker for each number, drawn for print and found in a photograph.

The one module that knows OpenCV, an extra of the installation. Its ArUco markers of 5×5 cells: any two of the hundred
differ in at least seven cells, however they are turned, so that a damaged one is not read rather than read as another.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.util import find_spec
from math import atan2, degrees
from typing import Any, NamedTuple

from PIL import Image, ImageOps

from lti_tool.lessons import pictures

LETTERS = "ABCD"
NUMBERS = range(1, 100)
CELLS = 7
"""Cells on a side of a marker, its black edge included."""
LONGEST_SIDE = 2_560
"""Longest side in pixels of what is searched: cards at the back of a room are small, and time grows with the area."""
MOST_TILT = 35.0
"""A card is held by one side; turned further from it than so many degrees, its letter is not certain."""


class Sighting(NamedTuple):
    """A card in a photograph. `letter` is the side that was held up; None where the card was held too far from any."""

    number: int
    letter: str | None


def is_there() -> bool:
    """The extra is installed."""
    return find_spec("cv2") is not None


def cells(number: int) -> Sequence[Sequence[bool]]:
    """The marker of a number as rows of cells, True is black; A is its upper side, then B, C, D clockwise."""
    vision, detector = _tools()
    drawn = vision.aruco.generateImageMarker(detector.getDictionary(), number, CELLS)
    return [[not cell for cell in row] for row in drawn.tolist()]


def read(data: bytes) -> Sequence[Sighting]:
    """The cards in a photograph (JPEG, PNG, WebP), each number once. Raises `Fault` for what is no picture."""
    with pictures.opened(data) as picture:
        return find(_grey(picture))


def _grey(picture: Image.Image) -> Image.Image:
    picture.draft("L", (LONGEST_SIDE, LONGEST_SIDE))
    grey = ImageOps.exif_transpose(picture).convert("L")
    grey.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return grey


def find(grey: Image.Image) -> Sequence[Sighting]:
    """The cards in a grey picture. A number that is seen twice with two letters has none."""
    import numpy  # noqa: PLC0415 - comes with OpenCV

    _, detector = _tools()
    corners, numbers, _ = detector.detectMarkers(numpy.asarray(grey))
    if numbers is None:
        return []
    found = {(int(n), letter_of(quad.reshape(4, 2).tolist())) for n, quad in zip(numbers.ravel(), corners, strict=True)}
    times = Counter(number for number, _ in found)
    kept = {Sighting(number, letter if times[number] == 1 else None) for number, letter in found}
    return sorted((one for one in kept if one.number in NUMBERS), key=lambda one: one.number)


def letter_of(corners: Sequence[Sequence[float]]) -> str | None:
    """The letter of the side that is up. `corners`: (x, y), y downwards, from the marker's own upper left clockwise."""
    middle = _middle(corners)
    for letter, side in zip(LETTERS, zip(corners, [*corners[1:], corners[0]], strict=True), strict=True):
        x, y = _middle(side)
        if abs(degrees(atan2(x - middle[0], middle[1] - y))) <= MOST_TILT:
            return letter
    return None


def _middle(points: Iterable[Sequence[float]]) -> tuple[float, float]:
    xs, ys = zip(*points, strict=True)
    return sum(xs) / len(xs), sum(ys) / len(ys)


@cache
def _tools() -> tuple[Any, Any]:
    """OpenCV, on one thread (a server has other requests), and the detector. Loaded with the first photograph."""
    import cv2  # noqa: PLC0415

    cv2.setNumThreads(1)
    found = cv2.aruco.DetectorParameters()
    found.minMarkerPerimeterRate = 0.02  # of the longest side: a marker of 13 pixels in 2560
    dictionary = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_5X5_100)
    return cv2, cv2.aruco.ArucoDetector(dictionary, found)
