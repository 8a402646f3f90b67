"""Which child of a Map runs when, and on which instance of the function."""

import heapq
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

# Assumptions, in seconds: a cold start, which is billed, and Step Functions' part of each child.
COLD_START, OVERHEAD = 1.5, 0.1


class Mapped(NamedTuple):
    """The time of a Map, the billed time of its children, and the number of instances."""

    seconds: float
    billed: float
    instances: int


def schedule(jitters: Sequence[int], concurrency: int, run: Callable[[int, int], float]) -> Mapped:
    """Start children in order, as soon as one of the concurrent ones has ended.

    Parameters
    ----------
    jitters : sequence of int
        Seconds that each child waits first.
    run : callable
        Runs a child, by index, on an instance of the function, by number, and returns the seconds.
    """
    waiting = iter(enumerate(jitters))
    starts = [(float(jitter), index) for index, jitter in _first(waiting, concurrency)]
    heapq.heapify(starts)
    free_since = {0: 0.0}  # by instance; the one that discovered the sources exists
    end = billed = 0.0
    while starts:
        started, index = heapq.heappop(starts)
        idle = [instance for instance, since in free_since.items() if since <= started]
        instance = max(idle, key=free_since.__getitem__) if idle else len(free_since)
        seconds = run(index, instance) + (0.0 if idle else COLD_START)
        billed += seconds
        free_since[instance] = started + seconds
        child_end = started + seconds + OVERHEAD
        end = max(end, child_end)
        if following := next(waiting, None):
            heapq.heappush(starts, (child_end + following[1], following[0]))
    return Mapped(end, billed, len(free_since))


def _first(waiting: Iterator[tuple[int, int]], number: int) -> list[tuple[int, int]]:
    return [each for _, each in zip(range(number), waiting, strict=False)]
