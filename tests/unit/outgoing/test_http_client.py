"""What goes out: by the settings alone, within a time and a size, cut off wherever it stands."""

import datetime as dt
import gzip
import os
import socket
import ssl
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path
from threading import Thread, Timer
from time import monotonic

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from cobalamin.service.outgoing.abortable import AbortHandle
from cobalamin.service.outgoing.addresses import is_safe, origin
from cobalamin.service.outgoing.http_client import (
    FailureReason,
    HttpClient,
    HttpClientError,
    build_session,
    proxies_for,
)
from cobalamin.service.settings import Settings
from fhir_server import (
    FhirServer,
    Handler,
    drip_body,
    drip_headers,
    drip_open_end,
    fhir_server,
    hang,
)

LARGEST = 100_000


@pytest.fixture
def server() -> Iterator[FhirServer]:
    with fhir_server() as running:
        yield running


def get(
    client: HttpClient, url: str, seconds: float = 20, handle: AbortHandle | None = None
) -> bytes:
    deadline = monotonic() + seconds
    return client.get(url, {}, handle=handle or AbortHandle(), deadline=deadline, max_bytes=LARGEST)


def why(
    client: HttpClient, url: str, seconds: float = 20, handle: AbortHandle | None = None
) -> FailureReason:
    with pytest.raises(HttpClientError) as caught:
        get(client, url, seconds, handle)
    return caught.value.reason


@pytest.mark.parametrize("behaviour", [hang, drip_headers, drip_body, drip_open_end])
def test_an_exchange_is_cut_wherever_it_stands(
    server: FhirServer, behaviour: Callable[[Handler], None]
) -> None:
    server.behave["*"] = behaviour
    handle, start = AbortHandle(), monotonic()
    Timer(0.2, handle.abort).start()
    assert (
        why(HttpClient(Settings()), f"{server.address}/Patient/1", handle=handle)
        is FailureReason.late
    )
    assert monotonic() - start < 5


def test_an_exchange_is_cut_when_its_connection_was_used_before(server: FhirServer) -> None:
    client, handle = HttpClient(Settings()), AbortHandle()
    get(client, f"{server.address}/Patient/1", handle=handle)
    server.behave["*"] = drip_body
    start = monotonic()
    Timer(0.2, handle.abort).start()
    assert why(client, f"{server.address}/Patient/1", handle=handle) is FailureReason.late
    assert monotonic() - start < 5


def test_an_exchange_is_cut_in_the_midst_of_a_handshake() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # the kernel takes the connection
        handle, start = AbortHandle(), monotonic()
        Timer(0.2, handle.abort).start()
        url = f"https://127.0.0.1:{silent.getsockname()[1]}/fhir"
        assert why(HttpClient(Settings()), url, handle=handle) is FailureReason.late
    assert monotonic() - start < 5


def test_what_begins_on_a_cut_line_ends_at_once(server: FhirServer) -> None:
    handle = AbortHandle()
    handle.abort()
    assert (
        why(HttpClient(Settings()), f"{server.address}/Patient/1", handle=handle)
        is FailureReason.late
    )
    assert server.asked == []


def test_a_silent_server_is_left_by_the_end_without_being_cut(server: FhirServer) -> None:
    server.behave["*"] = hang
    start = monotonic()
    assert (
        why(HttpClient(Settings()), f"{server.address}/Patient/1", seconds=0.2)
        is FailureReason.late
    )
    assert monotonic() - start < 5


def test_a_redirect_is_not_even_read(server: FhirServer) -> None:
    packed = gzip.compress(b" " * 50_000_000)

    def point_away(handler: Handler) -> None:
        handler.send_response(302)
        handler.send_header("Location", f"{server.address}/elsewhere")
        handler.send_header("Content-Encoding", "gzip")
        handler.send_header("Content-Length", str(len(packed)))
        handler.end_headers()
        handler.wfile.write(packed)

    server.behave["*"] = point_away
    client = HttpClient(Settings())
    tracemalloc.start()
    try:
        assert why(client, f"{server.address}/Patient/1") is FailureReason.redirected
        assert tracemalloc.get_traced_memory()[1] < len(packed) + 5_000_000
    finally:
        tracemalloc.stop()
    assert len(server.asked) == 1


def test_connections_are_used_again(server: FhirServer) -> None:
    peers = []

    def remember(handler: Handler) -> None:
        peers.append(handler.client_address)
        handler.answer({})

    server.behave["*"] = remember
    client = HttpClient(Settings())
    for _ in range(3):
        get(client, f"{server.address}/Patient/1")
    assert len(set(peers)) == 1


