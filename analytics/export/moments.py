"""Moments and spans as ISO 8601 writes them, with milliseconds, in UTC: what Caliper and xAPI ask for."""

from datetime import UTC, datetime

from live_session.model import Millis


def moment(at: Millis) -> str:
    """`2026-09-07T00:15:00.000Z`."""
    return datetime.fromtimestamp(at / 1_000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def span(ms: Millis) -> str:
    """`PT12.5S`."""
    return f"PT{ms / 1_000:.3f}".rstrip("0").rstrip(".") + "S"
