"""Counts what the watch publishes during the demonstration."""

from collections import Counter
from dataclasses import dataclass, field

from local.demonstration.transition_view import TransitionView


@dataclass(slots=True)
class WatchTally:
    """Counts of published transitions, delivered events and errors.

    Attributes
    ----------
    published : Counter of str
        Number of publications by transition id.
    delivered : set of tuple
        ARN and status of each of Bedrock's events that reached the watch.
    from_events : int
        Status changes that the watch published because of their events.
    missed : int
        Status changes that only the sweep found.
    failures : int
        Failed jobs whose reason was published.
    errors : list of str
        Errors of the watch function.
    """

    published: Counter[str] = field(default_factory=Counter)
    delivered: set[tuple[str, str]] = field(default_factory=set)
    from_events: int = 0
    missed: int = 0
    failures: int = 0
    errors: list[str] = field(default_factory=list)

    def add(self, transition: TransitionView) -> str:
        """Count a published transition; return how the watch learned of it."""
        self.published[transition.id] += 1
        change = (transition.job_arn, transition.kind)
        missed = transition.found_by_sweep and transition.has_event and change not in self.delivered
        self.missed += missed
        self.from_events += transition.has_event and not transition.found_by_sweep
        self.failures += bool(transition.failure)
        return transition.origin(missed=missed, duplicate=self.published[transition.id] > 1)

    @property
    def duplicates(self) -> int:
        """Number of transitions that were published more than once."""
        return sum(count > 1 for count in self.published.values())

    @property
    def complete(self) -> bool:
        """Whether the demonstration has shown an event, a missed event and a failure."""
        return bool(self.from_events and self.missed and self.failures)

    @property
    def succeeded(self) -> bool:
        """Whether the watch published transitions, each once, without errors."""
        return bool(self.published) and not self.duplicates and not self.errors
