"""Sheets for families: of one pupil, by a link that ends, with consent for each purpose, and nothing of it counted."""

import re
from dataclasses import replace
from typing import Any

import pypdfium2 as pdfium
import pytest

from lti_tool.extensions import db
from lti_tool.lessons import families, family_pdf
from lti_tool.models import (
    Conduct,
    Consent,
    Course,
    FamilyLink,
    FamilyOpening,
    FamilyWord,
    GrantKind,
    Mark,
    Membership,
    SchoolClass,
    TermComment,
)
from lti_tool.privacy import person as personal
from lti_tool.site import KEY
from tests.lti_tool.conftest import Clock
from tests.lti_tool.pages.test_profile import GOAL, taught
from tests.lti_tool.pages.test_years import school as of_subjects
from tests.lti_tool.platform import LTI
from tests.lti_tool.tool import PUPILS, Browser, Tool

DAY_H = 24


def school(tool: Tool, basis: str = "consent") -> tuple[Browser, str]:
    """A homeroom teacher of a class with one subject, and the address of the first pupil's sheet."""
    return of_homeroom(tool, tool.set_up(3), basis)


def of_homeroom(tool: Tool, teacher: Browser, basis: str) -> tuple[Browser, str]:
    """The same in a course that was set up."""
    found = tool.app.extensions[KEY]
    tool.app.extensions[KEY] = replace(found, settings=replace(found.settings, legal_basis=basis))
    assert teacher.post("marks/subject", periods="35", form="score").status_code == 303
    homeroom = tool.browser().launch(sub="homeroom-1", name="Cô Mai", **{f"{LTI}roles": []})
    with tool.inside():
        tool.grant("homeroom-1", GrantKind.HOMEROOM, subject=None)
        class_id = db.session.query(SchoolClass).one().id
        uid = tool.person("pupil-1").uid
    return homeroom, f"homeroom/classes/{class_id}/sheets/{uid}"


def agree(
    homeroom: Browser, address: str, purpose: str = "family_link", said: str = "yes", voice: str = "parent"
) -> int:
    return homeroom.post(f"{address}/consent", purpose=purpose, voice=voice, said=said).status_code


def made(homeroom: Browser, address: str, days: str = "30") -> str:
    """A link's secret, as the page shows it once."""
    answer = homeroom.post(f"{address}/link", days=days)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    found = re.search(r"/family#k=([\w-]+)<", answer.text)
    assert found
    assert re.search(rf'data-copy="[^"]+/family#k={found[1]}"', answer.text)
    return found[1]


def opened(tool: Tool, secret: str) -> int:
    return tool.browser().client.post("/family", data={"k": secret}).status_code


def test_a_link_opens_one_pupils_sheet_and_each_opening_is_written_down(any_tool: Tool) -> None:
    homeroom, address = school(any_tool)
    assert agree(homeroom, address) == 303
    secret = made(homeroom, address)
    answer = any_tool.browser().client.post("/family", data={"k": secret})
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert PUPILS[0] in answer.text
    assert not any(name in answer.text for name in PUPILS[1:])
    assert "đã mở 1 lần" in homeroom.get(address).text
    with any_tool.inside():
        link = db.session.query(FamilyLink).one()
        assert secret not in (link.fingerprint, str(vars(link)))
        assert db.session.query(FamilyOpening).count() == 1


def test_whoever_is_shown_the_sheet_has_opened_it(any_tool: Tool) -> None:
    """A forwarded link shows the sheet beside what is refused, too."""
    homeroom, address = school(any_tool, "duty")
    secret, stranger = made(homeroom, address), any_tool.browser().client
    for path, sent, status in (
        ("words", {}, 400),
        ("words", {"text": "Con ngoan"}, 200),
        ("consent", {"said": "yes"}, 400),
    ):
        answer = stranger.post(f"/family/{path}", data={"k": secret, **sent})
        assert (answer.status_code, PUPILS[0] in answer.text) == (status, True)
    assert "đã mở 3 lần" in homeroom.get(address).text
    page = any_tool.browser().client.post("/family", data={"k": secret}).text
    sitting = dict(re.findall(r'name="(k|opened)" value="([^"]+)"', page))
    assert stranger.post("/family/words", data={**sitting, "text": "Con chăm hơn"}).status_code == 200
    assert "đã mở 4 lần" in homeroom.get(address).text, "what is sent from an opened page is no other opening"


