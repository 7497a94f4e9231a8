"""The numbers of a lesson's report."""

import re

import pytest

from live_session.commands import Actor, End, Open, Reask, Shut
from live_session.model import Mode, Role, Standing
from lti_tool import live
from lti_tool.extensions import db
from lti_tool.models import LessonRun
from lti_tool.pages.report import percent_of
from tests.analytics.teaching import ask, end, lesson, names, pass_minutes, store
from tests.live_session.build import activity
from tests.lti_tool.platform import json_answer
from tests.lti_tool.tool import SINGLE, Browser, Tool
from tests.lti_tool.witness import contents

SPACE = re.compile(r"\s+")


def taught(tool: Tool) -> tuple[Browser, str]:
    """Of three pupils one is right, one is late, one is a stranger who is right."""
    teacher = tool.set_up(3)
    run_id = tool.start(teacher, SINGLE)
    with tool.inside():
        right, late, stranger = (tool.person(f"pupil-{n}").uid for n in (1, 2, 3))
        book = lesson().seat(right).seat(stranger, standing=Standing.PICKED).do(Open("q-single"))
        pass_minutes(book, 5, right, stranger)
        book.answer(right, "q-single", "C")
        book.answer(stranger, "q-single", "C")
        book.do(Shut("q-single")).clock.pass_(60_000)
        book.seat(late).answer(late, "q-single", "B")
        store(db.session.connection(), end(pass_minutes(book, 30, right, late, stranger)), run_id)
    tool.jobs().round()
    return teacher, run_id


def cells(page: str, name: str) -> list[str]:
    """The cells of a pupil's row in the table of scores, as text."""
    table = page[page.index('aria-labelledby="pupils"') :]
    row = next(r for r in re.findall(r"<tr>.*?</tr>", table, re.S) if name in r)
    return [SPACE.sub(" ", re.sub(r"<[^>]+>", " ", cell)).strip() for cell in re.findall(r"<td>.*?</td>", row, re.S)]


def test_a_late_answer_of_somebody_who_was_not_asked_is_shown(tool: Tool) -> None:
    teacher, run_id = taught(tool)
    page = teacher.get(f"runs/{run_id}/report").text
    assert cells(page, "Trần Hoài An")[0] == "B muộn"
    assert cells(page, "Lê Gia Bảo")[0].startswith("·")  # nothing of a stranger


def test_names_that_nobody_confirmed_are_told_of_and_missed_nothing(tool: Tool) -> None:
    """All their work counts for nothing yet: whoever forgot to confirm them must not think that it is lost."""
    teacher, run_id = taught(tool)
    page = teacher.get(f"runs/{run_id}/report").text
    told = page.partition('id="unsure"')[2].partition('class="figures"')[0]
    assert "1 em tự nhận tên, chưa xác nhận." in told
    assert f"runs/{run_id}/confirm" in told
    assert "Lê Gia Bảo" not in page.partition('id="catch-up"')[2].partition("</section>")[0]
    teacher.post(f"runs/{run_id}/confirm")
    tool.jobs().round()
    assert 'id="unsure"' not in teacher.get(f"runs/{run_id}/report").text


def test_a_lesson_in_which_nobodys_presence_counts_says_so_and_draws_nothing(tool: Tool) -> None:
    teacher = tool.set_up(1)
    run_id = tool.start(teacher, SINGLE)
    with tool.inside():
        stranger = tool.person("pupil-1").uid
        book = lesson(activity("single")).seat(stranger, standing=Standing.PICKED)
        store(db.session.connection(), end(pass_minutes(book, 5, stranger)), run_id)
    tool.jobs().round()
    page = teacher.get(f"runs/{run_id}/report").text
    assert "Chưa có dấu hiệu có mặt nào được tính." in page
    assert 'class="presence"' not in page
    teacher.post(f"runs/{run_id}/confirm")
    tool.jobs().round()
    page = teacher.get(f"runs/{run_id}/report").text
    assert "Chưa có dấu hiệu có mặt nào được tính." not in page
    assert 'class="presence"' in page


