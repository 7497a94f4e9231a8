"""What `make run` says when it is ready."""

import re
from dataclasses import replace

import pytest

from deploy.demo.__main__ import welcome
from lti_tool.config import load

SECRET = {"GIOTAY_SECRET_KEY": "x" * 32}


def said(capsys: pytest.CaptureFixture[str], **environ: str) -> str:
    settings = load({**SECRET, **environ})
    welcome(settings, "http://127.0.0.1:8080", is_lan=False)
    return capsys.readouterr().out


def test_the_command_for_a_class_reaches_this_tool(capsys: pytest.CaptureFixture[str]) -> None:
    """In another terminal none of the variables is set that this one was started with."""
    assert re.search(r"giotay phones --count 38$", said(capsys), re.M)
    assert "phones --count 38 --url http://127.0.0.1:8100\n" in said(capsys, GIOTAY_WEB_PORT="8100")


def test_three_links_and_how_to_stop(capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys)
    assert len(re.findall(r"http://127\.0\.0\.1:8080/as/[\w-]+/course/901\n", text)) == 3
    assert "Ctrl-C stops everything." in text


def test_in_the_wifi_an_address_for_phones_and_its_qr_code(capsys: pytest.CaptureFixture[str]) -> None:
    settings = replace(load(SECRET), public_url="http://192.0.2.7:8000")
    welcome(settings, "http://192.0.2.7:8080", is_lan=True)
    text = capsys.readouterr().out
    assert "http://192.0.2.7:8000/j\n" in text
    assert "█" in text
    assert "https adds them" in text
