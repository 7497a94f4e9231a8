"""`make bench`: how many cards are read right, and what a photograph of 1920 × 1080 costs on one core."""

import sys
import time
from statistics import median

from lti_tool.lessons import markers
from tests.lti_tool.lessons.photographs import photograph

PHOTOGRAPHS = 20
ASKED_MS = 150
RIGHT = 0.98


def main(count: int = PHOTOGRAPHS) -> None:
    """Print both."""
    markers.read(photograph(0).jpeg)  # OpenCV is loaded with the first
    shown = right = wrong = 0
    spent = []
    for one in map(photograph, range(count)):
        begun = time.process_time()
        seen = markers.read(one.jpeg)
        spent.append((time.process_time() - begun) * 1_000)
        shown += len(one.truth)
        right += sum(s.letter is not None and one.truth.get(s.number) == s.letter for s in seen)
        wrong += sum(s.number not in one.truth or s.letter not in (None, one.truth[s.number]) for s in seen)
    print(
        f"{shown} paper cards in {count} photographs: {right / shown:.1%} read right, {wrong} read wrong; "
        f"≥ {RIGHT:.0%} and 0 asked for: {'held' if right >= RIGHT * shown and not wrong else 'NOT held'}"
    )
    cost = median(spent)
    held = "held" if cost <= ASKED_MS else "NOT held"
    print(
        f"a photograph read in {cost:.0f} ms of CPU ({min(spent):.0f}-{max(spent):.0f}); ≤ {ASKED_MS} asked for: {held}"
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
