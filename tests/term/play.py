"""Plays a script: phones that come, ping, sleep, drop and answer; a teacher who asks and has phones laid down."""

from collections.abc import Iterable
from dataclasses import dataclass
from random import Random
from typing import Any

from sqlalchemy import Engine

from analytics.spans import Span
from live_session.commands import Actor, Move, Sit, Start
from live_session.errors import Refusal
from live_session.model import Millis, Mode, Proof, Role, Standing
from live_session.protocol import PING_EVERY
from live_session.store.log import Result
from lti_tool.lessons.running import is_room_code, room_code
from lti_tool.models import LessonRun
from tests.live_session.build import activity
from tests.term.hall import Call, Hall
from tests.term.script import KEEN, MINUTE, QUESTIONS, SECOND, Door, Life, Script

DECK = tuple(activity("single", f"q{n}") for n in range(QUESTIONS))
EVERY: Millis = PING_EVERY * SECOND
DOUBT: Millis = 10 * SECOND
"""After how long without an answer to a ping a page leaves its line alone."""
TELLING = 0.8
"""The share of phones whose page says when it had no line; the others' is an old one, or was loaded again."""


@dataclass
class Taken:
    """What came of the room's codes: how many were redeemed in their window, how many were not and must not count."""

    proved: set[str]
    relayed: set[str]
    refused: int = 0
    slipped: int = 0


def play(engine: Engine, script: Script, seed: int) -> tuple[Hall, Taken]:
    """The whole lesson; its log is in the database."""
    lesson = _Lesson(engine, script, seed)
    lesson.hall.run_until(script.ends + 3 * MINUTE)
    assert lesson.hall.state.ended_at == script.ends
    return lesson.hall, lesson.taken


class _Lesson:
    def __init__(self, engine: Engine, script: Script, seed: int) -> None:
        self.script = script
        self.dice = Random(f"play-{seed}-{script.number}")
        self.taken = Taken(set(), set())
        self.run = LessonRun(room_key=f"{seed:016x}{script.number:016x}")
        self.hall = hall = Hall(engine, f"run-{seed}-{script.number}", script.begins)
        hall.ask(Start("Toan 9A1", DECK, script.planned_end), Actor(Role.TEACHER, "teacher"))
        self.console = hall.teacher()
        self._steer()
        for life in script.lives:
            if life.stays:
                Handset(self, life)
        for minute in range(1, 51):
            hall.after(script.begins + minute * MINUTE, hall.note)
        if script.server_out:
            hall.after(script.server_out.start, hall.crash)
            hall.after(script.server_out.end, self._rise)

    def _rise(self) -> None:
        self.hall.rise()
        self.console = self.hall.teacher()

    def _steer(self) -> None:
        for n, span in enumerate(self.script.opens):
            self._at(span.start, action="open", activity=DECK[n].id)
            self._at(span.end, action="close", activity=DECK[n].id)
        for span in self.script.face_down:
            self._at(span.start, action="pause", face_down=True)
            self._at(span.end, action="go_on")
        self._at(self.script.ends, action="end")

    def _at(self, at: Millis, **step: Any) -> None:
        """A press; while our process is dead the console tries again once it is back."""
        out = self.script.server_out
        late = out.end + SECOND if out and out.start <= at < out.end else at
        frame = {"t": "steer", "id": f"press-{at}-{step['action']}", **step}
        self.hall.after(late, lambda: self._press(frame))

    def _press(self, frame: dict[str, Any]) -> None:
        self.console.say(frame)
        self.hall.commit()


