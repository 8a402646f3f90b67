"""Ticks of EventBridge Scheduler, and of the older scheduled rules: each runs a sweep."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from customization_jobs.entrypoints.base import EntryPoint
from customization_jobs.errors import Problem, ValidationException
from customization_jobs.listing.inputs import leaves_out_jobs, shortened, unknown_names
from customization_jobs.listing.query import JobQuery, QueryContract
from customization_jobs.reports.sweep import ALL_JOBS, SWEEP_NAME, SweepReport
from customization_jobs.timeouts import invocation_deadline

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

_FIELDS = ("schedule", "sweep", "query")


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

        Delivery: ticks arrive at least once; a repeated sweep emits the same metrics again. A failed tick is
        raised: Lambda retries it, then it goes to the dead-letter queue.
        """
        name, query = self._parse(event)
        return self._sweep.run(name, query, invocation_deadline(context, self._call_seconds))

    def _parse(self, event: Mapping[str, Any]) -> tuple[str, JobQuery]:
        tick = event if "schedule" in event else _detail(event)
        problems = unknown_names(tick, _FIELDS)
        name = tick.get("sweep", ALL_JOBS)
        if not isinstance(name, str) or not SWEEP_NAME.fullmatch(name):
            problems.append(Problem("sweep", shortened(name), "1 to 64 letters, digits and ._-"))
        query, query_problems = self._parse_query(name, tick.get("query", {}))
        problems += query_problems
        if problems:
            raise ValidationException.from_problems(problems)
        return name, query

    def _parse_query(self, sweep: Any, given: Any) -> tuple[JobQuery, list[Problem]]:
        if not isinstance(given, Mapping):
            allowed = "an object with inputs of the list call"
            return JobQuery({}), [Problem("query", shortened(given), allowed)]
        query, problems = self._contract.check_json(given)
        if sweep == ALL_JOBS and any(
            leaves_out_jobs(name) for name in given if name in self._contract.inputs
        ):
            problems.append(Problem("sweep", repr(sweep), "another name, because the query leaves out jobs"))
        return query, problems


def _detail(event: Mapping[str, Any]) -> Mapping[str, Any]:
    # Scheduler without an input sends its detail as the text "{}", a scheduled rule sends an object.
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
