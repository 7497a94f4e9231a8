"""LMS protocols, found through the entry points `giotay.lms`: ours and anybody's use the same door.

An entry point names a function that takes a `Registration` and returns its `Lms`.
"""

from collections.abc import Callable, Mapping
from functools import cache
from importlib.metadata import entry_points

from lti_tool.errors import PlatformFault
from lti_tool.lms.port import Lms
from lti_tool.models import Registration

GROUP = "giotay.lms"

Connect = Callable[[Registration], Lms]


@cache
def protocols() -> Mapping[str, Connect]:
    """Every installed protocol, by name."""
    return {entry.name: entry.load() for entry in sorted(entry_points(group=GROUP), key=lambda e: e.name)}


def connect(registration: Registration) -> Lms:
    """The services of a registration. Raises `PlatformFault` when its protocol is not installed."""
    try:
        return protocols()[registration.protocol](registration)
    except KeyError as error:
        raise PlatformFault("no_protocol", registration.protocol) from error
