"""Publishing claimed transitions, and recording that they are published."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeAlias

from customization_jobs.aws.bus import BusEvent
from customization_jobs.aws.table import VersionConflict
from customization_jobs.errors import CustomizationJobsError, WatchUnavailableException
from customization_jobs.timeouts import LEASE_MARGIN
from customization_jobs.watch.claims import MAX_ATTEMPTS, RecordStore
from customization_jobs.watch.detect import ExpectedEndOf
from customization_jobs.watch.events import JobTransition, to_bus_event
from customization_jobs.watch.isolation import isolated
from customization_jobs.watch.parallel import Parallel
from customization_jobs.watch.record import JobRecord
from customization_jobs.watch.summary import WatchSummary
from customization_jobs.watch.transition import Transition

if TYPE_CHECKING:
    from customization_jobs.watch.tags import TagReader

# Called with transitions as soon as the bus has accepted them.
CountPublished: TypeAlias = Callable[[Sequence[Transition]], None]


class Bus(Protocol):
    """Publishes events; see `aws.bus.EventBus`."""

    def publish(self, events: list[BusEvent], out_of_time: Callable[[], bool]) -> Mapping[str, str]:
        """Publish, and return the ids that are not known to be published, with the reasons."""
        ...


class Publisher:
    """Publishes the pending transitions of claimed records.

    Parameters
    ----------
    tags : TagReader or None
        Finds the owner in the tags of a job. None: events contain no tags.
    """

    def __init__(
        self,
        records: RecordStore,
        bus: Bus,
        *,
        on_published: Callable[[JobTransition], None],
        expected_end: ExpectedEndOf,
        in_parallel: Parallel,
        now: Callable[[], datetime],
        tags: "TagReader | None",
    ) -> None:
        self._records = records
        self._bus = bus
        self._on_published = on_published
        self._expected_end = expected_end
        self._in_parallel = in_parallel
        self._now = now
        self._tags = tags

    def publish(self, claimed: list[JobRecord], summary: WatchSummary, count: CountPublished) -> int:
        """Publish all pending transitions, record those that were published, and add both to the summary.

        Returns
        -------
        int
            Number of jobs whose transitions were all published and recorded.
        """
        published = self._publish(claimed, summary, count)
        errors = self._in_parallel(partial(self._try_to_record, published=published), claimed)
        succeeded = 0
        for record, error in zip(claimed, errors, strict=True):
            if error:
                summary.add_failure(error)
            elif all(each.id in published for each in record.pending):
                succeeded += 1
        return succeeded

    def _publish(self, claimed: list[JobRecord], summary: WatchSummary, count: CountPublished) -> set[str]:
        """Publish all pending transitions, and return the ids of those that the bus has accepted."""
        transitions, events = self._events(claimed, summary)
        # After the lease, another invocation may publish the transitions. Publishing them here too would
        # duplicate events.
        until = min(record.claim.until for record in claimed if record.claim)
        failed = self._bus.publish(events, lambda: self._now() + LEASE_MARGIN > until)
        if failed:
            reasons = ", ".join(sorted(set(failed.values())))
            message = f"The bus did not accept {len(failed)} of {len(events)} events: {reasons}."
            summary.add_failure(WatchUnavailableException(message), len(failed))
        published = [each for each in transitions if each.transition.id not in failed]
        # Counted before they are recorded: an invocation that dies in between does not lose the count.
        count([each.transition for each in published])
        for each in published:
            summary.add_published(each.transition)
            self._on_published(each)
        return {each.transition.id for each in published}

    def _events(
        self, claimed: list[JobRecord], summary: WatchSummary
    ) -> tuple[list[JobTransition], list[BusEvent]]:
        """Return the pending transitions with their events. A record without events is a failure."""
        transitions: list[JobTransition] = []
        events: list[BusEvent] = []
        for record in claimed:
            owner = self._tags.owner_of(record.tags) if self._tags else None
            tags = record.tags if self._tags else None
            pending = [JobTransition(record.job, each, tags, owner) for each in record.pending]
            built = isolated(f"the job {record.job.arn}", partial(self._build, pending))
            if isinstance(built, CustomizationJobsError):
                summary.add_failure(built)
            else:
                transitions += pending
                events += built
        return transitions, events

    def _build(self, transitions: list[JobTransition]) -> list[BusEvent]:
        """Return the events of the transitions of one job."""
        expected_end = self._expected_end(transitions[0].job, self._now())
        return [to_bus_event(each, expected_end) for each in transitions]

    def _try_to_record(self, claimed: JobRecord, published: set[str]) -> CustomizationJobsError | None:
        return isolated(f"the job {claimed.job.arn}", lambda: self._record(claimed, published))

    def _record(self, claimed: JobRecord, published: set[str]) -> None:
        record = claimed
        for _ in range(MAX_ATTEMPTS):
            after = record.with_published(published)
            if after.claim == claimed.claim:
                # Transitions that failed need not wait for the lease to expire.
                after = after._replace(claim=None)
            try:
                self._records.put(after)
            except VersionConflict:
                current = self._records.get(claimed.job.key)
            else:
                return
            if current is None or not any(each.id in published for each in current.pending):
                # Another invocation recorded the publication, or this write succeeded and its answer was
                # lost.
                return
            record = current
        raise WatchUnavailableException("Too many concurrent writes to this record. Try again later.")
