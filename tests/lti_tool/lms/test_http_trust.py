"""A platform with a certificate of the school's own is trusted when the operator names its authority, and only then."""

import datetime
import ipaddress
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from lti_tool.config import SettingsError, load
from lti_tool.errors import PlatformFault
from lti_tool.lms.http import call, guard

LOOPBACK = ipaddress.ip_network("127.0.0.0/8")


class Hello(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that is its own authority, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "A school's own LMS")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    own = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("certificate") / "own.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(own.public_bytes(serialization.Encoding.PEM) + private)
    return file


@pytest.fixture
def address(certificate: Path) -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Hello)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"https://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_own_authority_is_trusted_when_named(address: str, certificate: Path) -> None:
    with requests.Session() as session:
        answer = call(guard(session, [LOOPBACK], str(certificate)), "GET", address)
    assert answer.content == b"hello"


def test_an_unknown_authority_is_refused(address: str) -> None:
    with requests.Session() as session, pytest.raises(PlatformFault) as refused:
        call(guard(session, [LOOPBACK]), "GET", address)
    assert refused.value.kind == "certificate"


def test_the_setting_names_a_file_of_certificates(certificate: Path, tmp_path: Path) -> None:
    base = {"GIOTAY_SECRET_KEY": "x" * 32}
    assert load({**base, "GIOTAY_LMS_AUTHORITIES": str(certificate)}).lms_authorities == str(certificate)
    (tmp_path / "empty.pem").write_text("nothing")
    for wrong in (tmp_path / "none.pem", tmp_path / "empty.pem"):
        with pytest.raises(SettingsError, match="GIOTAY_LMS_AUTHORITIES: no certificate authorities"):
            load({**base, "GIOTAY_LMS_AUTHORITIES": str(wrong)})
