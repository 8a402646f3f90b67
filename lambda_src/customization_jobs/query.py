"""Contract 1: the eight inputs of `ListModelCustomizationJobs`, checked against the service model.

Names, types, enums, ranges and patterns are read from botocore's model of the operation, so a newer botocore
brings a newer contract and nothing is written twice. boto3 itself checks far less: it sends unknown enum
values, 1001 results and a bad pattern to AWS, and takes "10/11/12" for a time.
"""

import copy
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from customization_jobs.errors import Problem, ValidationException

if TYPE_CHECKING:
    from botocore.model import OperationModel, Shape

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)
_INSTANT_ALLOWED = "an ISO 8601 time with a zone, such as 2026-01-31T12:00:00Z"
_WHOLE = re.compile("[0-9]{1,10}")
_MOST_SHOWN = 80
# botocore writes an earlier year with fewer than four digits, which is no ISO 8601 time.
_FIRST_YEAR = 1000
# Inputs that say which part of a listing comes, and in which order, and nothing of which jobs it has.
_NOT_FILTERS = ("maxResults", "nextToken", "sortBy", "sortOrder")


@dataclass(frozen=True, slots=True)
class JobQuery:
    """A query that Bedrock's model accepts.

    Attributes
    ----------
    parameters : mapping
        The inputs that were given, under Bedrock's names: text, whole numbers, and aware datetimes.
    """

    parameters: Mapping[str, str | int | datetime]

    def ordered(self) -> "JobQuery":
        """Make the order explicit, newest first where the query is silent: Bedrock documents no default."""
        return JobQuery({"sortBy": "CreationTime", "sortOrder": "Descending", **self.parameters})


@dataclass(frozen=True, slots=True)
class Input:
    """What the service model says of one input.

    Attributes
    ----------
    name, type : str
        Bedrock's; the type is "string", "integer" or "timestamp".
    enum : tuple of str
        The values allowed; empty where any are.
    least, most : int or None
        Bounds of a number, or of a text's length.
    pattern, matcher : str and re.Pattern, or None
        What the whole text must match.
    """

    name: str
    type: str
    enum: tuple[str, ...]
    least: int | None
    most: int | None
    pattern: str | None
    matcher: re.Pattern[str] | None

    @classmethod
    def from_shape(cls, name: str, shape: "Shape") -> "Input":
        """Read one member of the operation's input shape."""
        pattern = shape.metadata.get("pattern")
        return cls(
            name=name,
            type=shape.type_name,
            enum=tuple(shape.metadata.get("enum", ())),
            least=shape.metadata.get("min"),
            most=shape.metadata.get("max"),
            pattern=pattern,
            # Atomic, because Bedrock's pattern of a job name backtracks for ever on "a-----...!" otherwise.
            matcher=re.compile(f"(?>{pattern})") if pattern else None,
        )

    @property
    def allowed(self) -> str:
        """What a caller may send, in words."""
        if self.enum:
            return "one of " + ", ".join(self.enum) if len(self.enum) > 1 else self.enum[0]
        if self.type == "timestamp":
            return _INSTANT_ALLOWED
        if self.type == "integer":
            return f"a whole number from {self.least} to {self.most}"
        matching = f" matching {self.pattern}" if self.pattern else ""
        return f"{self.least} to {self.most} characters{matching}"

    def accept(self, value: Any) -> str | int | datetime:
        """Check a value of JSON's types.

        Raises
        ------
        ValueError
            The value is not allowed; an empty message where `allowed` says it all.
        """
        if self.type == "integer":
            return self._accept_integer(value)
        if not isinstance(value, str):
            raise ValueError  # noqa: TRY004 - one kind of error for every bad value
        if self.type == "timestamp":
            return _instant(value)
        return self._accept_text(value)

    def _accept_integer(self, value: Any) -> int:
        # bool is an int to Python, and True would be sent to Bedrock as 1.
        if not isinstance(value, int) or isinstance(value, bool):
            raise ValueError  # noqa: TRY004 - one kind of error for every bad value
        if not _within(value, self.least, self.most):
            raise ValueError
        return value

    def _accept_text(self, value: str) -> str:
        if self.enum and value not in self.enum:
            raise ValueError
        if not _within(len(value), self.least, self.most):
            raise ValueError
        if self.matcher and not self.matcher.fullmatch(value):
            raise ValueError
        return value

    def shown(self, value: Any) -> str:
        """Show what was sent; of a token only its length, because a token belongs in no log."""
        if self.name == "nextToken":
            return f"a token of {len(value)} characters" if isinstance(value, str) else "not one text"
        return _shortened(value)


