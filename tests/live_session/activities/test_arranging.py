"""Ordering, matching, categorise, ranking: what is shown, what is right, how much of it."""

import re
from fractions import Fraction
from itertools import permutations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_session.activities import type_of
from live_session.activities.base import Bar
from live_session.activities.categorise import Categorise, Group, Groups
from live_session.activities.matching import Matching, Pair, Pairs
from live_session.activities.ordering import Ordering, Steps, longest_rise
from live_session.activities.ranking import Ranking, mean_place
from live_session.activities.shuffle import not_as, shuffled
from live_session.activities.sorting import Parts
from live_session.errors import InvalidValue
from tests.live_session.build import SAMPLES

TEXTS = st.lists(st.text(min_size=1, max_size=5), min_size=2, max_size=8, unique=True)
PLANETS = Steps(prompt="?", items=("Thuỷ", "Kim", "Đất", "Hoả", "Mộc"))
ORDERING, MATCHING, CATEGORISE, RANKING = Ordering(), Matching(), Categorise(), Ranking()
CAPITALS = Pairs(
    prompt="?",
    pairs=(Pair("Việt Nam", "Hà Nội"), Pair("Lào", "Viêng Chăn"), Pair("Đông Dương xưa", "Hà Nội")),
    others=("Huế",),
)
LIVING = Groups(prompt="?", groups=(Group("Động vật", ("gà", "cá")), Group("Thực vật", ("lúa", "rêu", "tảo"))))


# --- the order shown ------------------------------------------------------------------------------------------------


@given(texts=TEXTS, seed=st.randoms(use_true_random=False))
def test_the_order_shown_does_not_depend_on_the_order_written(texts: list[str], seed: st.DataObject) -> None:
    other = list(texts)
    seed.shuffle(other)  # type: ignore[attr-defined]
    assert shuffled(texts) == shuffled(other)
    assert sorted(shuffled(texts)) == sorted(texts)


@pytest.mark.parametrize("kind", ["ordering", "ranking", "poll", "cluster"])
def test_parts_are_named_as_they_are_shown(kind: str) -> None:
    type_ = type_of(kind)
    content = type_.parse(msgspec.json.encode({"prompt": "?", **SAMPLES[kind].content}))
    named = type_.named_parts(content)
    assert set(named.values()) <= {text for _, text in type_.texts(content)}
    assert len(named) >= 2
    told = type_.tally(content, [])
    assert {bar.option.partition(":")[0] for bar in told} == set(named)


@pytest.mark.parametrize("kind", ["matching", "categorise", "rubric"])
def test_rows_with_their_columns_are_named_as_they_are_counted(kind: str) -> None:
    type_ = type_of(kind)
    content = type_.parse(msgspec.json.encode({"prompt": "?", **SAMPLES[kind].content}))
    named = type_.named_parts(content)
    assert {bar.option for bar in type_.tally(content, [])} == set(named)
    assert all(len(re.split(" – |: ", text)) == 2 for text in named.values())


def test_the_right_order_reads_as_it_was_written() -> None:
    named = ORDERING.named_parts(PLANETS)
    assert tuple(named[letter] for letter in PLANETS.right) == PLANETS.items


@given(texts=TEXTS)
def test_the_order_shown_is_never_the_right_one(texts: list[str]) -> None:
    assert not_as(texts) != tuple(texts)
    assert not_as(texts) in (shuffled(texts), shuffled(texts)[::-1])


# --- ordering -------------------------------------------------------------------------------------------------------


def brute_rise(numbers: tuple[int, ...]) -> int:
    picks = (tuple(n for bit, n in enumerate(numbers) if mask >> bit & 1) for mask in range(1 << len(numbers)))
    return max(len(p) for p in picks if list(p) == sorted(set(p)))


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
def test_the_longest_rise_is_the_longest(count: int) -> None:
    assert all(longest_rise(order) == brute_rise(order) for order in permutations(range(count)))


def moved(right: tuple[str, ...], origin: int, to: int) -> list[str]:
    order = list(right)
    order.insert(to, order.pop(origin))
    return order


def test_one_part_out_of_its_place_costs_one_step_wherever_it_went() -> None:
    right = PLANETS.right
    assert ORDERING.share(PLANETS, list(right)) == 1
    for origin in range(5):
        for to in range(5):
            assert ORDERING.share(PLANETS, moved(right, origin, to)) == (1 if origin == to else Fraction(3, 4))
    assert ORDERING.share(PLANETS, list(right[::-1])) == 0


