"""pygal as a page can take it: without what the library adds for a picture that stands on its own.

Colours are the page's (`.chart` in desk.css), so that a chart follows the dark page, high contrast and paper. Style
sheet, script and tooltips, which the page's policy would stop, are taken off before it goes out (decision 0014).
"""

import sys
from collections.abc import Callable, Sequence
from math import inf
from xml.etree.ElementTree import Element

import pygal
from markupsafe import Markup
from pygal import XY, Line
from pygal.style import Style

__all__ = ["SIZE", "XY", "Columns", "Line", "drawn", "plot"]

# It adds a finder for packages of maps to the import system, of a kind that Python has given up, and over which other
# importers stumble.
sys.meta_path[:] = [finder for finder in sys.meta_path if hasattr(finder, "find_spec")]

SIZE, SMALL_SIZE = (600, 230), (240, 132)
"""In the picture's own units: the page gives it its width."""
STYLE = Style(label_font_size=18, major_label_font_size=18)
"""By these the library finds places. What is drawn has the style sheet's sizes, which are larger on a phone."""
LABEL_HIGH = 11
SMALL = Style(label_font_size=11, major_label_font_size=11, value_font_size=0)

ADDED = {"style", "script", "title", "desc", "defs"}
GROUNDS = {"background", "tooltip", "tooltip-overlay"}
KEPT = {"axis", "x", "y", "line", "nofill", "dot", "label"}


class Columns(pygal.StackedBar):  # type: ignore[misc]  # untyped
    """Stacked columns without the tooltips that only the library's script would show: they take half of its time."""

    _adapters = ()
    """A part of nobody is no block, rather than a block of no height."""

    def _tooltip_and_print_values(self, *_: object) -> None:
        pass


def plot(
    kind: Callable[..., pygal.Graph], names: Sequence[str], title: str, *, is_small: bool = False, **settings: object
) -> pygal.Graph:
    """`names` are the classes of its series, in their order."""
    width, height = SMALL_SIZE if is_small else SIZE
    chart = kind(
        width=width,
        height=height,
        margin=8,
        margin_right=8 if is_small else 24,
        margin_bottom=0 if is_small else 14,
        style=SMALL if is_small else STYLE,
        dots_size=0 if is_small else 5,
        print_labels=is_small,
        classes=("chart", "curve") if is_small else ("chart",),
        css=(),
        js=(),
        no_prefix=True,
        disable_xml_declaration=True,
        show_legend=False,
        truncate_label=-1,
        **settings,
    )
    chart.add_xml_filter(lambda root: _settled(root, names, title))
    return chart


def _settled(root: Element, names: Sequence[str], title: str) -> Element:
    """As a page can take it: without what the library adds for a picture on its own, each series by its name."""
    for parent in list(root.iter()):
        for child in list(parent):
            if _is_added(child):
                parent.remove(child)
        if parent is not root:
            _rename(parent, names)
    for block in root.iterfind(".//g[@class='at-home']"):
        block.set("fill", "url(#hatch)")  # from a style sheet the address would lead into that file
    for block in root.iter("rect"):
        block.attrib = {side: f"{float(block.attrib[side]):.1f}" for side in ("x", "y", "width", "height")}
    _set_apart([one for one in root.iter("text") if one.get("class") == "label"])
    del root.attrib["id"]
    root.attrib |= {"role": "img", "aria-label": title}
    return root


def _set_apart(labels: Sequence[Element]) -> None:
    """Names of lines that end in one place stand one above the other, in the order of their lines."""
    lowest = inf
    for one in sorted(labels, key=lambda label: float(label.attrib["y"]), reverse=True):
        lowest = min(float(one.attrib["y"]), lowest - LABEL_HIGH)
        one.set("y", f"{lowest:.1f}")


def _rename(one: Element, names: Sequence[str]) -> None:
    """A series by its own name; of the library's others those that are drawn by: `bar` and more are also ours."""
    words = one.attrib.pop("class", "").split()
    if words[:1] == ["series"]:
        words = [names[int(words[1].removeprefix("serie-"))]]
    else:
        words = [word for word in words if word in KEPT]
    if words:
        one.set("class", " ".join(words))


def _is_added(one: Element) -> bool:
    """Comments, styles, scripts, grounds, tooltips, and the place of a label that is left out."""
    is_blank = one.get("class") == "guides" and not "".join(one.itertext())
    return callable(one.tag) or one.tag in ADDED or is_blank or bool(GROUNDS & set(one.get("class", "").split()))


def drawn(chart: pygal.Graph) -> Markup:
    return Markup(chart.render(is_unicode=True))  # noqa: S704 - by ElementTree, which escapes every text
