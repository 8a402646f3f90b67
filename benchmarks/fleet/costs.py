"""What sweeps cost in a month, from the list prices of us-east-1 without free tiers."""

from typing import NamedTuple

from benchmarks.fleet.clock import MEMORY_MB
from benchmarks.fleet.sweep import Sweep, step_seconds
from benchmarks.prices import GB_SECOND, LOG_GB, MILLION_READ_UNITS, MILLION_REQUESTS, MILLION_WRITE_UNITS

PRICES = (
    f"Lambda arm64 {GB_SECOND:.10f} USD for a GB-second, {MILLION_REQUESTS:.2f} for a million requests; "
    f"DynamoDB on demand {MILLION_READ_UNITS} for a million read units, "
    f"{MILLION_WRITE_UNITS} for a million write units; "
    "Step Functions 0.025 for 1,000 state transitions (standard), "
    "1.00 for a million requests and 0.00001667 for a GB-second in steps of 64 MB (express); "
    f"logs {LOG_GB:.2f} for a GB"
)
_MILLION, _GB = 1_000_000, 1024**3
_MINUTES = 30 * 24 * 60
# States of the parent, and of each child: a wait and a task.
PARENT_TRANSITIONS, CHILD_TRANSITIONS = 8, 2
# Lambda's own lines of an invocation, and what CloudWatch adds to each line. Assumed.
_PLATFORM_LOG = 700
_MEMORY_STEP_GB = 64 / 1024


class Costs(NamedTuple):
    """USD in a month."""

    compute: float
    requests: float
    reads: float
    writes: float
    logs: float
    standard: float
    express: float

    @property
    def total(self) -> float:
        """The sum with express children."""
        return sum(self) - self.standard


def monthly(quiet: Sweep, all_jobs: Sweep, minutes: int) -> Costs:
    """Return the costs of a month of quiet sweeps, one of them a day with all jobs.

    Parameters
    ----------
    minutes : int
        Between two sweeps.
    """
    days = 30
    number = {"quiet": _MINUTES / minutes - days, "all": float(days)}

    def total(of_quiet: float, of_all: float) -> float:
        return number["quiet"] * of_quiet + number["all"] * of_all

    sweeps, children = _MINUTES / minutes, len(quiet.children)
    invocations = sweeps * (children + 2)
    return Costs(
        compute=total(quiet.billed, all_jobs.billed) * MEMORY_MB / 1024 * GB_SECOND,
        requests=invocations * MILLION_REQUESTS / _MILLION,
        reads=total(quiet.units.reads, all_jobs.units.reads) * MILLION_READ_UNITS / _MILLION,
        writes=total(quiet.units.writes.total(), all_jobs.units.writes.total())
        * MILLION_WRITE_UNITS
        / _MILLION,
        logs=(total(quiet.logged, all_jobs.logged) + invocations * _PLATFORM_LOG) * LOG_GB / _GB,
        standard=sweeps * (PARENT_TRANSITIONS + children * CHILD_TRANSITIONS) * 0.025 / 1000,
        express=sweeps * (PARENT_TRANSITIONS * 0.025 / 1000 + children * 1.00 / _MILLION)
        + total(step_seconds(quiet), step_seconds(all_jobs)) * _MEMORY_STEP_GB * 0.00001667,
    )
