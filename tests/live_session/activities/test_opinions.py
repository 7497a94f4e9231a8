"""Poll, rating, exit ticket, hotspot: what is an answer, and how it is counted."""

import msgspec
import pytest

from live_session.activities.base import Bar, Image
from live_session.activities.exit_ticket import ExitTicket, Ticket
from live_session.activities.hotspot import CELLS, Hotspot, Spot
from live_session.activities.poll import Ballot, Poll
from live_session.activities.rating import Rating, Scale
from live_session.errors import InvalidContent, InvalidValue, Problem
from live_session.model import Json

POLL, RATING, EXIT, HOTSPOT = Poll(), Rating(), ExitTicket(), Hotspot()
ONE, MANY = Ballot(prompt="?", choices=("a", "b", "c")), Ballot(prompt="?", choices=("a", "b", "c"), many=True)


def test_a_poll_takes_one_or_several() -> None:
    assert POLL.check(ONE, "C") == "C"
    assert POLL.check(MANY, ["C", "A"]) == ["A", "C"]
    assert POLL.tally(MANY, [["A", "C"], ["C"]]) == (Bar("A", 1), Bar("B", 0), Bar("C", 2))


@pytest.mark.parametrize(("content", "value"), [(ONE, ["A"]), (ONE, "D"), (MANY, "A"), (MANY, []), (MANY, ["A", "A"])])
def test_a_poll_takes_nothing_else(content: Ballot, value: Json) -> None:
    with pytest.raises(InvalidValue):
        POLL.check(content, value)


def test_a_scale_shows_every_step() -> None:
    bars = RATING.tally(Scale(prompt="?", steps=3), ["3", "1", "3"])
    assert bars == (Bar("1", 1, "1"), Bar("2", 0, "2"), Bar("3", 2, "3"))
    told = RATING.tally(Scale(prompt="?", steps=3, low="rất khó", high=" "), ["1"])
    assert told == (Bar("1", 1, "1 · rất khó"), Bar("2", 0, "2"), Bar("3", 0, "3"))
    for value in ("0", "4", 3, "03", None):
        with pytest.raises(InvalidValue):
            RATING.check(Scale(prompt="?", steps=3), value)


def test_a_ticket_may_be_filled_in_by_half() -> None:
    ticket = Ticket(prompt="?")
    assert EXIT.check(ticket, {"unclear": " vì  sao? ", "level": "2"}) == {"level": "2", "unclear": "vì sao?"}
    assert [b.count for b in EXIT.tally(ticket, [{"level": "2"}, {"unclear": "x"}, None])] == [0, 1, 0, 0]
    for value in ({}, {"level": "5"}, {"learned": ""}, {"learned": "x" * 501}, {"mark": "10"}, "2"):
        with pytest.raises(InvalidValue):
            EXIT.check(ticket, value)


def test_any_right_cell_is_right() -> None:
    spot = Spot(prompt="?", key=("B2", "C2"))
    assert [HOTSPOT.share(spot, cell) for cell in ("B2", "C2", "A1")] == [1, 1, 0]
    assert tuple(bar.option for bar in HOTSPOT.tally(spot, [])) == CELLS
    assert len(set(CELLS)) == 24


def test_a_cell_is_right_once() -> None:
    spot = Spot(prompt="?", image=Image("picture-1"), key=("B2", "C2"))
    HOTSPOT.validate(spot)
    with pytest.raises(InvalidContent) as caught:
        HOTSPOT.validate(msgspec.structs.replace(spot, key=("C2", "C2")))
    assert caught.value.problems == (Problem("key", "twice"),)
