"""Spans of time: from one moment to another. Pure."""

import msgspec

from live_session.model import Millis


class Span(msgspec.Struct, frozen=True):
    """From one moment to another, in ms."""

    start: Millis
    end: Millis

    @property
    def length(self) -> Millis:
        return max(0, self.end - self.start)

    def within(self, other: "Span") -> "Span | None":
        """What of it lies in the other; None for nothing, while one moment is something."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Span(start, end) if start <= end else None


class Spans:
    """Spans that begin and end."""

    def __init__(self) -> None:
        self._found: list[Span] = []
        self._began: Millis | None = None

    def begin(self, at: Millis, *, anew: bool = False) -> None:
        if self._began is None or anew:
            self._began = at

    def end(self, at: Millis) -> None:
        if self._began is not None:
            self._found.append(Span(self._began, at))
            self._began = None

    def until(self, at: Millis) -> tuple[Span, ...]:
        """All of them; one that has not ended ends now."""
        self.end(at)
        return tuple(self._found)
