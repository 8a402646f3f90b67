"""Contract 1: the inputs of the list operation, validated against Bedrock's service model.

Names, types, enums, ranges and patterns come from botocore's model of the operation, so that a newer botocore
brings a newer contract. boto3 itself validates far less: it sends unknown enum values, 1001 results and
invalid patterns to AWS, and accepts "10/11/12" as a time.
"""

import copy
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from customization_jobs.errors import MAX_PROBLEMS, NOT_SHOWN, Problem, ValidationException
from customization_jobs.jobs import MODEL_CUSTOMIZATION
from customization_jobs.limits import Limits
from customization_jobs.listing.filter_inputs import PREFIX, filter_inputs
from customization_jobs.listing.given_time import RelativeTime
from customization_jobs.listing.inputs import Input, Value, is_selecting, leaves_out_jobs, unknown_name

if TYPE_CHECKING:
    from botocore.model import OperationModel

    from customization_jobs.aws.bedrock import JobSource
    from customization_jobs.listing.search import FactsOf, Search
    from customization_jobs.timeouts import Deadline

DEFAULT_ORDER: Mapping[str, Value] = {"sortBy": "CreationTime", "sortOrder": "Descending"}
_DAY_SECONDS = 24 * 60 * 60
_FILTER = PREFIX.rstrip(".")


class Searching(NamedTuple):
    """What searches depend on.

    Attributes
    ----------
    limits : Limits
        How long jobs may be in progress.
    facts_of : callable or None
        Returns what the watch's table knows of jobs. None: no filter on the reasons of failures.
    reads_tags : bool
        Whether the watch reads tags. If not, there is no filter on them.
    """

    limits: Limits = Limits(_DAY_SECONDS)
    facts_of: "FactsOf | None" = None
    reads_tags: bool = False
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


class JobQuery(NamedTuple):
    """A valid query.

    Attributes
    ----------
    parameters : mapping
        The given inputs of Bedrock by name; timestamps are aware datetimes.
    search : Search or None
        Needed if the query has filters that Bedrock lacks, or relative times.
    """

    parameters: Mapping[str, Value]
    search: "Search | None" = None

    @property
    def leaves_out_jobs(self) -> bool:
        """Whether the listing may omit jobs."""
        return self.search is not None or any(map(leaves_out_jobs, self.parameters))

    def source_from(self, bedrock: "JobSource", deadline: "Deadline") -> "JobSource":
        """Return the source of the query's pages: Bedrock itself unless the query needs a search."""
        if self.search is None:
            return bedrock
        from customization_jobs.listing.search_source import SearchSource  # noqa: PLC0415 - only for searches

        return SearchSource(bedrock, self.search, deadline)

    def scan_source_from(self, bedrock: "JobSource", deadline: "Deadline") -> "JobSource":
        """Return the source of the pages of a scan, which need not be full."""
        if self.search is None or not self.search.filters.given:
            return bedrock
        from customization_jobs.listing.search_source import SearchSource  # noqa: PLC0415 - only for searches

        return SearchSource(bedrock, self.search, deadline, fills_pages=False)

    def without_token(self) -> "JobQuery":
        """Return the query of the first page."""
        parameters = {name: value for name, value in self.parameters.items() if name != "nextToken"}
        return self._replace(parameters=parameters)

    def ordered(self) -> "JobQuery":
        """Return the query with an explicit order, by default newest first: Bedrock documents no default."""
        return self._replace(parameters={**DEFAULT_ORDER, **self.parameters})


