"""Timelines from the watch's table, for the function that only reads them."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from customization_jobs.watch.job_arn import job_key

if TYPE_CHECKING:
    from customization_jobs.eta.expected_end import ExpectedEnd
    from customization_jobs.watch.job import Job
    from customization_jobs.watch.record import JobRecord
    from customization_jobs.watch.records import JobRecords

# Returns when a job is expected to end; None if it is not in progress, or if that is unknown.
ExpectedEndNow: TypeAlias = "Callable[[Job], ExpectedEnd | None]"


class RecordedTimelines:
    """Reads timelines.

    Parameters
    ----------
    records : callable
        Opens the records when the first timeline is requested: most instances never need them.
    owner_tag : str or None
        The tag whose value is the owner of a job. None: timelines have no tags.
    """

    def __init__(
        self,
        records: "Callable[[], JobRecords]",
        expected_end: ExpectedEndNow = lambda _: None,
        owner_tag: str | None = None,
    ) -> None:
        self._open = records
        self._expected_end = expected_end
        self._owner_tag = owner_tag

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
        if not record:
            return None
        return timeline_json(record, self._expected_end(record.job), self._owner_tag)


def timeline_json(
    record: "JobRecord", expected_end: "ExpectedEnd | None" = None, owner_tag: str | None = None
) -> dict[str, Any]:
    """Return the last known `job`, its `expectedEnd`, where it is `stuck`, and its `transitions`.

    With an owner tag, also the job's `tags` and its `owner`, as far as they are known.
    """
    return {
        "job": record.job.to_json(),
        **({"expectedEnd": expected_end.to_json()} if expected_end else {}),
        **(_owner_json(record, owner_tag) if owner_tag else {}),
        "stuck": sorted(record.stuck),
        "transitions": [each.to_json() for each in record.transitions],
    }


def _owner_json(record: "JobRecord", owner_tag: str) -> dict[str, Any]:
    from customization_jobs.watch.owners import owner_of  # noqa: PLC0415 - only with an owner tag

    known = {"tags": record.tags, "owner": owner_of(record.tags, owner_tag)}
    return {name: value for name, value in known.items() if value is not None}
