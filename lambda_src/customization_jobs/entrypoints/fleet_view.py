"""The board of the fleet: the view of requests with the parameter `fleet`."""

from collections.abc import Mapping

from customization_jobs.entrypoints.shown_jobs import DEFAULT_JOBS, ShownJobs
from customization_jobs.entrypoints.view_request import ViewRequest
from customization_jobs.fleet.reports import FleetReports
from customization_jobs.listing.inputs import Input
from customization_jobs.listing.pages import ANSWER_BYTES
from customization_jobs.timeouts import Deadline


class FleetView:
    """Selects the jobs of a fleet's board."""

    def __init__(self, reports: FleetReports) -> None:
        self._reports = reports

    @property
    def inputs(self) -> Mapping[str, Input]:
        """The inputs that select jobs of the fleet."""
        return self._reports.jobs.queries.inputs

    def select(self, request: ViewRequest, deadline: Deadline) -> ShownJobs:
        """Return the newest jobs that the inputs select.

        Raises
        ------
        CustomizationJobsError
            As `FleetJobReport.make`.
        """
        report = self._reports.jobs
        query = request.check(report.queries)
        answer = report.make(query, deadline, max_bytes=ANSWER_BYTES, max_jobs=DEFAULT_JOBS)
        return ShownJobs(answer.jobs, more="nextToken" in answer.body, coverage=answer.body["coverage"])
