"""How many jobs are claimed before their transitions are published."""

from datetime import timedelta

from customization_jobs.aws.batch_reads import MAX_KEYS
from customization_jobs.watch.parallel import THREADS

_FAST, _SLOW = timedelta(seconds=2), timedelta(seconds=8)


class Pace:
    """Adapts the number of jobs to the time that claiming them takes.

    The transitions of jobs that are claimed together are published together, within the earliest lease. If
    claims are slow, the lease of the first would have expired before the last is claimed.

    Attributes
    ----------
    jobs : int
        Number of jobs to claim together; at first one for each thread.
    """

    def __init__(self) -> None:
        self.jobs = THREADS

    def add(self, elapsed: timedelta) -> None:
        """Take into account how long it took to claim the last jobs."""
        if elapsed < _FAST:
            self.jobs = min(2 * self.jobs, MAX_KEYS)
        elif elapsed > _SLOW:
            self.jobs = max(self.jobs // 2, 1)
