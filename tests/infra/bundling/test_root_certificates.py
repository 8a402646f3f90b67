"""Every root certificate that botocore trusts is found in the bundle by OpenSSL itself."""

import ssl
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import botocore
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.bundling import BundleError
from infra.bundling.root_certificates import add_root_certificate, hash_root_certificates
from infra.bundling.subject_hash import subject_hash

BOTOCORES = Path(botocore.__file__).with_name("cacert.pem")
KEY = ec.generate_private_key(ec.SECP256R1())


def roots_of_botocore() -> list[bytes]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(BOTOCORES)
    return context.get_ca_certs(binary_form=True)


def hash_by_openssl(certificate: Path) -> str:
    command = ["openssl", "x509", "-hash", "-noout", "-in", str(certificate)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_the_bundle_has_every_root_of_botocore_where_openssl_looks_for_it(bundle: Path) -> None:
    folder = bundle / "customization_jobs" / "root_certificates"
    in_bundle = {path: ssl.PEM_cert_to_DER_cert(path.read_text()) for path in folder.iterdir()}
    assert sorted(in_bundle.values()) == sorted(roots_of_botocore())
    assert len(in_bundle) > 100
    for path in in_bundle:
        assert path.name == f"{hash_by_openssl(path)}.0"
    assert not (bundle / "botocore" / "cacert.pem").exists(), "each root is in the bundle once"


NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=10)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.lists(NAMES, min_size=1, max_size=2, unique=True), min_size=1, max_size=3))
def test_any_subject_is_hashed_as_by_openssl(names: list[list[str]]) -> None:
    kinds = (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME)
    subject = x509.Name(
        x509.RelativeDistinguishedName(
            x509.NameAttribute(kind, f" {name}\t A  b ") for kind, name in zip(kinds, some, strict=False)
        )
        for some in names
    )
    with TemporaryDirectory() as folder:
        file = Path(folder) / "root.pem"
        file.write_bytes(signed(subject))
        assert subject_hash(ssl.PEM_cert_to_DER_cert(file.read_text())) == hash_by_openssl(file)


def signed(subject: x509.Name) -> bytes:
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(subject, subject, KEY.public_key(), 1)
    limits = builder.not_valid_before(now).not_valid_after(now + timedelta(days=1))
    return limits.sign(KEY, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


@pytest.mark.parametrize("cut", [1, 10, 100, 300])
def test_what_is_no_certificate_is_refused(cut: int) -> None:
    with pytest.raises(ValueError, match="it is cut off"):
        subject_hash(roots_of_botocore()[0][:cut])


def test_roots_with_the_same_subject_are_all_kept(tmp_path: Path) -> None:
    first = ssl.DER_cert_to_PEM_cert(roots_of_botocore()[0])
    for _ in range(3):
        add_root_certificate(first, tmp_path)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert [name.partition(".")[2] for name in names] == ["0", "1", "2"]
    assert len({name.partition(".")[0] for name in names}) == 1


NO_CERTIFICATE = "has parts that are no certificates"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("-----END CERTIFICATE", "-----END  CERTIFICATE", NO_CERTIFICATE),
        ("-----BEGIN", "-----BEGIN TRUSTED", NO_CERTIFICATE),
        ("CERTIFICATE-----\nMII", "CERTIFICATE-----\nAII", "is not readable"),
    ],
)
def test_a_root_that_would_be_lost_fails_the_build(old: str, new: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "cacert.pem"
    file.write_text(BOTOCORES.read_text().replace(old, new, 1))
    with pytest.raises(BundleError, match=message):
        hash_root_certificates(file, tmp_path / "roots")


def test_an_empty_file_fails_the_build(tmp_path: Path) -> None:
    file = tmp_path / "cacert.pem"
    file.touch()
    with pytest.raises(BundleError, match=NO_CERTIFICATE):
        hash_root_certificates(file, tmp_path / "roots")
