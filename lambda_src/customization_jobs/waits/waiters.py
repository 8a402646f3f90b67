"""The waiters, in the watch's table."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from customization_jobs.aws.table import Document, Unfinished, VersionedTable
from customization_jobs.errors import WatchUnavailableException
from customization_jobs.waits.waiter import Waiter

# No ARN starts like this.
_PREFIX = "#wait/"
# For how long a waiter that is done is kept, so that a repeated registration finds it.
_KEPT_WHEN_DONE = timedelta(days=1)


class Waiters:
    """Reads and writes waiters. Each method raises a WatchUnavailableException as `VersionedTable` does."""

    def __init__(
        self, table: VersionedTable, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._table = table
        self._now = now

    def get(self, waiter_id: str) -> Waiter | None:
        """Read a waiter, strongly consistent; None if there is none, or it is done."""
        document = self._table.get(_PREFIX + waiter_id)
        return _read(waiter_id, document) if document else None

    def get_many(self, waiter_ids: Iterable[str]) -> list[Waiter | WatchUnavailableException]:
        """Read the waiters that are not done, possibly stale. One that is not readable is an error."""
        documents = self._table.get_many(_PREFIX + each for each in waiter_ids)
        found = (_read_or_error(_id(key), document) for key, document in documents.items())
        return [waiter for waiter in found if waiter]

    def put(self, waiter: Waiter) -> Waiter:
        """Write a waiter over the version that was read, or raise `VersionConflict`."""
        unfinished = Unfinished(waiter.awaits, self._now())
        written = self._table.put(
            _PREFIX + waiter.id, Document(waiter.to_json(), waiter.version), unfinished=unfinished
        )
        return waiter._replace(version=written.version)

    def finish(self, waiter: Waiter) -> None:
        """Write that a waiter is done, over the version that was read, or raise `VersionConflict`."""
        expires_at = int((self._now() + _KEPT_WHEN_DONE).timestamp())
        done: dict[str, Any] = {"done": True}
        self._table.put(_PREFIX + waiter.id, Document(done, waiter.version), expires_at=expires_at)

    def awaiting(self, awaited: str) -> Iterator[str]:
        """Yield the ids of the waiters that wait for a job or `NEW_JOBS`, except those just written."""
        return map(_id, self._table.unfinished_keys(awaited))

    def all_ids(self) -> Iterator[str]:
        """Yield the ids of all waiters that are not done, except those just written, in no order."""
        return map(_id, self._table.all_unfinished_keys(_PREFIX))


def _id(key: str) -> str:
    return key.removeprefix(_PREFIX)


def _read_or_error(waiter_id: str, document: Document) -> Waiter | WatchUnavailableException | None:
    try:
        return _read(waiter_id, document)
    except WatchUnavailableException as error:
        return error


def _read(waiter_id: str, document: Document) -> Waiter | None:
    body = document.body
    if isinstance(body, dict) and body.get("done"):
        return None
    try:
        return Waiter.from_json(body, document.version)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise WatchUnavailableException(
            f"The waiter {waiter_id} is not readable by this version ({error!r}). Deploy the version that "
            "wrote it, or delete the item from the table."
        ) from error
