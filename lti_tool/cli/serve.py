"""`giotay serve` and `giotay demo`: everything at once, or one part alone.

Each part is a process that starts here, so this module imports only what every part needs.
"""

import os
import sys
from dataclasses import replace

import click

from live_session.errors import InUse
from lti_tool import logs, serving
from lti_tool.cli.settings import with_settings
from lti_tool.config import MOST_WORKERS, Settings, describe
from lti_tool.serving import PARTS, check_ports, parts, sole_use
from lti_tool.supervisor import Supervisor, stop_on_signals


@click.command(epilog="\b\nSettings (environment):\n" + describe())
@click.option("--only", type=click.Choice(PARTS), help="One part alone, as systemd or compose run it.")
@click.option("--live-workers", type=click.IntRange(1, MOST_WORKERS), help="Live processes; several need PostgreSQL.")
@click.option("--web-workers", type=click.IntRange(1, MOST_WORKERS), help="Processes that serve pages.")
@click.option("--share-port", is_flag=True, help="With --only live: other live processes listen on the same port.")
@with_settings
def serve(settings: Settings, only: str | None, share_port: bool, **workers: int | None) -> None:
    """Serve the tool: pages, live workers and jobs. Each is a process, restarted if it dies. Any worker serves any
    phone of any lesson. Ctrl-C stops all of them; SIGHUP exchanges them one by one, and no answer is lost."""
    logs.set_up(settings.log_level)
    settings = with_workers(settings, **workers)
    if only is not None:
        serve_part(settings, only, share_port)
        return
    try:
        starting = parts(settings)
        with sole_use(settings.database_url):
            check_ports(settings)
            _migrate(settings)
            run_all(Supervisor(starting))
    except InUse as error:
        raise click.ClickException(str(error)) from error


def with_workers(settings: Settings, live_workers: int | None, web_workers: int | None) -> Settings:
    """The settings, with the command line's word above the environment's."""
    live, web = live_workers or settings.live_workers, web_workers or settings.web_workers
    return replace(settings, live_workers=live, web_workers=web)


def serve_part(settings: Settings, part: str, share_port: bool) -> None:
    """One part alone, in this process."""
    match part:
        case "web":
            serving.serve_web(settings, settings.web_workers)
        case "live":
            serving.serve_live(settings, shares_port=share_port)
        case _:
            serving.serve_jobs(settings)


def run_all(supervisor: Supervisor) -> None:
    """Run until Ctrl-C or SIGTERM."""
    stop_on_signals(supervisor)
    supervisor.start()
    supervisor.watch()
    supervisor.stop()


def _migrate(settings: Settings) -> None:
    from lti_tool.cli.database import migrate_now  # noqa: PLC0415 - a part alone migrates nothing

    migrate_now(settings)


@click.command()
@click.option("--lan", is_flag=True, help="Serve the school's Wi-Fi, not only this machine.")
def demo(lan: bool) -> None:
    """The whole product with a demo LMS and an invented class. Prints links for teacher, pupil, head of department."""
    # In this process's place: whoever ends it by a signal must reach what it starts.
    os.execv(sys.executable, [sys.executable, "-m", "deploy.demo", *(["--lan"] if lan else [])])  # noqa: S606