def test_the_key_names_letters_as_they_are_shown() -> None:
    key = ORDERING.key(PLANETS)
    assert key is not None
    assert [PLANETS.shown[PLANETS.letters.index(letter)] for letter in PLANETS.right] == list(PLANETS.items)
    assert key.texts == (" → ".join(PLANETS.right),)


@pytest.mark.parametrize("value", [["A", "B"], ["A", "B", "C", "D", "D"], ["A", "B", "C", "D", "F"], "ABCDE", {"A": 1}])
def test_an_order_names_every_part_once(value: object) -> None:
    with pytest.raises(InvalidValue):
        ORDERING.check(PLANETS, value)


def test_orders_are_counted_by_part_and_place() -> None:
    three = Parts(prompt="?", items=("a", "b", "c"))
    bars = RANKING.tally(three, [["A", "B", "C"], ["A", "C", "B"], None])
    assert [b for b in bars if b.count] == [
        Bar("A:1", 2, "1"), Bar("B:2", 1, "2"), Bar("B:3", 1, "3"), Bar("C:2", 1, "2"), Bar("C:3", 1, "3"),
    ]  # fmt: skip
    assert len(bars) == 9
    assert RANKING.share(three, ["A", "B", "C"]) is None
    assert RANKING.key(three) is None


# --- pairs ----------------------------------------------------------------------------------------------------------


def test_rows_with_the_same_partner_share_one_column() -> None:
    assert sorted(CAPITALS.columns.values()) == sorted(["Hà Nội", "Viêng Chăn", "Huế"])
    right = CAPITALS.right
    assert right["1"] == right["3"] != right["2"]
    assert MATCHING.share(CAPITALS, dict(right)) == 1


def test_every_row_counts_the_same_and_a_missing_one_like_a_wrong_one() -> None:
    right = dict(CAPITALS.right)
    assert MATCHING.share(CAPITALS, {"2": right["2"]}) == Fraction(1, 3)
    assert MATCHING.share(CAPITALS, {**right, "2": right["1"]}) == Fraction(2, 3)
    assert MATCHING.share(CAPITALS, {"2": right["1"]}) == 0


def test_each_thing_has_its_group() -> None:
    groups = {"A": {"gà", "cá"}, "B": {"lúa", "rêu", "tảo"}}
    assert {row: letter for row, letter in LIVING.right.items() if LIVING.rows[row] in groups[letter]} == LIVING.right
    assert CATEGORISE.share(LIVING, dict(LIVING.right)) == 1
    assert CATEGORISE.share(LIVING, dict.fromkeys(LIVING.rows, "B")) == Fraction(3, 5)


@pytest.mark.parametrize("value", [{}, {"9": "A"}, {"1": "Z"}, {"1": ["A"]}, ["A"], "A"])
def test_an_answer_gives_rows_a_column(value: object) -> None:
    with pytest.raises(InvalidValue):
        CATEGORISE.check(LIVING, value)


def test_an_answer_is_kept_in_the_order_of_the_rows() -> None:
    assert list(CATEGORISE.check(LIVING, {"3": "A", "1": "B"})) == ["1", "3"]


# --- a ranking's order ------------------------------------------------------------------------------------------------


def rows(*values: list[str]) -> list[str]:
    told = RANKING.tally(Parts(prompt="?", items=("mot", "hai", "ba")), values)
    assert all(bar.option == f"{told[n - n % 3].option[0]}:{n % 3 + 1}" for n, bar in enumerate(told))
    return [bar.option[0] for bar in told[::3]]


def test_a_ranking_stands_in_the_order_that_the_class_gave_it() -> None:
    assert rows(["C", "B", "A"], ["C", "A", "B"], ["B", "C", "A"]) == ["C", "B", "A"]
    assert rows(["A", "B", "C"], ["B", "A", "C"]) == ["A", "B", "C"], "equal ones by their letters"
    assert rows() == ["A", "B", "C"]
    assert rows(["B", "A", "C"], None) == ["B", "A", "C"]  # type: ignore[arg-type]


@given(st.lists(st.permutations("ABC"), max_size=30))
def test_the_order_of_a_ranking_is_that_of_the_mean_places(values: list[list[str]]) -> None:
    told = RANKING.tally(Parts(prompt="?", items=("mot", "hai", "ba")), values)
    means = [mean_place(told[start : start + 3]) for start in (0, 3, 6)]
    assert sum(bar.count for bar in told) == 3 * len(values)
    if values:
        assert means == sorted(means, key=lambda mean: mean or 0)
        assert sum(mean or 0 for mean in means) == pytest.approx(6)
    else:
        assert means == [None, None, None]
