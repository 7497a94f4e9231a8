"""The demo LMS: a small but honest LTI 1.3 Advantage platform with an invented school.

It is written apart from the tool (no PyLTI1p3, nothing of `lti_tool`), so that a test signed by it proves something.
"""

from .app import create_app
from .settings import LmsSettings, SettingsFault, ToolSettings, read_tool_file

__all__ = ["LmsSettings", "SettingsFault", "ToolSettings", "create_app", "read_tool_file"]
