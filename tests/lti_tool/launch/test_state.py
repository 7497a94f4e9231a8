"""State and nonce: single use, ours, bound to the browser that began."""

import base64
import sqlite3
import threading
from typing import Any

import pytest
from sqlalchemy import Connection, event, func, select
from sqlalchemy.exc import OperationalError

from live_session.store import straight
from lti_tool.clock import now
from lti_tool.extensions import db
from lti_tool.launch import keys, platforms, state
from lti_tool.models import LaunchVisit, SpentState
from lti_tool.secret import Secrets
from lti_tool.site import KEY
from tests.lti_tool.conftest import Clock
from tests.lti_tool.tool import Browser, Tool
from tests.lti_tool.witness import FLEETING, NOTED, contents, fault_of


def token_for(browser: Browser, login: dict[str, str]) -> str:
    """A right launch in answer to this login."""
    platform = browser.tool.platform
    return platform.sign(platform.claims(login["nonce"], browser.address("/lti/launch")))


@pytest.mark.parametrize("given", ["", "made up", "x" * 10_000, "\x00", "1' OR '1'='1"])
def test_b15_an_unknown_state_is_refused(steady_tool: Tool, given: str) -> None:
    browser = steady_tool.browser()
    login = browser.login()
    before = contents(steady_tool, NOTED)
    answer = browser.answer({"state": given}, token_for(browser, login))
    assert (fault_of(answer), answer.status_code) == ("state", 403)
    assert contents(steady_tool, NOTED) == before


def test_a_form_without_a_state_is_refused(steady_tool: Tool) -> None:
    browser = steady_tool.browser()
    answer = browser.client.post("/lti/launch", data={"id_token": token_for(browser, browser.login())})
    assert (fault_of(answer), answer.status_code) == ("state", 403)


def test_b16_a_launch_posted_again_is_refused(tool: Tool) -> None:
    browser = tool.browser()
    login = browser.login()
    token = token_for(browser, login)
    assert browser.answer(login, token).status_code == 303
    before = contents(tool, NOTED)
    answer = browser.answer(login, token)
    assert (fault_of(answer), answer.status_code) == ("state", 403)
    assert contents(tool, NOTED) == before


def test_a_refused_launch_has_used_its_state_up(tool: Tool) -> None:
    browser = tool.browser()
    login = browser.login()
    assert browser.answer(login, "forged").status_code == 403
    assert fault_of(browser.answer(login, token_for(browser, login))) == "state"


def test_a_state_is_good_for_ten_minutes(tool: Tool, clock: Clock) -> None:
    browser = tool.browser()
    other = browser.login()
    clock.wait(minutes=9.9)
    login = browser.login()
    assert browser.answer(other, token_for(browser, other)).status_code == 303
    clock.wait(minutes=10.1)
    before = contents(tool, NOTED)
    answer = browser.answer(login, token_for(browser, login))
    assert (fault_of(answer), answer.status_code) == ("state", 403)
    assert contents(tool, NOTED) == before


def test_b15_a_state_that_was_changed_anywhere_is_refused(tool: Tool) -> None:
    browser = tool.browser()
    login = browser.login()
    token = token_for(browser, login)
    sealed = base64.urlsafe_b64decode(login["state"])
    with tool.inside():
        for place in range(len(sealed)):
            changed = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
            assert state.read(base64.urlsafe_b64encode(changed).decode()) is None, place
    assert browser.answer(login, token).status_code == 303


def test_a_login_writes_nothing(any_tool: Tool) -> None:
    before = contents(any_tool)
    any_tool.browser().login()
    assert contents(any_tool) == before


def test_a_login_survives_a_new_secret_as_long_as_the_old_one_is_known(tool: Tool) -> None:
    browser = tool.browser()
    login = browser.login()
    site = tool.app.extensions[KEY]
    object.__setattr__(site, "secrets", Secrets([*site.settings.secret_keys, "n" * 32]))
    assert browser.answer(login, token_for(browser, login)).status_code == 303
    login = browser.login()
    object.__setattr__(site, "secrets", Secrets(["n" * 32]))
    assert browser.answer(login, token_for(browser, login)).status_code == 303
    object.__setattr__(site, "secrets", Secrets(["o" * 32]))
    assert fault_of(browser.answer(login, token_for(browser, login))) == "state"


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The first word of each statement that goes straight to the driver."""
    words: list[str] = []
    run = straight.run

    def listening(connection: Connection, text: str, taken: Any = ()) -> Any:
        words.append(text.split(maxsplit=1)[0])
        return run(connection, text, taken)

    monkeypatch.setattr(straight, "run", listening)
    return words


def no_more(tool: Tool, said: list[str]) -> None:
    """Whatever goes another way is a statement too many."""
    with tool.inside():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", lambda *a: said.append(a[2]))
    event.listen(engine, "commit", lambda _: said.append("COMMIT"))
    said.clear()


def test_a_launch_that_brings_nothing_new_is_one_transaction_and_one_question(tool: Tool, said: list[str]) -> None:
    """What everybody's launch costs after the first: what is known is asked for once, and one commit."""
    tool.pupil()
    no_more(tool, said)
    tool.pupil()
    assert [word for word in said if word not in ("PRAGMA", "BEGIN")] == ["SELECT", *["INSERT"] * 4, "COMMIT"]


