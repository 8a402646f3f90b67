"""A harness for waiting: that of the watch, and a table of waiters, waiting states and a list of jobs."""

from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from customization_jobs.fleet.coverage_store import CoverageStore
from customization_jobs.fleet.coverage_summary import CurrentCoverage
from customization_jobs.fleet.query import FleetQuery, FleetQueryContract
from customization_jobs.listing.query import QueryContract
from customization_jobs.observability import Observability
from customization_jobs.settings import Settings
from customization_jobs.sources import FleetChoice, Source
from customization_jobs.timeouts import Deadline
from customization_jobs.waits.event_waits import EventWaits
from customization_jobs.waits.fleet_source import FleetSource
from customization_jobs.waits.member_waits import MemberWaitsObserver
from customization_jobs.waits.registration import Registration
from customization_jobs.waits.sweep_waits import WaitsObserver
from customization_jobs.waits.wait_request import WaitRequest
from customization_jobs.waits.waiter import Waiter, waiter_id
from customization_jobs.waits.waiters import Waiters
from customization_jobs.waits.waker import Waker
from customization_jobs.watch.job_arn import account_of, region_of
from customization_jobs.watch.observation import from_event
from customization_jobs.watch.record import JobRecord
from customization_jobs.watch.sweep_observer import WatchObserver
from tests.contract.snapshot import operation
from tests.fakes import FakeBedrock
from tests.unit.fleet.documents import InMemoryDocuments, Stored
from tests.unit.waits.in_memory import InMemoryTable, InMemoryTokens, Rows, States
from tests.unit.watch.faults import FaultInjector
from tests.unit.watch.harness import WatchHarness
from tests.unit.watch.in_memory import InMemoryStore, Table

if TYPE_CHECKING:
    from customization_jobs.aws.table import VersionedTable
    from customization_jobs.fleet.jobs import FleetJobs

EXPIRES_AFTER = timedelta(days=30)
LATE_AFTER = timedelta(hours=1)
ENOUGH = Deadline(lambda: 1)
CONTRACT = QueryContract(operation())
_OBSERVABILITY = Observability.from_settings(Settings(region="us-east-1", service_name="waits"))


@dataclass
class RecordedFleet:
    """Lists what the table has recorded, in place of `FleetJobs`."""

    table: Table

    def scan(self, query: FleetQuery, deadline: Deadline) -> "RecordedScan":
        records = [record for key in self.table.items if (record := self.table.record(key))]
        found = [each for each in records if query.matches(each) and query.selects(source_of(each.job.arn))]
        return RecordedScan(found, complete=not deadline.has_passed())


class RecordedScan(list[JobRecord]):
    """Takes the place of `FleetScan`."""

    def __init__(self, records: list[JobRecord], *, complete: bool) -> None:
        super().__init__(records)
        self.complete = complete


def source_of(arn: str) -> Source:
    """Return the source in a job's ARN."""
    return Source(str(account_of(arn)), str(region_of(arn)))


