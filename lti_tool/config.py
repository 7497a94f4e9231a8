"""Settings from the environment: typed, checked at start, listed by `giotay serve --help` and in docs/reference.

Every setting is an environment variable `GIOTAY_<NAME>`; a secret may instead stand in a file, `GIOTAY_<NAME>_FILE`.
"""

import contextlib
import ipaddress
import os
import secrets
import ssl
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from live_session.bus.choice import carrier
from live_session.transport import NAMES, Name

PREFIX = "GIOTAY_"
LOCALES = ("vi", "en")
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
MOST_DAYS = 36_500
MOST_WORKERS = 64
LAST_MONTH_OF_A_START = 3
LEAST_SECRET = 32
HO_CHI_MINH = ZoneInfo("Asia/Ho_Chi_Minh")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class SettingsError(Exception):
    """One or more settings cannot be used. The message has one line for each, naming the variable."""


def _text(value: str) -> str:
    return value.strip()


def _number(value: str) -> int:
    try:
        return int(value)
    except ValueError as error:
        raise ValueError("must be a whole number") from error


def _port(value: str) -> int:
    port = _number(value)
    if not 1 <= port <= 65_535:
        raise ValueError("a port is between 1 and 65535")
    return port


def _workers(value: str) -> int:
    count = _number(value)
    if not 1 <= count <= MOST_WORKERS:
        raise ValueError(f"must be between 1 and {MOST_WORKERS}")
    return count


def _bus_url(value: str) -> str:
    carrier(value.strip(), "sqlite://")
    return value.strip()


def _transport(value: str) -> str:
    if value.strip() not in NAMES:
        raise ValueError(f"must be one of {', '.join(NAMES)}")
    return value.strip()


def _count(value: str) -> int:
    count = _number(value)
    if count < 0:
        raise ValueError("must not be negative")
    return count


def _days(value: str) -> int:
    days = _number(value)
    if not 1 <= days <= MOST_DAYS:
        raise ValueError(f"must be between 1 and {MOST_DAYS} days")
    return days


def _level(value: str) -> str:
    level = value.strip().upper()
    if level not in LEVELS:
        raise ValueError(f"must be one of {', '.join(LEVELS)}")
    return level


CONSENT = "consent"
BASES = (CONSENT, "duty", "agreement")
"""On what a school bases its sheets for families: the family's consent, its duty under law, an agreement (Law 91/2025,
Điều 9 and 19). Which of them holds is the school's to say."""


def _basis(value: str) -> str:
    if value.strip() not in BASES:
        raise ValueError(f"must be one of {', '.join(BASES)}")
    return value.strip()


def _database(value: str) -> str:
    try:
        backend = make_url(value.strip()).get_backend_name()
    except (ArgumentError, ValueError) as error:  # what it says may hold the password
        raise ValueError("must be an address such as sqlite:///var/giotay.db") from error
    if backend not in ("sqlite", "postgresql", "postgres"):
        raise ValueError("must begin with sqlite:/// or postgresql+psycopg://")
    return value.strip()


def _url(value: str) -> str:
    parts = urlsplit(value.strip().rstrip("/"))
    _ = parts.port  # a port that is none is said here, not at the first link
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("must be an address such as https://giotay.example.edu.vn")
    return urlunsplit(parts)


def _url_or_none(value: str) -> str:
    return _url(value) if value.strip() else ""


def _socket_url(value: str) -> str:
    parts = urlsplit(value.strip())
    _ = parts.port
    if parts.scheme not in ("ws", "wss") or not parts.hostname:
        raise ValueError("must be an address such as wss://giotay.example.edu.vn/live")
    return value.strip()


def _zone(value: str) -> ZoneInfo:
    try:
        return ZoneInfo(value.strip())
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # a folder of zones is no zone
        raise ValueError("must be a time zone such as Asia/Ho_Chi_Minh") from error


def _second_terms(value: str) -> tuple[date, ...]:
    try:
        days = tuple(date.fromisoformat(one.strip()) for one in value.split(",") if one.strip())
    except ValueError as error:
        raise ValueError("must be days such as 2027-01-18, separated by commas") from error
    if any(day.month > LAST_MONTH_OF_A_START for day in days) or len({day.year for day in days}) < len(days):
        raise ValueError("one day a year, in January, February or March")
    return days


def _locale(value: str) -> str:
    if value.strip() not in LOCALES:
        raise ValueError(f"must be one of {', '.join(LOCALES)}")
    return value.strip()


def _networks(value: str) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(part.strip()) for part in value.split(",") if part.strip())


def _secrets(value: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split(",") if part.strip())


def _certificates(value: str) -> str:
    path = value.strip()
    try:
        ssl.create_default_context(cafile=path)
    except OSError as error:  # no such file, or not a certificate in it
        raise ValueError(f"no certificate authorities can be read from {path}") from error
    return path


def _setting(parse: Callable[[str], Any], doc: str, default: Any = MISSING, *, is_secret: bool = False) -> Any:
    return field(default=default, metadata={"parse": parse, "doc": doc, "secret": is_secret})


