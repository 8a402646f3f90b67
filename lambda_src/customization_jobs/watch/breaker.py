"""Sparing the table and the bus while nothing succeeds."""

import random
from collections.abc import Callable

# Failures in a row after which the table or the bus counts as unavailable.
_MAX_FAILURES = 50


class Breaker:
    """Decides which chunks of jobs are tried.

    After 50 failures in a row, each further chunk that fails entirely halves the share of chunks that are
    tried. The first success restores it. The choice is random, so that no job is left out by every sweep
    because entries that are refused forever precede it.

    Parameters
    ----------
    random_share : callable
        Returns a random number from 0 to 1.
    """

    def __init__(self, random_share: Callable[[], float] = random.random) -> None:
        self._random_share = random_share
        self._failures = 0
        self._share = 1.0

    def skips(self) -> bool:
        """Whether to skip the next chunk."""
        return self._random_share() >= self._share

    def add(self, *, failed: int, succeeded: int) -> None:
        """Take the result of a chunk into account, in numbers of jobs."""
        if succeeded:
            self._failures, self._share = 0, 1.0
            return
        self._failures += failed
        if self._failures >= _MAX_FAILURES:
            self._share /= 2
