"""Publishing claimed transitions, and recording that they are published."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from customization_jobs.aws.bus import BusEvent
from customization_jobs.aws.table import VersionConflict
from customization_jobs.errors import CustomizationJobsError, WatchUnavailableException
from customization_jobs.timeouts import LEASE_MARGIN
from customization_jobs.watch.claims import MAX_ATTEMPTS, RecordStore
from customization_jobs.watch.events import JobTransition, to_bus_event
from customization_jobs.watch.parallel import Parallel
from customization_jobs.watch.record import JobRecord
from customization_jobs.watch.summary import WatchSummary


class Bus(Protocol):
    """Publishes events; see `aws.bus.EventBus`."""

    def publish(self, events: list[BusEvent], out_of_time: Callable[[], bool]) -> Mapping[str, str]:
        """Publish, and return the ids that are not known to be published, with the reasons."""
        ...


class Publisher:
    """Publishes the pending transitions of claimed records."""

    def __init__(
        self,
        records: RecordStore,
        bus: Bus,
        *,
        on_published: Callable[[JobTransition], None],
        in_parallel: Parallel,
        now: Callable[[], datetime],
    ) -> None:
        self._records = records
        self._bus = bus
        self._on_published = on_published
        self._in_parallel = in_parallel
        self._now = now

    def publish(self, claimed: list[JobRecord], summary: WatchSummary) -> None:
        """Publish all pending transitions, record those that were published, and add both to the summary."""
        failed = self._publish(claimed, summary)
        for error in self._in_parallel(lambda record: self._try_to_record(record, failed), claimed):
            if error:
                summary.add_failure(error)

    def _publish(self, claimed: list[JobRecord], summary: WatchSummary) -> Mapping[str, str]:
        transitions = [JobTransition(record.job, each) for record in claimed for each in record.pending]
        # After the lease another invocation may publish; publishing again would duplicate the event.
        until = min(record.claim.until for record in claimed if record.claim)
        events = [to_bus_event(each) for each in transitions]
        failed = self._bus.publish(events, lambda: self._now() + LEASE_MARGIN > until)
        if failed:
            reasons = ", ".join(sorted(set(failed.values())))
            message = f"The bus did not accept {len(failed)} of {len(events)} events: {reasons}."
            summary.add_failure(WatchUnavailableException(message), len(failed))
        for each in transitions:
            if each.transition.id not in failed:
                summary.add_published(each.transition)
                self._on_published(each)
        return failed

    def _try_to_record(self, claimed: JobRecord, failed: Mapping[str, str]) -> CustomizationJobsError | None:
        try:
            self._record(claimed, {each.id for each in claimed.pending if each.id not in failed})
        except CustomizationJobsError as error:
            return error
        return None

    def _record(self, claimed: JobRecord, published: set[str]) -> None:
        record = claimed
        for _ in range(MAX_ATTEMPTS):
            after = record.with_published(published)
            if after.claim == claimed.claim:
                # Transitions that failed need not wait for the lease to expire.
                after = replace(after, claim=None)
            try:
                self._records.put(after)
            except VersionConflict:
                current = self._records.get(claimed.job.arn)
            else:
                return
            if current is None or not any(each.id in published for each in current.pending):
                # Another invocation recorded it, or this write succeeded and its answer was lost.
                return
            record = current
        raise WatchUnavailableException("Too many concurrent writes to this record. Try again later.")
