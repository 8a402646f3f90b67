"""Renders the views of jobs as HTML: the board, the board of the fleet, and the trends."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from customization_jobs.aws.bedrock import JobSource
from customization_jobs.entrypoints.shown_jobs import DEFAULT_JOBS, ShownJobs
from customization_jobs.entrypoints.view_request import FLEET, TRENDS, ViewRequest
from customization_jobs.errors import NO_FLEET, CustomizationJobsError, ValidationException
from customization_jobs.jobs import FAILED, LimitOf
from customization_jobs.listing.inputs import Input
from customization_jobs.listing.malformed import log_if_malformed
from customization_jobs.listing.query import QueryContract
from customization_jobs.observability import Observability
from customization_jobs.reports.board import Board
from customization_jobs.reports.expected_end import ExpectedEndOf, no_expected_end
from customization_jobs.reports.facts import NO_FACTS, JobFacts
from customization_jobs.timeouts import Deadline

if TYPE_CHECKING:
    from customization_jobs.entrypoints.fleet_view import FleetView
    from customization_jobs.entrypoints.trends_view import TrendsView


class RecordedFacts(Protocol):
    """Finds facts about jobs; see `watch.recorded_jobs.RecordedJobs`."""

    tag: str | None

    def facts_of(self, job_arns: Iterable[str]) -> Mapping[str, Mapping[str, Any]]:
        """Return the `owner` and the `failure` of jobs that are known, by ARN. Must not raise."""
        ...


class Views:
    """Renders views.

    Parameters
    ----------
    trends : callable
        Creates what renders the trends.
    expected_end_of : callable
        Returns when a job in progress is expected to end.
    recorded : RecordedFacts or None
        None: boards show neither the owners of jobs nor why they failed.
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
        trends: "Callable[[], TrendsView]",
        expected_end_of: ExpectedEndOf = no_expected_end,
        recorded: RecordedFacts | None = None,
        fleet: "Callable[[], FleetView] | None" = None,
    ) -> None:
        self._source = source
        self._contract = contract
        self._observability = observability
        self._limit_of = limit_of
        self._now = now
        self._trends = trends
        self._expected_end_of = expected_end_of
        self._recorded = recorded
        self._fleet = fleet

    @property
    def has_fleet(self) -> bool:
        """Whether there is a board of the fleet."""
        return self._fleet is not None

    @property
    def inputs(self) -> Mapping[str, Input]:
        """The inputs that select jobs in any of the views."""
        return self._fleet().inputs if self._fleet else self._contract.inputs

    def render(self, request: ViewRequest, deadline: Deadline, links: str = "") -> str:
        """Return a view of the newest jobs that the inputs select, or of their trends, as HTML.

        A board takes one call to Bedrock, unless it has filters that Bedrock lacks. A board of the fleet is
        read from the table.

        Parameters
        ----------
        links : str
            HTML of links to other views.

        Raises
        ------
        CustomizationJobsError
            An error of the error contract.
        """
        if request.view == TRENDS:
            return self._trends().render(request, deadline, links)
        shown = (
            self._select_of_fleet(request, deadline)
            if request.view == FLEET
            else self._select(request, deadline)
        )
        self._observability.annotate(jobs=len(shown.jobs))
        for job in shown.jobs:
            log_if_malformed(self._observability.logger, job)
        # A malformed summary is shown as far as possible.
        jobs = [job if isinstance(job, Mapping) else {} for job in shown.jobs]
        return self._board(request.shown.theme, self._find_facts(jobs), links).render_jobs(
            jobs, filters=request.inputs, more=shown.more, coverage=shown.coverage
        )

    def render_error(self, error: CustomizationJobsError, theme: object) -> str:
        """Return the error as HTML."""
        board = self._board(theme)
        if isinstance(error, ValidationException):
            return board.render_problem("Invalid parameters", str(error), error.problems)
        title = "The jobs cannot be shown now" if error.retry_helps else "The jobs cannot be shown"
        return board.render_problem(title, f"{type(error).__name__}: {error}")

    def _select(self, request: ViewRequest, deadline: Deadline) -> ShownJobs:
        query = request.check(self._contract)
        source = query.source_from(self._source, deadline)
        page = source.list_page({"maxResults": DEFAULT_JOBS, **query.ordered().parameters})
        return ShownJobs(page.jobs, more=page.next_token is not None)

    def _select_of_fleet(self, request: ViewRequest, deadline: Deadline) -> ShownJobs:
        if self._fleet is None:
            raise ValidationException(NO_FLEET)
        return self._fleet().select(request, deadline)

    def _find_facts(self, jobs: Iterable[Mapping[str, Any]]) -> JobFacts:
        recorded = self._recorded
        if recorded is None:
            return NO_FACTS
        # Every job can have an owner, but only failed ones have a reason.
        wanted = (job for job in jobs if recorded.tag or job.get("status") == FAILED)
        arns = [arn for job in wanted if isinstance(arn := job.get("jobArn"), str)]
        return JobFacts(recorded.tag, recorded.facts_of(arns) if arns else {})

    def _board(self, theme: object, facts: JobFacts = NO_FACTS, links: str = "") -> Board:
        return Board(self._now(), self._limit_of, theme, self._expected_end_of, facts, links)
