"""The whole product as a newcomer starts it, and the people who use it in a real Chromium."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from flask import Flask
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, WebSocket, expect
from sqlalchemy import select

from lti_tool.app import create_app
from lti_tool.clock import now
from lti_tool.config import load
from lti_tool.extensions import db
from lti_tool.models import LessonRun
from tests.ports import free_port
from tests.signals import hear_ctrl_c

T = TypeVar("T")
START_WITHIN = 300.0
PORTS = ("GIOTAY_WEB_PORT", "GIOTAY_LIVE_PORT", "GIOTAY_DEMO_LMS_PORT")
PATIENCE_MS = 90_000
"""How long a test waits before it fails: on a machine that does a dozen things at once all is slow."""
HOUR_MS = 3_600_000
MASK = 4
"""Bytes by which a browser masks each frame that it sends."""
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True, "device_scale_factor": 2}


def until(look: Callable[[], T], what: str, seconds: float = PATIENCE_MS / 1_000) -> T:
    """Look again until there is something to see; fails with `what`."""
    deadline = time.monotonic() + seconds
    while not (seen := look()):
        assert time.monotonic() < deadline, f"never came: {what}"
        time.sleep(0.05)
    return seen


# --- the product ----------------------------------------------------------------------------------------------------


@dataclass
class School:
    """`giotay demo` in a folder of its own. Addresses without a slash at the end."""

    folder: Path
    tool: str
    lms: str
    environ: dict[str, str]
    process: subprocess.Popen[bytes]

    def process_of(self, words: str) -> int:
        """The process id of the part with these words in its command."""
        return until(lambda: _child(self.process.pid, words), words)

    def live_process(self) -> int:
        """The process id of the live server."""
        return self.process_of("--only live")

    @property
    def app(self) -> Flask:
        """The tool on this school's own database, beside the product: for what no page and no clock brings about."""
        url = f"sqlite:///{self.folder / 'var' / 'giotay.db'}"
        return create_app(load({**self.environ, "GIOTAY_DATABASE_URL": url, "GIOTAY_SECRET_KEY": "of no page " * 4}))

    def kill_live(self) -> None:
        """SIGKILL: no goodbye, nothing flushed."""
        os.kill(self.live_process(), signal.SIGKILL)

    @contextmanager
    def running(self, *command: str) -> Iterator[subprocess.Popen[bytes]]:
        """A `giotay` command beside the product, ended with the block."""
        with (self.folder / "command.log").open("ab") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "lti_tool.cli", *command],
                cwd=self.folder,
                env=self.environ,
                stdout=out,
                stderr=out,
            )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)

    def as_(self, who: str, path: str) -> str:
        """An address of the demo LMS, acting as this person."""
        return f"{self.lms}/as/{who}/{path}"


