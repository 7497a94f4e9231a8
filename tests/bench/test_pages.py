"""The bench of pages runs: a small school is filled, no copy speaks of another class's pupils, every page answers."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.bench import pages
from tests.lti_tool.conftest import template

__all__ = ["template"]
COPIES = 14
"""Two classes, and every subject of the first of them."""


def test_a_small_school_is_filled_and_every_page_answers(
    template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def migrated(url: str) -> None:
        shutil.copy(template, url.removeprefix("sqlite:///"))
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as file, file:
            file.execute("DELETE FROM tool_key")

    monkeypatch.setattr(pages, "migrated", migrated)
    monkeypatch.setattr(pages, "COURSES", 2)
    school, told = tmp_path / "school.sqlite3", list[str]()
    events = COPIES * 80
    pages.run(f"sqlite:///{school}", events, 1, tmp_path, told.append, lessons=2, pupils=12)
    assert "class page" in "".join(told)
    with closing(sqlite3.connect(school)) as file:
        count = dict(file.execute("SELECT run_id, count(*) FROM event GROUP BY run_id"))
        courses = file.execute("SELECT count(*) FROM context").fetchone()[0]
        assert sum(count.values()) >= events
        assert len(count) == 2 * courses
        pupils = dict(file.execute("SELECT uid, class_id FROM person JOIN membership ON person_id = person.id"))
        of_run = dict(file.execute("SELECT run_id, class_id FROM lesson_run"))
        for run_id, body in file.execute("SELECT run_id, body FROM run_snapshot"):
            assert {pupils[uid] for uid in pupils if uid in body and pupils[uid]} <= {of_run[run_id]}
