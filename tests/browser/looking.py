"""What can be measured of a screen: axe's verdict, targets to press, scrolling sideways, the focus one sees."""

from collections.abc import Callable
from typing import Any, TypeVar

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

T = TypeVar("T")
HARSH = ("serious", "critical")
THEMES = ("light", "dark")
SETTLED_MS = 60

SMALL_TARGETS = """([high, wide]) => {
  const shown = (node) => node.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true });
  const pressed = "button, summary, select, textarea, input:not(.vh), a.btn, a.name, a.step, input.vh + span";
  return [...document.querySelectorAll(pressed)].filter(shown).flatMap((node) => {
    const { width, height } = (node.closest("label.check") ?? node).getBoundingClientRect(); // all of it is pressed
    const isSmall = height < high - 0.5 || width < wide - 0.5;
    return isSmall ? [`${node.outerHTML.slice(0, 90)} is ${width.toFixed(0)}x${height.toFixed(0)}`] : [];
  });
}"""
SIDEWAYS = """() => {
  const over = document.documentElement.scrollWidth - innerWidth;
  if (over <= 0) return "";
  const isWide = (node) => node.getBoundingClientRect().right > innerWidth + 0.5;
  const wide = [...document.querySelectorAll("body *")].filter(isWide);
  return `${over} px too wide: ${wide.slice(0, 3).map((n) => n.outerHTML.slice(0, 90)).join(" | ")}`;
}"""
AXE_RULES = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
AXE = "rules => axe.run(rules).then(({ violations }) => violations)"
FOCUSED = """() => {
  const at = document.activeElement;
  const drawn = at.matches("input.vh") ? at.nextElementSibling : at;
  const { outlineStyle, outlineWidth } = getComputedStyle(drawn);
  const isSeen = outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
  return [at === document.body ? "" : at.outerHTML.slice(0, 90), isSeen];
}"""


SETTLE = """() => document.getAnimations().forEach((one) => {
  if (Number.isFinite(one.effect.getComputedTiming().endTime)) one.finish();
})"""
"""What moves to where it will stand is there at once; what moves for ever goes on."""


def faults(page: Page, *themes: str) -> list[str]:
    """What axe calls serious or critical, in each theme; target sizes (WCAG 2.5.8) with it."""
    found: list[str] = []
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)  # half a megabyte, once a document
    for theme in themes or THEMES:
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        page.evaluate(SETTLE)
        violations: list[dict[str, Any]] = page.evaluate(AXE, AXE_RULES)
        for violation in violations:
            if violation["impact"] in HARSH:
                where = "; ".join(f"{n['html'][:140]} ({n['failureSummary'][:200]})" for n in violation["nodes"][:3])
                found.append(f"{theme}: {violation['id']}: {where}")
    page.emulate_media(color_scheme="light")
    return found


def small_targets(page: Page, high: int, wide: int = 44) -> list[str]:
    """What can be pressed and is smaller than that, in CSS pixels."""
    return list(page.evaluate(SMALL_TARGETS, [high, wide]))


def sideways(page: Page, width: int = 320, text: int = 100) -> list[str]:
    """What makes the page scroll sideways at this width, with text at so many per cent."""
    before = page.viewport_size or {"width": 1280, "height": 720}
    page.set_viewport_size({"width": width, "height": 640})
    page.evaluate("text => document.documentElement.style.fontSize = text", f"{text}%" if text != 100 else "")
    over = settled(page, lambda: str(page.evaluate(SIDEWAYS)))
    page.evaluate("document.documentElement.style.fontSize = ''")
    page.set_viewport_size(before)
    return [f"at {width} px, text {text} %: {over}"] if over else []


def settled(page: Page, look: Callable[[], T]) -> T:
    """What is found once the page has come to rest: nothing, or what is still found after some time."""
    page.wait_for_timeout(SETTLED_MS)
    for _ in range(10):
        if not (found := look()):
            break
        page.wait_for_timeout(SETTLED_MS)
    return found


def unseen_focus(page: Page, presses: int) -> list[str]:
    """Elements that Tab reaches and that do not show it."""
    unseen = []
    for _ in range(presses):
        page.keyboard.press("Tab")
        at, is_seen = page.evaluate(FOCUSED)
        if at and not is_seen:
            unseen.append(at)
    return unseen
