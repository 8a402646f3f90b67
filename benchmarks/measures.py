"""Measures cold starts and warm invocations; the answer of each invocation is checked."""

import os
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

from benchmarks import callgrind
from benchmarks.contenders import Contender, Testbed, check_answer, proxy_event
from benchmarks.process_usage import cpu_seconds

COLD_JOBS = 10
# Invocations that are not measured: the first ones fill caches.
_WARM_UP = 3


def cold_instructions(testbed: Testbed, contender: Contender, endpoint: str) -> int:
    """Count the instructions from the start of a fresh process to its first answer."""
    with tempfile.TemporaryDirectory() as folder:
        wrapper = callgrind.command(Path(folder))
        with testbed.process(contender, endpoint, wrapper=wrapper) as process:
            response = process.invoke(proxy_event(COLD_JOBS))
        check_answer(contender, response.body, COLD_JOBS)
        return callgrind.total_instructions(Path(folder))


def all_cold_instructions(
    testbed: Testbed, contenders: Sequence[Contender], endpoint: str, runs: int
) -> dict[Contender, float]:
    """Count the cold starts of all contenders, on all processors at once: load does not change counts."""
    for contender in contenders:
        testbed.bundle_of(contender)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        counts = pool.map(lambda each: cold_instructions(testbed, each, endpoint), [*contenders] * runs)
        return _medians([*contenders] * runs, counts)


def cold_seconds(
    testbed: Testbed, contenders: Sequence[Contender], endpoint: str, runs: int
) -> dict[Contender, float]:
    """Time cold starts, interleaved (A B C A B C), after one unmeasured round that fills the disk cache."""
    order = [*contenders] * (runs + 1)
    seconds = []
    for contender in order:
        with testbed.process(contender, endpoint) as process:
            response = process.invoke(proxy_event(COLD_JOBS))
            seconds.append(response.received_at - process.started_at)
        check_answer(contender, response.body, COLD_JOBS)
    return _medians(order[len(contenders) :], seconds[len(contenders) :])


def warm_seconds(
    testbed: Testbed,
    contenders: Sequence[Contender],
    endpoint: str,
    jobs: int,
    *,
    invocations: int,
    runs: int,
) -> dict[Contender, float]:
    """Measure the CPU seconds of one warm invocation: the median over runs of the mean over invocations."""
    order = [*contenders] * runs
    return _medians(order, [_warm(testbed, each, endpoint, jobs, invocations) for each in order])


def _warm(testbed: Testbed, contender: Contender, endpoint: str, jobs: int, invocations: int) -> float:
    event = proxy_event(jobs)
    with testbed.process(contender, endpoint) as process:
        for _ in range(_WARM_UP):
            check_answer(contender, process.invoke(event).body, jobs)
        before = cpu_seconds(process.pid)
        responses = [process.invoke(event) for _ in range(invocations)]
        used = cpu_seconds(process.pid) - before
    for response in responses:
        check_answer(contender, response.body, jobs)
    return used / invocations


def _medians(order: Sequence[Contender], figures: Iterable[float]) -> dict[Contender, float]:
    of: dict[Contender, list[float]] = {}
    for contender, figure in zip(order, figures, strict=True):
        of.setdefault(contender, []).append(figure)
    return {contender: median(each) for contender, each in of.items()}
