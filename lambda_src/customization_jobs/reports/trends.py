"""The trends: jobs that ended in the last 90 days, for `GET /trends`, `{"trends": true}` and the widget."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from customization_jobs.aws.bedrock import JobSource
from customization_jobs.errors import CustomizationJobsError
from customization_jobs.listing.query import JobQuery, QueryContract
from customization_jobs.observability import Observability
from customization_jobs.reports.all_jobs import read_all
from customization_jobs.reports.failure_reasons import FailureReasons
from customization_jobs.reports.trend_totals import TRENDS_FIELDS, TrendTotals
from customization_jobs.timeouts import Deadline

if TYPE_CHECKING:
    from customization_jobs.listing.search import FactsOf


class TrendsReport:
    """Reports on the jobs that ended in the current ISO week and the 13 before it.

    Parameters
    ----------
    facts_of : callable or None
        Reads from the table why jobs failed. None: there is no table, so all reasons are unknown.

    Attributes
    ----------
    contract : QueryContract
        The inputs that select jobs.
    fields : tuple of str
        The names that an answer can have.
    """

    fields = TRENDS_FIELDS

    def __init__(
        self,
        source: JobSource,
        contract: QueryContract,
        observability: Observability,
        *,
        now: Callable[[], datetime],
        facts_of: "FactsOf | None" = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.contract = contract.selecting()
        self._source = source
        self._observability = observability
        self._now = now
        self._facts_of = facts_of
        self._sleep = sleep

    def make(self, query: JobQuery, deadline: Deadline) -> dict[str, Any]:
        """Scan the jobs that a query selects. `complete` is false in the answer if the deadline came first.

        Raises
        ------
        CustomizationJobsError
            As `ParallelScan`. An unavailable table is only logged: the reasons are then unknown.
        """
        failures = FailureReasons(self._facts_of, deadline, self._log)
        totals = TrendTotals(self._now(), self.contract.customization_types, failures)
        read = read_all(self._source, query, deadline, self._observability, totals.add, sleep=self._sleep)
        self._observability.annotate(complete=read.complete, jobs=totals.jobs)
        return totals.to_json(complete=read.complete, malformed=read.malformed)

    def _log(self, error: CustomizationJobsError) -> None:
        self._observability.logger.warning(
            "Records of jobs were not read",
            error=type(error).__name__,
            reason=str(error),
            details=error.log_details,
        )
