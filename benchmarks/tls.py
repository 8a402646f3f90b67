"""A certificate for the double of Bedrock, which copies of the bundles trust besides all others."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.bundles import BUILD, OURS, BenchmarkError
from infra.bundling.root_certificates import add_root_certificate

_ROOTS = Path("customization_jobs/root_certificates")
_CERTIFICATES = Path("botocore/cacert.pem")


@contextmanager
def server_certificate() -> Iterator[Path]:
    """Make a certificate for 127.0.0.1, signed with its own key, in one PEM file with the key.

    Raises
    ------
    BenchmarkError
        openssl is not installed, or failed.
    """
    openssl = shutil.which("openssl")
    if openssl is None:
        raise BenchmarkError(
            "openssl, which makes a certificate, was not found. Install the package openssl."
        )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "server.pem"
        result = subprocess.run(  # noqa: S603 - an installed program with fixed arguments
            [
                *(openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
                *("-subj", "/CN=Benchmark", "-addext", "subjectAltName=IP:127.0.0.1"),
                *("-keyout", f"{folder}/key.pem", "-out", f"{folder}/certificate.pem"),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode:
            raise BenchmarkError(f"openssl could not make a certificate:\n{result.stderr}")
        key = Path(folder, "key.pem").read_text(encoding="utf-8")
        file.write_text(Path(folder, "certificate.pem").read_text(encoding="utf-8") + key, encoding="utf-8")
        yield file


def trusting(bundle: Path, server: Path) -> Path:
    """Copy a bundle, and add the server's certificate to its trusted roots, wherever it keeps them.

    Not through `AWS_CA_BUNDLE`, with which bundles would read a different file than in production.
    """
    certificate, _, _ = server.read_text(encoding="utf-8").partition("-----BEGIN PRIVATE KEY-----")
    copy = BUILD / "bundles-tls" / bundle.name
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(bundle, copy)
    if bundle.name == OURS:
        add_root_certificate(certificate, copy / _ROOTS)
    else:
        roots = copy / _CERTIFICATES
        roots.write_text(f"{roots.read_text(encoding='utf-8')}\n{certificate}", encoding="utf-8")
    return copy