def test_the_address_of_a_link_shows_nothing_by_itself(tool: Tool) -> None:
    school(tool)
    page = tool.browser().client.get("/family").text
    assert "js/door.js" in page
    assert not any(name in page for name in PUPILS)


@pytest.mark.parametrize(
    "change", [lambda s: s[:-1], lambda s: s + "A", lambda s: "", lambda s: s.swapcase(), lambda s: "x" * 500]
)
def test_a_secret_that_was_tampered_with_opens_nothing(tool: Tool, change: object) -> None:
    homeroom, address = school(tool)
    agree(homeroom, address)
    secret = made(homeroom, address)
    assert opened(tool, change(secret)) == 404  # type: ignore[operator]
    with tool.inside():
        assert db.session.query(FamilyOpening).count() == 0


def test_a_link_ends_by_itself_by_a_press_and_by_a_newer_one(tool: Tool, clock: Clock) -> None:
    homeroom, address = school(tool)
    agree(homeroom, address)
    first = made(homeroom, address, "7")
    second = made(homeroom, address, "7")
    assert (opened(tool, first), opened(tool, second)) == (404, 200)
    assert homeroom.post(f"{address}/link/revoke").status_code == 303
    assert opened(tool, second) == 404
    third = made(homeroom, address, "7")
    clock.wait(hours=7 * DAY_H - 1)
    assert opened(tool, third) == 200
    clock.wait(hours=1)
    assert opened(tool, third) == 404


@pytest.mark.parametrize("how", ["expired", "revoked", "tampered"])
def test_a_link_that_is_over_opens_no_door_and_keeps_nothing(tool: Tool, clock: Clock, how: str) -> None:
    """Not the sheet, not its file, no word, no consent: also for who has the page still open."""
    homeroom, address = school(tool, "duty")
    secret, parent = made(homeroom, address, "7"), tool.browser().client
    sitting = re.search(r'name="opened" value="([^"]+)"', parent.post("/family", data={"k": secret}).text)
    assert sitting
    if how == "expired":
        clock.wait(hours=7 * DAY_H)
    elif how == "revoked":
        homeroom.post(f"{address}/link/revoke")
    sent = {"k": secret.swapcase() if how == "tampered" else secret, "opened": sitting[1]}
    doors = {
        "": {},
        "/pdf": {},
        "/words": {"text": "Con ngoan"},
        "/consent": {"purpose": "family_words", "said": "yes"},
    }
    for door, more in doors.items():
        answer = parent.post(f"/family{door}", data={**sent, **more})
        assert (answer.status_code, PUPILS[0] in answer.text) == (404, False), door
    with tool.inside():
        assert db.session.query(FamilyOpening).count() == 1
        assert db.session.query(FamilyWord).count() == db.session.query(Consent).count() == 0


def test_without_consent_no_link_is_made_and_taking_it_back_closes_the_link(any_tool: Tool) -> None:
    homeroom, address = school(any_tool)
    assert homeroom.post(f"{address}/link", days="30").status_code == 409
    agree(homeroom, address)
    secret = made(homeroom, address)
    parent = any_tool.browser().client
    answer = parent.post("/family/consent", data={"k": secret, "purpose": "family_link", "said": "no"})
    assert (answer.status_code, "không mở nữa" in answer.text) == (200, True)
    assert opened(any_tool, secret) == 404
    with any_tool.inside():
        ledger = [
            (c.purpose, c.is_given, c.how, c.recorded_by is None)
            for c in db.session.query(Consent).order_by(Consent.id)
        ]
    assert ledger == [("family_link", True, "paper", False), ("family_link", False, "link", True)]


