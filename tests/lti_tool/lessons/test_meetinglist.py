"""Attendance lists of Meet, Zoom and Teams, in two languages and several shapes."""

import re
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.lessons.meetinglist import (
    MOST_BYTES,
    MOST_VISITS,
    Attendee,
    Unreadable,
    Visit,
    match,
    minutes_of,
    read,
    seconds_of,
    together,
    visits_of,
    words_of,
)

MEET = """First name,Last name,Email,Duration,Time joined,Time exited
An,Đặng Thái,an@school.vn,44 min,7:01 AM,7:45 AM
Bảo,Lê Gia,bao@school.vn,1 hr 2 min,6:59 AM,8:01 AM
"""
MEET_VI = """Tên,Họ,Email,Thời lượng,Thời gian tham gia,Thời gian rời đi
An,Đặng Thái,an@school.vn,44 phút,07:01,07:45
"""
ZOOM = """Meeting ID,Topic,Start Time,End Time,User Email,Duration (Minutes),Participants
123,Toán 9A1,11/28/2026 07:00:00 PM,11/28/2026 07:45:00 PM,co@school.vn,45,2

Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes),Guest
DANG THAI AN (9A1),,11/27/2026 04:01:00 PM,11/27/2026 04:20:00 PM,19,Yes
DANG THAI AN (9A1),,11/27/2026 04:25:00 PM,11/27/2026 04:45:00 PM,20,Yes
"""
ZOOM_UNIQUE = """Name (original name),Email,Total duration (minutes),Guest
Đặng Thái An,,39,Yes
"""
TEAMS = (
    "1. Summary\r\nMeeting title\tToán 9A1\r\n\r\n2. Participants\r\n"
    "Name\tFirst Join\tLast Leave\tIn-Meeting Duration\tEmail\r\n"
    "Đặng Thái An\t11/28/26, 7:01:05 AM\t11/28/26, 7:45:00 AM\t43m 55s\tan@school.vn\r\n\r\n"
    "3. In-Meeting Activities\r\nName\tJoin Time\tLeave Time\tDuration\r\nĐặng Thái An\tx\ty\t43m 55s\r\n"
)


NAMESAKES = """Name (original name),Email,Join time,Leave time,Duration (minutes),Guest,In waiting room
Nguyễn Văn Nam,nam1@school.vn,11/28/2026 07:00:00 AM,11/28/2026 07:04:00 AM,4,No,Yes
Nguyễn Văn Nam,nam1@school.vn,11/28/2026 07:04:00 AM,11/28/2026 07:24:00 AM,20,No,No
Nguyễn Văn Nam,NAM2@school.vn,11/28/2026 07:01:00 AM,11/28/2026 07:45:00 AM,44,No,No
Nguyễn Văn Nam,nam1@school.vn,11/28/2026 07:30:00 AM,11/28/2026 07:45:00 AM,15,No,No
Lê Gia Bảo,bao@school.vn,11/28/2026 07:01:00 AM,11/28/2026 07:45:00 AM,44,No,No
"""


FRENCH = "Prénom,Nom,E-mail,Durée\nAn,Đặng Thái,an@school.vn,44 min\n".encode()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (MEET.encode(), [Attendee("Đặng Thái An", 44), Attendee("Lê Gia Bảo", 62)]),
        (MEET_VI.encode("utf-8-sig"), [Attendee("Đặng Thái An", 44)]),
        (ZOOM.encode(), [Attendee("DANG THAI AN", 39)]),
        (ZOOM_UNIQUE.encode("utf-8-sig"), [Attendee("Đặng Thái An", 39)]),
        (TEAMS.encode("utf-16"), [Attendee("Đặng Thái An", 44)]),
        (MEET.replace(",", ";").encode(), [Attendee("Đặng Thái An", 44), Attendee("Lê Gia Bảo", 62)]),
    ],
    ids=["meet", "meet vi", "zoom", "zoom, one line a person", "teams", "semicolons"],
)
def test_each_kind_of_list_gives_names_and_minutes(data: bytes, expected: list[Attendee]) -> None:
    assert [replace(one, visits=()) for one in read(data)] == expected


