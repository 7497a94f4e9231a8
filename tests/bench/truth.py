"""`make bench`: how often what analysis says is so, each figure beside its bar.

Bands and flags are held to simulated classes whose truth is known; the regulation to the worked cases, our own and,
where `GIOTAY_TEST_SHARED` names a folder that holds them, the shared ones.

    python -m tests.bench.truth
"""

import os
from collections.abc import Callable
from itertools import product
from pathlib import Path
from statistics import fmean

from analytics.regulations.cases import judge, read
from tests.analytics import test_items, test_marks
from tests.analytics.mastery import test_model
from tests.analytics.regulations.test_cases import CIRCULAR, OURS, SHARED_VARIABLE

BAND = "asked for 77 to 83 %"


def bands(tell: Callable[[str], None]) -> None:
    """How often a band of 80 % holds the truth."""
    for gain, base in product((0.0, 0.1), test_model.DIFFICULTIES):
        held = test_model.held(gain, base)
        told = f"{len(held):,} bands of mastery (gain {gain}, base {base})"
        tell(f"{told} hold the truth in {fmean(held):.1%}; {BAND}")
    for questions, more in test_marks.CLASSES:
        inside, of = test_marks.held(questions, more)
        kind = ", ".join([f"{questions} questions", *(f"{name} {value}" for name, value in more.items())])
        tell(f"{of:,} bands of proposed marks ({kind}) hold the truth in {inside / of:.1%}; {BAND}")


def flags(tell: Callable[[str], None]) -> None:
    """What flags find of planted miskeys, and how often they are wrong about good items. The bar stands for n = 45."""
    for pupils in (30, 45, 90):
        one = test_items.planted(pupils)
        tell(
            f"Item flags at n = {pupils}: {one.found / one.planted:.1%} of {one.planted} planted miskeys found, "
            f"{one.suspected / one.good:.2%} of {one.good:,} good items suspected, {one.weak / one.good:.2%} called "
            f"weak; asked for at least 85 %, at most 1 %, 1 %{'' if pupils == 45 else ' (at n = 45)'}"
        )


def cases(tell: Callable[[str], None]) -> None:
    """The regulation's worked cases."""
    folder = os.environ.get(SHARED_VARIABLE)
    shared = [*Path(folder).rglob("circular_22_2021_cases.csv")] if folder else []
    for name, path in (("our own", OURS), *(("shared", one) for one in shared)):
        verdicts = [judge(CIRCULAR, case) for case in read(path.read_text(encoding="utf-8"))]
        wrong = sum(not verdict.agrees for verdict in verdicts)
        tell(f"Circular 22/2021, {name} cases: {len(verdicts) - wrong} of {len(verdicts)} agree; asked for all")
    if not shared:
        tell(f"The shared cases are not here ({SHARED_VARIABLE} names their folder).")


if __name__ == "__main__":
    for part in (cases, flags, bands):
        part(print)
