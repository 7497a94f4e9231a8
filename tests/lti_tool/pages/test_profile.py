"""A pupil's profile and the class page: the numbers with their evidence, the words, and who may read what."""

import re
from collections.abc import Sequence

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from analytics.attendance import Status
from analytics.mastery import consumer
from analytics.mastery import store as mastery
from analytics.mastery.head import NAMES, Head, Versioned
from analytics.mastery.store import Scope
from analytics.tables import mastery_answer
from live_session.commands import SERVER, JoinTeam, Open, Reveal, Shut
from live_session.model import Activity, Shown, Standing
from lti_tool.clock import local
from lti_tool.extensions import db
from lti_tool.lessons import profiles, profilewords
from lti_tool.lessons.sittings import Sat, Term
from lti_tool.models import EntryKind, GrantKind, LessonActivity, LessonRun, ProfileEntry, SchoolRule
from tests.analytics.teaching import ask, end, lesson, pass_minutes, retake, store
from tests.live_session.build import activity
from tests.lti_tool.conftest import Clock
from tests.lti_tool.platform import LTI
from tests.lti_tool.school import sit
from tests.lti_tool.tool import PUPILS, SINGLE, Browser, Tool
from tests.lti_tool.witness import fault_of

GOAL = "Giải phương trình bậc hai"
DAYS = 4


def question(n: int, goals: Sequence[str] = (GOAL,)) -> Activity:
    return replace(activity("single", f"q{n}"), item=f"item{n}", version=1, objective=goals[n % len(goals)])


def taught(tool: Tool, goals: Sequence[str] = (GOAL,), a_day: int = 4) -> Browser:
    """Four lessons on four days, each of four questions: the first pupil is right in all, the second in none."""
    teacher = tool.set_up(3)
    for day in range(DAYS):
        teach(tool, teacher, [question(a_day * day + n, goals) for n in range(a_day)], DAYS - day)
    return teacher


def teach(tool: Tool, teacher: Browser, deck: Sequence[Activity], days_ago: int, right: int = 1, wrong: int = 2) -> str:
    """A lesson in which one pupil is right in all and another in none."""
    run_id = tool.start(teacher, SINGLE)
    with tool.inside():
        able, other = (tool.person(f"pupil-{n}").uid for n in (right, wrong))
        book = lesson(*deck).seat(able, other)
        for one in deck:
            ask(book, one.id, right=[able], wrong=[other])
        store(db.session.connection(), end(book), run_id)
        db.session.get_one(LessonRun, run_id).started_at -= days_ago * 86_400_000
    tool.jobs().round()
    return run_id


def uid(tool: Tool, number: int) -> str:
    with tool.inside():
        return tool.person(f"pupil-{number}").uid


def entries(tool: Tool) -> list[ProfileEntry]:
    with tool.inside():
        found = list(db.session.scalars(select(ProfileEntry).order_by(ProfileEntry.id)))
        db.session.expunge_all()
    return found


def test_the_teacher_sees_levels_with_the_answers_behind_them(tool: Tool) -> None:
    teacher = taught(tool)
    page = teacher.get(f"profile/{uid(tool, 2)}").text
    assert "Hồ sơ theo dõi quá trình học tập (nội bộ lớp học)" in page
    assert "Chưa đạt" in page
    assert "đúng 0/16 câu · 4 ngày" in page
    assert "Xác suất đã đạt" in page
    assert (
        len(re.findall(rf'/work/{uid(tool, 2)}/of/[^"#]+#q-q\d+"', page)) == 16
    )  # each answer leads to the pupil's work
    assert page.count("Em trả lời: A") == 16
    assert 'class="growth-band"' in page
    days = re.findall(r'<th scope="row"><a href="#(d[\d-]+)">', page)  # each day of the growth leads to its lessons
    assert days
    assert set(days) <= set(re.findall(r'<tr id="(d[\d-]+)"', page))
    assert '<details class="objective" data-stays>' in page  # printed, it is one page, not ten
    assert PUPILS[0] not in page
    third = teacher.get(f"profile/{uid(tool, 3)}").text
    assert "Chưa có câu trả lời nào" in third
    assert "Chọn một dòng" not in third, "there is none to choose"


