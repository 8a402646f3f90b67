"""A harness for the fleet: simulated sources, the real sweep of each, documents and a bus in memory."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from customization_jobs.entrypoints.fleet_sweep import FleetSweepEntryPoint
from customization_jobs.errors import AccessDeniedException, CustomizationJobsError, ThrottlingException
from customization_jobs.fleet.coverage import SourceCoverage
from customization_jobs.fleet.coverage_store import CoverageStore
from customization_jobs.fleet.discovery import Discovery
from customization_jobs.fleet.lease import SweepLease
from customization_jobs.fleet.source_sweep import SourceParts, SourceSweep
from customization_jobs.fleet.sweep_report import FleetSweepReport
from customization_jobs.jobs import Summary
from customization_jobs.listing.query import QueryContract
from customization_jobs.observability import Metric, Observability
from customization_jobs.reports.sweep import SweepObserver, SweepReport
from customization_jobs.settings import Settings
from customization_jobs.sources import FleetChoice, Source
from customization_jobs.timeouts import Deadline
from customization_jobs.watch.sweep_observer import WatchObserver
from tests.contract.snapshot import operation
from tests.fakes import NOW, FakeBedrock, FakeContext, Job, job
from tests.unit.fleet.documents import InMemoryDocuments, Stored
from tests.unit.watch.faults import FaultInjector, Killed
from tests.unit.watch.harness import WatchHarness
from tests.unit.watch.in_memory import BusLog, InMemoryBus

if TYPE_CHECKING:
    from customization_jobs.aws.bedrock import Bedrock

HUB, MEMBER, OTHER = "111122223333", "222233334444", "333344445555"
EAST, WEST = "us-east-1", "us-west-2"
OWN = Source(HUB, EAST)
ROLE = "CustomizationJobsMember"
LATE_AFTER = timedelta(hours=1)
CONTRACT = QueryContract(operation())
_REAL = Observability.from_settings(Settings(region=EAST, service_name="fleet"))


class Count:
    """Totals that only count."""

    def __init__(self) -> None:
        self.jobs = 0

    def add(self, page: Sequence[Summary]) -> None:
        self.jobs += len(page)

    def to_json(self) -> dict[str, Any]:
        return {"jobs": self.jobs}


@dataclass
class RecordingObservability:
    """Records what is logged and emitted, in place of `Observability`."""

    metrics: list[tuple[dict[str, str], dict[str, float]]] = field(default_factory=list)
    logged: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def logger(self) -> Any:
        log = lambda message, **facts: self.logged.append((message, facts))  # noqa: E731 - the same for all
        return SimpleNamespace(info=log, warning=log, append_keys=lambda **_: None)

    def annotate(self, **facts: Any) -> None:
        self.facts |= facts

    def emit(self, dimensions: Mapping[str, str], *metrics: Metric) -> None:
        self.metrics.append((dict(dimensions), {each.name: each.value for each in metrics}))

    def values(self, name: str) -> list[float]:
        return [values[name] for _, values in self.metrics if name in values]


def observability(recording: RecordingObservability) -> Observability:
    stub: Any = recording
    stub.listing_segment = _REAL.listing_segment
    stub.thread_initializer = lambda: lambda: None
    return cast("Observability", stub)


def summary(source: Source, number: int, **fields: Any) -> Job:
    """Return a job's summary in a source."""
    made = job(number, **fields)
    arn = made["jobArn"].replace("111122223333", source.account).replace("us-east-1", source.region)
    return {**made, "jobArn": arn}


@dataclass
class SimulatedSource:
    """A source.

    Attributes
    ----------
    role_error, listing_error : CustomizationJobsError or None
        What assuming its role, and each list call, raise.
    cut_after : int or None
        Number of pages after which the time of the invocation runs out.
    seconds_left : float
        What is then left of it. With 14, the scan ends and the watch does not.
    """

    watch: WatchHarness = field(default_factory=WatchHarness)
    bedrock: FakeBedrock = field(default_factory=FakeBedrock)
    role_error: CustomizationJobsError | None = None
    listing_error: CustomizationJobsError | None = None
    cut_after: int | None = None
    seconds_left: float = 0.0


def denied(message: str = "") -> AccessDeniedException:
    error = AccessDeniedException("The log has the reason.")
    error.log_details = message
    return error