@pytest.mark.parametrize(
    "data", [b"", b"a,b,c\n1,2,3", b"\xff\xfe\x00", b"\xc3\x28", b"Name,Email\nAn,a@b", FRENCH, b"x" * (MOST_BYTES + 1)]
)
def test_what_is_no_list_is_said_so(data: bytes) -> None:
    with pytest.raises(Unreadable):
        read(data)


def test_a_list_in_another_language_is_read_once_its_two_columns_are_called_as_the_page_says() -> None:
    assert read("Name,E-mail,Duration\nĐặng Thái An,an@school.vn,44 min\n".encode()) == [Attendee("Đặng Thái An", 44)]


def test_two_people_of_one_name_are_told_apart_by_their_addresses_and_waiting_is_no_presence() -> None:
    two = [Attendee("Nguyễn Văn Nam", 35, "nam1@school.vn"), Attendee("Nguyễn Văn Nam", 44, "nam2@school.vn")]
    found = read(NAMESAKES.encode())
    assert [replace(one, visits=()) for one in found] == [*two, Attendee("Lê Gia Bảo", 44)]
    assert match(found, {1: "Nguyễn Văn Nam", 2: "Lê Gia Bảo"}) == [(found[0], None), (found[1], None), (found[2], 2)]


ZOOM_TWO = """Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes),Guest
Đặng Thái An,,11/28/2026 11:50:00 AM,11/28/2026 12:20:00 PM,30,Yes
Đặng Thái An,,11/28/2026 12:10:00 PM,11/28/2026 12:30:00 PM,20,Yes
"""


@pytest.mark.parametrize("hours", range(24))
def test_times_of_another_zone_give_the_same_minutes(hours: int) -> None:
    """A list that was made on another continent's clock, be it over midnight there: two devices are one."""
    there = re.sub(
        r"11/28/2026 [\d:]+ [AP]M",
        lambda found: f"{datetime.strptime(found[0], ZOOM_CLOCK) + timedelta(hours=hours):{ZOOM_CLOCK}}",  # noqa: DTZ007
        ZOOM_TWO,
    )
    assert [replace(one, visits=()) for one in read(there.encode())] == [Attendee("Đặng Thái An", 40)]


ZOOM_CLOCK = "%m/%d/%Y %I:%M:%S %p"
TEAMS_TWO = (
    "1. Summary\r\nMeeting title\tToán 9A1\r\n\r\n2. Participants\r\n"
    "Name\tFirst Join\tLast Leave\tIn-Meeting Duration\tEmail\r\n"
    "Đặng Thái An\t11/28/26, 7:01:00 AM\t11/28/26, 7:45:00 AM\t1h 4m 0s\tan@school.vn\r\n\r\n"
    "3. In-Meeting Activities\r\nName\tJoin Time\tLeave Time\tDuration\tEmail\r\n"
    "Đặng Thái An\t11/28/26, 7:01:00 AM\t11/28/26, 7:31:00 AM\t30m 0s\tan@school.vn\r\n"
    "Đặng Thái An\t11/28/26, 7:11:00 AM\t11/28/26, 7:45:00 AM\t34m 0s\tan@school.vn\r\n"
)
TOTALS_TWO = "Name,Total duration (minutes)\nĐặng Thái An,30\nĐặng Thái An,20\n"
SUMS_TWO = """Họ và tên,Thời gian tham gia,Thời gian rời đi,Thời lượng
Đặng Thái An,7:00 SA,7:45 SA,25 phút
Đặng Thái An,7:00 SA,7:45 SA,20 phút
"""


@pytest.mark.parametrize(
    ("data", "minutes"),
    [
        (ZOOM_TWO.encode(), 30 + 10),
        (TEAMS_TWO.encode("utf-16"), 44),
        (TOTALS_TWO.encode(), 30),
        (SUMS_TWO.encode(), 25),
    ],
    ids=["zoom", "teams", "totals only", "times that sum up several visits"],
)
def test_who_came_with_two_devices_was_there_once(data: bytes, minutes: int) -> None:
    (found,) = read(data)
    assert found.minutes == minutes


