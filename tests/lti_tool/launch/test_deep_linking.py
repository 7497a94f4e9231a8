"""Choosing lessons for the LMS: what goes back is signed, says no more than was asked for, and launches."""

import html
import re
import time
from collections.abc import Mapping
from typing import Any

import jwt
import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from lti_tool.extensions import db
from lti_tool.models import LaunchVisit, Lesson, LessonActivity, LessonRun, LineItem, Picture, ResourceLink
from tests.lti_tool.platform import CLIENT_ID, DEEP_LINKING, DEPLOYMENT, LEARNER, LTI
from tests.lti_tool.school import picture
from tests.lti_tool.tool import NUMBER, SINGLE, Browser, Tool
from tests.lti_tool.witness import fault_of

DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"


def choosing(tool: Tool, **changes: Any) -> Browser:
    """A teacher whom the LMS sent to choose, as Moodle does; None takes a setting away."""
    settings = {
        "deep_link_return_url": f"{tool.platform.url}/return?sesskey=s3cret",
        "accept_types": ["ltiResourceLink"],
        "accept_presentation_document_targets": ["frame", "iframe", "window"],
        "accept_multiple": True,
        "auto_create": False,
        **changes,
    }
    said = {name: value for name, value in settings.items() if value is not None}
    claims = {f"{LTI}message_type": "LtiDeepLinkingRequest", f"{LTI}resource_link": None, DEEP_LINKING: said}
    return tool.browser().launch("/lti/deep-link", sub="teacher-1", **claims)


def answered(tool: Tool, page: TestResponse) -> dict[str, Any]:
    """The message that the browser would post, as the platform proves it."""
    assert page.status_code == 200, page.text
    action = re.search(r'<form method="post" action="([^"]+)"', page.text)
    token = re.search(r'name="JWT" value="([^"]+)"', page.text)
    assert action
    assert token
    assert html.unescape(action[1]) == f"{tool.platform.url}/return?sesskey=s3cret"
    assert f"form-action 'self' {tool.platform.url}" in page.headers["Content-Security-Policy"]
    keys = {key["kid"]: key for key in tool.browser().client.get("/lti/jwks").json["keys"]}
    kid = jwt.get_unverified_header(token[1])["kid"]
    body: dict[str, Any] = jwt.decode(
        token[1], jwt.PyJWK(keys[kid]).key, algorithms=["RS256"], audience=tool.platform.url, issuer=CLIENT_ID
    )
    return body


def prepared(tool: Tool) -> list[str]:
    tool.set_up()
    return [tool.lesson(SINGLE, title="Hệ thức Vi-ét"), tool.lesson(NUMBER, title="Căn bậc hai")]


def test_d2_the_answer_is_what_the_standard_asks_for(any_tool: Tool) -> None:
    first, _ = prepared(any_tool)
    body = answered(any_tool, choosing(any_tool, data="opaque").post("choose", lesson=first, column="1"))
    assert body.pop("iat") <= time.time() < body.pop("exp")
    assert body.pop("nonce")
    assert body == {
        "iss": CLIENT_ID,
        "aud": any_tool.platform.url,
        f"{LTI}message_type": "LtiDeepLinkingResponse",
        f"{LTI}version": "1.3.0",
        f"{LTI}deployment_id": DEPLOYMENT,
        f"{DL}data": "opaque",
        f"{DL}content_items": [
            {
                "type": "ltiResourceLink",
                "title": "Hệ thức Vi-ét",
                "url": "http://127.0.0.1:8000/lti/launch",
                "custom": {"lesson": first},
                "lineItem": {
                    "label": "Hệ thức Vi-ét",
                    "scoreMaximum": 10,
                    "resourceId": first,
                    "tag": "score",
                    "submissionReview": {"reviewableStatus": ["Completed"], "label": "Giơ Tay"},
                },
            }
        ],
    }


def line_items(tool: Tool, page: TestResponse) -> list[tuple[str, int]]:
    """(label, maximum) of the columns that were asked for."""
    found = answered(tool, page)[f"{DL}content_items"]
    return [(item["lineItem"]["label"], item["lineItem"]["scoreMaximum"]) for item in found]


def test_the_teacher_names_the_column_and_says_what_it_counts_to(either_tool: Tool) -> None:
    first, second = prepared(either_tool)
    form = {"column": "1", "maximum": "100", "label": " ĐĐGtx  1 "}
    assert line_items(either_tool, choosing(either_tool).post("choose", lesson=first, **form)) == [("ĐĐGtx 1", 100)]
    both = choosing(either_tool).post("choose", lesson=[first, second], **form)
    assert line_items(either_tool, both) == [("Hệ thức Vi-ét", 100), ("Căn bậc hai", 100)]  # a name is for one
    with either_tool.inside():
        planned = db.session.scalars(select(LineItem).order_by(LineItem.id)).all()
        assert [(item.resource_id, item.maximum, item.url) for item in planned] == [
            (first, 100, None),
            (second, 100, None),
        ]


