"""`python -m benchmarks`: measures, prints, and writes docs/performance.md with its plot."""

import argparse
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks import callgrind, contenders, plot, report, sweeps
from benchmarks.bedrock_server import serving
from benchmarks.bundles import BenchmarkError, interpreter, shares, size
from benchmarks.contenders import Contender, Testbed
from benchmarks.environment import environment
from benchmarks.jobs import LARGEST_PAGE
from benchmarks.listings import DEFAULT_PAGES, LISTERS, Lister, Workload, listings
from benchmarks.load.measure import measure_load
from benchmarks.measures import (
    COLD_JOBS,
    all_cold_instructions,
    cold_seconds,
    warm_instructions,
    warm_seconds,
)
from benchmarks.results import AT_SCALE, Results
from benchmarks.tls import server_certificate, trusting
from infra.bundling import BundleError

_DOCS = Path("docs")
_HANDLERS = (
    *(
        contenders.EMPTY,
        contenders.HAND_WRITTEN,
        contenders.THIS_PROJECT,
        contenders.BARE_BOTO3,
        contenders.BARE_BOTO3_SOURCE,
    ),
    *(contenders.CHALICE, contenders.POWERTOOLS, contenders.VALIDATION, contenders.VALIDATION_SOURCE),
    contenders.FASTAPI,
)


@dataclass(frozen=True, slots=True)
class Plan:
    """The extent of a run.

    Attributes
    ----------
    cold, warm : tuple of Contender
        The handlers that are compared.
    counts, rounds : int
        Number of times that instructions are counted, and that times are measured.
    over_tls : tuple of Contender
        The handlers that are compared over TLS.
    counted, invocations : dict of int to int
        Number of warm invocations in one count and in one figure of time, by the number of jobs.
    workloads : dict of Workload to int
        Number of runs, by workload.
    listers : tuple of Lister
        The ways to list jobs that are compared.
    load_seconds : float
        How long a steady load is held.
    swept : tuple of int
        Numbers of jobs that are swept.
    """

    cold: tuple[Contender, ...]
    warm: tuple[Contender, ...]
    over_tls: tuple[Contender, ...]
    counts: int
    rounds: int
    counted: dict[int, int]
    invocations: dict[int, int]
    workloads: dict[Workload, int]
    listers: tuple[Lister, ...]
    load_seconds: float
    swept: tuple[int, ...]


_FULL = Plan(
    cold=_HANDLERS,
    warm=(
        *(
            contenders.HAND_WRITTEN,
            contenders.THIS_PROJECT,
            contenders.CLIENT_CALL,
            contenders.BARE_BOTO3,
            contenders.CHALICE,
        ),
        *(contenders.POWERTOOLS, contenders.VALIDATION, contenders.FASTAPI),
    ),
    over_tls=(contenders.THIS_PROJECT, contenders.BARE_BOTO3, contenders.POWERTOOLS),
    counts=1,
    rounds=3,
    counted={10: 20, 100: 10, 1000: 3},
    invocations={10: 100, 100: 30, 1000: 6},
    workloads={Workload(1_000): 3, Workload(10_000): 2, AT_SCALE: 1, Workload(AT_SCALE.jobs, "bunched"): 1},
    listers=LISTERS,
    load_seconds=60.0,
    swept=(1_000, 10_000, 100_000),
)
_QUICK = Plan(
    cold=(contenders.EMPTY, contenders.THIS_PROJECT, contenders.BARE_BOTO3, contenders.POWERTOOLS),
    warm=(contenders.THIS_PROJECT, contenders.CLIENT_CALL),
    over_tls=(contenders.THIS_PROJECT, contenders.BARE_BOTO3),
    counts=1,
    rounds=3,
    counted={10: 10, 100: 4},
    invocations={100: 20, 1000: 5},
    workloads={Workload(1_000): 1, Workload(10_000): 1},
    listers=tuple(lister for lister in LISTERS if lister is not DEFAULT_PAGES),
    load_seconds=10.0,
    swept=(1_000, 10_000),
)


