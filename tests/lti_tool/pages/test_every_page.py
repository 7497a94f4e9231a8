"""Every page of the tool, in both languages, where names and titles try to be more than text."""

import json
import re
from collections.abc import Callable, Iterator

import pytest
from flask import url_for
from sqlalchemy import update
from werkzeug.test import TestResponse

from lti_tool.access import Need, need_of
from lti_tool.extensions import db
from lti_tool.models import (
    Context,
    Course,
    CourseClass,
    Lesson,
    LessonActivity,
    LessonRun,
    LineItem,
    Membership,
    Person,
    SchoolClass,
)
from lti_tool.translations import translations
from tests.lti_tool.markup import Markup, inline_code
from tests.lti_tool.platform import DEEP_LINKING, LEARNER, LTI, json_answer
from tests.lti_tool.school import School, open_school, press, sit, submit
from tests.lti_tool.tool import Browser, Tool

HOSTILE = {
    "script": "<script>alert(1)</script>",
    "closing": "</script><script>alert(1)</script>",
    "quotes": "\"'><img src=x onerror=alert(1)>",
    "template": "{{ 7*7777 }}{% raw %}%(n)s%%",
    "right to left": "\u202egnaoH \u05d0\u05d1\u05d2 \u0645\u0631\u062d\u0628\u0627\u202c",
    "long": "ẵ" * 200,
    "empty": "",
}
WHO = {
    Need.NOTHING: "nobody",
    Need.VISIT: "teacher",
    Need.LEARN: "pupil",
    Need.TEACH: "teacher",
    Need.REVIEW: "head of department",
    Need.OBSERVE: "observer",
    Need.OWN: "pupil",
    Need.WORK: "pupil by slip",
    Need.HOMEROOM: "homeroom teacher",
    Need.ADMINISTER: "administrator",
    Need.EXCUSE: "homeroom teacher",
    Need.GOVERN: "administrator",
}


def hostile(school: School, text: str) -> None:
    """Everything that people may name, named so; the lesson taught to its end, with an answer of such words."""
    tool, here = school.tool, school.here
    for _ in range(4):  # the first question, its lock, its distribution, its key
        press(school.people["teacher"], here.run_id)
    press(school.people["teacher"], here.run_id)
    with tool.inside():
        opened = db.session.get_one(LessonRun, here.run_id).lesson.activities[1].uid
    assert submit(school.people["pupil"], opened, text or "…")["t"] == "ack"
    with tool.inside():
        db.session.execute(update(Person).values(name=text[:255], given_name=text[:255]))
        db.session.execute(update(Lesson).values(title=text[:200], objectives=[text[:300], "x"]))
        db.session.execute(update(LessonRun).values(title=text[:200]))
        db.session.execute(update(Context).values(title=text, label=text, roster_fault=text[:32]))
        db.session.execute(update(Course).values(subject=text[:100]))
        db.session.execute(update(Membership).values(groups=text.replace(",", "")[:255]))
        for one in db.session.query(SchoolClass):
            one.name = f"{text[:31]}{one.id}"
        for link in db.session.query(CourseClass):
            link.group_id = text[:255] or None
        for activity in db.session.query(LessonActivity):
            content = dict(activity.content)
            content |= {"prompt": f"{text} \\({text}\\)", "explanation": text}
            if "options" in content:
                content["options"] = [{"text": f"{text} {n}", "why": text} for n in range(4)]
            activity.content, activity.title, activity.objective = content, text[:200], text[:300]
            activity.content["image"] = {"id": here.picture_id, "alt": text}
        registration = tool.registration()
        registration.name = text[:255]
        registration.product = text[:64]


def end(school: School) -> None:
    assert school.people["teacher"].post(f"runs/{school.here.run_id}/end").status_code == 303
    school.tool.jobs().round()


# --- all pages ------------------------------------------------------------------------------------------------------

Visit = tuple[str, Callable[[], TestResponse]]


def every_page(school: School, locale: str) -> Iterator[Visit]:
    """(what, how to get it) for each GET route as somebody who may, and for the pages that no plain GET shows."""
    app = school.tool.app
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        if "GET" not in (rule.methods or ()) or rule.endpoint == "static":
            continue
        who = WHO[need_of(view) or Need.NOTHING]
        browser = school.people.get(who) or school.tool.browser()
        with app.test_request_context("/"):
            values = {name: value for name, value in school.here.ids.items() if name in rule.arguments}
            if "visit_id" in rule.arguments:
                values["visit_id"] = browser.visit or school.people["teacher"].visit
            path = url_for(rule.endpoint, **values)
        yield f"{rule.endpoint} {who}", lambda b=browser, p=path: got(b, p, locale)  # type: ignore[misc]
    yield from special_pages(school, locale)


