"""Runs sweeps of a simulated fleet with the service's own code, in virtual time."""

import contextlib
import io
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from types import SimpleNamespace
from typing import Any, NamedTuple, Self, cast

from benchmarks.fleet.aws import Cloud
from benchmarks.fleet.clock import MEMORY_MB, Clock
from benchmarks.fleet.concurrency import COLD_START, OVERHEAD, Mapped, schedule
from benchmarks.fleet.sources import HUB, OWN, REGIONS, Fleet
from benchmarks.fleet.units import Units
from customization_jobs.aws.bedrock import Bedrock
from customization_jobs.dispatch import Handler
from customization_jobs.observability import Observability
from customization_jobs.settings import Settings
from customization_jobs.sources import FleetChoice
from customization_jobs.wiring.functions import create_handler

_TIMEOUT = 280
SETTINGS = Settings(
    region=OWN.region,
    watch_table="jobs",
    watch_bus="watch",
    function_region=OWN.region,
    fleet=FleetChoice(OWN, REGIONS, organization=True, role_name="CustomizationJobsMember"),
)


class CpuCosts(NamedTuple):
    """CPU seconds of the service's code, as `cpu.measure` found them."""

    invocation: float = 0.03
    listed_job: float = 0.00005
    written_item: float = 0.001


class Child(NamedTuple):
    """An invocation for one source: its state, and its duration without a cold start."""

    state: str
    seconds: float


@dataclass
class Sweep:
    """What a sweep took.

    Attributes
    ----------
    seconds : float
        From its start to the end of its report.
    billed : float
        Seconds of all invocations, with cold starts.
    children : list of Child
        In the order of the sources.
    listed : int
        Number of jobs on pages.
    logged : int
        Bytes that the function logged.
    """

    concurrency: int
    seconds: float = 0.0
    billed: float = 0.0
    around: float = 0.0
    children: list[Child] = field(default_factory=list)
    calls: Counter[tuple[str, str]] = field(default_factory=Counter)
    units: Units = field(default_factory=Units)
    listed: int = 0
    events: int = 0
    clients: int = 0
    logged: int = 0
    jitters: Sequence[int] = ()
    report: Mapping[str, Any] = field(default_factory=dict)

    @property
    def by_state(self) -> Counter[str]:
        """Number of children by the state of their source."""
        return Counter(each.state for each in self.children)


class _Log(io.TextIOBase):
    """Counts what is printed."""

    def __init__(self) -> None:
        self.bytes = 0

    def write(self, text: str) -> int:
        self.bytes += len(text.encode())
        return len(text)


class Simulation:
    """A fleet, and the service that sweeps it.

    Use as a context manager: within it, the service's clients are doubles.
    """

    def __init__(
        self,
        sources: int,
        jobs: int,
        *,
        seed: int = 7,
        cpu: CpuCosts | None = None,
        cloud: type[Cloud] = Cloud,
    ) -> None:
        random = Random(seed)  # noqa: S311 - not for secrets: the figures must be reproducible
        self.fleet = Fleet(sources, jobs, random)
        self.clock = Clock()
        self.cloud = cloud(self.fleet, self.clock, random)
        self._random = random
        self._cpu = cpu or CpuCosts()
        self._log = _Log()
        self._stack = contextlib.ExitStack()
        self._sweeps = 0

    def __enter__(self) -> Self:
        """Replace the clients, and count the log."""
        self._stack.enter_context(self.cloud.replace_clients(SETTINGS))
        self._stack.enter_context(contextlib.redirect_stdout(cast("Any", self._log)))
        self._observability = Observability.from_settings(SETTINGS)
        return self

    def __exit__(self, *_: object) -> None:
        """Restore the clients."""
        self._stack.close()

    def handler(self, settings: Settings = SETTINGS) -> Handler:
        """Start an instance of the function."""
        bedrock = Bedrock(self.cloud.create(settings, "bedrock"))
        return create_handler(settings, bedrock, self._observability)

    def invoke(self, handler: Handler, event: Mapping[str, Any]) -> tuple[Any, float]:
        """Invoke the function, and return its answer and its duration in virtual seconds."""
        self.clock.restart()
        listed, writes = self.cloud.listed_jobs, self.clock.calls["dynamodb", "PutItem"]
        context = _Context(lambda: round(1000 * (_TIMEOUT - self.clock.seconds)))
        answer = handler(event, cast("Any", context))
        self.clock.work(
            self._cpu.invocation
            + self._cpu.listed_job * (self.cloud.listed_jobs - listed)
            + self._cpu.written_item * (self.clock.calls["dynamodb", "PutItem"] - writes)
        )
        return answer, self.clock.seconds

    def sweep(self, concurrency: int = 20) -> Sweep:
        """Run one sweep, as the state machine does: discover, one child for each source, report."""
        self._sweeps += 1
        name = f"sweep-{self._sweeps}"
        result = Sweep(concurrency)
        before = (Counter(self.clock.calls), self.cloud.table.units.copy())
        numbers = (self.cloud.listed_jobs, self.cloud.events, self._log.bytes, self.cloud.clients)
        instances = [self.handler()]
        discovered, discovering = self.invoke(instances[0], step("discover", name))
        sources = discovered["sources"]
        result.jitters = [self._random.randrange(4) for _ in sources]
        result.children = [Child("", 0.0)] * len(sources)

        def run(index: int, instance: int) -> float:
            while instance >= len(instances):
                instances.append(self.handler())
            answer, seconds = self.invoke(instances[instance], step("source", name, source=sources[index]))
            result.children[index] = Child(answer["state"], seconds)
            return seconds

        mapped = schedule(result.jitters, concurrency, run)
        result.report, reporting = self.invoke(instances[0], step("report", name))
        result.around = discovering + reporting + COLD_START
        result.seconds, result.billed = result.around + mapped.seconds, result.around + mapped.billed
        result.calls = self.clock.calls - before[0]
        result.units = self.cloud.table.units.since(before[1])
        result.listed = self.cloud.listed_jobs - numbers[0]
        result.events = self.cloud.events - numbers[1]
        result.logged = self._log.bytes - numbers[2]
        result.clients = self.cloud.clients - numbers[3]
        return result


def at_concurrency(sweep: Sweep, concurrency: int) -> Mapped:
    """Schedule the children of a sweep with another concurrency."""
    return schedule(sweep.jitters, concurrency, lambda index, _: sweep.children[index].seconds)


def step_seconds(sweep: Sweep) -> float:
    """Return the time of all children in Step Functions, which express executions are charged for."""
    return sum(sweep.jitters) + sum(each.seconds + OVERHEAD for each in sweep.children)


def step(name: str, sweep: str, **fields: str) -> dict[str, Any]:
    """Return the event of a step."""
    return {"fleetSweep": {"step": name, "sweep": sweep, **fields}}


class _Context(SimpleNamespace):
    def __init__(self, left: Callable[[], int]) -> None:
        super().__init__(
            aws_request_id="8f3c9d2e-0000-4000-8000-000000000001",
            function_name="watch",
            function_version="1",
            memory_limit_in_mb=str(MEMORY_MB),
            invoked_function_arn=f"arn:aws:lambda:{OWN.region}:{HUB}:function:watch:live",
            client_context=None,
            get_remaining_time_in_millis=left,
        )
