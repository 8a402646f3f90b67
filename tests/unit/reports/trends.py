"""Trends at a fixed time, for tests."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from customization_jobs.errors import CustomizationJobsError
from customization_jobs.reports.failure_reasons import FailureReasons
from customization_jobs.reports.trend_totals import TrendTotals
from customization_jobs.timeouts import Deadline
from tests.fakes import NOW, Job

if TYPE_CHECKING:
    from customization_jobs.listing.search import FactsOf

TYPES = ("FINE_TUNING", "DISTILLATION")


def must_not_fail(error: CustomizationJobsError) -> None:
    raise error


def trend_totals(now: datetime = NOW, facts_of: "FactsOf | None" = None) -> TrendTotals:
    failures = FailureReasons(facts_of, Deadline(lambda: 1.0), must_not_fail)
    return TrendTotals(now, TYPES, failures)


def trends(
    jobs: Sequence[Job] = (),
    *,
    now: datetime = NOW,
    facts_of: "FactsOf | None" = None,
    complete: bool = True,
    malformed: int = 0,
) -> dict[str, Any]:
    totals = trend_totals(now, facts_of)
    totals.add(jobs)
    return totals.to_json(complete=complete, malformed=malformed)
