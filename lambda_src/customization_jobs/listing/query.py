"""Contract 1: the inputs of the list operation, validated against Bedrock's service model.

Names, types, enums, ranges and patterns come from botocore's model of the operation, so that a newer botocore
brings a newer contract. boto3 itself validates far less: it sends unknown enum values, 1001 results and
invalid patterns to AWS, and accepts "10/11/12" as a time.
"""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from customization_jobs.errors import MAX_PROBLEMS, NOT_SHOWN, Problem, ValidationException
from customization_jobs.jobs import MODEL_CUSTOMIZATION
from customization_jobs.listing.inputs import Input, Value, is_selecting, unknown_name

if TYPE_CHECKING:
    from botocore.model import OperationModel


@dataclass(frozen=True, slots=True)
class JobQuery:
    """A valid query.

    Attributes
    ----------
    parameters : mapping
        The given inputs by Bedrock's names; timestamps are aware datetimes.
    """

    parameters: Mapping[str, Value]

    def ordered(self) -> "JobQuery":
        """Return the query with an explicit order, by default newest first: Bedrock documents no default."""
        return JobQuery({"sortBy": "CreationTime", "sortOrder": "Descending", **self.parameters})


class QueryContract:
    """Parses queries, from JSON or from a URL.

    Attributes
    ----------
    inputs : dict of str to Input
        By name.
    statuses, customization_types : tuple of str
        The values that the model knows. An answer may contain others.

    Example
    -------
    >>> contract.from_json({"statusEquals": "Failed", "maxResults": 5}).parameters
    {'statusEquals': 'Failed', 'maxResults': 5}
    """

    def __init__(self, operation: "OperationModel") -> None:
        request: Any = operation.input_shape
        answer: Any = operation.output_shape
        self._excluded: tuple[str, ...] = ()
        self.inputs = {name: Input.from_shape(name, shape) for name, shape in request.members.items()}
        summary = answer.members[MODEL_CUSTOMIZATION.summaries].member
        self.statuses: tuple[str, ...] = tuple(summary.members["status"].enum)
        self.customization_types: tuple[str, ...] = tuple(summary.members["customizationType"].enum)

    def selecting(self) -> "QueryContract":
        """Return the contract with only the inputs that select jobs, for reports on all jobs of a query."""
        selecting = copy.copy(self)
        selecting.inputs = {name: each for name, each in self.inputs.items() if is_selecting(name)}
        selecting._excluded = tuple(self.inputs.keys() - selecting.inputs)  # noqa: SLF001 - its own copy
        return selecting

    def with_inputs(self, inputs: Mapping[str, Input]) -> "QueryContract":
        """Return the contract with other inputs."""
        changed = copy.copy(self)
        changed.inputs = dict(inputs)
        return changed

    def from_json(self, payload: Mapping[str, Any]) -> JobQuery:
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

    def from_text(self, parameters: Mapping[str, Sequence[str]]) -> JobQuery:
        """Parse a URL's query string, in which every value is text and can be repeated.

        Raises
        ------
        ValidationException
            Describes every problem.
        """
        single = {name: values[0] for name, values in parameters.items() if len(values) == 1}
        query, problems = self.check_json(
            {
                name: self.inputs[name].from_text(text) if name in self.inputs else text
                for name, text in single.items()
            }
        )
        repeated = [name for name in parameters if name not in single]
        problems += [
            Problem(name, f"{len(parameters[name])} values", "one value")
            if name in self.inputs
            else self._unknown(name)
            for name in repeated[:MAX_PROBLEMS]
        ]
        problems += [NOT_SHOWN] * (len(repeated) - MAX_PROBLEMS)
        if problems:
            raise ValidationException.from_problems(problems)
        return query

    def check_json(self, payload: Mapping[str, Any]) -> tuple[JobQuery, list[Problem]]:
        """Parse like `from_json`, but return the problems, for callers that add their own."""
        parsed: dict[str, Value] = {}
        problems: list[Problem] = []
        for name, value in payload.items():
            known = self.inputs.get(name)
            if known is None:
                problems.append(self._unknown(name) if len(problems) < MAX_PROBLEMS else NOT_SHOWN)
                continue
            try:
                parsed[name] = known.parse(value)
            except ValueError as error:
                problems.append(known.problem(value, hint=str(error)))
        after, before = parsed.get("creationTimeAfter"), parsed.get("creationTimeBefore")
        # Equal bounds are sent: Bedrock does not document whether they are inclusive.
        if isinstance(after, datetime) and isinstance(before, datetime) and after > before:
            sent = f"{after.isoformat()} with creationTimeBefore {before.isoformat()}"
            problems.append(Problem("creationTimeAfter", sent, "a time that is not after creationTimeBefore"))
        return JobQuery(parsed), problems

    def _unknown(self, name: str) -> Problem:
        if name in self._excluded:
            return Problem(name, "an input that does not select jobs", ", ".join(self.inputs))
        return unknown_name(name, self.inputs)