@pytest.mark.postgres
def test_on_postgresql_it_is_one_question_and_one_answer(postgres_tool: Tool, said: list[str]) -> None:
    """Each commits itself: what is written goes together in one statement, with no trips around it."""
    postgres_tool.pupil()
    no_more(postgres_tool, said)
    postgres_tool.pupil()
    assert said == ["SELECT", "WITH"]


def test_a_launch_that_finds_the_file_busy_stands_in_line_again(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    tool.pupil()  # its keys are known
    tool.app.extensions.pop(platforms.KEY), tool.app.extensions.pop(keys.KEY)  # to the database, not to this process
    browser = tool.browser()
    other = sqlite3.connect(tool.app.config["SQLALCHEMY_DATABASE_URI"].database)
    refused: list[str] = []
    run = straight.run

    def let_go(connection: Connection, text: str, taken: Any = ()) -> Any:
        try:
            return run(connection, text, taken)
        except OperationalError as error:
            refused.append(str(error.orig))
            other.rollback()
            raise

    with tool.inside():
        engine = db.engine
    event.listen(engine, "connect", lambda opened, _: opened.execute("PRAGMA busy_timeout=20"))
    monkeypatch.setattr(straight, "run", let_go)
    engine.dispose()
    other.execute("BEGIN IMMEDIATE")
    login = browser.login()  # a login writes nothing, and waits for nobody
    assert refused == []
    assert browser.answer(login, token_for(browser, login)).status_code == 303
    assert refused == ["database is locked"]
    other.close()


def test_b15_another_browser_cannot_finish_a_login(tool: Tool) -> None:
    login = tool.browser().login()
    other = tool.browser()
    other.login()  # it has a cookie, of its own
    before = contents(tool, FLEETING)
    answer = other.answer(login, token_for(other, login))
    assert (fault_of(answer), answer.status_code) == ("cookies", 403)
    assert contents(tool, FLEETING) == before


def test_a_browser_that_lost_its_cookie_is_told_so_inside_the_lms_frame(tool: Tool) -> None:
    browser = tool.browser()
    login = browser.login()
    fresh = tool.browser()
    answer = fresh.answer(login, token_for(fresh, login))
    assert fault_of(answer) == "cookies"
    assert f"frame-ancestors {tool.platform.url}" in answer.headers["Content-Security-Policy"]


def test_logins_side_by_side_in_one_browser_all_work(tool: Tool) -> None:
    browser = tool.browser()
    logins = [browser.login() for _ in range(3)]
    assert len({login["state"] for login in logins} | {login["nonce"] for login in logins}) == 6
    for login in reversed(logins):
        assert browser.answer(login, token_for(browser, login)).status_code == 303


def test_b16_the_nonce_of_another_login_is_refused(tool: Tool) -> None:
    browser = tool.browser()
    first, second = browser.login(), browser.login()
    answer = browser.answer(first, token_for(browser, second))
    assert (fault_of(answer), answer.status_code) == ("unproved", 403)


def test_the_database_holds_neither_state_nor_nonce_nor_cookie(tool: Tool) -> None:
    browser = tool.browser()
    login = browser.login()
    cookie = browser.client.get_cookie("giotay")
    assert cookie is not None
    held = str(contents(tool))
    assert login["state"] not in held
    assert login["nonce"] not in held
    assert cookie.value not in held


def test_states_are_forgotten_when_no_login_can_bring_them(tool: Tool) -> None:
    tool.teacher()
    for later, left in ((0, 1), (state.LIFETIME_MS, 0)):
        with tool.inside():
            state.forget_expired(now() + later)
        with tool.inside():
            assert len(db.session.scalars(select(SpentState)).all()) == left


def test_of_two_posts_of_one_launch_at_once_exactly_one_comes_in(any_tool: Tool) -> None:
    browser = any_tool.browser()
    login = browser.login()
    token = token_for(browser, login)
    cookie = browser.client.get_cookie("giotay")
    assert cookie is not None
    ready = threading.Barrier(4)
    statuses: list[int] = []

    def post() -> None:
        one = any_tool.browser()
        one.client.set_cookie("giotay", cookie.value)
        ready.wait()
        statuses.append(one.answer(login, token).status_code)

    threads = [threading.Thread(target=post) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [303, 403, 403, 403]
    with any_tool.inside():
        assert db.session.scalar(select(func.count()).select_from(LaunchVisit)) == 1
