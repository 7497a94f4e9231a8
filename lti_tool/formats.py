"""How numbers, times and dates look: decimal comma, 24 hours, dd/mm/yyyy, on the school's clock."""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from markupsafe import Markup

from live_session.activities.number import spoken
from live_session.links import host_of
from live_session.model import Millis
from lti_tool.clock import local
from lti_tool.locale import choose
from lti_tool.translations import t

_HYPHENED = re.compile(r"(\b[^\W\d_]+(?:-[^\W\d_]+)+\b)")
"""In brackets: a split keeps them, every other part."""
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def clock(moment: Millis) -> str:
    """09:05"""
    return f"{local(moment):%H:%M}"


def clock_seconds(moment: Millis) -> str:
    """09:14:07"""
    return f"{local(moment):%H:%M:%S}"


def day(moment: Millis | date) -> str:
    """24/11/2026"""
    when = moment if isinstance(moment, date) else local(moment)
    return f"{when:%d/%m/%Y}"


def short_day(moment: Millis | date) -> str:
    """24/11"""
    when = moment if isinstance(moment, date) else local(moment)
    return f"{when:%d/%m}"


def long_day(moment: Millis) -> str:
    """Thứ Ba 24/11/2026"""
    when: datetime = local(moment)
    return f"{t('weekday.' + WEEKDAYS[when.weekday()])} {when:%d/%m/%Y}"


def number(value: float | Decimal | str, places: int | None = None) -> str:
    """8,1 in Vietnamese, 8.1 in English; `places` rounds half up."""
    figure = Decimal(str(value))
    if places is not None:
        figure = figure.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    text = f"{figure or abs(figure):,f}".replace("-", "−")  # nothing is less than nothing: no "−0,0"
    if choose() == "vi":
        text = text.translate(str.maketrans(",.", ".,"))
    return text


def typed(number_: str) -> str:
    """A canonical number as it is typed in this language, without marks of thousands: 1234,5 or 1234.5."""
    return number_.replace(".", ",") if choose() == "vi" else number_.replace(",", ".")


def pointed(canonical: str, text: str) -> str:
    """What the engine says of a number, which it writes with a comma, in this language; any other text stays."""
    is_number = "." in canonical and text.startswith(spoken(canonical))
    return canonical.replace("-", "−") + text[len(canonical) :] if is_number and choose() != "vi" else text


def points(value: float) -> str:
    """Points without a needless decimal: 1, 0,5."""
    return number(f"{value:g}")


def percent(part: float, whole: float) -> str:
    """56%; a dash where there is nothing to divide by. Half up, as pupils round and as the pages' scripts do."""
    return f"{int(100 * part / whole + 0.5)}%" if whole else "–"


def duration(seconds: int | None) -> str:
    """1 phút 30; "không tính giờ" for none."""
    if not seconds:
        return str(t("time.untimed"))
    minutes, rest = divmod(seconds, 60)
    if not minutes:
        return str(t("time.seconds", n=rest))
    return str(t("time.minutes", n=minutes) if not rest else t("time.minutes_seconds", m=minutes, s=rest))


def initials(name: str) -> str:
    """Two letters of a name, as its round mark: TH of Nguyễn Thu Hà."""
    return "".join(part[0] for part in name.split()[-2:]).upper()


def school_year(name: str) -> str:
    """2026–2027 of "2026-2027", as it is kept: a range has an en dash."""
    return name.replace("-", "–")


def roman(number: int) -> str:
    """A term's number as the ministry writes it: học kì I."""
    return "I" * number


def term(number: int) -> str:
    """The same in this language: I in Vietnamese, 1 in English."""
    return roman(number) if choose() == "vi" else str(number)


def unbroken(title: str) -> Markup:
    """Vi-ét: a word with a hyphen inside is not broken over two lines of a large title; the text stays as it is."""
    parts = _HYPHENED.split(title)
    return Markup("").join(
        Markup('<span class="nowrap">{}</span>').format(p) if n % 2 else p for n, p in enumerate(parts)
    )


FILTERS: dict[str, Callable[..., Any]] = {
    "clock": clock,
    "clock_seconds": clock_seconds,
    "day": day,
    "short_day": short_day,
    "long_day": long_day,
    "number": number,
    "points": points,
    "typed": typed,
    "percent": percent,
    "duration": duration,
    "initials": initials,
    "school_year": school_year,
    "term": term,
    "host": host_of,
    "unbroken": unbroken,
}
