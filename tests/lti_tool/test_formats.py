"""How numbers, times and dates look, in Vietnamese and in English, on the school's clock."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lti_tool import clock, formats, pages
from lti_tool.app import create_app
from lti_tool.clock import local, now, school_year, today
from lti_tool.config import Settings
from lti_tool.translations import t

ONE_CONTEXT = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def app_in(locale: str, zone: str = "Asia/Ho_Chi_Minh") -> Flask:
    return create_app(Settings(database_url="sqlite://", secret_key="s" * 32, locale=locale, timezone=ZoneInfo(zone)))


@pytest.fixture(scope="module")
def apps() -> dict[str, Flask]:
    return {locale: app_in(locale) for locale in ("vi", "en")}


@pytest.fixture
def vi(apps: dict[str, Flask]) -> Iterator[None]:
    with apps["vi"].test_request_context("/"):
        yield


@pytest.fixture
def en(apps: dict[str, Flask]) -> Iterator[None]:
    with apps["en"].test_request_context("/"):
        yield


def moment(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh")).timestamp() * 1_000)  # type: ignore[misc,arg-type]


# --- numbers --------------------------------------------------------------------------------------------------------

NUMBERS = [
    (8.1, None, "8,1", "8.1"),
    ("8.10", None, "8,10", "8.10"),
    (8.25, 1, "8,3", "8.3"),
    (8.35, 1, "8,4", "8.4"),
    (-2.5, None, "−2,5", "−2.5"),
    (1234567.5, None, "1.234.567,5", "1,234,567.5"),
    (-0.04, 1, "0,0", "0.0"),
    (0, None, "0", "0"),
    (10, 1, "10,0", "10.0"),
]


@pytest.mark.parametrize(("value", "places", "expected", "_"), NUMBERS)
@pytest.mark.usefixtures("vi")
def test_a_number_has_a_decimal_comma_in_vietnamese(value: float, places: int | None, expected: str, _: str) -> None:
    assert formats.number(value, places) == expected


@pytest.mark.parametrize(("value", "places", "_", "expected"), NUMBERS)
@pytest.mark.usefixtures("en")
def test_and_a_point_in_english(value: float, places: int | None, _: str, expected: str) -> None:
    assert formats.number(value, places) == expected


ENGINES = [
    ("-2.5", "−2,5", "−2,5", "−2.5"),
    ("0.5", "0,5 m", "0,5 m", "0.5 m"),
    ("3", "3", "3", "3"),
    ("0.5", "0.5", "0.5", "0.5"),
    ("1,5", "1,5", "1,5", "1,5"),
]


@pytest.mark.parametrize(("canonical", "text", "expected", "_"), ENGINES)
@pytest.mark.usefixtures("vi")
def test_what_the_engine_says_of_a_number_stays_in_vietnamese(canonical: str, text: str, expected: str, _: str) -> None:
    assert formats.pointed(canonical, text) == expected
    assert formats.typed("-1234.5") == "-1234,5"


@pytest.mark.parametrize(("canonical", "text", "_", "expected"), ENGINES)
@pytest.mark.usefixtures("en")
def test_and_has_a_point_in_english_but_for_what_a_pupil_typed(
    canonical: str, text: str, _: str, expected: str
) -> None:
    assert formats.pointed(canonical, text) == expected
    assert formats.typed("-1234,5") == "-1234.5"


@ONE_CONTEXT
@given(st.decimals(min_value=-(10**9), max_value=10**9, allow_nan=False, places=2))
def test_a_number_reads_back_as_itself(vi: None, value: Decimal) -> None:
    shown = formats.number(value)
    assert Decimal(shown.replace(".", "").replace(",", ".").replace("−", "-")) == value


@ONE_CONTEXT
@given(st.integers(0, 1_000).map(lambda n: Decimal(n) / 100))
def test_a_mark_is_rounded_half_up_as_the_circular_says(vi: None, value: Decimal) -> None:
    """Never to the even neighbour, as a computer would: 8,25 is 8,3, and so is 8,35 8,4."""
    tenths = int(value * 10 + Decimal("0.5"))
    assert formats.number(value, 1) == f"{tenths // 10},{tenths % 10}"


@pytest.mark.usefixtures("vi")
def test_points_have_no_needless_decimal() -> None:
    assert [formats.points(p) for p in (1.0, 0.5, 0.25, 10.0, 0.0, 2_000_000.0)] == [
        "1", "0,5", "0,25", "10", "0", "2.000.000",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [(1, 8, "13%"), (3, 8, "38%"), (5, 9, "56%"), (0, 3, "0%"), (3, 3, "100%"), (0, 0, "–")],
)
def test_a_share_is_rounded_half_up(part: int, whole: int, expected: str) -> None:
    assert formats.percent(part, whole) == expected


@given(st.integers(0, 500), st.integers(1, 500))
def test_a_share_is_the_nearest_percent(part: int, whole: int) -> None:
    assert abs(int(formats.percent(part, whole)[:-1]) - 100 * part / whole) <= 0.5


# --- times and dates ------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("vi")
def test_times_and_days_are_the_schools() -> None:
    when = moment(2026, 11, 24, 9, 5, 7)
    assert formats.clock(when) == "09:05"
    assert formats.clock_seconds(when) == "09:05:07"
    assert formats.day(when) == "24/11/2026"
    assert formats.short_day(when) == "24/11"
    assert formats.long_day(when) == "Thứ Ba 24/11/2026"
    assert formats.day(date(2026, 9, 5)) == "05/09/2026"
    assert formats.short_day(date(2026, 9, 5)) == "05/09"


@pytest.mark.usefixtures("en")
def test_weekdays_are_in_the_readers_language() -> None:
    assert formats.long_day(moment(2026, 11, 24)).startswith("Tuesday")


@pytest.mark.usefixtures("vi")
def test_every_weekday_has_its_name() -> None:
    names = [formats.long_day(moment(2026, 11, 23 + n)).rsplit(" ", 1)[0] for n in range(7)]
    assert names == ["Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật"]


@pytest.mark.usefixtures("vi")
def test_a_span_is_said_in_minutes_and_seconds() -> None:
    assert [str(formats.duration(n)) for n in (30, 60, 90)] == ["30 giây", "1 phút", "1 phút 30"]
    assert formats.duration(None) == formats.duration(0) != ""


def test_initials_are_the_last_two_words() -> None:
    assert [formats.initials(n) for n in ("Nguyễn Thu Hà", "An", "", "đặng ân")] == ["TH", "A", "", "ĐÂ"]


@pytest.mark.usefixtures("vi")
def test_a_lesson_at_midnight_is_of_the_schools_day() -> None:
    first_lesson = int(datetime(2026, 11, 23, 17, 30, tzinfo=UTC).timestamp() * 1_000)
    assert formats.day(first_lesson) == "24/11/2026"
    assert formats.clock(first_lesson) == "00:30"


def test_another_school_has_another_clock() -> None:
    when = moment(2026, 11, 24, 0, 30)
    with app_in("vi", "Europe/Berlin").test_request_context("/"):
        assert formats.day(when) == "23/11/2026"


@ONE_CONTEXT
@given(st.integers(0, 4_102_444_800_000))
def test_every_moment_has_its_place_on_the_schools_clock(vi: None, when: int) -> None:
    there = local(when)
    assert int(there.timestamp() * 1_000) // 1_000 == when // 1_000
    assert formats.clock(when) == there.strftime("%H:%M")


@pytest.mark.usefixtures("vi")
def test_now_is_in_milliseconds_and_today_is_at_the_school(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock.time, "time_ns", lambda: 1_795_541_400_000_999_999)
    assert now() == 1_795_541_400_000
    assert today() == local(now()).date()


@pytest.mark.parametrize(
    ("day", "year"),
    [
        (date(2026, 8, 1), "2026-2027"),
        (date(2026, 7, 31), "2025-2026"),
        (date(2027, 1, 1), "2026-2027"),
        (date(2026, 12, 31), "2026-2027"),
    ],
)
def test_a_school_year_begins_in_august(day: date, year: str) -> None:
    assert school_year(day) == year


@given(st.dates(date(2000, 1, 1), date(2100, 12, 31)))
def test_a_school_year_has_two_years_and_holds_its_day(day: date) -> None:
    first, second = map(int, school_year(day).split("-"))
    assert second == first + 1
    assert date(first, 8, 1) <= day < date(second, 8, 1)


def test_a_word_with_a_hyphen_is_not_broken_in_a_title() -> None:
    assert formats.unbroken("Hệ thức Vi-ét <b> 2-3") == 'Hệ thức <span class="nowrap">Vi-ét</span> &lt;b&gt; 2-3'
    assert formats.unbroken("Ôn tập") == "Ôn tập"


def test_a_school_year_is_written_with_a_dash() -> None:
    assert formats.school_year("2026-2027") == "2026–2027"


@pytest.mark.usefixtures("vi")
def test_a_term_has_the_number_that_the_ministry_gives_it() -> None:
    assert [formats.term(n) for n in (1, 2)] == ["I", "II"]


@pytest.mark.usefixtures("en")
def test_a_term_has_a_figure_in_english_but_in_the_ministrys_own_forms() -> None:
    assert [formats.term(n) for n in (1, 2)] == ["1", "2"]
    assert formats.roman(2) == "II"


def test_no_page_shows_a_school_year_as_it_is_kept() -> None:
    shown = re.compile(r"(?<!\|)(?:\bschool_year|term\.year|one\.year)(?! *[|=]|\w)")
    pages_ = (Path(pages.__file__).parent / "templates").glob("*.html")
    assert [f"{page.name}: {said}" for page in pages_ for said in shown.findall(page.read_text("utf-8"))] == []


@pytest.mark.usefixtures("vi")
def test_counts_have_their_thousands_apart() -> None:
    assert t("dept.present_how", part=943, n=1_480) == "943 trên 1.480 lượt học sinh"
    assert t("dept.term_of", n=formats.term(1), year="2026–2027") == "Học kì I, 2026–2027"


@pytest.mark.usefixtures("en")
def test_counts_have_their_thousands_apart_in_english() -> None:
    assert t("dept.present_how", part=943, n=1_480) == "943 of 1,480 pupil-lessons"
