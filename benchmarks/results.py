"""One run's figures, and the aims that they are held against."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.bundles import Size
from benchmarks.contenders import BARE, CALL, DEPLOYED, SELF, Contender
from benchmarks.listings import LARGE_PAGES, SWEEP, Listed, Lister, Scene

# The listing's aim is for counts of so many jobs.
AT_SCALE = Scene(100_000)


@dataclass(slots=True)
class Results:
    """What was measured; a measure that was left out is empty.

    Attributes
    ----------
    instructions, cold_seconds : dict
        From the start of a fresh process to its first answer.
    warm_seconds : dict
        CPU time of one invocation, by the number of jobs in the answer.
    listings : dict
        By what there was to list.
    sizes : dict
        Of the bundles.
    """

    instructions: Mapping[Contender, float] = field(default_factory=dict)
    cold_seconds: Mapping[Contender, float] = field(default_factory=dict)
    warm_seconds: dict[int, Mapping[Contender, float]] = field(default_factory=dict)
    listings: dict[Scene, Mapping[Lister, Listed]] = field(default_factory=dict)
    sizes: Mapping[Contender, Size] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Aim:
    """One aim and what was measured.

    Attributes
    ----------
    what : str
        In words.
    limit : float
        The most that reaches it.
    measured : float
        The figure.
    unit : str
        Behind the numbers; ratios have none.
    """

    what: str
    limit: float
    measured: float
    unit: str = ""

    @property
    def reached(self) -> bool:
        """Whether the figure is within the limit."""
        return self.measured <= self.limit


def aims(results: Results) -> Sequence[Aim]:
    """Compare with the aims everything that was measured."""
    return list(_aims(results))


def _aims(results: Results) -> Iterator[Aim]:
    cold = results.instructions
    if {BARE, SELF} <= cold.keys():
        yield Aim("cold start, instructions, to bare boto3 with .pyc", 0.80, cold[SELF] / cold[BARE])
    if {DEPLOYED, SELF} <= cold.keys():
        yield Aim("cold start, instructions, to what most deploy", 1 / 7, cold[SELF] / cold[DEPLOYED])
    for jobs, limit in ((100, 0.10), (1000, 0.07)):
        warm = results.warm_seconds.get(jobs, {})
        if {CALL, SELF} <= warm.keys():
            yield Aim(f"warm CPU, {jobs} jobs, to the bare boto3 call", limit, warm[SELF] / warm[CALL])
    listed = results.listings.get(AT_SCALE, {})
    if {LARGE_PAGES, SWEEP} <= listed.keys():
        counts = listed[SWEEP]
        what = f"counts of {AT_SCALE.jobs:,} jobs"
        yield Aim(f"{what}, wall time, to the paginator", 0.12, counts.seconds / listed[LARGE_PAGES].seconds)
        yield Aim(f"{what}, peak memory", 50, counts.megabytes, " MB")
    if SELF in results.sizes:
        yield Aim("bundle, zipped", 4, results.sizes[SELF].zipped / 1e6, " MB")