def test_a_lesson_that_goes_on_moves_the_levels_once_keys_are_out(tool: Tool, clock: Clock) -> None:
    """Within a minute, and to whoever may see the profile; nobody reads there what is right before the class may."""
    teacher = taught(tool)
    run_id = tool.start(teacher, SINGLE)
    pupil = tool.pupil(2)
    with tool.inside():
        able, other = (tool.person(f"pupil-{n}").uid for n in (1, 2))
        book = lesson(question(20), question(21)).seat(able, other)
        ask(book, "q20", right=[able], wrong=[other])
        store(db.session.connection(), book.do(Reveal("q20", Shown.KEY)), run_id)
        db.session.commit()
    tool.jobs().round()
    assert "đúng 0/17 câu · 5 ngày" in (page := teacher.get(f"profile/{other}").text)
    assert page.count("Tiết học này còn đang diễn ra") == 1
    assert "Tính cả tiết đang học, đến " in teacher.get("class").text
    assert "đúng 0/17 câu" in pupil.get("profile").text
    with tool.inside():
        ask(book, "q21", right=[other], wrong=[able])
        store(db.session.connection(), book, run_id)
        db.session.commit()
    clock.wait(minutes=2)
    tool.jobs().round()
    assert "đúng 0/17 câu" in pupil.get("profile").text, "its key is not out"
    with tool.inside():
        store(db.session.connection(), end(book), run_id)
        db.session.commit()
    clock.wait(minutes=2)
    tool.jobs().round()
    assert "đúng 1/18 câu · 5 ngày" in (page := teacher.get(f"profile/{other}").text)
    assert "còn đang diễn ra" not in page
    assert "Tính cả tiết đang học" not in teacher.get("class").text


def test_an_answer_stands_beside_what_its_question_was_called_then(tool: Tool) -> None:
    """One that has changed since, or is deleted, is looked up in its lesson."""
    teacher = taught(tool)
    with tool.inside():
        kept = db.session.scalars(select(LessonActivity)).first()
        assert kept is not None
        kept.uid, kept.version, kept.title = "item0", 2, "Called so today"
        db.session.commit()
    page = teacher.get(f"profile/{uid(tool, 2)}").text
    assert ">Title q0<" in page
    assert ">Title q15<" in page  # of no lesson any more
    assert "Called so today" not in page


def test_of_ten_thousand_answers_the_newest_are_shown_and_all_counted(any_tool: Tool) -> None:
    tool = any_tool
    teacher = taught(tool)
    who = uid(tool, 2)
    with tool.inside():
        connection = db.session.connection()
        one = connection.execute(select(mastery_answer).where(mastery_answer.c.pupil == who)).mappings().first()
        assert one is not None
        many = ({**one, "n": 100 + n, "position": 1, "item": f"many{n}@1"} for n in range(10_000))
        connection.execute(mastery_answer.insert(), list(many))
        db.session.commit()
    page = teacher.get(f"profile/{who}")
    assert "đúng 0/10016 câu" in page.text
    of_answers = re.compile(rf'/work/{who}/of/[^"#]+#q-')
    assert len(of_answers.findall(page.text)) == profiles.MOST_ANSWERS
    assert "Trước đó còn 9.956 câu" in page.text  # 60 are shown
    assert len(page.data) < 100_000
    assert len(of_answers.findall(teacher.get(f"profile/{who}?all=1").text)) == 10_016
    assert teacher.get("class").status_code == 200


def test_what_was_answered_before_stands_there_and_does_not_count(tool: Tool) -> None:
    """Right answers to questions whose key the class has seen: the count stays, and the page says why."""
    teacher, who = taught(tool), uid(tool, 2)
    teach(tool, teacher, [question(n) for n in range(4)], 0, right=2, wrong=1)
    for page in (teacher.get(f"profile/{who}").text, tool.pupil(2).get("profile").text):
        assert "đúng 0/16 câu · 4 ngày" in page
        assert page.count("Em đã trả lời câu này trước đó, nên lần này không tính vào mức.") == 4
        assert page.count(">Title q") == 20


