"""The inputs that select jobs of the fleet: Bedrock's, and `account` and `region`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from customization_jobs.errors import Problem, ValidationException
from customization_jobs.fleet.token import FleetToken, TokenInput
from customization_jobs.listing.cursor import fingerprint
from customization_jobs.listing.inputs import Input
from customization_jobs.listing.query import JobQuery, QueryContract
from customization_jobs.sources import Source
from customization_jobs.timestamps import parse_timestamp_or_none
from customization_jobs.watch.job import Job

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
    after : str or None
        The position after which the listing goes on; None from its beginning.
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
    after: str | None = None

    def selects(self, source: Source) -> bool:
        """Whether jobs of a source are selected."""
        return self.account in (None, source.account) and self.region in (None, source.region)

    def matches(self, job: Job) -> bool:
        """Whether a job matches, except for its source. Without a creation time, it is within all bounds."""
        created = parse_timestamp_or_none(job.creation_time)
        return (
            self.status in (None, job.status)
            and (self.name_contains or "") in job.name
            and (created is None or self.created_after is None or self.created_after < created)
            and (created is None or self.created_before is None or created < self.created_before)
        )

    def next_token(self, position: str) -> str:
        """Return the token with which the listing resumes after a position."""
        return FleetToken(self.fingerprint, position).encode()


class FleetQueryContract:
    """Parses queries of the fleet, from JSON or from a URL.

    Attributes
    ----------
    inputs : dict of str to Input
        By name.
    """

    def __init__(self, bedrock: QueryContract) -> None:
        inputs = {name: bedrock.inputs[name] for name in _OF_BEDROCK if name in bedrock.inputs}
        token = TokenInput.from_constraints(_TOKEN)
        further = {each.name: each for each in (token, ACCOUNT, REGION)}
        self._contract = bedrock.with_inputs({**inputs, **further})
        self.inputs = self._contract.inputs

    def from_json(self, payload: Mapping[str, Any]) -> FleetQuery:
        """Parse a query in which a number is a number.

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
        query, problems = self._checked(self._contract.from_text(parameters))
        if problems:
            raise ValidationException.from_problems(problems)
        return query

    def check_json(self, payload: Mapping[str, Any]) -> tuple[FleetQuery, list[Problem]]:
        """Parse like `from_json`, but return the problems, for callers that add their own."""
        parsed, problems = self._contract.check_json(payload)
        if problems:
            # Without the inputs that have problems, it would not match its own token.
            return _query(parsed), problems
        return self._checked(parsed)

    def _checked(self, parsed: JobQuery) -> tuple[FleetQuery, list[Problem]]:
        query = _query(parsed)
        given = parsed.parameters.get(_TOKEN)
        if given is None:
            return query, []
        token = FleetToken.decode(str(given))
        if token.fingerprint != query.fingerprint:
            return query, [self.inputs[_TOKEN].problem(given, hint="")]
        return replace(query, after=token.position), []


def _query(parsed: JobQuery) -> FleetQuery:
    given: Mapping[str, Any] = parsed.parameters
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
    )
