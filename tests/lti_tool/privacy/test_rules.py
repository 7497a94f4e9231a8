"""Every table of the database has a rule, and the rule says the truth about it."""

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, inspect

from live_session.store.engine import open_engine
from lti_tool.models import Model
from lti_tool.privacy import person as personal
from lti_tool.privacy.rules import RULES, Names, OnErase, Rule

PERSONAL = re.compile(
    r"(^|_)(person|participant|participants|uid|sub|who|author|actor|subject|owner|pupil|teacher|user|email|phone|"
    r"name|given_name|family_name|address|birth\w*)(_id)?$|_by$"
)
"""How a column is called that may hold a person."""

NOT_PERSONS = {
    "course.subject": "Toán",
    "class_parity.subject": "Toán",
    "class_week.subject": "Toán",
    "exemption.subject": "Toán",
    "grant.granted_by": 'who ran the command: "operator"',
    "grant.subject": "Toán",
    "lesson.copied_from_uid": "of a lesson",
    "lesson.uid": "of a lesson",
    "lesson_activity.uid": "of an activity",
    "lesson_count.subject": "Toán",
    "mastery_alias.subject": "Toán",
    "mastery_answer.subject": "Toán",
    "mastery_difficulty.name": "of an item or an objective",
    "mastery_difficulty.subject": "Toán",
    "mastery_estimate.subject": "Toán",
    "mastery_head.subject": "Toán",
    "mastery_model.subject": "Toán",
    "mastery_point.subject": "Toán",
    "mastery_run.subject": "Toán",
    "mastery_seen.subject": "Toán",
    "mastery_underway.subject": "Toán",
    "objective_key.subject": "Toán",
    "period_entry.subject": "Toán",
    "recording.uid": "of a recording",
    "registration.name": "of an LMS",
    "school_class.name": "9A1",
    "snapshot.made_by": "the release that folded it",
}
"""Columns that are only called so, and what they hold."""


@pytest.fixture(scope="module")
def engine(template: object) -> Iterator[Engine]:
    opened = open_engine(f"sqlite:///{template}")
    yield opened
    opened.dispose()


def columns(engine: Engine) -> dict[str, set[str]]:
    found = inspect(engine)
    return {name: {column["name"] for column in found.get_columns(name)} for name in found.get_table_names()}


def named(rule: Rule) -> set[str]:
    """The columns in which a rule says that a person stands."""
    return {part for text in (rule.column, rule.also) for part in text.split(", ") if part}


def test_every_table_has_a_rule_and_every_rule_a_table(engine: Engine) -> None:
    assert set(columns(engine)) == set(RULES)


@pytest.mark.parametrize("table", RULES)
def test_the_columns_of_a_rule_are_there(engine: Engine, table: str) -> None:
    assert named(RULES[table]) <= columns(engine)[table]


def test_every_reference_to_a_person_stands_in_a_rule(engine: Engine) -> None:
    found = inspect(engine)
    referring = {
        (table, column)
        for table in found.get_table_names()
        for key in found.get_foreign_keys(table)
        if key["referred_table"] == "person"
        for column in key["constrained_columns"]
    }
    assert len(referring) > 10
    assert {(table, column) for table, column in referring if column not in named(RULES[table])} == set()


def test_every_column_that_is_called_like_a_person_stands_in_a_rule(engine: Engine) -> None:
    """`person` itself is one: all of its columns go with its row."""
    suspects = {
        f"{table}.{column}"
        for table, names in columns(engine).items()
        if table != "person"
        for column in names
        if PERSONAL.search(column) and column not in named(RULES[table])
    }
    assert suspects == set(NOT_PERSONS)


def test_a_new_column_that_names_a_person_would_be_found() -> None:
    """The net has no hole for the names that such columns bear."""
    for name in (
        "person_id",
        "started_by",
        "author_id",
        "actor_id",
        "participant",
        "uid",
        "sub",
        "email",
        "given_name",
    ):
        assert PERSONAL.search(name), name
    for name in ("run_id", "seq", "context_id", "value", "started_at", "room_key"):
        assert not PERSONAL.search(name), name


@pytest.mark.parametrize(("table", "rule"), RULES.items())
def test_a_rule_agrees_with_itself(table: str, rule: Rule) -> None:
    assert rule.keep
    if rule.names is Names.NOBODY:
        assert not named(rule)
        assert rule.on_erase is OnErase.NOTHING
        assert not rule.is_exported
    else:
        assert rule.is_exported, "who is named may have a copy"
    if rule.names is Names.PERSON:
        assert rule.column
        assert rule.on_erase is not OnErase.NOTHING


def test_the_code_does_what_the_rules_say() -> None:
    """A rule is what people are told; `person.py` is what happens."""
    by_rule = {
        (table, rule.column)
        for table, rule in RULES.items()
        if rule.names is Names.PERSON and table not in ("person", "access_entry")
    }
    assert {(model.__tablename__, column) for model, column in personal.OWNED} == by_rule
    assert {model.__tablename__ for model in personal.UNNAMED} == {
        table
        for table, rule in RULES.items()
        if (rule.names, rule.on_erase) == (Names.PERSON, OnErase.UNNAME) and table != "access_entry"
    }


def test_erasing_a_person_takes_their_id_out_wherever_the_row_stays(engine: Engine) -> None:
    """The database itself does it: what is deleted with the person, and what forgets them."""
    for mapper in Model.registry.mappers:
        table = mapper.local_table
        for key in table.foreign_key_constraints:  # type: ignore[attr-defined]
            if key.referred_table.name == "person":
                rule = RULES[table.name]  # type: ignore[attr-defined]
                column = key.column_keys[0]
                goes = rule.on_erase is OnErase.DELETE and column in rule.column.split(", ")
                assert key.ondelete == ("CASCADE" if goes else "SET NULL"), f"{table}.{column}"
