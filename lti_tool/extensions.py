"""Flask extensions, made once and bound to an application by the factory."""

from typing import TypeVar

from flask_babel import Babel
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from lti_tool.models.base import Model

db = SQLAlchemy(metadata=Model.metadata)
babel = Babel()  # type: ignore[no-untyped-call]
Key = TypeVar("Key", int, str)


def hold(key: InstrumentedAttribute[Key], id_: Key) -> None:
    """Until the transaction ends nobody else holds this row: two windows that write below it come one after the other.
    What only refers to it is written meanwhile (PostgreSQL's `FOR NO KEY UPDATE`); SQLite has one writer anyway."""
    db.session.execute(select(key).where(key == id_).with_for_update(key_share=True))


def let_go() -> None:
    """Keep what was done so far and hold nothing: what comes next takes its time. On SQLite a request that may write
    holds the one lock, and no pupil's answer may wait for a picture to be decoded."""
    db.session.commit()
