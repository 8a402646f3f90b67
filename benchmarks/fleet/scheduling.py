"""When the children of a Distributed Map run, if some of them may run at the same time."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

# Assumed: what Step Functions takes to start a child, and to go from state to state.
_STEP_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Schedule:
    """The result.

    Attributes
    ----------
    seconds : float
        From the start of the first child to the end of the last.
    waited : float
        Seconds in which children waited at random, added up.
    ran : float
        Seconds in which their functions ran, added up.
    billed : tuple of float
        Duration of each child, for the price of an express workflow.
    """

    seconds: float
    waited: float
    ran: float
    billed: tuple[float, ...]


def schedule(
    children: int,
    concurrency: int,
    jitter: int,
    run: Callable[[int, float], float],
    random: Random,
) -> Schedule:
    """Run children in order, each as soon as less than `concurrency` others run.

    Parameters
    ----------
    jitter : int
        Each child first waits for 0 to this many whole seconds, as the state machine does.
    run : callable
        Given the number of a child and the second at which its function is invoked, returns how long the
        function runs.
    """
    ready = [0.0] * min(concurrency, children)
    waited = ran = end = 0.0
    billed = []
    for child in range(children):
        begin = heapq.heappop(ready)
        wait = random.randint(0, jitter)
        duration = run(child, begin + _STEP_SECONDS + wait)
        waited, ran = waited + wait, ran + duration
        billed.append(_STEP_SECONDS + wait + duration)
        end = max(end, begin + billed[-1])
        heapq.heappush(ready, begin + billed[-1])
    return Schedule(end, waited, ran, tuple(billed))