def test_no_cookie_and_nothing_of_the_environment_goes_along(
    server: FhirServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sent = []

    def keep(handler: Handler) -> None:
        sent.append(dict(handler.headers))
        handler.send_response(200)
        handler.send_header("Set-Cookie", "session=one; Path=/")
        handler.send_header("Content-Length", "2")
        handler.end_headers()
        handler.wfile.write(b"{}")

    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login a password b\n", "utf-8")
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    server.behave["*"] = keep
    client = HttpClient(Settings())
    for _ in range(2):
        get(client, f"{server.address}/Patient/1")
    assert len(sent) == 2
    assert {"Cookie", "Authorization"}.isdisjoint({*sent[0], *sent[1]})


# --- the proxy


def test_a_proxy_is_asked_except_for_what_is_near(server: FhirServer) -> None:
    proxy = f"http://user:pass@127.0.0.1:{server.port}"
    settings = Settings(proxy=proxy, no_proxy=("127.0.0.1", "near.example"))
    client = HttpClient(settings)
    server.behave["*"] = lambda handler: handler.answer({"path": handler.path})
    assert b"http://far.example.org/fhir/x" in get(client, "http://far.example.org/fhir/x")
    assert get(client, f"{server.address}/x") == b'{"path": "/fhir/x"}'
    near, far = ("a.near.example", "near.example"), {"http": proxy, "https": proxy}
    assert [proxies_for(settings, f"https://{host}/x") for host in near] == [None, None]
    assert proxies_for(settings, "https://notnear.example/x") == far
    assert build_session(settings, "https://notnear.example").proxies == far
    assert build_session(settings, "https://near.example").proxies == {}


def test_what_is_near_enough_for_plain_http_never_passes_a_proxy(server: FhirServer) -> None:
    with fhir_server() as proxy:
        client = HttpClient(Settings(proxy=f"http://127.0.0.1:{proxy.port}"))
        assert b"Patient" in get(client, f"{server.address}/Patient/1")
    assert proxy.asked == []


def test_a_proxys_password_goes_to_the_proxy_alone(server: FhirServer) -> None:
    seen = []

    def keep(handler: Handler) -> None:
        seen.append(handler.headers.get("Proxy-Authorization"))
        handler.answer({})

    server.behave["*"] = keep
    get(
        HttpClient(Settings(proxy=f"http://u:p@127.0.0.1:{server.port}")),
        "http://far.example.org/x",
    )
    get(HttpClient(Settings()), f"{server.address}/x")
    assert seen == ["Basic dTpw", None]


# --- certificates


def a_certificate(folder: Path, address: str = "127.0.0.1") -> tuple[Path, Path]:
    """A certificate for the address that signs itself, and the same with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "example hospital")])
    today = dt.datetime.now(dt.UTC)
    connection = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - dt.timedelta(days=1))
        .not_valid_after(today + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public = connection.public_bytes(Encoding.PEM)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "ca.pem").write_bytes(public)
    (folder / "both.pem").write_bytes(public + private)
    return folder / "ca.pem", folder / "both.pem"


@contextmanager
def over_tls(folder: Path, named: str = "127.0.0.1") -> Iterator[tuple[str, Path]]:
    """The address of a server with a certificate of a private authority, and that authority's."""
    public, both = a_certificate(folder, named)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    with fhir_server(tls=context) as server:
        yield server.address.replace("http:", "https:"), public


def test_a_private_authority_is_believed_where_it_is_named(tmp_path: Path) -> None:
    with over_tls(tmp_path) as (address, public):
        assert why(HttpClient(Settings()), f"{address}/Patient/1") is FailureReason.untrusted
        trusting = HttpClient(Settings(ca_bundle=public))
        assert b"Patient" in get(trusting, f"{address}/Patient/1")
        threads = [Thread(target=get, args=(trusting, f"{address}/Patient/1")) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)


def test_a_certificate_for_another_address_is_not_believed(tmp_path: Path) -> None:
    with over_tls(tmp_path, named="127.0.0.2") as (address, public):
        trusting = HttpClient(Settings(ca_bundle=public))
        assert why(trusting, f"{address}/Patient/1") is FailureReason.untrusted


@contextmanager
def cut_off(before: bytes, tls: ssl.SSLContext | None) -> Iterator[str]:
    """The address of a server that ends its connection without a word, after these bytes."""

    def serve(listening: socket.socket) -> None:
        plain, _ = listening.accept()
        if tls is None:
            plain.recv(65536)
            plain.close()
            return
        with tls.wrap_socket(plain, server_side=True) as secured:
            secured.recv(65536)
            secured.sendall(before)
            os.close(secured.detach())

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = Thread(target=serve, args=(listening,))
        thread.start()
        yield f"https://127.0.0.1:{listening.getsockname()[1]}/fhir/x"
        thread.join(10)


def test_a_server_that_breaks_off_has_not_shown_a_wrong_certificate(tmp_path: Path) -> None:
    public, both = a_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    trusting = HttpClient(Settings(ca_bundle=public))
    with cut_off(b"", None) as address:
        assert why(trusting, address) is FailureReason.broken
    with cut_off(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{", context) as address:
        assert why(trusting, address) is FailureReason.broken


def test_authorities_are_read_once_and_not_for_each_connection(tmp_path: Path) -> None:
    with over_tls(tmp_path) as (address, public):
        trusting = HttpClient(Settings(ca_bundle=public))
        public.unlink()
        assert b"Patient" in get(trusting, f"{address}/Patient/1")


def test_a_proxy_is_spoken_to_over_tls_by_the_same_authorities(tmp_path: Path) -> None:
    with over_tls(tmp_path) as (address, public):
        proxy = address.removesuffix("/fhir")
        trusting = HttpClient(Settings(ca_bundle=public, proxy=proxy))
        assert b"Patient" in get(trusting, "http://far.example.org/fhir/Patient/1")
        assert (
            why(HttpClient(Settings(proxy=proxy)), "http://far.example.org/x")
            is FailureReason.untrusted
        )


# --- addresses


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://a/x", "https://a:443/y", True),
        ("https://A/x", "https://a/x", True),
        ("http://a", "http://a:80", True),
        ("http://a", "https://a", False),
        ("https://a", "https://a:8443", False),
        ("https://a", "https://a.b", False),
        ("https://a", "https://user@a", True),
    ],
)
def test_an_origin_is_scheme_host_and_port(one: str, other: str, *, same: bool) -> None:
    assert (origin(one) == origin(other)) is same


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://a.example", True),
        ("http://127.0.0.1:8080/fhir", True),
        ("http://localhost/fhir", True),
        ("http://a.example", False),
        ("ftp://127.0.0.1", False),
        ("a.example", False),
    ],
)
def test_only_tls_or_the_loopback_is_safe(url: str, *, safe: bool) -> None:
    assert is_safe(url) is safe
