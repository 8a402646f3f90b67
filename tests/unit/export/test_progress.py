"""The progress of a snapshot survives the queue; what is malformed is refused by name."""

import json
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customization_jobs.errors import ValidationException
from customization_jobs.export.progress import Progress
from tests.unit.export.samples import VALUES

AT = datetime.fromisoformat("2026-03-01T03:00:00+00:00")
COUNTS = st.integers(0, 10**9)


@given(st.none() | st.text(min_size=1), COUNTS, COUNTS, COUNTS)
def test_progress_is_read_as_it_was_written(start: str | None, part: int, jobs: int, unreadable: int) -> None:
    progress = Progress(AT, start, part, jobs, unreadable)
    assert Progress.from_json(json.loads(json.dumps(progress.to_json()))) == progress


def test_a_schedule_sends_the_time_alone() -> None:
    progress = Progress.from_json({"snapshot": "2026-03-01T04:00:00+01:00"})
    assert progress == Progress(AT)
    assert (progress.snapshot_at, progress.date) == ("2026-03-01T03:00:00.000Z", "2026-03-01")


@pytest.mark.parametrize(
    ("given_input", "message"),
    [
        ({}, "export.snapshot is None; allowed: an ISO 8601 time with a zone, such as 2026-03-01T03:00:00Z."),
        ({"snapshot": "today"}, "export.snapshot is 'today'; allowed: an ISO 8601 time"),
        ({"snapshot": "2026-03-01"}, "export.snapshot is '2026-03-01'; allowed"),
        ({"snapshot": "\ud800" * 90}, r"export.snapshot is '(\\ud800)+.{0,4}\.\.\.; allowed"),
        ({"snapshot": "2026-03-01T03:00:00Z", "jobs": -1}, "export.jobs is -1; allowed: a whole number."),
        ({"snapshot": "2026-03-01T03:00:00Z", "part": True}, "export.part is True; allowed"),
        ({"snapshot": "2026-03-01T03:00:00Z", "unreadable": 1.5}, "export.unreadable is 1.5; allowed"),
        ({"snapshot": "2026-03-01T03:00:00Z", "startKey": {}}, "export.startKey is {}; allowed: the key"),
        ({"snapshot": "2026-03-01T03:00:00Z", "startKey": ""}, "export.startKey is ''; allowed"),
        ({"snapshots": 1}, "export has 'snapshots'; allowed: snapshot, part, jobs, unreadable, startKey."),
    ],
)
def test_what_is_malformed_is_refused_by_name(given_input: Any, message: str) -> None:
    with pytest.raises(ValidationException, match=message):
        Progress.from_json(given_input)


@given(
    st.dictionaries(
        st.sampled_from(["snapshot", "part", "jobs", "unreadable", "startKey"]) | st.text(max_size=5), VALUES
    )
)
def test_any_json_is_read_or_refused(given_input: Any) -> None:
    try:
        Progress.from_json(given_input)
    except ValidationException as error:
        str(error).encode()