@pytest.mark.parametrize("purpose", ["publication", "family_words", "family_link"])
def test_a_family_whose_pupil_has_left_the_class_can_still_take_back(tool: Tool, purpose: str) -> None:
    homeroom, address = school(tool)
    for one in {"family_link", purpose}:
        agree(homeroom, address, one)
    secret = made(homeroom, address)
    with tool.inside():
        for membership in db.session.query(Membership).filter_by(person_id=tool.person("pupil-1").id):
            membership.is_active = False
    answer = tool.browser().client.post("/family/consent", data={"k": secret, "purpose": purpose, "said": "no"})
    assert (answer.status_code, "không mở nữa" in answer.text) == (200, True)
    assert PUPILS[0] not in answer.text
    with tool.inside():
        given = db.session.query(Consent.is_given).filter_by(purpose=purpose).order_by(Consent.id).all()
        assert given[-1] == (False,)


def test_on_another_legal_basis_only_publication_asks_for_consent(tool: Tool) -> None:
    homeroom, address = school(tool, "duty")
    secret = made(homeroom, address)
    assert "Sự đồng ý" not in tool.browser().client.post("/family", data={"k": secret}).text
    with tool.inside():
        who = tool.person("pupil-1").id
        assert families.may(who, families.WORDS)
        assert not families.may(who, families.PUBLICATION)
    assert agree(homeroom, address, "publication") == 303
    with tool.inside():
        assert not families.may(who, families.PUBLICATION)  # the pupil's own word is missing
    assert agree(homeroom, address, "publication", voice="pupil") == 303
    with tool.inside():
        assert families.may(who, families.PUBLICATION)


@pytest.mark.parametrize(
    "sent",
    [{"purpose": "all"}, {"voice": "teacher"}, {"voice": "pupil"}, {"said": "maybe"}, {"purpose": ""}],
)
def test_consent_is_for_one_purpose_that_is_known(tool: Tool, sent: dict[str, str]) -> None:
    homeroom, address = school(tool)
    form = {"purpose": "family_link", "voice": "parent", "said": "yes", **sent}
    assert homeroom.post(f"{address}/consent", **form).status_code == 400
    with tool.inside():
        assert db.session.query(Consent).count() == 0


def test_a_familys_word_is_kept_apart_from_every_mark(any_tool: Tool) -> None:
    homeroom, address = school(any_tool)
    agree(homeroom, address)
    secret = made(homeroom, address)
    parent = any_tool.browser().client
    word = {"k": secret, "attitude": "willing", "diligence": "daily", "text": "Con tự học mỗi tối."}
    assert parent.post("/family/words", data=word).status_code == 409  # nobody agreed that it is kept
    agree(homeroom, address, "family_words")
    assert parent.post("/family/words", data=word).status_code == 200
    with any_tool.inside():
        context_id, uid = any_tool.course().id, any_tool.person("pupil-1").uid
    assert "Con tự học mỗi tối." in homeroom.get(f"homeroom/{context_id}/{uid}").text
    assert "Con tự học" not in any_tool.teacher().get(f"profile/{uid}").text  # it was said to the homeroom teacher
    page = homeroom.get(address).text
    assert "Con tự học mỗi tối." in page
    assert "Tự giác" in page
    with any_tool.inside():
        assert db.session.query(FamilyWord).count() == 1
        assert db.session.query(Mark).count() == db.session.query(TermComment).count() == 0


@pytest.mark.parametrize("sent", [{}, {"text": "  "}, {"attitude": "perfect"}, {"diligence": "x", "text": "\x00"}])
def test_an_empty_word_is_refused(tool: Tool, sent: dict[str, str]) -> None:
    homeroom, address = school(tool, "duty")
    secret = made(homeroom, address)
    assert tool.browser().client.post("/family/words", data={"k": secret, **sent}).status_code == 400
    with tool.inside():
        assert db.session.query(FamilyWord).count() == 0


