"""Prediction intervals from order statistics, which hold for any distribution and any number of jobs.

If n past durations and a new one come from the same process, in any order, the new one lies between the
i-th and the k-th shortest with probability (k - i) / (n + 1): conformal prediction,
https://arxiv.org/abs/2107.07511. The same holds among those that outlast a given age.
"""

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

# An interval leaves out one job in ten: one in twenty on each side. The shortest of n durations is exceeded
# by one in n + 1, so two sides need 19 durations, and one side needs 9.
_LEFT_OUT, _LEFT_OUT_ON_EACH_SIDE = 10, 20
MIN_JOBS = _LEFT_OUT_ON_EACH_SIDE - 1
MIN_LONGER_JOBS = _LEFT_OUT - 1


class Interval(NamedTuple):
    """Contains the durations of at least 9 of 10 jobs, and of at most 19 of 20.

    Attributes
    ----------
    shortest, longest : float
        Seconds.
    jobs : int
        Number of past jobs that the interval is based on.
    """

    shortest: float
    longest: float
    jobs: int


def interval(durations: Sequence[float]) -> Interval | None:
    """Return the interval of a job that has just started; None if there are fewer than `MIN_JOBS`.

    Parameters
    ----------
    durations : sequence of float
        Seconds, in ascending order.
    """
    if len(durations) < MIN_JOBS:
        return None
    left_out = (len(durations) + 1) // _LEFT_OUT_ON_EACH_SIDE
    return Interval(durations[left_out - 1], durations[-left_out], len(durations))


def interval_at_age(durations: Sequence[float], age: float) -> Interval | None:
    """Return the interval of a job that has not ended at an age, from the jobs that took longer.

    With fewer than `MIN_JOBS` of them, the interval begins at the age itself. With fewer than
    `MIN_LONGER_JOBS`, there is no interval.

    Parameters
    ----------
    durations : sequence of float
        Seconds, in ascending order.
    """
    longer = durations[bisect_right(durations, age) :]
    if len(longer) < MIN_LONGER_JOBS:
        return None
    return interval(longer) or Interval(age, longer[-((len(longer) + 1) // _LEFT_OUT)], len(longer))