def got(browser: Browser, path: str, locale: str) -> TestResponse:
    browser.client.set_cookie("giotay-locale", locale)
    return browser.client.get(path, buffered=True)


def special_pages(school: School, locale: str) -> Iterator[Visit]:
    teacher, nobody, here = school.people["teacher"], school.tool.browser(), school.here
    guest = school.people["former head of department"]
    lesson = f"lessons/{here.lesson_uid}"
    for path in (
        "", f"{lesson}?activity={here.activity_uid}", f"{lesson}/preview?n=2", f"runs/{here.run_id}/attendance?all=1",
        "?said=names_added&n=<b>3", f"lessons/{'0' * 20}",
    ):  # fmt: skip
        yield f"teacher {path}", lambda p=path: got(teacher, teacher.path(p), locale)  # type: ignore[misc]
    yield "guest", lambda: got(guest, guest.path(""), locale)
    yield "framed", lambda: got(nobody, teacher.path(""), locale)
    for who in ("nobody", "pupil", "pupil by code"):
        browser = school.people.get(who) or school.tool.browser()
        for query in ("", "?all=1"):
            yield f"names {who} {query}", lambda b=browser, q=query: got(b, f"/j/{here.code}{q}", locale)  # type: ignore[misc]
    waiting = school.people["pupil of another course"]
    yield "a seat", lambda: got(waiting, waiting.path("lesson"), locale)
    yield "a wrong code", lambda: nobody.client.post("/j", data={"code": "12<b>3456"})  # nobody chose a language above
    yield "not found", lambda: got(nobody, "/no/<script>alert(1)</script>", locale)


@pytest.fixture(scope="module")
def built(steady_tool: Tool) -> School:
    school = open_school(steady_tool)
    school.tool.platform.answers["GET", "/configuration"] = lambda _: json_answer(configuration(school.tool))
    school.tool.platform.answers["POST", "/register"] = lambda _: json_answer({"client_id": "<script>"})
    return school


def configuration(tool: Tool) -> dict[str, object]:
    url = tool.platform.url
    return {
        "issuer": url,
        "authorization_endpoint": f"{url}/auth",
        "token_endpoint": f"{url}/token",
        "jwks_uri": f"{url}/jwks",
        "registration_endpoint": f"{url}/register",
        "https://purl.imsglobal.org/spec/lti-platform-configuration": {"product_family_code": "<script>"},
    }


@pytest.fixture(params=HOSTILE, ids=str)
def school(request: pytest.FixtureRequest, built: School) -> School:
    hostile(built.restored(), HOSTILE[request.param])
    return built


PARTS = {"report.standing teacher", "marks.standing teacher"}
"""Put into a page by its script: parts of one, not pages."""


def look(what: str, answer: TestResponse, secrets: list[str], locale: str) -> Markup | None:
    """What holds for every answer, and for every page."""
    assert answer.status_code < 500, what
    policy = answer.headers.get("Content-Security-Policy", "")
    assert "default-src 'none'" in policy, what
    assert "unsafe" not in policy, what
    assert "*" not in policy, what
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "no-referrer" in (policy_of := answer.headers.get("Referrer-Policy", "")) or policy_of == "same-origin", what
    for secret in secrets:
        assert secret not in answer.headers.get("Location", ""), what
    if answer.mimetype != "text/html" or 300 <= answer.status_code < 400:
        return None
    page = Markup(answer.text)
    assert inline_code(page) == [], what
    assert page.unbalanced == [], what
    if what not in PARTS:
        assert page.elements[0] == ("html", page.elements[0][1])
        assert page.elements[0][1]["lang"] == locale, what
    for tag, address in page.addresses():
        assert re.match(r"/(?!/)|[#?]|data:image/|$", address) or address.startswith("http://127.0.0.1:8000/"), (
            what, tag, address,
        )  # fmt: skip
        for secret in secrets:
            assert secret not in address, (what, tag)
    known = translations("vi")._catalog
    keys = re.findall(r"[a-z_]+\.[a-z0-9_.]+", page.text)
    assert [key for key in keys if key in known or (key, 0) in known] == [], what
    for text in page.scripts:
        json.loads(text)
    return page


def secrets_of(school: School) -> list[str]:
    """What must never stand in an address: pages' tokens, tickets, browsers' cookies."""
    people = [one for one in school.people.values() if one.visit]
    cookies = [one.client.get_cookie("giotay") for one in people]
    ticket = sit(school.people["pupil"]).get("ticket") if school else ""
    return [p.token for p in people] + [c.value for c in cookies if c] + [str(ticket)]