def test_a_family_says_so_much_a_day_and_no_more(tool: Tool) -> None:
    homeroom, address = school(tool, "duty")
    secret = made(homeroom, address)
    parent = tool.browser().client
    said = [parent.post("/family/words", data={"k": secret, "text": f"Lời {n}"}).status_code for n in range(6)]
    assert said == [200] * 5 + [429]


def test_what_one_family_does_is_nothing_to_another(tool: Tool) -> None:
    """Its link, its openings, its words of a day: each pupil has their own, in each class."""
    homeroom, address = school(tool, "duty")
    with tool.inside():
        uid = tool.person("pupil-2").uid
    secret, other = made(homeroom, address), made(homeroom, f"{address.rpartition('/')[0]}/{uid}")
    assert [opened(tool, one) for one in (secret, secret, other)] == [200] * 3
    with tool.inside():
        class_ = db.session.query(SchoolClass).one()
        last = SchoolClass(registration_id=class_.registration_id, name="8A1", grade=8, school_year="2025-2026")
        db.session.add(last)
        db.session.flush()
        people = [tool.person(f"pupil-{n}").id for n in (1, 2, 3)]
        stands = [families.link_state(class_, who) for who in people]
        assert [one and (one.link.person_id, one.openings) for one in stands] == [(people[0], 2), (people[1], 1), None]
        assert families.link_state(last, people[0]) is None
    parent = tool.browser().client
    for n in range(6):
        parent.post("/family/words", data={"k": secret, "text": f"Lời {n}"})
    assert parent.post("/family/words", data={"k": other, "text": "Lời khác"}).status_code == 200


def test_a_refused_word_stands_in_the_sheet_with_what_was_typed(tool: Tool) -> None:
    """The page was posted for: by "back" a browser would find nothing."""
    homeroom, address = school(tool, "duty")
    secret = made(homeroom, address)
    parent = tool.browser().client
    page = parent.post("/family/words", data={"k": secret, "text": " "}).text
    assert "Chọn một ý hoặc viết vài chữ." in page
    assert PUPILS[0] in page
    for n in range(5):
        parent.post("/family/words", data={"k": secret, "text": f"Lời {n}"})
    page = parent.post("/family/words", data={"k": secret, "attitude": "willing", "text": "Lời thứ sáu"}).text
    assert "Mỗi ngày gửi được 5 lần." in page
    assert ">Lời thứ sáu</textarea>" in page
    assert 'value="willing" checked' in page


def test_who_finds_a_link_closed_is_told_what_to_do_and_sent_to_no_lesson(tool: Tool) -> None:
    school(tool)
    page = tool.browser().client.post("/family", data={"k": "guessed"}).text
    assert "Gia đình xin thầy cô chủ nhiệm đường liên kết mới." in page
    assert "Nhập mã vào lớp" not in page


def test_a_page_that_is_loaded_again_says_nothing_twice(any_tool: Tool, clock: Clock) -> None:
    homeroom, address = school(any_tool, "duty")
    secret = made(homeroom, address)
    parent = any_tool.browser().client
    word = {"k": secret, "attitude": "willing", "text": "Con tự học."}
    yes = {"k": secret, "purpose": "publication", "said": "yes"}
    for _ in range(2):
        assert parent.post("/family/words", data=word).status_code == 200
        assert parent.post("/family/consent", data=yes).status_code == 200
    with any_tool.inside():
        assert (db.session.query(FamilyWord).count(), db.session.query(Consent).count()) == (1, 1)
    assert parent.post("/family/words", data={**word, "attitude": "reminded"}).status_code == 200
    clock.wait(hours=DAY_H)
    assert parent.post("/family/words", data={**word, "attitude": "reminded"}).status_code == 200
    with any_tool.inside():
        assert db.session.query(FamilyWord).count() == 3


