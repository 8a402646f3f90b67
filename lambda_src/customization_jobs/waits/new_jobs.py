"""The jobs of a sweep's pages that join open waiters."""

from collections.abc import Sequence

from customization_jobs.errors import CustomizationJobsError
from customization_jobs.jobs import Summary
from customization_jobs.waits.matching import listed_job, matches
from customization_jobs.waits.waiter import NEW_JOBS, Waiter
from customization_jobs.waits.waiters import Waiters
from customization_jobs.watch.isolation import isolated
from customization_jobs.watch.job import Job


class NewJobs:
    """Finds the jobs of one sweep that match open waiters and are not known to them.

    Parameters
    ----------
    only_fleet : bool
        Whether the jobs concern only waits for the fleet, because they are not of the hub's own source.
    """

    def __init__(self, waiters: Waiters, *, only_fleet: bool) -> None:
        self._waiters = waiters
        self._only_fleet = only_fleet
        # The open waiters, each with the keys of the jobs that it knows.
        self._open: list[tuple[Waiter, frozenset[str]]] = []
        # Jobs of this sweep that match, by the id of the open waiter.
        self._appeared: dict[str, list[Job]] = {}

    def start(self) -> CustomizationJobsError | None:
        """Read the open waiters, before the first page is read, and return what failed.

        Cost: one query of the index, and the reads of the waiters that it finds.
        """
        found = isolated(
            "the waiters", lambda: self._waiters.get_many(list(self._waiters.awaiting(NEW_JOBS)))
        )
        if isinstance(found, CustomizationJobsError):
            return found
        # A waiter that is not readable is reported when the hub's own sweep reads all waiters.
        readable = [waiter for waiter in found if isinstance(waiter, Waiter)]
        concerned = [waiter for waiter in readable if waiter.fleet or not self._only_fleet]
        self._open = [(waiter, waiter.known.union(waiter.pending)) for waiter in concerned]
        return None

    def add(self, jobs: Sequence[Summary]) -> None:
        """Find the jobs of a page for which a waiter waits."""
        if not self._open:
            return
        for job in filter(None, map(listed_job, jobs)):
            for waiter, known in self._open:
                if job.key not in known and matches(job, waiter.query):
                    self._appeared.setdefault(waiter.id, []).append(job)

    def of(self, waiter_id: str) -> Sequence[Job]:
        """Return the jobs that join a waiter."""
        return self._appeared.get(waiter_id, ())

    def joined(self) -> list[Waiter]:
        """Return the waiters that jobs join, as they were read at the start."""
        return [waiter for waiter, _ in self._open if waiter.id in self._appeared]