class QueryContract:
    """The inputs of the operation, and how the callers' two spellings of them are read.

    Parameters
    ----------
    operation : botocore.model.OperationModel
        botocore's model of `ListModelCustomizationJobs`.

    Attributes
    ----------
    inputs : dict of str to Input
        The eight inputs by name.
    statuses, customization_types : tuple of str
        The values that the model knows; an answer may hold others.
    """

    def __init__(self, operation: "OperationModel") -> None:
        given: Any = operation.input_shape
        answered: Any = operation.output_shape
        self._elsewhere: tuple[str, ...] = ()
        self.inputs = {name: Input.from_shape(name, shape) for name, shape in given.members.items()}
        summary = answered.members["modelCustomizationJobSummaries"].member
        self.statuses: tuple[str, ...] = tuple(summary.members["status"].enum)
        self.customization_types: tuple[str, ...] = tuple(summary.members["customizationType"].enum)

    def filters(self) -> "QueryContract":
        """Return the contract of the inputs alone that select jobs, for what always looks at all of them."""
        filters = copy.copy(self)
        filters.inputs = {name: known for name, known in self.inputs.items() if name not in _NOT_FILTERS}
        filters._elsewhere = _NOT_FILTERS  # noqa: SLF001 - its own copy
        return filters

    def from_json(self, payload: Mapping[str, Any]) -> JobQuery:
        """Read a query from JSON, in which a number is a number.

        Raises
        ------
        ValidationException
            Telling every problem at once.
        """
        query, problems = self.check_json(payload)
        if problems:
            raise ValidationException.from_problems(problems)
        return query

    def from_text(self, parameters: Mapping[str, Sequence[str]]) -> JobQuery:
        """Read a query from a URL's query string: every value is text, and can be repeated.

        Raises
        ------
        ValidationException
            Telling every problem at once.
        """
        single = {name: values[0] for name, values in parameters.items() if len(values) == 1}
        query, problems = self.check_json({name: self._typed(name, text) for name, text in single.items()})
        problems += [
            Problem(name, f"{len(values)} values", "one value")
            for name, values in parameters.items()
            if name not in single
        ]
        if problems:
            raise ValidationException.from_problems(problems)
        return query

    def check_json(self, payload: Mapping[str, Any]) -> tuple[JobQuery, list[Problem]]:
        """As `from_json`, but return the problems, for a caller who has more to add."""
        accepted: dict[str, str | int | datetime] = {}
        problems = []
        for name, value in payload.items():
            known = self.inputs.get(name)
            if known is None:
                problems.append(self._unknown(name))
                continue
            try:
                accepted[name] = known.accept(value)
            except ValueError as error:
                hint = str(error)
                allowed = f"{known.allowed} ({hint})" if hint else known.allowed
                problems.append(Problem(name, known.shown(value), allowed))
        after, before = accepted.get("creationTimeAfter"), accepted.get("creationTimeBefore")
        if isinstance(after, datetime) and isinstance(before, datetime) and after >= before:
            sent = f"{after.isoformat()} with creationTimeBefore {before.isoformat()}"
            problems.append(Problem("creationTimeAfter", sent, "a time before creationTimeBefore"))
        return JobQuery(accepted), problems

    def _unknown(self, name: str) -> Problem:
        if name in self._elsewhere:
            return Problem(name, "an input that selects no jobs", ", ".join(self.inputs))
        return unknown_name(name, self.inputs)

    def _typed(self, name: str, text: str) -> str | int:
        # Not int() alone: it takes " 5", "+5", "5_0" and other scripts' digits.
        whole = name in self.inputs and self.inputs[name].type == "integer" and _WHOLE.fullmatch(text)
        return int(text) if whole else text


def unknown_name(name: str, known: Iterable[str]) -> Problem:
    """Tell of a name that is not among `known`, with the nearest one that is."""
    from difflib import get_close_matches  # noqa: PLC0415 - only an error pays for its import

    names = list(known)
    by_lower = {each.lower(): each for each in names}
    near = get_close_matches(name[:_MOST_SHOWN].lower(), by_lower, n=1)
    hint = f" (did you mean {by_lower[near[0]]}?)" if near else ""
    return Problem(name[:_MOST_SHOWN], f"an unknown name{hint}", ", ".join(names))


def _instant(text: str) -> datetime:
    if not _INSTANT.fullmatch(text):
        if _INSTANT.fullmatch(text.replace(" ", "+")):
            raise ValueError("in a URL, + is written %2B")
        raise ValueError
    try:
        instant = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("this date or time does not exist") from None
    if instant.year < _FIRST_YEAR:
        raise ValueError(f"a year from {_FIRST_YEAR} on")
    return instant


def _within(number: int, least: int | None, most: int | None) -> bool:
    return (least is None or number >= least) and (most is None or number <= most)


def _shortened(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= _MOST_SHOWN else f"{shown[: _MOST_SHOWN - 3]}..."