def test_a_family_agrees_so_often_a_day_and_takes_back_whenever_it_likes(tool: Tool) -> None:
    homeroom, address = school(tool, "duty")
    secret = made(homeroom, address)
    parent = tool.browser().client
    said = [
        parent.post("/family/consent", data={"k": secret, "purpose": "publication", "said": one}).status_code
        for one in ["yes", "no"] * 5 + ["yes", "no", "no"]
    ]
    assert said == [200] * 10 + [429, 200, 200]
    with tool.inside():
        assert not families.may(tool.person("pupil-1").id, families.PUBLICATION)
        assert db.session.query(Consent).count() == 10


def test_every_sheet_of_the_class_prints_one_pupil_a_page(tool: Tool) -> None:
    homeroom, address = school(tool)
    page = homeroom.get(address.rpartition("/")[0]).text
    sheets = re.findall(r'<article class="pupil-page".*?</article>', page, re.DOTALL)
    assert [sum(name in sheet for name in PUPILS) for sheet in sheets] == [1, 1, 1]
    assert homeroom.get(f"{address.rpartition('/')[0]}/nobody").status_code == 404


def test_a_sheet_holds_the_subjects_that_its_pupil_has(tool: Tool) -> None:
    """Who is in one course of the class and not in the other, as in an elective, has a sheet like everybody."""
    _, homeroom, class_id = of_subjects(tool, ["Tin học"])
    with tool.inside():
        course = db.session.query(Course).filter_by(subject="Tin học").one()
        who = tool.person("pupil-3").id
        db.session.query(Membership).filter_by(context_id=course.context_id, person_id=who).delete()
    page = homeroom.get(f"homeroom/classes/{class_id}/sheets").text
    sheets = re.findall(r'<article class="pupil-page".*?</article>', page, re.DOTALL)
    assert [(name, "Toán" in sheet, "Tin học" in sheet) for name, sheet in zip(PUPILS, sheets, strict=False)] == [
        (PUPILS[0], True, True), (PUPILS[1], True, True), (PUPILS[2], True, False),
    ]  # fmt: skip
    assert all(name in sheet for name, sheet in zip(PUPILS, sheets, strict=False))


def test_a_sheet_shows_what_was_said_in_this_class_and_stands(tool: Tool) -> None:
    """Last year's words of the family stay with last year's class; a comment that was taken back is not there."""
    homeroom, address = school(tool)
    remark(tool, "Em chăm học.")
    remark(tool, "")
    with tool.inside():
        this = db.session.query(SchoolClass).one()
        last = SchoolClass(registration_id=this.registration_id, name="8A1", grade=8, school_year="2025-2026")
        db.session.add(last)
        db.session.flush()
        for class_, text in ((last, "Cháu hay quên sách"), (this, "Cháu tự học mỗi tối")):
            said = FamilyWord(class_id=class_.id, person_id=tool.person("pupil-1").id, text=text, at=1)
            said.attitude = said.diligence = ""
            db.session.add(said)
    page = homeroom.get(address.rpartition("/")[0]).text
    assert "Em chăm học" not in page
    with tool.inside():
        profile = f"homeroom/{tool.course().id}/{tool.person('pupil-1').uid}"
    for shown in (page, homeroom.get(profile).text):
        assert ("Cháu tự học mỗi tối" in shown, "Cháu hay quên sách" in shown) == (True, False)
    with tool.inside():
        sheet = families.sheet_of(db.session.query(SchoolClass).filter_by(name="9A1").one(), tool.person("pupil-1").uid)
        assert [one.comments for one in sheet.subjects] == [{}]


@pytest.mark.parametrize("days", ["1", "365", "", "x"])
def test_a_link_lasts_as_long_as_the_list_says(tool: Tool, days: str) -> None:
    homeroom, address = school(tool, "duty")
    assert homeroom.post(f"{address}/link", days=days).status_code == 400


