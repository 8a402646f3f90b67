"""Timelines from the watch's table, for the function that only reads them."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from customization_jobs.watch.job_arn import job_key

if TYPE_CHECKING:
    from customization_jobs.watch.record import JobRecord
    from customization_jobs.watch.records import JobRecords


class RecordedTimelines:
    """Reads timelines.

    Parameters
    ----------
    records : callable
        Opens the records when the first timeline is requested: most instances never need them.
    """

    def __init__(self, records: "Callable[[], JobRecords]") -> None:
        self._open = records

    @cached_property
    def _records(self) -> "JobRecords":
        return self._open()

    def get(self, job_arn: str) -> Mapping[str, Any] | None:
        """Return the timeline of a job as JSON; None if nothing is recorded.

        Raises
        ------
        WatchUnavailableException
            The table did not answer, or refused.
        """
        record = self._records.get(job_key(job_arn))
        return timeline_json(record) if record else None


def timeline_json(record: "JobRecord") -> dict[str, Any]:
    """Return the last known `job`, the scopes in which it is `stuck`, and its `transitions`."""
    return {
        "job": record.job.to_json(),
        "stuck": sorted(record.stuck),
        "transitions": [each.to_json() for each in record.transitions],
    }