@dataclass
class WaitsHarness:
    """Everything that waiting works with. Each call is by a new execution environment of the function.

    Attributes
    ----------
    own : Source or None
        The hub's own source; None: there is no fleet.
    coverage : dict
        The stored coverage of sources.
    """

    watch: WatchHarness = field(default_factory=WatchHarness)
    rows: Rows = field(default_factory=Rows)
    states: States = field(default_factory=States)
    bedrock: FakeBedrock = field(default_factory=lambda: FakeBedrock([]))
    own: Source | None = None
    coverage: Stored = field(default_factory=dict)

    @property
    def sources(self) -> CoverageStore:
        """The coverage of the sources, as sweeps write it."""
        return CoverageStore(InMemoryDocuments(self.coverage, FaultInjector()))

    def register(
        self, token: str, faults: FaultInjector | None = None, *, deadline: Deadline = ENOUGH, **request: Any
    ) -> dict[str, Any]:
        """Let a state wait, by default for all jobs."""
        self.states.waiting.add(token)
        return self.register_again(token, faults, deadline=deadline, **request)

    def register_again(
        self, token: str, faults: FaultInjector | None = None, *, deadline: Deadline = ENOUGH, **request: Any
    ) -> dict[str, Any]:
        """Register a state that waits already, or no longer."""
        self.bedrock.jobs = list(self.watch.jobs.values())
        event = {"wait": {"query": {}, "taskToken": token, **request}}
        registration = self._registration(faults or FaultInjector())
        fleet = (lambda: FleetQueryContract(CONTRACT)) if self.own else None
        return registration.register(WaitRequest.parse(event, CONTRACT, fleet), deadline)

    def deliver(self, event: dict[str, Any], faults: FaultInjector | None = None) -> int:
        """Let the watch process one of Bedrock's events, and wake those who wait for its job."""
        faults = faults or FaultInjector()
        summary = self.watch.deliver(event, faults)
        if summary.errors:
            raise summary.errors[0]
        waits = EventWaits(self._waiters(faults), self._waker(faults), own=self.own)
        return waits.wake(from_event(event, "us-east-1").job, lambda: False)

    def sweep(self, faults: FaultInjector | None = None, *, deadline: Deadline = ENOUGH) -> dict[str, Any]:
        """Let a sweep observe all jobs, and settle every waiter."""
        faults = faults or FaultInjector()
        observer = self._observer(self._watch_observer(faults, deadline), faults, deadline)
        observer.start()
        observer.observe_page(list(self.watch.jobs.values()))
        return observer.finish()

    def sweep_member(
        self,
        account: str,
        faults: FaultInjector | None = None,
        *,
        waits_faults: FaultInjector | None = None,
        deadline: Deadline = ENOUGH,
    ) -> dict[str, Any]:
        """Let the sweep of another account observe its jobs.

        Parameters
        ----------
        faults, waits_faults : FaultInjector or None
            Of the watch, and of the waiters.
        """
        waits_faults = waits_faults or FaultInjector()
        observer = MemberWaitsObserver(
            self._watch_observer(faults or FaultInjector(), deadline),
            self._waiters(waits_faults),
            self._waker(waits_faults),
            deadline=deadline,
            observability=_OBSERVABILITY,
        )
        observer.start()
        observer.observe_page([job for arn, job in self.watch.jobs.items() if account_of(arn) == account])
        return observer.finish()

    def parts(self, faults: FaultInjector) -> SimpleNamespace:
        """Return what `waits.parts.Waits` provides."""
        return SimpleNamespace(
            registration=self._registration(faults),
            event_waits=EventWaits(self._waiters(faults), self._waker(faults), own=self.own),
            sweep_observer=lambda watch, deadline: self._observer(watch, faults, deadline),
        )

    def waiter(self, token: str) -> Waiter | None:
        """Return a stored waiter that is not done."""
        return self._waiters(FaultInjector()).get(waiter_id(token))

    def waits(self, token: str) -> bool:
        """Whether a state has no answer, and a waiter is stored for it."""
        return not self.states.ended(token) and self.waiter(token) is not None

    def _registration(self, faults: FaultInjector) -> Registration:
        return Registration(
            self.bedrock,
            self._waker(faults),
            InMemoryStore(self.watch.table, faults, lambda: self.watch.now),
            get_job=lambda arn: faults.call(
                "get_job", lambda: {"failureMessage": self.watch.failure_messages.get(arn)}
            ),
            expires_after=EXPIRES_AFTER,
            now=lambda: self.watch.now,
            fleet=self._fleet if self.own else None,
        )

    def _fleet(self) -> FleetSource:
        assert self.own
        current = CurrentCoverage(
            lambda: self.sources,
            FleetChoice(self.own, (self.own.region,)),
            late_after=LATE_AFTER,
            now=lambda: self.watch.now,
        )
        return FleetSource(cast("FleetJobs", RecordedFleet(self.watch.table)), current)

    def _watch_observer(self, faults: FaultInjector, deadline: Deadline) -> WatchObserver:
        watch = self.watch.watch(faults)
        return WatchObserver(watch, deadline, _OBSERVABILITY, region="us-east-1", now=lambda: self.watch.now)

    def _observer(self, watch: WatchObserver, faults: FaultInjector, deadline: Deadline) -> WaitsObserver:
        return WaitsObserver(
            watch,
            self._waiters(faults),
            self._waker(faults),
            InMemoryTokens(self.states, faults),
            deadline=deadline,
            observability=_OBSERVABILITY,
            shuffle=lambda _: None,
        )

    def _waiters(self, faults: FaultInjector) -> Waiters:
        table = cast("VersionedTable", InMemoryTable(self.rows, faults))
        return Waiters(table, now=lambda: self.watch.now)

    def _waker(self, faults: FaultInjector) -> Waker:
        return Waker(
            self._waiters(faults),
            InMemoryStore(self.watch.table, faults, lambda: self.watch.now),
            InMemoryTokens(self.states, faults),
            statuses=CONTRACT.statuses,
            now=lambda: self.watch.now,
        )