def test_a_pupil_who_left_the_class_or_was_erased_has_no_sheet(tool: Tool) -> None:
    homeroom, address = school(tool, "duty")
    secret = made(homeroom, address)
    with tool.inside():
        pupil = tool.person("pupil-1")
        db.session.query(Membership).filter_by(person_id=pupil.id).one().is_active = False
    assert opened(tool, secret) == 404
    with tool.inside():
        db.session.query(Membership).filter_by(person_id=tool.person("pupil-1").id).one().is_active = True
    assert opened(tool, secret) == 200
    with tool.inside():
        copy = personal.export(tool.person("pupil-1"))
        assert "fingerprint" not in copy["family_link"][0]
        personal.erase(tool.person("pupil-1"))
        db.session.commit()
        assert db.session.query(FamilyLink).count() == db.session.query(FamilyOpening).count() == 0
    assert opened(tool, secret) == 404


def test_a_sheet_says_the_marks_so_far_and_how_far_this_pupil_has_come(tool: Tool) -> None:
    """Before a term has an average there is something to talk about: marks that stand, and what the answers show."""
    teacher = taught(tool)  # the first pupil is right in all, the second in none
    homeroom, address = of_homeroom(tool, teacher, "duty")
    with tool.inside():
        who, other = tool.person("pupil-1").id, tool.person("pupil-2").uid
    assert teacher.post("marks", term="1", **{f"m{who}.regular1": "8,25", f"m{who}.midterm": "7"}).status_code == 303
    page = homeroom.get(address).text
    assert "Điểm đã có, HK I:" in page
    assert "TX 1: <b>8,3</b> · Giữa kì: <b>7</b>" in page
    assert f"<b>Đã nắm vững:</b> {GOAL}." in page
    assert "Cần luyện thêm" not in page
    second = homeroom.get(f"{address.rpartition('/')[0]}/{other}").text
    assert f"<b>Cần luyện thêm, thầy cô sẽ giúp:</b> {GOAL}." in second
    assert "8,3" not in second
    paper = " ".join(papers(homeroom.get(f"{address}/pdf").data)[0].split())
    assert f"Đã nắm vững: {GOAL}." in paper
    assert "TX 1: 8,3 · Giữa kì: 7" in paper


# --- as PDF ---------------------------------------------------------------------------------------------------------


def papers(data: bytes) -> list[str]:
    """The words of each page, whose size is A4."""
    document = pdfium.PdfDocument(data)
    try:
        assert {(round(page.get_width()), round(page.get_height())) for page in document} == {(595, 842)}
        return [page.get_textpage().get_text_bounded() for page in document]
    finally:
        document.close()


def remark(tool: Tool, text: str, *, subject: int = 1) -> None:
    """What the teacher says of a pupil in both terms."""
    with tool.inside():
        course, who = db.session.query(Course).one(), tool.person(f"pupil-{subject}").id
        for term in (1, 2):
            said = TermComment(context_id=course.context_id, school_year=course.school_year, term=term)
            said.person_id, said.text, said.made_at = who, text, 1
            db.session.add(said)


def test_the_sheets_of_a_class_are_one_file_with_a_page_for_each_pupil(any_tool: Tool) -> None:
    homeroom, address = school(any_tool, "duty")
    with any_tool.inside():
        who = any_tool.person("pupil-1").id
    any_tool.teacher().post("marks", term="1", **{f"m{who}.{p}": "8,25" for p in ("regular1", "regular2")})
    any_tool.teacher().post("marks", term="1", **{f"m{who}.{p}": "7" for p in ("midterm", "final")})
    remark(any_tool, "Em tiến bộ rõ ở “Hệ thức Vi-ét”, cần luyện: ax² + bx + c ≥ 0.")
    answer = homeroom.get(address.rpartition("/")[0] + "/pdf")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf")
    assert answer.headers["Cache-Control"] == "no-store"
    pages = papers(answer.data)
    assert len(pages) == 3
    for name, page in zip(PUPILS[:3], pages, strict=True):
        assert [one for one in PUPILS[:3] if one in page] == [name]
    assert "7,4" in pages[0]  # (8,3 × 2 + 2 × 7 + 3 × 7) : 7 = 7,37
    assert "Em tiến bộ rõ ở “Hệ thức Vi-ét”, cần luyện: ax² + bx + c ≥ 0." in " ".join(pages[0].split())
    assert "7,4" not in pages[1] + pages[2]