@pytest.mark.parametrize("sign", ["(", "[", "([", " ", "1 "], ids=repr)
def test_a_cell_without_end_is_cut(sign: str) -> None:
    """It was looked through once for each of its brackets: minutes, for a file of 100 kB."""
    (found,) = read(f"Name,Duration\nAn {sign * (100_000 // len(sign))},44\n".encode())
    assert (found.name[:2], len(found.name) <= 120, found.minutes) == ("An", True, 44)


visits = st.lists(
    st.builds(lambda a, n: Visit(a, a + n), st.integers(0, 80_000), st.integers(0, 7_200)), max_size=MOST_VISITS
)
"""As a list may have them."""


@given(visits, visits, st.integers(0, 600))
def test_a_device_more_is_never_less_and_never_more_than_both(
    ones: list[Visit], others: list[Visit], most: int
) -> None:
    one, other = together([most], ones), together([0], others)
    both = together([most, 0], [*ones, *others])
    assert max(one, other) <= both <= one + other + 1


@given(visits)
def test_visits_go_through_a_form_unchanged(ones: list[Visit]) -> None:
    assert visits_of(Attendee("An", 1, visits=tuple(ones)).told) == ones


@pytest.mark.parametrize("text", ["x", "1", "-1-2", "5-4", "1-999999", "1-2-3", "٣-٤", " ".join(["1-2"] * 31)])
def test_what_are_no_visits(text: str) -> None:
    with pytest.raises(ValueError, match="no visit"):
        visits_of(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("11/28/2026 07:04:05 PM", 68_645), ("19:04", 68_640), ("7:04 CH", 68_640), ("12:00 AM", 0), ("12:30 SA", 1_800),
     ("2026-11-28 07:00:00", 25_200), ("28/11/26, 7:00", 25_200), ("25:00", None), ("x", None), ("", None)],
)  # fmt: skip
def test_the_time_of_day(text: str, seconds: int | None) -> None:
    assert seconds_of(text) == seconds


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_any_file_is_a_list_or_unreadable(data: bytes) -> None:
    try:
        found = read(data)
    except Unreadable:
        return
    assert all(one.name and one.minutes >= 0 for one in found)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("44 min", 44), ("1h 2m 40s", 63), ("1 giờ 5 phút", 65), ("0:45:31", 46), ("45", 45), ("30 giây", 0), ("90s", 2),
     ("", None), ("abc", None), ("7:45 AM", None), ("-5", None), ("12345", None), ("9" * 400 + " s", None),
     ("9" * 5_000 + "h", None)],
)  # fmt: skip
def test_lengths_of_time(text: str, minutes: int | None) -> None:
    assert minutes_of(text) == minutes


PUPILS = {1: "Đặng Thái An", 2: "Lê Gia Bảo", 3: "Trần Hoài An", 4: "Nguyễn Văn Nam", 5: "Nguyễn Văn Nam"}


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["dang thai an"], [1]), (["An Đặng Thái"], [1]), (["Đặng Thái An 9A1"], [1]), (["An"], [None]),
        (["Nguyễn Văn Nam"], [None]), (["Lê Gia Bảo", "LÊ GIA BẢO "], [None, None]),
        (["iPhone của Mẹ", "Lê Gia Bảo"], [None, 2]),
    ],
)  # fmt: skip
def test_a_name_is_matched_to_one_pupil_or_left_to_the_teacher(names: list[str], expected: list[int | None]) -> None:
    assert [who for _, who in match([Attendee(name, 1) for name in names], PUPILS)] == expected


@given(st.sampled_from(list(PUPILS.values())), st.randoms())
def test_the_order_of_words_and_their_marks_do_not_matter(name: str, chance: object) -> None:
    parts = name.split()
    chance.shuffle(parts)  # type: ignore[attr-defined]
    assert words_of(" ".join(parts).upper()) == words_of(name)
