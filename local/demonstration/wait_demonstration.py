"""A workflow that waits for jobs: registers a task token, and shows the answer of the watch."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from local.common.http_client import HttpResponse
from local.demonstration.console import Console
from local.demonstration.function_client import failed

_TOKEN = "token-of-the-demonstration"  # noqa: S105 - identifies a simulated state
# Some sample jobs are stopping at the start, and have stopped a few seconds later.
_REQUEST = {"query": {"statusEquals": "Stopping"}, "atLeast": 1, "taskToken": _TOKEN}


class WaitDemonstration:
    """Waits once.

    Parameters
    ----------
    invoke : callable
        Invokes the watch function with an event and returns its response.
    answers : callable
        Returns the answers to task tokens.
    fleet : bool
        Whether to wait for jobs of all sources.

    Attributes
    ----------
    is_waiting : bool
        Whether the workflow has no answer yet.
    """

    def __init__(
        self,
        console: Console,
        invoke: Callable[[object], HttpResponse],
        answers: Callable[[], Mapping[str, Any]],
        *,
        fleet: bool = False,
    ) -> None:
        self._console = console
        self._invoke = invoke
        self._answers = answers
        # Without acceptGaps, the sources that are denied on purpose would be a reason to refuse the wait.
        self._request = {**_REQUEST, **({"fleet": True, "acceptGaps": True} if fleet else {})}
        self._of = " of all sources" if fleet else ""
        self.is_waiting = False

    def start(self) -> None:
        """Register the wait. If that fails, it is never answered."""
        self.is_waiting = True
        response = self._invoke({"wait": self._request})
        if failed(response):
            self._console.received(f"The wait was not registered: {response.text}", ok=False)
            return
        number = response.json()["waiting"]
        self._console.line(
            f"   A workflow waits for {number} jobs{self._of} that are stopping, without polling."
        )
        self._console.line()

    def show(self) -> None:
        """Show the answer, once there is one."""
        answer = self._answers().get(_TOKEN) if self.is_waiting else None
        if answer is None:
            return
        self.is_waiting = False
        counts = json.loads(answer["output"])["counts"]
        ended = ", ".join(f"{count} {status}" for status, count in counts.items() if count)
        self._console.received(f"The watch woke the workflow that waited: {ended}.")
