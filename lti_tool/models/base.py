"""What all tables share. Times are whole milliseconds since 1970-01-01 UTC, as in the log; days are dates."""

import secrets
from typing import Any

from sqlalchemy import BigInteger, Dialect, Integer, MetaData, String, TypeDecorator
from sqlalchemy.orm import DeclarativeBase

from live_session.store.tables import NAMING

Id = BigInteger().with_variant(Integer, "sqlite")
"""Primary keys: SQLite counts by itself only in a column of type INTEGER."""

Moment = BigInteger
"""Milliseconds since 1970-01-01 UTC."""


class Word(TypeDecorator[Any]):
    """A `StrEnum` stored as its word, checked on the way in and out."""

    impl = String(32)
    cache_ok = True

    def __init__(self, enum: type[Any]) -> None:
        super().__init__()
        self.enum = enum

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else self.enum(value).value

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return None if value is None else self.enum(value)


class Model(DeclarativeBase):
    """Base of the tool's tables. Constraint names are the same on every database, so that migrations can name them."""

    metadata = MetaData(naming_convention=NAMING)


def new_uid() -> str:
    """A random id for addresses and logs: 80 bits, lower case. An id, not a secret."""
    return secrets.token_hex(10)