def test_whose_key_was_seen_stands_there_with_the_day_and_does_not_count(tool: Tool) -> None:
    """Silent when the class was shown the key, right a week later: the page says since when that tells nothing."""
    teacher, who = tool.set_up(2), uid(tool, 2)
    run_id = tool.start(teacher, SINGLE)
    with tool.inside():
        able = tool.person("pupil-1").uid
        book = lesson(question(0)).seat(able, who).do(Open("q0"))
        pass_minutes(book, 2, able, who)
        book.answer(able, "q0", "C")
        book.do(Shut("q0")).do(Reveal("q0", Shown.KEY))
        store(db.session.connection(), end(book), run_id)
        day = local(book.clock()).date()
    tool.jobs().round()
    assert GOAL not in teacher.get(f"profile/{who}").text
    teach(tool, teacher, [replace(question(0), id="q9"), question(1)], 0, right=2, wrong=1)
    for page in (teacher.get(f"profile/{who}").text, tool.pupil(2).get("profile").text):
        assert "đúng 1/1 câu" in page
        assert page.count(f"Em đã được xem đáp án câu này ngày {day:%d/%m/%Y}, nên lần này không tính vào mức.") == 1
        assert "Em đã trả lời câu này trước đó" not in page


def works_in(page: str) -> list[str]:
    """Where the page's answers and lessons lead, as paths under the launch."""
    return sorted({found.split("#")[0] for found in re.findall(r'href="/l/[^/]+/(work/[^"]+)"', page)})


def test_every_answer_and_lesson_opens_the_work_behind_it_for_whoever_may(tool: Tool) -> None:
    teacher = taught(tool)
    _, nobodys = (tool.browser().launch(sub=f"homeroom-{n}", name="Cô Hoa", **{f"{LTI}roles": []}) for n in (1, 2))
    with tool.inside():
        tool.grant("homeroom-1", GrantKind.HOMEROOM)
        context = tool.course().id
    homeroom = tool.browser().launch(sub="homeroom-1", name="Cô Hoa", **{f"{LTI}roles": []})
    pupil, who = tool.pupil(2), uid(tool, 2)
    pages = {
        "teacher": (teacher, teacher.get(f"profile/{who}").text),
        "pupil": (pupil, pupil.get("profile").text),
        "homeroom teacher": (homeroom, homeroom.get(f"homeroom/{context}/{who}").text),
    }
    for name, (browser, page) in pages.items():
        assert len(works_in(page)) == DAYS, name
        work = browser.get(works_in(page)[0]).text
        assert 'id="q-q' in work, name
        assert "<b>A</b>" in work, name
        back = re.search(r'class="back" href="/l/[^/]+/([^"]+)"', work)
        assert back is not None
        assert browser.get(back[1]).status_code == 200, name
    path = works_in(pages["teacher"][1])[0]
    assert "Báo cáo cả lớp" in teacher.get(path).text
    assert "Báo cáo cả lớp" not in pupil.get(path).text + homeroom.get(path).text
    for other in (tool.pupil(1), nobodys):
        assert (other.get(path).status_code, fault_of(other.get(path))) == (404, "no_work")
    assert teacher.get("work/x/of/x").status_code == 404


def test_a_pupil_sees_what_was_chosen_once_the_class_was_shown_the_key(tool: Tool) -> None:
    """The level says "right" or "not"; beside the letter that tells the key, which another class may yet be asked."""
    teacher = tool.set_up(1)
    run_id = tool.start(teacher, SINGLE)
    with tool.inside():
        who = tool.person("pupil-1").uid
        book = lesson(question(1), question(2)).seat(who)
        ask(book, "q1", wrong=[who]).do(Reveal("q1", Shown.KEY))
        ask(book, "q2", wrong=[who])
        store(db.session.connection(), end(book), run_id)
    tool.jobs().round()
    own = re.findall(r">Title (q\d)</a>(.*?)</th>", tool.pupil(1).get("profile").text)
    assert [(title, "Em trả lời: A" in beside) for title, beside in own] == [("q2", False), ("q1", True)]
    assert teacher.get(f"profile/{who}").text.count("Em trả lời: A") == 2
    work = tool.pupil(1).get(f"work/{who}/of/{run_id}").text
    assert work.count('class="chip') == 1  # right or wrong, of the one


def test_a_pupil_reads_the_own_one_in_other_words(tool: Tool) -> None:
    taught(tool)
    page = tool.pupil(2).get("profile").text
    assert "Phần này em cần luyện thêm" in page
    assert "Xác suất" not in page
    assert "Chưa đạt" not in page
    assert PUPILS[0] not in page
    assert PUPILS[2] not in page
    assert tool.pupil(1).get(f"profile/{uid(tool, 2)}").status_code == 403


RIGHT = ({1: 2, 2: 2, 3: 4}, {1: 4, 2: 1, 3: 4})
"""How many of four questions each pupil has right, in a lesson and a week later."""


