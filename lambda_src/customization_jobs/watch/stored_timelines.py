"""The timelines that the watch left in its table, for the function that only reads them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from customization_jobs.settings import Settings
    from customization_jobs.watch.record import JobRecord
    from customization_jobs.watch.store import JobStore


class StoredTimelines:
    """The timelines in the table, whose client is made when the first one is asked for.

    Parameters
    ----------
    settings : Settings
        Names the table.
    """

    def __init__(self, settings: "Settings") -> None:
        self._settings = settings
        self._store: JobStore | None = None

    def of(self, job_arn: str) -> Mapping[str, Any] | None:
        """Tell the recorded transitions of a job; None when nothing is recorded.

        Raises
        ------
        WatchUnavailableException
            The table did not answer, or refused.
        """
        if self._store is None:
            from customization_jobs.watch.compose import store  # noqa: PLC0415 - read at the first timeline

            self._store = store(self._settings)
        record = self._store.get(job_arn)
        return timeline(record) if record else None


def timeline(record: "JobRecord") -> dict[str, Any]:
    """Write what is recorded: `job` as last seen, the scopes in which it is `stuck`, `transitions`."""
    return {
        "job": record.job.to_json(),
        "stuck": sorted(record.stuck),
        "transitions": [each.to_json() for each in record.transitions],
    }
