"""CloudWatch dashboard custom widgets: the answer is the job board, or another view, as HTML.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/add_custom_widget_dashboard_about.html
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from customization_jobs.aws.bedrock import JobSource
from customization_jobs.entrypoints.base import EntryPoint
from customization_jobs.entrypoints.shown_jobs import DEFAULT_JOBS, ShownJobs
from customization_jobs.entrypoints.widget_context import WidgetContext, parameters_of
from customization_jobs.errors import NO_FLEET, CustomizationJobsError, ValidationException
from customization_jobs.jobs import FAILED, MODEL_CUSTOMIZATION, LimitOf
from customization_jobs.listing.inputs import is_selecting
from customization_jobs.listing.malformed import log_if_malformed
from customization_jobs.listing.query import QueryContract
from customization_jobs.observability import Observability
from customization_jobs.reports.board import Board
from customization_jobs.reports.expected_end import ExpectedEndOf, no_expected_end
from customization_jobs.reports.facts import NO_FACTS, JobFacts
from customization_jobs.reports.frame import View, view_links
from customization_jobs.timeouts import invocation_deadline

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from customization_jobs.entrypoints.fleet_widget import FleetWidget
    from customization_jobs.entrypoints.trends_widget import TrendsWidget

_TRENDS = "trends"
_NOT_KEPT = (_TRENDS, "statusEquals")


class RecordedFacts(Protocol):
    """Finds facts about jobs; see `watch.recorded_jobs.RecordedJobs`."""

    tag: str | None

    def facts_of(self, job_arns: Iterable[str]) -> Mapping[str, Mapping[str, Any]]:
        """Return the `owner` and the `failure` of jobs that are known, by ARN. Must not raise."""
        ...


class WidgetEntryPoint(EntryPoint):
    """Answers custom widgets.

    Parameters
    ----------
    trends : callable
        Creates what renders the trends.
    call_seconds : float
        Longest duration of one call to Bedrock.
    expected_end_of : callable
        When jobs in progress are expected to end.
    recorded : RecordedFacts or None
        None: boards do not show whose jobs they are, and why they failed.
    fleet : callable or None
        Creates what selects the jobs of the fleet. None: no fleet is set up.
    """

    def __init__(  # noqa: PLR0913 - its collaborators, by name
        self,
        source: JobSource,
        contract: QueryContract,
        observability: Observability,
        *,
        limit_of: LimitOf,
        now: Callable[[], datetime],
        trends: "Callable[[], TrendsWidget]",
        call_seconds: float,
        expected_end_of: ExpectedEndOf = no_expected_end,
        recorded: RecordedFacts | None = None,
        fleet: "Callable[[], FleetWidget] | None" = None,
    ) -> None:
        self._source = source
        self._contract = contract
        self._observability = observability
        self._limit_of = limit_of
        self._now = now
        self._trends = trends
        self._call_seconds = call_seconds
        self._expected_end_of = expected_end_of
        self._recorded = recorded
        self._fleet = fleet

    def answer(self, event: Mapping[str, Any], context: "LambdaContext") -> str:
        """Return the newest jobs that the widget's parameters select as HTML.

        Without filters that Bedrock lacks, one call to Bedrock finds them.

        With `fleet: true`, they are jobs of the fleet, read from the table. With `trends: true`, return the
        trends of the jobs that the other parameters select.

        To `{"describe": true}`, return Markdown that describes the widget and its parameters.
        """
        if event.get("describe") is True:
            return self._description()
        given = parameters_of(event)
        links = _links(given, context)
        if _TRENDS in given and "fleet" not in given:
            return self._trends().render(given, WidgetContext.from_event(event), context, links)
        shown = self._select_of_fleet(given, context) if "fleet" in given else self._select(given, context)
        self._observability.annotate(jobs=len(shown.jobs))
        for job in shown.jobs:
            log_if_malformed(self._observability.logger, job)
        # A malformed summary is shown as far as it goes.
        jobs = [job if isinstance(job, Mapping) else {} for job in shown.jobs]
        return self._board(event, self._find_facts(jobs), links).render_jobs(
            jobs, filters=shown.filters, more=shown.more, coverage=shown.coverage
        )

    def answer_error(self, error: CustomizationJobsError, event: Mapping[str, Any]) -> str:
        """Return the error as HTML. CloudWatch would replace a raised one by a generic sentence."""
        board = self._board(event)
        if isinstance(error, ValidationException):
            return board.render_problem("Invalid widget parameters", str(error), error.problems)
        title = "The jobs cannot be shown now" if error.retry_helps else "The jobs cannot be shown"
        return board.render_problem(title, f"{type(error).__name__}: {error}")

    def _select(self, given: Mapping[str, Any], context: "LambdaContext") -> ShownJobs:
        query = self._contract.from_json(given)
        source = query.source_from(self._source, invocation_deadline(context, self._call_seconds))
        page = source.list_page({"maxResults": DEFAULT_JOBS, **query.ordered().parameters})
        return ShownJobs(page.jobs, given, more=page.next_token is not None)

    def _select_of_fleet(self, given: Mapping[str, Any], context: "LambdaContext") -> ShownJobs:
        if self._fleet is None:
            raise ValidationException(NO_FLEET)
        return self._fleet().select(given, context)

    def _find_facts(self, jobs: Iterable[Mapping[str, Any]]) -> JobFacts:
        recorded = self._recorded
        if recorded is None:
            return NO_FACTS
        # Every job can have an owner, but only failed ones have a reason.
        wanted = (job for job in jobs if recorded.tag or job.get("status") == FAILED)
        arns = [arn for job in wanted if isinstance(arn := job.get("jobArn"), str)]
        return JobFacts(recorded.tag, recorded.facts_of(arns) if arns else {})

    def _board(self, event: Mapping[str, Any], facts: JobFacts = NO_FACTS, links: str = "") -> Board:
        theme = WidgetContext.from_event(event).theme
        return Board(self._now(), self._limit_of, theme, self._expected_end_of, facts, links)

    def _description(self) -> str:
        inputs = self._fleet().inputs if self._fleet else self._contract.inputs
        rows = "\n".join(f"| `{each.name}` | {_cell(each.allowed)} |" for each in inputs.values())
        if self._fleet:
            rows += (
                "\n| `fleet` | true: the jobs of all accounts and regions; needed for account and region |"
            )
        rows += f"\n| `{_TRENDS}` | true: charts of the jobs that ended in the last 90 days |"
        return f"""\
