"""The way out to platforms: what it refuses, and how long and how much it is willing to read."""

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_network

import pytest
import requests

from lti_tool.errors import PlatformFault
from lti_tool.lms import http
from tests.lti_tool.platform import Asked, Platform, json_answer, serving

LOOPBACK = (ip_network("127.0.0.0/8"),)


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with http.guard(requests.Session(), LOOPBACK) as one:
        yield one


def kind_of(session: requests.Session, url: str) -> str:
    """The fault that asking this address is."""
    with pytest.raises(PlatformFault) as caught:
        http.call(session, "GET", url)
    return caught.value.kind


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
        "224.0.0.1", "255.255.255.255", "192.0.2.1",
        "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1",
        "::ffff:127.0.0.1", "::ffff:169.254.169.254", "2002:a9fe:a9fe::1", "64:ff9b::a9fe:a9fe", "64:ff9b::a00:1",
        "::127.0.0.1", "::10.0.0.1", "::ffff:0:127.0.0.1", "::ffff:0:a00:1", "fec0::1",
    ],
)  # fmt: skip
def test_addresses_inside_a_network_are_refused(address: str) -> None:
    assert not http.is_allowed(address, is_https=True, networks=())


@pytest.mark.parametrize("address", ["8.8.8.8", "113.160.92.202", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_public_addresses_are_allowed_by_https_only(address: str) -> None:
    assert http.is_allowed(address, is_https=True, networks=())
    assert not http.is_allowed(address, is_https=False, networks=())


def test_a_network_that_the_operator_named_is_allowed_and_no_other() -> None:
    networks = (ip_network("192.168.0.0/16"), ip_network("fd00::/8"))
    assert http.is_allowed("192.168.3.4", is_https=False, networks=networks)
    assert http.is_allowed("::ffff:192.168.3.4", is_https=False, networks=networks)
    assert http.is_allowed("fd12::1", is_https=False, networks=networks)
    assert not http.is_allowed("10.0.0.1", is_https=True, networks=networks)


def test_an_address_in_the_network_is_not_even_spoken_to(platform_alone: Platform) -> None:
    with http.guard(requests.Session(), ()) as session:
        assert kind_of(session, f"{platform_alone.url}/jwks") == "forbidden_address"
    assert platform_alone.asked == []


def test_a_door_inside_that_stands_open_is_refused_like_one_that_is_shut() -> None:
    """Not even knocked at: who has us ask does not learn which machines and services there are in the school."""
    with socket.create_server(("127.0.0.1", 0)) as open_, socket.socket() as shut:
        shut.bind(("127.0.0.1", 0))
        open_.setblocking(False)
        for one in (open_, shut):
            with http.guard(requests.Session(), ()) as session:
                assert kind_of(session, f"https://127.0.0.1:{one.getsockname()[1]}/") == "forbidden_address"
        with pytest.raises(BlockingIOError):
            open_.accept()


def test_a_name_that_leads_into_the_network_the_second_time_is_refused_at_the_socket(
    platform_alone: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, led_to = socket.getaddrinfo, iter(["8.8.8.8", "127.0.0.1"])
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *a, **k: real(next(led_to), *a, **k))
    monkeypatch.setattr(http, "is_allowed", lambda address, *_: address == "8.8.8.8")
    port = platform_alone.url.rpartition(":")[2]
    with http.guard(requests.Session(), ()) as session:
        assert kind_of(session, f"http://lms.example:{port}/jwks") == "forbidden_address"
    assert platform_alone.asked == []
    assert next(led_to, None) is None


def test_a_name_that_leads_into_the_network_is_refused(
    platform_alone: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *a, **k: real("127.0.0.1", *a, **k))
    port = platform_alone.url.rpartition(":")[2]
    with http.guard(requests.Session(), ()) as session:
        assert kind_of(session, f"http://lms.example:{port}/jwks") == "forbidden_address"
    assert platform_alone.asked == []


@pytest.fixture
def platform_alone() -> Iterator[Platform]:
    with serving(Platform()) as one:
        yield one


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_never_followed_nor_read(
    session: requests.Session, platform_alone: Platform, status: int
) -> None:
    elsewhere = {"Location": f"{platform_alone.url}/elsewhere"}
    platform_alone.answers["GET", "/here"] = lambda _: (status, elsewhere, b"x" * 10_000_000)
    assert kind_of(session, f"{platform_alone.url}/here") == "redirected"
    assert [asked.path for asked in platform_alone.asked] == ["/here"]


def test_ten_megabytes_are_not_read(session: requests.Session, platform_alone: Platform) -> None:
    platform_alone.answers["GET", "/big"] = lambda _: (200, {}, b" " * 10_000_000)
    assert kind_of(session, f"{platform_alone.url}/big") == "too_large"
    assert http.call(session, "GET", f"{platform_alone.url}/big", most=10_000_000).status_code == 200


def test_a_small_answer_that_unpacks_to_a_large_one_is_not_read(
    session: requests.Session, platform_alone: Platform
) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    platform_alone.answers["GET", "/bomb"] = lambda _: (200, {"Content-Encoding": "gzip"}, bomb)
    assert kind_of(session, f"{platform_alone.url}/bomb") == "too_large"


@pytest.mark.parametrize("url", ["", "no address", "file:///etc/passwd", "http://", "http://[::1", "ftp://127.0.0.1/x"])
def test_what_is_no_web_address_is_refused(session: requests.Session, url: str) -> None:
    assert kind_of(session, url) in ("bad_address", "unreachable")


def test_a_closed_port_is_unreachable(session: requests.Session) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]  # bound, so that nobody else is given it, and not listening
        assert kind_of(session, f"http://127.0.0.1:{port}/") == "unreachable"


@contextmanager
def saying(speak: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that says to each visitor what it likes."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(5)

        def serve() -> None:
            visitor, _ = server.accept()
            with visitor:
                visitor.recv(4_096)
                try:
                    speak(visitor)
                except OSError:
                    return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        thread.join(5)


def test_a_platform_that_never_answers_is_given_up(session: requests.Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "TIMEOUT", (0.2, 0.2))
    is_over = threading.Event()
    with saying(lambda _: bool(is_over.wait(5)) and None) as url:
        assert kind_of(session, url) == "timeout"
        is_over.set()


def test_a_platform_that_drips_is_given_up_too(session: requests.Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "LONGEST_ANSWER", 0.2)

    def drip(visitor: socket.socket) -> None:
        visitor.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while True:
            visitor.sendall(b" ")
            time.sleep(0.02)

    with saying(drip) as url:
        assert kind_of(session, url) == "timeout"


def test_an_answer_that_breaks_off_is_unreachable(session: requests.Session) -> None:
    with saying(lambda visitor: visitor.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")) as url:
        assert kind_of(session, url) == "unreachable"


def test_a_certificate_nobody_vouches_for_is_said_as_such(session: requests.Session) -> None:
    with saying(lambda visitor: visitor.sendall(b"not TLS at all")) as url:
        assert kind_of(session, url.replace("http:", "https:")) == "certificate"


def test_the_tool_says_who_asks_and_keeps_no_cookie(session: requests.Session, platform_alone: Platform) -> None:
    platform_alone.answers["GET", "/a"] = lambda _: json_answer({}, Set_Cookie="MoodleSession=1; Path=/")
    for _ in range(2):
        http.call(session, "GET", f"{platform_alone.url}/a")
    first, second = platform_alone.asked
    assert first.headers["User-Agent"].startswith("GioTay/")
    assert "Cookie" not in second.headers


@pytest.mark.parametrize("constant", [b"NaN", b"Infinity", b"-Infinity", b"1e999", b"-1e999"])
def test_what_is_no_number_is_no_json(constant: bytes) -> None:
    answer = requests.Response()
    answer._content = b'[{"userId": "pupil-1", "resultScore": ' + constant + b"}]"
    with pytest.raises(PlatformFault, match="not_json"):
        http.json_of(answer)


def test_a_fault_names_no_query(session: requests.Session, platform_alone: Platform) -> None:
    def drop(_: Asked) -> tuple[int, dict[str, str], bytes]:
        raise ConnectionResetError

    platform_alone.answers["GET", "/results"] = drop
    with pytest.raises(PlatformFault) as caught:
        http.call(session, "GET", f"{platform_alone.url}/results?user_id=pupil-17")
    assert "pupil-17" not in str(caught.value)
