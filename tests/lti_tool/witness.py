"""What tests look at after something was refused: the whole database, the page's fault, the log."""

import logging
import re
from collections.abc import Iterable

import pytest
from sqlalchemy import inspect, text
from werkzeug.test import TestResponse

from lti_tool.extensions import db
from lti_tool.translations import translations
from tests.lti_tool.tool import Tool

REFERENCE = re.compile(r"<code>(\d{3}) · ([0-9a-f]{12})</code>")
NOTED = ("refusal",)
"""A refused login leaves a row for the diagnostics, and nothing else."""
FLEETING = ("spent_state", "platform_key_set", "refusal")
"""A refused launch uses its state up, may have looked at the platform's keys, and leaves a row for the diagnostics."""

Contents = dict[str, list[str]]


def contents(tool: Tool, without: Iterable[str] = ()) -> Contents:
    """Every row of every table, as text, but of those left out."""
    with tool.inside():
        names = set(inspect(db.engine).get_table_names()) - set(without)
        return {
            name: sorted(str(tuple(row)) for row in db.session.execute(text(f'SELECT * FROM "{name}"')))
            for name in sorted(names)
        }


def counts(tool: Tool) -> dict[str, int]:
    """How many rows each table holds."""
    return {name: len(rows) for name, rows in contents(tool).items()}


def fault_of(answer: TestResponse) -> str:
    """The key of the fault that a page names; it must also say what to do, and carry a reference id."""
    known = translations("vi")
    heading = re.search(r"<h1>(.*?)</h1>", answer.text)
    assert heading, answer.text
    keys = [
        key.removeprefix("fault.").removesuffix(".title")
        for key, said in known._catalog.items()
        if isinstance(key, str) and key.startswith("fault.") and key.endswith(".title") and said == heading[1]
    ]
    assert keys, heading[1]
    reference = REFERENCE.search(answer.text)
    assert reference, answer.text
    assert int(reference[1]) == answer.status_code
    told = [key for key in keys if known.gettext(f"fault.{key}.what").partition("%(")[0] in answer.text]
    assert told, keys  # two faults may share a heading, never what to do
    assert "Traceback" not in answer.text
    return str(told[0])


class Log:
    """All that the product's own loggers said, members and all."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.WARNING, "urllib3")  # as lti_tool.logs sets it up
        caplog.set_level(logging.DEBUG)  # last: it is also the level of what is kept
        self._caplog = caplog

    @property
    def text(self) -> str:
        return "\n".join(f"{one.getMessage()} {one.__dict__}" for one in self._caplog.records) + self._caplog.text
