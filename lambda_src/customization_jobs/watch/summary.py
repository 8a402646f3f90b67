"""Figures of what the watch did."""

from collections import Counter
from collections.abc import Sequence
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
        Jobs that were not observed, because the time ran out or nothing succeeded.
    failed : int
        Jobs or events that the table or the bus did not accept.
    errors : list of CustomizationJobsError
        The first few reasons.
    unrecorded : int
        Failed jobs whose observation may not be in the table.
    """

    published: Counter[str] = field(default_factory=Counter)
    missed_events: int = 0
    recorded_only: int = 0
    busy: int = 0
    skipped: int = 0
    failed: int = 0
    errors: list[CustomizationJobsError] = field(default_factory=list)
    unrecorded: int = 0

    def add_published(self, transition: Transition) -> None:
        """Count a published transition."""
        self.published[str(transition.kind)] += 1
        self.missed_events += _is_missed_event(transition)

    def add_failure(self, error: CustomizationJobsError, count: int = 1, *, unrecorded: int = 0) -> None:
        """Count failed jobs or events with their reason, and how many of these jobs are not recorded."""
        self.failed += count
        self.unrecorded += unrecorded
        if len(self.errors) < _MAX_ERRORS:
            self.errors.append(error)

    def add(self, other: "WatchSummary") -> None:
        """Add the counts and errors of another summary."""
        self.published += other.published
        self.missed_events += other.missed_events
        self.recorded_only += other.recorded_only
        self.busy += other.busy
        self.skipped += other.skipped
        self.failed += other.failed
        self.unrecorded += other.unrecorded
        self.errors = (self.errors + other.errors)[:_MAX_ERRORS]

    def annotate(self, observability: "Observability") -> None:
        """Add the figures to the log."""
        observability.annotate(published=self.published.total(), busy=self.busy, failed=self.failed)


class PublishedMetrics:
    """Emits the metrics of published transitions.

    Parameters
    ----------
    region : str
        Dimension of the metrics.
    """

    def __init__(self, observability: "Observability", *, region: str) -> None:
        self._observability = observability
        self._dimensions = {"Region": region}

    def count(self, transitions: Sequence[Transition]) -> None:
        """Count transitions that were just published, found by this invocation or by one that died."""
        for kind, count in Counter(str(each.kind) for each in transitions).items():
            self._observability.emit(
                {**self._dimensions, "Kind": kind}, Metric("TransitionsPublished", MetricUnit.Count, count)
            )
        if missed := sum(map(_is_missed_event, transitions)):
            self.count_missed_events(missed)

    def count_missed_events(self, count: int) -> None:
        """Count transitions that a sweep found although Bedrock publishes events for them."""
        self._observability.emit(self._dimensions, Metric("MissedEvents", MetricUnit.Count, count))


def _is_missed_event(transition: Transition) -> bool:
    return transition.found_by == FoundBy.SWEEP and transition.kind in PUBLISHED_BY_BEDROCK
