"""Settings: every one parsed, faults named one line each, secrets by file, all of them listed."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from datetime import date
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lti_tool.config import PREFIX, Settings, SettingsError, describe, load, own_secret

SECRET = "a secret of at least 32 characters"
NAMES = [PREFIX + one.name.upper() for one in fields(Settings)]

GOOD: dict[str, tuple[str, Any]] = {
    "database_url": (" postgresql+psycopg://u:p@h/d ", "postgresql+psycopg://u:p@h/d"),
    "public_url": ("https://giotay.example.edu.vn/", "https://giotay.example.edu.vn"),
    "live_url": ("wss://live.example.edu.vn/live", "wss://live.example.edu.vn/live"),
    "secret_key": (SECRET, SECRET),
    "secret_key_fallbacks": (f"{SECRET}1, {SECRET}2,", (f"{SECRET}1", f"{SECRET}2")),
    "web_host": ("0.0.0.0", "0.0.0.0"),
    "web_port": ("80", 80),
    "live_host": ("::", "::"),
    "live_port": ("65535", 65_535),
    "web_workers": ("4", 4),
    "live_workers": ("64", 64),
    "live_transport": (" library ", "library"),
    "bus_url": ("redis://127.0.0.1/1", "redis://127.0.0.1/1"),
    "proxies": ("1", 1),
    "timezone": ("Asia/Vientiane", ZoneInfo("Asia/Vientiane")),
    "second_terms": (" 2027-01-18, 2028-01-17,", (date(2027, 1, 18), date(2028, 1, 17))),
    "locale": ("en", "en"),
    "school_name": ("THCS Nguyễn Du", "THCS Nguyễn Du"),
    "lms_networks": ("192.168.0.0/16, fd00::/8", (ip_network("192.168.0.0/16"), ip_network("fd00::/8"))),
    "lms_authorities": ("CERTIFICATES", None),
    "lms_keys_days": ("1", 1),
    "google_client_id": (" 12-ab.apps.googleusercontent.com ", "12-ab.apps.googleusercontent.com"),
    "google_client_secret": ("GOCSPX-secret", "GOCSPX-secret"),
    "google_url": ("http://127.0.0.1:8085/", "http://127.0.0.1:8085"),
    "retention_days": ("365", 365),
    "access_log_days": ("1", 1),
    "legal_basis": (" duty ", "duty"),
    "log_level": ("debug", "DEBUG"),
}
"""What each setting may be set to, and what it then is. A new setting needs its line."""

BAD = {
    "database_url": ("giotay.db", "mysql://h/d", "sqlite"),
    "public_url": ("giotay.example.edu.vn", "ftp://h", "http://", "http://h?x=1", "http://h:99999", "http://["),
    "live_url": ("https://h/live", "ws://", "ws://h:port"),
    "secret_key": ("too short",),
    "secret_key_fallbacks": ("too short", f"{SECRET},short"),
    "web_port": ("0", "65536", "http", "-1", "80.0"),
    "live_port": ("0", "live"),
    "web_workers": ("0", "65", "many"),
    "live_workers": ("0", "-1"),
    "live_transport": ("fast", "Bare"),
    "bus_url": ("mqtt://h", "localhost", "sqlite:///x"),
    "proxies": ("-1", "one"),
    "timezone": ("Hanoi", "Asia", "../etc/passwd", "/etc/passwd"),
    "second_terms": ("16/1/2027", "2027-08-01", "2027-01-18,2027-01-25", "January"),
    "locale": ("fr", "vi-VN"),
    "lms_networks": ("192.168.1.5/16", "moodle", "10.0.0.0/33"),
    "lms_authorities": ("/nowhere.pem", __file__),
    "lms_keys_days": ("0", "-1", "a week"),
    "google_url": ("google", "ftp://h"),
    "retention_days": ("0", "-1", "a year", "999999"),
    "access_log_days": ("0", "∞"),
    "legal_basis": ("yes", "Duty"),
    "log_level": ("LOUD", "10"),
}


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret that is made must not be made here."""
    monkeypatch.chdir(tmp_path)


