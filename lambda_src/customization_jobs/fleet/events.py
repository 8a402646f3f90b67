"""The events of sources that can no longer be listed, that can be listed again, or that left the fleet."""

import hashlib
from datetime import datetime

from customization_jobs.aws.bus import BusEvent
from customization_jobs.fleet.coverage import SourceCoverage
from customization_jobs.jobs import EVENT_SOURCE, EVENT_VERSION
from customization_jobs.timestamps import format_timestamp

SOURCE_DARK, SOURCE_BACK, SOURCE_REMOVED = "SourceDark", "SourceBack", "SourceRemoved"
DETAIL_TYPES = {
    SOURCE_DARK: "Model Customization Job Source Dark",
    SOURCE_BACK: "Model Customization Job Source Back",
    SOURCE_REMOVED: "Model Customization Job Source Removed",
}


def due_event(coverage: SourceCoverage, now: datetime) -> BusEvent | None:
    """Return the event that is to be published for a source; None if there is none.

    The event has the same id however often it is made, until the coverage has a new `dark_id`. A source that
    was listed and went dark again before its `SourceBack` was recorded is dark anew, with another id.
    """
    if coverage.is_dark and coverage.dark_id != coverage.next_dark_id():
        return _event(SOURCE_DARK, coverage.next_dark_id(), coverage, now)
    if coverage.is_listed and coverage.dark_id is not None:
        back_id = hashlib.blake2b(f"{coverage.dark_id}\nback".encode(), digest_size=16).hexdigest()
        return _event(SOURCE_BACK, back_id, coverage, now)
    return None


def removed_event(coverage: SourceCoverage, removed_at: datetime) -> BusEvent:
    """Return the event of a source that left the fleet. The same source and time give the same id."""
    parts = f"{coverage.source}\nremoved {removed_at.isoformat()}"
    event_id = hashlib.blake2b(parts.encode(), digest_size=16).hexdigest()
    return _event(SOURCE_REMOVED, event_id, coverage, removed_at)


def _event(kind: str, event_id: str, coverage: SourceCoverage, now: datetime) -> BusEvent:
    return BusEvent(
        id=event_id,
        source=EVENT_SOURCE,
        detail_type=DETAIL_TYPES[kind],
        detail={
            "version": EVENT_VERSION,
            "id": event_id,
            "kind": kind,
            "at": format_timestamp(now),
            "source": coverage.row(),
        },
        resource=str(coverage.source),
    )
