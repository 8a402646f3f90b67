"""The handler put together: it recognises its caller and hands over."""

import functools
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from customization_jobs.bedrock import Bedrock
from customization_jobs.callers.http import HttpCaller
from customization_jobs.callers.recognise import Caller, recognise
from customization_jobs.callers.schedule import ScheduleCaller
from customization_jobs.callers.workflow import WorkflowCaller
from customization_jobs.errors import (
    CustomizationJobsError,
    InternalServerException,
    UnknownEventException,
)
from customization_jobs.observability import Observability
from customization_jobs.query import QueryContract
from customization_jobs.settings import Settings

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from customization_jobs.callers.overview import Overviews
    from customization_jobs.callers.widget import WidgetCaller
    from customization_jobs.summaries import LimitOf
    from customization_jobs.timeline import TimelineFinder, Timelines
    from customization_jobs.watch.compose import Watching

Handler = Callable[[Any, "LambdaContext"], Any]

# What is left for the answer itself after the last call to Bedrock.
_ANSWERING_SECONDS = 1.0


def make_handler(
    settings: Settings,
    bedrock: Bedrock,
    observability: Observability,
    *,
    limit_of: "LimitOf | None" = None,
    timelines: "Timelines | None" = None,
    watch: "Watching | None" = None,
) -> Handler:
    """Put the handler together.

    Parameters
    ----------
    settings : Settings
        The function's configuration.
    bedrock : Bedrock
        Where jobs come from.
    observability : Observability
        Logs, traces, metrics.
    limit_of : callable or None
        How many seconds a job may be in progress; the same for all, by the settings, where it is not given.
    timelines : Timelines or None
        Where what happened to jobs is recorded; None where no watch is deployed.
    watch : Watching or None
        What Bedrock's events and the sweeps are told to; None in the function that is not the watch.

    Returns
    -------
    callable
        A Lambda handler. It answers HTTP errors as HTTP answers; to the other callers it raises them by the
        names of the error contract, anything else as `InternalServerException`.
    """
    contract = QueryContract(bedrock.operation)
    reserve_seconds = settings.longest_call_seconds + _ANSWERING_SECONDS
    limit_of = limit_of or (lambda _: settings.in_progress_limit_seconds)
    views = _Views(bedrock, contract, observability, limit_of, timelines)
    http = HttpCaller(
        bedrock,
        contract,
        observability,
        openapi=views.openapi,
        overviews=views.overviews,
        timelines=views.timelines,
        longest_call_seconds=settings.longest_call_seconds,
    )
    schedule = ScheduleCaller(
        bedrock,
        contract,
        observability,
        region=settings.region,
        limit_of=limit_of,
        reserve_seconds=reserve_seconds,
        now=_now,
        watch=watch.begin_sweep if watch else None,
    )
    workflow = WorkflowCaller(
        bedrock, contract, observability, reserve_seconds=reserve_seconds, overviews=views.overviews
    )

    others: Mapping[Caller, Callable[[Any, LambdaContext], Any]] = {
        Caller.SCHEDULE: schedule.answer,
        Caller.WORKFLOW: workflow.answer,
        Caller.WIDGET: lambda event, _: views.widget().answer(event),
        Caller.STATE_CHANGE: lambda event, _: _state_change(watch, event),
    }

    def hand_over(event: Any, context: "LambdaContext") -> Any:
        caller = recognise(event)
        observability.logger.set_correlation_id(_correlation_id(caller, event, context))
        observability.note(caller=str(caller))
        if caller in (Caller.REST_API, Caller.HTTP_API):
            return http.answer(event, context)
        answer = others[caller](event, context)
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


def _state_change(watch: "Watching | None", event: Any) -> Any:
    if watch is None:
        raise UnknownEventException(
            "This function is not the watch: it has no WATCH_BUS. "
            "Send Bedrock's events to the function that has one."
        )
    return watch.state_change.answer(event)


class _Views:
    """What is made when it is first asked for: most environments never are, and all pay for their start."""

    def __init__(
        self,
        bedrock: Bedrock,
        contract: QueryContract,
        observability: Observability,
        limit_of: "LimitOf",
        timelines: "Timelines | None",
    ) -> None:
        self._parts = (bedrock, contract, observability)
        self._limit_of = limit_of
        self._timelines = timelines
        # Each is made once.
        self.overviews = functools.cache(self._overviews)
        self.timelines = functools.cache(self._timeline_finder)
        self.widget = functools.cache(self._widget)

    def openapi(self) -> Mapping[str, Any]:
        from customization_jobs.openapi import document  # noqa: PLC0415 - as all of this class

        bedrock, contract, _ = self._parts
        return document(bedrock.operation, contract)

    def _overviews(self) -> "Overviews":
        from customization_jobs.callers.overview import Overviews  # noqa: PLC0415

        return Overviews(*self._parts, limit_of=self._limit_of, now=_now)

    def _timeline_finder(self) -> "TimelineFinder":
        from customization_jobs.timeline import TimelineFinder  # noqa: PLC0415

        bedrock, contract, _ = self._parts
        return TimelineFinder(bedrock, contract, self._timelines)

    def _widget(self) -> "WidgetCaller":
        from customization_jobs.callers.widget import WidgetCaller  # noqa: PLC0415

        return WidgetCaller(*self._parts, limit_of=self._limit_of, now=_now)


def _now() -> datetime:
    return datetime.now(UTC)


def _correlation_id(caller: Caller, event: Any, context: "LambdaContext") -> str:
    """Name the invocation as its caller does: a request's id, a tick's execution, a workflow's execution."""
    given: Any = None
    if caller in (Caller.REST_API, Caller.HTTP_API):
        given = event["requestContext"].get("requestId")
    elif caller is Caller.SCHEDULE:
        tick = event.get("schedule")
        given = tick.get("executionId") if isinstance(tick, Mapping) else event.get("id")
    elif caller is Caller.STATE_CHANGE:
        given = event.get("id")
    elif context.client_context is not None:
        custom = context.client_context.custom
        given = custom.get("correlationId") if isinstance(custom, Mapping) else None
    return given if isinstance(given, str) else context.aws_request_id


def compose(settings: Settings, bedrock: Bedrock, observability: Observability) -> Handler:
    """Put together the function that the settings say: the watch, or the listing with or without timelines.

    What the settings do not ask for is not even imported: the start of each function is its own.
    """
    parts: dict[str, Any] = {}
    if settings.watch_limits or settings.watch_bus:
        from customization_jobs.watch import compose as of_watch  # noqa: PLC0415 - see above

        parts["limit_of"] = of_watch.limits(settings).of_summary
        if settings.watch_bus:
            parts["watch"] = of_watch.watching(settings, bedrock, observability)
    if settings.watch_table:
        from customization_jobs.watch.stored_timelines import StoredTimelines  # noqa: PLC0415 - see above

        parts["timelines"] = StoredTimelines(settings)
    return make_handler(settings, bedrock, observability, **parts)