@pytest.mark.parametrize("maximum", ["0", "-1", "1001"])
def test_a_column_counts_to_something(tool: Tool, maximum: str) -> None:
    first, _ = prepared(tool)
    form = {"lesson": first, "column": "1", "maximum": maximum}
    assert fault_of(choosing(tool).post("choose", **form)) == "column_maximum"
    with tool.inside():
        assert not db.session.scalars(select(LineItem)).all()


def test_d2_data_is_echoed_exactly_when_it_was_received(tool: Tool) -> None:
    first, _ = prepared(tool)
    assert f"{DL}data" not in answered(tool, choosing(tool).post("choose", lesson=first))
    assert answered(tool, choosing(tool, data="").post("choose", lesson=first))[f"{DL}data"] == ""


def test_d4_several_lessons_and_a_new_one_on_the_spot(tool: Tool) -> None:
    both = prepared(tool)
    page = choosing(tool).post("choose", lesson=both, new="1", title="Ôn tập chương III")
    items = answered(tool, page)[f"{DL}content_items"]
    assert [item["title"] for item in items] == ["Hệ thức Vi-ét", "Căn bậc hai", "Ôn tập chương III"]
    with tool.inside():
        made = db.session.scalars(select(Lesson).where(Lesson.title == "Ôn tập chương III")).one()
        assert items[2]["custom"] == {"lesson": made.uid}


def test_a_title_that_was_typed_makes_a_lesson_without_the_box(tool: Tool) -> None:
    prepared(tool)
    page = choosing(tool).post("choose", title="Ôn tập chương III")
    assert [item["title"] for item in answered(tool, page)[f"{DL}content_items"]] == ["Ôn tập chương III"]


def test_d4_an_empty_choice_goes_back_empty(tool: Tool) -> None:
    prepared(tool)
    assert answered(tool, choosing(tool).post("choose", title=" "))[f"{DL}content_items"] == []


def test_d4_one_means_one(tool: Tool) -> None:
    both = prepared(tool)
    for multiple in (False, None):
        assert fault_of(choosing(tool, accept_multiple=multiple).post("choose", lesson=both)) == "choose_one"
    assert 'type="radio"' in choosing(tool, accept_multiple=False).get("choose").text


def test_d4_a_platform_that_takes_files_only_is_told_so(tool: Tool) -> None:
    first, _ = prepared(tool)
    browser = choosing(tool)
    with tool.inside():  # such a launch is refused; a request kept from an earlier release is refused at the choice
        visit = db.session.get_one(LaunchVisit, browser.visit)
        visit.deep_link = str(visit.deep_link).replace("ltiResourceLink", "file")
    assert fault_of(browser.post("choose", lesson=first)) == "choose_nothing_fits"


@pytest.mark.parametrize(("form", "accepts"), [({}, True), ({"column": "1"}, False)])
def test_no_column_unless_both_sides_want_one(tool: Tool, form: Mapping[str, str], accepts: bool) -> None:
    first, _ = prepared(tool)
    browser = choosing(tool, accept_lineitem=accepts)
    assert ('name="column"' in browser.get("choose").text) is accepts
    (item,) = answered(tool, browser.post("choose", lesson=first, **form))[f"{DL}content_items"]
    assert "lineItem" not in item


def test_another_courses_lesson_is_not_to_be_had(tool: Tool) -> None:
    prepared(tool)
    tool.teacher(**{f"{LTI}context": {"id": "course-2", "title": "Toán 8"}})
    with tool.inside():
        other = Lesson(context_id=tool.course("course-2").id, title="Khác", created_at=1, changed_at=1)
        db.session.add(other)
        db.session.flush()
        uid = other.uid
    assert fault_of(choosing(tool).post("choose", lesson=uid)) == "lesson_gone"


def test_d3_what_was_sent_launches_into_the_lesson(tool: Tool) -> None:
    first, second = prepared(tool)
    (item,) = answered(tool, choosing(tool).post("choose", lesson=second))[f"{DL}content_items"]
    link = {f"{LTI}resource_link": {"id": "link-9", "title": item["title"]}, f"{LTI}custom": item["custom"]}
    page = tool.teacher(**link).get("")
    assert re.search(r'id="today">\s*Căn bậc hai', page.text)
    assert first in page.text  # the other lesson is still there to choose


@pytest.mark.parametrize("who", ["pupil", "nobody"])
def test_only_a_teacher_chooses(tool: Tool, who: str) -> None:
    first, _ = prepared(tool)
    settings = {
        "deep_link_return_url": f"{tool.platform.url}/return",
        "accept_types": ["ltiResourceLink"],
        "accept_presentation_document_targets": ["iframe"],
    }
    claims = {
        f"{LTI}message_type": "LtiDeepLinkingRequest",
        f"{LTI}resource_link": None,
        DEEP_LINKING: settings,
        f"{LTI}roles": [LEARNER] if who == "pupil" else [],
    }
    browser = tool.browser().launch("/lti/deep-link", sub="someone", **claims)
    assert browser.post("choose", lesson=first).status_code == 403


