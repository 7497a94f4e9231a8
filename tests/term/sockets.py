"""A lesson of three minutes at the speed of life: the whole product as processes of its own, phones over real sockets,
and a cast whose truth is written down as it happens."""

import asyncio
import html
import re
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any
from urllib.parse import urljoin

import msgspec
import requests
from sqlalchemy import Engine, select
from websockets.asyncio.client import ClientConnection, connect

from analytics import reader
from analytics.spans import Span
from live_session.events import RunStarted
from live_session.model import Millis, Mode
from live_session.phones import Answerer, Crowd, Habits, Link, Lossy, Phone, Site, Uniform, Weather
from live_session.phones.form import read
from live_session.phones.phone import wall_clock
from live_session.protocol import SUBPROTOCOL
from lti_tool.cli.play import Seat, read_page
from lti_tool.lessons.joining import ROOM_COOKIE
from lti_tool.lessons.running import STEP_MS, STEPS_BACK, room_code
from lti_tool.models import LessonRun
from tests.browser.school import School
from tests.term.play import Taken
from tests.term.script import SECOND, Door, Life, Script, Stay

ASKED = ((22.0, 38.0), (148.0, 168.0))
"""When a question is open, in seconds of the lesson."""
FACE_DOWN = (42.0, 142.0)
"""Longer than the silence that is forgiven, so that it is the span that counts and not the pings."""
CONFIRMED, ENDS = 172.0, 180.0
TOO_OLD: Millis = STEP_MS * (STEPS_BACK + 1) + 5 * SECOND
BAD = Weather(cut=0.03, drop=0.03, duplicate=0.1, reorder=0.1, delay=0.4)
FINE = Habits()


@dataclass(frozen=True)
class Part:
    """What one pupil does; moments in seconds of the lesson. `lies`: the phone sleeps while phones lie on their faces.
    `moves`: goes home then, and is there ten seconds later."""

    place: Mode = Mode.ROOM
    door: Door = Door.SCAN
    comes: float = 3.0
    goes: float = ENDS
    moves: float | None = None
    lies: bool = True
    weather: Weather | None = None
    habits: Habits = FINE


def cast(dice: Random) -> Sequence[Part]:
    """Thirty-one pupils who come; nobody else of the class does."""
    early = partial(dice.uniform, 1.0, 15.0)
    home = partial(Part, Mode.HOME, Door.LINK, lies=False)
    sleepy = Habits(sleep=40.0, sleep_for=15.0)
    shaky = Habits(drop=20.0, reload=60.0)
    return (
        *(Part(comes=early()) for _ in range(9)),
        *(Part(comes=early(), door=Door.LINK) for _ in range(2)),
        *(home(comes=early()) for _ in range(5)),
        *(Part(comes=early(), weather=BAD, habits=shaky) for _ in range(3)),
        *(home(comes=early(), weather=BAD, habits=shaky) for _ in range(2)),
        *(Part(comes=early(), habits=sleepy, lies=False) for _ in range(2)),
        *(Part(comes=dice.uniform(95, 105), lies=False) for _ in range(2)),
        *(Part(comes=early(), goes=FACE_DOWN[0]) for _ in range(2)),
        *(Part(comes=early(), moves=dice.uniform(52, 56), lies=False) for _ in range(2)),
        Part(Mode.HOME, Door.FORWARDED, early(), lies=False),
        Part(Mode.HOME, Door.RELAYED, early(), lies=False),
    )


# --- the teacher ----------------------------------------------------------------------------------------------------


def launched(school: School, who: str) -> tuple[requests.Session, str, str]:
    """A person's launch from the demo LMS without a screen: what posts itself is posted. The browser, where it
    arrived, and the page."""
    browser = requests.Session()
    browser.trust_env = False
    answer = browser.get(school.as_(who, "activity/1?window=1"), timeout=20)
    while "/l/" not in answer.url:
        action = re.search(r'<form[^>]* action="([^"]+)"', answer.text)
        assert answer.ok, answer.url
        assert action, answer.url
        answer = browser.post(urljoin(answer.url, html.unescape(action[1])), data=_hidden(answer.text), timeout=20)
    return browser, answer.url.split("#")[0], answer.text


def _hidden(page: str) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', page)
    return {html.unescape(name): html.unescape(value) for name, value in found}


