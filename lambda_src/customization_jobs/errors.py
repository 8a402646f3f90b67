"""The error contract: every error that a caller can meet, by name.

Step Functions matches `Retry` and `Catch` on the Python class name of what a Lambda function raises, and AWS
clients match HTTP errors on the same names, so **the class names here are public API**. The state machine's
retries are built from `ERRORS`, the HTTP answers from `http_status`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


class CustomizationJobsError(Exception):
    """Base of every named error.

    Attributes
    ----------
    http_status : int
        The status of the HTTP answer.
    retry_helps : bool
        Whether the same call can succeed later.
    retry_after_seconds : int or None
        What `Retry-After` tells an HTTP caller; None where a retry does not help at once.
    """

    http_status: ClassVar[int] = 500
    retry_helps: ClassVar[bool] = False
    retry_after_seconds: ClassVar[int | None] = None


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a query.

    Attributes
    ----------
    parameter : str
        The name as the caller wrote it.
    sent : str
        What the caller sent, shortened, and never the text of a token.
    allowed : str
        What would be accepted.
    """

    parameter: str
    sent: str
    allowed: str

    def __str__(self) -> str:
        return f"{self.parameter}: got {self.sent}, allowed: {self.allowed}"


class ValidationException(CustomizationJobsError):
    """The query is not one that Bedrock would accept; mend it, a retry does not help.

    Parameters
    ----------
    message : str
        Bedrock's own words, or a sentence of ours.
    problems : sequence of Problem
        Everything that was found wrong, so that one round of mending is enough. Empty when Bedrock refused.
    """

    http_status = 400

    def __init__(self, message: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)

    @classmethod
    def from_problems(cls, problems: Sequence[Problem]) -> "ValidationException":
        """Tell all `problems` in one message."""
        return cls("; ".join(map(str, problems)), problems)


class AccessDeniedException(CustomizationJobsError):
    """The function's role, or a policy above it, does not allow the call."""

    http_status = 403


class ThrottlingException(CustomizationJobsError):
    """Bedrock refused for the rate of requests, also after the client's own retries."""

    http_status = 429
    retry_helps = True
    retry_after_seconds = 2


class InternalServerException(CustomizationJobsError):
    """Bedrock failed inside, or this service did (then the log has the reason)."""

    http_status = 500
    retry_helps = True


class UnexpectedAnswerException(CustomizationJobsError):
    """Bedrock answered with an error that its API does not list, or with something that is not its format."""

    http_status = 502
    retry_helps = True


class BedrockUnavailableException(CustomizationJobsError):
    """No connection to Bedrock could be made or kept."""

    http_status = 503
    retry_helps = True
    retry_after_seconds = 5


class BedrockTimeoutException(CustomizationJobsError):
    """Bedrock did not answer within the client's timeouts, or the time was up before its first answer."""

    http_status = 504
    retry_helps = True


class WatchUnavailableException(CustomizationJobsError):
    """The watch's table or bus refused or did not answer, or another invocation is at the job just now."""

    http_status = 503
    retry_helps = True
    retry_after_seconds = 5


class ResourceNotFoundException(CustomizationJobsError):
    """There is no such HTTP path, or nothing is known of the job that it names."""

    http_status = 404


class MethodNotAllowedException(CustomizationJobsError):
    """The HTTP path exists, the method on it does not."""

    http_status = 405


class UnknownEventException(CustomizationJobsError):
    """The event is none of those that this function answers."""

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
    ResourceNotFoundException,
    MethodNotAllowedException,
    UnknownEventException,
)
