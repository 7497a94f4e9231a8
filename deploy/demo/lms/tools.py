"""Tools that this LMS knows: one from its configuration, others by dynamic registration."""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from .settings import ToolSettings
from .vocabulary import SCOPES

Source = Literal["config", "registration"]


@dataclass(frozen=True)
class Tool:
    """A registered tool. `active` is False until the administrator has switched it on; nothing works before."""

    id: int
    client_id: str
    deployment_id: str
    title: str
    login_url: str
    launch_url: str
    deep_link_url: str
    redirect_urls: tuple[str, ...]
    jwks_url: str
    scopes: tuple[str, ...]
    custom: dict[str, str]
    source: Source
    active: bool

    @property
    def host(self) -> str:
        return urlsplit(self.launch_url).netloc

    @property
    def origins(self) -> tuple[str, ...]:
        """The origins that this tool's pages come from, for the frame and form rules of our own pages."""
        addresses = (self.login_url, self.launch_url, self.deep_link_url, *self.redirect_urls)
        return tuple(dict.fromkeys(origin_of(address) for address in addresses if address))


@dataclass(frozen=True)
class Registration:
    """What a tool says of itself when it registers."""

    title: str
    login_url: str
    launch_url: str
    deep_link_url: str
    redirect_urls: tuple[str, ...]
    jwks_url: str
    scopes: tuple[str, ...]
    custom: dict[str, str]


def origin_of(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def list_tools(db: sqlite3.Connection) -> list[Tool]:
    return [_tool(row) for row in db.execute("SELECT * FROM tool ORDER BY id")]


def active_tools(db: sqlite3.Connection) -> list[Tool]:
    return [tool for tool in list_tools(db) if tool.active]


def find_tool(db: sqlite3.Connection, tool_id: int | None) -> Tool | None:
    row = db.execute("SELECT * FROM tool WHERE id = ?", (tool_id,)).fetchone()
    return _tool(row) if row else None


def find_client(db: sqlite3.Connection, client_id: str) -> Tool | None:
    """The active tool with this client id; one that still waits to be switched on is not found."""
    row = db.execute("SELECT * FROM tool WHERE client_id = ? AND active = 1", (client_id,)).fetchone()
    return _tool(row) if row else None


def configure_tool(db: sqlite3.Connection, tool: ToolSettings, now: int) -> int:
    """Write the configured tool over the one of an earlier start, so that activities and grades stay. Its row id."""
    said = Registration(
        title=tool.title,
        login_url=tool.login_url,
        launch_url=tool.launch_url,
        deep_link_url=tool.deep_link_url,
        redirect_urls=tuple(dict.fromkeys(url for url in (tool.launch_url, tool.deep_link_url) if url)),
        jwks_url=tool.jwks_url,
        scopes=SCOPES,
        custom=tool.custom,
    )
    row = db.execute("SELECT id FROM tool WHERE source = 'config'").fetchone()
    tool_id = row["id"] if row else _insert(db, said, "config", now)
    _update(db, tool_id, said)
    db.execute(
        "UPDATE tool SET client_id = ?, deployment_id = ?, active = 1 WHERE id = ?",
        (tool.client_id, tool.deployment_id, tool_id),
    )
    return int(tool_id)


def register_tool(db: sqlite3.Connection, said: Registration, now: int) -> Tool:
    """Keep a tool that registered itself; it waits for the administrator."""
    tool_id = _insert(db, said, "registration", now)
    _update(db, tool_id, said)
    registered = find_tool(db, tool_id)
    if registered is None:
        raise LookupError(tool_id)
    return registered


def activate_tool(db: sqlite3.Connection, tool_id: int) -> None:
    db.execute("UPDATE tool SET active = 1 WHERE id = ?", (tool_id,))


def delete_tool(db: sqlite3.Connection, tool_id: int) -> None:
    """Forget a tool and its tokens. Activities and gradebook columns stay, as in Moodle, but no longer open."""
    db.execute("DELETE FROM tool WHERE id = ?", (tool_id,))


def _insert(db: sqlite3.Connection, said: Registration, source: Source, now: int) -> int:
    """A row with a new client id; the deployment id is the row's number, as in Moodle."""
    client_id = secrets.token_urlsafe(11)
    done = db.execute(
        "INSERT INTO tool (client_id, deployment_id, title, login_url, launch_url, deep_link_url, redirect_urls,"
        " jwks_url, scopes, custom, source, active, created_at)"
        " VALUES (?, '', ?, '', '', '', '', '', '', '{}', ?, 0, ?)",
        (client_id, said.title, source, now),
    )
    db.execute("UPDATE tool SET deployment_id = ? WHERE id = ?", (str(done.lastrowid), done.lastrowid))
    return int(done.lastrowid or 0)


def _update(db: sqlite3.Connection, tool_id: int, said: Registration) -> None:
    db.execute(
        "UPDATE tool SET title = ?, login_url = ?, launch_url = ?, deep_link_url = ?, redirect_urls = ?, jwks_url = ?,"
        " scopes = ?, custom = ? WHERE id = ?",
        (
            said.title,
            said.login_url,
            said.launch_url,
            said.deep_link_url,
            " ".join(said.redirect_urls),
            said.jwks_url,
            " ".join(said.scopes),
            json.dumps(said.custom, ensure_ascii=False),
            tool_id,
        ),
    )


def _tool(row: sqlite3.Row) -> Tool:
    return Tool(
        id=row["id"],
        client_id=row["client_id"],
        deployment_id=row["deployment_id"],
        title=row["title"],
        login_url=row["login_url"],
        launch_url=row["launch_url"],
        deep_link_url=row["deep_link_url"],
        redirect_urls=tuple(row["redirect_urls"].split()),
        jwks_url=row["jwks_url"],
        scopes=tuple(row["scopes"].split()),
        custom=json.loads(row["custom"]),
        source=row["source"],
        active=bool(row["active"]),
    )


def granted_scopes(tool: Tool, wanted: Iterable[str]) -> tuple[str, ...]:
    """Requested ∩ permitted, in the order asked, each once."""
    return tuple(dict.fromkeys(scope for scope in wanted if scope in tool.scopes))
