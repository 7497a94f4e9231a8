"""The LMS side is tested against a platform with Moodle's quirks."""

from collections.abc import Iterator

import pytest

from tests.lti_tool.moodle import Moodle
from tests.lti_tool.platform import serving


@pytest.fixture
def platform() -> Iterator[Moodle]:
    with serving(Moodle()) as one:
        assert isinstance(one, Moodle)
        yield one
