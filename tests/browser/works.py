"""A whole class's works at once: answers and pictures put to a lesson's log, as those phones cannot send them that the
command `giotay phones` plays."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from random import Random
from typing import Any

from flask import Flask
from PIL import Image, ImageDraw, ImageFilter
from sqlalchemy import select

from live_session.commands import Actor, Command, Submit
from live_session.groups import groups_of
from live_session.model import Role, State
from live_session.store import uploads
from live_session.store.drivers import drive
from live_session.store.log import Asked
from lti_tool import live
from lti_tool.clock import now
from lti_tool.extensions import db
from lti_tool.models import LessonRun
from lti_tool.models.base import new_uid

INK = "#1f3f8f"
WAYS = (
    "Em tìm hai số có tổng bằng 5 và tích bằng 6, đó là 2 và 3.",
    "Vì 1 - 5 + 6 khác 0 nên em thử tiếp x = 2, thấy đúng; nghiệm kia là 6 : 2 = 3.",
    "Theo hệ thức Vi-ét thì tổng hai nghiệm là 5, tích hai nghiệm là 6, cả hai đều dương nên chỉ có thể là 2 và 3.",
    "Em lập bảng các ước của 6 rồi cộng từng cặp.",
    "x = 2 và x = 3",
)
"""What pupils write, one after the other."""


class WholeClass:
    """Everybody in the lesson with this code who is not there yet when this is made, and comes in later."""

    def __init__(self, app: Flask, code: str) -> None:
        self._app, self._code = app, code
        self._apart: frozenset[str] = frozenset()
        with self._run() as (_, state):
            self._apart = frozenset(state.participants)

    @contextmanager
    def _run(self) -> Iterator[tuple[LessonRun, State]]:
        with self._app.app_context():
            run = db.session.scalars(select(LessonRun).where(LessonRun.code == self._code)).one()
            yield run, live.state_of(run.run_id)
            db.session.commit()

    def _put(self, run: LessonRun, asked: Sequence[tuple[Command, Actor]]) -> None:
        results = live.ask_all([Asked(run.run_id, new_uid(), command, actor, now()) for command, actor in asked])
        refused = [result for result in results if live.is_refused(result)]
        assert not refused, refused[:3]

    def hand_in(self, make: Callable[[int], Any], *, as_posts: bool = False) -> None:
        """Everybody's answer to what is open: what `make` makes for the first, the second …; its picture goes up."""
        with self._run() as (run, state):
            who = [uid for uid in state.participants if uid not in self._apart]
            self._submit(run, state, dict(enumerate(who)), make, as_posts=as_posts)

    def hand_in_products(self, make: Callable[[int], Any]) -> None:
        """A product of each group, by one of its members."""
        with self._run() as (run, state):
            made = groups_of(state, state.current or "")
            firsts = {n: next(uid for uid in group if uid not in self._apart) for n, group in enumerate(made)}
            self._submit(run, state, firsts, make, as_posts=True)

    def _submit(
        self, run: LessonRun, state: State, who: dict[int, str], make: Callable[[int], Any], *, as_posts: bool
    ) -> None:
        activity, round_ = state.current or "", state.round(state.current)
        assert round_ is not None
        asked: list[tuple[Command, Actor]] = []
        for n, uid in who.items():
            value = make(n)
            if isinstance(value, dict) and isinstance(value.get("photo"), bytes):
                value = {**value, "photo": self._upload(run.run_id, uid, value["photo"])}
            post = new_uid() if as_posts else ""
            said = Submit(activity, round_.number, value, now(), post=post)
            asked.append((said, Actor(Role.PUPIL, uid, next(iter(state.participants[uid].claims)))))
        self._put(run, asked)

    def _upload(self, run: str, uid: str, data: bytes) -> str:
        id_ = new_uid()
        connection = db.session.connection()
        drive(connection, uploads.receive((run, uid, id_), uploads.Piece(0, len(data), data), now()))
        drive(connection, uploads.finish((run, uid, id_), data))
        return id_


# --- pictures -------------------------------------------------------------------------------------------------------


def drawing(n: int) -> bytes:
    """A right triangle of two equal sides on squared paper, as a finger draws it."""
    dice, picture = Random(n), Image.new("RGB", (800, 600), "white")
    pen = ImageDraw.Draw(picture)
    for at in range(0, 800, 40):
        pen.line((at, 0, at, 600), "#dde5e2")
        pen.line((0, at, 800, at), "#dde5e2")
    side, left, low = dice.randrange(200, 400), dice.randrange(80, 300), dice.randrange(450, 560)
    corners = [(left, low), (left + side, low), (left, low - side), (left, low)]
    pen.line([(x + dice.randrange(-12, 12), y + dice.randrange(-12, 12)) for x, y in corners], INK, 6, "curve")
    pen.rectangle((left, low - 34, left + 34, low), outline=INK, width=4)
    return _webp(picture)


def photo(n: int) -> bytes:
    """A page of an exercise book under a lamp, upright or across."""
    dice, is_upright = Random(n), n % 3 > 0
    width, height = (720, 960) if is_upright else (960, 720)
    picture = Image.new("RGB", (width, height), "#6b5a48")
    pen = ImageDraw.Draw(picture)
    pen.polygon([(60, 40), (width - 40, 70), (width - 70, height - 50), (40, height - 70)], fill="#f3efe2")
    for line, y in enumerate(range(130, height - 120, 56)):
        pen.line((90, y + 34, width - 110, y + 38), "#a9c2d8", 2)
        x = 110 + dice.randrange(40)
        while x < width - 200 - dice.randrange(260) and line < 9 + n % 4:
            step = dice.randrange(26, 70)
            pen.arc((x, y - 8, x + step, y + 28), dice.randrange(180), dice.randrange(200, 360), INK, 5)
            x += step + dice.choice((4, 4, 26))
    return _webp(picture.filter(ImageFilter.GaussianBlur(1.2)))


def _webp(picture: Image.Image) -> bytes:
    body = BytesIO()
    picture.save(body, "WEBP", quality=60)
    return body.getvalue()
