"""When a running job is expected to end, as its timeline says."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from local.common.http_client import HttpResponse
from local.demonstration.console import Console

# The first sweep has recorded how long past jobs took, which the function reads again every 10 seconds.
_LONGEST_SECONDS = 15.0
_INTERVAL_SECONDS = 1.0


class ExpectedEndDemonstration:
    """Shows the expected end of one running job.

    Parameters
    ----------
    get : callable
        Requests a path of the API.
    """

    def __init__(
        self,
        console: Console,
        get: Callable[[str], HttpResponse],
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._console = console
        self._get = get
        self._clock = clock
        self._sleep = sleep

    def show(self) -> None:
        """Show the first expected end, or that there is none yet."""
        self._console.heading("When a running job is expected to end")
        self._console.line()
        until = self._clock() + _LONGEST_SECONDS
        while (found := next(self._expected_ends(), None)) is None and self._clock() < until:
            self._sleep(_INTERVAL_SECONDS)
        if found is None:
            self._console.received("No running job has enough similar ones to compare with.")
            return
        name, expected = found
        earliest, latest = (expected[each][:16].replace("T", " ") for each in ("earliest", "latest"))
        self._console.received(f"{name}: {earliest} to {latest} UTC")
        self._console.line(
            f"     9 of 10 jobs end in such an interval. Based on {expected['basedOn']} past jobs."
        )

    def _expected_ends(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        running = self._get("/model-customization-jobs?statusEquals=InProgress")
        for job in running.json()["modelCustomizationJobSummaries"] if running.ok else ():
            timeline = self._get(f"/model-customization-jobs/{job['jobName']}/timeline")
            expected = timeline.json().get("expectedEnd") if timeline.ok else None
            if expected and expected["earliest"] and expected["latest"]:
                yield job["jobName"], expected
