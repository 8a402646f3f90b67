"""The steps of a sweep of the fleet, for its state machine: discover, one step for each source, report."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from customization_jobs.entrypoints.base import EntryPoint
from customization_jobs.entrypoints.tick import parse_tick
from customization_jobs.errors import CustomizationJobsError, Problem, ValidationException
from customization_jobs.fleet.discovery import Discovery
from customization_jobs.fleet.lease import SweepLease
from customization_jobs.fleet.source_sweep import SourceSweep
from customization_jobs.fleet.sweep_report import FleetSweepReport
from customization_jobs.listing.inputs import leaves_out_jobs, shortened, unknown_names
from customization_jobs.listing.query import QueryContract
from customization_jobs.sources import Source
from customization_jobs.timeouts import Deadline, invocation_deadline

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

_MAX_NAME_LENGTH = 80  # of an execution
# The fields of each step besides "step" and "sweep".
_FIELDS = {"discover": (), "source": ("source", "tick"), "report": ()}


class FleetSweepEntryPoint(EntryPoint):
    """Answers the state machine that sweeps the fleet.

    Parameters
    ----------
    on_skipped : callable
        Called when a sweep is skipped because the previous one is still running.
    call_seconds : float
        Longest duration of one call to AWS.
    """

    def __init__(
        self,
        discovery: Discovery,
        lease: SweepLease,
        source_sweep: SourceSweep,
        report: FleetSweepReport,
        contract: QueryContract,
        *,
        on_skipped: Callable[[], None],
        call_seconds: float,
    ) -> None:
        self._discovery = discovery
        self._lease = lease
        self._source_sweep = source_sweep
        self._report = report
        self._contract = contract
        self._on_skipped = on_skipped
        self._call_seconds = call_seconds

    def answer(self, event: Mapping[str, Any], context: "LambdaContext") -> dict[str, Any]:
        """Run one step of `{"fleetSweep": {"step", "sweep", ...}}`.

        Delivery: each step can be repeated. A repeated step for a source emits and records the same again,
        but a failure counts once per sweep.

        Returns
        -------
        dict
            discover: `running`, whether another sweep still runs, and `sources`, as `account/region`.
            source: as `SourceSweep.run`. report: as `FleetSweepReport.run`.

        Raises
        ------
        ValidationException
            The event is not valid, or the source does not belong to the fleet.
        CustomizationJobsError
            An error of the error contract.
        """
        given = event["fleetSweep"]
        step, sweep = self._parse(given)
        deadline = invocation_deadline(context, self._call_seconds)
        if step == "discover":
            return self._discover(sweep)
        if step == "source":
            return self._sweep_source(sweep, given, deadline)
        return self._report.run(sweep, deadline)

    def _discover(self, sweep: str) -> dict[str, Any]:
        if not self._lease.acquire(sweep):
            self._on_skipped()
            return {"running": True, "sources": []}
        try:
            sources = self._discovery.discover()
        except Exception:
            # No sweep runs now, so the next one need not wait until the lease expires.
            with suppress(CustomizationJobsError):
                self._lease.release(sweep)
            raise
        return {"running": False, "sources": list(map(str, sources))}

    def _sweep_source(self, sweep: str, given: Mapping[str, Any], deadline: Deadline) -> dict[str, Any]:
        source, tick = Source.parse(given.get("source")), given.get("tick", {})
        problems = []
        if source is None:
            problems.append(Problem("source", shortened(given.get("source")), "account/region"))
        if not isinstance(tick, Mapping):
            problems.append(Problem("tick", shortened(tick), "an object with sweep and query"))
        if source is None or problems:
            raise ValidationException.from_problems(problems)
        name, query = parse_tick(tick, self._contract)
        if selecting := [each for each in query.parameters if leaves_out_jobs(each)]:
            problem = Problem("tick.query", ", ".join(selecting), "inputs that do not leave out jobs")
            raise ValidationException.from_problems([problem])
        self._discovery.check(source)
        return self._source_sweep.run(source, sweep, name, query, deadline)

    def _parse(self, given: Mapping[str, Any]) -> tuple[str, str]:
        step, sweep = given.get("step"), given.get("sweep")
        problems = []
        if not isinstance(step, str) or step not in _FIELDS:
            problems.append(Problem("step", shortened(step), ", ".join(_FIELDS)))
        else:
            problems += unknown_names(given, ("step", "sweep", *_FIELDS[step]))
        if not isinstance(sweep, str) or not 1 <= len(sweep) <= _MAX_NAME_LENGTH:
            problems.append(Problem("sweep", shortened(sweep), "the name of an execution"))
        if problems:
            raise ValidationException.from_problems(problems)
        return str(step), str(sweep)
