"""`make bench`: what a launch costs beside PyLTI1p3's bare Flask flow in the same run, and a class that comes at once.

CPU of the process, of login and launch together, through the same test client on both sides; the platform's signing is
in no number. The floor keeps its state in memory and writes nothing; ours checks more and writes its rows. The two
launch in turns, so that a slow moment of the machine meets both.

    python -m tests.bench.launches [--passes 5] [--launches 60]
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from flask import Flask, jsonify, request
from flask.testing import FlaskClient
from pylti1p3.contrib.flask import (
    FlaskCacheDataStorage,
    FlaskMessageLaunch,
    FlaskOIDCLogin,
    FlaskRequest,
)
from pylti1p3.tool_config import ToolConfDict
from sqlalchemy import func, select

from lti_tool import migrating
from lti_tool.app import create_app
from lti_tool.extensions import db
from lti_tool.launch import keys
from lti_tool.models import LaunchVisit
from tests.conftest import why_no_postgres
from tests.lti_tool.conftest import opened, postgres_database, settings_for
from tests.lti_tool.platform import CLIENT_ID, DEPLOYMENT, Platform, public_key, serving
from tests.lti_tool.tool import Tool

BASE = "http://127.0.0.1:8000"
CLASS = 40
MOST = 1.5
"""A launch of ours may cost this many times the floor's."""


# --- the floor ------------------------------------------------------------------------------------------------------


class Memory:
    """What PyLTI1p3's data storage wants of a cache."""

    def __init__(self) -> None:
        self._kept: dict[str, object] = {}

    def get(self, key: str) -> object:
        return self._kept.get(key)

    def set(self, key: str, value: object, exp: int | None = None) -> None:
        self._kept[key] = value


def bare(platform: Platform) -> Flask:
    """The flow of PyLTI1p3's own Flask example: login, launch, and the launch's data as the answer."""
    app = Flask("bare")
    app.secret_key = "a secret of the bench"
    config = ToolConfDict(
        {
            platform.url: [
                {
                    "client_id": CLIENT_ID,
                    "auth_login_url": f"{platform.url}/auth",
                    "auth_token_url": f"{platform.url}/token",
                    "key_set": {"keys": [public_key(platform.key, platform.kid)]},
                    "deployment_ids": [DEPLOYMENT],
                    "default": True,
                }
            ]
        }
    )
    storage = FlaskCacheDataStorage(Memory())

    @app.post("/lti/login")
    def login() -> object:
        oidc = FlaskOIDCLogin(FlaskRequest(), config, launch_data_storage=storage)
        return oidc.redirect(request.form["target_link_uri"])

    @app.post("/lti/launch")
    def launch() -> object:
        message = FlaskMessageLaunch(FlaskRequest(), config, launch_data_storage=storage)
        return jsonify(sub=message.get_launch_data()["sub"])

    return app


# --- a launch -------------------------------------------------------------------------------------------------------


def launch(client: FlaskClient, platform: Platform, sub: str) -> tuple[float, int]:
    """One launch: CPU seconds of our side, and the status of its answer."""
    target = f"{BASE}/lti/launch"
    asked = {"iss": platform.url, "client_id": CLIENT_ID, "login_hint": sub, "target_link_uri": target}
    began = time.process_time()
    sent = client.post("/lti/login", data=asked, base_url=BASE)
    spent = time.process_time() - began
    query = {name: values[0] for name, values in parse_qs(urlsplit(sent.location).query).items()}
    claims = platform.claims(query["nonce"], target, sub=sub, name=f"Học sinh {sub}")
    form = {"state": query["state"], "id_token": platform.sign(claims)}
    began = time.process_time()
    answer = client.post("/lti/launch", data=form, base_url=BASE)
    return spent + time.process_time() - began, answer.status_code


def costs(floor: Flask, own: Flask, platform: Platform, launches: int) -> tuple[float, float]:
    """CPU milliseconds of a launch by the floor and by ours, in turns, each from a browser of its own: the median, so
    that a launch that was interrupted by the machine's other work counts once and no more."""
    spent: tuple[list[float], list[float]] = ([], [])
    for number in range(launches):
        for side, (app, right) in enumerate(((floor, 200), (own, 303))):
            seconds, status = launch(app.test_client(), platform, f"pupil-{number % CLASS}")
            assert status == right, status
            spent[side].append(seconds * 1_000)
    return statistics.median(spent[0]), statistics.median(spent[1])


# --- ours -----------------------------------------------------------------------------------------------------------


@contextmanager
def ours(url: str, platform: Platform) -> Iterator[Tool]:
    """The tool on a fresh database."""
    migrating.migrate(url)
    app = create_app(settings_for(url))
    with app.app_context():
        keys.make_key()
        db.session.commit()
        db.engine.dispose()
    yield from opened(settings_for(url), platform)


def class_at_once(tool: Tool) -> tuple[float, int]:
    """Forty first launches at the same moment: seconds until all are in, and how many were."""

    def come(number: int) -> int:
        return launch(tool.app.test_client(), tool.platform, f"pupil-{number}")[1]

    began = time.monotonic()
    with ThreadPoolExecutor(CLASS) as pool:
        said = list(pool.map(come, range(CLASS)))
    seconds = time.monotonic() - began
    assert set(said) == {303}, said
    with tool.inside():
        return seconds, db.session.scalar(select(func.count()).select_from(LaunchVisit)) or 0


@contextmanager
def databases() -> Iterator[list[tuple[str, str]]]:
    """A fresh database of each kind that there is here: name and address."""
    with tempfile.TemporaryDirectory() as folder:
        found = [("SQLite", f"sqlite:///{Path(folder) / 'giotay.sqlite3'}")]
        if why_no_postgres():
            yield found
            return
        with postgres_database() as url:
            yield [*found, ("PostgreSQL", url.render_as_string(hide_password=False))]


def main(tell: Callable[[str], None] = print) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passes", type=int, default=5)
    parser.add_argument("--launches", type=int, default=60)
    given = parser.parse_args()
    worst = 0.0
    with serving(Platform()) as platform, databases() as found:
        floor = bare(platform)
        for name, url in found:
            with ours(url, platform) as tool:
                seconds, count = class_at_once(tool)
                tell(f"{name}: {count} of {CLASS} first launches at once in {seconds:.2f} s, no error")
                costs(floor, tool.app, platform, 10)
                passes = [costs(floor, tool.app, platform, given.launches) for _ in range(given.passes)]
            ratios = [own / base for base, own in passes]
            base, own = (statistics.median(one) for one in zip(*passes, strict=True))
            ratio = statistics.median(ratios)
            worst = max(worst, ratio)
            tell(
                f"{name}: {own:.2f} ms CPU a launch, PyLTI1p3's bare Flask flow {base:.2f} ms: "
                f"{ratio:.2f} times ({min(ratios):.2f} to {max(ratios):.2f})"
            )
    tell(f"Asked for: at most {MOST} times the floor. {'Kept' if worst <= MOST else 'MISSED'}: {worst:.2f} at worst.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