def grown(tool: Tool, *, is_team: bool = False) -> list[Browser]:
    """Two lessons, at the end of which the first two pupils may be one team; no job has seen the second."""
    teacher = tool.set_up(3)
    pupils = [tool.pupil(n) for n in RIGHT[0]]
    for week, counts in enumerate(RIGHT):
        run_id = tool.start(teacher, SINGLE)
        devices = [sit(pupil)["device"] for pupil in pupils]
        with tool.inside():
            who = {n: tool.person(f"pupil-{n}").uid for n in counts}
            deck = [question(4 * week + n) for n in range(4)]
            book = lesson(*deck).seat(*who.values())
            for one, device in zip(who.values(), devices, strict=True):
                retake(book, one, device, Standing.LAUNCHED)
            for place, one in enumerate(deck):
                right = [who[n] for n, count in counts.items() if place < count]
                ask(book, one.id, right=right, wrong={*who.values()} - {*right})
            if is_team:
                book.do(JoinTeam(who[1], devices[0], who[2], devices[1]), actor=SERVER)
            store(db.session.connection(), end(book), run_id)
            run = db.session.get_one(LessonRun, run_id)
            run.started_at -= (1 - week) * 7 * 86_400_000
        if not week:
            tool.jobs().round()
    return pupils


def test_the_own_page_says_how_far_a_pupil_has_come_since_the_own_lesson_before(tool: Tool) -> None:
    risen, fallen, steady = grown(tool)
    assert [one.fetch("progress").json for one in (risen, fallen, steady)] == [{"said": None}] * 3  # no job has read it
    tool.jobs().round()
    said = risen.fetch("progress").json["said"]
    assert re.fullmatch(
        f"Phần “{GOAL}”: tiết \\d\\d/\\d\\d em đúng 2/4 câu, tiết \\d\\d/\\d\\d em đúng 4/4 câu."
        " Em đang tiến lên so với chính mình.",
        said,
    )
    assert said in risen.get("profile").text
    assert f'href="#{profiles.anchor(GOAL)}">Xem các câu đã làm</a>' in risen.get("profile").text
    assert fallen.fetch("progress").json == {"said": ""}
    assert "tiến lên" not in fallen.get("profile").text
    held = steady.fetch("progress").json["said"]
    assert held.startswith(f"Phần “{GOAL}”: em đúng hết cả hai tiết")
    assert held in steady.get("profile").text
    assert said not in tool.teacher().get(f"profile/{uid(tool, 1)}").text


def test_a_phone_at_which_several_look_says_nothing_of_one_of_them(tool: Tool) -> None:
    host, guest, alone = grown(tool, is_team=True)
    tool.jobs().round()
    assert [one.fetch("progress").json for one in (host, guest)] == [{"said": ""}] * 2
    assert alone.fetch("progress").json["said"]


def test_strengths_are_told_against_the_pupils_own_mean(tool: Tool) -> None:
    strong, weak = "Giải phương trình bậc hai", "Định lí Thalès"
    teacher = tool.set_up(3)
    run_id = tool.start(teacher, SINGLE)
    with tool.inside():
        who = tool.person("pupil-1").uid
        deck = [replace(question(n), objective=strong if n < 8 else weak) for n in range(16)]
        book = lesson(*deck).seat(who)
        for one in deck:
            ask(book, one.id, **{"right" if one.objective == strong else "wrong": [who]})
        store(db.session.connection(), end(book), run_id)
    tool.jobs().round()
    told = teacher.get(f"profile/{who}").text
    opens = {name: f'<a href="#{profiles.anchor(name)}">{name}</a>' for name in (strong, weak)}  # what is behind it
    assert f"Vững hơn mức chung của chính em ở:</b>{opens[strong]}<" in told
    assert f"Thấp hơn mức chung của em ở:</b>{opens[weak]}<" in told
    own = tool.pupil(1).get("profile").text
    assert f"So với các phần khác của em, em làm được nhiều hơn ở:</b>{opens[strong]}<" in own
    assert f"Em nên luyện thêm trước ở:</b>{opens[weak]}<" in own
    assert "Em vững hơn" not in tool.pupil(2).get("profile").text


