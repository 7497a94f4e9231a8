"""The words of the pupil's page: a file for everybody, so that it may be compressed and kept."""

import re

import msgspec
import pytest

from lti_tool.config import LOCALES
from lti_tool.pages.open_doors import OF_THE_PAGE, PHONE_WORDS
from lti_tool.translations import catalogue
from tests.lti_tool.school import sit
from tests.lti_tool.tool import SINGLE, Tool

ADDRESS = re.compile(r'src="(/words/(\w+)/\w+\.js)"')


def test_the_page_brings_its_words_and_they_are_compressed(tool: Tool) -> None:
    teacher = tool.set_up()
    tool.start(teacher, SINGLE)
    pupil = tool.pupil(1)
    sit(pupil)
    found = ADDRESS.search(pupil.get("lesson").text)
    assert found
    answer = pupil.client.get(found[1], headers={"Accept-Encoding": "br, gzip"})
    assert answer.headers["Content-Encoding"] in ("br", "gzip")
    assert "immutable" in answer.headers["Cache-Control"]
    assert found[1] in pupil.client.get("/sw.js").text, "and the offline shell keeps them"


@pytest.mark.parametrize("language", LOCALES)
def test_they_are_all_words_that_its_scripts_may_need(tool: Tool, language: str) -> None:
    told = tool.browser().client.get(f"/words/{language}/0.js").text
    words = msgspec.json.decode(told.removeprefix("globalThis.giotayWords = ").removesuffix(";\n"))
    assert words_of(language).keys() > OF_THE_PAGE
    assert words == {key: text for key, text in words_of(language).items() if key not in OF_THE_PAGE}


def words_of(language: str) -> dict[str, str | dict[str, str]]:
    """What the translator wrote; each plural form by its name."""
    names = {"vi": ("other",), "en": ("one", "other")}[language]
    return {
        key: dict(zip(names, message.string, strict=True)) if isinstance(message.id, tuple) else message.string
        for message in catalogue(language)
        if (key := message.id[0] if isinstance(message.id, tuple) else message.id).startswith(PHONE_WORDS)
    }


def test_no_other_language_is_there(tool: Tool) -> None:
    assert tool.browser().client.get("/words/fr/0.js").status_code == 404
