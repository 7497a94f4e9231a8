"""What pages write to the log, live servers are told of: after the commit, and only then."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest

from live_session.commands import Next
from live_session.errors import Refusal
from lti_tool import live
from lti_tool.app import create_app
from lti_tool.clock import now
from lti_tool.extensions import db
from lti_tool.site import KEY
from tests.live_session.build import RUN, TEACHER, every_kind, start
from tests.lti_tool.conftest import settings_for


class Caller:
    def __init__(self) -> None:
        self.woken: list[set[str]] = []

    def wake(self, run_ids: Iterable[str]) -> None:
        self.woken.append(set(run_ids))


@pytest.fixture
def caller(sqlite_tool_url: str) -> Iterator[Caller]:
    app, caller = create_app(settings_for(sqlite_tool_url)), Caller()
    app.extensions[KEY] = replace(app.extensions[KEY], caller=caller)
    with app.app_context():
        live.create(RUN, now())
        assert not isinstance(live.ask(RUN, start(every_kind(), at=now()), TEACHER), Refusal)
        yield caller
        db.session.rollback()
        db.session.remove()
        db.engine.dispose()


def test_live_servers_are_woken_after_the_commit(caller: Caller) -> None:
    assert caller.woken == []
    db.session.commit()
    assert caller.woken == [{RUN}]
    db.session.commit()
    assert caller.woken == [{RUN}], "nothing new, nothing said"
    live.ask(RUN, Next(), TEACHER)
    live.ask(RUN, Next("q-single"), TEACHER)
    db.session.commit()
    assert caller.woken == [{RUN}, {RUN}]


def test_what_was_rolled_back_is_not_said(caller: Caller) -> None:
    db.session.commit()
    live.ask(RUN, Next(), TEACHER)
    db.session.rollback()
    db.session.commit()
    assert caller.woken == [{RUN}]
