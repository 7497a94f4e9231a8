"""What a class posts, as pages and phones are told of it: who may see which words, names and photos."""

import json
from typing import Any

import pytest

from live_session import naming
from live_session.goal import LEAST_TOLD
from live_session.model import Json
from lti_tool import live
from lti_tool.extensions import db
from lti_tool.models import Lesson, LessonRun
from lti_tool.models.base import new_uid
from lti_tool.privacy import person
from lti_tool.site import KEY
from tests.lti_tool.platform import LEARNER, LTI
from tests.lti_tool.school import UPLOAD, console, frames, picture, sit
from tests.lti_tool.tool import Tool


class Class:
    """A lesson of one activity, open; two pupils with a seat."""

    def __init__(self, tool: Tool, kind: str = "questions", naming: str = "named", **content: Json) -> None:
        self.tool = tool
        self.teacher = tool.set_up(LEAST_TOLD)
        asked = {"kind": kind, "points": 0.0, "terms": {"naming": naming}}
        self.run_id = tool.start(self.teacher, {**asked, "content": {"prompt": "Em nghĩ gì?", **content}})
        self.desk = console(self.teacher, self.run_id)
        self.pupils = {n: tool.pupil(n) for n in (1, 2)}
        self.tickets = {n: sit(pupil)["ticket"] for n, pupil in self.pupils.items()}
        state = self.steer("next", after=None)
        self.activity = state["current"]["id"]

    def enter(self, *others: int) -> None:
        """More pupils come in."""
        for n in others:
            self.pupils[n] = self.tool.pupil(n)
            self.tickets[n] = sit(self.pupils[n])["ticket"]

    def steer(self, action: str, **members: Any) -> dict[str, Any]:
        down = frames(self.teacher, self.desk, {"t": "steer", "id": new_uid(), "action": action, **members})
        assert "ack" in [f["t"] for f in down], down
        found: dict[str, Any] = next(f["state"] for f in reversed(down) if f["t"] == "state")
        return found

    def say(self, n: int, value: Json, post: str | None = None, **members: Json) -> list[dict[str, Any]]:
        sent = {"activity": self.activity, "round": 1, "value": value, "composed_at": 0, **members}
        return frames(
            self.pupils[n], self.tickets[n], {"t": "submit", "id": new_uid(), "post": post or new_uid(), **sent}
        )

    def moderate(self, *posts: tuple[int, int], to: str = "shown") -> dict[str, Any]:
        return self.steer("moderate", activity=self.activity, round=1, posts=posts, to=to)

    def get(self, n: int, /, path: str = "", ticket: str | None = None, **query: Json) -> Any:
        bearer = {"Authorization": f"Bearer {ticket or self.tickets[n]}"}
        return self.pupils[n].client.get(f"/live/posts/{self.activity}/1{path}", headers=bearer, query_string=query)

    def sees(self, n: int) -> dict[str, Any]:
        """The newest state of a pupil's phone, and the own part."""
        welcome = frames(self.pupils[n], self.tickets[n])[0]
        return {**welcome["state"]["activity"]["wall"], "me": welcome["me"]}

    def told(self) -> list[dict[str, Any]]:
        """What the console fetches."""
        posts: list[dict[str, Any]] = self.teacher.fetch(f"runs/{self.run_id}/posts").json["posts"]
        return posts

    def end(self) -> str:
        """The report, once the lesson is over and the jobs have run."""
        self.steer("end")
        self.tool.jobs().round()
        return self.teacher.get(f"runs/{self.run_id}/report").text