def test_it_is_shown_where_the_gradebook_opens_the_work_too(tool: Tool) -> None:
    teacher, run_id = taught(tool)
    with tool.inside():
        late, lesson_uid = tool.person("pupil-2").uid, db.session.get_one(LessonRun, run_id).lesson.uid
    page = SPACE.sub(" ", teacher.get(f"work/{late}/{lesson_uid}").text)
    assert re.search(r"<p><b>B</b> hai ?<span[^>]*>muộn", page)


def test_what_only_an_unconfirmed_name_wrote_is_not_told_as_nothing(tool: Tool) -> None:
    teacher = tool.set_up(2)
    run_id = tool.start(teacher, SINGLE)
    with tool.inside():
        here, stranger = (tool.person(f"pupil-{n}").uid for n in (1, 2))
        book = lesson(activity("open")).seat(here).seat(stranger, standing=Standing.PICKED).do(Open("q-open"))
        pass_minutes(book, 5, here, stranger)
        book.answer(stranger, "q-open", "Em nghĩ là hai.")
        store(db.session.connection(), end(pass_minutes(book, 30, here, stranger)), run_id)
    tool.jobs().round()
    page = teacher.get(f"runs/{run_id}/report").text
    assert "1 em đã viết nhưng tự nhận tên, chưa xác nhận" in page
    assert "Chưa có em nào viết" not in page
    assert "Em nghĩ là hai." not in page
    with tool.inside():
        store(db.session.connection(), end(pass_minutes(lesson(activity("open")).do(Open("q-open")), 30)), run_id)
    assert "đã viết nhưng" not in teacher.get(f"runs/{run_id}/report").text


def test_shares_are_of_the_answers_that_count(tool: Tool) -> None:
    teacher, run_id = taught(tool)
    page = SPACE.sub(" ", teacher.get(f"runs/{run_id}/report").text)
    assert "1/1 em" in page
    assert re.search(r'<p class="figure">100%</p>', page)


def test_a_confirmed_proposal_is_not_shown_as_changed(tool: Tool) -> None:
    teacher, run_id = taught(tool)
    with tool.inside():
        who = tool.person("pupil-1").id
    page = teacher.get(f"runs/{run_id}/report").text
    proposed = re.search(rf'name="s{who}" value="([^"]+)"', page)
    assert proposed is not None
    assert proposed[1] == "10,0"
    teacher.post(f"runs/{run_id}/report/scores", **{f"s{who}": proposed[1]})
    after = teacher.get(f"runs/{run_id}/report").text
    assert f'name="s{who}" value="10,0"' in after
    assert cells(after, "Đặng Thái An")[1] == "Nhận xét Đặng Thái An"  # no "proposed …" beside the field


def test_what_a_colleague_decided_meanwhile_stands_and_is_told(either_tool: Tool) -> None:
    """Two teachers have the report open; the second to press has not seen what the first one wrote."""
    teacher, run_id = taught(either_tool)
    with either_tool.inside():
        one, other = (either_tool.person(f"pupil-{n}").id for n in (1, 2))
    address = f"runs/{run_id}/report"
    shown = dict(re.findall(r'name="(w\d+)" value="(\d+)"', teacher.get(address).text))
    assert shown.keys() >= {f"w{one}", f"w{other}"}
    colleague = either_tool.browser().launch(sub="teacher-2")
    colleague.post(f"{address}/scores", **{f"s{one}": "9", **shown})
    told = teacher.post(f"{address}/scores", **{f"s{one}": "4", f"s{other}": "6", **shown}).location
    assert "scores_queued_but" in told
    assert "n=1" in told
    page = teacher.get(address).text
    assert [f'name="s{one}" value="9,0"' in page, f'name="s{other}" value="6,0"' in page] == [True, True]
    seen = dict(re.findall(r'name="(w\d+)" value="(\d+)"', page))
    assert "scores_queued_but" not in teacher.post(f"{address}/scores", **{f"s{one}": "4", **seen}).location
    assert f'name="s{one}" value="4,0"' in teacher.get(address).text


