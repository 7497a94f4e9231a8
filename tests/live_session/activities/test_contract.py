"""What every activity type promises. It runs on every type that is installed, ours or not."""

from contextlib import suppress
from fractions import Fraction

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_session.activities import content_of, text_of_content, type_of, types
from live_session.activities.base import MAX_TEXT, AnyType, Bar, Content, Image
from live_session.commands import Admit, Next, Reveal, Shut, Submit
from live_session.errors import Code, InvalidContent, InvalidValue, Problem, Refusal
from live_session.model import Json, Screen, Shown, Terms
from live_session.projection import view
from tests.live_session.build import NOW, SAMPLES, TEACHER, activity, content_text, pupil, started, with_other_key
from tests.live_session.strategies import ANY_JSON, HOSTILE, NEAR

KINDS = sorted(types())


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    kind: str = request.param
    return kind


@pytest.fixture
def type_(kind: str) -> AnyType:
    return type_of(kind)


@pytest.fixture
def content(kind: str, type_: AnyType) -> Content:
    parsed: Content = type_.parse(content_text(kind))
    return parsed


def marks(value: Json) -> int:
    """How many marks an answer leaves in a distribution."""
    if value is None:
        return 0
    return len(value) if isinstance(value, list | dict) else 1


def problems_of(type_: AnyType, content: Content) -> tuple[Problem, ...]:
    with pytest.raises(InvalidContent) as caught:
        type_.validate(content)
    return caught.value.problems


# --- content --------------------------------------------------------------------------------------------------------


def test_every_installed_type_has_a_sample_and_is_found_by_its_kind() -> None:
    assert set(SAMPLES) == set(KINDS)
    assert all(type_of(kind).kind == kind for kind in KINDS)


def test_a_kind_says_whether_it_has_a_key(type_: AnyType, content: Content) -> None:
    assert type_.has_key is (type_.key(content) is not None)


def test_content_survives_being_stored(type_: AnyType, content: Content) -> None:
    text = text_of_content(content)
    assert type_.parse(text) == content
    assert text_of_content(type_.parse(text)) == text


def test_a_well_formed_activity_is_valid(type_: AnyType, content: Content) -> None:
    type_.validate(content)


@pytest.mark.parametrize(
    "text", ["", "null", "[]", "{", '{"prompt": 7}', '"x"', b"\xff", '{"prompt": "x", "image": 3}']
)
def test_content_of_another_shape_is_refused(type_: AnyType, text: str | bytes) -> None:
    with pytest.raises(InvalidContent):
        type_.parse(text)


@given(value=ANY_JSON.map(msgspec.json.encode))
@pytest.mark.parametrize("kind", KINDS)
def test_parsing_any_json_gives_content_or_says_malformed(kind: str, value: bytes) -> None:
    parsed = None
    with suppress(InvalidContent):
        parsed = type_of(kind).parse(value)
    assert parsed is None or isinstance(parsed, Content)


def test_content_of_another_shape_is_malformed(type_: AnyType) -> None:
    with pytest.raises(InvalidContent) as caught:
        type_.parse('{"prompt": 7}')
    assert caught.value.problems == (Problem("", "malformed"),)


@pytest.mark.parametrize("prompt", ["", " \n\t", "\u00a0"])
def test_a_question_needs_words_or_a_picture(type_: AnyType, content: Content, prompt: str) -> None:
    blank = msgspec.structs.replace(content, prompt=prompt, image=None)
    assert Problem("prompt", "empty") in problems_of(type_, blank)
    type_.validate(msgspec.structs.replace(blank, image=Image("picture-1")))


@pytest.mark.parametrize("field", ["prompt", "explanation"])
def test_long_texts_are_named(type_: AnyType, content: Content, field: str) -> None:
    type_.validate(msgspec.structs.replace(content, **{field: "x" * MAX_TEXT}))
    longer = msgspec.structs.replace(content, **{field: "x" * (MAX_TEXT + 1)})
    assert problems_of(type_, longer) == (Problem(field, "too_long"),)


# --- answers --------------------------------------------------------------------------------------------------------


def test_sample_answers_are_answers(kind: str, type_: AnyType, content: Content) -> None:
    assert all(type_.check(content, value) is not None for value in SAMPLES[kind].values)


@pytest.mark.parametrize("value", HOSTILE, ids=lambda v: repr(v)[:30])
def test_hostile_values_are_refused_or_harmless(type_: AnyType, content: Content, value: Json) -> None:
    try:
        checked = type_.check(content, value)
    except InvalidValue:
        return
    assert len(msgspec.json.encode(checked)) < 20_000
    assert type_.check(content, checked) == checked


@given(value=ANY_JSON | NEAR)
@pytest.mark.parametrize("kind", KINDS)
def test_check_is_idempotent_and_refuses_by_invalid_value_alone(kind: str, value: Json) -> None:
    type_ = type_of(kind)
    content = type_.parse(content_text(kind))
    try:
        checked = type_.check(content, value)
    except InvalidValue:
        return
    assert type_.check(content, checked) == checked
    assert msgspec.json.decode(msgspec.json.encode(checked)) == checked, "the log gives back what was checked"
    share = type_.share(content, checked)
    assert share is None or (isinstance(share, Fraction) and 0 <= share <= 1)


