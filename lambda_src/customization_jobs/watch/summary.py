"""Figures of what the watch did."""

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aws_lambda_powertools.metrics import MetricUnit

from customization_jobs.errors import CustomizationJobsError
from customization_jobs.observability import Metric
from customization_jobs.watch.transition import PUBLISHED_BY_BEDROCK, FoundBy, Transition

if TYPE_CHECKING:
    from customization_jobs.observability import Observability

_MAX_ERRORS = 10


@dataclass(slots=True)
class WatchSummary:
    """Running figures, in memory that does not grow with the number of jobs.

    Attributes
    ----------
    published : Counter of str
        Published transitions by kind.
    missed_events : int
        Those of them that a sweep found although Bedrock publishes events for them.
    recorded_only : int
        Transitions recorded without being published, because they are older than the watch.
    busy : int
        Jobs whose claim another invocation holds. It publishes their transitions, or the next sweep does.
    skipped : int
        Jobs that were not observed because the time ran out.
    failed : int
        Jobs or events that the table or the bus did not accept.
    errors : list of CustomizationJobsError
        The first few reasons.
    """

    published: Counter[str] = field(default_factory=Counter)
    missed_events: int = 0
    recorded_only: int = 0
    busy: int = 0
    skipped: int = 0
    failed: int = 0
    errors: list[CustomizationJobsError] = field(default_factory=list)

    def add_published(self, transition: Transition) -> None:
        """Count a published transition."""
        self.published[str(transition.kind)] += 1
        if transition.found_by is FoundBy.SWEEP and transition.kind in PUBLISHED_BY_BEDROCK:
            self.missed_events += 1

    def add_failure(self, error: CustomizationJobsError, count: int = 1) -> None:
        """Count failed jobs or events with their reason."""
        self.failed += count
        if len(self.errors) < _MAX_ERRORS:
            self.errors.append(error)

    def add(self, other: "WatchSummary") -> None:
        """Add the figures of another summary."""
        self.published += other.published
        self.missed_events += other.missed_events
        self.recorded_only += other.recorded_only
        self.busy += other.busy
        self.skipped += other.skipped
        self.failed += other.failed
        self.errors = (self.errors + other.errors)[:_MAX_ERRORS]

    def emit(self, observability: "Observability", region: str, *, by_sweep: bool) -> None:
        """Emit the metrics, and add the figures to the log."""
        observability.annotate(published=self.published.total(), busy=self.busy, failed=self.failed)
        dimensions = {"Region": region}
        if by_sweep:
            # Emitted even if 0, to distinguish a sweep without missed events from no sweep at all.
            observability.emit(dimensions, Metric("MissedEvents", MetricUnit.Count, self.missed_events))
        for kind, count in self.published.items():
            observability.emit(
                {**dimensions, "Kind": kind}, Metric("TransitionsPublished", MetricUnit.Count, count)
            )