def test_the_teacher_sees_both_grades_and_chooses(any_tool: Tool) -> None:
    """Somebody changed the grade in the LMS after it was sent: the page shows both, and sends what was chosen."""
    teacher, run_id = taught(any_tool)
    with any_tool.inside():
        who = any_tool.person("pupil-1").id
    report = f"runs/{run_id}/report"
    results = ("GET", "/items/1/results")
    any_tool.platform.answers[results] = lambda _: json_answer([])
    teacher.post(f"{report}/scores", **{f"s{who}": "8"})
    any_tool.jobs().round()
    theirs = {"userId": "pupil-1", "resultScore": 9.25, "resultMaximum": 10}
    any_tool.platform.answers[results] = lambda _: json_answer([theirs])
    teacher.post(f"{report}/scores", **{f"s{who}": "7"})
    any_tool.jobs().round()
    page = teacher.get(report).text
    assert "Trong sổ: 9,25. Ở Giơ Tay: 7,0. Thầy cô chọn điểm nào?" in page
    assert len(any_tool.platform.scores) == 1
    assert teacher.post(f"{report}/grades/score/{who}/theirs").status_code == 303
    any_tool.jobs().round()
    assert "Theo điểm trong sổ: 9,25" in teacher.get(report).text
    assert len(any_tool.platform.scores) == 1
    assert teacher.post(f"{report}/grades/score/{who}/ours").status_code == 303
    any_tool.platform.answers[results] = lambda _: json_answer([{**theirs, "resultScore": 7}])
    any_tool.jobs().round()
    assert [body["scoreGiven"] for _, body in any_tool.platform.scores] == [8.0, 7.0]
    assert teacher.post(f"{report}/grades/score/{who}/ours").status_code == 409


def test_what_is_on_its_way_to_the_lms_is_asked_for_until_it_is_there(tool: Tool) -> None:
    teacher, run_id = taught(tool)
    with tool.inside():
        who = tool.person("pupil-1").id
    report = f"runs/{run_id}/report"
    assert "standing" not in teacher.get(report).text  # nothing is on its way, and no script asks
    teacher.post(f"{report}/scores", **{f"s{who}": "8", "column": "1"})
    page, parts = teacher.get(report).text, teacher.get(f"{report}/standing").text
    assert re.search(rf'data-standing="[^"]+/{report}/standing"', page)
    assert f'<div data-part="s{who}"><span class="chip">Chờ gửi' in " ".join(parts.split()).replace("> <", "><")
    assert "data-waiting" in parts
    assert parts.count("data-part") == 2  # of who has a score, and the columns beside
    tool.jobs().round()
    parts = teacher.get(f"{report}/standing").text
    assert "Đã vào sổ" in parts
    assert "Chờ gửi" not in parts
    assert "data-waiting" not in parts
    assert "standing" not in teacher.get(report).text


def test_what_is_missing_in_the_gradebook_goes_again_though_all_was_written(tool: Tool) -> None:
    teacher, run_id = taught(tool)
    with tool.inside():
        who = tool.person("pupil-1").id
    report = f"runs/{run_id}/report"
    assert "Gửi lại tất cả" not in teacher.get(report).text  # nothing was written yet
    teacher.post(f"{report}/scores", **{f"s{who}": "8", "column": "1"})
    assert "Gửi lại các điểm chưa vào sổ" in teacher.get(report).text
    tool.jobs().round()
    page = teacher.get(report).text
    assert "Sổ điểm bị thiếu? Gửi lại tất cả" in page
    assert "Gửi lại các điểm chưa vào sổ" not in page
    assert teacher.post(f"{report}/again").status_code == 303
    assert "Chờ gửi" in teacher.get(report).text


