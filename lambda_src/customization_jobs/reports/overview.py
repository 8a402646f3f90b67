"""The overview: all jobs of a query in one small answer, for `GET /overview` and `{"overview": true}`."""

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from customization_jobs.aws.bedrock import JobSource
from customization_jobs.jobs import LimitOf
from customization_jobs.listing.query import JobQuery, QueryContract
from customization_jobs.observability import Observability
from customization_jobs.reports.all_jobs import read_all
from customization_jobs.reports.expected_end import ExpectedEndOf, no_expected_end
from customization_jobs.reports.job_totals import TOTALS_FIELDS, JobTotals
from customization_jobs.timeouts import Deadline


class OverviewReport:
    """Makes overviews.

    Parameters
    ----------
    limit_of : callable
        Returns how many seconds a job may be in progress.
    expected_end_of : callable
        Returns when a job in progress is expected to end.
    owner_counts : callable or None
        Returns how many jobs each owner has, or None if that is not known. None: overviews have no owners.

    Attributes
    ----------
    contract : QueryContract
        The inputs that select jobs.
    fields : tuple of str
        The names that an answer can have.
    """

    fields = (*TOTALS_FIELDS, "byOwner")

    def __init__(
        self,
        source: JobSource,
        contract: QueryContract,
        observability: Observability,
        *,
        limit_of: LimitOf,
        now: Callable[[], datetime],
        expected_end_of: ExpectedEndOf = no_expected_end,
        owner_counts: Callable[[], Mapping[str, Any] | None] | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.contract = contract.selecting()
        self._source = source
        self._observability = observability
        self._limit_of = limit_of
        self._expected_end_of = expected_end_of
        self._now = now
        self._owner_counts = owner_counts
        self._sleep = sleep

    def make(self, query: JobQuery, deadline: Deadline) -> dict[str, Any]:
        """Scan the jobs that a query selects. `complete` is false in the answer if the deadline came first.

        If tags are read and the query selects all jobs, `byOwner` has the counts of the last complete sweep.

        Raises
        ------
        CustomizationJobsError
            As `ParallelScan`.
        """
        totals = JobTotals(
            self._now(),
            self._limit_of,
            self.contract.statuses,
            self.contract.customization_types,
            self._expected_end_of,
        )
        read = read_all(self._source, query, deadline, self._observability, totals.add, sleep=self._sleep)
        self._observability.annotate(complete=read.complete, jobs=totals.jobs)
        overview = totals.to_json(complete=read.complete, malformed=read.malformed)
        # The watch counts all jobs, so its counts would contradict the figures of a selection.
        if self._owner_counts and not query.leaves_out_jobs:
            overview["byOwner"] = self._owner_counts()
        return overview
