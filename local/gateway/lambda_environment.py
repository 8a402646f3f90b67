"""A Lambda execution environment: its variables, and the runtime that calls the handler."""

import importlib
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

from local.common.identifiers import FUNCTION_NAME

MEMORY_MB = 512
MAXIMUM_RESPONSE_BYTES = 6 * 1024 * 1024 + 100  # as Lambda's error message states it

Handler = Callable[[Any, "Context"], Any]


def lambda_variables(region: str) -> dict[str, str]:
    """Return those of Lambda's environment variables that apply on one machine."""
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


def load_handler(name: str) -> Handler:
    """Import a handler by its dotted name, as Lambda's runtime does."""
    module, _, attribute = name.rpartition(".")
    handler: Handler = getattr(importlib.import_module(module), attribute)
    return handler


@dataclass(frozen=True, slots=True)
class Invocation:
    """The payload of an invocation, with its metadata."""

    payload: bytes
    function_arn: str
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    client_context: Mapping[str, Any] | None = None
    trace_header: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """The JSON that the invoker receives: the handler's answer, or an error if `failed`."""

    payload: bytes
    failed: bool = False


@dataclass(frozen=True, slots=True)
class ClientContext:
    """The invoker's context, as Lambda's Python runtime passes it."""

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
        """Return the time until the function's timeout."""
        return max(0, int((self.deadline - time.monotonic()) * 1000))


class LambdaEnvironment:
    """Passes events to the handler, one after the other.

    Parameters
    ----------
    timeout_seconds : float
        The function's timeout. Lambda then ends the environment; a thread cannot be ended, so the next event
        waits here until the handler returns.
    """

    def __init__(self, handler: Handler, timeout_seconds: float) -> None:
        self._handler = handler
        self._timeout = timeout_seconds
        self._queue: queue.SimpleQueue[tuple[Invocation, Future[Result]]] = queue.SimpleQueue()
        threading.Thread(target=self._work, name="lambda", daemon=True).start()

    def submit(self, invocation: Invocation) -> "Future[Result]":
        """Queue an invocation."""
        result: Future[Result] = Future()
        self._queue.put((invocation, result))
        return result

    def invoke(self, invocation: Invocation, wait_seconds: float | None = None) -> Result:
        """Wait for an invocation's result, by default until the function's timeout.

        Raises
        ------
        TimeoutError
            After `wait_seconds`; the handler continues.
        """
        try:
            return self.submit(invocation).result(self._timeout if wait_seconds is None else wait_seconds)
        except TimeoutError:
            if wait_seconds is not None:
                raise
            return _error(
                "Sandbox.Timedout",
                f"RequestId: {invocation.request_id} Error: Task timed out after {self._timeout:.2f} seconds",
            )

    def _work(self) -> None:
        while True:
            invocation, result = self._queue.get()
            try:
                result.set_result(self._run(invocation))
            except BaseException as error:  # noqa: BLE001 - this thread must not end: no other calls the handler
                result.set_exception(error)

    def _run(self, invocation: Invocation) -> Result:
        if invocation.trace_header:
            os.environ["_X_AMZN_TRACE_ID"] = invocation.trace_header
        context = Context(
            aws_request_id=invocation.request_id,
            invoked_function_arn=invocation.function_arn,
            deadline=time.monotonic() + self._timeout,
            client_context=_client_context(invocation.client_context),
        )
        try:
            answer = self._handler(json.loads(invocation.payload), context)
        # As in Lambda, any exception becomes the error that the invoker receives.
        except Exception as error:  # noqa: BLE001
            frames = traceback.format_list(traceback.extract_tb(error.__traceback__)[1:])
            return _error(
                type(error).__name__, str(error), requestId=invocation.request_id, stackTrace=frames
            )
        except BaseException as error:  # noqa: BLE001 - sys.exit in a handler must not end this thread
            message = f"RequestId: {invocation.request_id} Error: Runtime exited: {error!r}"
            return _error("Runtime.ExitError", message)
        return _serialize(answer, invocation.request_id)


def new_trace_header() -> str:
    """Create a trace header as API Gateway and Lambda do."""
    return f"Root=1-{int(datetime.now(UTC).timestamp()):08x}-{uuid.uuid4().hex[:24]}"


def _client_context(fields: Mapping[str, Any] | None) -> ClientContext | None:
    return ClientContext(fields.get("custom"), fields.get("env"), fields.get("client")) if fields else None


def _serialize(answer: Any, request_id: str) -> Result:
    try:
        payload = json.dumps(answer, ensure_ascii=False, default=_decimal_to_number).encode()
    except (TypeError, ValueError, RecursionError) as error:
        message = f"Unable to marshal response: {error}"
        return _error("Runtime.MarshalError", message, requestId=request_id, stackTrace=[])
    if len(payload) > MAXIMUM_RESPONSE_BYTES:
        return _error(
            "Function.ResponseSizeTooLarge",
            f"Response payload size exceeded maximum allowed payload size ({MAXIMUM_RESPONSE_BYTES} bytes).",
        )
    return Result(payload)


def _decimal_to_number(value: object) -> float:
    # The only type that Lambda's runtime serializes besides JSON's own.
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def _error(error_type: str, message: str, **more: Any) -> Result:
    error = {"errorMessage": message, "errorType": error_type, **more}
    # A message may repeat a lone surrogate, which UTF-8 does not have; the replacement is its JSON escape.
    return Result(json.dumps(error, ensure_ascii=False).encode(errors="backslashreplace"), failed=True)
