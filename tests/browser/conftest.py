"""One product for all browser tests of a worker; a stage for each test, whose pages stay quiet."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.school import PATIENCE_MS, Lesson, School, Stage, Teacher, opened
from tests.browser.site import Site, on_https

expect.set_options(timeout=PATIENCE_MS)

SERVERS = ("drafts", "site", "wifi", "school")
"""The fixtures that start a product."""


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Tests of one product stand together. Two workers begin with half of the list each and help each other at its end:
    each half ends with tests of the product that both then have, and no other is started twice."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
    yield  # those that do not run leave the list
    items.sort(key=served_by)
    places = [served_by(item) for item in items]
    first, shared = places.count(-1) + places.count(0), places.index(3) if 3 in places else len(places)
    begin, middle, school = items[:first], items[first:shared], items[shared:]
    half = max(0, len(items) // 2 - len(begin))
    items[:] = [*begin, *school[:half], *middle, *school[half:]]


def served_by(item: pytest.Item) -> int:
    """The place of the last product that a test needs; tests without one come first."""
    needed = getattr(item, "fixturenames", ())
    return max((n for n, name in enumerate(SERVERS) if name in needed), default=-1)


@pytest.fixture(scope="session")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    """The demo school on loopback."""
    with opened(tmp_path_factory.mktemp("school")) as one:
        yield one


@pytest.fixture(scope="session")
def drafts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    """A demo school of its own for tests that write lessons and lists: the lesson that stands first may change."""
    with opened(tmp_path_factory.mktemp("drafts")) as one:
        yield one


@pytest.fixture
def desk(chromium: Browser, drafts: School) -> Iterator[Stage]:
    """A stage on that school."""
    yield from played(Stage(chromium, drafts))


@pytest.fixture
def stage(chromium: Browser, school: School) -> Iterator[Stage]:
    """A stage on the demo school."""
    yield from played(Stage(chromium, school))


def played(stage: Stage) -> Iterator[Stage]:
    """Hand the stage out; afterwards no page may have complained."""
    yield stage
    complaints = [said for watched in stage.watched for said in watched.complaints]
    stage.close()
    assert not complaints, "\n".join(complaints)


@pytest.fixture
def lesson(stage: Stage) -> Iterator[Lesson]:
    """A lesson that has begun, ended with the test."""
    begun = Teacher.arrive(stage).start()
    yield begun
    begun.end()


@pytest.fixture(scope="session")
def site(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demo school on https, on two host names."""
    with on_https(chromium, tmp_path_factory.mktemp("https")) as one:
        yield one