## Model customization jobs

A live board of Amazon Bedrock's model customization jobs: status, phase, why it failed, age / limit,
expected end, type, base model, and a link to each job. It shows the newest {DEFAULT_JOBS} jobs; the
parameters select others. With `{_TRENDS}`, it shows charts instead: the jobs that ended by week and status,
how long they took by type, and why they failed.

### Widget parameters

All are optional. Most are those of Bedrock's `{MODEL_CUSTOMIZATION.list_operation}`, and filters beyond.

| parameter | allowed |
|---|---|
{rows}

### Example parameters

``` yaml
statusEquals: InProgress
nameContains: support
maxResults: 50
```
"""


def _links(given: Mapping[str, Any], context: "LambdaContext") -> str:
    """Link the board and the trends, keeping the filters. The trends are not of the fleet.

    The status is not kept: there would be no trends of a board that shows the jobs in progress.
    """
    if "fleet" in given:
        return ""
    is_trends = _TRENDS in given
    filters = {name: value for name, value in given.items() if is_selecting(name) and name not in _NOT_KEPT}
    views = (
        View("Jobs", filters, not is_trends),
        View("Last 90 days", {_TRENDS: True, **filters}, is_trends),
    )
    return view_links(views, context.invoked_function_arn)


def _cell(text: str) -> str:
    # A pattern can contain Markdown's special characters.
    plain, matching, pattern = text.partition(" matching ")
    return f"{plain}{matching}`{pattern}`" if matching else plain
