"""The table, as far as the fleet uses it."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from customization_jobs.aws.table import Document


class Documents(Protocol):
    """Stores documents by key; see `aws.table.VersionedTable`."""

    def get(self, key: str) -> Document | None:
        """Read a document, strongly consistent."""
        ...

    def get_many(self, keys: Iterable[str], *, consistent: bool = False) -> Mapping[str, Document]:
        """Read the documents that exist, by default eventually consistent."""
        ...

    def put(self, key: str, document: Document) -> Document:
        """Write a document over the version that was read, or raise `VersionConflict`."""
        ...
