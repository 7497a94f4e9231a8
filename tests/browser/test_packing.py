"""What goes out stripped says to a browser what was written."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

import lti_tool
from lti_tool.packing import STRIPPED

STATIC = Path(lti_tool.__file__).parent / "static"
RULES = """text => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  return [...sheet.cssRules].map((rule) => rule.cssText);
}"""
PARSED = """async (scripts) => {
  const faults = [];
  for (const [name, text] of scripts) {
    const blob = new Blob([`import "./nowhere.js";${text}`], { type: "text/javascript" }); // parsed, and never run
    const said = await import(URL.createObjectURL(blob)).catch((error) => error);
    if (!(said instanceof TypeError)) faults.push(`${name}: ${said}`);
  }
  return faults;
}"""


@pytest.fixture
def blank(chromium: Browser) -> Page:
    return chromium.new_page()


def test_a_stripped_style_has_the_rules_that_were_written(blank: Page) -> None:
    for file in sorted(STATIC.glob("css/*.css")):
        plain = file.read_text("utf-8")
        rules = blank.evaluate(RULES, plain)
        assert rules, file.name
        assert blank.evaluate(RULES, STRIPPED["text/css"](plain)) == rules, file.name


def test_a_stripped_script_is_one_that_a_browser_reads(blank: Page) -> None:
    stripped = STRIPPED["text/javascript"]
    scripts = [(file.name, stripped(file.read_text("utf-8"))) for file in sorted(STATIC.glob("js/*.js"))]
    assert len(scripts) > 50
    assert blank.evaluate(PARSED, scripts) == []
    assert len(blank.evaluate(PARSED, [["broken", "const = 1"]])) == 1
