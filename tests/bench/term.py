"""`make bench`: what attendance says of a simulated term, held to its truth, and what computing a lesson costs."""

import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from analytics.refresh import compute
from live_session.commands import Open, Shut
from tests.analytics.teaching import end, facts_of, lesson, names, pass_minutes
from tests.live_session.build import Book, activity
from tests.term.measure import Tally
from tests.term.test_term import SEEDS, TERM, taught

PUPILS = 45
QUESTIONS = 8
TIMES = 15
ASKED_MS = 100
PRESENCE_RIGHT, MODE_RIGHT = 0.99, 0.97
"""What is asked for, as the tests hold it (tests/term/test_term.py)."""


def main(lessons: int = len(TERM), *seeds: int) -> None:
    """Print both; of several seeds what each says of presence, and all of them together."""
    all_, each = Tally(), []
    for seed in seeds or SEEDS:
        before = (all_.near, all_.present)
        with TemporaryDirectory() as folder:
            taught(Path(folder), range(lessons), seed, all_)
        each.append(f"{seed}: {(all_.near - before[0]) / (all_.present - before[1]):.1%}")
    print(f"simulated terms of {lessons} lessons; presence within a minute by seed: {', '.join(each)}")
    print("\n".join(f"  {line}" for line in all_.lines))
    presence, mode = said(all_.near / all_.present, PRESENCE_RIGHT), said(all_.right / all_.placed, MODE_RIGHT)
    print(f"  asked for: presence {presence}, mode {mode}")
    book = full_lesson()
    spent = sorted(_seconds(book) for _ in range(TIMES))
    low, high = spent[0] * 1_000, spent[-1] * 1_000
    cost = median(spent) * 1_000
    held = "held" if cost <= ASKED_MS else "NOT held"
    asked = f"≤ {ASKED_MS} asked for: {held}"
    print(f"one lesson of {PUPILS} pupils computed in {cost:.0f} ms of CPU ({low:.0f}-{high:.0f}); {asked}")


def said(share: float, least: float) -> str:
    """A share beside its bar."""
    return f"≥ {least:.0%}: {'held' if share >= least else 'NOT held'}"


def full_lesson() -> Book:
    """Everybody is there for 44 minutes and answers eight questions."""
    who = names(PUPILS)
    book = lesson(*(activity("single", f"q{n}") for n in range(QUESTIONS))).seat(*who)
    for n in range(QUESTIONS):
        book.do(Open(f"q{n}"))
        shown = book.clock()
        pass_minutes(book, 3, *who)
        for late, one in enumerate(who):
            book.answer(one, f"q{n}", "ABCC"[late % 4], composed_at=shown + 9_000 + 500 * late, shown_at=shown)
        book.do(Shut(f"q{n}"))
    return end(pass_minutes(book, 20, *who))


def _seconds(book: Book) -> float:
    begun = time.process_time()
    compute(facts_of(book))
    return time.process_time() - begun


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
