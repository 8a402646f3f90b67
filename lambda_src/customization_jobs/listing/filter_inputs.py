"""The inputs that Bedrock lacks. Bedrock's own names cannot contain a dot, so none collides."""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from customization_jobs.errors import MAX_PROBLEMS
from customization_jobs.failure_categories import Category
from customization_jobs.listing.given_time import DURATION_ALLOWED, parse_duration
from customization_jobs.listing.inputs import Input, suggestion

PREFIX = "where."
STATUS = "where.status"
CUSTOMIZATION_TYPE = "where.customizationType"
BASE_MODEL = "where.baseModel"
OUTPUT_MODEL = "where.outputModel"
LAST_MODIFIED_AFTER = "where.lastModifiedAfter"
LAST_MODIFIED_BEFORE = "where.lastModifiedBefore"
ENDED_AFTER = "where.endedAfter"
ENDED_BEFORE = "where.endedBefore"
DURATION_AT_LEAST = "where.durationAtLeast"
DURATION_AT_MOST = "where.durationAtMost"
STUCK = "where.stuck"
FAILURE_CATEGORY = "where.failureCategory"
TAG = "where.tag"

_TIMES = (LAST_MODIFIED_AFTER, LAST_MODIFIED_BEFORE, ENDED_AFTER, ENDED_BEFORE)
# The longest ARN in Bedrock's model.
_MAX_ARN = 1011
MAX_TAGS = 10
# Bedrock's limits of a tag: a key of 1 to 128 characters, and a value of up to 256.
_TAG = re.compile(f"[^=].{{0,{127 + len('=') + 256}}}")


class ListInput(Input):
    """One or several of some values: in JSON as text or as a list, in a URL repeated or with commas."""

    __slots__ = ()

    @property
    def allowed(self) -> str:
        """A description of the accepted values."""
        return f"one or several of {', '.join(self.enum)}"

    def parse(self, value: Any) -> frozenset[str]:
        """Parse a JSON value.

        Raises
        ------
        ValueError
            As `Input.parse`.
        """
        values = [value] if isinstance(value, str) else value
        if not isinstance(values, list) or not values or not all(isinstance(each, str) for each in values):
            raise ValueError
        if unknown := [each for each in values if each not in self.enum]:
            raise ValueError(suggestion(unknown[:MAX_PROBLEMS], self.enum))
        return frozenset(values)

    def from_text(self, text: str) -> Any:
        """Convert text from a URL to the JSON value that it represents."""
        return text.split(",")

    def from_texts(self, texts: Sequence[str]) -> Any:
        """Convert repeated values from a URL to the JSON value that they represent."""
        return ",".join(texts).split(",")


class TagInput(Input):
    """One or several tags, `key` or `key=value`, which a job must all have."""

    __slots__ = ()

    @property
    def allowed(self) -> str:
        """A description of the accepted values."""
        return f"a tag as key=value, or a key alone, or a list of up to {MAX_TAGS}"

    def parse(self, value: Any) -> tuple[str, ...]:
        """Parse a JSON value.

        Raises
        ------
        ValueError
            As `Input.parse`.
        """
        values = [value] if isinstance(value, str) else value
        if not isinstance(values, list) or not 1 <= len(values) <= MAX_TAGS:
            raise ValueError
        if not all(isinstance(each, str) and _TAG.fullmatch(each) for each in values):
            raise ValueError
        return tuple(values)

    def from_texts(self, texts: Sequence[str]) -> Any:
        """Convert repeated values from a URL to the JSON value that they represent."""
        return list(texts)


class DurationInput(Input):
    """A duration."""

    __slots__ = ()

    @property
    def allowed(self) -> str:
        """A description of the accepted values."""
        return DURATION_ALLOWED

    def parse(self, value: Any) -> timedelta:
        """Parse a JSON value.

        Raises
        ------
        ValueError
            As `Input.parse`.
        """
        if not isinstance(value, str):
            raise ValueError  # noqa: TRY004 - one kind of error for every invalid value
        return parse_duration(value)


class BooleanInput(Input):
    """True or false."""

    __slots__ = ()

    @property
    def allowed(self) -> str:
        """A description of the accepted values."""
        return "true or false"

    def parse(self, value: Any) -> bool:
        """Parse a JSON value.

        Raises
        ------
        ValueError
            As `Input.parse`.
        """
        if not isinstance(value, bool):
            raise ValueError  # noqa: TRY004 - one kind of error for every invalid value
        return value

    def from_text(self, text: str) -> Any:
        """Convert text from a URL to the JSON value that it represents."""
        return {"true": True, "false": False}.get(text, text)


def filter_inputs(statuses: tuple[str, ...], customization_types: tuple[str, ...]) -> dict[str, Input]:
    """Return the inputs by name, with the values that Bedrock's model knows."""
    inputs: tuple[Input, ...] = (
        ListInput.from_constraints(STATUS, enum=statuses),
        ListInput.from_constraints(CUSTOMIZATION_TYPE, enum=customization_types),
        *(
            Input.from_constraints(name, minimum=1, maximum=_MAX_ARN, pattern="[!-~]+")
            for name in (BASE_MODEL, OUTPUT_MODEL)
        ),
        *(Input.from_constraints(name, type_name="timestamp") for name in _TIMES),
        DurationInput.from_constraints(DURATION_AT_LEAST),
        DurationInput.from_constraints(DURATION_AT_MOST),
        BooleanInput.from_constraints(STUCK),
        ListInput.from_constraints(FAILURE_CATEGORY, enum=tuple(map(str, Category))),
        TagInput.from_constraints(TAG),
    )
    return {each.name: each for each in inputs}
