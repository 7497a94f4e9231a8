"""Frameworks as CASE tells them: a wording that is one statement's gives its identifier, another gives none."""

import json
from typing import Any

import pytest

from lti_tool.lessons.case import Unreadable, plain, read

ONE, OTHER = "0198c0de-0000-7000-8000-000000000001", "0198c0de-0000-7000-8000-000000000002"


def framework(*items: dict[str, Any]) -> bytes:
    return json.dumps({"CFDocument": {"title": "Toán"}, "CFItems": items}).encode()


def test_a_statement_is_found_by_its_words_its_short_form_and_its_code() -> None:
    item = {"identifier": ONE, "fullStatement": "Giải  phương trình bậc hai.", "humanCodingScheme": "9.1"}
    found = read(framework({**item, "abbreviatedStatement": "PT bậc hai"}))
    for wording in (
        "giải phương trình bậc hai",
        "PT BẬC HAI",
        "9.1",
        "9.1 Giải phương trình bậc hai",
        "9.1. giải phương trình bậc hai",
    ):
        assert found[plain(wording)] == ONE


def test_its_address_goes_before_its_bare_identifier() -> None:
    assert read(framework({"identifier": ONE, "uri": "https://a/1", "fullStatement": "x"})) == {"x": "https://a/1"}


def test_a_wording_of_two_statements_tells_neither() -> None:
    items = [{"identifier": id_, "fullStatement": "Vận dụng", "humanCodingScheme": id_[-1]} for id_ in (ONE, OTHER)]
    found = read(framework(*items))
    assert plain("Vận dụng") not in found
    assert (found["1"], found["2"]) == (ONE, OTHER)


def test_letters_are_compared_as_they_are_read() -> None:
    """A file may write a tone as a sign of its own; hà and hạ stay two words."""
    assert plain("Ha\u0300") == plain("hà") != plain("hạ")


def test_a_file_as_windows_writes_it_is_read() -> None:
    assert read(b"\xef\xbb\xbf" + framework({"identifier": ONE, "fullStatement": "x"})) == {"x": ONE}


DEEP = b'{"x": ' + b"[" * 50_000 + b"]" * 50_000 + b', "CFItems": []}'


@pytest.mark.parametrize(
    "body", [b"", b"null", b"{}", b'{"CFItems": [{"identifier": 1, "fullStatement": "x"}]}', b'"\xff"', DEEP]
)
def test_what_is_no_framework_is_refused(body: bytes) -> None:
    with pytest.raises(Unreadable):
        read(body)
