"""What a round of the watch did, as figures."""

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aws_lambda_powertools.metrics import MetricUnit

from customization_jobs.errors import CustomizationJobsError
from customization_jobs.observability import Metric
from customization_jobs.watch.transition import TOLD_BY_BEDROCK, Source, Transition

if TYPE_CHECKING:
    from customization_jobs.observability import Observability

_MOST_ERRORS_KEPT = 10


@dataclass(slots=True)
class Account:
    """A running account, in memory that does not grow with the number of jobs.

    Attributes
    ----------
    told : Counter of str
        Published transitions, by kind.
    missed : int
        Those among them that Bedrock's events should have told, and a sweep found.
    untold : int
        Transitions recorded without being told, because they were over before the watch began.
    busy : int
        Jobs that another invocation had claimed; it tells them, or the next sweep does.
    left : int
        Jobs that were not looked at for want of time.
    failed : int
        Jobs, or events, that the table or the bus did not take.
    errors : list of CustomizationJobsError
        The first of the reasons.
    """

    told: Counter[str] = field(default_factory=Counter)
    missed: int = 0
    untold: int = 0
    busy: int = 0
    left: int = 0
    failed: int = 0
    errors: list[CustomizationJobsError] = field(default_factory=list)

    def tell(self, transition: Transition) -> None:
        """Count a published transition."""
        self.told[str(transition.kind)] += 1
        if transition.found_by is Source.SWEEP and transition.kind in TOLD_BY_BEDROCK:
            self.missed += 1

    def fail(self, error: CustomizationJobsError, count: int = 1) -> None:
        """Count what failed, and keep why."""
        self.failed += count
        if len(self.errors) < _MOST_ERRORS_KEPT:
            self.errors.append(error)

    def add(self, other: "Account") -> None:
        """Take in another round."""
        self.told += other.told
        self.missed += other.missed
        self.untold += other.untold
        self.busy += other.busy
        self.left += other.left
        self.failed += other.failed
        self.errors = (self.errors + other.errors)[:_MOST_ERRORS_KEPT]

    def publish(self, observability: "Observability", region: str, *, by_sweep: bool) -> None:
        """Write the metrics, and add the figures to the log."""
        observability.note(told=self.told.total(), busy=self.busy, failed=self.failed)
        dimensions = {"Region": region}
        if by_sweep:
            # Also when it is 0, so that an alarm sees the difference to no sweep at all.
            observability.publish(dimensions, Metric("MissedEvents", MetricUnit.Count, self.missed))
        for kind, count in self.told.items():
            observability.publish(
                {**dimensions, "Kind": kind}, Metric("TransitionsTold", MetricUnit.Count, count)
            )
