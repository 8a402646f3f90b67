"""The figures of one run, and the targets that they are compared with."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.bundles import Size
from benchmarks.contenders import BARE_BOTO3, CLIENT_CALL, THIS_PROJECT, VALIDATION_SOURCE, Contender
from benchmarks.listings import LARGE_PAGES, OVERVIEW, Listed, Lister, Workload

# The workload of the listing targets.
AT_SCALE = Workload(100_000)


@dataclass(slots=True)
class Results:
    """Everything that was measured; a measurement that was left out is empty.

    Attributes
    ----------
    instructions, cold_seconds : mapping
        From the start of a fresh process to its first answer.
    warm_seconds : dict
        CPU time of one invocation, by the number of jobs in the answer.
    listings : dict
        Wall time and peak memory, by workload.
    sizes : mapping
        Sizes of the bundles.
    """

    instructions: Mapping[Contender, float] = field(default_factory=dict)
    cold_seconds: Mapping[Contender, float] = field(default_factory=dict)
    warm_seconds: dict[int, Mapping[Contender, float]] = field(default_factory=dict)
    listings: dict[Workload, Mapping[Lister, Listed]] = field(default_factory=dict)
    sizes: Mapping[Contender, Size] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Target:
    """A performance target and the figure that was measured for it.

    Attributes
    ----------
    name : str
        What is measured.
    limit : float
        The highest figure that meets the target.
    measured : float
        The figure.
    unit : str
        The unit of both, with a leading space; empty for ratios.
    """

    name: str
    limit: float
    measured: float
    unit: str = ""

    @property
    def met(self) -> bool:
        """Whether the figure is within the limit."""
        return self.measured <= self.limit


def targets(results: Results) -> Sequence[Target]:
    """Compare the figures of a run with their targets; a target without figures is left out."""
    return [
        *_cold_targets(results.instructions),
        *_warm_targets(results.warm_seconds),
        *_listing_targets(results.listings.get(AT_SCALE, {})),
        *_size_targets(results.sizes),
    ]


def _cold_targets(instructions: Mapping[Contender, float]) -> Iterator[Target]:
    for base, name, limit in (
        (BARE_BOTO3, "bare boto3 with .pyc", 0.80),
        (VALIDATION_SOURCE, "a usual deployment (Powertools with validation, without .pyc)", 1 / 7),
    ):
        if {base, THIS_PROJECT} <= instructions.keys():
            ratio = instructions[THIS_PROJECT] / instructions[base]
            yield Target(f"cold start, instructions, ratio to {name}", limit, ratio)


def _warm_targets(warm_seconds: Mapping[int, Mapping[Contender, float]]) -> Iterator[Target]:
    for jobs, limit in ((100, 0.10), (1000, 0.07)):
        seconds = warm_seconds.get(jobs, {})
        if {CLIENT_CALL, THIS_PROJECT} <= seconds.keys():
            ratio = seconds[THIS_PROJECT] / seconds[CLIENT_CALL]
            yield Target(f"warm CPU, {jobs} jobs, ratio to boto3's call alone", limit, ratio)


def _listing_targets(listed: Mapping[Lister, Listed]) -> Iterator[Target]:
    if {LARGE_PAGES, OVERVIEW} <= listed.keys():
        overview, paginator = listed[OVERVIEW], listed[LARGE_PAGES]
        name = f"overview of {AT_SCALE.jobs:,} jobs"
        yield Target(f"{name}, wall time, ratio to the paginator", 0.03, overview.seconds / paginator.seconds)
        yield Target(f"{name}, peak memory", 50, overview.megabytes, " MB")


def _size_targets(sizes: Mapping[Contender, Size]) -> Iterator[Target]:
    if THIS_PROJECT in sizes:
        yield Target("bundle, zipped", 4, sizes[THIS_PROJECT].zipped / 1e6, " MB")