def _child(parent: int, words: str) -> int | None:
    """A child of this process with these words in its command line."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            parents = re.search(r"^PPid:\s*(\d+)", (entry / "status").read_text(), re.MULTILINE)
        except OSError:
            continue
        if words in command and parents and int(parents[1]) == parent:
            return int(entry.name)
    return None


@contextmanager
def opened(folder: Path, host: str = "127.0.0.1", *flags: str, **environ: str) -> Iterator[School]:
    """Start the product under this host name, wait until it is ready, stop it with Ctrl-C. A folder in which it stood
    before is gone on with."""
    hear_ctrl_c()
    ports = {name: str(free_port()) for name in PORTS} | {k: v for k, v in environ.items() if k in PORTS}
    web, _, lms = ports.values()
    variables = {
        **{name: value for name, value in os.environ.items() if not name.startswith("GIOTAY_")},
        **ports,
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "GIOTAY_DEMO_TERM": "no",  # a school of a day: the term takes seconds that no test needs
        **environ,
    }
    log = folder / "product.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "lti_tool.cli", "demo", *flags], cwd=folder, env=variables, stdout=out, stderr=out
        )
    try:
        until(lambda: "Ctrl-C stops" in log.read_text() or process.poll() is not None, "ready", START_WITHIN)
        assert process.poll() is None, log.read_text()
        yield School(folder, f"http://{host}:{web}", f"http://{host}:{lms}", variables, process)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
    said = log.read_text()
    assert "Traceback" not in said, said
    assert process.returncode == 0, said


def answers(address: str) -> bool:
    """Somebody answers there."""
    try:
        with urllib.request.urlopen(address, timeout=2):
            return True
    except OSError:
        return False


# --- pages ----------------------------------------------------------------------------------------------------------


@dataclass
class Watched:
    """What a page said and asked for. Every page of a test is watched; what it complains about fails the test."""

    page: Page
    name: str
    complaints: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    frames: int = 0
    """Bytes of WebSocket frames, both ways, with their heads."""
    is_offline_expected: bool = False

    def __post_init__(self) -> None:
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.complaints.append(f"{self.name}: {error}"))
        self.page.on("request", self._request)
        self.page.context.on("request", self._workers_request)
        self.page.on("websocket", self._socket)

    def _request(self, request: Request) -> None:
        self.requests.append(request)

    def _workers_request(self, request: Request) -> None:
        """What the service worker fetches, for its install too, the phone pays for like all else."""
        if request.service_worker:
            self.requests.append(request)

    def _socket(self, socket: WebSocket) -> None:
        socket.on("framesent", lambda data: self._frame(data, MASK))
        socket.on("framereceived", lambda data: self._frame(data, 0))

    def _frame(self, data: str | bytes, mask: int) -> None:
        size = len(data.encode() if isinstance(data, str) else data)
        self.frames += size + mask + (2 if size < 126 else 4)

    def forget(self) -> None:
        """Begin to count anew."""
        self.requests.clear()
        self.frames = 0

    def kilobytes(self, but: str = "", *, is_worker_counted: bool = True) -> float:
        """All that went over the network since, with headers: answers, what the service worker fetched, frames. `but`
        stands in addresses that are left out."""
        counted = [
            r for r in self.requests if not (but and but in r.url) and (is_worker_counted or not r.service_worker)
        ]
        return kilobytes(counted) + self.frames / 1_000

    def _console(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning"):
            return
        if self.is_offline_expected and ("net::" in message.text or "WebSocket" in message.text):
            return
        self.complaints.append(f"{self.name}: {message.type}: {message.text}")


@dataclass
class Stage:
    """The browser and the product of one test."""

    browser: Browser
    school: School
    watched: list[Watched] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)
    begun: list["Lesson"] = field(default_factory=list)

    def context(self, **options: Any) -> BrowserContext:
        """A browser profile of its own, in Vietnamese."""
        made = self.browser.new_context(**{"locale": "vi-VN", "timezone_id": "Asia/Ho_Chi_Minh", **options})
        made.set_default_timeout(PATIENCE_MS)
        self.contexts.append(made)
        return made

    def watch(self, page: Page, name: str) -> Watched:
        watched = Watched(page, name)
        self.watched.append(watched)
        return watched

    def close(self) -> None:
        """A lesson that a failed test left under way would stand in the way of all tests after it."""
        for lesson in self.begun:
            if not lesson.is_over:
                lesson.end()
        for context in self.contexts:
            context.close()


@dataclass
class Teacher:
    """The teacher at a laptop: launches from the LMS, starts lessons, opens the screens."""

    stage: Stage
    context: BrowserContext
    page: Page
    home: str = ""

    @classmethod
    def arrive(cls, stage: Stage, who: str = "co-ha", activity: int = 1) -> "Teacher":
        """Launch in a window of its own."""
        context = stage.context(viewport={"width": 1366, "height": 768})
        page = context.new_page()
        stage.watch(page, who)
        page.goto(stage.school.as_(who, f"activity/{activity}?window=1"))
        page.wait_for_url(re.compile(re.escape(stage.school.tool) + "/l/"))
        return cls(stage, context, page, page.url)

    def report(self) -> Page:
        """The report of the term's newest lesson: what other tests of this school taught, they taught today."""
        with self.stage.school.app.app_context():
            query = select(LessonRun.run_id).where(LessonRun.started_at < now() - 20 * HOUR_MS)
            run_id = db.session.scalars(query.order_by(LessonRun.started_at.desc())).first()
        self.page.goto(f"{self.home}runs/{run_id}/report")
        return self.page

    def start(self) -> "Lesson":
        """Begin the lesson that stands first."""
        self.page.goto(self.home)
        return self.begin()

    def begin(self) -> "Lesson":
        """Begin the lesson that this page offers. Whatever becomes of the test, it is ended with the stage."""
        self.page.get_by_role("button", name="Bắt đầu tiết học").click()
        self.page.wait_for_url(re.compile("/runs/"))
        code = self.page.locator(".digits").first.inner_text().replace(" ", "")
        assert re.fullmatch(r"\d{6}", code), code
        self.stage.begun.append(Lesson(self, self.page.url, code))
        return self.stage.begun[-1]

    def window(self, name: str, label: str, size: tuple[int, int]) -> Page:
        """A window that a button of the start page opens."""
        with self.context.expect_page() as opening:
            self.page.locator("main").get_by_text(label).click()
        page = opening.value
        self.stage.watch(page, name)
        page.set_viewport_size({"width": size[0], "height": size[1]})
        return page


