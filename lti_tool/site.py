"""What one installation has: its settings, its secrets, its way out, the log's state as this process knows it."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import requests
from flask import current_app

from live_session.ticket import Signer
from lti_tool.config import Settings
from lti_tool.secret import Secrets

if TYPE_CHECKING:
    from live_session.bus.caller import Calls
    from lti_tool.live import Folds

KEY = "giotay"


@dataclass(frozen=True)
class Site:
    """Made once by the application factory."""

    settings: Settings
    secrets: Secrets = field(repr=False)
    tickets: Signer = field(repr=False)
    http: requests.Session = field(repr=False)
    folds: "Folds" = field(repr=False)
    caller: "Calls | None" = field(repr=False, default=None)


def site() -> Site:
    """The installation of the running application."""
    found: Site = current_app.extensions[KEY]
    return found
