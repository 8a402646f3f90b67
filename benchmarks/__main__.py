"""`python -m benchmarks`: measures, prints, and writes docs/performance.md with its plot."""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks import callgrind, contenders, plot, report
from benchmarks.bedrock_server import serving
from benchmarks.bundles import BenchmarkError, interpreter, size
from benchmarks.contenders import Contender, Stage
from benchmarks.environment import environment
from benchmarks.jobs import LARGEST_PAGE
from benchmarks.listings import DEFAULT_PAGES, LISTERS, Lister, Scene, listings
from benchmarks.measures import all_cold_instructions, cold_seconds, warm_seconds
from benchmarks.results import AT_SCALE, Results
from infra.bundling import BundleError

_DOCS = Path("docs")
_HANDLERS = (
    *(contenders.EMPTY, contenders.BY_HAND, contenders.SELF, contenders.BARE, contenders.BARE_SOURCE),
    *(contenders.CHALICE, contenders.POWERTOOLS, contenders.VALIDATION, contenders.DEPLOYED),
    contenders.FASTAPI,
)


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured.

    Attributes
    ----------
    cold, warm : tuple of Contender
        Who takes part.
    counts, rounds : int
        How often instructions are counted, and everything else is measured.
    invocations : dict of int to int
        How many warm invocations make one figure, by the number of jobs.
    scenes : dict of Scene to int
        What is listed, and how often.
    listers : tuple of Lister
        Who lists.
    """

    cold: tuple[Contender, ...]
    warm: tuple[Contender, ...]
    counts: int
    rounds: int
    invocations: dict[int, int]
    scenes: dict[Scene, int]
    listers: tuple[Lister, ...]


_FULL = Plan(
    cold=_HANDLERS,
    warm=(
        *(contenders.BY_HAND, contenders.SELF, contenders.CALL, contenders.BARE, contenders.CHALICE),
        *(contenders.POWERTOOLS, contenders.VALIDATION, contenders.FASTAPI),
    ),
    counts=2,
    rounds=5,
    invocations={10: 200, 100: 50, 1000: 10},
    scenes={Scene(1_000): 5, Scene(10_000): 3, AT_SCALE: 2, Scene(AT_SCALE.jobs, "bunched"): 1},
    listers=LISTERS,
)
_QUICK = Plan(
    cold=(contenders.EMPTY, contenders.SELF, contenders.BARE, contenders.POWERTOOLS),
    warm=(contenders.SELF, contenders.CALL),
    counts=1,
    rounds=3,
    invocations={100: 20, 1000: 5},
    scenes={Scene(1_000): 1, Scene(10_000): 1},
    listers=tuple(lister for lister in LISTERS if lister is not DEFAULT_PAGES),
)


def measure(stage: Stage, plan: Plan) -> Results:
    """Measure what is planned."""
    results = Results()
    with serving(LARGEST_PAGE) as endpoint:
        _say("counting the instructions of cold starts")
        results.instructions = all_cold_instructions(stage, plan.cold, endpoint, plan.counts)
        _say("timing cold starts")
        results.cold_seconds = cold_seconds(stage, plan.cold, endpoint, plan.rounds)
        for jobs, invocations in plan.invocations.items():
            _say(f"warm invocations, {jobs} jobs")
            results.warm_seconds[jobs] = warm_seconds(
                stage, plan.warm, endpoint, jobs, invocations=invocations, runs=(plan.rounds + 1) // 2
            )
    for scene, runs in plan.scenes.items():
        _say(f"listing {scene.jobs:,} jobs, dates {scene.spread}")
        results.listings[scene] = listings(stage, scene, plan.listers, runs)
    results.sizes = {each: size(stage.bundle_of(each)) for each in plan.cold if each is not contenders.EMPTY}
    return results


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer runs and sizes; print, write nothing")
    quick = parser.parse_args().quick
    if sys.platform != "linux":
        sys.exit("The benchmark runs on Linux, as Lambda does.")
    try:
        # Asked for now, not after minutes of other measures.
        callgrind.command(Path())
        _say("making the bundles")
        stage = Stage(interpreter())
        results = measure(stage, _QUICK if quick else _FULL)
    except (BenchmarkError, BundleError, callgrind.CallgrindError) as error:
        sys.exit(str(error))
    print(report.tables(results))
    if not quick:
        _DOCS.mkdir(exist_ok=True)
        (_DOCS / "performance.svg").write_text(plot.svg(plot.panels(results)), encoding="utf-8")
        text = report.document(results, environment(stage))
        (_DOCS / "performance.md").write_text(text, encoding="utf-8")


def _say(what: str) -> None:
    print(f"{what} ...", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