def test_a_sheet_says_in_words_what_nobody_has_entered(tool: Tool) -> None:
    """A row of dashes says nothing to a family; what is entered stands alone, without the rest's dashes."""
    homeroom, address = school(tool, "duty")
    nothing = ("Thầy cô chủ nhiệm chưa ghi.", "Chưa môn nào đủ điểm để tính kết quả học kì.")
    for told in (homeroom.get(address).text, *papers(homeroom.get(f"{address}/pdf").data)):
        assert all(words in told for words in nothing)
    with tool.inside():
        class_, who = db.session.query(SchoolClass).one(), tool.person("pupil-1").id
        db.session.add(Conduct(class_id=class_.id, person_id=who, term=1, level="kha", absent=2, made_at=1))
    page = homeroom.get(address).text
    assert "<p>HK I: <b>Khá</b> · Số buổi nghỉ HK I: <b>2</b></p>" in page
    assert nothing[0] not in page


def test_one_pupils_file_is_one_page_however_much_was_said(tool: Tool) -> None:
    homeroom, address = school(tool, "duty")
    secret = made(homeroom, address)
    remark(tool, "Chăm " * 119 + "chỉ.")
    for number in range(3):
        tool.browser().client.post(
            "/family/words", data={"k": secret, "text": f"{number}. " + "Con học mỗi tối. " * 34}
        )
    pages = papers(homeroom.get(f"{address}/pdf").data)
    assert len(pages) == 1
    assert pages[0].count("Chăm") == 2 * 119
    assert pages[0].count("Lời gia đình") == 2  # the newest two


@pytest.mark.parametrize(
    "name", ["<b>An</b> & Bình", "Nguyê\u0303n Hê\u0323", "An\x00\x08", "𝔸🙂 مرحبا", "%(name)s {{ x }}"]
)
def test_a_name_is_letters_and_nothing_else(tool: Tool, name: str) -> None:
    homeroom, address = school(tool, "duty")
    with tool.inside():
        tool.person("pupil-1").name = name
    (page,) = papers(homeroom.get(f"{address}/pdf").data)
    if name.isascii() and name.isprintable():
        assert name in page
    assert "Nguyễn Hệ" in page or not name.startswith("Ng")


def test_the_same_sheets_on_one_day_are_the_same_file(tool: Tool) -> None:
    homeroom, address = school(tool, "duty")
    assert homeroom.get(f"{address}/pdf").data == homeroom.get(f"{address}/pdf").data


def test_a_family_takes_its_sheet_along_and_that_is_an_opening(any_tool: Tool) -> None:
    homeroom, address = school(any_tool, "duty")
    secret = made(homeroom, address)
    parent = any_tool.browser().client
    answer = parent.post("/family/pdf", data={"k": secret})
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    (page,) = papers(answer.data)
    assert PUPILS[0] in page
    with any_tool.inside():
        assert db.session.query(FamilyOpening).count() == 1
    homeroom.post(f"{address}/link/revoke")
    assert parent.post("/family/pdf", data={"k": secret}).status_code == 404


def test_while_a_familys_file_is_drawn_nobody_waits_for_the_database(
    any_tool: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On SQLite a request that posts holds the one lock: it is given back before the drawing, which asks no more."""
    homeroom, address = school(any_tool, "duty")
    secret, draw, held = made(homeroom, address), family_pdf.pages, list[bool]()
    parent = any_tool.browser().client
    assert parent.post("/family/words", data={"k": secret, "text": "Con ngoan"}).status_code == 200

    def watched(*given: Any) -> bytes:
        held.append(db.session().in_transaction())
        body = draw(*given)
        held.append(db.session().in_transaction())
        return body

    monkeypatch.setattr(family_pdf, "pages", watched)
    (page,) = papers(parent.post("/family/pdf", data={"k": secret}).data)
    assert held == [False, False]
    assert "Con ngoan" in page
    with any_tool.inside():
        assert db.session.query(FamilyOpening).count() == 2  # kept before it was drawn
