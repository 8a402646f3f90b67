"""Tools that report on all jobs of the service's own account and region."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Protocol

from customization_jobs.listing.fields import FieldNames
from customization_jobs.listing.query import JobQuery, QueryContract
from customization_jobs.mcp.answers import Document, parsed
from customization_jobs.mcp.arguments import Arguments, input_schema
from customization_jobs.mcp.tool import Tool
from customization_jobs.timeouts import Deadline

# Operations of the OpenAPI document.
OVERVIEW = "GetOverview"
_TRENDS = "GetTrends"


class Report(Protocol):
    """A report on all jobs of a query: the overview, or the trends."""

    contract: QueryContract

    @property
    def fields(self) -> tuple[str, ...]:
        """The names that an answer can have."""
        ...

    def make(self, query: JobQuery, deadline: Deadline) -> dict[str, Any]:
        """Read the jobs."""
        ...


class GetReport:
    """Makes reports."""

    def __init__(self, report: Callable[[], Report], arguments: Arguments) -> None:
        self._report = report
        self._arguments = arguments

    def __call__(self, given: Mapping[str, Any], as_of: datetime, deadline: Deadline) -> Mapping[str, Any]:
        """Return a report on all jobs of a query."""
        report = self._report()
        names = partial(FieldNames, report.fields, always=("complete",))
        check = partial(report.contract.check_json, as_of=as_of)
        query, form = parsed(self._arguments, given, check, names)
        data: Mapping[str, Any] = form(report.make(query, deadline))
        return data


def report_tools(
    document: Document, overview: Callable[[], Report], trends: Callable[[], Report]
) -> list[Tool]:
    """Return the tools."""
    totals, weeks = map(document.arguments, (OVERVIEW, _TRENDS))
    return [
        Tool(
            "get_overview",
            "Get an overview of all jobs",
            "Counts all jobs that match the filters, by status, type and model, and returns stuck jobs, the "
            "oldest running job, and success rate and durations of the last 30 days.",
            input_schema(totals.schemas),
            document.data(OVERVIEW),
            GetReport(overview, totals),
        ),
        Tool(
            "get_trends",
            "Get the trends of the last 90 days",
            "Returns by week how many jobs completed, failed and were stopped in the last 90 days, how long "
            "they took, and how many failed for which reason.",
            input_schema(weeks.schemas),
            document.data(_TRENDS),
            GetReport(trends, weeks),
        ),
    ]
