"""The request to wait for jobs, as a workflow sends it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from customization_jobs.aws.task_tokens import MAX_TOKEN_LENGTH
from customization_jobs.errors import Problem, ValidationException
from customization_jobs.jobs import FAILED, STOPPED
from customization_jobs.listing.filter_inputs import PREFIX
from customization_jobs.listing.inputs import is_selecting, shortened, unknown_names
from customization_jobs.listing.query import JobQuery, QueryContract
from customization_jobs.timestamps import parse_timestamp_or_none
from customization_jobs.waits.matching import MATCHED_INPUTS

if TYPE_CHECKING:
    from customization_jobs.fleet.query import FleetQuery, FleetQueryContract

# Statuses that `failOn` may name.
FAIL_ON = (FAILED, STOPPED)
# The largest `atLeast`.
MAX_AT_LEAST = 10_000
_FIELDS = ("query", "failOn", "atLeast", "follow", "fleet", "acceptGaps", "taskToken")


class WaitRequest(NamedTuple):
    """A valid request.

    Attributes
    ----------
    query : JobQuery
        Selects the jobs; empty for a wait for the fleet.
    fleet_query : FleetQuery or None
        Selects the jobs of a wait for the fleet; None for any other.
    given_query : mapping
        The given query as JSON.
    fail_on : tuple of str
        Statuses with which a job fails the wait.
    at_least : int
        Number of jobs below which the wait continues until more appear.
    follow : bool
        Whether jobs that appear later prolong the wait.
    accept_gaps : bool
        Whether a wait for the fleet may start although not all sources of its query are listed.
    task_token : str
        Identifies the waiting state.
    """

    query: JobQuery
    fleet_query: "FleetQuery | None"
    given_query: Mapping[str, Any]
    fail_on: tuple[str, ...]
    at_least: int
    follow: bool
    accept_gaps: bool
    task_token: str

    @classmethod
    def parse(
        cls,
        event: Mapping[str, Any],
        contract: QueryContract,
        fleet_contract: "Callable[[], FleetQueryContract] | None" = None,
    ) -> "WaitRequest":
        """Parse the event `{"wait": {...}}`.

        Parameters
        ----------
        fleet_contract : callable or None
            Creates the contract of queries of the fleet. None: there is no fleet.

        Raises
        ------
        ValidationException
            Describes every problem.
        """
        problems = unknown_names(event, ("wait",))
        given = event.get("wait")
        if not isinstance(given, Mapping):
            problems.append(Problem("wait", shortened(given), f"an object with {', '.join(_FIELDS)}"))
            raise ValidationException.from_problems(problems)
        problems += unknown_names(given, _FIELDS)
        request = cls(
            *_query(given, contract, fleet_contract, problems),
            fail_on=_fail_on(given.get("failOn", []), problems),
            at_least=_at_least(given.get("atLeast", 0), problems),
            follow=_boolean("follow", given.get("follow", False), problems),
            accept_gaps=_accept_gaps(given, problems),
            task_token=_task_token(given.get("taskToken"), problems),
        )
        problems += _unmatched(request)
        if problems:
            raise ValidationException.from_problems(problems)
        return request


def _query(
    wait: Mapping[str, Any],
    contract: QueryContract,
    fleet_contract: "Callable[[], FleetQueryContract] | None",
    problems: list[Problem],
) -> "tuple[JobQuery, FleetQuery | None, Mapping[str, Any]]":
    given = wait.get("query")
    if not isinstance(given, Mapping):
        problems.append(Problem("query", shortened(given), "an object with inputs of the list call"))
        return JobQuery({}), None, {}
    if "nextToken" in given:
        problems.append(Problem("nextToken", "a token", "no token, because a wait reads every page"))
    without_token = {name: given[name] for name in given if name != "nextToken"}
    if "fleet" in wait:
        fleet_query = _fleet_query(wait["fleet"], without_token, fleet_contract, problems)
        times = fleet_query.creation_bounds if fleet_query else {}
        return JobQuery({}), fleet_query, _with_resolved_times(given, times)
    query, found = contract.check_json(without_token)
    problems += found
    return query, None, _with_resolved_times(given, query.parameters)


def _fleet_query(
    requested: object,
    given: Mapping[str, Any],
    fleet_contract: "Callable[[], FleetQueryContract] | None",
    problems: list[Problem],
) -> "FleetQuery | None":
    if requested is not True:
        problems.append(Problem("fleet", shortened(requested), "true, or omit it"))
        return None
    if fleet_contract is None:
        allowed = "no fleet here; choose its sources by the setting fleetRegions"
        problems.append(Problem("fleet", "true", allowed))
        return None
    query, found = fleet_contract().check_json(given)
    problems += found
    return query


def _with_resolved_times(given: Mapping[str, Any], parsed: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a query as JSON, in which relative times are replaced by absolute ones."""
    times = {
        name: value.isoformat()
        for name, value in parsed.items()
        if isinstance(value, datetime) and parse_timestamp_or_none(given.get(name)) is None
    }
    return {name: times.get(name, value) for name, value in given.items()}


def _fail_on(given: object, problems: list[Problem]) -> tuple[str, ...]:
    if not isinstance(given, list) or not all(each in FAIL_ON for each in given):
        problems.append(Problem("failOn", shortened(given), "a list of Failed and Stopped, either or none"))
        return ()
    return tuple(given)


def _at_least(given: object, problems: list[Problem]) -> int:
    # bool is an int in Python.
    if not isinstance(given, int) or isinstance(given, bool) or not 0 <= given <= MAX_AT_LEAST:
        problems.append(Problem("atLeast", shortened(given), f"a whole number from 0 to {MAX_AT_LEAST}"))
        return 0
    return given


def _boolean(name: str, given: object, problems: list[Problem]) -> bool:
    if not isinstance(given, bool):
        problems.append(Problem(name, shortened(given), "true or false"))
    return given is True


def _accept_gaps(wait: Mapping[str, Any], problems: list[Problem]) -> bool:
    given = wait.get("acceptGaps", False)
    if "acceptGaps" in wait and "fleet" not in wait:
        problems.append(Problem("acceptGaps", shortened(given), "only together with fleet"))
        return False
    return _boolean("acceptGaps", given, problems)


def _task_token(given: object, problems: list[Problem]) -> str:
    if not isinstance(given, str) or not 1 <= len(given) <= MAX_TOKEN_LENGTH:
        # A token authorizes whoever has it to end the state, so it must not appear in a log.
        sent = f"a text of {len(given)} characters" if isinstance(given, str) else "not a text"
        allowed = f"$states.context.Task.Token, 1 to {MAX_TOKEN_LENGTH} characters"
        problems.append(Problem("taskToken", sent, allowed))
        return ""
    return given


def _unmatched(request: WaitRequest) -> list[Problem]:
    """Describe the inputs by which jobs that appear later could not be selected."""
    if not request.at_least and not request.follow:
        return []
    allowed = f"{', '.join(MATCHED_INPUTS)}, or no atLeast and no follow"
    return [
        Problem(name, shortened(request.given_query[name]), allowed)
        for name in request.given_query
        if name in request.query.parameters or name.startswith(PREFIX)
        if is_selecting(name) and name not in MATCHED_INPUTS
    ]
