"""A term's marks as a file for a spreadsheet."""

import csv
import io
from collections.abc import Sequence
from decimal import Decimal

from analytics.regulations.port import Regulation, Status
from lti_tool.lessons.markacts import Act
from lti_tool.lessons.marks import Result, Row, Rulebook
from lti_tool.lessons.roster import Pupil
from lti_tool.translations import t

FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
"""What a cell that is computed begins with; spreadsheets read the full-width signs alike (OWASP, CSV Injection)."""


def sheet(rules: Rulebook, rows: Sequence[Row]) -> bytes:
    """CSV with semicolons and a byte order mark, which a Vietnamese Excel opens as columns; decimal comma. Where
    somebody's marks are those of the class before, a last column says so."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    has_moved = any(row.source for row in rows)
    writer.writerow(
        [
            str(t("marks.number")),
            str(t("marks.pupil")),
            *(str(t(f"marks.place.{one}")) for one in rules.places),
            str(t("marks.result")),
            *([str(t("form.note"))] if has_moved else []),
        ]
    )
    for row in rows:
        marks = [shown(rules, row.counted.get(place)) for place in rules.places]
        note = [text_cell(str(t("marks.from_class", name=row.source.name)))] if row.source else []
        writer.writerow([row.pupil.number, text_cell(named(row.pupil)), *marks, computed(rules, row), *note])
    return ("\ufeff" + out.getvalue()).encode()


def named(pupil: Pupil) -> str:
    """A pupil's name in a sheet, with a word beside it where they have left the class."""
    return pupil.name if pupil.is_active else str(t("form.left", name=pupil.name))


def shown(rules: Rulebook, act: Act | None) -> str:
    """A mark as the forms print it; a test that has none says what became of it."""
    if act is None:
        return ""
    if not act.value:
        return str(t(f"marks.short.{act.status}")) if act.status is not Status.TAKEN else ""
    if act.value in rules.regulation.comment_levels:
        return str(t(f"marks.level.{act.value}"))
    return rules.regulation.display(Decimal(act.value))


def computed(rules: Rulebook, row: Row) -> str:
    """The term's average or level; empty while there is none."""
    return said_of(rules.regulation, row.result)


def said_of(regulation: Regulation, result: Result) -> str:
    """An average as the forms print it, or a level in words; empty while there is none."""
    if isinstance(result, Decimal):
        return regulation.display(result)
    return str(t(f"marks.level.{result}")) if isinstance(result, str) else ""


def text_cell(text: str) -> str:
    """A person's text in a cell: what a spreadsheet would compute begins with an apostrophe, and is shown as it is."""
    return f"'{text}" if text.startswith(FORMULA) else text
