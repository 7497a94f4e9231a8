"""Files of answers: tab separated, with the columns user_id, item_id, correct, skill_id (others are passed over)."""

import gzip
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from analytics.mastery.model import Answer

COLUMNS = ("user_id", "item_id", "correct", "skill_id")


class BadAnswers(Exception):
    """A file that is no table of answers; says the line and what is wrong there."""


def read(path: Path) -> Mapping[str, Sequence[Answer]]:
    """Each pupil's answers in their order; `path` may be packed with gzip. Raises BadAnswers."""
    packed = path.suffix == ".gz"
    try:
        with gzip.open(path, "rt", encoding="utf-8") if packed else path.open(encoding="utf-8") as file:
            return _parse(file)
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise BadAnswers(f"{path}: cannot be read ({error})") from error
    except BadAnswers as error:
        raise BadAnswers(f"{path}: {error}") from error


def _parse(lines: Iterable[str]) -> Mapping[str, Sequence[Answer]]:
    found: dict[str, list[Answer]] = {}
    rows = enumerate((line.rstrip("\r\n").split("\t") for line in lines), start=1)
    _, head = next(rows, (0, [""]))
    if missing := [name for name in COLUMNS if name not in head]:
        raise BadAnswers(f"the first line must name the columns {', '.join(COLUMNS)}; missing: {', '.join(missing)}")
    user, item, correct, skill = (head.index(name) for name in COLUMNS)
    for number, cells in rows:
        if len(cells) != len(head):
            raise BadAnswers(f"line {number}: {len(cells)} cells where {len(head)} are due")
        if cells[correct] not in ("0", "1"):
            raise BadAnswers(f"line {number}: correct is {cells[correct]!r}, not 0 or 1")
        one = Answer(cells[user], cells[item], (cells[skill],), float(cells[correct]))
        found.setdefault(one.pupil, []).append(one)
    if not found:
        raise BadAnswers("there is no answer")
    return found


def share_right(answers: Iterable[Answer]) -> float:
    """The mean share right, kept off 0 and 1."""
    shares = [a.share for a in answers]
    return min(max(sum(shares) / len(shares), 0.01), 0.99)
