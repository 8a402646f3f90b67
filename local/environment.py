"""One Lambda execution environment: the variables it has, the context it gives, one event at a time.

It does what Lambda and its Python runtime do around a handler, and nothing of what the handler does.
"""

import base64
import json
import os
import queue
import threading
import time
import traceback
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

FUNCTION_NAME = "customization-jobs"
MEMORY_MB = 512
LARGEST_ANSWER_BYTES = 6 * 1024 * 1024 + 100  # what Lambda's own error message states

Handler = Callable[[Any, "Context"], Any]


def lambda_variables(region: str) -> dict[str, str]:
    """Return the variables that Lambda sets, as far as they make sense on this machine."""
    return {
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_LAMBDA_FUNCTION_NAME": FUNCTION_NAME,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(MEMORY_MB),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{FUNCTION_NAME}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "local",
        "TZ": ":UTC",
    }


@dataclass(frozen=True, slots=True)
class Event:
    """An invocation's payload, and what the invoker said beside it."""

    payload: bytes
    function_arn: str
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    client_context: Mapping[str, Any] | None = None
    trace_header: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What the invoker gets: the answer, or with `failed` the error's JSON."""

    payload: bytes
    failed: bool = False


@dataclass(frozen=True, slots=True)
class ClientContext:
    """The invoker's context, as Lambda's Python runtime gives it."""

    custom: Mapping[str, Any] | None
    env: Mapping[str, Any] | None
    client: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Context:
    """The context object of Lambda's Python runtime."""

    aws_request_id: str
    invoked_function_arn: str
    deadline: float
    client_context: ClientContext | None
    function_name: str = FUNCTION_NAME
    function_version: str = "$LATEST"
    memory_limit_in_mb: str = str(MEMORY_MB)
    log_group_name: str = f"/aws/lambda/{FUNCTION_NAME}"
    log_stream_name: str = "local"
    identity: None = None
    tenant_id: None = None

    def get_remaining_time_in_millis(self) -> int:
        """Return the time until Lambda would end the invocation."""
        return max(0, int((self.deadline - time.monotonic()) * 1000))


class Environment:
    """Hands events to the handler, one after the other.

    Parameters
    ----------
    handler : callable
        The function's entry point.
    timeout_seconds : float
        The function's timeout. Lambda ends the environment then; a thread cannot be ended, so the next event
        here waits until the handler has really returned.
    """

    def __init__(self, handler: Handler, timeout_seconds: float) -> None:
        self._handler = handler
        self._timeout = timeout_seconds
        self._events: queue.SimpleQueue[tuple[Event, Future[Result]]] = queue.SimpleQueue()
        threading.Thread(target=self._work, name="lambda", daemon=True).start()

    def submit(self, event: Event) -> "Future[Result]":
        """Queue an event."""
        result: Future[Result] = Future()
        self._events.put((event, result))
        return result

    def invoke(self, event: Event, patience_seconds: float | None = None) -> Result:
        """Hand over an event and wait for its result.

        Raises
        ------
        TimeoutError
            `patience_seconds` are over; the handler goes on.
        """
        patience = self._timeout if patience_seconds is None else patience_seconds
        try:
            return self.submit(event).result(patience)
        except TimeoutError:
            if patience_seconds is not None:
                raise
            return _failure(
                "Sandbox.Timedout",
                f"RequestId: {event.request_id} Error: Task timed out after {self._timeout:.2f} seconds",
            )

    def _work(self) -> None:
        while True:
            event, result = self._events.get()
            result.set_result(self._run(event))

    def _run(self, event: Event) -> Result:
        if event.trace_header:
            os.environ["_X_AMZN_TRACE_ID"] = event.trace_header
        context = Context(
            aws_request_id=event.request_id,
            invoked_function_arn=event.function_arn,
            deadline=time.monotonic() + self._timeout,
            client_context=_client_context(event.client_context),
        )
        try:
            answer = self._handler(json.loads(event.payload), context)
        # Whatever it raises is the function's answer to its invoker, as in Lambda.
        except Exception as error:  # noqa: BLE001
            frames = traceback.format_list(traceback.extract_tb(error.__traceback__)[1:])
            return _failure(type(error).__name__, str(error), requestId=event.request_id, stackTrace=frames)
        except BaseException as error:  # noqa: BLE001 - sys.exit in a handler must not end this thread
            return _failure(
                "Runtime.ExitError", f"RequestId: {event.request_id} Error: Runtime exited: {error!r}"
            )
        return _marshal(answer, event.request_id)


def read_client_context(header: str | None) -> Mapping[str, Any] | None:
    """Read `X-Amz-Client-Context`; a ValueError where it is not the base64 of a JSON object."""
    if not header:
        return None
    try:
        context = json.loads(base64.b64decode(header, validate=True))
    except ValueError as error:
        raise ValueError("Client context must be the base64 of a JSON object.") from error
    if not isinstance(context, dict):
        raise ValueError("Client context must be a JSON object.")  # noqa: TRY004 - one error for all bad headers
    return context


def _client_context(sent: Mapping[str, Any] | None) -> ClientContext | None:
    return ClientContext(sent.get("custom"), sent.get("env"), sent.get("client")) if sent else None


def _marshal(answer: Any, request_id: str) -> Result:
    try:
        payload = json.dumps(answer, ensure_ascii=False, default=_number).encode()
    except (TypeError, ValueError) as error:
        message = f"Unable to marshal response: {error}"
        return _failure("Runtime.MarshalError", message, requestId=request_id, stackTrace=[])
    if len(payload) > LARGEST_ANSWER_BYTES:
        return _failure(
            "Function.ResponseSizeTooLarge",
            f"Response payload size exceeded maximum allowed payload size ({LARGEST_ANSWER_BYTES} bytes).",
        )
    return Result(payload)


def _number(value: object) -> float:
    # The one type that Lambda's runtime adds to JSON's own.
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def _failure(error_type: str, message: str, **more: Any) -> Result:
    error = {"errorMessage": message, "errorType": error_type, **more}
    return Result(json.dumps(error, ensure_ascii=False).encode(), failed=True)


def trace_header() -> str:
    """Make a trace id as API Gateway and Lambda do."""
    return f"Root=1-{int(datetime.now(UTC).timestamp()):08x}-{uuid.uuid4().hex[:24]}"
