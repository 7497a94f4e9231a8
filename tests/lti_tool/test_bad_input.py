"""Bad input through the tool's own doors: hostile words in every kind, files too large, questions that cannot be asked,
a lesson rewritten while it is taught. What comes by WebSocket: `tests/live_session/test_bad_input.py`."""

import contextlib
import io
import json
import os
import re
import socket
import struct
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from flask import url_for
from PIL import Image, ImageFile
from sqlalchemy import select
from werkzeug.test import TestResponse

from live_session import activities
from live_session.model import Json
from live_session.store.tables import content as content_table
from lti_tool import authority, live, serving
from lti_tool.extensions import db
from lti_tool.models import Lesson, LessonActivity, LessonRun, Picture
from lti_tool.models.base import new_uid
from lti_tool.secret import Secrets
from tests.live_session.build import SAMPLES, content_text
from tests.lti_tool.conftest import SECRET
from tests.lti_tool.markup import Markup, inline_code
from tests.lti_tool.school import console, frames, picture, press, sit, submit, upload
from tests.lti_tool.tool import NUMBER, OPEN, SINGLE, Browser, Tool
from tests.lti_tool.witness import contents, fault_of
from tests.ports import free_port

# --- what is no JSON --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [b"[" * 50_000 + b"]" * 50_000, b'"\xff"', b"", b"{"])
def test_what_a_script_sends_in_no_form_is_refused(tool: Tool, body: bytes) -> None:
    teacher = tool.set_up(3)
    run_id, uid = tool.start(teacher, SINGLE), tool.lesson(SINGLE)
    with tool.inside():
        activity = db.session.scalars(select(LessonActivity.uid).join(Lesson).where(Lesson.uid == uid)).one()
    for path in (
        f"lessons/{uid}/activities/{activity}", f"lessons/{uid}/paste/text", f"lessons/{uid}/paste/add",
        f"runs/{run_id}/cards", f"runs/{run_id}/roll", "seats", f"lessons/{uid}",
    ):  # fmt: skip
        answer = teacher.client.post(
            teacher.path(path), data=body, headers=teacher._script(), content_type="application/json"
        )
        assert answer.status_code == 400, (path, answer.status_code)