def test_a_question_keeps_its_number_when_it_is_asked_again(tool: Tool) -> None:
    """What the table of questions calls 2 is 2 in the table of pupils, and was 2 on their phones."""
    teacher = tool.set_up(1)
    run_id = tool.start(teacher, SINGLE, SINGLE)
    with tool.inside():
        who = tool.person("pupil-1").uid
        book = lesson(activity("single"), activity("number")).seat(who)
        for command in (Open("q-single"), Reask("q-single"), Open("q-number")):
            pass_minutes(book.do(command), 2, who).do(Shut(command.activity))
        store(db.session.connection(), end(pass_minutes(book, 30, who)), run_id)
    tool.jobs().round()
    page = teacher.get(f"runs/{run_id}/report").text
    questions, pupils = page.split('aria-labelledby="pupils"')
    assert re.findall(r'<td class="num"><b>(\d)</b></td>', questions) == ["1", "1", "2"]
    assert re.findall(r'<th scope="col"><span class="vh">Câu </span>(\d)</th>', pupils) == ["1", "2"]


def test_a_lesson_that_the_console_has_just_ended_is_not_said_to_be_running(tool: Tool) -> None:
    """The row of the lesson follows its log by a job, a moment later; the page does not wait for it."""
    teacher = tool.set_up(1)
    run_id = tool.start(teacher, SINGLE)
    tool.jobs().round()
    with tool.inside():
        live.ask(run_id, End(), Actor(Role.TEACHER, "t"))
    page = teacher.get(f"runs/{run_id}/report").text
    assert "Tiết học đang diễn ra" not in page
    assert "đang tổng hợp" in page
    tool.jobs().round()
    assert "đang tổng hợp" not in teacher.get(f"runs/{run_id}/report").text


def test_a_comment_goes_with_the_score(tool: Tool) -> None:
    teacher, run_id = taught(tool)
    with tool.inside():
        who = tool.person("pupil-1").id
    report = f"runs/{run_id}/report"
    assert "Ghi điểm của 1 em vào sổ" in teacher.get(report).text
    teacher.post(f"{report}/scores", **{f"s{who}": "8", f"c{who}": "  Trình bày\ngọn hơn nhé  "})
    tool.jobs().round()
    ((_, body),) = tool.platform.scores
    assert (body["scoreGiven"], body["comment"]) == (8.0, "Trình bày gọn hơn nhé")
    page = teacher.get(report).text
    assert 'value="Trình bày gọn hơn nhé"' in page
    assert "Ghi các điểm đã nhập vào sổ" in page, "none is new"


def columns(tool: Tool) -> dict[str, dict[str, tuple[float, float, str]]]:
    """What was posted, by the column's tag and the person: (value, of, comment)."""
    tags = {item["id"].partition("?")[0]: item["tag"] for item in tool.platform.items}
    found: dict[str, dict[str, tuple[float, float, str]]] = {}
    for path, body in tool.platform.scores:
        tag = tags[tool.platform.url + path.removesuffix("/scores")]
        cell = (body["scoreGiven"], body["scoreMaximum"], body.get("comment", ""))
        found.setdefault(tag, {})[body["userId"]] = cell
    return found


def test_participation_is_a_column_only_where_the_teacher_asks(either_tool: Tool) -> None:
    teacher, run_id = taught(either_tool)
    with either_tool.inside():
        who = either_tool.person("pupil-1").id
    report = f"runs/{run_id}/report"
    teacher.post(f"{report}/scores", **{f"s{who}": "8"})
    either_tool.jobs().round()
    assert set(columns(either_tool)) == {"score"}
    teacher.post(f"{report}/scores", **{f"s{who}": "8", "column": "1"})
    either_tool.jobs().round()
    assert columns(either_tool)["participation"] == {"pupil-1": (100.0, 100, "Trả lời 1/1 câu được hỏi")}
    page = SPACE.sub(" ", teacher.get(report).text)
    assert "Tham gia: Hệ thức Vi-ét" in page
    assert "Đã vào sổ 1 em." in page


