"""What the demo LMS is told at its start."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from pathlib import Path
from urllib.parse import urlsplit

DEFAULT_CUSTOM = {"person_groups": "$Moodle.Person.userGroupIds"}


class SettingsFault(ValueError):
    """A setting that cannot be used; its text is one line for the person who starts the demo LMS."""


@dataclass(frozen=True)
class ToolSettings:
    """One tool that is known from the start, as an administrator would type it into an LMS.

    `launch_url` is both the place of a plain launch (target_link_uri) and the redirect URI that takes the id_token.
    `custom` is sent with every launch; values that begin with `$` are substituted as Moodle does.
    """

    client_id: str
    deployment_id: str
    login_url: str
    launch_url: str
    jwks_url: str
    deep_link_url: str
    title: str
    custom: dict[str, str] = field(default_factory=lambda: dict(DEFAULT_CUSTOM))


@dataclass(frozen=True)
class LmsSettings:
    """`base_url` is the issuer, without a slash at its end; `data_dir` holds the database and the RSA key."""

    base_url: str
    data_dir: Path
    tool: ToolSettings | None = None

    def __post_init__(self) -> None:
        parts = urlsplit(self.base_url)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.path or parts.query or parts.fragment:
            raise SettingsFault(
                f"base URL must look like http://127.0.0.1:8080 (no path, no slash), not {self.base_url}"
            )


def read_tool_file(path: Path) -> ToolSettings:
    """The tool described by a JSON file whose members are those of ToolSettings.

    Raises SettingsFault when the file is missing, is not JSON, or lacks or has too many members.
    """
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsFault(f"tool file {path} cannot be read: {error}") from error
    if not isinstance(body, dict):
        raise SettingsFault(f"tool file {path} must hold one JSON object")
    known = {one.name for one in fields(ToolSettings)}
    lacking = sorted(known - {"custom"} - body.keys())
    unknown = sorted(body.keys() - known)
    if lacking or unknown:
        raise SettingsFault(f"tool file {path}: missing {lacking or 'nothing'}, not known {unknown or 'nothing'}")
    return ToolSettings(**body)