@dataclass(frozen=True)
class Settings:
    """What an installation can choose."""

    database_url: str = _setting(
        _database, "database: sqlite:///FILE or postgresql+psycopg://…", "sqlite:///var/giotay.db"
    )
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
    web_workers: int = _setting(_workers, "processes that serve pages", 1)
    live_workers: int = _setting(_workers, "live processes; several need PostgreSQL", 1)
    live_transport: Name = _setting(
        _transport,
        "how the live server speaks WebSocket: bare, or library (the websockets package as it comes)",
        "bare",
    )
    bus_url: str = _setting(
        _bus_url,
        "how processes wake each other: redis://… or postgresql://…; empty: over the database itself",
        "",
    )
    proxies: int = _setting(_count, "trusted reverse proxies in front (Caddy: 1)", 0)
    timezone: ZoneInfo = _setting(_zone, "time zone of the school", HO_CHI_MINH)
    second_terms: tuple[date, ...] = _setting(
        _second_terms, "first days of second terms, such as 2027-01-18,2028-01-17; a year without one: 16 January", ()
    )
    locale: str = _setting(_locale, "language where a browser or LMS names none of ours", "vi")
    school_name: str = _setting(_text, "name of the school, on pages and prints", "")
    lms_networks: tuple[Network, ...] = _setting(
        _networks, "private networks an LMS may stand in, such as 192.168.0.0/16; none: only public addresses", ()
    )
    lms_authorities: str = _setting(
        _certificates, "PEM file of certificate authorities that LMSs may have besides the public ones", ""
    )
    lms_keys_days: int = _setting(
        _days, "days that an LMS's keys are good for once fetched, while they cannot be fetched anew", 7
    )
    google_client_id: str = _setting(
        _text, "client id at Google; with its secret, teachers can connect Google Classroom", ""
    )
    google_client_secret: str = _setting(_text, "the client's secret at Google", "", is_secret=True)
    google_url: str = _setting(
        _url_or_none, "another server that speaks as Google does, for tests and demonstrations; empty: Google", ""
    )
    retention_days: int = _setting(_days, "days after which answers and presence of a lesson are deleted", 400)
    access_log_days: int = _setting(_days, "days the log of who saw whose data is kept", 400)
    legal_basis: str = _setting(
        _basis,
        "on what the school bases sheets for families: consent (asked for each purpose), duty or agreement",
        CONSENT,
    )
    log_level: str = _setting(_level, "least severe log line: DEBUG, INFO, WARNING, ERROR", "INFO")

    @property
    def is_https(self) -> bool:
        """Cookies, the offline shell and frames depend on it."""
        return self.public_url.startswith("https:")

    @property
    def is_alone(self) -> bool:
        """The address leads back to whoever opens it: no phone can come in."""
        return urlsplit(self.public_url).hostname in ("localhost", "127.0.0.1", "::1")

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
        try:
            text = _said(environ, name)
            if text.strip():
                values[setting.name] = setting.metadata["parse"](text)
        except ValueError as error:
            faults.append(f"{name}: {error}")
    values.setdefault("public_url", f"http://127.0.0.1:{values.get('web_port', Settings.web_port)}")
    settings = Settings(**values)
    if not settings.secret_key and not any(fault.startswith(f"{PREFIX}SECRET_KEY:") for fault in faults):
        settings = _with_own_secret(settings, values, faults)
    for name in ("secret_key", "secret_key_fallbacks"):
        given = getattr(settings, name)
        if any(len(key) < LEAST_SECRET for key in ((given,) if isinstance(given, str) else given) if key):
            faults.append(f"{PREFIX}{name.upper()}: must have at least {LEAST_SECRET} characters")
    if faults:
        raise SettingsError("\n".join(" ".join(fault.split()) for fault in faults))
    return settings


def _said(environ: Mapping[str, str], name: str) -> str:
    """What the environment says of a setting, itself or in the file it names. Raises `ValueError`."""
    path = environ.get(f"{name}_FILE")
    if not path:
        return environ.get(name, "")
    if environ.get(name):
        raise ValueError(f"is also given as {name}_FILE: one of them is enough")
    try:
        return Path(path).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not a text") from error
    except OSError as error:
        raise ValueError(f"{error.strerror}: {path}") from error


def _with_own_secret(settings: Settings, values: dict[str, Any], faults: list[str]) -> Settings:
    """A laptop gets a secret of its own, kept beside the data; an installation on https must name one."""
    if settings.is_https:
        faults.append(f"{PREFIX}SECRET_KEY: must be set when {PREFIX}PUBLIC_URL is https")
        return settings
    file = Path("var/secret_key")
    try:
        return Settings(**{**values, "secret_key": own_secret(file)})
    except (OSError, ValueError) as error:
        faults.append(f"{PREFIX}SECRET_KEY: is not set, and none can be kept in {file} ({error})")
        return settings


def own_secret(path: Path) -> str:
    """The secret in this file, made on first use and readable by its owner only. It is written whole before it gets its
    name: of several processes that start at once, all read the same. Raises `OSError`, and `ValueError` for a file that
    holds none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        descriptor, made = tempfile.mkstemp(dir=path.parent, prefix="secret_")  # for its owner only
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48))
        with contextlib.suppress(FileExistsError):
            os.link(made, path)
        Path(made).unlink()
    secret = path.read_text(encoding="ascii").strip()
    if len(secret) < LEAST_SECRET:
        raise ValueError(f"{path} holds no secret")
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
