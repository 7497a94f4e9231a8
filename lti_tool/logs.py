"""Structured logs: one JSON line an event, UTC, and only members from the list below.

The list is the privacy rule: names, e-mail, answers, free text, tickets, cookies, tokens, codes and query strings have
no member to stand in, so they cannot be logged by accident. What other libraries say is cut to their own constant
words, and an exception to where it was raised: what it says may be somebody's answer.
"""

import logging
import re
import sys
import traceback
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

import structlog

ALLOWED = frozenset(
    {
        "at", "level", "event", "logger", "request_id", "method", "endpoint", "status", "ms",
        "run_id", "person", "registration", "context", "code", "reason", "command", "count", "job", "exception",
        "address", "port", "part", "version", "bytes", "table", "state",
    }
)  # fmt: skip

SAID_BY_THE_LINE = frozenset({"at", "level", "event", "logger", "exception"})
"""Nobody who writes a line may put these in: a text could stand in the place of the line's own words."""

OURS = ("lti_tool", "live_session", "analytics", "deploy")
LONGEST_REASON = 300

_QUERY = re.compile(r"(\w+://[^\s?#]*)[?#]\S*")


def set_up(level: str = "INFO") -> None:
    """Send every logger of the process through one formatter to standard error. The level is that of our own lines;
    other libraries, which log statements and frames at DEBUG, speak from WARNING on."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(allow=ALLOWED - SAID_BY_THE_LINE),
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        take_constant_words,
        place_exception,
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                keep_allowed,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for name in OURS:
        logging.getLogger(name).setLevel(level.upper())


def take_constant_words(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """The first line of what was written in the code, without what was put into it; addresses without their query."""
    record: logging.LogRecord = event["_record"]
    event["event"] = str(record.msg).partition("\n")[0]
    if "reason" in event:
        event["reason"] = _QUERY.sub(r"\1", str(event["reason"]))[:LONGEST_REASON]
    return event


def place_exception(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """An exception as its type, its code where it has one, and where it was raised: never what it says."""
    raised = event.pop("exc_info", None)
    event.pop("exception", None)  # a member of that name would stand for itself
    error = sys.exc_info()[1] if raised is True else raised[1] if isinstance(raised, tuple) else raised
    if isinstance(error, BaseException):
        event["exception"] = "\n".join(_lines(error))
    return event


def _lines(error: BaseException | None) -> Iterator[str]:
    while error is not None:
        kind = type(error)
        known_as = getattr(error, "sqlite_errorname", None) or getattr(error, "sqlstate", None)
        yield f"{kind.__module__}.{kind.__qualname__}" + (f" ({known_as})" if known_as else "")
        for frame in traceback.extract_tb(error.__traceback__):
            yield f"  {'/'.join(PurePath(frame.filename).parts[-3:])}:{frame.lineno} in {frame.name}"
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def keep_allowed(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Drop every member that is not on the list."""
    return {name: value for name, value in event.items() if name in ALLOWED}
