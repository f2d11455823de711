"""Fetching from addresses that somebody else chose: what is refused, and what is bounded."""

import datetime
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from generation.providers.fetching import FetchError, is_public, safe_fetch

Answer = Callable[[BaseHTTPRequestHandler], None]


class Server(ThreadingHTTPServer):
    daemon_threads = True
    answer: Answer
    seen: list[tuple[str, str]]

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients hang up on purpose here."""


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.seen.append((self.path, self.headers["Host"]))
        self.server.answer(self)

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def serving(answer: Answer, context: ssl.SSLContext | None = None) -> Iterator[Server]:
    server = Server(("127.0.0.1", 0), Handler)
    server.answer, server.seen = answer, []
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def file(handler: BaseHTTPRequestHandler, **headers: str) -> None:
    handler.send_response(200)
    for name, value in ({"Content-Type": "image/png; x=y", "Content-Length": "7"} | headers).items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(b"picture")


def drip_head(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
    for _ in range(100):
        handler.wfile.write(b"x")
        time.sleep(0.05)


def drip_body(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    for _ in range(100):
        handler.wfile.write(b"x")
        time.sleep(0.05)


def endless(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    for _ in range(1000):
        handler.wfile.write(b"x" * 100_000)


def redirect(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(302)
    handler.send_header("Location", "http://169.254.169.254/latest/meta-data/")
    handler.end_headers()


def packed(handler: BaseHTTPRequestHandler) -> None:
    file(handler, **{"Content-Encoding": "gzip"})


def leads_to(*addresses: str) -> Callable[..., list[tuple[Any, ...]]]:
    """A resolver that knows every name."""
    return lambda host, port, **_: [(None, None, None, "", (address, port)) for address in addresses]


def fetch(server: Server, **changes: Any) -> bytes:
    host = f"127.0.0.1:{server.server_port}"
    settings: dict[str, Any] = {"max_bytes": 1000, "timeout": 5.0, "allowed_hosts": (host,)}
    return safe_fetch(f"http://{host}/a%20b.png?X-Amz-Signature=a%2Fb", **(settings | changes)).data


def test_a_file_comes_as_its_server_sent_it_from_the_address_as_written() -> None:
    with serving(file) as server:
        host = f"127.0.0.1:{server.server_port}"
        fetched = safe_fetch(f"http://{host}/a%20b?sig=a%2Fb#part", max_bytes=7, timeout=5, allowed_hosts={host})
        assert (fetched.data, fetched.content_type) == (b"picture", "image/png")
        assert server.seen == [("/a%20b?sig=a%2Fb", host)]


@pytest.mark.parametrize(
    "url",
    [
        "http://files.example/a.png", "ftp://files.example/a", "file:///etc/passwd", "//files.example/a", "",
        "https://", "https://user:secret@files.example/a", "https://files.example:99999/", "https://[::1", "data:,x",
    ],
)  # fmt: skip
def test_only_plain_https_addresses_are_fetched(url: str) -> None:
    with pytest.raises(FetchError) as caught:
        safe_fetch(url, max_bytes=10, timeout=1, resolve=leads_to("8.8.8.8"))
    assert "secret" not in str(caught.value)


PRIVATE = [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
    "240.0.0.1", "255.255.255.255", "192.0.2.1", "::", "::1", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:127.0.0.1",
    "::ffff:10.0.0.1", "2002:7f00:1::", "2002:a00:1::", "64:ff9b::a00:1", "2001:db8::1",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_nothing_private_is_public(address: str) -> None:
    assert not is_public(address)
    with pytest.raises(FetchError, match="private network"):
        safe_fetch("https://files.example/a.png", max_bytes=10, timeout=1, resolve=leads_to(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_the_open_internet_is_public(address: str) -> None:
    assert is_public(address)


def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    with pytest.raises(FetchError, match="private network"):
        safe_fetch("https://files.example/a", max_bytes=10, timeout=1, resolve=leads_to("8.8.8.8", "10.0.0.1"))


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost", "2130706433", "0x7f000001", "127.1"])
def test_our_own_machine_is_not_asked_however_it_is_written(host: str) -> None:
    with serving(file) as server:
        with pytest.raises(FetchError):
            safe_fetch(f"https://{host}:{server.server_port}/", max_bytes=10, timeout=2)
        assert server.seen == []


def test_a_trusted_server_is_one_host_and_port() -> None:
    with serving(file) as server, pytest.raises(FetchError):
        fetch(server, allowed_hosts=("127.0.0.1:1", "127.0.0.1"))


def test_a_name_that_resolves_otherwise_a_moment_later_is_asked_at_the_checked_address() -> None:
    answers = iter([["127.0.0.1"], ["127.0.0.2"]])
    asked: list[str] = []

    def resolve(host: str, port: int, **_: object) -> list[tuple[Any, ...]]:
        asked.append(host)
        return [(None, None, None, "", (address, port)) for address in next(answers)]

    with serving(file) as server:
        host = f"files.example:{server.server_port}"
        assert safe_fetch(f"http://{host}/", max_bytes=10, timeout=5, allowed_hosts=(host,), resolve=resolve).data
        assert asked == ["files.example"]
        assert server.seen == [("/", host)]


@pytest.mark.parametrize(
    ("answer", "words", "passing"),
    [
        (redirect, "answered 302", False),
        (endless, "larger than 1000 bytes", False),
        (packed, "packed", False),
        (drip_head, "too slowly", True),
        (drip_body, "too slowly", True),
        (lambda handler: handler.send_error(503), "answered 503", True),
        (lambda handler: handler.send_error(404), "answered 404", False),
        (lambda handler: handler.wfile.write(b"nonsense\r\n\r\n"), "as it should", True),
        (lambda handler: file(handler, **{"Content-Length": "500"}), "as it should", True),
    ],
)
def test_what_else_a_server_may_do_ends_in_words_and_in_time(answer: Answer, words: str, passing: bool) -> None:
    with serving(answer) as server:
        begun = time.monotonic()
        with pytest.raises(FetchError, match=words) as caught:
            fetch(server, timeout=1.0)
        assert time.monotonic() - begun < 3
        assert caught.value.passing is passing
        assert len(server.seen) == 1, "nothing is followed and nothing asked twice"


def test_a_server_that_is_away_is_told() -> None:
    with serving(file) as server:
        pass
    with pytest.raises(FetchError, match="as it should"):
        fetch(server)


@pytest.fixture
def certified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ssl.SSLContext]:
    """TLS as a server with a certificate for this name, from an authority that this machine trusts."""

    def make(name: str) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.datetime.now(datetime.UTC)
        certificate = (
            x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
            .serial_number(1).not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )  # fmt: skip
        chain, secret = tmp_path / "chain.pem", tmp_path / "key.pem"
        chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        secret.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        monkeypatch.setenv("SSL_CERT_FILE", str(chain))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain, secret)
        return context

    return make


@pytest.mark.parametrize(("name", "good"), [("files.example", True), ("other.example", False)])
def test_the_certificate_must_be_for_the_name_not_the_address(
    name: str, good: bool, certified: Callable[[str], ssl.SSLContext]
) -> None:
    with serving(file, certified(name)) as server:
        host = f"files.example:{server.server_port}"
        settings: dict[str, Any] = {"max_bytes": 10, "timeout": 5, "allowed_hosts": (host,)}
        if good:
            assert safe_fetch(f"https://{host}/", resolve=leads_to("127.0.0.1"), **settings).data == b"picture"
        else:
            with pytest.raises(FetchError):
                safe_fetch(f"https://{host}/", resolve=leads_to("127.0.0.1"), **settings)
        assert bool(server.seen) is good