def test_the_log_says_what_was_wrong_with_it_but_for_what_a_teacher_writes(
    tool: Tool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    teacher = tool.set_up(3)
    run_id, uid = tool.start(teacher, SINGLE), tool.lesson(SINGLE)
    reasons = list[str]()
    for path in (f"lessons/{uid}/paste/add", f"runs/{run_id}/roll"):
        caplog.clear()
        assert teacher.send(path, [{"Nguyễn Văn An": 1}]).status_code == 400
        reasons += [record.reason for record in caplog.records if record.getMessage() == "fault"]
    assert reasons == ["activity_shape ", "http Object contains unknown field `Nguyễn Văn An` - at `$[0]`"]


# --- hostile words --------------------------------------------------------------------------------------------------

ATTACK = (
    "<script>alert(1)</script>\"'><img src=x onerror=alert(1)><svg/onload=alert(1)>"
    "<a href='javascript:alert(1)'>x</a>{{ 7*7777 }}"
)
NO_WORDS = ("key", "own_key", "id", "answer", "tolerance", "paper", "authors", "about", "level")
"""Members that hold no words: letters, numbers, ids, one of several words of ours."""


def hostile(value: Json, name: str = "") -> Json:
    """The content of an activity with the attack in each of its texts."""
    if isinstance(value, Mapping):
        return {key: hostile(inner, key) for key, inner in value.items()}
    if isinstance(value, list | tuple) and name not in NO_WORDS:
        return [hostile(inner, name) for inner in value]
    if isinstance(value, str) and name not in NO_WORDS:
        return f"{value} {ATTACK}"[:50] if name in SHORT else f"{value} {ATTACK}"
    return value


SHORT = ("low", "high", "columns", "criteria", "levels", "blocked", "own_options")
"""These are labels, and not as long as the attack."""


def harmless(html: str, where: str) -> Markup:
    """A page, or a piece of one, in which the attack is only words."""
    page = Markup(html)
    assert inline_code(page) == [], where
    for _, attributes in page.elements:
        assert attributes.get("src") != "x", where
    assert "54439" not in html, where
    return page


def html_in(told: Json) -> Iterator[str]:
    """Every piece of HTML that a frame or an answer to a script holds."""
    if isinstance(told, Mapping):
        for name, inner in told.items():
            if isinstance(inner, str) and name in ("html", "phone", "screen", "explanation", "svg"):
                yield inner
            else:
                yield from html_in(inner)
    elif isinstance(told, list):
        for inner in told:
            yield from html_in(inner)


def words_of(kind: str) -> Json:
    """An answer with the attack in it, where an answer has words."""
    return {
        "short": ATTACK,
        "open": ATTACK[:200],
        "photo": ATTACK[:100],
        "drawing": ATTACK[:100],
        "fill": {"1": ATTACK[:100]},
        "cloud": {"1": ATTACK[:30]},
        "exit": {"level": "3", "learned": ATTACK, "unclear": ATTACK},
        "board": {"text": ATTACK, "column": "A", "link": "example.org/<script>"},
        "questions": {"text": ATTACK},
    }.get(kind, SAMPLES[kind].values[0])


@pytest.fixture(scope="module")
def played(steady_tool: Tool) -> dict[str, str]:
    """Every kind with hostile words, taught to its end: all the HTML that anybody was sent, by where.
    Pages are walked by everybody after the lesson, by the teacher during it."""
    tool, seen = steady_tool, {}
    teacher = tool.set_up()
    uid = tool.lesson(title=ATTACK[:200])
    for kind in activities.types():
        seen |= written(teacher, uid, kind)
    run = run_of(teacher.post("runs", lesson=uid))
    people = {"teacher": teacher, "pupil": tool.pupil(1, name=ATTACK[:120]), "classmate": tool.pupil(2)}
    tickets = {who: sit(one)["ticket"] for who, one in people.items() if who != "teacher"}
    tickets["teacher"] = console(teacher, run)
    seen |= pages(tool, {"teacher": teacher}, run, uid)
    for activity, kind in deck_of(tool, run):
        seen |= asked(people, tickets, activity, kind)
    assert teacher.post(f"runs/{run}/end").status_code == 303
    tool.jobs().round()
    return seen | pages(tool, {**people, "head": tool.head()}, run, uid)


def run_of(answer: TestResponse) -> str:
    assert answer.status_code == 303, answer.text
    return str(answer.location).split("/runs/")[1].split("/")[0]


def deck_of(tool: Tool, run: str) -> list[tuple[str, str]]:
    """(id, kind) of what a run asks, in its order."""
    with tool.inside():
        return [(one.id, one.kind) for one in live.state_of(run).deck]


def written(teacher: Browser, uid: str, kind: str) -> dict[str, str]:
    """One more activity, as the editor saves it: it must be one that can be asked."""
    added = teacher.post(f"lessons/{uid}/activities", kind=kind)
    activity = str(added.location).partition("activity=")[2]
    content = hostile(json.loads(content_text(kind)))
    change = {"title": ATTACK[:200], "points": 1.0, "seconds": 600, "objective": ATTACK, "content": content}
    said = teacher.send(f"lessons/{uid}/activities/{activity}", change).json
    assert said["faults"] == {}, (kind, said["faults"])
    told = {f"saved {kind} {n}": html for n, html in enumerate(html_in(said["preview"]))}
    return told | {f"editor {kind}": teacher.get(f"lessons/{uid}?activity={activity}").text}


def asked(people: dict[str, Browser], tickets: dict[str, str], activity: str, kind: str) -> dict[str, str]:
    """A question on every screen, answered in hostile words, with all that can be shown of it."""
    teacher, desk, seen = people["teacher"], tickets["teacher"], {}
    steered(teacher, desk, {"action": "open", "activity": activity})
    if kind == "group":
        steered(teacher, desk, {"action": "form_groups", "activity": activity, "draw": 0.5})
    more = {"post": new_uid()} if kind in ("board", "questions", "group") else {}
    answer = submit(people["pupil"], activity, words_of(kind), **more)
    assert answer["t"] == "ack", (kind, answer)
    for moment in range(6):
        for who, browser in people.items():
            told = frames(browser, tickets[who])
            seen |= {f"{who}, {kind}, {moment}, {n}": html for n, html in enumerate(html_in(told))}
        step = frames(teacher, desk)[0]["state"]["forth"]
        if step["action"] in ("next", "end"):
            break
        steered(teacher, desk, step)
    return seen


def steered(teacher: Browser, desk: str, step: Mapping[str, Any]) -> None:
    """One step; a pace that is too quick for the server is waited out, as the console does."""
    sent = {"t": "steer", "id": new_uid(), **step}
    down = frames(teacher, desk, sent)
    while wait := max(one.get("retry_after", 0) for one in down):
        time.sleep(wait)
        down = frames(teacher, desk, sent)
    assert "ack" in [one["t"] for one in down], down


def pages(tool: Tool, people: dict[str, Browser], run: str, uid: str) -> dict[str, str]:
    """Every page about this lesson, this class, this pupil, for each of these who may see it."""
    with tool.inside():
        person, row = tool.person("pupil-1"), db.session.get_one(LessonRun, run)
        ids = {"run_id": run, "lesson_uid": uid, "person_id": person.id, "uid": person.uid, "term": 1, "n": 1}
        ids |= {"context_id": row.context_id, "code": row.code or "000000", "activity": live.state_of(run).deck[0].id}
        when = "over" if row.ended_at else "running"
    seen = {}
    for rule in tool.app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or not rule.arguments <= {*ids, "visit_id"} or rule.endpoint == "static":
            continue
        for who, browser in people.items():
            with tool.app.test_request_context("/"):
                path = url_for(rule.endpoint, visit_id=browser.visit, **{n: ids[n] for n in rule.arguments & set(ids)})
            answer = browser.client.get(path.partition("?")[0])
            assert answer.status_code < 500, path
            if answer.mimetype == "text/html" and answer.status_code == 200:
                seen[f"{who} {path} {when}"] = answer.text
    return seen


@pytest.mark.slow
def test_hostile_words_of_every_kind_are_words_on_every_screen(played: dict[str, str]) -> None:
    """Editor, preview, phone, classmate's phone, console, projector, report, review, profile, export pages."""
    assert len(played) > 300
    told = [where for where, html in played.items() if "alert(1)" in harmless(html, where).text]
    kinds = {kind for kind in activities.types() if any(f"pupil, {kind}," in where for where in told)}
    assert kinds == set(activities.types()), "escaped, not lost: each kind's words are read on the phone"


@pytest.mark.parametrize("link", ["javascript:alert(1)", "data:text/html,<script>", "//x"])
def test_a_board_takes_no_hostile_link(tool: Tool, link: str) -> None:
    pupil, activity = board(tool)
    assert submit(pupil, activity, {"text": "xem", "link": link}, post=new_uid())["code"] == "invalid_value"


def board(tool: Tool) -> tuple[Browser, str]:
    """A pupil before an open board; its id."""
    teacher = tool.set_up()
    run = tool.start(teacher, {"kind": "board", "points": 0.0, "content": {"prompt": "Em nghĩ gì?", "approve": False}})
    pupil = tool.pupil(1)
    sit(pupil)
    press(teacher, run)
    return pupil, deck_of(tool, run)[0][0]


# --- files too large ------------------------------------------------------------------------------------------------


def test_a_picture_of_a_hundred_megapixels_is_not_decoded(tool: Tool) -> None:
    """A hundred kilobytes that become three hundred megabytes: refused by its first lines, as a picture of a question.
    The same first lines with nothing behind them are refused alike, so nothing was decoded."""
    bomb = flat_png(10_000, 10_000)
    assert len(bomb) < 1_000_000
    teacher = tool.set_up()
    uid = tool.lesson(OPEN)
    before = contents(tool)
    for data in (bomb, bomb[:200]):
        answer = teacher.post(f"lessons/{uid}/pictures", picture=(io.BytesIO(data), "a.png"))
        assert (fault_of(answer), answer.status_code) == ("picture_too_large", 413)
    assert contents(tool) == before


def test_a_pupils_photo_of_a_hundred_megapixels_is_not_decoded(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refused by its first lines, and kept nowhere."""
    decoded: list[object] = []
    monkeypatch.setattr(ImageFile.ImageFile, "load", decoded.append)
    teacher, bomb = tool.set_up(), flat_png(10_000, 10_000)
    tool.start(teacher, OPEN)
    pupil = tool.pupil(1)
    told = {"Authorization": f"Bearer {sit(pupil)['ticket']}", "Upload-Id": new_uid(), "Upload-Offset": "0"}
    before = contents(tool)
    answer = pupil.client.post("/live/content", data=bomb, headers={**told, "Upload-Length": str(len(bomb))})
    assert (answer.status_code, answer.json) == (422, {"code": "invalid_value"})
    assert not decoded
    assert contents(tool) == before


def flat_png(width: int, height: int) -> bytes:
    """A real PNG of one colour, packed as well as it goes; made line by line, so that no test decodes it either."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    packer, line = zlib.compressobj(9), bytes(1 + (width + 7) // 8)
    lines = b"".join(packer.compress(line) for _ in range(height)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", lines) + chunk(b"IEND", b"")


def test_where_a_photo_was_taken_is_kept_nowhere(tool: Tool) -> None:
    """Through both doors, as bytes in the whole database."""
    exif = Image.Exif()
    exif[0x010F] = "Camera of Nguyen"
    exif.get_ifd(0x8825)[2] = (21.0, 1.0, 42.0)
    exif.get_ifd(0x8825)[1] = "N"
    photo = picture("JPEG", (200, 150), exif=exif.tobytes(), comment=b"at home")
    teacher = tool.set_up()
    uid = tool.lesson(OPEN)
    assert teacher.post(f"lessons/{uid}/pictures", picture=(io.BytesIO(photo), "a.jpg")).status_code == 200
    tool.start(teacher, OPEN)
    upload(tool.pupil(1), data=photo)
    with tool.inside():
        kept = [*db.session.scalars(select(Picture.data)), *db.session.scalars(select(content_table.c.data))]
        assert len([one for one in kept if one]) == 2
    for one in kept:
        assert not Image.open(io.BytesIO(one)).getexif()
        assert not any(word in one for word in (b"Camera", b"at home", b"Exif"))


class Web:
    """The pages' real server, a process of its own."""

    def __init__(self, folder: Path, url: str) -> None:
        self.port = free_port()
        environ = {**os.environ, "GIOTAY_DATABASE_URL": url, "GIOTAY_SECRET_KEY": SECRET}
        environ |= {"GIOTAY_WEB_PORT": str(self.port), "GIOTAY_PUBLIC_URL": f"http://127.0.0.1:{self.port}"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "lti_tool.cli", "serve", "--only", "web"], env=environ, cwd=folder,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def answers(self) -> bool:
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=10) as said:
                return bool(said.status == 200)
        except OSError:
            return False

    def pour(self, megabytes: int, *headers: str, chunked: bool) -> tuple[bytes, int]:
        """A PDF that does not end: what the server says, and how many bytes it let come."""
        block = b"x" * 65_536
        piece = b"10000\r\n" + block + b"\r\n" if chunked else block
        head = ["POST /l/x/lessons/y/slides HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/pdf", *headers]
        sent = 0
        with socket.create_connection(("127.0.0.1", self.port)) as line:
            line.sendall(("\r\n".join(head) + "\r\n\r\n").encode())
            with contextlib.suppress(OSError):
                while sent < megabytes << 20:
                    line.sendall(piece)
                    sent += len(block)
            with contextlib.suppress(OSError):
                return line.recv(200), sent
        return b"", sent

    def peak(self) -> int:
        """The most memory that any of its processes ever had, in megabytes."""
        mine = self.process.pid
        children = Path(f"/proc/{mine}/task/{mine}/children").read_text().split()
        said = (Path(f"/proc/{pid}/status").read_text() for pid in (mine, *children))
        return max(int(found[1]) // 1024 for text in said if (found := re.search(r"VmHWM:\s+(\d+)", text)))


@pytest.fixture
def web(sqlite_tool_url: str, tmp_path: Path) -> Iterator[Web]:
    one = Web(tmp_path, sqlite_tool_url)
    try:
        while not one.answers():
            assert one.process.poll() is None, "the pages did not come"
            time.sleep(0.1)
        yield one
    finally:
        one.process.terminate()
        one.process.wait(60)


@pytest.mark.parametrize("chunked", [False, True], ids=["with its length", "without a length"])
def test_a_pdf_of_two_hundred_megabytes_is_refused_early_and_costs_no_memory(web: Web, chunked: bool) -> None:
    """With its length it is refused by it; without one nothing of it is read, and the wire is closed."""
    before = web.peak()
    length = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {200 << 20}"
    said, sent = web.pour(200, length, f"Authorization: Bearer {page_of('x')}", chunked=chunked)
    assert said.startswith(b"HTTP/1.1 4"), said
    assert chunked or b" 413 " in said
    assert sent < 100 << 20, "it was let come as a whole"
    assert web.peak() - before < 100
    assert web.answers(), "and the next one is answered"


def page_of(launch: str) -> str:
    """What a page of this launch shows, to a server that keeps the tests' secret."""
    return Secrets([SECRET]).sign(authority.PAGE_TOKEN, launch)


def test_a_long_body_of_nobodys_is_not_let_come(web: Web) -> None:
    """Thirty megabytes are kept in memory, and are a teacher's alone."""
    for shown in ("", "forged", page_of("another")):
        said, sent = web.pour(20, f"Content-Length: {20 << 20}", f"Authorization: Bearer {shown}", chunked=False)
        assert b" 404 " in said, shown
        assert sent < 20 << 20, shown


def test_who_sends_slowly_holds_up_nobody(web: Web) -> None:
    """Many more phones on a bad network than requests are worked on at once: everybody else is answered meanwhile, and
    they are when they are done."""
    head = "POST /j HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    with contextlib.ExitStack() as open_:
        lines = [
            open_.enter_context(contextlib.closing(socket.create_connection(("127.0.0.1", web.port), timeout=60)))
            for _ in range(8 * serving.WORKING)
        ]
        for line in lines:
            line.sendall(f"{head}Content-Length: 11\r\n\r\ncode=".encode())
        assert all(web.answers() for _ in range(3))
        for line in lines:
            line.sendall(b"000000")
        assert {line.recv(12) for line in lines} == {b"HTTP/1.1 404"}


@pytest.mark.slow
def test_who_stops_in_the_middle_of_a_body_keeps_no_server_from_ending(web: Web) -> None:
    with contextlib.closing(socket.create_connection(("127.0.0.1", web.port))) as line:
        line.sendall(b"POST /j HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\nx")
        assert web.answers()
        web.process.terminate()
        web.process.wait(60)


# --- questions that cannot be asked ---------------------------------------------------------------------------------


def choice(*texts: str, key: Sequence[str] = ("A",)) -> dict[str, Any]:
    return {"prompt": "?", "options": [{"text": one} for one in texts], "key": list(key)}


BAD: dict[str, tuple[str, dict[str, Any], str]] = {
    "no key": ("single", choice("a", "b", key=[]), "key"),
    "two keys where one is asked": ("single", choice("a", "b", key=["A", "B"]), "key"),
    "a key that is no option": ("multiple", choice("a", "b", key=["C"]), "key"),
    "an empty option": ("single", choice("a", ""), "options.1"),
    "an option of blanks": ("single", choice("a", " \u00a0\u3000"), "options.1"),
    "an option that nobody sees": ("single", choice("a", "\u200b\ufeff"), "options.1"),
    "a question that nobody sees": ("single", {**choice("a", "b"), "prompt": "\u200b"}, "prompt"),
    "the same but for blanks": ("single", choice("hai số", " hai  số\u00a0"), "options.1"),
    "the same in other code points": ("multiple", choice("Hồng", "Ho\u0302\u0300ng"), "options.1"),
    "the same but for what nobody sees": ("single", choice("a", "a\u200b"), "options.1"),
    "parts that look the same": ("ordering", {"prompt": "?", "items": ["á", "b", "a\u0301"]}, "items.2"),
    "answers that look the same": (
        "matching",
        {"prompt": "?", "pairs": [{"left": "1", "right": "á"}, {"left": "2", "right": "b"}], "others": ["a\u0301"]},
        "others.0",
    ),
    "a statement without a key": (
        "cluster", {"prompt": "?", "statements": [{"text": t, "key": None if t == "d" else True} for t in "abcd"]},
        "statements.3",
    ),
    "no number": ("number", {"prompt": "?", "answer": ""}, "answer"),
    "nothing accepted": ("short", {"prompt": "?", "accepted": []}, "accepted"),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "content", "field"), BAD.values(), ids=BAD.keys())
def test_a_question_that_cannot_be_asked_is_saved_with_its_fault_and_begins_no_lesson(
    tool: Tool, kind: str, content: dict[str, Any], field: str
) -> None:
    teacher = tool.set_up()
    uid = tool.lesson()
    added = teacher.post(f"lessons/{uid}/activities", kind=kind)
    activity = str(added.location).partition("activity=")[2]
    change = {"title": "", "points": 1.0, "seconds": None, "objective": None, "content": content}
    said = teacher.send(f"lessons/{uid}/activities/{activity}", change)
    assert said.status_code == 200, "what was typed is kept"
    assert [name for name in said.json["faults"] if not name.endswith(".any")] == [field]
    refused = teacher.post("runs", lesson=uid)
    assert (fault_of(refused), refused.status_code) == ("lesson_unfinished", 400)


@pytest.mark.parametrize("texts", [("AA", "Aa"), ("mm", "Mm"), ("m²", "m2")], ids=str)
def test_what_a_reader_can_tell_apart_is_not_the_same(texts: tuple[str, str]) -> None:
    """Capitals are part of genotypes, units and formulas; a raised figure is another one."""
    single = activities.type_of("single")
    assert list(single.problems(single.parse(json.dumps(choice(*texts))))) == []


# --- a lesson that changes while it is taught -----------------------------------------------------------------------


def test_a_lesson_rewritten_while_it_is_taught_stays_the_one_that_was_begun(any_tool: Tool) -> None:
    """Its teacher, or the colleague beside, edits the open question's key, removes the second question, and puts a
    third first. The run asks, counts and reports what it began with; the next one asks the new lesson."""
    teacher = any_tool.set_up()
    uid = any_tool.lesson(SINGLE, NUMBER)
    run = run_of(teacher.post("runs", lesson=uid))
    pupil = any_tool.pupil(1)
    sit(pupil)
    press(teacher, run)
    first, second = (activity for activity, _ in deck_of(any_tool, run))
    assert submit(pupil, first, "C")["outcome"] == "accepted"
    rewrite(teacher, uid, first, second)
    assert submit(pupil, first, "B")["outcome"] == "replaced"
    assert submit(pupil, first, "C")["outcome"] == "replaced"
    for _ in range(3):  # locked, distribution, key
        press(teacher, run)
    (welcome, *_) = frames(pupil, sit(pupil)["ticket"])
    assert "C" in json.dumps(welcome["state"]["activity"]["key"]), "the key it began with"
    press(teacher, run)
    assert submit(pupil, second, "7")["t"] == "ack", "removed from the lesson, not from the run"
    teacher.post(f"runs/{run}/end")
    any_tool.jobs().round()
    report = teacher.get(f"runs/{run}/report").text
    assert "Khởi động" in report
    assert "Tính" in report
    assert "Nội dung mới" not in report
    with any_tool.inside():
        who = any_tool.person("pupil-1").id
    proposed = [a["value"] for tag, a in Markup(report).elements if tag == "input" and a.get("name") == f"s{who}"]
    assert proposed == ["10,0"], "both right, by the key of the run"
    again = run_of(teacher.post("runs", lesson=uid))
    with any_tool.inside():
        asked = [json.loads(one.content)["prompt"] for one in live.state_of(again).deck]
    assert asked == ["Em còn vướng gì?", "Nội dung mới"]


def rewrite(teacher: Browser, uid: str, first: str, second: str) -> None:
    """Another question with another key in the first one's place, the second gone, a new one before all."""
    change = {"title": "", "points": 5.0, "seconds": 30, "objective": None, "content": choice("a", "b", key=["B"])}
    change["content"]["prompt"] = "Nội dung mới"
    assert teacher.send(f"lessons/{uid}/activities/{first}", change).json["faults"] == {}
    assert teacher.post(f"lessons/{uid}/activities/{second}/do", do="remove").status_code == 303
    added = teacher.post(f"lessons/{uid}/activities", kind="open")
    third = str(added.location).partition("activity=")[2]
    asks = {**change, "points": 0.0, "content": {"prompt": "Em còn vướng gì?", "limit": 100}}
    assert teacher.send(f"lessons/{uid}/activities/{third}", asks).json["faults"] == {}
    assert teacher.send(f"lessons/{uid}/order", [third, first]).json == {"saved": True}
