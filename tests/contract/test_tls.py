"""Which servers the function's clients trust, over real TLS connections."""

import ipaddress
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from botocore import httpsession
from botocore.exceptions import SSLError
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from customization_jobs.aws import root_certificates
from customization_jobs.aws.clients import create_client
from customization_jobs.settings import Settings
from infra.bundling.root_certificates import add_root_certificate

SETTINGS = Settings(region="us-east-1", max_attempts=1)


class _List(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps({"modelCustomizationJobSummaries": []}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Suppress the log of requests."""


class _QuietServer(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Suppress the traceback of a handshake that the client refused."""


class Server:
    """A server with a certificate that is its own root, `root`."""

    def __init__(self, folder: Path, name: str) -> None:
        self.root, key = certificate(name)
        file = folder / f"{name}.pem"
        file.write_text(self.root + key)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        self.server = _QuietServer(("127.0.0.1", 0), _List)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.server.server_port}"


def certificate(name: str) -> tuple[str, str]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    signed = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return signed.public_bytes(serialization.Encoding.PEM).decode(), private.decode()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[str], Server]]:
    servers: list[Server] = []

    def start_it(name: str) -> Server:
        servers.append(Server(tmp_path, name))
        return servers[-1]

    yield start_it
    for each in servers:
        each.server.shutdown()
        each.server.server_close()


@pytest.fixture
def roots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Have new clients trust this folder, as in the bundle."""
    folder = tmp_path / "roots"
    folder.mkdir()
    monkeypatch.delenv("AWS_CA_BUNDLE", raising=False)
    monkeypatch.setattr(root_certificates, "FOLDER", folder)
    monkeypatch.setattr(httpsession, "create_urllib3_context", httpsession.create_urllib3_context)
    root_certificates.trusted_file.cache_clear()
    yield folder
    root_certificates.trusted_file.cache_clear()


def list_jobs(server: Server, monkeypatch: pytest.MonkeyPatch) -> Any:
    for name, value in (
        ("AWS_ENDPOINT_URL_BEDROCK", server.url),
        ("AWS_ACCESS_KEY_ID", "any"),
        ("AWS_SECRET_ACCESS_KEY", "any"),
    ):
        monkeypatch.setenv(name, value)
    client: Any = create_client(SETTINGS, "bedrock")
    try:
        return json.loads(client.list_model_customization_jobs()["body"])
    finally:
        client.close()


def test_the_roots_in_the_folder_are_trusted_and_no_others(
    start: Callable[[str], Server], roots: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusted, other, unknown = start("trusted"), start("other"), start("unknown")
    for each in (trusted, other):
        add_root_certificate(each.root, roots)
    for each in (trusted, other, trusted):
        assert list_jobs(each, monkeypatch) == {"modelCustomizationJobSummaries": []}
    with pytest.raises(SSLError, match="CERTIFICATE_VERIFY_FAILED"):
        list_jobs(unknown, monkeypatch)


def test_the_users_certificates_take_precedence(
    start: Callable[[str], Server], roots: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_folder, users = start("in-folder"), start("users")
    add_root_certificate(in_folder.root, roots)
    file = tmp_path / "users.crt"
    file.write_text(users.root)
    monkeypatch.setenv("AWS_CA_BUNDLE", str(file))
    assert list_jobs(users, monkeypatch) == {"modelCustomizationJobSummaries": []}
    with pytest.raises(SSLError, match="CERTIFICATE_VERIFY_FAILED"):
        list_jobs(in_folder, monkeypatch)


def test_without_a_folder_botocore_trusts_its_own_file(
    start: Callable[[str], Server], roots: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    roots.rmdir()
    assert root_certificates.trusted_file(roots) is None
    with pytest.raises(SSLError, match="CERTIFICATE_VERIFY_FAILED"):
        list_jobs(start("unknown"), monkeypatch)
