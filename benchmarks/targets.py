"""The targets that the figures of a run are compared with."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.bundles import Size
from benchmarks.contenders import BARE_BOTO3, CLIENT_CALL, THIS_PROJECT, VALIDATION_SOURCE, WATCH, Contender
from benchmarks.listings import LARGE_PAGES, OVERVIEW, Listed, Lister
from benchmarks.load.figures import Load, wrongly_refused
from benchmarks.results import AT_SCALE, Results
from benchmarks.sweeps import Sweeps

# Number of jobs in the target of a quiet sweep's CPU time: a tenth of what a sweep took when each read all
# records (docs/decisions.md).
_SWEPT = 10_000


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
        *_cold_targets(results.instructions, results.tls_instructions),
        *_warm_targets(results.warm_instructions),
        *_listing_targets(results.listings.get(AT_SCALE, {})),
        *_sweep_targets(results.sweeps),
        *_size_targets(results.sizes),
        *(_load_targets(results.load) if results.load else ()),
    ]


def _cold_targets(
    instructions: Mapping[Contender, float], over_tls: Mapping[Contender, float]
) -> Iterator[Target]:
    for name, of, ours, base, limit in (
        ("over TLS, ratio to bare boto3 over TLS", over_tls, THIS_PROJECT, BARE_BOTO3, 0.58),
        ("ratio to bare boto3", instructions, THIS_PROJECT, BARE_BOTO3, 0.68),
        ("the watch function, ratio to bare boto3", instructions, WATCH, BARE_BOTO3, 0.80),
        (
            *("ratio to a usual deployment (Powertools with validation, without .pyc)", instructions),
            *(THIS_PROJECT, VALIDATION_SOURCE, 1 / 7),
        ),
    ):
        if {base, ours} <= of.keys():
            yield Target(f"cold start, instructions, {name}", limit, of[ours] / of[base])


def _warm_targets(instructions: Mapping[int, Mapping[Contender, float]]) -> Iterator[Target]:
    for jobs, limit in ((10, 0.12), (100, 0.03), (1000, 0.02)):
        of = instructions.get(jobs, {})
        if {CLIENT_CALL, THIS_PROJECT} <= of.keys():
            ratio = of[THIS_PROJECT] / of[CLIENT_CALL]
            yield Target(f"warm, {jobs} jobs, instructions, ratio to boto3's call alone", limit, ratio)


def _listing_targets(listed: Mapping[Lister, Listed]) -> Iterator[Target]:
    if {LARGE_PAGES, OVERVIEW} <= listed.keys():
        overview, paginator = listed[OVERVIEW], listed[LARGE_PAGES]
        name = f"overview of {AT_SCALE.jobs:,} jobs"
        yield Target(f"{name}, wall time, ratio to the paginator", 0.03, overview.seconds / paginator.seconds)
        yield Target(f"{name}, peak memory", 50, overview.megabytes, " MB")


def _sweep_targets(sweeps: Mapping[int, Sweeps]) -> Iterator[Target]:
    for jobs, records in ((10_000, 100), (100_000, 500)):
        if jobs in sweeps:
            read = sweeps[jobs].quiet.usage.records_read
            yield Target(f"quiet sweep of {jobs:,} jobs, records read", records, read)
    if _SWEPT in sweeps:
        cpu_ms = sweeps[_SWEPT].quiet.cpu_seconds * 1000
        yield Target(f"quiet sweep of {_SWEPT:,} jobs, CPU", 210, cpu_ms, " ms")


def _size_targets(sizes: Mapping[Contender, Size]) -> Iterator[Target]:
    if THIS_PROJECT in sizes:
        yield Target("bundle, zipped", 2.5, sizes[THIS_PROJECT].zipped / 1e6, " MB")


def _load_targets(load: Load) -> Iterator[Target]:
    answers = load.answers
    unanswered = len(load.burst.requests) - load.burst.answered + load.burst.workflows.count(None)
    yield Target("under load, longest wait", 25, max(each.seconds for each in answers), " s")
    yield Target("under load, answers other than 200 and 429 with Retry-After", 0, wrongly_refused(answers))
    yield Target("under load, callers of a burst without an answer", 0, unanswered)
    incomplete = sum(not each.complete for each in load.sweeps)
    yield Target("under load, sweeps that did not complete", 0, incomplete)
