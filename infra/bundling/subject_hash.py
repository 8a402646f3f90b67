"""The hash by which OpenSSL finds a certificate in a folder: that of its subject in canonical form.

https://docs.openssl.org/3.0/man3/X509_NAME_hash/ names the function; its source
(crypto/x509/x_name.c) defines the canonical form. No package of the project computes the hash, and
cryptography refuses old roots.
"""

import hashlib
import re
from collections.abc import Iterator
from typing import NamedTuple

_SEQUENCE, _SET, _UTF8_STRING, _VERSION = 0x30, 0x31, 0x0C, 0xA0
# Encodings of the types of text: UTF-8, printable ASCII, T61, IA5, visible, universal and BMP strings.
_ENCODINGS = {
    _UTF8_STRING: "utf-8",
    0x13: "ascii",
    0x14: "latin-1",
    0x16: "ascii",
    0x1A: "ascii",
    0x1C: "utf-32-be",
    0x1E: "utf-16-be",
}
# The largest length in one byte. The lower bits of a larger byte say how many bytes hold the length.
_SHORT = 0x7F


class _Value(NamedTuple):
    tag: int
    content: bytes


def subject_hash(certificate: bytes) -> str:
    """Return the hash of a certificate in DER form, as eight hexadecimal digits.

    Raises
    ------
    ValueError
        The bytes are not a certificate.
    """
    try:
        signed, *_ = _values(_sequence(certificate))
        fields = [each for each in _values(signed.content) if each.tag != _VERSION]
        # Serial number, algorithm, issuer, validity, subject.
        subject = fields[4]
        names = b"".join(map(_canonical_set, _values(subject.content)))
    except IndexError as error:
        raise ValueError("it is cut off") from error
    digest = hashlib.sha1(names, usedforsecurity=False).digest()
    return f"{int.from_bytes(digest[:4], 'little'):08x}"


def _canonical_set(attributes: _Value) -> bytes:
    return _encode(_SET, b"".join(sorted(map(_canonical_attribute, _values(attributes.content)))))


def _canonical_attribute(attribute: _Value) -> bytes:
    kind, value = _values(attribute.content)
    return _encode(_SEQUENCE, _encode(*kind) + _canonical_text(value))


def _canonical_text(value: _Value) -> bytes:
    encoding = _ENCODINGS.get(value.tag)
    if encoding is None:
        return _encode(*value)
    # OpenSSL changes the case of ASCII letters alone, and knows only ASCII's whitespace.
    text = re.sub(r"[ \t-\r]+", " ", value.content.decode(encoding)).strip(" ")
    canonical = re.sub("[A-Z]+", lambda letters: letters[0].lower(), text)
    return _encode(_UTF8_STRING, canonical.encode())


def _sequence(der: bytes) -> bytes:
    (value,) = _values(der)
    if value.tag != _SEQUENCE:
        raise ValueError("it is no sequence")
    return value.content


def _values(der: bytes) -> Iterator[_Value]:
    start = 0
    while start < len(der):
        tag, length, start = der[start], der[start + 1], start + 2
        if length > _SHORT:
            size = length & _SHORT
            length, start = int.from_bytes(der[start : start + size]), start + size
        if start + length > len(der):
            raise IndexError
        yield _Value(tag, der[start : start + length])
        start += length


def _encode(tag: int, content: bytes) -> bytes:
    if len(content) <= _SHORT:
        return bytes((tag, len(content))) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8)
    return bytes((tag, 0x80 | len(length))) + length + content
