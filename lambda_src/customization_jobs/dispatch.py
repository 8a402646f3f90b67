"""Passes each event to its entry point: recognizes the caller, sets the correlation id, handles errors."""

import json
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

from customization_jobs.callers import Caller, correlation_id, recognize
from customization_jobs.entrypoints.base import EntryPoint
from customization_jobs.error_metrics import ErrorMetrics
from customization_jobs.errors import CustomizationJobsError, InternalServerException, Origin, encodable
from customization_jobs.observability import Observability

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

Handler = Callable[[Any, "LambdaContext"], Any]


# Callers whose answers contain JSON text, which is always encodable.
_TEXT_CALLERS = (Caller.REST_API, Caller.HTTP_API)


class Dispatcher:
    """Passes each event to the entry point of its caller.

    Parameters
    ----------
    entry_points : mapping of Caller to callable
        Each returns the caller's entry point, which is created on first use.
    watch_events : Caller
        The caller to which the watch's events and a queue's records are attributed.
    """

    def __init__(
        self,
        entry_points: Mapping[Caller, Callable[[], EntryPoint]],
        observability: Observability,
        error_metrics: ErrorMetrics,
        watch_events: Caller = Caller.NOTIFICATIONS,
    ) -> None:
        self._entry_points = entry_points
        self._observability = observability
        self._error_metrics = error_metrics
        self._watch_events = watch_events

    def handler(self) -> Handler:
        """Return the Lambda handler, which logs and traces every invocation.

        This is the only error boundary. Errors are returned in the form that the caller expects: an HTTP
        answer, a widget's HTML, or an exception named in the error contract. Any other exception becomes
        `InternalServerException`, and its details appear only in the log.
        """

        @self._observability.logger.inject_lambda_context(clear_state=True)
        @self._observability.tracer.capture_lambda_handler(capture_response=False)
        def handler(event: Any, context: "LambdaContext") -> Any:
            started = time.monotonic()
            try:
                return self._answer(event, context)
            finally:
                duration_ms = round((time.monotonic() - started) * 1000)
                self._observability.logger.info("Invocation ended", duration_ms=duration_ms)

        return cast("Handler", handler)

    def _answer(self, event: Any, context: "LambdaContext") -> Any:
        caller, entry_point = None, EntryPoint()
        try:
            caller = recognize(event, self._watch_events)
            self._observability.logger.set_correlation_id(correlation_id(caller, event, context))
            self._observability.annotate(caller=str(caller))
            entry_point = self._entry_points[caller]()
            answer = entry_point.answer(event, context)
            if caller not in _TEXT_CALLERS:
                answer = _encodable(answer)
        except CustomizationJobsError as error:
            self._observability.record_error(error)
            self._observability.logger.warning("Invocation failed")
            self._error_metrics.count(error, caller, context)
            return self._answer_error(entry_point, error, event, context)
        except Exception as exception:
            failure = InternalServerException(
                f"The service failed. Its log has the reason under request id {context.aws_request_id}."
            )
            failure.__cause__ = exception
            failure.origin = Origin.SERVICE
            self._observability.record_error(failure)
            self._observability.logger.exception("Unhandled exception")
            self._error_metrics.count(failure, caller, context)
            return self._answer_error(entry_point, failure, event, context)
        self._observability.annotate(status="succeeded")
        return answer

    def _answer_error(
        self, entry_point: EntryPoint, error: CustomizationJobsError, event: Any, context: "LambdaContext"
    ) -> Any:
        try:
            return entry_point.answer_error(error, event)
        except CustomizationJobsError as raised:
            self._error_metrics.count_raised(raised, context)
            raise


def _encodable(answer: Any) -> Any:
    """Escape lone surrogates in an answer, which the runtime could not encode: it would crash."""
    try:
        json.dumps(answer, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return _escaped(answer)
    return answer


def _escaped(value: Any) -> Any:
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, Mapping):
        return {_escaped(name): _escaped(each) for name, each in value.items()}
    return [_escaped(each) for each in value] if isinstance(value, list) else value
