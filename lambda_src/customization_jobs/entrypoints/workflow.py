"""Contract 3: Step Functions and direct invocations.

They receive as many jobs as fit into one answer, and errors as exceptions.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from customization_jobs.aws.bedrock import JobSource
from customization_jobs.entrypoints.base import EntryPoint
from customization_jobs.entrypoints.status_counts import count_by_status
from customization_jobs.errors import NO_FLEET, Problem, ValidationException
from customization_jobs.jobs import MODEL_CUSTOMIZATION
from customization_jobs.listing.cursor import Cursor, CursorError, fingerprint
from customization_jobs.listing.fields import FieldNames, Form, pop_form, shape_names
from customization_jobs.listing.inputs import FIELDS, shortened
from customization_jobs.listing.malformed import log_if_malformed
from customization_jobs.listing.pages import collect
from customization_jobs.listing.query import JobQuery, QueryContract
from customization_jobs.observability import Observability
from customization_jobs.timeouts import Deadline, invocation_deadline

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from customization_jobs.entrypoints.fleet_workflow import FleetWorkflow
    from customization_jobs.reports.overview import OverviewReport
    from customization_jobs.reports.trends import TrendsReport

_TOKEN = "nextToken"  # noqa: S105 - the name of an input
_TOKEN_ALLOWED = "the nextToken of an earlier answer to the same query"  # noqa: S105 - a description, not a secret


class WorkflowEntryPoint(EntryPoint):
    """Answers `lambda:invoke`.

    Parameters
    ----------
    call_seconds : float
        Longest duration of one call to Bedrock.
    overview, trends : callable
        Create these reports when they are first requested.
    fleet : callable or None
        Creates what answers requests for the fleet. None: no fleet is set up.
    """

    def __init__(
        self,
        source: JobSource,
        contract: QueryContract,
        observability: Observability,
        *,
        call_seconds: float,
        overview: "Callable[[], OverviewReport]",
        trends: "Callable[[], TrendsReport]",
        fleet: "Callable[[], FleetWorkflow] | None" = None,
    ) -> None:
        self._source = source
        self._contract = contract
        self._observability = observability
        self._call_seconds = call_seconds
        self._reports: Mapping[str, Callable[[], OverviewReport | TrendsReport]] = {
            "overview": overview,
            "trends": trends,
        }
        self._fleet = fleet

    def answer(self, event: Mapping[str, Any] | None, context: "LambdaContext") -> dict[str, Any]:
        """List the jobs that the flat query in `event` selects, or report on them.

        `{"overview": true}` and `{"trends": true}` request these reports.

        With `{"fleet": true}`, do so for the fleet, as `FleetWorkflow.answer`. With `fields`, a list of
        names, jobs have only these fields.

        Returns
        -------
        dict
            At most 200 KiB as JSON. An overview (`JobTotals.to_json`), trends (`TrendTotals.to_json`), or
            `modelCustomizationJobSummaries`, `counts` of these jobs by status, and if there are more,
            `nextToken` and `stoppedBy` ("bytes", "deadline" or "maxResults").

        Raises
        ------
        ValidationException
            The query is invalid, or the token belongs to another query.
        CustomizationJobsError
            An error of the error contract.

        Example
        -------
        >>> entry_point.answer({"statusEquals": "InProgress"}, context)["counts"]["InProgress"]
        6
        """
        event = event or {}
        deadline = invocation_deadline(context, self._call_seconds)
        if "fleet" in event:
            if self._fleet is None:
                raise ValidationException(NO_FLEET)
            return self._fleet().answer(event, deadline)
        if report := next((name for name in self._reports if name in event), None):
            return self._answer_report(report, event, deadline)
        query, cursor, form = self._parse(event)
        with self._observability.listing_segment():
            source = query.source_from(self._source, deadline)
            listing = collect(source, query, cursor, deadline, form=form)
        for job in listing.jobs:
            log_if_malformed(self._observability.logger, job)
        self._observability.annotate(jobs=len(listing.jobs))
        counts = count_by_status(listing.jobs, self._contract.statuses)
        jobs = list(map(form, listing.jobs))
        answer: dict[str, Any] = {MODEL_CUSTOMIZATION.summaries: jobs, "counts": counts}
        if listing.cursor:
            self._observability.annotate(stopped_by=str(listing.stopped_by))
            answer |= {_TOKEN: listing.cursor.to_token(), "stoppedBy": listing.stopped_by}
        return answer

    def _answer_report(self, name: str, event: Mapping[str, Any], deadline: Deadline) -> dict[str, Any]:
        report = self._reports[name]()
        given = dict(event)
        requested = given.pop(name)
        query, problems = report.contract.check_json(given)
        if requested is not True:
            problems.insert(0, Problem(name, shortened(requested), "true, or omit it"))
        if problems:
            raise ValidationException.from_problems(problems)
        return report.make(query, deadline)

    def _parse(self, event: Mapping[str, Any]) -> tuple[JobQuery, Cursor, Form]:
        given = {name: event[name] for name in event if name != _TOKEN}
        form, wrong_fields = pop_form(given, lambda: FieldNames(shape_names(self._contract.summary)))
        resumed, of_token = self._cursor(event)
        # The given token contains the page's token, from which a search reads its point in time.
        page_token = {_TOKEN: resumed.page_token} if resumed and resumed.page_token else {}
        query, problems = self._contract.check_json({**given, **page_token}, also=(FIELDS,))
        query = query.ordered().without_token()
        problems += of_token
        # With other problems the query is incomplete, and would not match its own token.
        if not problems and resumed:
            problems += self._mismatch(event, resumed, query)
        if problems := [*problems, *wrong_fields]:
            raise ValidationException.from_problems(problems)
        return query, resumed or Cursor.start(query), form

    def _cursor(self, event: Mapping[str, Any]) -> tuple[Cursor | None, list[Problem]]:
        if _TOKEN not in event:
            return None, []
        try:
            return Cursor.from_token(event[_TOKEN], self._contract.inputs[_TOKEN]), []
        except CursorError:
            return None, [self._token_problem(event)]

    def _mismatch(self, event: Mapping[str, Any], resumed: Cursor, query: JobQuery) -> list[Problem]:
        return [] if resumed.fingerprint == fingerprint(query) else [self._token_problem(event)]

    def _token_problem(self, event: Mapping[str, Any]) -> Problem:
        return Problem(_TOKEN, self._contract.inputs[_TOKEN].redacted(event[_TOKEN]), _TOKEN_ALLOWED)