@pytest.mark.parametrize(
    ("part", "whole", "percent"), [(0, 3, "0"), (1, 3, "33"), (2, 3, "67"), (1, 8, "13"), (4, 4, "100")]
)
def test_a_share_is_in_whole_percent(part: int, whole: int, percent: str) -> None:
    assert percent_of(part, whole) == percent


# --- taking part ----------------------------------------------------------------------------------------------------


def part_taken(tool: Tool) -> tuple[Browser, str]:
    """A lesson of five questions: one pupil answers all, one none, one was not there."""
    teacher = tool.set_up(3)
    run_id = tool.start(teacher, SINGLE)
    with tool.inside():
        all_, none = (tool.person(f"pupil-{n}").uid for n in (1, 2))
        book = lesson(*(activity("single", f"q{n}") for n in range(1, 6))).seat(all_, none)
        for n in range(1, 6):
            book.do(Open(f"q{n}"))
            pass_minutes(book, 2, all_, none).answer(all_, f"q{n}", "C")
            book.do(Shut(f"q{n}"))
        store(db.session.connection(), end(pass_minutes(book, 35, all_, none)), run_id)
    tool.jobs().round()
    return teacher, run_id


def test_taking_part_is_shown_in_bands_with_its_counts_and_no_decimal(tool: Tool) -> None:
    teacher, run_id = part_taken(tool)
    page = teacher.get(f"runs/{run_id}/report").text
    card = page[page.index('id="engagement"') : page.index('id="questions"')]
    rows = [re.sub(r"<[^>]+>", " ", row).split() for row in re.findall(r"<tr>.*?</tr>", card)[1:]]
    assert ["5/5" in row for row in rows] == [True, False, False]
    assert ["0/5" in row for row in rows] == [False, True, False]
    assert "Tham gia nhiều" in card
    assert not re.search(r"0[,.]\d", card)


def test_what_a_teacher_saw_is_kept_with_date_and_author_in_the_schools_words(either_tool: Tool) -> None:
    teacher, run_id = part_taken(either_tool)
    with either_tool.inside():
        person = either_tool.person("pupil-1")
        number, uid = person.id, person.uid
    assert teacher.post(f"runs/{run_id}/report/observed", person=number, behaviour="Giúp bạn").status_code == 303
    page = teacher.get(f"profile/{uid}").text
    assert re.search(r"<li>\d\d/\d\d/\d{4} · <b>Giúp bạn</b> · [^<]+</li>", page)


@pytest.mark.parametrize("behaviour", ["", "Học kém", "giúp bạn"])
def test_words_of_nobodys_list_are_refused(tool: Tool, behaviour: str) -> None:
    teacher, run_id = part_taken(tool)
    with tool.inside():
        number = tool.person("pupil-1").id
    before = contents(tool, ["access_entry"])
    assert teacher.post(f"runs/{run_id}/report/observed", person=number, behaviour=behaviour).status_code == 400
    assert contents(tool, ["access_entry"]) == before


def test_a_pupil_reads_no_engagement(tool: Tool) -> None:
    part_taken(tool)
    page = tool.pupil(2).get("profile").text
    assert "Tham gia ít" not in page
    assert "Mức tham gia" not in page


# --- how good the questions are -------------------------------------------------------------------------------------


