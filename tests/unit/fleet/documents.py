"""The fleet's documents in memory."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from customization_jobs.aws.table import Document, VersionConflict
from tests.unit.watch.faults import FaultInjector

# The stored documents, with their version and JSON text, by key.
Stored = dict[str, tuple[int, str]]


@dataclass
class InMemoryDocuments:
    """A table with the guarantees of `VersionedTable`."""

    stored: Stored
    faults: FaultInjector

    def get(self, key: str) -> Document | None:
        return self.faults.call("get", lambda: self._document(key))

    def get_many(self, keys: Iterable[str], *, consistent: bool = False) -> dict[str, Document]:
        names = list(keys)

        def read() -> dict[str, Document]:
            return {key: document for key in names if (document := self._document(key))}

        before = read()
        return self.faults.call("get_many", read if consistent else lambda: before)

    def put(self, key: str, document: Document) -> Document:
        return self.faults.call("put", lambda: self._put(key, document))

    def _document(self, key: str) -> Document | None:
        if key not in self.stored:
            return None
        version, written = self.stored[key]
        return Document(json.loads(written), version)

    def _put(self, key: str, document: Document) -> Document:
        version, _ = self.stored.get(key, (0, ""))
        if version != document.version:
            raise VersionConflict
        self.stored[key] = (version + 1, json.dumps(document.body))
        return Document(document.body, version + 1)
