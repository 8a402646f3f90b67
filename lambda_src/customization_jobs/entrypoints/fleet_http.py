"""The fleet's routes of the HTTP API."""

from collections.abc import Mapping
from typing import Any

from customization_jobs.entrypoints.http_answer import Content, Rows
from customization_jobs.entrypoints.http_request import HttpRequest
from customization_jobs.entrypoints.paths import FLEET_COVERAGE_PATH, FLEET_JOBS_PATH, FLEET_OVERVIEW_PATH
from customization_jobs.fleet.coverage import ROW_FIELDS
from customization_jobs.fleet.reports import FleetReports
from customization_jobs.jobs import MODEL_CUSTOMIZATION
from customization_jobs.listing.fields import unchanged
from customization_jobs.listing.inputs import FIELDS
from customization_jobs.timeouts import Deadline

# Lambda limits an answer to 6 MB, which includes the escaping of quotes.
_MAX_BYTES = 4_000_000


class FleetHttp:
    """Answers requests for the fleet."""

    def __init__(self, reports: FleetReports) -> None:
        self._reports = reports
        self._routes = {
            FLEET_JOBS_PATH: self._get_jobs,
            FLEET_OVERVIEW_PATH: self._get_overview,
            FLEET_COVERAGE_PATH: self._get_coverage,
        }

    def get(self, request: HttpRequest, deadline: Deadline) -> Content:
        """Return the answer of one of the fleet's paths.

        Raises
        ------
        CustomizationJobsError
            An error of the error contract.
        """
        return self._routes[request.path](request, deadline)

    def _get_jobs(self, request: HttpRequest, deadline: Deadline) -> Content:
        report = self._reports.jobs
        query, problems = report.queries.check_text(request.inputs, (FIELDS,))
        fields = request.select_fields(lambda: report.fields, problems)
        form = fields.of if fields else unchanged
        answer = report.make(query, deadline, max_bytes=_MAX_BYTES, form=form).body
        rows = Rows(MODEL_CUSTOMIZATION.summaries, lambda: report.fields, fields)
        return _content("fleet-model-customization-jobs", answer, rows=rows)

    def _get_overview(self, request: HttpRequest, _: Deadline) -> Content:
        report = self._reports.overview
        query, problems = report.contract.check_text(request.inputs, (FIELDS,))
        fields = request.select_fields(lambda: report.fields, problems, always=("complete", "coverage"))
        return _content("fleet-overview", report.make(query), is_dated=True).only(fields)

    def _get_coverage(self, request: HttpRequest, _: Deadline) -> Content:
        report = self._reports.coverage
        answer = report.make(report.contract.from_text(request.query))
        rows = Rows("sources", lambda: ROW_FIELDS)
        return _content("fleet-coverage", answer, rows=rows, is_dated=True)


def _content(
    name: str, answer: Mapping[str, Any], *, rows: Rows | None = None, is_dated: bool = False
) -> Content:
    token, coverage = answer.get("nextToken"), answer["coverage"]
    return Content(name, answer, rows=rows, next_token=token, coverage=coverage, is_dated=is_dated)