class QueryContract:
    """Parses queries, from JSON or from a URL.

    Attributes
    ----------
    inputs : dict of str to Input
        By name: Bedrock's, then the filters that it lacks.
    summary : botocore.model.Shape
        Bedrock's model of a job in a list.
    statuses, customization_types : tuple of str
        The values that the model knows. An answer may contain others.
    now : callable
        Returns the time to which relative times refer.

    Example
    -------
    >>> contract.from_json({"statusEquals": "Failed", "maxResults": 5}).parameters
    {'statusEquals': 'Failed', 'maxResults': 5}
    """

    def __init__(self, operation: "OperationModel", searching: Searching | None = None) -> None:
        request: Any = operation.input_shape
        answer: Any = operation.output_shape
        self._searching = searching or Searching()
        self.now = self._searching.now
        self._excluded: tuple[str, ...] = ()
        self.summary: Any = answer.members[MODEL_CUSTOMIZATION.summaries].member
        self.statuses: tuple[str, ...] = tuple(self.summary.members["status"].enum)
        self.customization_types: tuple[str, ...] = tuple(self.summary.members["customizationType"].enum)
        self.inputs = {
            **{name: Input.from_shape(name, shape) for name, shape in request.members.items()},
            **filter_inputs(self.statuses, self.customization_types),
        }

    def selecting(self) -> "QueryContract":
        """Return the contract with only the inputs that select jobs, for reports on all jobs of a query."""
        selecting = copy.copy(self)
        selecting.inputs = {name: each for name, each in self.inputs.items() if is_selecting(name)}
        selecting._excluded = tuple(self.inputs.keys() - selecting.inputs)  # noqa: SLF001 - its own copy
        return selecting

    def with_inputs(self, inputs: Mapping[str, Input]) -> "QueryContract":
        """Return the contract with these inputs, by name, in place of Bedrock's."""
        contract = copy.copy(self)
        contract.inputs = dict(inputs)
        return contract

    def from_json(self, payload: Mapping[str, Any]) -> JobQuery:
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

    def from_text(self, parameters: Mapping[str, Sequence[str]]) -> JobQuery:
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
        self,
        parameters: Mapping[str, Sequence[str]],
        also: Sequence[str] = (),
        as_of: datetime | None = None,
    ) -> tuple[JobQuery, list[Problem]]:
        """Parse like `from_text`, but return the problems, for callers that add their own.

        Parameters
        ----------
        also, as_of
            As for `check_json`.
        """
        given: dict[str, Any] = {}
        repeated: list[Problem] = []
        for name, texts in parameters.items():
            known = self.inputs.get(name)
            try:
                given[name] = known.from_texts(texts) if known else ""
            except ValueError as error:
                repeated.append(Problem(name, str(error), "one value"))
        query, problems = self.check_json(given, also, as_of)
        return query, problems + repeated

    def check_json(
        self, payload: Mapping[str, Any], also: Sequence[str] = (), as_of: datetime | None = None
    ) -> tuple[JobQuery, list[Problem]]:
        """Parse like `from_json`, but return the problems, for callers that add their own.

        Parameters
        ----------
        also : sequence of str
            Further names that the caller accepts, for messages.
        as_of : datetime or None
            The time to which relative times refer. By default, that of the token, or now.
        """
        parsed: dict[str, Any] = {}
        problems: list[Problem] = []
        for name, value in payload.items():
            known = self.inputs.get(name)
            if known is None:
                problems.append(self._unknown(name, also) if len(problems) < MAX_PROBLEMS else NOT_SHOWN)
                continue
            try:
                parsed[name] = known.parse(value)
            except ValueError as error:
                problems.append(known.problem(value, hint=str(error)))
        if not any(name.startswith(PREFIX) or isinstance(parsed[name], RelativeTime) for name in parsed):
            return JobQuery(parsed), problems + contradictions(parsed)
        from customization_jobs.listing.search_query import create_search  # noqa: PLC0415 - only for searches

        query, found = create_search(parsed, self.inputs, self._searching, as_of)
        return query, problems + found

    def _unknown(self, name: str, also: Sequence[str]) -> Problem:
        filters = [known for known in self.inputs if known.startswith(PREFIX)]
        others = [*(known for known in self.inputs if not known.startswith(PREFIX)), *also]
        is_filter = bool(filters) and name.startswith(_FILTER)
        allowed = ", ".join(filters if is_filter else others)
        if filters and not is_filter:
            allowed += f", and filters that begin with {PREFIX}"
        if name in self._excluded:
            return Problem(name, "an input that does not select jobs", allowed)
        unknown = unknown_name(name, (*self.inputs, *also))
        return Problem(unknown.parameter, unknown.sent, allowed)


def contradictions(parsed: Mapping[str, Any]) -> list[Problem]:
    """Describe bounds of the creation time, none of them relative, of which the lower is above the upper."""
    after, before = parsed.get("creationTimeAfter"), parsed.get("creationTimeBefore")
    # Equal bounds are sent: Bedrock does not document whether they are inclusive.
    if after is None or before is None or after <= before:
        return []
    sent = f"{after.isoformat()} with creationTimeBefore {before.isoformat()}"
    return [Problem("creationTimeAfter", sent, "a time that is not after creationTimeBefore")]