@dataclass
class Lesson:
    """A lesson that has begun."""

    teacher: Teacher
    start_page: str
    code: str
    is_over: bool = False

    def projector(self) -> Page:
        page = self.teacher.window("projector", "Mở màn chiếu", (1280, 720))
        page.locator("#forth:not([disabled])").wait_for(state="attached")
        return page

    def console(self, size: tuple[int, int] = (1366, 768)) -> Page:
        page = self.teacher.window("console", "Mở bảng điều khiển", size)
        page.locator("#link.chip-ok").wait_for()
        return page

    def end(self) -> None:
        """End it, whatever the screens show."""
        self.is_over = True
        self.teacher.page.goto(self.start_page)
        button = self.teacher.page.get_by_role("button", name="Kết thúc tiết")
        if button.count():
            button.click()
            sure = self.teacher.page.locator("dialog[open] .btn-primary")
            if sure.count():
                sure.click()
            # The page may leave by itself at the same moment: waiting for one navigation would fail at the other.
            expect(self.teacher.page).to_have_url(re.compile("/report"), timeout=PATIENCE_MS)


@dataclass
class Pupil:
    """A pupil's phone."""

    stage: Stage
    context: BrowserContext
    page: Page
    watched: Watched

    @classmethod
    def arrive(cls, stage: Stage, **options: Any) -> "Pupil":
        """An empty phone."""
        context = stage.context(**{**PHONE, **options})
        page = context.new_page()
        return cls(stage, context, page, stage.watch(page, "phone"))

    def join(self, code: str, name: str = "Bùi Quốc Việt", mode: str = "Ở lớp") -> "Pupil":
        """By the code on the board, under a name from the list."""
        self.page.goto(f"{self.stage.school.tool}/j")
        self.page.locator("#code").fill(code)
        self.page.get_by_role("button", name="Vào tiết học").click()
        self.page.get_by_role("link", name=name).click()
        self.page.get_by_text(mode).click()
        self.page.get_by_role("button", name="Vào lớp với tên này").click()
        self.page.wait_for_url(re.compile("/lesson"))
        self.page.locator("#chips .chip").first.wait_for()
        return self

    @contextmanager
    def offline(self) -> Iterator[None]:
        """Without network, for the length of the block."""
        self.watched.is_offline_expected = True
        self.context.set_offline(True)
        try:
            yield
        finally:
            self.context.set_offline(False)

    def says(self, text: str) -> None:
        """The page shows this, now or soon."""
        self.page.get_by_text(text).first.wait_for()

    def answer(self, text: str) -> None:
        """Tap the option with this text."""
        self.page.locator("button.answer", has_text=text).first.click()


def kilobytes(requests: Sequence[Request]) -> float:
    """What these requests took off the network, with headers, in kB."""
    sizes = [request.sizes() for request in requests if request.response()]
    return sum(s["responseBodySize"] + s["responseHeadersSize"] for s in sizes) / 1_000
