"""The console script `giotay`. Every command has a help that reads well; errors are one line, never a traceback."""

from importlib import import_module

import click


class Lazily(click.Group):
    """A group that imports a command's module when the command is asked for: a live server that starts in the middle
    of a lesson does not wait for what makes backups."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return sorted(WHERE)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in WHERE:
            return None
        found: click.Command = getattr(import_module(f"lti_tool.cli.{WHERE[cmd_name]}"), cmd_name)
        return found


WHERE = {
    "serve": "serve",
    "demo": "serve",
    "migrate": "database",
    "backup": "database",
    "restore": "database",
    "export": "people",
    "erase": "people",
    "grant": "people",
    "lms": "lms",
    "phones": "play",
    "bench": "play",
    "regulation": "regulation",
    "school": "school",
}
"""The module of each command."""


@click.group(cls=Lazily, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="giotay", prog_name="giotay")
def main() -> None:
    """Giơ Tay: live lessons, attendance and learning profiles for hybrid classrooms, plugged into an LMS by LTI 1.3."""