def measure(testbed: Testbed, plan: Plan) -> Results:
    """Carry out a plan."""
    results = Results()
    with serving(LARGEST_PAGE) as endpoint:
        _log("counting the instructions of cold starts")
        counts = all_cold_instructions(testbed, plan.cold, endpoint, plan.counts)
        results.instructions = counts | {contenders.WATCH: sweeps.cold_instructions(testbed)}
        _log("timing cold starts")
        results.cold_seconds = cold_seconds(testbed, plan.cold, endpoint, plan.rounds)
        for jobs, invocations in plan.invocations.items():
            _log(f"warm invocations, {jobs} jobs")
            results.warm_seconds[jobs] = warm_seconds(
                testbed, plan.warm, endpoint, jobs, invocations=invocations, runs=(plan.rounds + 1) // 2
            )
        _log("counting the instructions of warm invocations")
        results.warm_instructions = _warm_counts(testbed, plan, endpoint)
    with serving(LARGEST_PAGE, has_details=False) as endpoint:
        results.warm_without_details = _warm_counts(testbed, plan, endpoint, has_details=False)
    _log("cold starts over TLS")
    with server_certificate() as certificate, serving(COLD_JOBS, certificate=certificate) as endpoint:
        bundles = {each: trusting(testbed.bundle_of(each), certificate) for each in plan.over_tls}
        results.tls_instructions = all_cold_instructions(
            testbed, plan.over_tls, endpoint, plan.counts, bundles
        )
        results.tls_seconds = cold_seconds(testbed, plan.over_tls, endpoint, plan.rounds, bundles)
    for workload, runs in plan.workloads.items():
        _log(f"listing {workload.jobs:,} jobs, creation times {workload.spread}")
        results.listings[workload] = listings(testbed, workload, plan.listers, runs)
    _log("holding a load above Bedrock's quota")
    results.load = measure_load(testbed, plan.load_seconds)
    _log("sweeps of the schedule")
    results.sweeps = sweeps.measure(testbed, plan.swept)
    results.sizes = {
        each: size(testbed.bundle_of(each)) for each in plan.cold if each is not contenders.EMPTY
    }
    results.shares = shares(testbed.bundle_of(contenders.THIS_PROJECT))
    return results


def _warm_counts(
    testbed: Testbed, plan: Plan, endpoint: str, *, has_details: bool = True
) -> dict[int, Mapping[Contender, float]]:
    compared = (contenders.THIS_PROJECT, contenders.CLIENT_CALL)
    return {
        jobs: warm_instructions(
            testbed, compared, endpoint, jobs, invocations=invocations, has_details=has_details
        )
        for jobs, invocations in plan.counted.items()
    }


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--quick",
        action="store_true",
        help="fewer runs and workloads; print the tables without writing files",
    )
    quick = parser.parse_args().quick
    if sys.platform != "linux":
        sys.exit("The benchmark needs Linux: it reads /proc and runs valgrind.")
    try:
        # Fails early if valgrind is missing, before the bundles are built.
        callgrind.command(Path())
        _log("building the bundles")
        testbed = Testbed(interpreter())
        results = measure(testbed, _QUICK if quick else _FULL)
    except (BenchmarkError, BundleError, callgrind.CallgrindError) as error:
        sys.exit(str(error))
    print(report.tables(results))
    if not quick:
        _DOCS.mkdir(exist_ok=True)
        (_DOCS / "performance.svg").write_text(plot.svg(plot.panels(results)), encoding="utf-8")
        page = _DOCS / "performance.md"
        kept = report.fleet_section(page.read_text(encoding="utf-8")) if page.exists() else ""
        page.write_text(report.document(results, environment(testbed)) + kept, encoding="utf-8")


def _log(step: str) -> None:
    print(f"{step} ...", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
