"""Where an LMS itself opens an activity: the address that a phone goes to after a scan, to come in under its own name.

There is no such address in LTI; where we know a product's, it stands here, by its family code. For another one the
activity's custom parameter `activity_url` may say it.
"""

from collections.abc import Callable, Mapping
from urllib.parse import quote

from lti_tool.headers import origin_of
from lti_tool.launch.framing import own_origins
from lti_tool.models import Registration, ResourceLink

MOODLE_LOGIN = "/mod/lti/auth.php"
"""How Moodle's authentication address ends: a Moodle that was registered by hand says no family code."""


def _moodle(registration: Registration, link: str) -> str:
    """`l` is the number of the LTI instance, which is the resource link id (Moodle 4.5 mod/lti/view.php)."""
    root = registration.auth_login_url.removesuffix(MOODLE_LOGIN)
    return f"{root}/mod/lti/view.php?l={link}"


def _demo(registration: Registration, link: str) -> str:
    return f"{registration.issuer}/activity/{link}"


DOORS: Mapping[str, Callable[[Registration, str], str]] = {"moodle": _moodle, "giotay-demo": _demo}


def door_to(registration: Registration, link: ResourceLink) -> str | None:
    """The LMS's own page of this activity; None where this kind of LMS has no address for it that we know.

    What the activity's custom parameter `activity_url` says goes before, if it stands on the LMS's own host: a phone is
    sent nowhere else.
    """
    ours = own_origins(registration.issuer, registration.auth_login_url, registration.frame_origins)
    if link.activity_url and origin_of(link.activity_url) in ours:
        return link.activity_url
    door = _door_of(registration)
    return door(registration, quote(link.lms_id, safe="")) if door else None


def is_known(registration: Registration) -> bool:
    """Whether this kind of LMS has an address for every activity."""
    return _door_of(registration) is not None


def _door_of(registration: Registration) -> Callable[[Registration, str], str] | None:
    is_moodle = registration.auth_login_url.endswith(MOODLE_LOGIN)
    return DOORS.get("moodle" if is_moodle else registration.product)
