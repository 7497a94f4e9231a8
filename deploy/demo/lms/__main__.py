"""Run the demo LMS: `python -m deploy.demo.lms --help`."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import click
from flask import Flask
from granian.constants import Interfaces
from granian.server import Server

from . import LmsSettings, SettingsFault, create_app, read_tool_file

THREADS = 8
_BASE_URL, _DATA_DIR, _TOOL_FILE = "GIOTAY_DEMO_LMS_URL", "GIOTAY_DEMO_LMS_DATA", "GIOTAY_DEMO_LMS_TOOL"


def build() -> Flask:
    """The app as the server's worker makes it, from what `main` left in the environment."""
    tool_file = os.environ.get(_TOOL_FILE)
    tool = read_tool_file(Path(tool_file)) if tool_file else None
    return create_app(LmsSettings(os.environ[_BASE_URL], Path(os.environ[_DATA_DIR]), tool))


@click.command()
@click.option("--base-url", required=True, help="Issuer and address of the LMS, e.g. http://127.0.0.1:8080")
@click.option("--data-dir", required=True, type=click.Path(path_type=Path), help="Keeps lms.sqlite3 and the RSA key.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8080, show_default=True, type=click.IntRange(1, 65535), help="Port to listen on.")
@click.option("--tool-file", type=click.Path(path_type=Path), help="JSON with the members of ToolSettings.")
def main(base_url: str, data_dir: Path, host: str, port: int, tool_file: Path | None) -> None:
    """A demo LMS with an invented school, for trying Giơ Tay. Everything in it is made up."""
    try:
        LmsSettings(base_url, data_dir, read_tool_file(tool_file) if tool_file else None)
        _check_port(host, port)
    except SettingsFault as fault:
        click.echo(f"Demo LMS: {fault}", err=True)
        sys.exit(2)
    os.environ.update({_BASE_URL: base_url, _DATA_DIR: str(data_dir.resolve())})
    os.environ.pop(_TOOL_FILE, None)
    if tool_file:
        os.environ[_TOOL_FILE] = str(tool_file.resolve())
    server = Server(
        "deploy.demo.lms.__main__:build",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        factory=True,
        workers=1,
        blocking_threads=THREADS,
        websockets=False,
        log_enabled=False,
        workers_kill_timeout=2,
    )
    server.serve()


def _check_port(host: str, port: int) -> None:
    """Say at once, in one line, that the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SettingsFault(f"cannot listen on {host}:{port}: {error.strerror}. Choose another --port.") from error


if __name__ == "__main__":
    main()
