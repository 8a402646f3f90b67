"""Cold starts and warm invocations, each checked for the right answer."""

import os
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

from benchmarks import callgrind
from benchmarks.contenders import Contender, Stage, check, request

COLD_JOBS = 10
# Invocations that are not counted: the first ones fill caches.
_WARMING = 3


def cold_instructions(stage: Stage, contender: Contender, endpoint: str) -> int:
    """Count the instructions from the start of a fresh process to its first answer."""
    with tempfile.TemporaryDirectory() as folder:
        wrapper = callgrind.command(Path(folder))
        with stage.process(contender, endpoint, wrapper=wrapper) as process:
            answer = process.invoke(request(COLD_JOBS))
        check(contender, answer.body, COLD_JOBS)
        return callgrind.instructions(
            path.read_text(encoding="utf-8", errors="replace") for path in Path(folder).iterdir()
        )


def all_cold_instructions(
    stage: Stage, contenders: Sequence[Contender], endpoint: str, runs: int
) -> dict[Contender, float]:
    """Count for all contenders, as many at once as there are processors: counts do not mind company."""
    for contender in contenders:
        stage.bundle_of(contender)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        counts = pool.map(lambda each: cold_instructions(stage, each, endpoint), [*contenders] * runs)
        return _medians([*contenders] * runs, counts)


def cold_seconds(
    stage: Stage, contenders: Sequence[Contender], endpoint: str, runs: int
) -> dict[Contender, float]:
    """Time cold starts one after the other, A B C A B C; a first round only fills the disk's cache."""
    order = [*contenders] * (runs + 1)
    seconds = []
    for contender in order:
        with stage.process(contender, endpoint) as process:
            answer = process.invoke(request(COLD_JOBS))
            seconds.append(answer.at - process.started)
        check(contender, answer.body, COLD_JOBS)
    return _medians(order[len(contenders) :], seconds[len(contenders) :])


def warm_seconds(
    stage: Stage, contenders: Sequence[Contender], endpoint: str, jobs: int, *, invocations: int, runs: int
) -> dict[Contender, float]:
    """Measure the CPU time of one warm invocation: the mean over many, and of such means the median."""
    order = [*contenders] * runs
    return _medians(order, [_warm(stage, each, endpoint, jobs, invocations) for each in order])


def _warm(stage: Stage, contender: Contender, endpoint: str, jobs: int, invocations: int) -> float:
    event = request(jobs)
    with stage.process(contender, endpoint) as process:
        for _ in range(_WARMING):
            check(contender, process.invoke(event).body, jobs)
        before = process.cpu_seconds()
        answers = [process.invoke(event) for _ in range(invocations)]
        used = process.cpu_seconds() - before
    for answer in answers:
        check(contender, answer.body, jobs)
    return used / invocations


def _medians(order: Sequence[Contender], figures: Iterable[float]) -> dict[Contender, float]:
    of: dict[Contender, list[float]] = {}
    for contender, figure in zip(order, figures, strict=True):
        of.setdefault(contender, []).append(figure)
    return {contender: median(each) for contender, each in of.items()}
