"""The running platform: its settings, memory, keys and clock, and what only it can seal."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Literal, cast

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer

from .keys import PlatformKey
from .settings import LmsSettings
from .store import Store
from .tool_keys import ToolKeys

EXTENSION = "giotay-demo-lms"
LAUNCH_SECONDS = 600

Target = Literal["iframe", "window"]


@dataclass(frozen=True)
class Platform:
    """Everything a request needs. `guid` names this LMS to tools; `clock` gives seconds since the epoch."""

    settings: LmsSettings
    store: Store
    key: PlatformKey
    tool_keys: ToolKeys
    clock: Callable[[], float]
    guid: str
    secret: str

    @property
    def issuer(self) -> str:
        return self.settings.base_url

    @property
    def now(self) -> int:
        return int(self.clock())

    def address(self, path: str) -> str:
        """The absolute address of one of our paths, as tools and browsers outside see it."""
        return self.issuer + path


@dataclass(frozen=True)
class Launch:
    """Who opens what, decided when the page is shown and carried through the tool's login as `launchid`.

    `resource_link_id` is "" for a deep-linking launch. `serial` makes it single-use; it is good until `expires_at`.
    """

    slug: str
    course_id: str
    tool_id: int
    resource_link_id: str
    target: Target
    serial: str
    expires_at: int


def new_launch(slug: str, course_id: str, tool_id: int, resource_link_id: str, target: Target) -> Launch:
    expires_at = platform().now + LAUNCH_SECONDS
    return Launch(slug, course_id, tool_id, resource_link_id, target, secrets.token_urlsafe(12), expires_at)


def seal_launch(launch: Launch, purpose: str) -> str:
    """The launch as an opaque text; `purpose` keeps a text made for one door from opening another."""
    return str(URLSafeSerializer(platform().secret, salt=purpose).dumps(asdict(launch)))


def open_launch(text: str, purpose: str) -> Launch | None:
    """The launch in a sealed text; None when it is not ours, made for something else, or too old."""
    try:
        launch = Launch(**URLSafeSerializer(platform().secret, salt=purpose).loads(text))
    except (BadSignature, TypeError):
        return None
    return launch if launch.expires_at >= platform().now else None


def platform() -> Platform:
    """The platform of the running app."""
    return cast(Platform, current_app.extensions[EXTENSION])
