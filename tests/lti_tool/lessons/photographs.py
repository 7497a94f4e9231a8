"""Photographs of a class that holds up its cards, made by computer: the truth is known.

Forty cards in five rows, each turned, tilted and seen in perspective; some partly hidden by a thumb; uneven light, a
bright window, blur of the lens and of a moving hand, noise, JPEG. From a seed.
"""

from collections.abc import Mapping
from math import cos, radians, sin
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from lti_tool.lessons import markers

WIDTH, HEIGHT = 1_920, 1_080
ROWS, COLUMNS = 5, 8
SMALLEST, LARGEST = 40, 120
"""Side of a card in pixels, in the last row and in the first; a marker is seven ninths of it."""
CELL = 16
INK, PAPER, SKIN = 28, 232, 165

Grey = NDArray[np.uint8]


class Photograph(NamedTuple):
    """`jpeg`, and which letter each number holds up."""

    jpeg: bytes
    truth: Mapping[int, str]


def photograph(seed: int, smallest: int = SMALLEST, held: Mapping[int, str] | None = None) -> Photograph:
    """One photograph of a class; `held` says which cards are held up and how, else chance does."""
    chance = np.random.default_rng(seed)
    scene = _room(chance)
    numbers = chance.choice(list(held or range(1, 100)), ROWS * COLUMNS, replace=False)
    truth = {}
    for place, number in enumerate(int(n) for n in numbers):
        row, column = divmod(place, COLUMNS)
        side = smallest + (LARGEST - smallest) * (row / (ROWS - 1)) ** 1.5
        x = (column + 0.5 + chance.uniform(-0.15, 0.15)) * WIDTH / COLUMNS
        y = HEIGHT * (0.16 + 0.72 * (row / (ROWS - 1)) ** 1.2) + chance.uniform(-12, 12)
        truth[number] = held[number] if held else markers.LETTERS[chance.integers(4)]
        _hold_up(scene, chance, number, truth[number], (x, y, side))
    seen = _seen(scene, chance)
    return Photograph(cv2.imencode(".jpg", seen, [cv2.IMWRITE_JPEG_QUALITY, 82])[1].tobytes(), truth)


def _room(chance: np.random.Generator) -> NDArray[np.float32]:
    """Walls, desks, shirts and books: edges and corners that are no cards."""
    coarse = chance.uniform(70, 190, (9, 16)).astype(np.float32)
    scene = cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    for _ in range(220):
        x, y = int(chance.integers(WIDTH)), int(chance.integers(HEIGHT))
        w, h = int(chance.integers(8, 160)), int(chance.integers(8, 110))
        shade = float(chance.uniform(20, 240))
        if chance.random() < 0.5:
            cv2.rectangle(scene, (x, y), (x + w, y + h), shade, int(chance.choice([-1, 2, 4])))
        else:
            cv2.ellipse(scene, (x, y), (w // 2, h // 2), float(chance.uniform(0, 180)), 0, 360, shade, -1)
    return scene


def _hold_up(
    scene: NDArray[np.float32], chance: np.random.Generator, number: int, letter: str, at: tuple[float, float, float]
) -> None:
    card = _card(number)
    if chance.random() < 0.5:
        _thumb(card, chance, markers.LETTERS.index(letter))
    corners = _corners(chance, markers.LETTERS.index(letter), *at)
    wide = card.shape[0]
    flat = np.array([[0, 0], [wide, 0], [wide, wide], [0, wide]], np.float32)
    size = max(8, int(at[2] * 1.6))
    card, flat = cv2.resize(card, (size, size), interpolation=cv2.INTER_AREA), flat * (size / wide)
    left, top = np.maximum(np.floor(corners.min(axis=0)).astype(int) - 1, 0)
    right, low = np.ceil(corners.max(axis=0)).astype(int) + 2
    part = scene[top:low, left:right]
    turn = cv2.getPerspectiveTransform(flat, corners - np.array([left, top], np.float32))
    inside = cv2.warpPerspective(np.ones_like(card), turn, part.shape[::-1])
    part *= 1 - inside
    part += cv2.warpPerspective(card, turn, part.shape[::-1], borderMode=cv2.BORDER_REPLICATE) * inside


def _card(number: int) -> NDArray[np.float32]:
    """As it is printed: a cell of white around the marker, a letter at each side."""
    grid = np.full((9, 9), PAPER, np.uint8)
    grid[1:8, 1:8] = np.where(np.array(markers.cells(number)), INK, PAPER)
    card = np.kron(grid, np.ones((CELL, CELL), np.uint8))
    for letter in markers.LETTERS:
        cv2.putText(card, letter, (int(4.3 * CELL), int(0.8 * CELL)), cv2.FONT_HERSHEY_SIMPLEX, 0.4, INK, 1)
        card = np.ascontiguousarray(np.rot90(card))
    return card.astype(np.float32)


def _thumb(card: NDArray[np.float32], chance: np.random.Generator, up: int) -> None:
    """A thumb over the lower edge, sometimes a little over the black."""
    reach = chance.uniform(0.5, 1.4) * CELL
    turned = np.ascontiguousarray(np.rot90(card, up))
    place = (int(chance.uniform(2, 7) * CELL), 9 * CELL)
    cv2.ellipse(turned, place, (int(0.9 * CELL), int(reach)), 0, 0, 360, SKIN, -1)
    card[:] = np.rot90(turned, -up)


def _corners(chance: np.random.Generator, up: int, x: float, y: float, side: float) -> NDArray[np.float32]:
    """Where the four corners are seen: turned so that this side is up, tilted by yaw and pitch, at an arm's length."""
    roll = radians(-90 * up + float(np.clip(chance.normal(0, 7), -20, 20)))
    yaw, pitch = radians(chance.uniform(-35, 35)), radians(chance.uniform(-25, 25))
    far = 9.0
    found = []
    for across, down in ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)):
        u, v = across * cos(roll) - down * sin(roll), across * sin(roll) + down * cos(roll)
        depth = far + u * sin(yaw) + v * sin(pitch)
        found.append((x + side * u * cos(yaw) * far / depth, y + side * v * cos(pitch) * far / depth))
    return np.array(found, np.float32)


def _seen(scene: NDArray[np.float32], chance: np.random.Generator) -> Any:
    """Through a phone's camera, in a room with windows on one side."""
    across = np.linspace(*chance.permutation([0.4, 1.08]), WIDTH)[None, :]
    down = np.linspace(chance.uniform(0.75, 1), 1, HEIGHT)[:, None]
    light = (across * down).astype(np.float32)
    window = np.zeros_like(light)
    cv2.ellipse(window, (int(chance.integers(WIDTH)), 90), (260, 180), 0, 0, 360, 1.0, -1)
    lit = scene * light + 40 * cv2.GaussianBlur(window, (0, 0), 60)
    blurred = cv2.GaussianBlur(lit, (0, 0), chance.uniform(0.6, 1.3))
    if chance.random() < 0.5:
        moved = np.zeros((3, 3), np.float32)
        moved[1] = 1 / 3
        blurred = cv2.filter2D(blurred, -1, moved)
    noisy = blurred + chance.normal(0, chance.uniform(3, 8), scene.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8)
