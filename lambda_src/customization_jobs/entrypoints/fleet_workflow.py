"""The fleet's answers to workflows: `{"fleet": true, ...}`."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from customization_jobs.entrypoints.status_counts import count_by_status
from customization_jobs.errors import Problem, ValidationException
from customization_jobs.fleet.reports import FleetReports
from customization_jobs.listing.fields import FieldNames, pop_form
from customization_jobs.listing.inputs import FIELDS, shortened
from customization_jobs.listing.pages import ANSWER_BYTES
from customization_jobs.timeouts import Deadline

_FLEET, _OVERVIEW, _COVERAGE = "fleet", "overview", "coverage"
_Query = TypeVar("_Query")


class FleetWorkflow:
    """Answers workflows that query the fleet.

    Parameters
    ----------
    statuses : sequence of str
        Known statuses of jobs, which are counted even if no job has them.
    """

    def __init__(self, reports: FleetReports, statuses: Sequence[str]) -> None:
        self._reports = reports
        self._statuses = statuses

    def answer(self, event: Mapping[str, Any], deadline: Deadline) -> dict[str, Any]:
        """List the jobs that the flat query in `event` selects, or report on the fleet or its coverage.

        With `fields`, a list of names, jobs have only these fields.

        Returns
        -------
        dict
            At most 200 KiB as JSON. With `"overview": true`, as `FleetOverview.make`, with
            `"coverage": true`, as `CoverageReport.make`. Otherwise as `FleetAnswer.body`, with `counts` of
            these jobs by status, and if there are more, `stoppedBy` ("bytes", "deadline" or "maxResults").

        Raises
        ------
        ValidationException
            The query is invalid, or the token belongs to another query.
        CustomizationJobsError
            An error of the error contract.
        """
        if _OVERVIEW in event:
            overview = self._reports.overview
            return overview.make(_checked(event, overview.contract.check_json, _OVERVIEW))
        if _COVERAGE in event:
            coverage = self._reports.coverage
            return coverage.make(_checked(event, coverage.contract.check_json, _COVERAGE))
        jobs = self._reports.jobs
        given = dict(event)
        form, problems = pop_form(given, lambda: FieldNames(jobs.fields))

        def check(payload: Mapping[str, Any]) -> tuple[Any, list[Problem]]:
            query, wrong = jobs.queries.check_json(payload, also=(FIELDS,))
            return query, [*wrong, *problems]

        answer = jobs.make(_checked(given, check), deadline, max_bytes=ANSWER_BYTES, form=form)
        counts = count_by_status(answer.jobs, self._statuses)
        stopped_by = {"stoppedBy": answer.stopped_by} if "nextToken" in answer.body else {}
        return {**answer.body, "counts": counts, **stopped_by}


def _checked(
    event: Mapping[str, Any],
    check: Callable[[Mapping[str, Any]], tuple[_Query, list[Problem]]],
    report: str | None = None,
) -> _Query:
    switches = {name: event[name] for name in (_FLEET, report) if name is not None}
    query, problems = check({name: event[name] for name in event if name not in switches})
    wrong = [
        Problem(name, shortened(value), "true, or omit it")
        for name, value in switches.items()
        if value is not True
    ]
    if wrong or problems:
        raise ValidationException.from_problems([*wrong, *problems])
    return query