class Teacher:
    """Begins the lesson from her page, speaks in it over a socket, ends it."""

    def __init__(self, school: School) -> None:
        self._browser, home, page = launched(school, "co-ha")
        form = next(f for f in re.findall(r"<form.*?</form>", page, re.DOTALL) if "/runs" in f and 'name="lesson"' in f)
        self._token = {"page_token": _hidden(form)["page_token"]}
        action = re.search(r' action="([^"]+)"', form)
        assert action
        begun = self._browser.post(urljoin(home, action[1]), data=_hidden(form), timeout=20)
        self._page = begun.url.rstrip("/")
        self.run_id = self._page.rsplit("/", 1)[1]
        self._boot = read_page(self._browser.get(f"{self._page}/console", timeout=20).text).boot
        self._origin = school.tool

    def press(self, path: str) -> None:
        """A button of her pages."""
        assert self._browser.post(f"{self._page}/{path}", data=self._token, timeout=20).ok, path

    async def steer(self, action: str, **arguments: Any) -> Millis:
        """A press on the console, and when it was taken."""
        seat, press = self._boot["seat"], str(uuid.uuid4())
        async with connect(
            seat["socket"], origin=self._origin, subprotocols=[SUBPROTOCOL], compression=None, proxy=None
        ) as socket:
            await socket.send(_text({"t": "hello", "ticket": seat["ticket"]}))
            await socket.send(_text({"t": "steer", "id": press, "action": action, **arguments}))
            while (frame := msgspec.json.decode(await socket.recv())).get("re") != press:
                continue
        assert frame["t"] == "ack", frame
        return wall_clock()


def _text(frame: Any) -> str:
    return msgspec.json.encode(frame).decode()


# --- the pupils -----------------------------------------------------------------------------------------------------


@dataclass(eq=False)
class Actor:
    """One pupil who plays a part, and writes down where they were from when to when."""

    lesson: "Lesson"
    part: Part
    seat: "ScannedSeat"
    dice: Random
    who: str = ""
    stays: list[Stay] = field(default_factory=list)
    phone: Phone | None = None

    async def play(self) -> None:
        lesson, part = self.lesson, self.part
        await lesson.until(part.comes)
        came = wall_clock()
        await asyncio.to_thread(self._sit_down)
        self.phone = self._phone()
        living = [asyncio.create_task(self.phone.run()), asyncio.create_task(part.habits.live(self.phone, self.dice))]
        try:
            came, place = await self._move(came) if part.moves else (came, part.place)
            if part.lies and part.goes > FACE_DOWN[0]:
                await lesson.until(FACE_DOWN[0] + self.dice.uniform(0, 5))
                await self.phone.sleep(FACE_DOWN[1] + self.dice.uniform(2, 10) - lesson.second)
            await lesson.until(part.goes)
        finally:
            for task in living:
                task.cancel()
            await asyncio.gather(*living, return_exceptions=True)
        self.stays.append(Stay(place, Span(came, wall_clock())))

    def _sit_down(self) -> None:
        if self.part.door is not Door.LINK:
            self._scan()
        assert self.seat.sit()
        self.who = self.seat.boot["seat"]["owner"].split(".")[1]

    def _scan(self) -> None:
        """Who stands before the screen scans again when the code had just changed; a photo of it does not change."""
        late = TOO_OLD if self.part.door is Door.FORWARDED else 0
        for _ in range(1 if late else 5):
            if self.seat.scan(room_code(self.lesson.run, wall_clock() - late)):
                return
        assert late

    async def _move(self, came: Millis) -> tuple[Millis, Mode]:
        """Home in mid-lesson: the phone is silent on the way, and the pupil says so on the page."""
        assert self.phone
        assert self.part.moves
        await self.lesson.until(self.part.moves)
        self.stays.append(Stay(Mode.ROOM, Span(came, wall_clock())))
        await self.phone.sleep(10)
        arrived = wall_clock()
        await asyncio.to_thread(self.seat.move, Mode.HOME)
        return arrived, Mode.HOME

    def _phone(self) -> Phone:
        weather, boot = self.part.weather, self.seat.boot["seat"]
        link: Callable[[ClientConnection], Link] = Link
        if weather is not None:
            link = partial(Lossy, weather=weather, dice=Random(self.dice.random()))
        site = Site(boot["socket"], self.lesson.school.tool, patience=2.0)
        answerer = Answerer(Uniform(2.0, 12.0))
        return Phone(site, self.seat.ticket, self.dice, who=boot["owner"], answerer=answerer, link=link)

    @property
    def life(self) -> Life:
        """What was true."""
        return Life(self.who, tuple(self.stays), self.part.door)


