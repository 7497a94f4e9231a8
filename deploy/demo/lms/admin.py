"""The administrator's page: registered tools, dynamic registration, switching on and deleting."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit, urlunsplit

from flask import Blueprint, Response, request

from . import activities, tools
from .people import Person
from .platform import platform
from .registration import CONFIGURATION_PATH, invite, is_web_address
from .screens import PageFault, require_admin, screen, see_other
from .tokens import PATH as TOKEN_PATH
from .tools import Tool, origin_of

blueprint = Blueprint("admin", __name__)

_TOOLS = "/as/<slug>/tools"
_TOOL = f"{_TOOLS}/<int(max=999999999):tool_id>"


@blueprint.get(_TOOLS)
def show_tools(slug: str) -> Response:
    return _tools_page(require_admin(slug))


@blueprint.post(f"{_TOOLS}/register")
def open_registration(slug: str) -> Response:
    """Open the tool's registration address in a frame, with a token that works once."""
    person = require_admin(slug)
    address = request.form.get("address", "").strip()
    if not is_web_address(address):
        return _tools_page(person, address, "Hãy dán địa chỉ bắt đầu bằng http:// hoặc https://.")
    return screen(
        "register.html",
        frames=[origin_of(address)],
        person=person,
        host=urlsplit(address).netloc,
        frame_url=invitation_address(address),
        done_url=f"/as/{person.slug}/tools",
    )


@blueprint.post(f"{_TOOL}/activate")
def activate(slug: str, tool_id: int) -> Response:
    """Switch the tool on; ready activities without a tool are linked to it."""
    person = require_admin(slug)
    with platform().store.write() as db:
        tool = _require_tool(tools.find_tool(db, tool_id))
        tools.activate_tool(db, tool.id)
        activities.link_ready_activities(db, tool.id)
    return _back(person)


@blueprint.post(f"{_TOOL}/delete")
def delete(slug: str, tool_id: int) -> Response:
    """Forget a tool that registered itself; the configured one would be back at the next start."""
    person = require_admin(slug)
    with platform().store.write() as db:
        tool = _require_tool(tools.find_tool(db, tool_id))
        if tool.source == "config":
            raise PageFault(409, "Công cụ này nằm trong cấu hình của LMS giả lập nên không xoá ở đây được.")
        tools.delete_tool(db, tool.id)
    return _back(person)


def invitation_address(address: str) -> str:
    """The tool's registration address with our configuration's address and a fresh registration token."""
    parts = urlsplit(address)
    told = {"openid_configuration": platform().address(CONFIGURATION_PATH), "registration_token": invite()}
    query = "&".join(part for part in (parts.query, urlencode(told)) if part)
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))


def _tools_page(person: Person, address: str = "", fault: str = "") -> Response:
    with platform().store.read() as db:
        listed = tools.list_tools(db)
    own = {
        "Issuer": platform().issuer,
        "Đăng nhập (authorization)": platform().address("/oidc/auth"),
        "Token": platform().address(TOKEN_PATH),
        "Khoá công khai (JWKS)": platform().address("/jwks"),
        "Cấu hình OpenID": platform().address(CONFIGURATION_PATH),
    }
    status = 422 if fault else 200
    return screen("tools.html", status=status, person=person, tools=listed, own=own, address=address, fault=fault)


def _require_tool(tool: Tool | None) -> Tool:
    if tool is None:
        raise PageFault(404, "Không có công cụ này. Có thể nó vừa bị xoá.")
    return tool


def _back(person: Person) -> Response:
    return see_other(f"/as/{person.slug}/tools")