@pytest.mark.parametrize("locale", ["vi", "en"])
@pytest.mark.parametrize("is_over", [False, True], ids=["running", "over"])
def test_every_page_shows_text_as_text(school: School, locale: str, is_over: bool) -> None:
    secrets = secrets_of(school)
    if is_over:
        end(school)
    pages = {what: look(what, get(), secrets, locale) for what, get in every_page(school, locale)}
    shown = [page for page in pages.values() if page]
    assert len(shown) >= 25
    for page in shown:
        assert [a for tag, a in page.elements if tag == "img" and a.get("src") == "x"] == []
        assert "54439" not in page.text
        assert "alert(1)" not in "".join(src.get("src", "") for tag, src in page.elements if tag == "script")


@pytest.mark.parametrize("text", [HOSTILE[name] for name in ("script", "quotes", "right to left")], ids=str)
def test_titles_and_names_are_seen_as_they_were_written(built: School, text: str) -> None:
    """Escaped, not lost: the same characters, on the pages where they matter."""
    hostile(built.restored(), text)
    end(built)
    teacher, run = built.people["teacher"], f"runs/{built.here.run_id}"
    for path in ("", f"lessons/{built.here.lesson_uid}", f"{run}/report", f"{run}/attendance?all=1", "roster"):
        page = Markup(teacher.get(path).text)
        values = [value for _, attributes in page.elements for value in attributes.values()]
        flat = " ".join(page.text.split())
        assert " ".join(text.split()) in flat or text in values, path


def test_choosing_lessons_shows_titles_as_text(built: School) -> None:
    tool = built.restored().tool
    hostile(built, HOSTILE["quotes"])
    settings = {
        "deep_link_return_url": f"{tool.platform.url}/return",
        "accept_types": ["ltiResourceLink"],
        "accept_presentation_document_targets": ["iframe"],
    }
    claims = {f"{LTI}message_type": "LtiDeepLinkingRequest", f"{LTI}resource_link": None, DEEP_LINKING: settings}
    browser = tool.browser().launch("/lti/deep-link", sub="teacher-1", **claims)
    page = look("choose", browser.get("choose"), [browser.token], "vi")
    assert page
    assert HOSTILE["quotes"] in page.text
    answer = browser.post("choose", lesson=built.here.lesson_uid)
    chosen = Markup(answer.text)
    assert inline_code(chosen) == []
    assert [a["action"] for tag, a in chosen.elements if tag == "form"] == [f"{tool.platform.url}/return"]
    assert f"form-action 'self' {tool.platform.url};" in answer.headers["Content-Security-Policy"]


def test_registering_shows_what_the_lms_says_as_text(built: School) -> None:
    tool = built.restored().tool
    browser, address = tool.browser(), f"{tool.platform.url}/configuration"
    asked = browser.client.get(
        "/lti/register", query_string={"openid_configuration": address, "registration_token": '"><b>'}
    )
    assert inline_code(Markup(asked.text)) == []
    assert "<b>" not in asked.text.partition('name="token"')[2].partition(">")[0]
    done = browser.client.post("/lti/register", data={"address": address, "token": "x"})
    assert done.status_code == 200
    assert inline_code(Markup(done.text)) == []


# --- states that the pages above do not show ------------------------------------------------------------------------


@pytest.mark.parametrize("locale", ["vi", "en"])
def test_pages_of_a_school_where_nothing_is_yet(tool: Tool, locale: str) -> None:
    """The first day: no course set up, no pupil, no lesson."""
    teacher = tool.teacher()
    pupil = tool.browser().launch(sub="new", name=None, given_name=None, family_name=None, **{f"{LTI}roles": [LEARNER]})
    for browser, path in (
        (teacher, "course"), (teacher, "roster"), (teacher, "roster/paste"), (pupil, "lesson"),
    ):  # fmt: skip
        assert look(path, got(browser, browser.path(path), locale), [browser.token], locale)
    saved = teacher.post("course", subject="Toán", grade="9", year="2026-2027", **{"class": "9A1"})
    assert saved.status_code == 303
    for path in ("", "course", "roster"):
        assert look(path, got(teacher, teacher.path(path), locale), [teacher.token], locale)
    made = teacher.post("lessons", title="")
    assert look("empty", got(teacher, made.location, locale), [teacher.token], locale)


@pytest.mark.parametrize("locale", ["vi", "en"])
def test_a_report_with_marks_on_their_way(built: School, locale: str) -> None:
    school = built.restored()
    end(school)
    teacher, run = school.people["teacher"], f"runs/{school.here.run_id}"
    sent = teacher.post(f"{run}/report/scores", **{f"s{school.here.person_id}": "8,25"})
    assert sent.status_code == 303
    with school.tool.inside():
        assert db.session.query(LineItem).one()
    for _ in range(2):
        page = look("report", got(teacher, teacher.path(f"{run}/report"), locale), [], locale)
        assert page
        assert ("8,3" if locale == "vi" else "8.3") in str(
            [a.get("value") for tag, a in page.elements if tag == "input"]
        )
        school.tool.jobs().round()
