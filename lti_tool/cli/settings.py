"""The settings for a command, or lines that say what is wrong with them."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import click
from sqlalchemy.exc import SQLAlchemyError

from live_session.errors import StoreError
from lti_tool.config import Settings, SettingsError, load

R = TypeVar("R")


def settings_or_exit() -> Settings:
    """The settings, or lines that say what is wrong with them."""
    try:
        return load()
    except SettingsError as error:
        raise _unusable(error) from error


def _unusable(error: SettingsError) -> click.ClickException:
    return click.ClickException(f"settings cannot be used:\n{error}")


def with_settings(command: Callable[..., R]) -> Callable[..., R]:
    """Give a command the settings; say in lines what is wrong with them."""

    @wraps(command)
    def given(*args: Any, **kwargs: Any) -> R:
        try:
            return command(settings_or_exit(), *args, **kwargs)
        except SettingsError as error:  # what a setting is wrong for shows only in the command
            raise _unusable(error) from error
        except (SQLAlchemyError, StoreError) as error:
            raise click.ClickException(f"the database: {getattr(error, 'orig', error)}") from error

    return given