def test_a_question_goes_by_the_teacher_to_the_class(tool: Tool) -> None:
    lesson = Class(tool)
    lesson.say(1, {"text": "Vì sao Δ âm?"})
    assert lesson.sees(2).get("cards") is None
    assert [p["visibility"] for p in lesson.sees(1)["me"]["posts"]] == ["waiting"]
    (told,) = lesson.told()
    assert (told["text"], told["edition"], told["visibility"]) == ("Vì sao Δ âm?", 1, "waiting")
    lesson.moderate((1, 1))
    assert [c["value"] for c in lesson.sees(2)["cards"]] == [{"text": "Vì sao Δ âm?"}]
    sent = {
        "t": "signal",
        "id": "v",
        "action": "react",
        "activity": lesson.activity,
        "round": 1,
        "post": 1,
        "what": "up",
    }
    frames(lesson.pupils[2], lesson.tickets[2], sent)
    assert lesson.sees(1)["cards"][0]["reactions"] == {"up": 1}
    lesson.steer("mark", activity=lesson.activity, round=1, post=1)
    assert lesson.sees(2)["cards"][0]["is_done"]
    report = lesson.end()
    assert "Vì sao Δ âm?" in report
    assert "Em cũng muốn hỏi 1" in report


@pytest.mark.parametrize(("is_named", "names"), [(False, {}), (True, {"1": "Đặng Thái An"})])
def test_classmates_see_a_name_only_where_the_teacher_lets_them(
    tool: Tool, is_named: bool, names: dict[str, str]
) -> None:
    lesson = Class(tool, named=is_named, approve=False)
    lesson.say(1, {"text": "Hỏi"})
    answer = lesson.get(2)
    assert answer.json["names"] == names
    assert [c["n"] for c in answer.json["cards"]] == [1]
    with tool.inside():
        uid = tool.person("pupil-1").uid
    everything = json.dumps([answer.json, lesson.sees(2)])
    assert uid not in everything
    projector = lesson.teacher.get(f"runs/{lesson.run_id}/projector").text
    assert "Đặng Thái An" not in projector


def test_what_waits_is_on_no_page_of_another_pupil(tool: Tool) -> None:
    lesson = Class(tool)
    lesson.say(1, {"text": "chưa duyệt"})
    for n in (1, 2):
        assert lesson.get(n).json == {"cards": [], "names": {}}
    assert "chưa duyệt" not in json.dumps(lesson.sees(2))


def test_only_who_holds_a_seat_is_told(tool: Tool) -> None:
    lesson = Class(tool, approve=False)
    lesson.say(1, {"text": "Hỏi"})
    assert lesson.get(2, ticket="x").status_code == 401
    assert lesson.get(2, ticket=lesson.desk).status_code == 403
    assert lesson.get(2, "/1/photo").status_code == 404
    bearer = {"Authorization": f"Bearer {lesson.tickets[2]}"}
    assert lesson.pupils[2].client.get("/live/posts/unknown/1", headers=bearer).status_code == 404
    assert lesson.pupils[2].fetch(f"runs/{lesson.run_id}/posts").status_code in (403, 404)


def test_a_copy_holds_ones_own_posts_and_erasing_takes_them_from_every_page(tool: Tool) -> None:
    lesson = Class(tool, approve=False)
    lesson.say(1, {"text": "của An"}, "one")
    lesson.say(2, {"text": "của Hoài"}, "one")
    lesson.say(1, {"text": "của An, sửa"}, "one")
    with tool.inside():
        first = tool.person("pupil-1")
        copy = json.dumps(person.export(first), ensure_ascii=False, default=str)
        assert "của An" in copy
        assert "của An, sửa" in copy
        assert "của Hoài" not in copy
        person.erase(first)
        db.session.commit()
    tool.app.extensions[KEY].folds._states.clear()  # what a process still knows of a running lesson
    assert [c["value"]["text"] for c in lesson.sees(2)["cards"]] == ["của Hoài"]
    assert [p["text"] for p in lesson.told()] == ["của Hoài"]
    report = lesson.end()
    assert "của An" not in report
    assert "của Hoài" in report


def test_three_hundred_posts_in_a_minute(tool: Tool) -> None:
    lesson = Class(tool, approve=False, most=10)
    codes = []
    for _ in range(6):  # fifty frames a poll; a conversation of its own has its bucket besides
        sent = [
            {
                "t": "submit",
                "id": new_uid(),
                "activity": lesson.activity,
                "round": 1,
                "value": {"text": "x"},
                "composed_at": 0,
            }
            for _ in range(50)
        ]
        down = frames(lesson.pupils[1], lesson.tickets[1], *sent)
        codes += [f.get("code", "kept") for f in down if f["t"] in ("ack", "refuse")]
    assert len(codes) == 300
    assert set(codes) == {"kept", "rate_limited"}
    assert codes.count("kept") == 6
    assert len(lesson.told()) == 6
    lesson.say(2, {"text": "em nữa"})
    assert len(lesson.told()) == 7


