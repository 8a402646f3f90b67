"""The observer of a source's sweep that finds out whether all its jobs were listed and recorded."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from customization_jobs.errors import CustomizationJobsError
from customization_jobs.fleet.coverage import SourceCoverage, SourceFailure, State
from customization_jobs.jobs import Summary
from customization_jobs.reports.sweep import SweepObserver
from customization_jobs.watch.isolation import isolated

if TYPE_CHECKING:
    from aws_lambda_powertools.logging import Logger

_CUT = SourceFailure(
    State.LATE,
    "The time ran out before all jobs were listed and recorded. If this happens again, raise "
    "watchTimeoutSeconds.",
    is_accessible=True,
)
_NOT_RECORDED = SourceFailure(
    State.FAILED,
    "Not all jobs could be recorded in the table. The log of the watch function has the reason.",
    is_accessible=True,
)
_NOT_ADDED_UP = SourceFailure(
    State.FAILED,
    "The jobs could not be added up. The log of the watch function has the reason.",
    is_accessible=True,
)


class Totals(Protocol):
    """Adds up the jobs of a source; see `fleet.totals.SourceTotals`."""

    @property
    def jobs(self) -> int:
        """Number of well-formed jobs so far."""
        ...

    def add(self, page: Sequence[Summary]) -> None:
        """Add the jobs of a page, including malformed ones."""
        ...

    def to_json(self) -> dict[str, Any]:
        """Return the totals as JSON."""
        ...


class CoverageObserver:
    """Passes each page on to another observer, and records the coverage as soon as all are read.

    Attributes
    ----------
    has_finished : bool
        Whether the listing has ended by itself, completely or not.
    coverage : SourceCoverage or None
        What was recorded; None before `finish`, or if the table failed.
    """

    def __init__(
        self,
        inner: SweepObserver,
        totals: Totals,
        record: Callable[[SourceFailure | None], SourceCoverage],
        logger: "Logger",
    ) -> None:
        self._inner = inner
        self._totals = totals
        self._record = record
        self._logger = logger
        self._is_added_up = True
        self.has_finished = False
        self.coverage: SourceCoverage | None = None

    def start(self) -> None:
        """Start the other observer."""
        self._inner.start()

    def observe_page(self, jobs: Sequence[Summary]) -> None:
        """Add the jobs to the totals, and pass them on."""
        added = isolated("the totals of a page", lambda: self._totals.add(jobs))
        if isinstance(added, CustomizationJobsError):
            self._is_added_up = False
            self._log("The jobs of a page could not be added up", added)
        self._inner.observe_page(jobs)

    def is_complete(self) -> bool:
        """Whether the other observer processed every job."""
        return self._inner.is_complete()

    def has_recorded_all(self) -> bool:
        """Whether the other observer has recorded every job."""
        return self._inner.has_recorded_all()

    def finish(self, *, listed_all_jobs: bool) -> dict[str, Any]:
        """Record the coverage, and finish the other observer.

        The coverage depends on the listing and on the records of the jobs, but not on other failures of the
        watch, which are raised afterwards. Nor does the watch depend on the coverage.

        Raises
        ------
        CustomizationJobsError
            The other observer failed, or the coverage could not be recorded.
        """
        self.has_finished = True
        failure = self._failure(listed_all_jobs=listed_all_jobs)
        recorded = isolated("the coverage", lambda: self._record(failure))
        if isinstance(recorded, CustomizationJobsError):
            self._log("The coverage of the source was not recorded", recorded)
        else:
            self.coverage = recorded
        figures = self._inner.finish(listed_all_jobs=listed_all_jobs)
        if isinstance(recorded, CustomizationJobsError):
            raise recorded
        return figures

    def _failure(self, *, listed_all_jobs: bool) -> SourceFailure | None:
        if not listed_all_jobs or not self._inner.is_complete():
            return _CUT
        # If answers would lack one of its jobs, a source must not count as listed.
        if not self._inner.has_recorded_all():
            return _NOT_RECORDED
        return None if self._is_added_up else _NOT_ADDED_UP

    def _log(self, message: str, error: CustomizationJobsError) -> None:
        self._logger.warning(
            message, error=type(error).__name__, reason=str(error), details=error.log_details
        )
