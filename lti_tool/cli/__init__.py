"""The console script `giotay`."""

from lti_tool.cli.commands import main

__all__ = ["main"]