def test_the_run_knows_nothing_of_it_afterwards_that_the_teacher_did_not_see(tool: Tool) -> None:
    """What a pupil took back, or the teacher removed, is in no report."""
    lesson = Class(tool, approve=False)
    lesson.say(1, {"text": "rút lại"}, "one")
    lesson.say(1, None, "one")
    lesson.say(2, {"text": "bị gỡ"}, "two")
    lesson.moderate((2, 1), to="removed")
    assert [p["visibility"] for p in lesson.sees(2)["me"]["posts"]] == ["removed"]
    report = lesson.end()
    assert "rút lại" not in report
    assert "bị gỡ" not in report
    with tool.inside():
        assert db.session.get(LessonRun, lesson.run_id) is not None


# --- the board ------------------------------------------------------------------------------------------------------


def with_photo(lesson: Class) -> None:
    """The first pupil's post, number 1, with a photo."""
    data = picture("PNG")
    headers = {
        "Authorization": f"Bearer {lesson.tickets[1]}",
        "Upload-Id": UPLOAD,
        "Upload-Length": str(len(data)),
        "Upload-Offset": "0",
    }
    assert lesson.pupils[1].client.post("/live/content", data=data, headers=headers).status_code == 200
    lesson.say(1, {"text": "có hình", "photo": UPLOAD}, "one")


def test_a_photo_is_the_classes_once_its_post_is(tool: Tool) -> None:
    lesson = Class(tool, "board")
    with_photo(lesson)
    assert lesson.get(2, "/1/photo").status_code == 404, "it waits"
    seen = f"runs/{lesson.run_id}/posts/{lesson.activity}/1/1/photo"
    assert lesson.teacher.fetch(seen).mimetype == "image/webp"
    lesson.moderate((1, 1))
    assert lesson.get(2, "/1/photo").mimetype == "image/webp"
    card = lesson.sees(2)["cards"][0]
    assert card["value"] == {"text": "có hình", "photo": True}, "its name is its author's alone"
    lesson.moderate((1, 1), to="hidden")
    assert lesson.get(2, "/1/photo").status_code == 404
    lesson.moderate((1, 1), to="removed")
    assert lesson.teacher.fetch(seen).status_code == 404


def test_another_pupils_upload_is_nobodys_photo(tool: Tool) -> None:
    lesson = Class(tool, "board", approve=False)
    with_photo(lesson)
    lesson.say(2, {"text": "mượn", "photo": UPLOAD}, "two")
    assert lesson.get(1, "/2/photo").status_code == 404


def test_pages_comments_and_columns(tool: Tool) -> None:
    lesson = Class(tool, "board", approve=False, comments=True, columns=["biết", "hỏi"], most=6)
    for n in range(6):
        lesson.say(1, {"text": f"bài {n}", "column": "AB"[n % 2]})
    lesson.say(2, {"text": "lời bàn"}, on=1)
    assert lesson.sees(2)["columns"] == {"A": 3, "B": 3}
    told = {one["text"]: one.get("column") for one in lesson.told()}
    assert (told["bài 0"], told["bài 1"], told["lời bàn"]) == ("biết", "hỏi", None), "the teacher reads where it stands"
    assert [c["n"] for c in lesson.get(2, skip=2).json["cards"]] == [4, 3, 2, 1]
    assert [c["n"] for c in lesson.get(2, column="B", skip=1).json["cards"]] == [4, 2]
    assert [c["value"] for c in lesson.get(1, on=1).json["cards"]] == [{"text": "lời bàn"}]
    assert lesson.get(1, skip=-5).json["cards"][0]["n"] == 6
    assert lesson.get(1, skip="x", on="y").status_code == 200
    assert lesson.get(1, on=10**30).json["cards"] == []
    assert [(c["n"], c["comments"]) for c in lesson.get(2, n=1).json["cards"]] == [(1, 1)]
    assert [lesson.get(2, n=n).json["cards"] for n in (7, 8, -1, 10**30)] == [[]] * 4, "no comment, and none of nobody"
    lesson.moderate((2, 1), to="hidden")
    assert lesson.get(2, n=2).json["cards"] == []
    report = lesson.end()
    assert "Lời bàn cho bài 1" in report
    assert "biết" in report


