"""The quality of questions in words: rapid guesses with their bound and n, and silence below the least n."""

from msgspec.structs import replace

from analytics.items import Concern, Flag, ItemReport, Reply, Trait, analyse
from lti_tool.pages import quality
from tests.lti_tool.tool import Tool


def report(timed: int) -> ItemReport:
    """Two of so many timed answers were given at once."""
    replies = [Reply(f"p{n}", "x", 1, (), 1.5 if n < 2 else 60) for n in range(timed)]
    return analyse(replies, {"x": Trait()})["x"]


def test_rapid_guesses_are_told_with_their_bound_and_n(tool: Tool) -> None:
    with tool.inside():
        assert quality.rapid(report(12)) == "2/12 bài nhanh dưới 6,0 giây, chắc chưa kịp đọc"


def test_nothing_is_told_of_few_of_none_and_of_what_was_analysed_without_a_bound(tool: Tool) -> None:
    with tool.inside():
        for one in (report(9), replace(report(12), rapid=0), replace(report(12), rapid_bound=None)):
            assert quality.rapid(one) == ""


def test_times_are_told_in_whole_seconds_and_differences_are_not(tool: Tool) -> None:
    flags = (Flag(Concern.SLOW, 6.67, 3.63, 41), Flag(Concern.DRIFT, -0.81, 0.5, 110))
    with tool.inside():
        slow, drift = quality.flags(replace(report(12), flags=flags))
        assert "thường 7 giây, quá mức 4 giây (41 bài)" in slow
        assert "lệch 0,81, quá mức 0,50" in drift
