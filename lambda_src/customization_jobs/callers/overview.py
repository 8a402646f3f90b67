"""`GET /overview` and `{"overview": true}`: one answer for both callers, as long as each has time for."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from customization_jobs.bedrock import JobPages
from customization_jobs.both_ends import BothEnds
from customization_jobs.listing import Budget
from customization_jobs.observability import Observability
from customization_jobs.overview import Overview
from customization_jobs.query import JobQuery, QueryContract
from customization_jobs.summaries import LimitOf


class Overviews:
    """Makes overviews of all jobs.

    Parameters
    ----------
    bedrock : JobPages
        Where jobs come from; called from two threads.
    contract : QueryContract
        What a query may be.
    observability : Observability
        Told how many jobs were looked at.
    limit_of : callable
        How many seconds a job may be in progress.
    now : callable
        The clock.
    sleep : callable
        Waits for seconds, when Bedrock throttles.

    Attributes
    ----------
    contract : QueryContract
        What the query of an overview may be: the inputs that select jobs.
    """

    def __init__(
        self,
        bedrock: JobPages,
        contract: QueryContract,
        observability: Observability,
        *,
        limit_of: LimitOf,
        now: Callable[[], datetime],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.contract = contract.filters()
        self._largest_page = contract.inputs["maxResults"].most
        self._bedrock = bedrock
        self._observability = observability
        self._limit_of = limit_of
        self._now = now
        self._sleep = sleep

    def make(self, query: JobQuery, remaining_seconds: Callable[[], float]) -> dict[str, Any]:
        """Look at all jobs that a query selects.

        Parameters
        ----------
        query : JobQuery
            Of `contract`.
        remaining_seconds : callable
            The time that is left to begin a page in.

        Returns
        -------
        dict
            As `Overview.answer`; with `complete` false when the time was up first.

        Raises
        ------
        CustomizationJobsError
            As `BothEnds`.
        """
        overview = Overview(
            self._now(), self._limit_of, self.contract.statuses, self.contract.customization_types
        )
        with self._observability.listing_segment():
            listing = BothEnds(
                self._bedrock,
                {"maxResults": self._largest_page, **query.parameters},
                Budget(remaining_seconds, reserve_seconds=0.0),
                in_each_thread=self._observability.same_segment(),
                sleep=self._sleep,
            )
            for jobs in listing:
                overview.add(jobs)
        self._observability.note(complete=listing.complete, jobs=overview.jobs)
        return overview.answer(complete=listing.complete)
