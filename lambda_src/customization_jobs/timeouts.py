"""The service's time budget, and the deadline that follows from it for each invocation."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

# https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
_API_GATEWAY_SECONDS = 29.0
# API Gateway's limit, less the time to start the function and to return its answer.
HTTP_SECONDS = _API_GATEWAY_SECONDS - 2
# One call to Bedrock with all its retries must leave time to answer an HTTP request.
MAX_CALL_SECONDS = HTTP_SECONDS - 2
# Reserved for building and returning the answer after the last call.
RESPONSE_SECONDS = 1.0
# Covers the longest call, a cold start and the response.
MIN_FUNCTION_TIMEOUT_SECONDS = int(MAX_CALL_SECONDS) + 5

# The lease on publishing a job's pending transitions. It is shorter than the minute after which Lambda first
# retries an asynchronous invocation, so that the retry finds the lease of the failed attempt expired.
LEASE = timedelta(seconds=55)
# Nothing is published when less than this is left of the lease, because a call to the bus may take that long.
LEASE_MARGIN = timedelta(seconds=MAX_CALL_SECONDS + RESPONSE_SECONDS)


# How long the sweep pauses in total while Bedrock throttles its first page. Lambda repeats a failed sweep
# only twice. Within a minute a call succeeds in 98 % of cases, even if Bedrock throttles nine calls of ten.
SWEEP_PATIENCE_SECONDS = 60.0
# Share of a sweep's time that is reserved for what follows: resuming the workflows that wait for jobs.
AFTER_SWEEP = 0.1


class Deadline(NamedTuple):
    """The time after which no further call may begin.

    Attributes
    ----------
    seconds_left : callable
        Returns the number of seconds until the deadline; negative afterwards.
    """

    seconds_left: Callable[[], float]

    def has_passed(self) -> bool:
        """Whether no further call may begin."""
        return self.seconds_left() <= 0

    def reserving(self, share: float) -> "Deadline":
        """Return an earlier deadline, which reserves a share of the remaining time."""
        reserve = max(0.0, share * self.seconds_left())
        return Deadline(lambda: self.seconds_left() - reserve)

    def within(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> "Deadline":
        """Return this deadline, or the one in `seconds` from now if that is earlier."""
        end = clock() + seconds
        return Deadline(lambda: min(end - clock(), self.seconds_left()))


def invocation_deadline(context: "LambdaContext", call_seconds: float) -> Deadline:
    """Return the time after which a call of `call_seconds` would leave the function no time to respond."""
    reserve = call_seconds + RESPONSE_SECONDS
    return Deadline(lambda: context.get_remaining_time_in_millis() / 1000 - reserve)
