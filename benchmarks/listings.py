"""Measures how all jobs are counted or listed, each time in a fresh process: wall time and peak memory."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from benchmarks.bedrock_server import serving
from benchmarks.contenders import PAGINATOR, THIS_PROJECT, Contender, Testbed, WrongAnswerError
from benchmarks.jobs import Spread
from benchmarks.process_usage import peak_megabytes

DELAY_MS = 30


@dataclass(frozen=True, slots=True, eq=False)
class Lister:
    """A way to count or list jobs: a row of the table.

    Attributes
    ----------
    label : str
        Its name in tables.
    contender : Contender
        The handler that is invoked.
    event : mapping
        The event that it is invoked with.
    whole : bool
        Whether the answer covers all jobs, or only those that fit into one answer.
    """

    label: str
    contender: Contender
    event: Mapping[str, Any]
    whole: bool = True

    def jobs_in(self, answer: Mapping[str, Any]) -> int:
        """Return the number of jobs that an answer covers."""
        if self.whole:
            return int(answer["jobs"])
        return len(answer["modelCustomizationJobSummaries"])


DEFAULT_PAGES = Lister("boto3 paginator, default page size (100)", PAGINATOR, {})
LARGE_PAGES = Lister(
    "**boto3 paginator, pages of 1,000**", PAGINATOR, {"PaginationConfig": {"PageSize": 1000}}
)
OVERVIEW = Lister("this project: an overview of all jobs", THIS_PROJECT, {"overview": True})
COLLECT = Lister("this project: one answer to a workflow", THIS_PROJECT, {}, whole=False)
LISTERS = (DEFAULT_PAGES, LARGE_PAGES, OVERVIEW, COLLECT)


@dataclass(frozen=True, slots=True)
class Workload:
    """The jobs that are listed."""

    jobs: int
    spread: Spread = "even"


@dataclass(frozen=True, slots=True)
class Listed:
    """One measurement: wall time, peak memory, and the number of jobs that the answer covered."""

    seconds: float
    megabytes: float
    jobs: int


def listings(
    testbed: Testbed, workload: Workload, listers: Sequence[Lister], runs: int
) -> dict[Lister, Listed]:
    """Measure listers on one workload: the median time of interleaved runs, and the highest peak memory."""
    of: dict[Lister, list[Listed]] = {}
    with serving(workload.jobs, delay_ms=DELAY_MS, spread=workload.spread) as endpoint:
        for _ in range(runs):
            for lister in listers:
                of.setdefault(lister, []).append(_listed(testbed, lister, workload, endpoint))
    return {
        lister: Listed(
            median(each.seconds for each in figures),
            max(each.megabytes for each in figures),
            figures[0].jobs,
        )
        for lister, figures in of.items()
    }


def _listed(testbed: Testbed, lister: Lister, workload: Workload, endpoint: str) -> Listed:
    with testbed.process(lister.contender, endpoint) as process:
        # Excludes the init phase, which the cold start measures.
        process.wait_until_ready()
        sent_at = time.monotonic()
        response = process.invoke(lister.event)
        memory = peak_megabytes(process.pid)
    figure = Listed(response.received_at - sent_at, memory, lister.jobs_in(response.payload))
    if (lister.whole and figure.jobs != workload.jobs) or not figure.jobs:
        raise WrongAnswerError(f"{lister.label}: the answer covers {figure.jobs} of {workload.jobs} jobs")
    return figure
