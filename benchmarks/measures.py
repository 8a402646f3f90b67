"""Measures cold starts and warm invocations; the answer of each invocation is checked."""

import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

from benchmarks import callgrind
from benchmarks.contenders import Contender, Testbed, check_answer, proxy_event
from benchmarks.process_usage import cpu_seconds

COLD_JOBS = 10
# Invocations that are not measured: the first ones fill caches.
_WARM_UP = 3


def all_cold_instructions(
    testbed: Testbed,
    contenders: Sequence[Contender],
    endpoint: str,
    runs: int,
    bundles: Mapping[Contender, Path] | None = None,
) -> dict[Contender, float]:
    """Count the instructions from the start of a fresh process to its first answer, of all contenders.

    They run on all processors at once: load does not change counts.

    Parameters
    ----------
    bundles : mapping of Contender to Path, optional
        Bundles in place of their own.
    """
    bundles = bundles or {each: testbed.bundle_of(each) for each in contenders}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        counts = pool.map(
            lambda each: _instructions(
                testbed, each, endpoint, jobs=COLD_JOBS, invocations=1, bundle=bundles[each]
            ),
            [*contenders] * runs,
        )
        return _medians([*contenders] * runs, counts)


def warm_instructions(
    testbed: Testbed,
    contenders: Sequence[Contender],
    endpoint: str,
    jobs: int,
    *,
    invocations: int,
    has_details: bool = True,
) -> dict[Contender, float]:
    """Count the instructions of one warm invocation, as the mean of many, without the first ones."""
    order = [(each, number) for each in contenders for number in (_WARM_UP, _WARM_UP + invocations)]
    for contender in contenders:
        testbed.bundle_of(contender)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        counts = pool.map(
            lambda each: _instructions(
                testbed, each[0], endpoint, jobs=jobs, invocations=each[1], has_details=has_details
            ),
            order,
        )
        total = dict(zip(order, counts, strict=True))
    return {
        each: (total[each, _WARM_UP + invocations] - total[each, _WARM_UP]) / invocations
        for each in contenders
    }


def _instructions(
    testbed: Testbed,
    contender: Contender,
    endpoint: str,
    *,
    jobs: int,
    invocations: int,
    has_details: bool = True,
    bundle: Path | None = None,
) -> int:
    with tempfile.TemporaryDirectory() as folder:
        wrapper = callgrind.command(Path(folder))
        with testbed.process(contender, endpoint, wrapper=wrapper, bundle=bundle) as process:
            responses = [process.invoke(proxy_event(jobs)) for _ in range(invocations)]
        for response in responses:
            check_answer(contender, response.body, jobs, has_details=has_details)
        return callgrind.total_instructions(Path(folder))


def cold_seconds(
    testbed: Testbed,
    contenders: Sequence[Contender],
    endpoint: str,
    runs: int,
    bundles: Mapping[Contender, Path] | None = None,
) -> dict[Contender, float]:
    """Time cold starts, interleaved (A B C A B C), after one unmeasured round that fills the disk cache."""
    bundles = bundles or {}
    order = [*contenders] * (runs + 1)
    seconds = []
    for contender in order:
        with testbed.process(contender, endpoint, bundle=bundles.get(contender)) as process:
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
