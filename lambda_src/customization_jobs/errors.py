"""The error contract: the name of every error that a caller can receive.

Step Functions matches `Retry` and `Catch` on the class name of the exception that a Lambda function raises,
and AWS clients match HTTP errors on the same names. **The class names here are therefore public API.** The
state machine's retries are built from `ERRORS`, HTTP answers from `http_status`.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import ClassVar

# A limit is needed because a query can have any number of unknown names.
MAX_PROBLEMS = 20
_MAX_SHOWN = 80
# The message for requests for the fleet if none is set up.
NO_FLEET = (
    "No fleet is set up: this stack has one account and one region. Set fleetRegions, and deploy the stack."
)


class Origin(Enum):
    """Where the cause of an error lies. Metrics and alarms distinguish them."""

    CALLER = auto()
    BEDROCK = auto()
    SERVICE = auto()


class CustomizationJobsError(Exception):
    """Base of every named error.

    Attributes
    ----------
    origin : Origin
        Where the cause lies.
    http_status : int
        Status of the HTTP answer.
    retry_helps : bool
        Whether the same call can succeed later.
    retry_after : range or None
        Values of the HTTP header `Retry-After`, in seconds, if it is sent.
    log_details : str or None
        What only the log may contain, such as the ARN of a role.
    """

    log_details: str | None = None
    origin: Origin = Origin.SERVICE
    http_status: ClassVar[int] = 500
    retry_helps: ClassVar[bool] = False
    retry_after: ClassVar[range | None] = None

    def __init__(self, message: str = "") -> None:
        super().__init__(encodable(message))

    def choose_retry_after(self) -> int | None:
        """Return after how many seconds this caller should try again, chosen at random.

        If all waited equally long, callers that fail together would return together, and fail again.
        """
        return random.choice(self.retry_after) if self.retry_after else None  # noqa: S311 - not a secret


def encodable(text: str) -> str:
    """Escape lone surrogates, which JSON input can contain and UTF-8 cannot."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def cut(text: str) -> str:
    """Cut text that a caller sent to 80 characters, so that messages and log lines stay short."""
    return text if len(text) <= _MAX_SHOWN else f"{text[: _MAX_SHOWN - 3]}..."


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a query.

    Attributes
    ----------
    parameter : str
        Name as the caller wrote it.
    sent : str
        Description of the value, shortened; never the text of a token.
    allowed : str
        Description of what is accepted.
    """

    parameter: str
    sent: str
    allowed: str

    def __post_init__(self) -> None:
        for name in ("parameter", "sent", "allowed"):
            object.__setattr__(self, name, encodable(getattr(self, name)))

    def __str__(self) -> str:
        return f"{self.parameter}: got {self.sent}, allowed: {self.allowed}"


# In place of problems beyond `MAX_PROBLEMS`, which are only counted.
NOT_SHOWN = Problem("", "", "")


class ValidationException(CustomizationJobsError):
    """The query is not valid; correct it before calling again.

    Parameters
    ----------
    message : str
        Bedrock's message, or ours.
    problems : sequence of Problem
        What is wrong with the query, at most 20 problems; empty if Bedrock rejected it.
    """

    origin = Origin.CALLER
    http_status = 400

    def __init__(self, message: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)

    @classmethod
    def from_problems(cls, problems: Sequence[Problem]) -> "ValidationException":
        """Describe the first problems in one message, with the number of the others."""
        shown, others = problems[:MAX_PROBLEMS], len(problems) - MAX_PROBLEMS
        more = [f"and {others} more"] if others > 0 else []
        return cls("; ".join([*map(str, shown), *more]), shown)


class AccessDeniedException(CustomizationJobsError):
    """The function's role, or a policy of the organization, does not allow the call."""

    origin = Origin.BEDROCK
    http_status = 403


class ThrottlingException(CustomizationJobsError):
    """Bedrock throttled the request and all of the client's retries."""

    origin = Origin.BEDROCK
    http_status = 429
    retry_helps = True
    retry_after = range(1, 6)


class InternalServerException(CustomizationJobsError):
    """Bedrock failed internally, or this service did, in which case its log has the reason."""

    origin = Origin.BEDROCK
    http_status = 500
    retry_helps = True


class UnexpectedAnswerException(CustomizationJobsError):
    """Bedrock answered with an error that its API does not list, or not in its documented format."""

    origin = Origin.BEDROCK
    http_status = 502
    retry_helps = True


class BedrockUnavailableException(CustomizationJobsError):
    """The connection to Bedrock could not be established, or was lost."""

    origin = Origin.BEDROCK
    http_status = 503
    retry_helps = True
    retry_after = range(5, 11)


class BedrockTimeoutException(CustomizationJobsError):
    """Bedrock did not answer within the client's timeouts, or the time ran out before a complete answer."""

    origin = Origin.BEDROCK
    http_status = 504
    retry_helps = True


class WatchUnavailableException(CustomizationJobsError):
    """The watch's table or bus did not answer or refused, or another invocation holds the job's claim."""

    http_status = 503
    retry_helps = True
    retry_after = range(5, 11)


class FleetNotCoveredException(CustomizationJobsError):
    """A wait for the fleet selects a source that is not listed, or none; the next sweep may list it."""

    origin = Origin.CALLER
    http_status = 503
    retry_helps = True


class ResourceNotFoundException(CustomizationJobsError):
    """The HTTP path does not exist, or nothing is known about the job that it names."""

    origin = Origin.CALLER
    http_status = 404


class MethodNotAllowedException(CustomizationJobsError):
    """The HTTP path exists but does not support the method."""

    origin = Origin.CALLER
    http_status = 405


class NotAcceptableException(CustomizationJobsError):
    """The HTTP request accepts none of the forms that the answer can have."""

    origin = Origin.CALLER
    http_status = 406


class UnknownEventException(CustomizationJobsError):
    """The function does not handle this kind of event."""

    origin = Origin.CALLER
    http_status = 400


ERRORS: tuple[type[CustomizationJobsError], ...] = (
    ValidationException,
    AccessDeniedException,
    ThrottlingException,
    InternalServerException,
    UnexpectedAnswerException,
    BedrockUnavailableException,
    BedrockTimeoutException,
    WatchUnavailableException,
    FleetNotCoveredException,
    ResourceNotFoundException,
    MethodNotAllowedException,
    NotAcceptableException,
    UnknownEventException,
)
