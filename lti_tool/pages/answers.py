"""How answers of every kind are shown in tables: by letter, by word, by the pupil's own text."""

from live_session.activities.base import Bar
from live_session.model import Json
from lti_tool.formats import number
from lti_tool.translations import t

FILLS = {"A": "a", "B": "b", "C": "c", "D": "d"}


def fill(option: str) -> str:
    """The colour class of an option's bar."""
    return FILLS.get(option.rpartition(":")[2], "e")


def bar_text(bar: Bar, whole: int) -> str:
    """What stands in a part of a stacked bar: "A 22" where there is room, "4" where there is little, else nothing."""
    share = bar.count / whole
    if share >= 0.14:
        return f"{option_text(bar)} {bar.count}"
    return str(bar.count) if share >= 0.05 else ""


def option_text(bar: Bar) -> str:
    """An option in words."""
    name, _, word = bar.option.rpartition(":")
    if word in ("true", "false"):
        said = str(t(f"answer.{word}"))
        return f"{name}) {said}" if name else said
    return bar.label or bar.option


def shown(kind: str, value: Json) -> str:
    """One pupil's answer as a table shows it."""
    if value is None:
        return "–"
    if isinstance(value, dict) and kind == "open":
        return value["text"] or str(t("report.photo_only"))
    if isinstance(value, dict):
        return " ".join(f"{name} {str(t(f'answer.{word}'))[0]}" for name, word in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(value)
    if kind == "number":
        return number(value) if _is_plain(value) else str(value)
    return str(t(f"answer.{value}")) if kind == "true_false" else str(value)


def written(value: Json) -> tuple[str, str | None]:
    """(text, photo's id or None) of an answer to an open question."""
    return (value["text"], value["photo"]) if isinstance(value, dict) else (str(value), None)


def _is_plain(value: str) -> bool:
    return value.lstrip("-").replace(".", "", 1).isdigit()
