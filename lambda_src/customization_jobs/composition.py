"""The handler put together: it recognises its caller and hands over."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from customization_jobs.bedrock import Bedrock
from customization_jobs.callers.http import HttpCaller
from customization_jobs.callers.recognise import Caller, recognise
from customization_jobs.callers.schedule import ScheduleCaller
from customization_jobs.callers.workflow import WorkflowCaller
from customization_jobs.errors import CustomizationJobsError, InternalServerException
from customization_jobs.observability import Observability
from customization_jobs.query import QueryContract
from customization_jobs.settings import Settings

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

Handler = Callable[[Any, "LambdaContext"], Any]

# What is left for the answer itself after the last call to Bedrock.
_ANSWERING_SECONDS = 1.0


def make_handler(settings: Settings, bedrock: Bedrock, observability: Observability) -> Handler:
    """Put the handler together.

    Parameters
    ----------
    settings : Settings
        The function's configuration.
    bedrock : Bedrock
        Where jobs come from.
    observability : Observability
        Logs, traces, metrics.

    Returns
    -------
    callable
        A Lambda handler. It answers HTTP errors as HTTP answers; to the other callers it raises them by the
        names of the error contract, anything else as `InternalServerException`.
    """
    contract = QueryContract(bedrock.operation)
    reserve_seconds = settings.longest_call_seconds + _ANSWERING_SECONDS
    http = HttpCaller(bedrock, contract, observability, openapi=lambda: _openapi(bedrock, contract))
    schedule = ScheduleCaller(
        bedrock,
        contract,
        observability,
        region=settings.region,
        in_progress_limit=timedelta(seconds=settings.in_progress_limit_seconds),
        reserve_seconds=reserve_seconds,
        now=lambda: datetime.now(UTC),
    )
    workflow = WorkflowCaller(bedrock, contract, observability, reserve_seconds=reserve_seconds)

    def hand_over(event: Any, context: "LambdaContext") -> Any:
        caller = recognise(event)
        observability.logger.set_correlation_id(_correlation_id(caller, event, context))
        observability.note(caller=str(caller))
        if caller in (Caller.REST_API, Caller.HTTP_API):
            return http.answer(event)
        answering = schedule if caller is Caller.SCHEDULE else workflow
        answer = answering.answer(event, context)
        observability.note(status="succeeded")
        return answer

    @observability.logger.inject_lambda_context(clear_state=True)
    @observability.tracer.capture_lambda_handler(capture_response=False)
    def handler(event: Any, context: "LambdaContext") -> Any:
        started = time.monotonic()
        try:
            return hand_over(event, context)
        except CustomizationJobsError as error:
            observability.note_error(error)
            observability.logger.warning("Raising a named error")
            raise
        except Exception as error:
            observability.note_error(error)
            observability.logger.exception("A bug: the error is not a named one")
            raise InternalServerException(
                f"The service failed. Its log has the reason under request id {context.aws_request_id}."
            ) from error
        finally:
            duration_ms = round((time.monotonic() - started) * 1000)
            observability.logger.info("Invocation ended", duration_ms=duration_ms)

    return cast("Handler", handler)


def _openapi(bedrock: Bedrock, contract: QueryContract) -> dict[str, Any]:
    from customization_jobs.openapi import document  # noqa: PLC0415 - only who asks for it pays for the import

    return document(bedrock.operation, contract)


def _correlation_id(caller: Caller, event: Any, context: "LambdaContext") -> str:
    """Name the invocation as its caller does: a request's id, a tick's execution, a workflow's execution."""
    given: Any = None
    if caller in (Caller.REST_API, Caller.HTTP_API):
        given = event["requestContext"].get("requestId")
    elif caller is Caller.SCHEDULE:
        tick = event.get("schedule")
        given = tick.get("executionId") if isinstance(tick, Mapping) else event.get("id")
    elif context.client_context is not None:
        custom = context.client_context.custom
        given = custom.get("correlationId") if isinstance(custom, Mapping) else None
    return given if isinstance(given, str) else context.aws_request_id
