"""Deep linking: the teacher lets the tool choose content, and its signed answer becomes activities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, request

from . import activities
from .activities import Draft
from .claims import DEEP_LINK_PURPOSE, Scene
from .grades import BadBody, Column, read_column
from .oidc import load_scene
from .pages import course_path
from .people import is_teacher_of
from .platform import open_launch, platform
from .screens import PageFault, leave_page
from .store import spend
from .tool_keys import BadToken, check_times, has_audience
from .vocabulary import CLAIM, DEEP_LINK_CLAIM, DEEP_LINKING_RESPONSE, LTI_VERSION

blueprint = Blueprint("deep_link", __name__)

ANSWER_SECONDS = 3600
ITEM_COUNT = 50
TITLE_CHARACTERS = 255
TEXT_CHARACTERS = 5000
NONCE_CHARACTERS = 512


@dataclass(frozen=True)
class Answer:
    """A verified answer of the tool: activities to add, and what it wants to tell the teacher."""

    drafts: tuple[Draft, ...]
    message: str
    error: str
    nonce: str
    expires_at: int


@blueprint.post("/deep-link/return")
def take_answer() -> Response:
    """Add what the tool chose. The whole answer is taken or nothing of it."""
    launch = open_launch(request.args.get("ticket", ""), DEEP_LINK_PURPOSE)
    scene = load_scene(launch) if launch else None
    if scene is None or not is_teacher_of(scene.person, scene.course):
        raise PageFault(400, "Lượt thêm hoạt động này đã hết hạn. Hãy bấm Thêm hoạt động một lần nữa.")
    try:
        answer = read_answer(request.form.get("JWT", ""), scene)
    except (BadToken, BadBody) as error:
        sentence = "Câu trả lời của công cụ không hợp lệ nên chưa có gì được thêm. Hãy thêm lại từ trang khoá học."
        raise PageFault(400, sentence, str(error)) from error
    _add(scene, answer)
    told = {"added": str(len(answer.drafts)), "msg": answer.message, "errormsg": answer.error}
    return leave_page(course_path(scene.person, scene.course, told), "Đã nhận lựa chọn của thầy cô.")


def _add(scene: Scene, answer: Answer) -> None:
    now = platform().now
    with platform().store.write() as db:
        fresh_ticket = spend(db, "ticket", scene.launch.serial, now=now, expires_at=scene.launch.expires_at)
        serial = f"{scene.tool.client_id} {answer.nonce}"
        fresh_nonce = spend(db, "nonce", serial, now=now, expires_at=answer.expires_at)
        if not fresh_ticket or not fresh_nonce:
            raise PageFault(400, "Câu trả lời này đã được nhận rồi. Không có gì được thêm lần nữa.")
        for draft in answer.drafts:
            activities.add_activity(db, scene.course.id, scene.tool.id, draft, now)


def read_answer(token: str, scene: Scene) -> Answer:
    """The tool's answer, believed only when it is signed by the tool, meant for us and whole.

    Raises BadToken for a JWT that is forged, late or not meant for us, BadBody for items that cannot be taken.
    """
    claims = platform().tool_keys.verify(token, scene.tool.jwks_url)
    if claims.get("iss") != scene.tool.client_id:
        raise BadToken("iss must be the client id")
    if not has_audience(claims, platform().issuer):
        raise BadToken("aud must be the issuer of this platform")
    expires_at = check_times(claims, platform().now, ANSWER_SECONDS)
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not 0 < len(nonce) <= NONCE_CHARACTERS:
        raise BadToken("nonce is missing")
    _check_message(claims, scene)
    items = claims.get(f"{DEEP_LINK_CLAIM}/content_items", [])
    if not isinstance(items, list) or len(items) > ITEM_COUNT:
        raise BadBody(f"content_items must be a list of at most {ITEM_COUNT}")
    return Answer(
        drafts=tuple(read_item(item, scene) for item in items),
        message=_told(claims, "msg"),
        error=_told(claims, "errormsg"),
        nonce=nonce,
        expires_at=expires_at,
    )


def _check_message(claims: dict[str, Any], scene: Scene) -> None:
    if claims.get(f"{CLAIM}/message_type") != DEEP_LINKING_RESPONSE:
        raise BadToken(f"message_type must be {DEEP_LINKING_RESPONSE}")
    if claims.get(f"{CLAIM}/version") != LTI_VERSION:
        raise BadToken(f"version must be {LTI_VERSION}")
    if claims.get(f"{CLAIM}/deployment_id") != scene.tool.deployment_id:
        raise BadToken("deployment_id is not the one of the request")
    if claims.get(f"{DEEP_LINK_CLAIM}/data") is not None:
        raise BadToken("data came back although none was sent")


def read_item(item: object, scene: Scene) -> Draft:
    """One content item as an activity. Raises BadBody when it is no link to this tool."""
    if not isinstance(item, dict) or item.get("type") != "ltiResourceLink":
        raise BadBody("only items of type ltiResourceLink were asked for")
    title = _line(item, "title", TITLE_CHARACTERS) or scene.tool.title
    return Draft(
        title=title,
        text=_text(item, "text", TEXT_CHARACTERS),
        url=_tool_url(item, scene),
        custom=_custom(item),
        column=_column(item, title),
    )


def _text(item: dict[str, Any], member: str, longest: int) -> str:
    value = item.get(member)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > longest:
        raise BadBody(f"{member} must be a text of at most {longest} characters")
    return value.strip()


def _line(item: dict[str, Any], member: str, longest: int) -> str:
    return " ".join(_text(item, member, longest).split())


def _tool_url(item: dict[str, Any], scene: Scene) -> str:
    """The item's own address, which must be at one of the tool's origins; "" for the tool's launch address."""
    url = _text(item, "url", 2000)
    parts = urlsplit(url)
    if url and f"{parts.scheme}://{parts.netloc}" not in scene.tool.origins:
        raise BadBody("url must be an address of the tool")
    return url


def _custom(item: dict[str, Any]) -> dict[str, str]:
    custom = item.get("custom") or {}
    if not isinstance(custom, dict):
        raise BadBody("custom must be an object")
    return {name: _line(custom, name, TEXT_CHARACTERS) for name in custom}


def _column(item: dict[str, Any], title: str) -> Column | None:
    line_item = item.get("lineItem")
    if line_item is None:
        return None
    if not isinstance(line_item, dict):
        raise BadBody("lineItem must be an object")
    return read_column({"label": title, **{name: value for name, value in line_item.items() if value is not None}})


def _told(claims: dict[str, Any], name: str) -> str:
    """A text for the teacher; plain, and not longer than a paragraph."""
    value = claims.get(f"{DEEP_LINK_CLAIM}/{name}")
    return value[:TITLE_CHARACTERS] if isinstance(value, str) else ""
