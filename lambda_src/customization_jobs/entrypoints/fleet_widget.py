"""The board of the fleet: widgets with the parameter `fleet: true`."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from customization_jobs.entrypoints.shown_jobs import DEFAULT_JOBS, ShownJobs
from customization_jobs.errors import Problem, ValidationException
from customization_jobs.fleet.reports import FleetReports
from customization_jobs.listing.inputs import Input, shortened
from customization_jobs.listing.pages import ANSWER_BYTES
from customization_jobs.timeouts import invocation_deadline

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


class FleetWidget:
    """Selects the jobs of a fleet's board.

    Parameters
    ----------
    call_seconds : float
        Longest duration of one call to the table.
    """

    def __init__(self, reports: FleetReports, *, call_seconds: float) -> None:
        self._reports = reports
        self._call_seconds = call_seconds

    @property
    def inputs(self) -> Mapping[str, Input]:
        """The parameters of a widget, beside `fleet`."""
        return self._reports.jobs.queries.inputs

    def select(self, given: Mapping[str, Any], context: "LambdaContext") -> ShownJobs:
        """Return the newest jobs that the widget's parameters select.

        Raises
        ------
        CustomizationJobsError
            As `FleetJobReport.make`.
        """
        report = self._reports.jobs
        filters = {name: given[name] for name in given if name != "fleet"}
        query, problems = report.queries.check_json(filters)
        if given["fleet"] is not True:
            problems.insert(0, Problem("fleet", shortened(given["fleet"]), "true, or omit it"))
        if problems:
            raise ValidationException.from_problems(problems)
        answer = report.make(
            query,
            invocation_deadline(context, self._call_seconds),
            max_bytes=ANSWER_BYTES,
            max_jobs=DEFAULT_JOBS,
        )
        more = "nextToken" in answer.body
        return ShownJobs(answer.jobs, filters, more=more, coverage=answer.body["coverage"])
