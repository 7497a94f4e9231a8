"""Whoever waits for somebody else lets another one in."""

import io
import threading
from collections.abc import Callable, Iterable
from typing import Any

import pytest
import requests
from flask import Flask
from werkzeug.test import Client

from lti_tool.lms import http
from lti_tool.turns import Turns, aside
from tests.lti_tool.lms.test_http import LOOPBACK, saying


class Door:
    """An application of one turn: `/wait` does what it is given, anything else answers at once."""

    def __init__(self, wait: Callable[[], object]) -> None:
        app = Flask("door")
        app.add_url_rule("/wait", "wait", lambda: str(wait()))
        app.add_url_rule("/", "quick", lambda: "quick", methods=["GET", "POST"])
        self.client = Client(Turns(app, 1))

    def while_it_waits(self, entered: threading.Event, leave: threading.Event) -> str:
        """What somebody else is answered while the first one waits."""
        first = threading.Thread(target=self.client.get, args=("/wait",), daemon=True)
        first.start()
        assert entered.wait(60)
        said: list[str] = []
        second = threading.Thread(target=lambda: said.append(self.client.get("/").text), daemon=True)
        second.start()
        second.join(60)
        assert first.is_alive(), "answered only when the first one was done"
        leave.set()
        first.join(60)
        return "".join(said)


def test_who_waits_for_an_lms_lets_another_one_in() -> None:
    entered, leave = threading.Event(), threading.Event()

    def speak(line: Any) -> None:
        entered.set()
        leave.wait(60)
        line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    with saying(speak) as url, http.guard(requests.Session(), LOOPBACK) as session:
        assert Door(lambda: http.call(session, "GET", url).status_code).while_it_waits(entered, leave) == "quick"


def test_a_turn_is_given_back_whatever_happens() -> None:
    def fail() -> None:
        with aside():
            raise OSError

    door = Door(fail)
    for _ in range(3):
        assert door.client.get("/wait").status_code == 500
        assert door.client.get("/").text == "quick"


def test_a_body_that_breaks_off_gives_its_turn_back() -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError("gone")

    def app(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        start("200 OK", [])
        return [environ["wsgi.input"].read()]

    door = Turns(app, 1)
    for _ in range(3):
        with pytest.raises(OSError, match="gone"):
            door({"wsgi.input": Broken()}, lambda *_: None)  # type: ignore[arg-type]


def test_without_turns_it_is_nothing() -> None:
    with aside():
        pass