def test_the_report_tells_which_words_were_taken_off_a_cloud(tool: Tool) -> None:
    lesson = Class(tool, "cloud", words=2)
    lesson.say(1, {"1": "Xấu xí", "2": "vui"})
    lesson.steer("hide_word", activity=lesson.activity, word="xấu xí")
    report = lesson.end()
    assert "Thầy cô đã không cho hiện: Xấu xí (1)." in report


def test_a_groups_versions_are_its_own(tool: Tool) -> None:
    """Names and texts of one's group; another group's product and photo only while the class looks at it."""
    lesson = Class(tool, "group", own="Em làm gì?", size=2)
    state = lesson.steer("form_groups", activity=lesson.activity, draw=0.5, size=2)
    assert [len(members) for members in state["grouping"]["groups"]] == [2]
    with_photo(lesson)
    lesson.say(2, {"text": "thêm lời", "photo": UPLOAD}, on=1)
    told = lesson.get(2, "/group").json
    assert [(v["text"], v["mine"], v["stands"]) for v in told["versions"]] == [
        ("thêm lời", True, True),
        ("có hình", False, False),
    ]
    assert all(member["name"] for member in told["members"])
    assert lesson.get(2, "/2/photo").mimetype == "image/webp", "the picture stays with the product"
    assert lesson.get(2).status_code == 404, "no page of posts leads to products"
    lesson.steer("move_member", activity=lesson.activity, participant=state["grouping"]["groups"][0][0], to=2)
    seen = {n: lesson.get(n, "/2/photo").status_code for n in (1, 2)}
    assert sorted(seen.values()) == [200, 404]
    lesson.steer("present", activity=lesson.activity, group=1)
    assert {lesson.get(n, "/2/photo").status_code for n in (1, 2)} == {200}
    assert {lesson.get(n, "/1/photo").status_code for n in (1, 2)} == {200, 404}, "an earlier version stays the group's"
    (first, *_) = lesson.teacher.fetch(f"runs/{lesson.run_id}/groups").json["groups"]
    assert [v["text"] for v in first] == ["thêm lời", "có hình"]
    lesson.say(1, "Em vẽ hình")
    word = {"activity": lesson.activity, "group": "1", "level": "kha", "text": "Trình bày rõ"}
    assert lesson.teacher.post(f"runs/{lesson.run_id}/groups", **word).status_code == 303
    report = lesson.end()
    assert "Em vẽ hình" in report
    assert "thêm lời" in report
    assert report.count("Trình bày rõ") == 1, "group 2 has a form of its own"
    seen_by = [pupil.get("profile").text for pupil in lesson.pupils.values()]
    assert sorted(text.count("Trình bày rõ") for text in seen_by) == [0, 1], "a word is its group's own"
    assert all("Viết 1 bản" in text for text in seen_by)


def test_who_has_shown_no_name_is_told_none(tool: Tool) -> None:
    """A seat without a name is anybody's: it works in a group, and does not learn who the others are."""
    lesson = Class(tool, "group", own="Em làm gì?", size=2)
    with tool.inside():
        uid = db.session.query(Lesson).one().uid
    lesson.teacher.send(f"lessons/{uid}", {"title": "Vi-ét", "minutes": 45, "nameless": True})
    stranger = tool.browser().launch(sub=None, **{f"{LTI}roles": [LEARNER]})
    lesson.pupils[3], lesson.tickets[3] = stranger, sit(stranger)["ticket"]
    lesson.steer("form_groups", activity=lesson.activity, draw=0.5, size=3)
    lesson.say(1, {"text": "x² − 5x + 6"})
    told = lesson.get(3, "/group").json
    assert [m["name"][:9] for m in told["members"]] == ["Học sinh "] * 3
    assert [v["name"][:9] for v in told["versions"]] == ["Học sinh "]
    own = lesson.get(2, "/group").json["members"]
    assert [m["me"] for m in own] == [True, False, False], "whoever reads stands first"
    named = sorted(m["name"] for m in own)
    assert [name[:9] == "Học sinh " for name in named].count(True) == 1, "the others know each other"