class ScannedSeat(Seat):
    """A way in that begins with the code on the screen in the room."""

    def scan(self, code: str) -> bool:
        """Redeem it; whether it proved the room."""
        address = urljoin(self._base, self._path.rsplit("/", 1)[0])
        self._browser.get(address, params={"r": code}, timeout=20)
        return self.is_proved

    @property
    def is_proved(self) -> bool:
        """This browser holds the proof of a scan."""
        return ROOM_COOKIE in self._browser.cookies

    def move(self, mode: Mode) -> None:
        """Say on the page where one is now."""
        headers = {"Authorization": f"Bearer {self.boot['token']}"}
        said = self._browser.post(
            urljoin(self._base, self.boot["seat"]["move"]), json={"mode": mode}, headers=headers, timeout=20
        )
        said.raise_for_status()


# --- the lesson -----------------------------------------------------------------------------------------------------


class Lesson:
    """Begun by the teacher; `play` takes three minutes."""

    def __init__(self, school: School, engine: Engine, seed: int) -> None:
        self.school = school
        self._dice = Random(f"sockets-{seed}")
        self.teacher = Teacher(school)
        self._zero = time.monotonic()
        with engine.connect() as connection:
            row = connection.execute(select(LessonRun.__table__).where(LessonRun.run_id == self.teacher.run_id)).one()
            log = reader.read_log(connection, self.teacher.run_id)
        self.run = LessonRun(room_key=row.room_key)
        self.begins, deck = next((e.at, e.event.deck) for e in log if isinstance(e.event, RunStarted))
        self._asked = [one.id for one in deck if read(one.face("vi").phone).controls][: len(ASKED)]
        names = read_page(requests.get(f"{school.tool}/j/{row.code}", params={"all": 1}, timeout=20).text).names
        parts = cast(self._dice)
        assert len(names) > len(parts), "some of the class stay away"
        self.actors = [
            Actor(self, part, ScannedSeat(school.tool, path, part.place.value), Random(self._dice.random()))
            for part, path in zip(parts, names, strict=False)
        ]

    @property
    def second(self) -> float:
        """How far the lesson is."""
        return time.monotonic() - self._zero

    async def until(self, second: float) -> None:
        await asyncio.sleep(max(0.0, second - self.second))

    async def play(self) -> Script:
        """The lesson as it truly was."""
        async with asyncio.TaskGroup() as group:
            for actor in self.actors:
                group.create_task(actor.play())
            spans = group.create_task(self._steer())
        opens, down, ends = spans.result()
        lives = [actor.life for actor in self.actors]
        return Script(0, self.begins, self.begins + 45 * 60 * SECOND, ends, opens, down, lives)

    async def _steer(self) -> tuple[Sequence[Span], Sequence[Span], Millis]:
        first, second = zip(self._asked, ASKED, strict=True)
        opens = [await self._ask(*first)]
        await self.until(FACE_DOWN[0])
        laid = await self.teacher.steer("pause", face_down=True)
        await self.until(FACE_DOWN[1])
        down = Span(laid, await self.teacher.steer("go_on"))
        opens.append(await self._ask(*second))
        await self.until(CONFIRMED)
        await asyncio.to_thread(self.teacher.press, "confirm")
        await self.until(ENDS)
        await asyncio.to_thread(self.teacher.press, "end")
        return opens, [down], wall_clock()

    async def _ask(self, activity: str, span: tuple[float, float]) -> Span:
        await self.until(span[0])
        opened = await self.teacher.steer("open", activity=activity)
        await self.until(span[1])
        return Span(opened, await self.teacher.steer("close", activity=activity))

    @property
    def taken(self) -> Taken:
        """What came of the room's codes."""
        held = {door: {a for a in self.actors if a.part.door is door} for door in Door}
        proved = {a for a in self.actors if a.seat.is_proved}
        forwarded = held[Door.FORWARDED]
        return Taken(
            {a.who for a in proved & held[Door.SCAN]},
            {a.who for a in proved & held[Door.RELAYED]},
            len(forwarded - proved),
            len(forwarded & proved),
        )

    @property
    def crowd(self) -> Crowd:
        """All the phones, with their accounts."""
        return Crowd([a.phone for a in self.actors if a.phone], self._dice)
