"""Logs: nothing personal can pass, whatever is said, put in, raised or chained."""

import io
import json
import logging
import sqlite3
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, text

from lti_tool import logs
from lti_tool.logs import ALLOWED

MARK = "§Đặng Thái An§"
"""Stands for a name, an answer, a token: nothing that is logged may hold it."""

OWN_MEMBERS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}
"""What the standard library keeps for itself; it refuses members of these names."""


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator["Lines"]:
    """The process's logs as `set_up` makes them, written into memory."""
    out = io.StringIO()
    root = logging.getLogger()
    kept = {name: logging.getLogger(name).level for name in (*logs.OURS, "")}
    handlers = root.handlers[:]
    monkeypatch.setattr(sys, "stderr", out)
    logs.set_up("debug")
    try:
        yield Lines(out)
    finally:
        root.handlers[:] = handlers
        for name, level in kept.items():
            logging.getLogger(name).setLevel(level)


class Lines:
    """What was written since the last look."""

    def __init__(self, out: io.StringIO) -> None:
        self._out = out

    def take(self) -> str:
        text = self._out.getvalue()
        self._out.seek(0)
        self._out.truncate()
        return text

    def one(self) -> dict[str, Any]:
        (line,) = self.take().splitlines()
        return dict(json.loads(line))


ours = logging.getLogger("lti_tool.test")
theirs = logging.getLogger("urllib3.connectionpool")


def test_a_line_is_json_with_what_is_allowed(lines: Lines) -> None:
    ours.info("roster_read", extra={"context": 7, "count": 38})
    line = lines.one()
    assert line.pop("at").endswith("Z")
    assert line == {
        "event": "roster_read", "level": "info", "logger": "lti_tool.test", "context": 7, "count": 38,
    }  # fmt: skip


members = st.text("abcdefghijklmnopqrstuvwxyz_", min_size=1, max_size=12).filter(
    lambda name: name not in ALLOWED | OWN_MEMBERS and not name.startswith("_")
)
contents = st.sampled_from([MARK, [MARK], {"a": MARK}, MARK.encode(), (1, MARK)])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(extra=st.dictionaries(members, contents, max_size=5), level=st.sampled_from([10, 20, 30, 40, 50]))
def test_no_member_passes_that_is_not_on_the_list(lines: Lines, extra: dict[str, Any], level: int) -> None:
    ours.log(level, "said", extra=extra)
    written = lines.take()
    assert "Đặng" not in written
    assert set(json.loads(written)) <= ALLOWED


@pytest.mark.parametrize(
    "name", ["name", "email", "answer", "value", "text", "ticket", "cookie", "token", "query", "url"]
)
def test_what_is_personal_has_no_member_to_stand_in(name: str) -> None:
    assert name not in ALLOWED


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=st.text(max_size=20), after=st.text(max_size=20))
def test_what_is_put_into_a_sentence_does_not_pass(lines: Lines, before: str, after: str) -> None:
    sentence = f"{before.replace('%', '')}%s{after.replace('%', '')}"
    for logger in (ours, theirs):
        logger.warning(sentence, MARK)
        assert "Đặng" not in lines.take()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(["event", "exception", "exc_info", "level", "logger", "at", "_record", "stack"]))
def test_no_member_takes_the_place_of_the_lines_own(lines: Lines, name: str) -> None:
    ours.info("said", extra={} if name in OWN_MEMBERS else {name: MARK})
    assert "Đặng" not in lines.take()


def test_members_of_the_context_are_judged_as_well(lines: Lines) -> None:
    with structlog.contextvars.bound_contextvars(name=MARK, run_id="r1"):
        ours.info("said")
    line = lines.one()
    assert line["run_id"] == "r1"
    assert "name" not in line


def test_one_event_is_one_line_whatever_stands_in_it(lines: Lines) -> None:
    """A line that somebody wrote into a member cannot pass for one of ours."""
    ours.info("said", extra={"reason": 'x"}\n{"event": "erased"}\r\n'})
    assert lines.one()["event"] == "said"
    ours.warning("first line\nsecond line")
    assert lines.one()["event"] == "first line"


