"""One sweep's part of the watch: page by page, with what went wrong kept for the end."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from customization_jobs.errors import CustomizationJobsError
from customization_jobs.watch.account import Account
from customization_jobs.watch.observation import from_summary

if TYPE_CHECKING:
    from customization_jobs.observability import Observability
    from customization_jobs.watch.watch import Watch


class SweepRound:
    """Feeds the pages of one sweep to the watch.

    A watch that fails does not keep the sweep from its metrics and findings: the error waits for the end.

    Parameters
    ----------
    watch : Watch
        Takes the jobs in.
    out_of_time : callable
        Once it says yes, jobs are only counted.
    """

    def __init__(self, watch: "Watch", out_of_time: Callable[[], bool]) -> None:
        self._watch = watch
        self._out_of_time = out_of_time
        self._given_up = False
        self.account = Account()

    def begin(self) -> None:
        """Go before the first page is read, so that no job falls between the two."""
        self._guarded(self._watch.begin)

    def look(self, jobs: Iterable[Mapping[str, Any]]) -> None:
        """Take in the jobs of a page."""
        if not self._given_up:
            self._guarded(
                lambda: self.account.add(self._watch.observe(map(from_summary, jobs), self._out_of_time))
            )

    def end(self, observability: "Observability", region: str) -> dict[str, Any]:
        """Leave the metrics, and say what was done.

        Raises
        ------
        CustomizationJobsError
            Something failed for a job or for all of them: the tick has to be sent again.
        """
        account = self.account
        account.publish(observability, region, by_sweep=True)
        if account.left:
            observability.logger.warning(
                "The deadline cut the watch: the next sweep looks at the jobs that are left. "
                "Give the function more time if it happens again.",
                jobs_left=account.left,
            )
        if account.errors:
            raise account.errors[0]
        return {"told": dict(account.told), "missed": account.missed, "untold": account.untold}

    def _guarded(self, step: Callable[[], None]) -> None:
        try:
            step()
        except CustomizationJobsError as error:
            self._given_up = True
            self.account.fail(error)
