"""How answers of every kind are shown in tables: by letter, by word, by the pupil's own text."""

from collections.abc import Iterable, Mapping

from analytics.results import QuestionResult
from live_session.activities import slide
from live_session.activities.base import WORDS, Bar
from live_session.activities.ranking import mean_place
from live_session.model import Json
from lti_tool.formats import number, pointed
from lti_tool.translations import t

SLIDE_BARS = set(zip(slide.WORDS, slide.SIGNS, strict=True))
FILLS = {"A": "a", "B": "b", "C": "c", "D": "d"}


def fill(option: str) -> str:
    """The colour class of an option's bar."""
    return FILLS.get(option.rpartition(":")[2], "e")


def bar_text(bar: Bar, whole: int) -> str:
    """What stands in a part of a stacked bar: "A 22" where there is room, "4" where there is little, else nothing."""
    share = bar.count / whole
    said = option_text(bar)
    if share >= max(0.14, 0.02 * len(said)):
        return f"{said} ({bar.count})" if said[0].isdigit() or said[0] in "-−" else f"{said} {bar.count}"
    return str(bar.count) if share >= 0.05 else ""


def bars_told(bars: Iterable[Bar]) -> str:
    """A distribution as a sentence, for who does not see its bars: "A 22, B 11"."""
    return ", ".join(f"{option_text(bar)} ({bar.count})" for bar in bars)


def rows_of(question: QuestionResult) -> list[tuple[str, int, int, str]]:
    """(row, right, all, its commonest answers) of a distribution whose bars have two parts; nothing for any other."""
    if not question.tally or not all(map(_has_row, question.tally)):
        return []
    right = set(question.key.options) if question.key else set()
    rows: dict[str, list[Bar]] = {}
    for bar in question.tally:
        rows.setdefault(bar.option.partition(":")[0], []).append(bar)
    return [
        (
            name,
            sum(b.count for b in bars if b.option in right),
            sum(b.count for b in bars),
            _row_told(question.kind, bars),
        )
        for name, bars in rows.items()
    ]


def _has_row(bar: Bar) -> bool:
    """It is of a row and a column, "a:true". A pupil's own "9:30" is its label as well, and no row."""
    return bar.option.count(":") > bar.label.count(":")


def _row_told(kind: str, bars: list[Bar]) -> str:
    """What a row came to; of a ranking first the mean place, by which its rows stand in order."""
    mean = mean_place(bars) if kind == "ranking" else None
    if mean is None:
        return _commonest(bars)
    return f"{t('moved.place', n=number(mean, 1))}: {_commonest(bars)}"


def _commonest(bars: list[Bar]) -> str:
    """ "1 (12), 2 (5)": the counts behind a row, in the order of its columns."""
    return ", ".join(f"{bar.label or bar.option.partition(':')[2]} ({bar.count})" for bar in bars if bar.count) or "–"


def option_text(bar: Bar) -> str:
    """An option in words."""
    name, _, word = bar.option.rpartition(":")
    if word in ("true", "false"):
        said = str(t(f"answer.{word}"))
        return f"{name}) {said}" if name else said
    is_of_slide = (word, bar.label) in SLIDE_BARS  # a pupil may type "clear" as well
    return str(t(f"answer.slide.{word}")) if is_of_slide else pointed(bar.option, bar.label or bar.option)


def shown(kind: str, value: Json) -> str:
    """One pupil's answer as a table shows it."""
    if value is None:
        return "–"
    if isinstance(value, dict) and "photo" in value:
        return value["text"] or str(t("report.photo_only"))
    if isinstance(value, dict):
        return " ".join(
            f"{name} {str(t(f'answer.{word}'))[0] if word in WORDS else word}" for name, word in value.items()
        )
    if isinstance(value, list | tuple):
        return str(t("report.posts", n=len(value))) if is_posts(value) else ", ".join(value)
    if kind == "number":
        return number(value) if _is_plain(value) else str(value)
    return _word(kind, str(value))


def spelled_out(value: Json, parts: Mapping[str, str]) -> list[tuple[str, str]]:
    """(letter, what it stood for) of each part that an answer names, in its order: "C" and its text, "a) Đúng" and the
    statement; of a row and its column both, without letters. Nothing where the answer is words of its own."""
    if isinstance(value, dict):
        if pairs := [("", parts[pair]) for name, word in value.items() if (pair := f"{name}:{word}") in parts]:
            return pairs
        named = [(name, f"{name}) {t(f'answer.{word}')}") for name, word in value.items() if word in WORDS]
        return [(said, parts[name]) for name, said in named if name in parts]
    letters = value if isinstance(value, list | tuple) else [value]
    return [(one, parts[one]) for one in letters if isinstance(one, str) and parts.get(one)]


def _word(kind: str, value: str) -> str:
    match kind:
        case "true_false":
            return str(t(f"answer.{value}"))
        case "slide":
            return str(t(f"answer.slide.{value}"))
    return value


def is_posts(value: Json) -> bool:
    """All that one pupil posted, each an object of its own."""
    return isinstance(value, list | tuple) and bool(value) and isinstance(value[0], dict)


def written(value: Json) -> tuple[str, str | None]:
    """(text, photo's id or None) of an answer that the teacher reads."""
    if not isinstance(value, dict):
        return str(value), None
    if "photo" in value:
        return value["text"], value["photo"]
    level = [str(t(f"answer.exit.level.{value['level']}"))] if "level" in value else []
    return "\n".join([*level, *(text for name, text in value.items() if name != "level")]), None


def handed_in(value: Json) -> tuple[str, str | None]:
    """(text with the link below it, photo's id or None) of a work that classmates are given to assess."""
    if not isinstance(value, dict):
        return str(value), None
    return "\n".join(filter(None, (value["text"], value.get("link")))), value.get("photo")


def _is_plain(value: str) -> bool:
    return value.lstrip("-").replace(".", "", 1).isdigit()