class Handset:
    """One pupil's phone."""

    def __init__(self, lesson: _Lesson, life: Life) -> None:
        self.lesson, self.hall, self.life = lesson, lesson.hall, life
        self.call: Call | None = None
        self.outbox: list[dict[str, Any]] = []
        self.dice = Random(f"{lesson.run.room_key}-{life.who}")
        self.tells = Random(f"tells-{lesson.run.room_key}-{life.who}").random() < TELLING
        self.spoke_at: Millis = 0
        for n, stay in enumerate(life.stays):
            came = stay.span.start + int(self.dice.uniform(3, 20) * SECOND)
            self.hall.after(came, self._come if n == 0 else self._come_home)
            self.hall.after(stay.span.end, self._go)
            self._ping_from(came, stay.span.end)
        for dark in life.dark:
            self.hall.after(dark.end + int(self.dice.uniform(200, 8_000)), self._hurry)
        for n, span in self._answers():
            self.hall.after(span.end, lambda n=n, took=span.length: self._answer(n, took))  # type: ignore[misc]

    def _answers(self) -> Iterable[tuple[int, Span]]:
        """Which questions are answered, each from when it was on the screen to when it was answered."""
        if self.life.phone:
            yield from self.life.turns.items()
            return
        for n, span in enumerate(self.lesson.script.opens):
            if self.dice.random() < KEEN:
                took = min(int(self.dice.lognormvariate(9.8, 0.5)), span.length - SECOND)
                yield n, Span(span.start, span.start + took)

    # --- coming and going -------------------------------------------------------------------------------------------

    def _come(self) -> None:
        """Into the lesson through this pupil's door. Our process serves these pages too."""
        if self.hall.is_down or not self.life.is_heard(self.hall.at):
            return self.hall.after(self.hall.at + 5 * SECOND, self._come)
        proved = self._redeem()
        mode, proof = (Mode.ROOM, Proof.CODE) if proved else (Mode.HOME, Proof.NONE)
        if self.life.door is Door.MATE:
            mode, proof = Mode.ROOM, Proof.DECLARED
        sit = Sit(self.life.who, self._claim, Standing.LAUNCHED, mode, proof, phone=self.life.phone)
        self._granted(self.hall.ask(sit))
        is_honest = self.life.door is Door.LINK and self.life.stays[0].mode is Mode.ROOM and self.life.says_place
        if is_honest and self.dice.random() < 0.5:
            self._granted(self.hall.ask(Move(self.life.who, self._claim, Mode.ROOM, Proof.DECLARED)))
        self._hurry()
        return None

    def _redeem(self) -> bool:
        """The code that was on the screen when it was seen, shown to the tool when it arrives there."""
        if self.life.door in (Door.LINK, Door.MATE):
            return False
        lesson, arrives = self.lesson, self.hall.at
        code = room_code(lesson.run, arrives - self.life.scanned_after)
        good = is_room_code(lesson.run, code, arrives)
        if self.life.door is Door.FORWARDED:
            lesson.taken.refused += not good
            lesson.taken.slipped += good
        elif good:
            (lesson.taken.relayed if self.life.door is Door.RELAYED else lesson.taken.proved).add(self.life.who)
        return good

    def _come_home(self) -> None:
        if self.call is None or not self.life.says_place or self.hall.is_down:
            return self._hurry()
        self._granted(self.hall.ask(Move(self.life.who, self._claim, Mode.HOME, Proof.DECLARED)))
        return self._hurry()

    def _go(self) -> None:
        if self.call and self.call.is_open:
            self.call.leave()

    @property
    def _claim(self) -> str:
        return f"browser-of-{self.life.who}"

    def _granted(self, result: Result) -> None:
        assert not isinstance(result, Refusal), (self.life.who, result)

    # --- being there ------------------------------------------------------------------------------------------------

    @property
    def _is_seated(self) -> bool:
        return self.life.who in self.hall.state.participants

    def _ping_from(self, start: Millis, end: Millis) -> None:
        for at in range(start + int(self.dice.uniform(0, EVERY)), end, EVERY):
            self.hall.after(at, self._hurry)

    def _hurry(self) -> None:
        """Be heard: by a ping, or by a new hello where the line is gone. The outbox goes along."""
        hall = self.hall
        if hall.is_down or not self._is_seated or not self.life.is_heard(hall.at):
            return
        if self.call is None or not self.call.is_open or hall.at - self.spoke_at > EVERY + DOUBT:
            since = max(self.spoke_at, self.life.looked_at_since(hall.at))
            self.call = hall.pupil(self.life.who, hall.at - since if self.tells and self.spoke_at else 0)
        self.spoke_at = hall.at
        self.call.say({"t": "ping", "sent_at": hall.at})
        waiting, self.outbox = self.outbox, []
        for frame in waiting:
            self.call.say(frame)

    def _answer(self, n: int, took: Millis) -> None:
        at = self.hall.at
        if not self._is_seated or not self.life.is_there(at) or not self.life.is_heard(at - took):
            return  # the question was never on this screen
        if self.call is None:
            return
        self.outbox.append(
            {
                "t": "submit", "id": f"{self.life.who}-{n}", "activity": DECK[n].id, "round": 1,
                "value": self.dice.choice("ABCC"), "composed_at": at, "shown_at": at - took,
            }
        )  # fmt: skip
        self._hurry()
