"""Stores the trusted root certificates so that OpenSSL reads only the one that it needs.

OpenSSL finds a certificate in a folder by the hash of its subject, as `openssl rehash` names the files:
https://docs.openssl.org/3.0/man1/openssl-rehash/
"""

import re
import ssl
from pathlib import Path

from infra.bundling.errors import BundleError
from infra.bundling.subject_hash import subject_hash

_CERTIFICATE = re.compile("-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n?", re.DOTALL)


def hash_root_certificates(bundle: Path, folder: Path) -> None:
    """Write each certificate of a file to a file of its own, under the name by which OpenSSL finds it.

    Parameters
    ----------
    bundle : Path
        Certificates in PEM form, one after the other.
    folder : Path
        The folder to create.

    Raises
    ------
    BundleError
        The file has no certificates, or anything besides readable ones.
    """
    text = bundle.read_text(encoding="utf-8")
    certificates = _CERTIFICATE.findall(text)
    if not certificates or len(certificates) != text.count("-----BEGIN"):
        raise BundleError(
            f"{bundle} has parts that are no certificates. Pin another botocore, or adapt this check."
        )
    folder.mkdir()
    for certificate in certificates:
        add_root_certificate(certificate, folder)


def add_root_certificate(certificate: str, folder: Path) -> None:
    """Write a certificate in PEM form to a folder.

    Raises
    ------
    BundleError
        The certificate is not readable.
    """
    try:
        subject = subject_hash(ssl.PEM_cert_to_DER_cert(certificate))
    except ValueError as error:
        raise BundleError(
            f"A root certificate is not readable ({error}). Pin another botocore:\n{certificate}"
        ) from error
    # Certificates with the same subject are numbered.
    number = len(list(folder.glob(f"{subject}.*")))
    (folder / f"{subject}.{number}").write_text(certificate, encoding="utf-8")
