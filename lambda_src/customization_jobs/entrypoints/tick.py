"""The input of a tick: the name of a sweep, and its query."""

from collections.abc import Mapping
from typing import Any

from customization_jobs.errors import Problem, ValidationException
from customization_jobs.listing.inputs import leaves_out_jobs, shortened, unknown_names
from customization_jobs.listing.query import JobQuery, QueryContract
from customization_jobs.reports.sweep import ALL_JOBS, SWEEP_NAME

_FIELDS = ("schedule", "sweep", "query")


def parse_tick(tick: Mapping[str, Any], contract: QueryContract) -> tuple[str, JobQuery]:
    """Read the name and the query of a sweep, both optional.

    Raises
    ------
    ValidationException
        Describes every problem.
    """
    problems = unknown_names(tick, _FIELDS)
    name = tick.get("sweep", ALL_JOBS)
    if not isinstance(name, str) or not SWEEP_NAME.fullmatch(name):
        problems.append(Problem("sweep", shortened(name), "1 to 64 letters, digits and ._-"))
    query, query_problems = _parse_query(name, tick.get("query", {}), contract)
    problems += query_problems
    if problems:
        raise ValidationException.from_problems(problems)
    return name, query


def _parse_query(sweep: Any, given: Any, contract: QueryContract) -> tuple[JobQuery, list[Problem]]:
    if not isinstance(given, Mapping):
        allowed = "an object with inputs of the list call"
        return JobQuery({}), [Problem("query", shortened(given), allowed)]
    query, problems = contract.check_json(given)
    if sweep == ALL_JOBS and any(leaves_out_jobs(name) for name in given if name in contract.inputs):
        problems.append(Problem("sweep", repr(sweep), "another name, because the query leaves out jobs"))
    return query, problems
