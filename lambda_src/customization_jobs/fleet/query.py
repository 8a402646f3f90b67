"""The inputs that select jobs of the fleet: Bedrock's, and `account` and `region`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from customization_jobs.errors import Problem, ValidationException
from customization_jobs.fleet.token import FleetToken, TokenInput
from customization_jobs.listing.cursor import fingerprint
from customization_jobs.listing.filter_inputs import PREFIX
from customization_jobs.listing.filters import Filters
from customization_jobs.listing.inputs import Input
from customization_jobs.listing.query import JobQuery, QueryContract
from customization_jobs.sources import Source
from customization_jobs.timestamps import parse_timestamp_or_none
from customization_jobs.watch.record import JobRecord
from customization_jobs.watch.recorded_facts import facts_of_record

# Bedrock's inputs that are applied to the fleet. One that a newer botocore adds is unknown here.
_OF_BEDROCK = (
    "creationTimeAfter",
    "creationTimeBefore",
    "statusEquals",
    "nameContains",
    "maxResults",
    "sortBy",
    "sortOrder",
)
_TOKEN = "nextToken"  # noqa: S105 - the name of an input
ACCOUNT = Input.from_constraints("account", minimum=12, maximum=12, pattern="[0-9]{12}")
REGION = Input.from_constraints("region", minimum=9, maximum=32, pattern="[a-z]{2,}(-[a-z]+)+-[0-9]+")


@dataclass(frozen=True, slots=True)
class FleetQuery:
    """A valid query of the fleet.

    Attributes
    ----------
    status, name_contains, account, region : str or None
        What the jobs have; None for any.
    created_after, created_before : datetime or None
        Both exclusive: a job that was created at exactly this time is not selected.
    ascending : bool
        Oldest first.
    max_results : int or None
        How many jobs a page has at most.
    filters : Filters or None
        The filters that Bedrock lacks.
    as_of : datetime or None
        The time of the first page; None if nothing depends on it.
    after : str or None
        The position after which the listing resumes; None to start at its beginning.
    fingerprint : str
        Identifies the selection and the order.
    """

    fingerprint: str
    status: str | None = None
    name_contains: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    account: str | None = None
    region: str | None = None
    ascending: bool = False
    max_results: int | None = None
    filters: Filters | None = None
    as_of: datetime | None = None
    after: str | None = None

    def selects(self, source: Source) -> bool:
        """Whether jobs of a source are selected."""
        return self.account in (None, source.account) and self.region in (None, source.region)

    @property
    def creation_bounds(self) -> dict[str, datetime]:
        """The given bounds of the creation time, by the names of the inputs."""
        bounds = {"creationTimeAfter": self.created_after, "creationTimeBefore": self.created_before}
        return {name: bound for name, bound in bounds.items() if bound}

    def matches(self, record: JobRecord) -> bool:
        """Whether a job matches, except for its source. One without a creation time is within all bounds."""
        job = record.job
        return (
            self.status in (None, job.status)
            and (self.name_contains or "") in job.name
            and self._is_created_in_time(parse_timestamp_or_none(job.creation_time))
            and (self.filters is None or _passes(self.filters, record))
        )

    def _is_created_in_time(self, created: datetime | None) -> bool:
        if created is None:
            return True
        return (self.created_after is None or self.created_after < created) and (
            self.created_before is None or created < self.created_before
        )

    def next_token(self, position: str) -> str:
        """Return the token with which the listing resumes after a position."""
        return FleetToken(self.fingerprint, position, self.as_of).encode()


class FleetQueryContract:
    """Parses queries of the fleet, from JSON or from a URL.

    Attributes
    ----------
    inputs : dict of str to Input
        By name.
    """

    def __init__(self, bedrock: QueryContract) -> None:
        known = {name: each for name, each in bedrock.inputs.items() if _is_applied(name)}
        token = TokenInput.from_constraints(_TOKEN)
        further = {each.name: each for each in (token, ACCOUNT, REGION)}
        self._contract = bedrock.with_inputs({**known, **further})
        self.inputs = self._contract.inputs

    def from_json(self, payload: Mapping[str, Any]) -> FleetQuery:
        """Parse a query in JSON.

        Raises
        ------
        ValidationException
            Describes every problem.
        """
        query, problems = self.check_json(payload)
        if problems:
            raise ValidationException.from_problems(problems)
        return query

    def from_text(self, parameters: Mapping[str, Sequence[str]]) -> FleetQuery:
        """Parse a URL's query string, in which every value is text and can be repeated.

        Raises
        ------
        ValidationException
            Describes every problem.
        """
        query, problems = self.check_text(parameters)
        if problems:
            raise ValidationException.from_problems(problems)
        return query

    def check_text(
        self, parameters: Mapping[str, Sequence[str]], also: Sequence[str] = ()
    ) -> tuple[FleetQuery, list[Problem]]:
        """Parse like `from_text`, but return the problems; see `QueryContract.check_text`."""
        token = _token(next(iter(parameters.get(_TOKEN, ())), None))
        return self._checked(*self._contract.check_text(parameters, also, self._as_of(token)), token)

    def check_json(
        self, payload: Mapping[str, Any], also: Sequence[str] = ()
    ) -> tuple[FleetQuery, list[Problem]]:
        """Parse like `from_json`, but return the problems; see `QueryContract.check_json`."""
        token = _token(payload.get(_TOKEN))
        return self._checked(*self._contract.check_json(payload, also, self._as_of(token)), token)

    def _as_of(self, token: FleetToken | None) -> datetime:
        return (token and token.as_of) or self._contract.now()

    def _checked(
        self, parsed: JobQuery, problems: list[Problem], token: FleetToken | None
    ) -> tuple[FleetQuery, list[Problem]]:
        query = _query(parsed)
        # Without the inputs that have problems, the query would not match its own token.
        if problems or token is None:
            return query, problems
        if token.fingerprint != query.fingerprint:
            return query, [self.inputs[_TOKEN].problem(parsed.parameters[_TOKEN], hint="")]
        return replace(query, after=token.position), []


def _is_applied(name: str) -> bool:
    return name in _OF_BEDROCK or name.startswith(PREFIX)


def _token(given: object) -> FleetToken | None:
    try:
        return FleetToken.decode(given) if isinstance(given, str) else None
    except ValueError:
        # The input's own check describes the problem.
        return None


def _passes(filters: Filters, record: JobRecord) -> bool:
    job = record.job.to_json()
    return filters.matches(job) and filters.matches_facts(job, facts_of_record(record))


def _query(parsed: JobQuery) -> FleetQuery:
    given: Mapping[str, Any] = parsed.parameters
    filters = parsed.search.filters if parsed.search else None
    return FleetQuery(
        fingerprint(parsed.ordered()),
        status=given.get("statusEquals"),
        name_contains=given.get("nameContains"),
        created_after=given.get("creationTimeAfter"),
        created_before=given.get("creationTimeBefore"),
        account=given.get("account"),
        region=given.get("region"),
        ascending=given.get("sortOrder") == "Ascending",
        max_results=given.get("maxResults"),
        filters=filters,
        as_of=parsed.search.as_of if parsed.search else None,
    )
