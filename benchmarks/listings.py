"""Counting and listing everything, each time in a fresh process: wall time and peak memory."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from benchmarks.bedrock_server import serving
from benchmarks.contenders import PAGINATOR, SELF, Contender, Stage, WrongAnswerError
from benchmarks.jobs import Spread

DELAY_MS = 30


@dataclass(frozen=True, slots=True, eq=False)
class Lister:
    """A way to see all jobs; a line in the table.

    Attributes
    ----------
    label : str
        How the table names it.
    contender : Contender
        Who does it.
    event : mapping
        What asks for it.
    whole : bool
        Whether the answer tells of all jobs, or of what fits into one.
    """

    label: str
    contender: Contender
    event: Mapping[str, Any]
    whole: bool = True

    def jobs_in(self, answer: Mapping[str, Any]) -> int:
        """Read from an answer how many jobs it tells of."""
        if self.whole:
            return int(answer["jobs"])
        return len(answer["modelCustomizationJobSummaries"])


DEFAULT_PAGES = Lister("boto3 paginator, its default pages (100)", PAGINATOR, {})
LARGE_PAGES = Lister(
    "**boto3 paginator, pages of 1000**", PAGINATOR, {"PaginationConfig": {"PageSize": 1000}}
)
SWEEP = Lister("this project: counts, by a schedule", SELF, {"schedule": {}})
COLLECT = Lister("this project: one answer to a workflow", SELF, {}, whole=False)
LISTERS = (DEFAULT_PAGES, LARGE_PAGES, SWEEP, COLLECT)


@dataclass(frozen=True, slots=True)
class Scene:
    """What there is to list."""

    jobs: int
    spread: Spread = "even"


@dataclass(frozen=True, slots=True)
class Listed:
    """One figure: how long, with how much memory, how many jobs the answer told of."""

    seconds: float
    megabytes: float
    jobs: int


def listings(stage: Stage, scene: Scene, listers: Sequence[Lister], runs: int) -> dict[Lister, Listed]:
    """Measure the listers on one scene: medians of interleaved runs, memory's worst."""
    of: dict[Lister, list[Listed]] = {}
    with serving(scene.jobs, delay_ms=DELAY_MS, spread=scene.spread) as endpoint:
        for _ in range(runs):
            for lister in listers:
                of.setdefault(lister, []).append(_listed(stage, lister, scene, endpoint))
    return {
        lister: Listed(
            median(each.seconds for each in figures),
            max(each.megabytes for each in figures),
            figures[0].jobs,
        )
        for lister, figures in of.items()
    }


def _listed(stage: Stage, lister: Lister, scene: Scene, endpoint: str) -> Listed:
    with stage.process(lister.contender, endpoint) as process:
        # Not the init phase, which is the cold start's matter.
        process.wait_until_ready()
        sent = time.monotonic()
        answer = process.invoke(lister.event)
        figure = Listed(answer.at - sent, process.peak_megabytes(), lister.jobs_in(json.loads(answer.body)))
    if (lister.whole and figure.jobs != scene.jobs) or not figure.jobs:
        raise WrongAnswerError(f"{lister.label}: told of {figure.jobs} of {scene.jobs} jobs")
    return figure
