"""Callers of the function, each with its own rule for when to retry."""

import asyncio
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from benchmarks.contenders import proxy_event
from benchmarks.load.instances import Function, NoInstanceError
from lambda_runtime.function_process import FunctionError

THROTTLED = int(HTTPStatus.TOO_MANY_REQUESTS)
# In place of a status: there was no instance.
NO_INSTANCE = 0
# As the state machine retries (infra/constructs/wait_for_jobs): full jitter, by powers of two.
_WORKFLOW_RETRIES = 6
_WORKFLOW_MAX_DELAY = 60.0
# Coprime to 100, which mixes identical requests with the others.
_STEP = 37


@dataclass(frozen=True, slots=True)
class Attempt:
    """One answer to a caller.

    Attributes
    ----------
    status : int
        The HTTP status, or `NO_INSTANCE`.
    seconds : float
        From the request to its answer.
    retry_after : int or None
        The header `Retry-After`.
    age : int or None
        The header `Age`.
    """

    status: int
    seconds: float
    retry_after: int | None = None
    age: int | None = None


@dataclass(frozen=True, slots=True)
class Sweep:
    """One sweep of the watch.

    Attributes
    ----------
    seconds : float
        From the event to the answer.
    error : str or None
        The name of the error that the function raised.
    complete : bool
        Whether the sweep read all jobs.
    """

    seconds: float
    error: str | None = None
    complete: bool = False


async def request(function: Function, event: Any) -> Attempt:
    """Send an HTTP request once."""
    started = time.monotonic()
    try:
        answer = await function.invoke(event)
    except NoInstanceError:
        return Attempt(NO_INSTANCE, 0.0)
    headers: Mapping[str, str] = answer["headers"]
    return Attempt(
        answer["statusCode"],
        time.monotonic() - started,
        _whole_number(headers.get("Retry-After")),
        _whole_number(headers.get("Age")),
    )


async def request_until_answered(function: Function, event: Any, most: int) -> list[Attempt]:
    """Send an HTTP request at most `most` times, retrying exactly when `Retry-After` says."""
    attempts: list[Attempt] = []
    while len(attempts) < most:
        attempts.append(await request(function, event))
        last = attempts[-1]
        if last.status not in (THROTTLED, NO_INSTANCE):
            break
        # Without an instance, API Gateway answers with 1.
        await asyncio.sleep(1 if last.retry_after is None else last.retry_after)
    return attempts


async def run_workflow_task(function: Function, query: Mapping[str, Any]) -> int | None:
    """Invoke the function as the state machine does; return the number of retries, None if all failed."""
    for retry in range(_WORKFLOW_RETRIES + 1):
        try:
            await function.invoke(query)
        except (FunctionError, NoInstanceError):
            longest = min(2.0 * 2**retry, _WORKFLOW_MAX_DELAY)
            await asyncio.sleep(random.uniform(0, longest))  # noqa: S311 - not a secret
        else:
            return retry
    return None


async def sweep(watch: Function) -> Sweep:
    """Have the watch function sweep all jobs once."""
    started = time.monotonic()
    try:
        answer = await watch.invoke({"schedule": {}, "sweep": "all-jobs"})
    except FunctionError as error:
        return Sweep(time.monotonic() - started, error=str(error.payload["errorType"]))
    return Sweep(time.monotonic() - started, complete=answer["complete"])


def list_request(number: int, identical_share: float) -> dict[str, Any]:
    """Return the event of the `number`th request for a page of 100 jobs.

    Of each hundred requests, the given share is identical, and the others differ from all before them.
    """
    event = proxy_event(100)
    if number * _STEP % 100 < identical_share * 100:
        return event
    # Different queries with the same answer.
    query = {"maxResults": "100", "creationTimeAfter": f"2020-01-01T00:00:00.{number:06d}Z"}
    return event | {
        "queryStringParameters": query,
        "multiValueQueryStringParameters": {name: [value] for name, value in query.items()},
    }


def _whole_number(text: str | None) -> int | None:
    return None if text is None else int(text)
