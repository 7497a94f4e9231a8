"""Structured logs: one JSON line an event, UTC, and only members from the list below.

The list is the privacy rule: names, e-mail, answers, free text, tickets, cookies, tokens, codes and query strings have
no member to stand in, so they cannot be logged by accident.
"""

import logging
import sys
from typing import Any

import structlog

ALLOWED = frozenset(
    {
        "at", "level", "event", "logger", "request_id", "method", "endpoint", "status", "ms",
        "run_id", "person", "registration", "context", "code", "reason", "command", "count", "job", "exception",
        "address", "port", "part", "version", "bytes", "table", "state",
    }
)  # fmt: skip


def set_up(level: str = "INFO") -> None:
    """Send every logger of the process through one formatter to standard error."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.processors.format_exc_info,
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
    root.setLevel(level.upper())
    for noisy in ("urllib3", "websockets", "alembic", "asyncio", "PIL"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def keep_allowed(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Drop every member that is not on the list."""
    return {name: value for name, value in event.items() if name in ALLOWED}
