"""Files of the export: gzipped JSON Lines under Hive partitions."""

import hashlib
import json
from collections.abc import Callable, Iterable
from gzip import GzipFile
from io import BytesIO
from typing import Protocol

from customization_jobs.export.rows import Row

_CONTENT_TYPE = "application/gzip"
# Level 9 saves 6 % and takes 1.7 times as long (docs/decisions.md).
_LEVEL = 6


class ObjectStore(Protocol):
    """The part of `aws.bucket.Bucket` that is used here."""

    def put(self, key: str, content: bytes, content_type: str) -> None:
        """Write an object; raise BucketError if it is not known to be written."""


class JsonLines:
    """Rows as gzipped JSON Lines. The same rows in the same order give the same bytes.

    Memory grows with the compressed rows alone.

    Attributes
    ----------
    rows : int
        Number of rows.
    """

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        self.rows = 0
        self._content = BytesIO()
        # Without these arguments, the header would contain the time and a file's name.
        self._gzip = GzipFile(filename="", mode="wb", compresslevel=_LEVEL, fileobj=self._content, mtime=0)
        for row in rows:
            self.add(row)

    def add(self, row: Row) -> None:
        """Add a row."""
        line = json.dumps(row, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        self._gzip.write(line.encode() + b"\n")
        self.rows += 1

    def content(self) -> bytes:
        """Return the file. No row can be added afterwards."""
        self._gzip.close()
        return self._content.getvalue()


class ExportFiles:
    """Writes files to the bucket.

    Parameters
    ----------
    on_written : callable
        Called with the kind, the key and the number of rows of each file that was written.
    """

    def __init__(self, bucket: ObjectStore, on_written: Callable[[str, str, int], None]) -> None:
        self._bucket = bucket
        self._on_written = on_written

    def write(self, kind: str, date: str, name: str, lines: JsonLines) -> None:
        """Write a file in place of any other with the same kind, date and name.

        Raises
        ------
        BucketError
            The file is not known to be written.
        """
        key = f"kind={kind}/date={date}/{name}.jsonl.gz"
        self._bucket.put(key, lines.content(), _CONTENT_TYPE)
        self._on_written(kind, key, lines.rows)


def name_of(parts: Iterable[str]) -> str:
    """Return a name that only these parts, in this order, have: 32 hexadecimal digits."""
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        content = part.encode()
        digest.update(f"{len(content)}:".encode() + content)
    return digest.hexdigest()