def test_a_question_whose_key_may_be_wrong_is_named_with_figure_bound_and_n(tool: Tool) -> None:
    """Forty pupils, nine questions; on the last one the best choose A, and its key says C."""
    teacher = tool.set_up(1)
    run_id = tool.start(teacher, SINGLE)
    seats, deck = names(40), [activity("single", f"q{n}") for n in range(9)]
    with tool.inside():
        book = lesson(*deck).seat(*seats)
        for n, one in enumerate(deck[:-1]):
            ask(book, one.id, right=seats[: 12 + 2 * n], wrong=seats[12 + 2 * n :])
        ask(book, deck[-1].id, right=seats[24:], wrong=seats[:24])
        store(db.session.connection(), end(book), run_id)
    tool.jobs().round()
    page = SPACE.sub(" ", teacher.get(f"runs/{run_id}/report").text)
    quality = page[page.index('id="quality"') : page.index('aria-labelledby="pupils"')]
    assert re.search(r"nhóm làm tốt nhất chọn A nhiều hơn đáp án \(chênh \d,\d\d, quá mức 0,10; 40 bài\)", quality)
    assert "60% trả lời đúng" not in quality
    assert "40 em được hỏi đủ" in quality
    assert "Mới" not in quality


def test_with_few_answers_a_question_says_that_they_are_few(tool: Tool) -> None:
    teacher, run_id = taught(tool)
    page = SPACE.sub(" ", teacher.get(f"runs/{run_id}/report").text)
    quality = page[page.index('id="quality"') : page.index('aria-labelledby="pupils"')]
    assert "Mới 1/10 bài" in quality
    assert "Chưa thấy câu nào cần xem lại." in quality
    assert "chưa nói được" in quality


def taught_both_ways(tool: Tool, at_home: int, times: int) -> tuple[Browser, str]:
    """Five pupils learn so many times in the room and as often at home, where so many of them answer."""
    teacher = tool.set_up(5)
    for mode in (Mode.ROOM, Mode.HOME) * times:
        run_id = tool.start(teacher, SINGLE)
        with tool.inside():
            who = [tool.person(f"pupil-{n}").uid for n in range(1, 6)]
            book = lesson(*(activity("single", f"q{n}") for n in range(3))).seat(*who, mode=mode)
            for n in range(3):
                pass_minutes(book.do(Open(f"q{n}")), 2, *who)
                for one in who if mode is Mode.ROOM else who[:at_home]:
                    book.answer(one, f"q{n}", "C")
                book.do(Shut(f"q{n}"))
            store(db.session.connection(), end(pass_minutes(book, 39, *who)), run_id)
        assert teacher.post(f"runs/{run_id}/end").status_code == 303
        tool.jobs().round()
    return teacher, run_id


def test_a_worse_seat_at_home_is_told_over_weeks_on_the_report_and_on_the_class_page(tool: Tool) -> None:
    teacher, run_id = taught_both_ways(tool, at_home=1, times=2)
    for page in (f"runs/{run_id}/report", "class"):
        text = teacher.get(page).text
        said = re.sub(r"<[^>]+>", "", text)
        assert re.search(
            r"ở cùng 5 em đã học cả hai cách, khi học trực tuyến các em trả lời ít hơn 80% \(khoảng \d+%–100%\); "
            r"có tỉ lệ đúng thấp hơn 80% \(khoảng \d+%–100%\)\.",
            said,
        )


def test_where_a_seat_at_home_is_as_good_the_report_says_so(tool: Tool) -> None:
    teacher, run_id = taught_both_ways(tool, at_home=5, times=1)
    said = teacher.get(f"runs/{run_id}/report").text
    assert "ở cùng 5 em đã học cả hai cách, chưa thấy học trực tuyến khác học tại lớp đáng kể." in said
    assert "đã học cả hai cách" not in teacher.get("class").text


def test_a_lesson_that_has_no_name_leaves_no_gap_where_it_would_stand(tool: Tool) -> None:
    teacher = tool.set_up(1)
    answer = teacher.post("runs", lesson=tool.lesson(SINGLE, title=""))
    run_id = str(answer.location).split("/runs/")[1].split("/")[0]
    for page in ("start", "console", "projector"):
        title, heading = re.findall(
            r"<(?:title|h1)[^>]*>(.*?)</(?:title|h1)>", teacher.get(f"runs/{run_id}/{page}").text
        )
        for text in (title, re.sub("<[^>]*>", "", heading)):
            assert all(part.strip() for part in text.split("·")), (page, text)