@dataclass
class FleetHarness:
    """Everything that the sweep of a fleet works with. Each call is by a new execution environment.

    Attributes
    ----------
    accounts : list of str or CustomizationJobsError
        What AWS Organizations reports.
    seconds : float
        What is left of the time of an invocation.
    """

    choice: FleetChoice = field(
        default_factory=lambda: FleetChoice(OWN, (EAST,), (HUB, MEMBER, OTHER), role_name=ROLE)
    )
    documents: Stored = field(default_factory=dict)
    sources: dict[Source, SimulatedSource] = field(default_factory=dict)
    accounts: list[str] | CustomizationJobsError = field(default_factory=list)
    organization_calls: int = 0
    stale: list[CustomizationJobsError] = field(default_factory=list)
    bus: BusLog = field(default_factory=BusLog)
    now: datetime = NOW
    seconds: float = 60.0
    skipped: int = 0
    context: FakeContext = field(default_factory=FakeContext)
    observed: RecordingObservability = field(default_factory=RecordingObservability)

    def source(self, source: Source) -> SimulatedSource:
        return self.sources.setdefault(source, SimulatedSource())

    def add_job(self, source: Source, number: int, **fields: Any) -> str:
        made = summary(source, number, **fields)
        self.source(source).bedrock.jobs.append(made)
        return str(made["jobArn"])

    def store(self, faults: FaultInjector | None = None) -> CoverageStore:
        return CoverageStore(self._documents(faults or FaultInjector()))

    def lease(self, faults: FaultInjector | None = None) -> SweepLease:
        return SweepLease(self._documents(faults or FaultInjector()), now=lambda: self.now)

    def discovery(self, faults: FaultInjector | None = None) -> Discovery:
        documents = self._documents(faults or FaultInjector())
        organization = SimpleNamespace(accounts=self._accounts, accounts_in=lambda _: self._accounts())
        return Discovery(
            self.choice,
            documents,
            CoverageStore(documents),
            organization=lambda: organization,
            on_stale=self.stale.append,
            now=lambda: self.now,
        )

    def report(self, faults: FaultInjector | None = None) -> FleetSweepReport:
        faults = faults or FaultInjector()
        return FleetSweepReport(
            self.store(faults),
            self.lease(faults),
            InMemoryBus(self.bus, faults),
            observability(self.observed),
            now=lambda: self.now,
        )

    def entry_point(self, faults: FaultInjector | None = None) -> FleetSweepEntryPoint:
        faults = faults or FaultInjector()
        source_sweep = SourceSweep(
            self.store(faults),
            observability(self.observed),
            role_name=ROLE,
            parts_of=lambda source: self._parts(source, faults),
            now=lambda: self.now,
        )
        return FleetSweepEntryPoint(
            self.discovery(faults),
            self.lease(faults),
            source_sweep,
            self.report(faults),
            CONTRACT,
            on_skipped=lambda: setattr(self, "skipped", self.skipped + 1),
            call_seconds=10,
        )

    def step(self, step: str, sweep: str, faults: FaultInjector | None = None, **fields: Any) -> Any:
        """Invoke the function for one step."""
        event = {"fleetSweep": {"step": step, "sweep": sweep, **fields}}
        self.context = FakeContext(timedelta(seconds=self.seconds))
        return self.entry_point(faults).answer(event, cast("Any", self.context))

    def sweep(self, name: str, faults: Mapping[str, FaultInjector] | None = None) -> dict[str, Any]:
        """Run a whole sweep, whose children may die or fail, and return its report.

        Parameters
        ----------
        faults : mapping of str to FaultInjector
            Of the children, by source.
        """
        discovered = self.step("discover", name)
        for source in discovered["sources"]:
            self.now += timedelta(seconds=5)
            try:
                self.step("source", name, (faults or {}).get(source), source=source)
            except (CustomizationJobsError, Killed):
                continue
        self.now += timedelta(seconds=5)
        return dict(self.step("report", name))

    def coverage(self) -> dict[Source, SourceCoverage]:
        chosen = self.store().chosen()
        return {each.source: each for each in self.store().get_all(chosen)} if chosen else {}

    def events(self) -> list[tuple[str, str, str]]:
        """Return kind, source and id of each published event."""
        return [
            (each["kind"], f"{each['source']['account']}/{each['source']['region']}", each["id"])
            for each in self.bus.published
        ]

    def recorded(self) -> set[str]:
        """Return the ARNs of all recorded jobs."""
        return {
            each["jobArn"]
            for source in self.sources.values()
            for each in source.bedrock.jobs
            if isinstance(each.get("jobArn"), str) and source.watch.record(each["jobArn"])
        }

    def _documents(self, faults: FaultInjector) -> InMemoryDocuments:
        return InMemoryDocuments(self.documents, faults)

    def _accounts(self) -> list[str]:
        self.organization_calls += 1
        if isinstance(self.accounts, CustomizationJobsError):
            raise self.accounts
        return list(self.accounts)

    def _parts(self, source: Source, faults: FaultInjector) -> SourceParts:
        simulated = self.source(source)
        simulated.watch.now = self.now

        def bedrock() -> "Bedrock":
            if simulated.role_error:
                raise simulated.role_error
            return cast("Bedrock", simulated.bedrock)

        simulated.bedrock.calls.clear()

        def before_page(opened: FakeBedrock) -> None:
            if simulated.cut_after is not None and len(opened.calls) >= simulated.cut_after:
                self.context.remaining = timedelta(seconds=simulated.seconds_left)
            if simulated.listing_error:
                raise simulated.listing_error

        simulated.bedrock.before_page = before_page
        recording = observability(self.observed)

        def report(opened: "Bedrock", observer: Callable[[Deadline], SweepObserver]) -> SweepReport:
            return SweepReport(
                opened,
                CONTRACT,
                recording,
                region=source.region,
                limit_of=lambda _: 3600.0,
                now=lambda: self.now,
                observer=observer,
                emits_metrics=False,
            )

        def watch_observer(deadline: Deadline) -> SweepObserver:
            watch = simulated.watch.watch(faults)
            return WatchObserver(watch, deadline, recording, region=source.region, now=lambda: self.now)

        return SourceParts(
            bedrock, report, watch_observer, Count, lambda _: None, is_member=source.account != HUB
        )


def throttled() -> ThrottlingException:
    return ThrottlingException("Too many requests.")
