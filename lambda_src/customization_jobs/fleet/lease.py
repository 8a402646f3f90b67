"""The lease of the running sweep of the fleet, so that no second one runs at the same time."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from customization_jobs.aws.table import Document, VersionConflict
from customization_jobs.fleet.documents import Documents
from customization_jobs.timestamps import parse_timestamp_or_none

_KEY = "#fleet/lease"
# The timeout of the state machine, after which its execution has ended in any case. Less than an hour, so
# that an hourly sweep is not skipped because the previous one died.
LEASE = timedelta(minutes=50)


class Held(NamedTuple):
    """A lease.

    Attributes
    ----------
    sweep : str
        Name of the execution that holds it.
    since : datetime
        When it was acquired.
    is_released : bool
        Whether the sweep has ended.
    """

    sweep: str
    since: datetime
    is_released: bool = False

    def is_held_by(self, sweep: str) -> bool:
        """Whether a sweep holds the lease, and has not released it."""
        return self.sweep == sweep and not self.is_released

    def to_json(self) -> dict[str, Any]:
        """Return the form in which the table contains it."""
        return {"sweep": self.sweep, "since": self.since.isoformat(), "released": self.is_released}

    @classmethod
    def from_json(cls, written: object) -> "Held | None":
        """Read what `to_json` returned; None for anything else."""
        fields = written if isinstance(written, Mapping) else {}
        since = parse_timestamp_or_none(fields.get("since"))
        return cls(str(fields.get("sweep")), since, fields.get("released") is True) if since else None


class _Stored(NamedTuple):
    document: Document | None
    held: Held | None


class SweepLease:
    """Acquires and releases the lease.

    All methods raise `WatchUnavailableException` if the table does not answer, or refuses.
    """

    def __init__(
        self, documents: Documents, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._documents = documents
        self._now = now

    def acquire(self, sweep: str) -> bool:
        """Acquire the lease for a sweep, also again; return false if another sweep holds it."""
        document, held = self._read()
        if held and held.is_held_by(sweep):
            return True
        if held and not held.is_released and self._now() - held.since < LEASE:
            return False
        try:
            body = Held(sweep, self._now()).to_json()
            self._documents.put(_KEY, Document(body, document.version if document else 0))
        except VersionConflict:
            # Another sweep was faster; or this write succeeded, and only its answer was lost.
            held = self._read().held
            return held is not None and held.is_held_by(sweep)
        return True

    def started(self, sweep: str) -> datetime | None:
        """Return when a sweep acquired the lease; None if another one has acquired it since."""
        held = self._read().held
        return held.since if held and held.sweep == sweep else None

    def release(self, sweep: str) -> None:
        """Release the lease, if this sweep holds it."""
        document, held = self._read()
        if document and held and held.is_held_by(sweep):
            # The other writer, if there is one, has acquired the expired lease.
            with suppress(VersionConflict):
                body = held._replace(is_released=True).to_json()
                self._documents.put(_KEY, Document(body, document.version))

    def _read(self) -> _Stored:
        document = self._documents.get(_KEY)
        return _Stored(document, Held.from_json(document.body) if document else None)