def test_a_board_of_groups_says_who_wrote_to_the_teacher_alone(tool: Tool) -> None:
    lesson = Class(tool, "board", authors="groups", named=True, comments=True)
    lesson.steer("form_groups", activity=lesson.activity, draw=0.5, size=2)
    with_photo(lesson)
    assert lesson.get(2, "/1/photo").mimetype == "image/webp", "it waits, and is the group's"
    lesson.say(2, {"text": "thêm lời", "photo": UPLOAD}, "one")
    assert lesson.get(1, "/1/photo").mimetype == "image/webp", "the picture stays with the post"
    told = lesson.get(2, "/group").json
    assert (told["number"], len(told["members"]), told["versions"]) == (1, 2, [])
    with tool.inside():
        first, other = (tool.person(f"pupil-{n}").uid for n in (1, 2))
    (post,) = lesson.told()
    assert (post["text"], post["who"], post["editors"], post["group"]) == ("thêm lời", first, [other], 1)
    lesson.moderate((1, post["edition"]))
    page = lesson.get(2).json
    assert ([c["group"] for c in page["cards"]], page["names"]) == ([1], {})
    for n in (1, 2):
        seen = json.dumps([lesson.sees(n), lesson.get(n).json, lesson.get(n, "/group").json])
        assert first not in seen
        assert other not in seen
    assert lesson.teacher.fetch(f"runs/{lesson.run_id}/groups").json["groups"] == []
    report = lesson.end()
    assert "thêm lời" in report
    assert f"posts/{lesson.activity}/1/1/photo" in report


# --- without names --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["pen", "none"])
def test_without_names_nobody_is_told_whose_a_post_is(tool: Tool, how: str) -> None:
    lesson = Class(tool, "board", how, approve=False, named=True)
    with_photo(lesson)
    seen = f"runs/{lesson.run_id}/posts/{lesson.activity}/1/1/photo"
    assert lesson.told() == [], "of two pupils it would be one's or the other's"
    assert lesson.teacher.fetch(seen).status_code == 404
    lesson.enter(3, 4, 5)
    (told,) = lesson.told()
    assert lesson.teacher.fetch(seen).mimetype == "image/webp"
    with tool.inside():
        state = live.state_of(lesson.run_id)
        author, uid = tool.person("pupil-1").name, tool.person("pupil-1").uid
        pen = naming.pen_name(state, uid) if how == "pen" else ""
    assert (told["text"], told["visibility"], told["pen"]) == ("có hình", "waiting", pen)
    assert uid not in json.dumps(told)
    assert UPLOAD not in json.dumps(told), "by its id one could ask of each pupil whether it is theirs"
    assert lesson.get(2, "/1/photo").status_code == 404, "the teacher reads it first"
    lesson.moderate((1, told["edition"]))
    assert lesson.get(2).json["names"] == ({"1": pen} if pen else {})
    phone = json.dumps([lesson.sees(2), lesson.get(2).json])
    assert uid not in phone
    assert author not in phone
    assert [post["value"]["text"] for post in lesson.sees(1)["me"]["posts"]] == ["có hình"]
    lesson.say(1, {"text": "viết lại"}, "one")
    assert [post["visibility"] for post in lesson.told()] == ["waiting"]
    lesson.moderate((1, 2), to="hidden")
    report = lesson.end()
    at = report.index("viết lại")
    line = report[report.rindex("<li>", 0, at) : report.index("</li>", at)]
    assert author not in line
    assert (pen or "Ẩn danh") in line
    with tool.inside():
        both = [uid, tool.person("pupil-2").uid]
    for one in both:
        work = lesson.teacher.get(f"work/{one}/of/{lesson.run_id}").text
        assert "Ẩn danh" in work
        assert "viết lại" not in work
        assert "viết lại" not in lesson.teacher.get(f"profile/{one}").text
