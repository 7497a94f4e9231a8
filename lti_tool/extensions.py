"""Flask extensions, made once and bound to an application by the factory."""

from flask_babel import Babel
from flask_sqlalchemy import SQLAlchemy

from lti_tool.models.base import Model

db = SQLAlchemy(metadata=Model.metadata)
babel = Babel()  # type: ignore[no-untyped-call]
