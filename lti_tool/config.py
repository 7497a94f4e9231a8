"""Settings from the environment: typed, checked at start, listed by `giotay serve --help` and in docs/reference.

Every setting is an environment variable `GIOTAY_<NAME>`; a secret may instead stand in a file, `GIOTAY_<NAME>_FILE`.
"""

import ipaddress
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

PREFIX = "GIOTAY_"
LOCALES = ("vi", "en")
HO_CHI_MINH = ZoneInfo("Asia/Ho_Chi_Minh")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class SettingsError(Exception):
    """One or more settings cannot be used. The message has one line for each, naming the variable."""


def _text(value: str) -> str:
    return value.strip()


def _port(value: str) -> int:
    port = int(value)
    if not 1 <= port <= 65_535:
        raise ValueError("a port is between 1 and 65535")
    return port


def _count(value: str) -> int:
    count = int(value)
    if count < 0:
        raise ValueError("must not be negative")
    return count


def _url(value: str) -> str:
    parts = urlsplit(value.strip().rstrip("/"))
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("must be an address such as https://giotay.example.edu.vn")
    return urlunsplit(parts)


def _socket_url(value: str) -> str:
    parts = urlsplit(value.strip())
    if parts.scheme not in ("ws", "wss") or not parts.hostname:
        raise ValueError("must be an address such as wss://giotay.example.edu.vn/live")
    return value.strip()


def _zone(value: str) -> ZoneInfo:
    try:
        return ZoneInfo(value.strip())
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError("must be a time zone such as Asia/Ho_Chi_Minh") from error


def _locale(value: str) -> str:
    if value.strip() not in LOCALES:
        raise ValueError(f"must be one of {', '.join(LOCALES)}")
    return value.strip()


def _networks(value: str) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(part.strip()) for part in value.split(",") if part.strip())


def _secrets(value: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split(",") if part.strip())


def _setting(parse: Callable[[str], Any], doc: str, default: Any = MISSING, *, is_secret: bool = False) -> Any:
    return field(default=default, metadata={"parse": parse, "doc": doc, "secret": is_secret})


@dataclass(frozen=True)
class Settings:
    """What an installation can choose."""

    database_url: str = _setting(_text, "database: sqlite:///FILE or postgresql+psycopg://…", "sqlite:///var/giotay.db")
    public_url: str = _setting(
        _url,
        "address under which browsers reach the tool; unset: the web port on this machine",
        "http://127.0.0.1:8000",
    )
    live_url: str = _setting(_socket_url, "address of the live server; empty: made from the public one", "")
    secret_key: str = _setting(_text, "secret of at least 32 characters; signs tickets and pages", "", is_secret=True)
    secret_key_fallbacks: tuple[str, ...] = _setting(
        _secrets, "older secrets, separated by commas, still accepted while a change is under way", (), is_secret=True
    )
    web_host: str = _setting(_text, "interface the web server listens on", "127.0.0.1")
    web_port: int = _setting(_port, "port of the web server", 8000)
    live_host: str = _setting(_text, "interface the live server listens on", "127.0.0.1")
    live_port: int = _setting(_port, "port of the live server", 8001)
    proxies: int = _setting(_count, "trusted reverse proxies in front (Caddy: 1)", 0)
    timezone: ZoneInfo = _setting(_zone, "time zone of the school", HO_CHI_MINH)
    locale: str = _setting(_locale, "language where a browser or LMS names none of ours", "vi")
    school_name: str = _setting(_text, "name of the school, on pages and prints", "")
    lms_networks: tuple[Network, ...] = _setting(
        _networks, "private networks an LMS may stand in, such as 192.168.0.0/16; none: only public addresses", ()
    )
    retention_days: int = _setting(_count, "days after which answers and presence of a lesson are deleted", 400)
    access_log_days: int = _setting(_count, "days the log of who saw whose data is kept", 400)
    log_level: str = _setting(_text, "least severe log line: DEBUG, INFO, WARNING, ERROR", "INFO")

    @property
    def is_https(self) -> bool:
        """Cookies, the offline shell and frames depend on it."""
        return self.public_url.startswith("https:")

    @property
    def socket_url(self) -> str:
        """Where phones open their WebSocket: behind a proxy on the same host, else on the live server's port."""
        if self.live_url:
            return self.live_url
        parts = urlsplit(self.public_url)
        if self.is_https:
            return f"wss://{parts.netloc}/live"
        return f"ws://{parts.hostname}:{self.live_port}/live"

    @property
    def origin(self) -> str:
        """The pages' own origin, as browsers send it."""
        parts = urlsplit(self.public_url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def secret_keys(self) -> tuple[str, ...]:
        """All accepted secrets, the newest last."""
        return (*self.secret_key_fallbacks, self.secret_key)


def load(environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings of this environment. Raises `SettingsError` that names every variable at fault."""
    values: dict[str, Any] = {}
    faults: list[str] = []
    for setting in fields(Settings):
        name = PREFIX + setting.name.upper()
        text = environ.get(name)
        if path := environ.get(f"{name}_FILE"):
            try:
                text = Path(path).read_text(encoding="utf-8")
            except OSError as error:
                faults.append(f"{name}_FILE: {error.strerror}: {path}")
        if text is None or not text.strip():
            continue
        try:
            values[setting.name] = setting.metadata["parse"](text)
        except ValueError as error:
            faults.append(f"{name}: {error}")
    values.setdefault("public_url", f"http://127.0.0.1:{values.get('web_port', Settings.web_port)}")
    settings = Settings(**values)
    if not settings.secret_key:
        settings = _with_own_secret(settings, values, faults)
    if settings.secret_key and any(len(key) < 32 for key in settings.secret_keys):
        faults.append(f"{PREFIX}SECRET_KEY: must have at least 32 characters")
    if faults:
        raise SettingsError("\n".join(faults))
    return settings


def _with_own_secret(settings: Settings, values: dict[str, Any], faults: list[str]) -> Settings:
    """A laptop gets a secret of its own, kept beside the data; an installation on https must name one."""
    if settings.is_https:
        faults.append(f"{PREFIX}SECRET_KEY: must be set when {PREFIX}PUBLIC_URL is https")
        return settings
    return Settings(**{**values, "secret_key": own_secret(Path("var/secret_key"))})


def own_secret(path: Path) -> str:
    """The secret in this file, made on first use and readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        secret = secrets.token_urlsafe(48)
        file.write(secret)
    return secret


def describe() -> str:
    """One paragraph a setting: name, meaning, default. Secrets show no default."""
    lines = []
    for setting in fields(Settings):
        default = "" if setting.metadata["secret"] else _shown(setting.default)
        lines.append(f"  {PREFIX}{setting.name.upper()}\n      {setting.metadata['doc']}{default}")
    return "\n".join(lines)


def _shown(default: Any) -> str:
    if default in ("", ()):
        return ""
    return f" [{getattr(default, 'key', default)}]"
