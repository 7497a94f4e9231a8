"""What hundreds of applications and engines in one process may share, because it says nothing of any of them: the code
of routes and templates, and the text of statements. Outside there is one application a process, which keeps it itself.
"""

from collections.abc import Callable, Iterable
from typing import Any

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Engine
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule
from werkzeug.routing.rules import RulePart


class Templates(BytecodeCache):
    """Templates as Jinja compiled them. A bucket's key is made from the template's name, and its text is compared."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key] = bucket.bytecode_to_string()


class Statements(LRUCache[Any, Any]):
    """Compiled statements by the kind of dialect instead of the dialect: those of two engines write the same SQL."""

    def __getitem__(self, key: Any) -> Any:
        return super().__getitem__(by_kind(key))

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(by_kind(key), default)

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(by_kind(key), value)


def by_kind(key: Any) -> Any:
    dialect, *rest = key
    return (type(dialect), dialect.server_version_info, *rest)


TEMPLATES = Templates()
STATEMENTS = Statements(3_000)


def share_statements() -> None:
    """Every engine takes its compiled statements from one place."""
    Engine._compiled_cache = property(lambda _: STATEMENTS, lambda _, own: None)  # type: ignore[assignment]


def share_routes() -> None:
    """Werkzeug takes every address of an application apart, and writes and compiles two functions for it: what came of
    an address that was seen before is taken again."""
    write, kept = Rule._compile_builder, {}
    parse, parsed = Rule._parse_rule, {}

    def builder(self: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        if self.defaults:
            return write(self, append_unknown)
        key = (tuple(self._trace), append_unknown)
        if key not in kept:
            kept[key] = write(self, append_unknown)
        return kept[key]

    def parts(self: Rule, rule: str) -> Iterable[RulePart]:
        key = (rule, *self.map.converters.values())
        if key not in parsed:
            trace, converters = len(self._trace), dict(self._converters)
            found = tuple(parse(self, rule))
            new = {name: one for name, one in self._converters.items() if name not in converters}
            parsed[key] = found, tuple(self._trace[trace:]), new
            return found
        found, said, new = parsed[key]
        self._trace.extend(said)
        self._converters.update(new)
        self.arguments.update(new)
        return found

    Rule._compile_builder = builder  # type: ignore[method-assign]
    Rule._parse_rule = parts  # type: ignore[method-assign]
