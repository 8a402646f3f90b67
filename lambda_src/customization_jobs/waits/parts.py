"""The parts of waiting, connected. Each is created on first use."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from customization_jobs.aws.bedrock import Bedrock
from customization_jobs.aws.clients import create_client
from customization_jobs.aws.table import VersionedTable
from customization_jobs.aws.task_tokens import TaskTokens
from customization_jobs.waits.result import Failure, Success
from customization_jobs.waits.sweep_waits import WaitsObserver
from customization_jobs.waits.waiter import Waiter
from customization_jobs.waits.waiters import Waiters
from customization_jobs.waits.waker import Waker
from customization_jobs.watch.parallel import in_threads
from customization_jobs.watch.records import JobRecords

if TYPE_CHECKING:
    from customization_jobs.observability import Observability
    from customization_jobs.settings import Settings
    from customization_jobs.timeouts import Deadline
    from customization_jobs.waits.event_waits import EventWaits
    from customization_jobs.waits.fleet_source import FleetSource
    from customization_jobs.waits.member_waits import MemberWaitsObserver
    from customization_jobs.waits.registration import Registration
    from customization_jobs.watch.sweep_observer import WatchObserver


class Waits:
    """Registers waiters, and answers them."""

    def __init__(
        self,
        settings: "Settings",
        table: VersionedTable,
        records: JobRecords,
        bedrock: Bedrock,
        observability: "Observability",
        statuses: Sequence[str],
        *,
        fleet: "Callable[[], FleetSource] | None" = None,
    ) -> None:
        self._settings = settings
        self._records = records
        self._bedrock = bedrock
        self._observability = observability
        self._statuses = statuses
        self._fleet = fleet
        self._waiters = Waiters(table)
        self._in_parallel = in_threads(observability.thread_initializer)

    @cached_property
    def registration(self) -> "Registration":
        """Registers waiters."""
        from customization_jobs.waits.registration import Registration  # noqa: PLC0415 - not for sweeps

        return Registration(
            self._bedrock,
            self._waker,
            self._records,
            get_job=self._bedrock.get_job,
            expires_after=timedelta(days=self._settings.wait_expiry_days),
            now=_now,
            thread_initializer=self._observability.thread_initializer,
            fleet=self._fleet,
        )

    @cached_property
    def event_waits(self) -> "EventWaits":
        """Wakes waiters when an event arrives."""
        from customization_jobs.waits.event_waits import EventWaits  # noqa: PLC0415 - not for sweeps

        own = self._settings.fleet.own if self._settings.fleet else None
        return EventWaits(self._waiters, self._waker, own=own, in_parallel=self._in_parallel)

    def sweep_observer(self, watch: "WatchObserver", deadline: "Deadline") -> WaitsObserver:
        """Return the observer of one sweep, in front of the watch's."""
        return WaitsObserver(
            watch,
            self._waiters,
            self._waker,
            self._tokens,
            deadline=deadline,
            observability=self._observability,
            in_parallel=self._in_parallel,
        )

    def member_observer(self, watch: "WatchObserver", deadline: "Deadline") -> "MemberWaitsObserver":
        """Return the observer of one sweep of a source other than the hub's own, in front of the watch's."""
        from customization_jobs.waits.member_waits import MemberWaitsObserver  # noqa: PLC0415 - for fleets

        return MemberWaitsObserver(
            watch,
            self._waiters,
            self._waker,
            deadline=deadline,
            observability=self._observability,
            in_parallel=self._in_parallel,
        )

    @cached_property
    def _waker(self) -> Waker:
        return Waker(
            self._waiters,
            self._records,
            self._tokens,
            statuses=self._statuses,
            now=_now,
            on_answered=self._log_answered,
        )

    @cached_property
    def _tokens(self) -> TaskTokens:
        return TaskTokens(lambda: create_client(self._settings, "stepfunctions"))

    def _log_answered(self, waiter: Waiter, result: Success | Failure, was_waiting: bool) -> None:  # noqa: FBT001 - a callback
        self._observability.logger.info(
            "Waiter answered" if was_waiting else "Waiter answered, but its state no longer waited",
            waiter_id=waiter.id,
            result=result.error if isinstance(result, Failure) else "succeeded",
            jobs=waiter.total,
        )


def _now() -> datetime:
    return datetime.now(UTC)