@given(data=st.data())
@pytest.mark.parametrize("kind", KINDS)
def test_a_distribution_counts_every_answer_once(kind: str, data: st.DataObject) -> None:
    type_ = type_of(kind)
    content = type_.parse(content_text(kind))
    numbers = st.integers(-50, 50).map(str)
    samples = st.sampled_from(SAMPLES[kind].values)
    drawn = data.draw(st.lists(samples | numbers if kind in ("short", "number") else samples, max_size=60))
    values = [type_.check(content, value) for value in drawn]
    bars = type_.tally(content, values)
    expected = sum(map(SAMPLES[kind].marks or marks, values)) if type_.has_tally else 0
    assert sum(bar.count for bar in bars) == expected
    assert type_.tally(content, list(reversed(values))) == bars, "the order of coming never shows"


def test_erased_answers_count_nothing_and_have_no_share(kind: str, type_: AnyType, content: Content) -> None:
    values = [type_.check(content, value) for value in SAMPLES[kind].values]
    with_gaps = [None, *values, None]
    assert type_.tally(content, with_gaps) == type_.tally(content, values)
    assert type_.share(content, None) is None


def test_a_distribution_without_answers_is_still_one(type_: AnyType, content: Content) -> None:
    assert all(isinstance(bar, Bar) and bar.count == 0 for bar in type_.tally(content, []))


SCORED = {
    "single", "multiple", "true_false", "cluster", "short", "number", "fill", "ordering", "matching", "categorise",
    "hotspot", "group",
}  # fmt: skip


def test_the_own_kinds_that_can_be_right_are_these() -> None:
    assert {kind for kind in SAMPLES if type_of(kind).has_key} == SCORED


def test_a_kind_that_can_be_right_counts_answers_where_the_teacher_says_so(kind: str, type_: AnyType) -> None:
    if not type_.has_key:
        return
    asked = msgspec.structs.replace(activity(kind), terms=Terms(attempts=2))
    book = started([asked]).seat("p1").do(Next())
    one, other = (type_.check(content_of(asked), value) for value in SAMPLES[kind].values[:2])
    answers = [book.ask(Submit(asked.id, 1, value, NOW), pupil("p1")) for value in (one, other, other, one)]
    assert [isinstance(came, Refusal) for came in answers] == [False, False, False, True]
    assert answers[-1] == Refusal(Code.NO_ATTEMPTS)


# --- the key --------------------------------------------------------------------------------------------------------


def test_the_right_answer_is_right(kind: str, type_: AnyType, content: Content) -> None:
    if (right := SAMPLES[kind].right) is None:
        assert type_.key(content) is None
    else:
        assert type_.key(content) is not None
        assert type_.share(content, type_.check(content, right)) == 1


def test_a_key_may_come_afterwards(kind: str, type_: AnyType, content: Content) -> None:
    if (key := SAMPLES[kind].key) is None:
        with pytest.raises(InvalidValue):
            type_.with_key(content, "A")
        return
    keyed = type_.with_key(content, key)
    assert type_.share(keyed, type_.check(keyed, key)) == 1
    assert type_.with_key(keyed, key) == keyed
    if right := SAMPLES[kind].right:
        assert type_.share(keyed, type_.check(keyed, right)) != 1


@given(key=ANY_JSON | NEAR)
@pytest.mark.parametrize("kind", KINDS)
def test_a_key_is_set_or_refused_by_invalid_value_alone(kind: str, key: Json) -> None:
    type_ = type_of(kind)
    content = type_.parse(content_text(kind))
    try:
        keyed = type_.with_key(content, key)
    except InvalidValue:
        return
    assert type_.parse(text_of_content(keyed)) == keyed
    assert type_.key(keyed) is not None


@pytest.mark.parametrize("screen", [Screen.PHONE, Screen.PROJECTOR])
def test_what_a_class_sees_does_not_depend_on_the_key_before_the_reveal(kind: str, screen: Screen) -> None:
    """Two lessons that differ in nothing but the key look the same, byte by byte, until it is shown."""
    asked = activity(kind)
    books = [started([deck]).seat("p1") for deck in (asked, with_other_key(asked))]
    answer = Submit(asked.id, 1, SAMPLES[kind].values[0], NOW, post="one")
    show_key = Reveal(asked.id, Shown.KEY)
    for step in (Admit(True), Next(), answer, Shut(asked.id), Reveal(asked.id, Shown.DISTRIBUTION), show_key):
        for book in books:
            book.ask(step, pupil("p1") if step is answer else TEACHER)
        one, other = (msgspec.json.encode(view(book.state, screen)) for book in books)
        if step is show_key and SAMPLES[kind].right is not None:
            assert one != other, "a test that cannot fail is none"
        else:
            assert one == other
            assert not any(secret.encode() in one for secret in (*SAMPLES[kind].secrets, asked.content))
    assert books[0].state.responses or books[0].state.walls, "it was answered"


def test_parsed_content_is_shared_between_answers(kind: str) -> None:
    assert content_of(activity(kind)) is content_of(activity(kind))
