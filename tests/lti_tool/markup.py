"""A rendered page as a browser would read it: its elements, its addresses, its words."""

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

ADDRESSES = ("href", "src", "action", "formaction", "poster", "data", "srcset", "xlink:href", "background", "ping")
VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})

Element = tuple[str, dict[str, str]]


class Markup(HTMLParser):
    """Elements in order, and the text between them; scripts' text apart."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[Element] = []
        self.words: list[str] = []
        self.scripts: list[str] = []
        self._open: list[str] = []
        self.unbalanced: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if self._open and self._open[-1] == tag:
            self._open.pop()
        elif tag not in ("p",):
            self.unbalanced.append(tag)

    def handle_data(self, data: str) -> None:
        (self.scripts if self._open[-1:] == ["script"] else self.words).append(data)

    def error(self, message: str) -> Any:
        raise AssertionError(message)

    @property
    def text(self) -> str:
        return " ".join(self.words)

    def addresses(self) -> Iterator[tuple[str, str]]:
        """(element, address) of everything that a browser may go to or fetch."""
        for tag, attributes in self.elements:
            for name in ADDRESSES:
                if name in attributes:
                    yield tag, attributes[name]
            if "data-window" in attributes:
                yield tag, attributes["data-window"]


def inline_code(markup: Markup) -> list[str]:
    """What the Content-Security-Policy would refuse: scripts and styles written into the page."""
    found = []
    for tag, attributes in markup.elements:
        if tag == "style" or "style" in attributes:
            found.append(f"<{tag} style>")
        if tag == "script" and "src" not in attributes and attributes.get("type") != "application/json":
            found.append("<script>")
        found += [f"<{tag} {name}>" for name in attributes if name.startswith("on")]
    found += [
        f"<{tag} {value}>" for tag, value in markup.addresses() if value.strip().lower().startswith("javascript:")
    ]
    return found
