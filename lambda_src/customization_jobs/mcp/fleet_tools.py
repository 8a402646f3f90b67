"""Tools on the jobs of many accounts and regions. They exist only with a fleet."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from customization_jobs.errors import Problem
from customization_jobs.fleet.reports import FleetReports
from customization_jobs.listing.fields import FieldNames
from customization_jobs.mcp.answers import DEFAULT_ROWS, Document, fitting_page, parsed
from customization_jobs.mcp.arguments import input_schema
from customization_jobs.mcp.job_tools import default_form, wanted_rows
from customization_jobs.mcp.result import MAX_BYTES
from customization_jobs.mcp.tool import Tool
from customization_jobs.timeouts import Deadline

# Operations of the OpenAPI document.
_LIST = "ListFleetModelCustomizationJobs"
_OVERVIEW = "GetFleetOverview"
_COVERAGE = "GetFleetCoverage"


class _FleetTools:
    def __init__(self, reports: Callable[[], FleetReports], document: Document) -> None:
        self._reports = reports
        self.jobs, self.totals, self.sources = map(document.arguments, (_LIST, _OVERVIEW, _COVERAGE))

    def list_jobs(self, given: Mapping[str, Any], _: datetime, deadline: Deadline) -> Mapping[str, Any]:
        report = self._reports().jobs

        def check(inputs: Mapping[str, Any]) -> tuple[Any, list[Problem]]:
            return report.queries.check_json({"maxResults": DEFAULT_ROWS, **inputs})

        query, form = parsed(self.jobs, given, check, lambda: FieldNames(report.fields))
        return report.make(query, deadline, max_bytes=MAX_BYTES, form=default_form(form)).body

    def get_overview(self, given: Mapping[str, Any], _: datetime, __: Deadline) -> Mapping[str, Any]:
        report = self._reports().overview
        names = partial(FieldNames, report.fields, always=("complete", "coverage"))
        query, form = parsed(self.totals, given, report.contract.check_json, names)
        data: Mapping[str, Any] = form(report.make(query))
        return data

    def get_coverage(self, given: Mapping[str, Any], _: datetime, deadline: Deadline) -> Mapping[str, Any]:
        report = self._reports().coverage
        query, _form = parsed(self.sources, given, report.contract.check_json, lambda: FieldNames(()))

        def page_of(rows: int) -> Mapping[str, Any]:
            return report.make(query._replace(parameters={**query.parameters, "maxResults": rows}))

        return fitting_page(page_of, wanted_rows(query.parameters), deadline)


def fleet_tools(document: Document, reports: Callable[[], FleetReports]) -> list[Tool]:
    """Return the tools."""
    tools = _FleetTools(reports, document)
    return [
        Tool(
            "list_fleet_jobs",
            "List the jobs of all accounts and regions",
            "Lists the jobs of the fleet, with account and region of each. Filters are those of list_jobs.",
            input_schema(tools.jobs.schemas),
            document.data(_LIST),
            tools.list_jobs,
        ),
        Tool(
            "get_fleet_overview",
            "Get an overview of all accounts and regions",
            "Counts all jobs of the fleet, or of an account or a region.",
            input_schema(tools.totals.schemas),
            document.data(_OVERVIEW),
            tools.get_overview,
        ),
        Tool(
            "get_fleet_coverage",
            "Show which accounts and regions are covered",
            "Lists the sources (an account and a region each) with their state, and why jobs of some could "
            "not be listed. Use it when jobs of an account or a region seem to be missing.",
            input_schema(tools.sources.schemas),
            document.data(_COVERAGE),
            tools.get_coverage,
        ),
    ]
