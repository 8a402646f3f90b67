"""Records and events: realistic ones, and arbitrary ones for properties."""

import json
from typing import Any

from hypothesis import strategies as st

from customization_jobs.watch.events import JobTransition, to_bus_event
from customization_jobs.watch.failure import classify
from customization_jobs.watch.job import Job
from customization_jobs.watch.record import JobRecord
from customization_jobs.watch.transition import FoundBy, Kind, Transition, transition_id
from tests.fakes import NOW, job, text

TAGS = {"team": "support", "größe": "5"}


def record(number: int = 0, **fields: Any) -> JobRecord:
    """Return the record of a failed job with two transitions."""
    summary = job(number, status="Failed", customizationType="FINE_TUNING", endTime=text(NOW), **fields)
    arn = summary["jobArn"]
    failure = classify("Input size exceeded in file train.jsonl").to_json()
    at = text(NOW)
    timeline = (
        Transition(
            transition_id(arn, Kind.DISCOVERED), Kind.DISCOVERED, at, FoundBy.SWEEP, 1, published=True
        ),
        Transition(
            transition_id(arn, Kind.FAILED), Kind.FAILED, at, FoundBy.EVENT, 2, details={"failure": failure}
        ),
    )
    return JobRecord(Job.from_fields(summary, {}), 1, timeline, tags=TAGS)


def key(number: int) -> str:
    return record(number).job.key


def stored(number: int, **fields: Any) -> Any:
    """Return the body of a stored record."""
    return json.loads(json.dumps(record(number, **fields).to_json()))


def event(number: int = 0, index: int = -1, **changes: Any) -> dict[str, Any]:
    """Return the event of a transition of the record, as EventBridge delivers it."""
    found = record(number)
    transition = found.timeline[index]
    published = to_bus_event(JobTransition(found.job, transition, found.tags, "support"))
    return {
        "version": "0",
        "id": "7bf73129-1428-4cd3-a780-95db273d1602",
        "source": published.source,
        "detail-type": published.detail_type,
        "time": "2026-03-01T12:00:01Z",
        "resources": [published.resource],
        "detail": json.loads(json.dumps(published.detail)) | changes,
    }


# Any JSON, also with lone surrogates, which JSON can escape and UTF-8 cannot encode.
TEXT = st.text(st.characters(), max_size=8) | st.sampled_from(["\ud800", "a\nb", "\u2028", '"', "{}"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)


@st.composite
def damaged(draw: st.DrawFn, whole: Any) -> Any:
    """Return JSON in which any of the values at any depth is replaced or left out."""
    if draw(st.integers(0, 12)) == 0:
        return draw(VALUES)
    if isinstance(whole, dict):
        return {name: draw(damaged(value)) for name, value in whole.items() if draw(st.integers(0, 15)) > 0}
    if isinstance(whole, list):
        return [draw(damaged(value)) for value in whole]
    return whole
