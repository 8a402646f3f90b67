"""The fleet's routes of the HTTP API, and their part of the OpenAPI document."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from customization_jobs.entrypoints.http_request import HttpRequest
from customization_jobs.entrypoints.paths import FLEET_COVERAGE_PATH, FLEET_JOBS_PATH, FLEET_OVERVIEW_PATH
from customization_jobs.fleet.reports import FleetReports
from customization_jobs.timeouts import Deadline

# Added to the document of the other routes. Committed, and compared in a test with what openapi/ generates.
FLEET_OPENAPI_FILE = Path(__file__).parents[1] / "openapi-fleet.json"
# Lambda's answers have at most 6 MB, in which quotes are escaped.
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

    def get(self, request: HttpRequest, deadline: Deadline) -> dict[str, Any]:
        """Return the JSON of one of the fleet's paths.

        Raises
        ------
        CustomizationJobsError
            By the names of the error contract.
        """
        return self._routes[request.path](request, deadline)

    def extend(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Add the fleet's routes to the OpenAPI document of the others."""
        fleet = json.loads(FLEET_OPENAPI_FILE.read_bytes())
        components = {
            name: {**content, **fleet["components"].get(name, {})}
            for name, content in document["components"].items()
        }
        return {**document, "paths": {**document["paths"], **fleet["paths"]}, "components": components}

    def _get_jobs(self, request: HttpRequest, deadline: Deadline) -> dict[str, Any]:
        report = self._reports.jobs
        return report.make(report.queries.from_text(request.query), deadline, max_bytes=_MAX_BYTES).body

    def _get_overview(self, request: HttpRequest, _: Deadline) -> dict[str, Any]:
        report = self._reports.overview
        return report.make(report.contract.from_text(request.query))

    def _get_coverage(self, request: HttpRequest, _: Deadline) -> dict[str, Any]:
        report = self._reports.coverage
        return report.make(report.contract.from_text(request.query))
