"""Who may send by MLLP: by address, by certificate, and how much."""

import os
import shlex
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app import ROOT
from cobalamin.service.access.clients import (
    Certificate,
    Client,
    ClientKind,
    Credential,
    NoCredential,
)
from cobalamin.service.access.registry import load_registry
from cobalamin.service.access.scopes import Scope
from cobalamin.service.cli.mllp_tls import build_tls
from cobalamin.service.environment_reader import IPNetwork
from cobalamin.service.mllp.senders import find_sender, subject_of_certificate
from cobalamin.service.records.messages import count_messages
from cobalamin.service.records.migrate import upgrade
from cobalamin.service.records.store import Store
from cobalamin.service.settings import Environment, Settings, SettingsError
from cobalamin.service.version import VERSION
from databases import free_port
from documented import blocks
from measured import scrape, value_of
from mllp import Caller, Listening, error_code, listening, oru, verdict

KEY_USES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)
LIS = '[clients.lis]\ndoors = ["lab"]\nprofile = "us-aafp"\naddresses = ["127.0.0.1"]\n'
SUBJECT = "CN=lis,O=Example\\, Laboratory,C=GB"


def database(folder: Path) -> str:
    address = f"sqlite:///{folder}/senders.sqlite3"
    with closing(Store(address)) as store:
        upgrade(store)
    return address


def registry(folder: Path, text: str) -> Path:
    file = folder / "clients.toml"
    file.write_text(text, "utf-8")
    return file


# --- certificates


def _key_usage(*, is_authority: bool) -> x509.KeyUsage:
    uses = dict.fromkeys(KEY_USES, False)
    return x509.KeyUsage(**uses | {"digital_signature": True, "key_cert_sign": is_authority})


class Authority:
    """A certificate authority of the tests, with the files that it has made."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
        self.file = self._write("ca", self._built(self.name, self.key, is_authority=True), self.key)

    def make(self, name: str, *parts: tuple[x509.ObjectIdentifier, str]) -> tuple[Path, Path]:
        """A certificate with its key: both files."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(kind, value) for kind, value in parts])
        file = self._write(name, self._built(subject, key, is_authority=False), key)
        return file, self.folder / f"{name}.key"

    def _built(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, *, is_authority: bool
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        own_key = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        issued_by = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            # Python 3.13 asks for all three.
            .add_extension(issued_by, critical=False)
            .add_extension(own_key, critical=False)
            .add_extension(_key_usage(is_authority=is_authority), critical=True)
            .sign(self.key, hashes.SHA256())
        )

    def _write(self, name: str, made: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> Path:
        file = self.folder / f"{name}.pem"
        file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
        (self.folder / f"{name}.key").write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return file


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"))


def calling(authority: Authority, files: tuple[Path, Path] | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(authority.file))
    if files is not None:
        context.load_cert_chain(*map(str, files))
    return context


def test_a_sender_is_told_by_its_certificate(tmp_path: Path, authority: Authority) -> None:
    server = authority.make("server", (NameOID.COMMON_NAME, "localhost"))
    known = authority.make(
        "lis",
        (NameOID.COUNTRY_NAME, "GB"),
        (NameOID.ORGANIZATION_NAME, "Example, Laboratory"),
        (NameOID.COMMON_NAME, "lis"),
    )
    unknown = authority.make("other", (NameOID.COMMON_NAME, "other"))
    clients = registry(tmp_path, LIS + f"certificate = '{SUBJECT}'\n")
    tls = build_tls(str(server[0]), str(server[1]), str(authority.file))
    with listening(database(tmp_path), tls=tls, clients=clients) as running:
        with running.connect(calling(authority, known)) as caller:
            answer = caller.ask(oru("t1"))
            assert verdict(answer) == ("AA", "t1")
            assert b"|us-aafp|" in answer
        with running.connect(calling(authority, unknown)) as caller:
            assert caller.read() == b""
        assert answered_without_certificate(running, authority) == b""
        assert count_messages(running.store) == {"answered": 1}


def test_the_commands_of_the_page_take_a_message_as_printed(
    tmp_path: Path, authority: Authority
) -> None:
    """Page mllp.md; on a free port of the loopback in place of the printed one."""
    first, second = blocks(ROOT / "docs" / "mllp.md")[0].strip().splitlines()
    authority.make("server", (NameOID.COMMON_NAME, "localhost"))
    shutil.copytree(authority.folder, tmp_path, dirs_exist_ok=True)
    shutil.copy(authority.file, tmp_path / "senders.pem")
    environment = {
        **os.environ,
        "COBALAMIN_ENVIRONMENT": "development",
        "COBALAMIN_DATABASE_URL": f"sqlite:///{tmp_path}/mllp.sqlite3",
        "COBALAMIN_CLIENTS": str(registry(tmp_path, LIS)),
        "COBALAMIN_MLLP_METRICS_PORT": str(metrics := free_port()),
    }
    port = free_port()
    upgrading = [sys.executable, "-m", "cobalamin.service", *shlex.split(first)[1:]]
    listening_at = second.replace("0.0.0.0:2575", f"127.0.0.1:{port}")
    listen = [sys.executable, "-m", "cobalamin.service", *shlex.split(listening_at)[1:]]
    subprocess.run(upgrading, env=environment, cwd=tmp_path, check=True)  # noqa: S603
    with subprocess.Popen(listen, env=environment, cwd=tmp_path) as process:  # noqa: S603
        try:
            wait_until_open(port, process)
            files = authority.make("caller", (NameOID.COMMON_NAME, "lis"))
            with Caller(port, calling(authority, files)) as caller:
                assert verdict(caller.ask(oru("p1"))) == ("AA", "p1")
            samples = scrape(metrics)
            assert value_of(samples, "cobalamin_requests_total", route="mllp", status="AA") == 1
            assert value_of(samples, "cobalamin_build", version=VERSION) == 1
            assert value_of(samples, "cobalamin_mode", mode="live") == 1
            assert value_of(samples, "cobalamin_knowledge", profile="us-aafp") == 1
            with pytest.raises(HTTPError, match="404") as refused:
                urlopen(f"http://127.0.0.1:{metrics}/")
            refused.value.close()
        finally:
            process.send_signal(signal.SIGTERM)
    assert process.returncode == 0


def wait_until_open(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        assert process.poll() is None
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail("the listener did not open its port within 60 s")


def answered_without_certificate(running: Listening, authority: Authority) -> bytes:
    try:
        with running.connect(calling(authority, None)) as caller:
            return caller.ask(oru("t2"))
    except OSError:
        return b""


# --- addresses and limits


def test_an_unknown_sender_is_not_read(tmp_path: Path) -> None:
    clients = registry(tmp_path, LIS.replace("127.0.0.1", "192.0.2.0/24"))
    with listening(database(tmp_path), clients=clients) as running:
        with running.connect() as caller:
            assert caller.read() == b""
        assert count_messages(running.store) == {}


def test_a_sender_gets_lines_of_the_width_of_its_entry(tmp_path: Path) -> None:
    clients = registry(tmp_path, LIS + "[clients.lis.hl7v2]\nline_width = 60\n")
    with listening(database(tmp_path), clients=clients) as running, running.connect() as caller:
        answer = caller.ask(oru("w1")).decode().split("\r")
        lines = [one.split("|")[3] for one in answer if one.startswith("NTE|")]
        assert len(lines) > 2
        assert all(len(line) <= 60 for line in lines)


def test_a_sender_beyond_its_limit_is_told_to_send_again(tmp_path: Path) -> None:
    clients = registry(tmp_path, LIS + "rate_limit = 2\n")
    with listening(database(tmp_path), clients=clients) as running, running.connect() as caller:
        answers = [caller.ask(oru(f"n{number}")) for number in range(6)]
        throttled = [answer for answer in answers if error_code(answer) == "207"]
        # A minute may end between two of them.
        assert 2 <= len(throttled) <= 4
        assert count_messages(running.store) == {"answered": 6 - len(throttled)}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (LIS.replace('"lab"', '"cds"'), "add `lab` to doors"),
        (LIS.replace("127.0.0.1", "here"), "an IP address or a network"),
        (LIS + LIS.replace("lis", "other").replace("127.0.0.1", "127.0.0.0/8"), "has one of them"),
        (LIS.replace('addresses = ["127.0.0.1"]', ""), "exactly one of"),
        (LIS + "[clients.lis.hl7v2]\nline_width = 90\n", "<= 80"),
    ],
)
def test_a_wrong_entry_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    settings = Settings(environment=Environment.development, clients=registry(tmp_path, text))
    with pytest.raises(SettingsError, match=problem):
        load_registry(settings)