def test_a_term_is_counted_whole_though_its_newest_lessons_are_shown(
    tool: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    teacher = taught(tool)
    monkeypatch.setattr(profiles, "RECENT", 2)
    monkeypatch.setattr(profiles, "term_now", lambda: (0, 1))
    for page in (teacher.get(f"profile/{uid(tool, 2)}").text, tool.pupil(2).get("profile").text):
        assert "2 tiết gần đây" in page
        assert "Trả lời 8 trên 8 câu được hỏi" in page
        assert re.search("Cả học kì I, 4 tiết:</b> ?L tại lớp 4 · N trực tuyến 0", page)
        assert "Có mặt tại lớp: trả lời 16 trên 16 câu." in page
        assert "Tham gia trực tuyến: trả lời" not in page
        assert page.count("#score") == 0
        assert "Xem từng tiết, cả 4 tiết của học kì" in page
    for browser, path in ((teacher, f"profile/{uid(tool, 2)}"), (tool.pupil(2), "profile")):
        rows = [browser.get(address).text.count('<tr id="d') for address in (path, f"{path}?all=1")]
        assert rows == [2, 4], "each lesson that is counted can be opened"


def test_a_pupil_is_spoken_to_and_not_of(tool: Tool) -> None:
    teacher, pupil = taught(tool), tool.pupil(2)
    for browser in (teacher, pupil):
        browser.client.set_cookie("giotay-locale", "en")
    own, told = pupil.get("profile").text, teacher.get(f"profile/{uid(tool, 2)}").text
    for spoken_to, spoken_of in (
        ("Your words", "The pupil's words"),
        ("Your growth, compared with your own past", "Growth against one's own past"),
        ("What you and your teacher say", "What pupil and teacher say"),
    ):
        assert spoken_to in own
        assert spoken_of not in own
        assert spoken_of in told
    assert "the pupil" not in own.lower()


def test_taking_part_is_counted_in_class_and_online_each_for_itself() -> None:
    room, home, away = Status.ROOM, Status.HOME, Status.ABSENT
    sat = [(room, 3, 4), (home, 1, 4), (room, 5, 5), (away, 0, 0), (home, 2, 2)]
    term = Term(1, [Sat("r", "", 0, *one[:1], True, *one[1:], None) for one in sat])
    assert [term.took_part(one) for one in (room, home, away)] == [(8, 9), (3, 6), (0, 0)]
    assert [term.count(one) for one in (room, home, away)] == [2, 2, 1]


def test_a_contest_is_answered_and_both_stand(tool: Tool) -> None:
    teacher = taught(tool)
    pupil = tool.pupil(2)
    assert pupil.post("profile", kind="contest", objective=GOAL, text="Em bấm nhầm").status_code == 303
    (contest,) = entries(tool)
    who = uid(tool, 2)
    assert "Em bấm nhầm" in teacher.get(f"profile/{who}").text
    sent = teacher.post(f"profile/{who}/entries", kind="reply", replies_to=contest.id, text="Thầy sẽ hỏi lại em")
    assert sent.status_code == 303
    assert "Thầy sẽ hỏi lại em" in pupil.get("profile").text
    other = uid(tool, 1)  # the contest is not this pupil's
    assert teacher.post(f"profile/{other}/entries", kind="reply", replies_to=contest.id, text="x").status_code == 400
    again = teacher.post(f"profile/{who}/entries", kind="reply", replies_to=contest.id, text="Lời thứ hai")
    assert (again.status_code, fault_of(again)) == (409, "entry_answered")
    assert [e.kind for e in entries(tool)] == [EntryKind.CONTEST, EntryKind.REPLY]


def second_looks(tool: Tool, run_id: str, note: int) -> dict[str, tuple[str, str]]:
    """What a pupil may want looked at again beside objectives, and what the pages say it is about."""
    return {
        "attendance": (run_id, "Chuyên cần của tiết học"),
        "score": (run_id, "Điểm của tiết học"),
        "group": (f"{run_id}/q0", "Phần làm nhóm"),
        "answer": (f"{run_id}/q0", "Câu trả lời của em: Title q0"),
        "note": (str(note), "Lời của thầy cô"),
    }


def test_a_second_look_is_asked_for_at_a_lesson_and_at_a_teachers_word(tool: Tool) -> None:
    teacher, pupil = taught(tool), tool.pupil(2)
    who = uid(tool, 2)
    teacher.post(f"profile/{who}/entries", kind="note", text="Em cần chú ý hơn")
    with tool.inside():
        run_id = db.session.scalars(select(LessonRun.run_id).order_by(LessonRun.started_at)).first() or ""
    (note,) = entries(tool)
    page = pupil.get("profile").text
    for look in (f"lesson.{run_id}", f"note.{note.id}"):
        assert f'href="?look={look}#second-look"' in page
        assert 'name="kind" value="contest"' in pupil.get(f"profile?look={look}").text.partition('id="second-look"')[2]
    for what, (ref, told) in second_looks(tool, run_id, note.id).items():
        sent = pupil.post("profile", kind="contest", step=what, objective=ref, text=f"Xem lại {what}")
        if what in ("score", "group"):  # nothing is said of the pupil there
            assert (sent.status_code, fault_of(sent)) == (400, "entry_unknown")
            continue
        assert sent.location.endswith("#second-look")
        asked = entries(tool)[-1]
        assert f"#c{asked.id}" in teacher.get("class").text
        assert told in teacher.get("class").text
        assert f'id="c{asked.id}"' in teacher.get(f"profile/{who}").text
        reply = teacher.post(f"profile/{who}/entries", kind="reply", replies_to=asked.id, text=f"Đã xem {what}")
        assert reply.location.endswith(f"#c{asked.id}")
        assert f"Đã xem {what}" in pupil.get("profile").text
        again = teacher.post(f"profile/{who}/entries", kind="reply", replies_to=asked.id, text="x")
        assert fault_of(again) == "entry_answered"
    assert "đề nghị xem lại" not in teacher.get("").text


def test_a_question_is_contested_where_its_answer_stands(tool: Tool) -> None:
    teacher, pupil, who = taught(tool), tool.pupil(2), uid(tool, 2)
    with tool.inside():
        run_id = db.session.scalars(select(LessonRun.run_id).order_by(LessonRun.started_at)).first() or ""
    own = pupil.get(f"work/{who}/of/{run_id}").text
    assert own.count('name="step" value="answer"') == 4
    assert f'name="objective" value="{run_id}/q2"' in own
    assert 'value="contest"' not in teacher.get(f"work/{who}/of/{run_id}").text
    pupil.post("profile", kind="contest", step="answer", objective=f"{run_id}/q2", text="Em chọn A")
    pupil.post("profile", kind="contest", objective=GOAL, text="Em làm được rồi")
    told = teacher.get("class").text.partition('id="contests"')[2]
    assert "<b>Câu trả lời của em: Title q2</b>" in told
    assert f'/work/{who}/of/{run_id}#q-q2">Mở bằng chứng</a>' in told
    assert f"<b>Mức ở yêu cầu cần đạt: {GOAL}</b>" in told
    assert "(nay: Chưa đạt)" in told
    assert f'/profile/{who}#{profiles.anchor(GOAL)}">Mở bằng chứng</a>' in told


def test_a_second_look_is_asked_for_only_at_what_is_the_pupils_own(tool: Tool) -> None:
    teacher = taught(tool)
    teacher.post(f"profile/{uid(tool, 1)}/entries", kind="note", text="Lời cho bạn khác")
    (note,) = entries(tool)
    pupil = tool.pupil(2)
    with tool.inside():
        run_id = db.session.scalars(select(LessonRun.run_id).order_by(LessonRun.started_at)).first() or ""
    wrong = [
        ("note", str(note.id)),
        ("note", "x"),
        ("attendance", "x"),
        ("practise", run_id),
        ("answer", run_id),
        ("answer", f"{run_id}/q99"),
        ("answer", "x/q0"),
        ("attendance", f"{run_id}/q0"),
        ("rubric", f"{run_id}/q0"),
        ("x", run_id),
        ("", run_id),
    ]
    for what, ref in wrong:
        sent = pupil.post("profile", kind="contest", step=what, objective=ref, text="Xem lại")
        assert (sent.status_code, fault_of(sent)) == (400, "entry_unknown"), what
    assert 'id="second-look"' not in pupil.get(f"profile?look=note.{note.id}").text
    assert len(entries(tool)) == 1


def test_a_reworded_objective_keeps_its_answers_and_what_was_said_of_it(any_tool: Tool) -> None:
    tool, new = any_tool, "Giải được phương trình bậc hai"
    teacher, who = taught(tool, (GOAL, new)), uid(tool, 2)
    assert tool.pupil(2).post("profile", kind="contest", objective=GOAL, text="Em bấm nhầm").status_code == 303
    step = {"kind": "step", "objective": GOAL, "step": "explain"}
    assert teacher.post(f"profile/{who}/entries", **step).status_code == 303
    assert "marks/files/objectives#join" in teacher.get("class").text
    assert teacher.post("marks/files/objectives", joined=new, earlier=GOAL).status_code == 303
    tool.jobs().round()
    page = teacher.get(f"profile/{who}").text
    assert "đúng 0/16 câu" in page
    assert GOAL not in page
    assert "Em bấm nhầm" in page
    assert page.count("Giảng lại") > teacher.get(f"profile/{uid(tool, 1)}").text.count("Giảng lại")
    told = re.search(rf'profile/{who}#(o\w+)"><b>', grid := teacher.get("class").text)
    assert "#join" not in grid
    assert told is not None
    assert f'id="{told[1]}"' in page
    assert teacher.post("marks/files/objectives", parted=GOAL).status_code == 303
    assert teacher.post("marks/files/objectives", parted=GOAL).status_code == 303  # a second press
    tool.jobs().round()
    assert teacher.get(f"profile/{who}").text.count("đúng 0/8 câu") == 2


def test_the_teacher_is_told_of_a_contest_until_it_is_answered(either_tool: Tool) -> None:
    teacher = taught(either_tool)
    who, line = uid(either_tool, 2), profiles.anchor(GOAL)
    assert "đề nghị xem lại" not in teacher.get("").text + teacher.get("class").text
    sent = either_tool.pupil(2).post("profile", kind="contest", objective=GOAL, text="Em bấm nhầm")
    assert sent.location.endswith(f"#{line}")
    assert "1 đề nghị xem lại hồ sơ" in teacher.get("").text
    page = teacher.get("class").text
    assert "Em bấm nhầm" in page
    assert f'/profile/{who}#{line}"><b>' in page
    (contest,) = entries(either_tool)
    reply = teacher.post(
        f"profile/{who}/entries", kind="reply", objective=GOAL, replies_to=contest.id, text="Cô xem rồi"
    )
    assert reply.location.endswith(f"#{line}")
    assert "đề nghị xem lại" not in teacher.get("").text + teacher.get("class").text


def test_a_form_that_arrives_twice_is_one_word(tool: Tool) -> None:
    """A second press on a slow network; the same words to something else, or by somebody else, are another word."""
    teacher, pupil, who = taught(tool), tool.pupil(2), uid(tool, 2)
    for _ in range(2):
        pupil.post("profile", kind="contest", objective=GOAL, text="Em bấm nhầm")
        pupil.post("profile", kind="word", text="Em bấm nhầm")
    contest, _ = entries(tool)
    reply = {"kind": "reply", "replies_to": contest.id, "text": "Cô xem rồi"}
    assert [teacher.post(f"profile/{who}/entries", **reply).status_code for _ in range(2)] == [303, 303]
    for _ in range(2):
        teacher.post(f"profile/{who}/entries", kind="step", objective=GOAL, step="explain", text="")
    kinds = [EntryKind.CONTEST, EntryKind.WORD, EntryKind.REPLY, EntryKind.STEP]
    assert [e.kind for e in entries(tool)] == kinds


def test_who_comes_too_late_is_led_back_to_the_page(tool: Tool) -> None:
    teacher = taught(tool)
    tool.pupil(2).post("profile", kind="contest", objective=GOAL, text="Em bấm nhầm")
    (contest,) = entries(tool)
    path = f"profile/{uid(tool, 2)}/entries"
    _, late = (teacher.post(path, kind="reply", replies_to=contest.id, text=text) for text in ("a", "b"))
    assert re.search(rf'href="[^"]+/profile/{uid(tool, 2)}">.*?Mở lại trang đó', late.text)


def test_the_teacher_chooses_the_next_step(tool: Tool) -> None:
    teacher = taught(tool)
    who = uid(tool, 2)
    path = f"profile/{who}/entries"
    assert teacher.post(path, kind="step", objective=GOAL, step="explain", text="").status_code == 303
    assert "Việc tiếp theo: Giảng lại phần nền rồi làm lại" in tool.pupil(2).get("profile").text


@pytest.mark.parametrize(
    "form",
    [
        {"kind": "note", "text": "  "},
        {"kind": "note", "text": "x" * (profilewords.LONGEST_TEXT + 1)},
        {"kind": "word", "text": "a pupil's word from a teacher"},
        {"kind": "step", "objective": GOAL, "step": "punish"},
        {"kind": "step", "objective": "không có", "step": "explain"},
        {"kind": "reply", "replies_to": "999999999999999999999", "text": "x"},
        {"text": "x"},
    ],
)
def test_what_cannot_be_written_changes_nothing(tool: Tool, form: dict[str, str]) -> None:
    teacher = tool.set_up(1)
    assert teacher.post(f"profile/{uid(tool, 1)}/entries", **form).status_code == 400
    assert entries(tool) == []


def test_a_pupil_writes_so_often_a_day(tool: Tool) -> None:
    tool.set_up(1)
    pupil = tool.pupil(1)
    said = [pupil.post("profile", kind="word", text=f"lời {n}").status_code for n in range(profilewords.MOST_A_DAY + 1)]
    assert said == [303] * profilewords.MOST_A_DAY + [429]


def test_a_homeroom_teacher_reads_the_own_class_and_writes_nothing(tool: Tool) -> None:
    taught(tool)
    browser = tool.browser().launch(sub="homeroom-1", name="Cô Hoa", **{f"{LTI}roles": []})
    with tool.inside():
        tool.grant("homeroom-1", GrantKind.HOMEROOM)
        context = tool.course().id
    browser = tool.browser().launch(sub="homeroom-1", name="Cô Hoa", **{f"{LTI}roles": []})
    page = browser.get("homeroom").text
    assert all(name in page for name in PUPILS[:3])
    assert re.search(r"/homeroom/classes/\d+/sheets", page), "the families' sheets are a press away"
    who = uid(tool, 2)
    page = browser.get(f"homeroom/{context}/{who}").text
    assert "đúng 0/16 câu" in page
    assert 'name="kind"' not in page
    assert browser.get(f"homeroom/{context + 1}/{who}").status_code == 404
    assert browser.post(f"profile/{who}/entries", kind="note", text="x").status_code == 403


def test_the_class_page_counts_levels_and_names_whom_to_talk_to(tool: Tool) -> None:
    teacher = taught(tool)
    page = teacher.get("class").text
    names = [page.index(f">{name}</a></th>") for name in PUPILS[:3]]
    assert names == sorted(names)  # the roster's order, not the levels'
    assert f"{PUPILS[1]}, {GOAL}: Chưa đạt" in page
    assert f"{PUPILS[2]}, {GOAL}: Chưa đủ dữ liệu" in page
    talks = page[page.index('id="talks"') : page.index('id="needs"')]
    assert PUPILS[1] in talks
    assert f"Chưa đạt 1 trên 1 yêu cầu: {GOAL}</p>" in talks
    assert PUPILS[0] not in talks


def test_a_cell_of_the_class_page_leads_to_the_answers_behind_it(tool: Tool) -> None:
    teacher = taught(tool)
    page = teacher.get("class").text
    place = re.search(rf'profile/({uid(tool, 2)})#(o\w+)"', page)
    assert place is not None
    assert f'id="{place[2]}"' in teacher.get(f"profile/{place[1]}").text


def test_of_many_reasons_to_talk_to_a_pupil_the_first_ones_taught_are_named(tool: Tool) -> None:
    """The later ones are counted. Taught on one day, they stand by their words."""
    teacher = taught(tool, [f"Mục tiêu {letter}" for letter in "DACEB"], 10)
    assert (
        "Chưa đạt 5 trên 5 yêu cầu: Mục tiêu A; Mục tiêu B; Mục tiêu C và 2 yêu cầu khác</p>"
        in teacher.get("class").text
    )


def test_a_forecast_is_the_teachers_to_see_where_the_school_wants_it(tool: Tool) -> None:
    teacher = taught(tool)
    zeros = (0.0,) * len(NAMES)
    with tool.inside():
        connection = db.session.connection()
        scope = Scope(tool.registration().id, "Toán")
        head = Head(zeros, (1.0,) * len(NAMES), zeros, 0.85, 900)
        mastery.add_head(connection, scope, Versioned(3, 0, 900, 1, head))
        consumer.rebuild(connection, scope)
        db.session.commit()
    address = f"profile/{uid(tool, 2)}"
    assert "Dự báo" not in teacher.get(address).text
    with tool.inside():
        school = tool.registration().id
        db.session.add(SchoolRule(registration_id=school, version=2, body='{"forecasts": true}', at=1))
        db.session.commit()
    assert "em đúng khoảng 7/10 (mô hình bản 3)" in teacher.get(address).text
    assert "Dự báo" not in tool.pupil(2).get("profile").text
