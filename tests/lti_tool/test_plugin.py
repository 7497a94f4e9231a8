"""A kind of activity from a package of its own: installed by pip, found by its entry point, written, asked."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from live_session import activities
from live_session.activities.base import AnyType, Bar
from live_session.errors import InvalidContent, InvalidValue
from live_session.phones.form import Control, read
from lti_tool import translations
from lti_tool.extensions import db
from lti_tool.lessons import decks
from lti_tool.models import Lesson
from tests.lti_tool.school import console, frames, press, sit, submit
from tests.lti_tool.tool import Tool

PACKAGE = Path(__file__).parents[1] / "plugin" / "giotay-guess"
CACHES = (activities.types, activities._parsed, translations.translations)


def forget() -> None:
    for cache in CACHES:
        cache.cache_clear()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as pip installs it, in a folder of its own."""
    folder = tmp_path_factory.mktemp("site")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-build-isolation", "--no-deps", "--no-index"]
    subprocess.run([*pip, "--no-compile", "--target", str(folder), str(PACKAGE)], check=True, capture_output=True)
    return folder


@pytest.fixture
def guess(built: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AnyType]:
    """The kind, found through its entry point; forgotten with the test."""
    with monkeypatch.context() as patch:
        patch.syspath_prepend(str(built))
        forget()
        yield activities.type_of("guess")
    for name in [name for name in sys.modules if name.partition(".")[0] == "giotay_guess"]:
        del sys.modules[name]
    forget()
    assert "guess" not in activities.types()


def test_its_answers_are_checked_counted_and_scored(guess: AnyType) -> None:
    content = guess.parse('{"prompt":"When?","year":1945}')
    guess.validate(content)
    assert guess.check(content, "0939") == "939"
    for value in ("", "0", "19450", 1945, None, ["1945"], "MCM", "١٩٤٥"):
        with pytest.raises(InvalidValue):
            guess.check(content, value)
    assert [guess.share(content, year) for year in ("1945", "1940", "1930")] == [1, Fraction(1, 2), 0]
    assert guess.tally(content, ["1945", "1900", "1945"]) == (Bar("1945", 2, "1945"), Bar("1900", 1, "1900"))
    with pytest.raises(InvalidContent):
        guess.validate(guess.parse('{"prompt":"When?"}'))


def test_a_teacher_writes_one_and_a_pupil_is_asked_it(guess: AnyType, tool: Tool) -> None:
    teacher = tool.set_up()
    uid = tool.lesson()
    assert "Đoán năm" in teacher.get(f"lessons/{uid}").text
    address = teacher.post(f"lessons/{uid}/activities", kind="guess").headers["Location"]
    page = teacher.get(f"lessons/{uid}?{address.partition('?')[2]}").text
    assert 'data-content="year"' in page
    assert "Sai số năm còn được tính" in page
    content = {"prompt": "Cách mạng tháng Tám", "year": 1945, "within": 20}
    change = {"title": "", "points": 1, "seconds": None, "objective": None, "content": content}
    said = teacher.send(f"lessons/{uid}/activities/{address.partition('activity=')[2]}", change).json
    assert said["faults"] == {}
    with tool.inside():
        (asked,) = decks.deck_of(db.session.query(Lesson).filter_by(uid=uid).one().activities)
    assert read(asked.phone).controls == (Control("answer", "text", limit=4, is_number=True),)
    assert "1945" not in asked.phone + asked.screen
    run = tool.start(teacher, {"kind": "guess", "title": "", "content": content})
    assert '"kind.guess"' in teacher.get(f"runs/{run}/console").text, "the console knows its name"


def test_a_pupil_answers_one_and_the_class_sees_it(guess: AnyType, tool: Tool) -> None:
    """From the seat to the key, through the doors that every kind uses."""
    teacher = tool.set_up()
    content = {"prompt": "Cách mạng tháng Tám", "year": 1945, "within": 20}
    run = tool.start(teacher, {"kind": "guess", "title": "", "content": content})
    pupil = tool.pupil(1)
    ticket = sit(pupil)["ticket"]
    press(teacher, run)
    asked: Any = frames(pupil, ticket)[0]["state"]["activity"]
    assert submit(pupil, asked["id"], "MCM")["code"] == "invalid_value"
    assert submit(pupil, asked["id"], "01940")["code"] == "invalid_value"
    assert submit(pupil, asked["id"], "1940")["outcome"] == "accepted"
    screen = console(teacher, run)
    assert "1945" not in json.dumps(asked)
    for _ in range(3):  # lock, distribution, key
        press(teacher, run)
    shown = frames(teacher, screen)[0]["state"]["current"]
    assert [(bar["label"], bar["count"]) for bar in shown["tally"]] == [("1940", 1)]
    told = frames(pupil, ticket)[0]
    assert told["state"]["activity"]["key"]["texts"] == ["1945"]
    assert told["me"]["share"] == 0.75


def test_it_keeps_what_every_kind_promises(built: Path) -> None:
    """The contract's own tests on the sample, as docs/how-to/new-activity.md says."""
    root = Path(__file__).parents[2]
    begin = (
        "import sys, pytest; from tests.live_session.build import SAMPLES, Sample;"
        "SAMPLES['guess'] = Sample({'year': 1945}, {'year': 1954}, '1945', ['1900', '1945']);"
        "sys.exit(pytest.main(['-q', '-p', 'no:cacheprovider', '-k', 'guess or every_installed',"
        " 'tests/live_session/activities/test_contract.py']))"
    )
    environ = {**os.environ, "PYTHONPATH": f"{root}{os.pathsep}{built}"}
    said = subprocess.run(
        [sys.executable, "-c", begin], check=False, cwd=root, env=environ, capture_output=True, text=True
    )
    assert said.returncode == 0, said.stdout + said.stderr
    assert "guess" not in activities.types()
    passed = re.search(r"(\d+) passed", said.stdout)
    assert passed
    assert int(passed[1]) > 30
