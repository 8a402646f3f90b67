"""One input of the list operation, as Bedrock's service model constrains it."""

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from customization_jobs.errors import MAX_PROBLEMS, NOT_SHOWN, Problem
from customization_jobs.listing.given_time import TIME_ALLOWED, parse_given_time

if TYPE_CHECKING:
    from botocore.model import Shape

Value = str | int | datetime

# Selects the fields to send; see `listing.fields`. It is checked separately from the list operation's inputs.
FIELDS = "fields"
_PAGING = frozenset({"maxResults", "nextToken"})
_ORDER = frozenset({"sortBy", "sortOrder"})
_INTEGER = re.compile("[0-9]{1,10}")
_MAX_SHOWN = 80


def is_paging(name: str) -> bool:
    """Whether an input only chooses the page. All other inputs identify the listing itself."""
    return name in _PAGING


def is_selecting(name: str) -> bool:
    """Whether an input selects which jobs are listed: every one that is neither paging nor order."""
    return name not in _PAGING | _ORDER


def leaves_out_jobs(name: str) -> bool:
    """Whether a listing with this input may omit jobs, because the input selects some or starts midway."""
    return is_selecting(name) or name == "nextToken"


class Input(NamedTuple):
    """An input and what it accepts.

    Attributes
    ----------
    name, type : str
        From the service model; the type is "string", "integer" or "timestamp".
    enum : tuple of str
        The values allowed, or empty.
    minimum, maximum : int or None
        Bounds of a number, or of a string's length.
    pattern, matcher : str and re.Pattern, or None
        Must match the whole string.
    """

    name: str
    type: str
    enum: tuple[str, ...]
    minimum: int | None
    maximum: int | None
    pattern: str | None
    matcher: re.Pattern[str] | None

    @classmethod
    def from_shape(cls, name: str, shape: "Shape") -> Self:
        """Read a member of the operation's input shape."""
        return cls.from_constraints(
            name,
            type_name=shape.type_name,
            enum=tuple(shape.metadata.get("enum", ())),
            minimum=shape.metadata.get("min"),
            maximum=shape.metadata.get("max"),
            pattern=shape.metadata.get("pattern"),
        )

    @classmethod
    def from_constraints(
        cls,
        name: str,
        *,
        type_name: str = "string",
        enum: tuple[str, ...] = (),
        minimum: int | None = None,
        maximum: int | None = None,
        pattern: str | None = None,
    ) -> Self:
        """Create an input with the constraints of a service model."""
        return cls(
            name=name,
            type=type_name,
            enum=enum,
            minimum=minimum,
            maximum=maximum,
            pattern=pattern,
            # Atomic: Bedrock's pattern of a job name otherwise backtracks exponentially on "a-----...!".
            matcher=re.compile(f"(?>{pattern})") if pattern else None,
        )

    @property
    def allowed(self) -> str:
        """A description of the accepted values."""
        if self.enum:
            return "one of " + ", ".join(self.enum) if len(self.enum) > 1 else self.enum[0]
        if self.type == "timestamp":
            return TIME_ALLOWED
        if self.type == "integer":
            return f"a whole number from {self.minimum} to {self.maximum}"
        matching = f" matching {self.pattern}" if self.pattern else ""
        length = self.maximum if self.minimum == self.maximum else f"{self.minimum} to {self.maximum}"
        return f"{length} characters{matching}"

    def parse(self, value: Any) -> Any:
        """Parse a JSON value: to a text, a number, or a time, which may be relative.

        Raises
        ------
        ValueError
            The value is not allowed. The message is a hint that supplements `allowed`, or empty.
        """
        if self.type == "integer":
            return self._parse_integer(value)
        if not isinstance(value, str):
            raise ValueError  # noqa: TRY004 - one kind of error for every invalid value
        if self.type == "timestamp":
            return parse_given_time(value)
        return self._parse_string(value)

    def from_text(self, text: str) -> Any:
        """Convert text from a URL to the JSON value that it represents."""
        # Not int() alone: it accepts " 5", "+5", "5_0" and digits of other scripts.
        return int(text) if self.type == "integer" and _INTEGER.fullmatch(text) else text

    def from_texts(self, texts: Sequence[str]) -> Any:
        """Convert repeated values from a URL to the JSON value that they represent.

        Raises
        ------
        ValueError
            Only one value is allowed.
        """
        if len(texts) > 1:
            raise ValueError(f"{len(texts)} values")
        return self.from_text(texts[0])

    def problem(self, value: Any, hint: str) -> Problem:
        """Describe a value that is not allowed; `hint` may be empty."""
        return Problem(self.name, self.redacted(value), f"{self.allowed} ({hint})" if hint else self.allowed)

    def redacted(self, value: Any) -> str:
        """Describe a value that was sent; a token by its length only, because it must not be logged."""
        if self.name == "nextToken":
            return f"a token of {len(value)} characters" if isinstance(value, str) else "not a string"
        return shortened(value)

    def _parse_integer(self, value: Any) -> int:
        # bool is an int in Python, and True would be sent to Bedrock as 1.
        if not isinstance(value, int) or isinstance(value, bool):
            raise ValueError  # noqa: TRY004 - one kind of error for every invalid value
        if not self._is_in_range(value):
            raise ValueError
        return value

    def _parse_string(self, value: str) -> str:
        if self.enum and value not in self.enum:
            raise ValueError(suggestion([value], self.enum))
        if not self._is_in_range(len(value)):
            raise ValueError
        if self.matcher and not self.matcher.fullmatch(value):
            raise ValueError
        return value

    def _is_in_range(self, number: int) -> bool:
        return (self.minimum is None or number >= self.minimum) and (
            self.maximum is None or number <= self.maximum
        )


def unknown_names(names: Iterable[str], known: Collection[str]) -> list[Problem]:
    """Describe the names that are not among `known`; those that no message shows are only counted."""
    unknown = [name for name in names if name not in known]
    described = [unknown_name(name, known) for name in unknown[:MAX_PROBLEMS]]
    return described + [NOT_SHOWN] * (len(unknown) - MAX_PROBLEMS)


def unknown_name(name: str, known: Iterable[str]) -> Problem:
    """Describe a name that is not among `known`, and suggest the closest one that is."""
    names = list(known)
    sent = f"an unknown name{closest_name(name, names)}"
    return Problem(name[:_MAX_SHOWN], sent, ", ".join(names) or "no parameters")


def closest_name(name: str, known: Iterable[str]) -> str:
    """Return a hint at the known name that is closest to an unknown one; empty if none is close."""
    closest = nearest(name, known)
    return f" (did you mean {closest}?)" if closest else ""


def suggestion(unknown: Iterable[str], known: Sequence[str]) -> str:
    """Return a hint at the known values that are closest to unknown ones; empty if none is close."""
    closest = dict.fromkeys(filter(None, (nearest(each, known) for each in unknown)))
    return f"did you mean {', '.join(closest)}?" if closest else ""


def nearest(text: str, known: Iterable[str]) -> str | None:
    """Return the known name that is closest to a text, ignoring case; None if none is close."""
    from difflib import get_close_matches  # noqa: PLC0415 - imported only when there is an error

    by_lower = {each.lower(): each for each in known}
    closest = get_close_matches(text[:_MAX_SHOWN].lower(), by_lower)
    return by_lower[closest[0]] if closest else None


def shortened(value: Any) -> str:
    """Describe any value in at most 80 characters."""
    try:
        shown = repr(value)
    except RecursionError:
        return "a deeply nested value"
    return shown if len(shown) <= _MAX_SHOWN else f"{shown[: _MAX_SHOWN - 3]}..."
