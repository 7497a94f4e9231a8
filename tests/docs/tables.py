"""Tables of the reference that are made from the code: `make docs` writes them, a test compares them.

A table stands in its page between `<!-- made from the code: NAME -->` and `<!-- end -->`.
"""

import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import click
from werkzeug.routing import Rule

from lti_tool.access import Need, need_of
from lti_tool.app import create_app
from lti_tool.cli import main as giotay
from lti_tool.config import Settings, describe
from lti_tool.privacy.rules import RULES, OnErase

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"

WHO = {
    Need.NOTHING: "anybody",
    Need.VISIT: "a launch",
    Need.LEARN: "a pupil",
    Need.TEACH: "a teacher",
    Need.REVIEW: "a head of department",
    Need.OBSERVE: "an observer, a head of department",
    Need.OWN: "a pupil whom the LMS named",
    Need.WORK: "a pupil the LMS vouched for, or who holds the own slip",
    Need.HOMEROOM: "a homeroom teacher",
    Need.EXCUSE: "a teacher, a homeroom teacher",
    Need.GOVERN: "an administrator, a head of department",
    Need.ADMINISTER: "an administrator",
}
ERASED = {OnErase.NOTHING: "stays", OnErase.DELETE: "deleted", OnErase.UNNAME: "stays, unnamed"}


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table."""
    lines = [list(head), *(list(row) for row in rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def sentence(text: str | None) -> str:
    """The first sentence of a docstring, on one line."""
    return re.split(r"(?<=[.:;]) ", " ".join((text or "").split()))[0].rstrip(".:;")


# --- the tables -----------------------------------------------------------------------------------------------------


def settings() -> str:
    """Every setting, as `giotay serve --help` lists them."""
    found = re.findall(r"^  (GIOTAY_\w+)\n      (.+?)(?: \[(.*)\])?$", describe(), re.MULTILINE)
    return table(("variable", "meaning", "default"), ((f"`{n}`", doc, f"`{d}`" if d else "") for n, doc, d in found))


def commands() -> str:
    """Every command of `giotay`, with its arguments and options."""
    return table(("command", "what it does"), ((f"`{name}`", what) for name, what in _commands(giotay, "giotay")))


def _commands(group: click.Group, path: str) -> Iterator[tuple[str, str]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command
        if isinstance(command, click.Group):
            yield from _commands(command, f"{path} {name}")
        else:
            yield " ".join((path, name, *_parameters(command))), " ".join((command.help or "").split())


def _parameters(command: click.Command) -> Iterator[str]:
    for one in command.params:
        if isinstance(one, click.Argument):
            yield one.make_metavar(click.Context(command))
        elif isinstance(one, click.Option):
            value = "" if one.is_flag else f" {one.name.upper()}" if one.name else ""
            yield f"{one.opts[0]}{value}" if one.required else f"[{one.opts[0]}{value}]"


def routes() -> str:
    """Every address of the web server, and who may."""
    app = create_app(Settings(database_url="sqlite:///:memory:", secret_key="of the documentation's own, for no use"))
    rules = (rule for rule in app.url_map.iter_rules() if rule.endpoint != "static")
    rows = (_route(rule, app.view_functions[rule.endpoint]) for rule in rules)
    return table(("address", "who", "what"), sorted(rows, key=lambda row: row[0].strip("`").split()[::-1]))


def _route(rule: Rule, view: Callable[..., object]) -> tuple[str, str, str]:
    methods = " ".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
    need = need_of(view)
    assert need is not None, f"{rule.endpoint} names no need"
    address = re.sub(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>", lambda m: f"<{m[1].replace('visit_id', 'launch')}>", rule.rule)
    return f"`{methods} {address}`", WHO[need], sentence(inspect.getdoc(view))


def privacy() -> str:
    """Every table of the database: whom it names, how long it is kept, what export and erasure do."""
    rows = (
        (
            f"`{name}`",
            str(rule.names),
            rule.keep.replace("retention_days", "`GIOTAY_RETENTION_DAYS`").replace(
                "access_log_days", "`GIOTAY_ACCESS_LOG_DAYS`"
            ),
            "yes" if rule.is_exported else "",
            ERASED[rule.on_erase] if rule.names != "nobody" else "",
        )
        for name, rule in RULES.items()
    )
    return table(("table", "names", "kept", "in an export", "when that person is erased"), rows)


MADE: dict[str, tuple[str, Callable[[], str]]] = {
    "settings": ("reference/settings.md", settings),
    "commands": ("reference/commands.md", commands),
    "routes": ("reference/http.md", routes),
    "privacy": ("reference/tables.md", privacy),
}


def split(name: str) -> tuple[str, str | None, str]:
    """A table's page: before it, the table (None: the page has no place for it), after it."""
    text = (DOCS / MADE[name][0]).read_text(encoding="utf-8")
    found = re.search(rf"(?<=<!-- made from the code: {name} -->\n)(.*?)(?=<!-- end -->)", text, re.DOTALL)
    return (text[: found.start()], found[1], text[found.end() :]) if found else (text, None, "")


def write() -> None:
    """Put every table into its page."""
    for name, (page, make) in MADE.items():
        path = DOCS / page
        before, place, after = split(name)
        assert place is not None, f"docs/{page} has no place for {name}"
        path.write_text(f"{before}{make()}\n{after}", encoding="utf-8")