def loaded(**given: str) -> Settings:
    return load({f"{PREFIX}{name.upper()}": value for name, value in {"secret_key": SECRET, **given}.items()})


def faults(**given: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        loaded(**given)
    return str(caught.value).split("\n")


def test_every_setting_has_a_line_here() -> None:
    assert list(GOOD) == [one.name for one in fields(Settings)]


@pytest.mark.parametrize("name", [name for name in GOOD if name != "lms_authorities"])
def test_a_setting_is_parsed(name: str) -> None:
    text, value = GOOD[name]
    assert getattr(loaded(**{name: text}), name) == value


def test_an_authority_is_read_at_start(tmp_path: Path) -> None:
    import ssl  # noqa: PLC0415

    file = ssl.get_default_verify_paths().cafile or "/etc/ssl/certs/ca-certificates.crt"
    assert loaded(lms_authorities=f" {file} ").lms_authorities == file


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in BAD.items() for text in texts])
def test_a_value_that_cannot_be_used_is_named_in_one_line(name: str, text: str) -> None:
    (line,) = faults(**{name: text})
    assert line.startswith(f"{PREFIX}{name.upper()}: ")
    assert len(line) > len(f"{PREFIX}{name.upper()}: must")


def test_all_faults_are_named_at_once() -> None:
    lines = faults(web_port="x", timezone="y", log_level="z", secret_key="w")
    assert [line.partition(":")[0] for line in lines] == [
        "GIOTAY_WEB_PORT", "GIOTAY_TIMEZONE", "GIOTAY_LOG_LEVEL", "GIOTAY_SECRET_KEY",
    ]  # fmt: skip


def test_an_empty_value_is_no_value() -> None:
    empty = {name: "  " for name in GOOD if name != "secret_key"}
    assert loaded(**empty) == Settings(secret_key=SECRET)


anything = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=60)


@given(st.dictionaries(st.sampled_from(NAMES), anything, min_size=1, max_size=4))
@example({"GIOTAY_LMS_AUTHORITIES": "/no\nwhere"})
@example({"GIOTAY_TIMEZONE": "a" * 60 + "/" * 300})
@example({"GIOTAY_WEB_PORT": "9" * 5_000})
def test_whatever_stands_in_the_environment_is_used_or_named(environ: dict[str, str]) -> None:
    said = ""
    try:
        settings = load({"GIOTAY_SECRET_KEY": SECRET, **environ})
    except SettingsError as error:
        said = str(error)
    else:
        assert len(settings.secret_key) >= 32
    known = tuple(f"{name}: " for name in environ)
    assert all(line.startswith(known) for line in said.splitlines())


@given(st.text("abcdefghij0123456789", min_size=1, max_size=31))
def test_a_fault_never_repeats_a_secret(secret: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load({"GIOTAY_SECRET_KEY": f"§{secret}", "GIOTAY_DATABASE_URL": f"postgres//u:§{secret}@h"})
    assert "§" not in str(caught.value)


# --- secrets by file ------------------------------------------------------------------------------------------------


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(f"{SECRET}\n")
    assert load({"GIOTAY_SECRET_KEY_FILE": str(file)}).secret_key == SECRET
    assert load({"GIOTAY_SECRET_KEY": SECRET, "GIOTAY_SECRET_KEY_FILE": ""}).secret_key == SECRET


@pytest.mark.parametrize("name", [name for name in GOOD if name != "lms_authorities"])
def test_so_may_every_setting(name: str, tmp_path: Path) -> None:
    (tmp_path / "value").write_text(GOOD[name][0], encoding="utf-8")
    secret = {} if name == "secret_key" else {"GIOTAY_SECRET_KEY": SECRET}
    settings = load({f"{PREFIX}{name.upper()}_FILE": str(tmp_path / "value"), **secret})
    assert getattr(settings, name) == GOOD[name][1]


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "picture").write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "nowhere", tmp_path, tmp_path / "picture"):
        with pytest.raises(SettingsError, match=r"^GIOTAY_SECRET_KEY: [^\n]+$") as caught:
            load({"GIOTAY_SECRET_KEY_FILE": str(path)})
        assert str(path) in str(caught.value)


