"""The period log of a month as a file for a spreadsheet, in the columns of the class's register."""

import csv
import io
from collections.abc import Sequence

from lti_tool.formats import day
from lti_tool.lessons.marksheet import text_cell
from lti_tool.lessons.periodlines import Line
from lti_tool.translations import t

COLUMNS = (
    "day", "half_day", "number", "class", "subject", "plan_number", "topic", "form", "absent_p", "absent_k", "remarks",
    "teacher", "signed", "late",
)  # fmt: skip


def sheet(lines: Sequence[Line]) -> bytes:
    """CSV with semicolons and a byte order mark, which a Vietnamese Excel opens as columns. No pupil's name stands in
    it: absence is counted."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([str(t(f"period.{column}")) for column in COLUMNS])
    for line in lines:
        writer.writerow(_cells(line))
    return ("\ufeff" + out.getvalue()).encode()


def _cells(line: Line) -> list[object]:
    v, entry = line.values, line.entry
    return [
        v.day.strftime("%d/%m/%Y"),
        str(t(f"period.half_day.{v.half_day}")),
        v.number,
        text_cell(line.class_name),
        text_cell(v.subject),
        v.plan_number or "",
        text_cell(v.topic),
        str(t(f"period.form.{v.form}")),
        v.absent_p,
        v.absent_k,
        text_cell(v.remarks),
        text_cell(line.teacher),
        day(entry.saved_at) if entry and entry.is_signed else "",
        str(t("period.late_short")) if entry and entry.is_late else "",
    ]
