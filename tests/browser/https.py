"""Two https host names on this machine without touching the machine: a certificate authority made for the test, one
TLS front that sorts by host, and a Chromium that is told where `*.test` is."""

import asyncio
import datetime
import hashlib
import ssl
import tempfile
import threading
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

MOST_HEAD = 64 * 1024


@dataclass(frozen=True)
class Authority:
    """A certificate authority and one certificate of its for all names. `fingerprint` is what Chromium's flag
    `--ignore-certificate-errors-spki-list` wants of the authority's public key."""

    certificate: bytes
    key: bytes
    fingerprint: str


def make_authority(*names: str) -> Authority:
    """A fresh authority that vouches for these host names for a day."""
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Giơ Tay tests")])
    root = _build(root_name, root_name, root_key.public_key(), is_authority=True).sign(root_key, hashes.SHA256())
    leaf_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    leaf = (
        _build(leaf_name, root_name, key.public_key(), is_authority=False)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
        .sign(root_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    public = root_key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return Authority(
        leaf.public_bytes(pem) + root.public_bytes(pem),
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
        b64encode(hashlib.sha256(public).digest()).decode(),
    )


def _build(
    name: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, *, is_authority: bool
) -> x509.CertificateBuilder:
    moment = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - datetime.timedelta(hours=1))
        .not_valid_after(moment + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
    )


class Front:
    """Takes TLS off and hands each request on by its host and path, as a school's proxy does: one request a
    connection, except for WebSockets."""

    def __init__(self, port: int, routes: Mapping[tuple[str, str], int]) -> None:
        self._port = port
        self._routes = sorted(routes.items(), key=lambda route: -len(route[0][1]))
        self._done = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def serve(self, context: ssl.SSLContext, ready: threading.Event) -> None:
        """Until `stop`, which another thread calls."""
        self._loop = asyncio.get_running_loop()
        server = await asyncio.start_server(self._answer, "127.0.0.1", self._port, ssl=context, limit=MOST_HEAD)
        ready.set()
        await self._done.wait()
        server.close()

    def stop(self) -> None:
        assert self._loop
        self._loop.call_soon_threadsafe(self._done.set)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A browser that goes away is no fault; nor is the end of the test."""
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            try:
                await self._hand_on(reader, writer)
            finally:
                writer.close()

    async def _hand_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")[:-2]
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        host, path = fields["host"].partition(":")[0], lines[0].split(" ")[1]
        port = next(port for (name, prefix), port in self._routes if name == host and path.startswith(prefix))
        if fields.get("upgrade") is None:
            lines = [line for line in lines if not line.lower().startswith("connection:")] + ["Connection: close"]
        lines += ["X-Forwarded-Proto: https", "X-Forwarded-For: 127.0.0.1"]
        inner, out = await asyncio.open_connection("127.0.0.1", port)
        try:
            out.write("\r\n".join([*lines, "", ""]).encode("latin-1"))
            up = asyncio.create_task(_pump(reader, out))
            await _pump(inner, writer)
            up.cancel()
        finally:
            out.close()


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await source.read(65_536):
            sink.write(data)
            await sink.drain()


@contextmanager
def fronted(authority: Authority, port: int, routes: Mapping[tuple[str, str], int]) -> Iterator[None]:
    """The front on this port while the block runs; `routes` maps (host, beginning of the path) to ports."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        chain, key = Path(folder, "chain.pem"), Path(folder, "key.pem")
        chain.write_bytes(authority.certificate)
        key.write_bytes(authority.key)
        context.load_cert_chain(chain, key)
    front, ready = Front(port, routes), threading.Event()
    thread = threading.Thread(target=asyncio.run, args=(front.serve(context, ready),))
    thread.start()
    assert ready.wait(10)
    try:
        yield
    finally:
        front.stop()
        thread.join()