def test_a_value_and_a_file_contradict_each_other(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(SECRET)
    with pytest.raises(SettingsError, match="one of them is enough"):
        load({"GIOTAY_SECRET_KEY": SECRET, "GIOTAY_SECRET_KEY_FILE": str(tmp_path / "secret")})


# --- a laptop's own secret ------------------------------------------------------------------------------------------


def test_a_laptop_makes_a_secret_once_for_its_owner_only(tmp_path: Path) -> None:
    first = load({}).secret_key
    assert len(first) >= 32
    assert load({}).secret_key == first
    assert [one.name for one in (tmp_path / "var").iterdir()] == ["secret_key"]
    assert stat.S_IMODE((tmp_path / "var" / "secret_key").stat().st_mode) == 0o600


def test_processes_that_start_at_once_have_one_secret(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: own_secret(tmp_path / "s"), range(32)))) == 1


def test_a_server_on_https_must_name_one() -> None:
    with pytest.raises(SettingsError, match="must be set when GIOTAY_PUBLIC_URL is https"):
        load({"GIOTAY_PUBLIC_URL": "https://giotay.example.edu.vn"})
    assert not Path("var").exists()


@pytest.mark.parametrize("body", ["", "short", "\xff"])
def test_a_secret_file_that_holds_none_is_no_secret(body: str) -> None:
    Path("var").mkdir()
    Path("var/secret_key").write_text(body)
    with pytest.raises(SettingsError, match=r"^GIOTAY_SECRET_KEY: is not set, and none can be kept[^\n]*$"):
        load({})


def test_where_none_can_be_kept_it_is_said() -> None:
    Path("var").write_text("a file in the way")
    with pytest.raises(SettingsError, match="GIOTAY_SECRET_KEY: is not set"):
        load({})


# --- what follows from them -----------------------------------------------------------------------------------------


def test_addresses_follow_from_the_ports_and_the_public_one() -> None:
    assert loaded(web_port="8100").public_url == "http://127.0.0.1:8100"
    here = loaded(public_url="http://192.168.1.7:8000", live_port="8801")
    assert (here.socket_url, here.origin, here.is_https) == (
        "ws://192.168.1.7:8801/live", "http://192.168.1.7:8000", False,
    )  # fmt: skip
    there = loaded(public_url="https://giotay.example.edu.vn/lop")
    assert (there.socket_url, there.origin, there.is_https) == (
        "wss://giotay.example.edu.vn/live", "https://giotay.example.edu.vn", True,
    )  # fmt: skip
    assert loaded(live_url="wss://x/live").socket_url == "wss://x/live"
    assert loaded().is_alone
    assert loaded(public_url="http://localhost:8000").is_alone
    assert not here.is_alone
    assert not there.is_alone


def test_the_newest_secret_stands_last() -> None:
    kept = loaded(secret_key_fallbacks=f"{SECRET}1,{SECRET}2").secret_keys
    assert kept == (f"{SECRET}1", f"{SECRET}2", SECRET)


def test_the_list_names_every_setting_its_meaning_and_its_default() -> None:
    told = describe()
    for one in fields(Settings):
        assert f"  {PREFIX}{one.name.upper()}\n      {one.metadata['doc']}" in told
    assert "[sqlite:///var/giotay.db]" in told
    assert "[Asia/Ho_Chi_Minh]" in told
    assert "[400]" in told
    assert all(len(line) < 120 for line in told.split("\n"))


def test_settings_are_read_from_this_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(PREFIX):
            monkeypatch.delenv(name)
    monkeypatch.setenv("GIOTAY_SCHOOL_NAME", "THCS Chu Văn An")
    monkeypatch.setenv("GIOTAY_SECRET_KEY", SECRET)
    assert load().school_name == "THCS Chu Văn An"
