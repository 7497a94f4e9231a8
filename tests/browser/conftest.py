"""One product and one Chromium for all browser tests of a worker; a stage for each test, whose pages stay quiet."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.school import CHROMIUM_FLAGS, Lesson, School, Stage, Teacher, opened


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's own Chromium."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    assert path, "Chromium is missing; on Debian: apt install chromium"
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=list(CHROMIUM_FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    """The demo school on loopback."""
    with opened(tmp_path_factory.mktemp("school")) as one:
        yield one


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