def stands_for(tool: Tool, link: str, course: str = "course-1") -> str:
    """The lesson behind an activity of the LMS's course."""
    query = select(Lesson.uid).join(ResourceLink, ResourceLink.lesson_id == Lesson.id)
    with tool.inside():
        where = (ResourceLink.lms_id == link, ResourceLink.context_id == tool.course(course).id)
        return db.session.scalars(query.where(*where)).one()


@pytest.mark.parametrize("who", ["teacher-1", "pupil-1"])
def test_d3_another_lesson_chosen_for_an_activity_that_stands_opens_that_one(either_tool: Tool, who: str) -> None:
    """Moodle's "Select content" on an activity that was opened before: the same link names another lesson."""
    first, second = prepared(either_tool)
    for uid in (first, first, second, second):  # launched twice, the second time nothing is new
        role = {} if who == "teacher-1" else {f"{LTI}roles": [LEARNER]}
        link = {f"{LTI}resource_link": {"id": "link-7"}, f"{LTI}custom": {"lesson": uid}}
        either_tool.browser().launch(sub=who, **link, **role)
        assert stands_for(either_tool, "link-7") == uid
    either_tool.browser().launch(sub=who, **{**link, f"{LTI}custom": {"lesson": "0" * 20}}, **role)
    assert stands_for(either_tool, "link-7") == second  # no such lesson: the activity keeps its own


# --- a copied course ------------------------------------------------------------------------------------------------

COPY: Mapping[str, Any] = {f"{LTI}context": {"id": "course-2", "title": "Toán 9A1 2027–2028"}}


def link_to(uid: str, link: str = "link-77") -> dict[str, Any]:
    """What a copied link says: another id, the same custom value."""
    return {**COPY, f"{LTI}resource_link": {"id": link}, f"{LTI}custom": {"lesson": uid}}


def test_a_lesson_in_a_copied_course_becomes_its_own(either_tool: Tool) -> None:
    teacher = either_tool.set_up()
    uid = either_tool.lesson(SINGLE, NUMBER)
    with either_tool.inside():
        activity = db.session.scalars(select(LessonActivity).order_by(LessonActivity.position)).first()
        assert activity is not None
        kept = Picture(
            id="a" * 32,
            context_id=either_tool.course().id,
            media_type="image/webp",
            width=1,
            height=1,
            data=picture(),
            created_at=1,
        )
        db.session.add(kept)
        activity.content = {**activity.content, "image": {"id": kept.id, "alt": "Đồ thị"}}
        activity.was_used = True
    assert teacher.post("runs", lesson=uid).status_code == 303
    for link in ("link-77", "link-78"):  # two links of one lesson, opened one after the other
        either_tool.browser().launch(sub="teacher-2", **link_to(uid, link))
    with either_tool.inside():
        context = either_tool.course("course-2")
        (copied,) = db.session.scalars(select(Lesson).where(Lesson.context_id == context.id)).all()
        assert (copied.title, copied.copied_from_uid, copied.copied_from) == ("Hệ thức Vi-ét", uid, "Toán 9A1")
        assert copied.uid != uid
        assert [a.kind for a in copied.activities] == ["single", "number"]
        assert not any(a.was_used for a in copied.activities)
        own = copied.activities[0].content["image"]["id"]
        assert own != "a" * 32
        assert db.session.get_one(Picture, own).context_id == context.id
        assert not db.session.scalars(select(LessonRun).where(LessonRun.context_id == context.id)).all()
        links = db.session.scalars(select(ResourceLink).where(ResourceLink.context_id == context.id)).all()
        assert {one.lesson_id for one in links} == {copied.id}
        copy_uid = copied.uid
    either_tool.pupil(2, **link_to(uid))  # the link goes on naming the first course's lesson
    assert stands_for(either_tool, "link-77", "course-2") == copy_uid


def test_the_teacher_is_told_where_it_came_from(tool: Tool) -> None:
    tool.set_up()
    teacher = tool.browser().launch(sub="teacher-2", **link_to(tool.lesson(SINGLE)))
    form = {"subject": "Toán", "grade": "9", "year": "2027-2028", "class": "9A1"}
    assert teacher.post("course", **form).status_code == 303
    assert "Tiết này chép từ khoá “Toán 9A1”" in teacher.get("").text


def test_a_pupil_who_comes_first_copies_nothing(tool: Tool) -> None:
    tool.set_up()
    tool.pupil(1, **link_to(tool.lesson(SINGLE)))
    with tool.inside():
        assert len(db.session.scalars(select(Lesson)).all()) == 1


@pytest.mark.parametrize("value", ["0" * 20, "<script>", "' OR 1=1", "x" * 500, "$Foo.bar"])
def test_a_link_to_nothing_is_a_launch_all_the_same(tool: Tool, value: str) -> None:
    tool.set_up()
    assert tool.browser().launch(sub="teacher-2", **link_to(value)).get("").status_code in (200, 303)


def test_the_page_leads_nowhere_but_back(tool: Tool) -> None:
    """The LMS waits for the answer in this frame; another page or a window would leave the teacher without it."""
    prepared(tool)
    page = choosing(tool).get("choose").text
    assert 'class="brand"' in page
    assert "data-window" not in page
    assert re.findall(r'<a [^>]*href="/l/[^"]*"', page) == []