# --- exceptions -----------------------------------------------------------------------------------------------------


def test_an_exception_is_its_type_and_its_place(lines: Lines) -> None:
    try:
        try:
            raise KeyError(MARK)
        except KeyError as error:
            raise ValueError(f"answer {MARK}") from error
    except ValueError:
        ours.exception("broken")
    written = lines.take()
    assert "Đặng" not in written
    told = json.loads(written)["exception"]
    assert "builtins.ValueError\n" in told
    assert "builtins.KeyError\n" in told
    assert "lti_tool/test_logs.py:" in told


kinds = st.sampled_from([ValueError, KeyError, RuntimeError, OSError, UnicodeError, LookupError, AssertionError])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kinds=st.lists(kinds, min_size=1, max_size=4), is_cause=st.booleans(), how=st.integers(0, 2))
def test_what_exceptions_say_never_passes(lines: Lines, kinds: list[type[Exception]], is_cause: bool, how: int) -> None:
    error: Exception = kinds[0](MARK)
    for kind in kinds[1:]:
        outer = kind(MARK, {"answer": MARK})
        outer.add_note(MARK)
        outer.__cause__ = error if is_cause else None
        outer.__context__ = error
        error = outer
    try:
        raise error
    except Exception as raised:
        ours.error(MARK if how == 0 else "broken", exc_info=raised if how else (type(raised), raised, None))
    written = lines.take()
    assert how == 0 or "Đặng" not in written
    assert "Đặng" not in str(json.loads(written).get("exception"))


def test_a_group_of_exceptions_says_no_more_than_one(lines: Lines) -> None:
    try:
        raise ExceptionGroup(MARK, [ValueError(MARK), KeyError(MARK)])
    except ExceptionGroup:
        ours.exception("broken")
    assert "Đặng" not in lines.take()


def test_a_statement_that_failed_shows_neither_itself_nor_its_parameters(lines: Lines) -> None:
    engine = create_engine("sqlite://")
    try:
        with engine.connect() as connection:
            connection.execute(text("INSERT INTO nowhere VALUES (:answer)"), {"answer": MARK})
    except Exception:
        ours.exception("broken")
    written = lines.take()
    engine.dispose()
    assert "Đặng" not in written
    assert "INSERT" not in written
    assert "sqlalchemy.exc.OperationalError" in written


def test_a_database_errors_own_code_is_told(lines: Lines) -> None:
    try:
        with sqlite3.connect(":memory:") as connection:
            connection.execute(f"SELECT '{MARK}' FROM nowhere")
    except sqlite3.Error:
        ours.exception("broken")
    finally:
        connection.close()
    assert "sqlite3.OperationalError (SQLITE_ERROR)" in json.loads(lines.take())["exception"]


def test_an_exception_that_is_not_there_is_no_exception(lines: Lines) -> None:
    ours.error("broken", exc_info=True)
    assert "exception" not in lines.one()


# --- other libraries, reasons ---------------------------------------------------------------------------------------


def test_other_libraries_speak_from_warning_on(lines: Lines) -> None:
    theirs.debug("GET %s", MARK)
    theirs.info("said")
    assert lines.take() == ""
    ours.debug("said")
    assert lines.one()["event"] == "said"


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Z", "C"]), min_size=1, max_size=30))
def test_an_address_in_a_reason_loses_its_query(query: str) -> None:
    event = {"_record": logging.makeLogRecord({"msg": "m"}), "reason": f"https://lms/x?{query} refused"}
    assert logs.take_constant_words(None, "", event)["reason"] == "https://lms/x refused"


def test_a_reason_has_an_end() -> None:
    event = {"_record": logging.makeLogRecord({"msg": "m"}), "reason": "x" * 5_000}
    assert len(logs.take_constant_words(None, "", event)["reason"]) == logs.LONGEST_REASON
