"""The histories in the watch's table: one document for each type, and for each type and foundation model."""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from customization_jobs.aws.table import Document, VersionConflict
from customization_jobs.eta.history import CompletedJob, History

# A sweep spends no more than this, plus one call, on the histories.
_MAX_SECONDS = 3.0


class Documents(Protocol):
    """Stores documents by key; see `aws.table.VersionedTable`."""

    def get(self, key: str) -> Document | None:
        """Read a document."""
        ...

    def get_many(self, keys: Iterable[str]) -> Mapping[str, Document]:
        """Read the documents that exist, eventually consistent."""
        ...

    def put(self, key: str, document: Document) -> Document:
        """Write a document over the version that was read, or raise `VersionConflict`."""
        ...


class Histories:
    """Reads and extends the histories."""

    def __init__(self, documents: Documents, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._documents = documents
        self._clock = clock

    def get(self, key: str) -> History:
        """Read a history; an empty one if there is none, or if it is not readable.

        Raises
        ------
        WatchUnavailableException
            The table did not answer, or refused.
        """
        document = self._documents.get(key)
        return History.from_json(document.body) if document else History()

    def add(self, jobs: Mapping[str, Iterable[CompletedJob]]) -> int:
        """Add completed jobs to the histories, by key, and return the number of histories that changed.

        Adding a job again changes nothing. A history that another sweep extends at the same time, or for
        which no time is left, stays as it is: the next sweep finds the same jobs.

        Raises
        ------
        WatchUnavailableException
            The table did not answer, or refused.
        """
        end = self._clock() + _MAX_SECONDS
        changed = 0
        stored = self._documents.get_many(jobs)
        for key, added in jobs.items():
            document = stored.get(key, Document(None))
            history = History.from_json(document.body)
            extended = history.with_jobs(added)
            if extended == history:
                continue
            if self._clock() > end:
                break
            try:
                self._documents.put(key, Document(extended.to_json(), document.version))
                changed += 1
            except VersionConflict:
                continue
        return changed
