"""Makes a search from the inputs of a query."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from customization_jobs.errors import Problem
from customization_jobs.listing import filter_inputs as names
from customization_jobs.listing.filters import Filters
from customization_jobs.listing.given_time import RelativeTime
from customization_jobs.listing.inputs import Input, is_paging
from customization_jobs.listing.query import DEFAULT_ORDER, JobQuery, Searching
from customization_jobs.listing.search import Search, SearchToken, fingerprint_of
from customization_jobs.timestamps import format_duration

_TOKEN = "nextToken"  # noqa: S105 - the name of an input
_TOKEN_ALLOWED = "the nextToken of an earlier answer to the same query"  # noqa: S105 - a description
# The lower bound and the upper one.
_BOUNDS = (
    ("creationTimeAfter", "creationTimeBefore"),
    (names.LAST_MODIFIED_AFTER, names.LAST_MODIFIED_BEFORE),
    (names.ENDED_AFTER, names.ENDED_BEFORE),
    (names.DURATION_AT_LEAST, names.DURATION_AT_MOST),
)


def create_search(
    parsed: Mapping[str, Any],
    inputs: Mapping[str, Input],
    searching: Searching,
    as_of: datetime | None,
) -> tuple[JobQuery, list[Problem]]:
    """Return the query with its search, and the problems that concern several inputs.

    Parameters
    ----------
    parsed : mapping
        The inputs by name; those with problems are missing.
    as_of : datetime or None
        As for `QueryContract.check_json`. If given, the token is not one of a search.
    """
    fingerprint = fingerprint_of(_identity(parsed))
    problems: list[Problem] = []
    if as_of is None and _TOKEN in parsed:
        as_of = _as_of(parsed[_TOKEN], fingerprint, inputs[_TOKEN], problems)
    now = as_of or searching.now()
    resolved = {name: _resolved(value, now) for name, value in parsed.items()}
    problems += _contradictions(parsed, resolved) + _unavailable(parsed, searching)
    given = {name: resolved[name] for name in resolved if name.startswith(names.PREFIX)}
    search = _search(Filters(given, now, searching.limits), parsed, searching, fingerprint)
    parameters = {name: resolved[name] for name in resolved if name not in given}
    return JobQuery(parameters, search), problems


def _search(filters: Filters, parsed: Mapping[str, Any], searching: Searching, fingerprint: str) -> Search:
    depends_on_time = filters.depends_on_time or any(
        isinstance(value, RelativeTime) for value in parsed.values()
    )
    return Search(filters, searching.facts_of, fingerprint, filters.as_of if depends_on_time else None)


def _resolved(value: Any, now: datetime) -> Any:
    return value.at(now) if isinstance(value, RelativeTime) else value


def _as_of(token: str, fingerprint: str, known: Input, problems: list[Problem]) -> datetime | None:
    """Return the time of the first page; None if the token has none."""
    try:
        decoded = SearchToken.decode(token)
    except ValueError:
        decoded = None
    if decoded is None or decoded.fingerprint != fingerprint:
        problems.append(Problem(_TOKEN, known.redacted(token), _TOKEN_ALLOWED))
    return decoded and decoded.as_of


def _identity(parsed: Mapping[str, Any]) -> dict[str, Any]:
    given = {name: _as_json(value) for name, value in parsed.items() if not is_paging(name)}
    return {**DEFAULT_ORDER, **given}


def _as_json(value: Any) -> Any:
    if isinstance(value, RelativeTime):
        return value.text
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    return sorted(value) if isinstance(value, frozenset) else value


def _contradictions(parsed: Mapping[str, Any], resolved: Mapping[str, Any]) -> list[Problem]:
    return [
        Problem(lower, f"{_shown(parsed[lower])} with {upper} {_shown(parsed[upper])}", _not_above(upper))
        for lower, upper in _BOUNDS
        if lower in resolved and upper in resolved and resolved[lower] > resolved[upper]
    ]


def _shown(bound: Any) -> Any:
    return format_duration(bound.total_seconds()) if isinstance(bound, timedelta) else _as_json(bound)


def _not_above(upper: str) -> str:
    if upper == names.DURATION_AT_MOST:
        return f"a duration that is not longer than {upper}"
    return f"a time that is not after {upper}"


def _unavailable(parsed: Mapping[str, Any], searching: Searching) -> list[Problem]:
    problems = []
    if names.FAILURE_CATEGORY in parsed and searching.facts_of is None:
        allowed = "no such filter here, because this function has no watch table (WATCH_TABLE)"
        problems.append(Problem(names.FAILURE_CATEGORY, "a filter on reasons of failures", allowed))
    if names.TAG in parsed and not (searching.facts_of and searching.reads_tags):
        allowed = "no such filter here, because tags are not read (setting jobTags)"
        problems.append(Problem(names.TAG, "a filter on tags", allowed))
    return problems
