"""Ticks of EventBridge Scheduler, and of the older scheduled rules: each runs a sweep."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from customization_jobs.entrypoints.base import EntryPoint
from customization_jobs.entrypoints.tick import parse_tick
from customization_jobs.errors import Problem, ValidationException
from customization_jobs.listing.query import QueryContract
from customization_jobs.reports.sweep import SweepReport
from customization_jobs.timeouts import SWEEP_PATIENCE_SECONDS, invocation_deadline

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


class ScheduleEntryPoint(EntryPoint):
    """Answers ticks.

    Parameters
    ----------
    call_seconds : float
        Longest duration of one call to Bedrock.
    """

    def __init__(self, sweep: SweepReport, contract: QueryContract, *, call_seconds: float) -> None:
        self._sweep = sweep
        self._contract = contract
        self._call_seconds = call_seconds

    def answer(self, event: Mapping[str, Any], context: "LambdaContext") -> dict[str, Any]:
        """Run the sweep of a tick. The answer is that of `SweepReport.run`, for manual invocations.

        Delivery: ticks arrive at least once; a repeated sweep emits the same metrics again. If a tick fails,
        its error is raised: Lambda retries the tick, then moves it to the dead-letter queue.
        """
        tick = event if "schedule" in event else _detail(event)
        name, query = parse_tick(tick, self._contract)
        deadline = invocation_deadline(context, self._call_seconds)
        return self._sweep.run(name, query, deadline, patience_seconds=SWEEP_PATIENCE_SECONDS)


def _detail(event: Mapping[str, Any]) -> Mapping[str, Any]:
    # A schedule without an input sends its detail as the text "{}", a scheduled rule sends an object.
    detail = event.get("detail") or {}
    if isinstance(detail, str):
        try:
            detail = json.loads(detail)
        # Deeply nested JSON exceeds the parser's recursion.
        except (ValueError, RecursionError):
            detail = None
    if not isinstance(detail, Mapping):
        problem = Problem("detail", "something other than a JSON object", "a JSON object, or nothing")
        raise ValidationException.from_problems([problem])
    return detail