def client(credential: Credential, *addresses: str, scope: Scope = Scope.lab) -> Client:
    networks: tuple[IPNetwork, ...] = tuple(ip_network(address) for address in addresses)
    return Client(
        id="lis",
        scopes=frozenset({scope}),
        profile="uk-nice",
        kind=ClientKind.generic,
        addresses=networks,
        credential=credential,
    )


@pytest.mark.parametrize(
    ("found", "peer", "subject", "is_known"),
    [
        (client(NoCredential(), "192.0.2.1"), "192.0.2.1", None, True),
        (client(NoCredential(), "192.0.2.1"), "::ffff:192.0.2.1", None, True),
        (client(NoCredential(), "fe80::/10"), "fe80::1%eth0", None, True),
        (client(NoCredential(), "192.0.2.1"), "192.0.2.2", None, False),
        (client(NoCredential(), "192.0.2.1"), "", None, False),
        (client(NoCredential()), "192.0.2.1", None, False),
        (client(NoCredential(), "192.0.2.1", scope=Scope.ops), "192.0.2.1", None, False),
        (client(Certificate(subject="CN=a"), "192.0.2.1"), "192.0.2.1", "CN=a", True),
        (client(Certificate(subject="CN=a"), "192.0.2.1"), "192.0.2.1", "CN=b", False),
        (client(Certificate(subject="CN=a"), "192.0.2.1"), "192.0.2.1", None, False),
        (client(Certificate(subject="CN=a"), "192.0.2.1"), "192.0.2.9", "CN=a", False),
    ],
)
def test_a_client_is_found_by_address_and_certificate(
    found: Client, peer: str, subject: str | None, *, is_known: bool
) -> None:
    assert find_sender([found], peer, subject) == (found if is_known else None)


def test_a_subject_is_written_as_the_registry_has_it() -> None:
    names = ((("countryName", "GB"),), (("organizationName", "A, B"),), (("commonName", "#1"),))
    assert subject_of_certificate({"subject": names}) == "CN=\\#1,O=A\\, B,C=GB"
    assert subject_of_certificate({}) is None
    assert subject_of_certificate(None) is None
