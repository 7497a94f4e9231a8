"""`giotay demo`, which is `make run`: the tool, the live server, the jobs and a demo LMS, with an invented class.

Keeps its data under `var/`, so that a second start goes on where the first one stopped.
"""

import argparse
import os
import socket
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import click
import segno

from deploy.demo import school
from live_session.errors import InUse
from lti_tool import logs
from lti_tool.cli.database import migrate_now
from lti_tool.config import Settings, SettingsError, load
from lti_tool.serving import parts, sole_use
from lti_tool.supervisor import Part, Supervisor, stop_on_signals

READY_WITHIN = 60.0


@dataclass(frozen=True)
class Port:
    """A port, what listens there, and the variable that changes it."""

    number: int
    what: str
    variable: str


def main() -> int:
    """Run the demo until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="giotay demo", description="The tool with a demo LMS.")
    parser.add_argument("--lan", action="store_true", help="serve the school's Wi-Fi")
    asked = parser.parse_args()
    host = lan_address() if asked.lan else "127.0.0.1"
    lms_port = int(os.environ.get("GIOTAY_DEMO_LMS_PORT", "8080"))
    try:
        settings = prepare_environment(host, is_lan=asked.lan)
    except SettingsError as error:
        click.echo(f"settings cannot be used:\n{error}", err=True)
        return 2
    ports = (
        Port(settings.web_port, "the tool", "GIOTAY_WEB_PORT"),
        Port(settings.live_port, "the live server", "GIOTAY_LIVE_PORT"),
        Port(lms_port, "the demo LMS", "GIOTAY_DEMO_LMS_PORT"),
    )
    if taken := next((port for port in ports if is_taken(port.number)), None):
        click.echo(
            f"Port {taken.number} ({taken.what}) is in use. Set {taken.variable} to another one and run again.",
            err=True,
        )
        return 1
    logs.set_up("WARNING")
    try:
        with sole_use(settings.database_url):
            return run(settings, host, lms_port, is_lan=asked.lan)
    except (InUse, SettingsError) as error:
        click.echo(error, err=True)
        return 1


def lan_address() -> str:
    """This machine's address in the local network; no packet is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"


def prepare_environment(host: str, *, is_lan: bool) -> Settings:
    """The demo's settings, for this process and the parts it starts. What the caller set stays."""
    environ = os.environ
    web_port = environ.setdefault("GIOTAY_WEB_PORT", "8000")
    listen = "0.0.0.0" if is_lan else "127.0.0.1"  # noqa: S104 - the school's Wi-Fi, asked for by --lan
    environ.setdefault("GIOTAY_WEB_HOST", listen)
    environ.setdefault("GIOTAY_LIVE_HOST", listen)
    environ.setdefault("GIOTAY_PUBLIC_URL", f"http://{host}:{web_port}")
    environ.setdefault("GIOTAY_LMS_NETWORKS", f"127.0.0.0/8,{host}/32")
    environ.setdefault("GIOTAY_LOG_LEVEL", "WARNING")
    environ.setdefault("GIOTAY_SCHOOL_NAME", "Trường THCS Thực hành Sen Hồng")
    return load()


def is_taken(port: int) -> bool:
    """Something listens there already."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def run(settings: Settings, host: str, lms_port: int, *, is_lan: bool) -> int:
    """Prepare the data, start everything, say where it is."""
    lms_url = os.environ.get("GIOTAY_DEMO_LMS_URL") or f"http://{host}:{lms_port}"
    folder = Path(os.environ.get("GIOTAY_DEMO_DIR", "var/demo-lms"))
    if not folder.exists():
        click.echo("Preparing an invented school with a term already taught: half a minute, the first time ...")
    migrate_now(settings)
    tool_file = school.prepare(
        settings, lms_url, lms_port, folder, has_term=os.environ.get("GIOTAY_DEMO_TERM", "yes") != "no"
    )
    lms = [sys.executable, "-m", "deploy.demo.lms", "--base-url", lms_url, "--data-dir", str(folder)]
    lms += ["--port", str(lms_port), "--host", settings.web_host, "--tool-file", str(tool_file)]
    supervisor = Supervisor([*parts(settings), Part(tuple(lms))])
    stop_on_signals(supervisor)
    supervisor.start()
    try:
        waiting = [f"http://127.0.0.1:{n}/healthz" for n in (settings.web_port, settings.live_port, lms_port)]
        if not wait_for(waiting):
            click.echo("It did not start within a minute; the lines above say why.", err=True)
            return 1
        welcome(settings, lms_url, is_lan=is_lan)
        supervisor.watch()
    finally:
        supervisor.stop()
    click.echo("\nStopped. Everything is kept for the next start.")
    return 0


def wait_for(addresses: list[str]) -> bool:
    """Until all of these answer."""
    deadline = time.monotonic() + READY_WITHIN
    waiting = list(addresses)
    while waiting and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(waiting[0], timeout=1):  # noqa: S310 - our own loopback addresses
                waiting.pop(0)
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    return not waiting


def welcome(settings: Settings, lms_url: str, *, is_lan: bool) -> None:
    """The three links, and how to stop."""
    click.echo("\nGiơ Tay is ready. The demo LMS opens the course as:\n")
    for who, path in school.LINKS:
        click.echo(f"  {who:<20} {lms_url}{path}")
    where = "" if settings.public_url == Settings.public_url else f" --url {settings.public_url}"
    click.echo(f"\nA class to watch, in another terminal:  .venv/bin/giotay phones --count 38{where}")
    if is_lan:
        join = f"{settings.public_url}/j"
        click.echo(f"\nPhones in this Wi-Fi open  {join}\n")
        segno.make(join, error="m").terminal(compact=True)
        click.echo(
            "\nOver plain http everything works but camera, offline pages and frames of other LMSs; https adds them."
        )
    click.echo("\nCtrl-C stops everything.")


if __name__ == "__main__":
    sys.exit(main())
