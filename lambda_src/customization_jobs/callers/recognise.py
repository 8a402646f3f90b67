"""Who is it? An event's caller, told by the event alone."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from customization_jobs.errors import UnknownEventException

_SCHEDULERS = ("aws.scheduler", "aws.events")
_STATE_CHANGE = "Model Customization Job State Change"
# Top-level names of other AWS events. A payload with one of them is no query with a slip of the pen.
_OTHER_EVENTS = frozenset(
    {
        "Records",
        "awslogs",
        "body",
        "detail-type",
        "eventSource",
        "headers",
        "httpMethod",
        "invocationId",
        "rawPath",
        "requestContext",
        "source",
        "widgetContext",
    }
)
_MOST_NAMED = 10


class Caller(StrEnum):
    """The kinds of caller, as logs and traces name them."""

    REST_API = "rest-api"
    HTTP_API = "http-api"
    SCHEDULE = "schedule"
    WORKFLOW = "workflow"
    WIDGET = "widget"
    STATE_CHANGE = "state-change"


def _widget(event: Mapping[str, Any]) -> bool:
    return isinstance(event.get("widgetContext"), Mapping) or event.get("describe") is True


def _http_api(event: Mapping[str, Any]) -> bool:
    context = event.get("requestContext")
    return event.get("version") == "2.0" and isinstance(context, Mapping) and "http" in context


def _rest_api(event: Mapping[str, Any]) -> bool:
    context = event.get("requestContext")
    # A load balancer's event has httpMethod and requestContext too.
    return "httpMethod" in event and isinstance(context, Mapping) and "elb" not in context


def _schedule(event: Mapping[str, Any]) -> bool:
    rule = event.get("source") in _SCHEDULERS and event.get("detail-type") == "Scheduled Event"
    return rule or isinstance(event.get("schedule"), Mapping)


def _state_change(event: Mapping[str, Any]) -> bool:
    return event.get("source") == "aws.bedrock" and event.get("detail-type") == _STATE_CHANGE


def _workflow(event: Mapping[str, Any]) -> bool:
    return not _OTHER_EVENTS.intersection(event)


# In this order: a widget's parameters stand beside its context under any name, a workflow is what is left.
_MARKS: Mapping[Caller, Callable[[Mapping[str, Any]], bool]] = {
    Caller.WIDGET: _widget,
    Caller.HTTP_API: _http_api,
    Caller.REST_API: _rest_api,
    Caller.SCHEDULE: _schedule,
    Caller.STATE_CHANGE: _state_change,
    Caller.WORKFLOW: _workflow,
}


def recognise(event: Any) -> Caller:
    """Tell who called.

    Raises
    ------
    UnknownEventException
        The event is of no known kind; says what it is and what would have been one.
    """
    if event is None:
        return Caller.WORKFLOW
    if isinstance(event, Mapping):
        for caller, called in _MARKS.items():
            if called(event):
                return caller
    raise UnknownEventException(
        f"Got {_described(event)}. This function answers API Gateway proxy requests (payload 1.0 and 2.0), "
        'EventBridge schedules (an input with "schedule", or a "Scheduled Event"), Bedrock\'s '
        'events of detail type "Model Customization Job State Change", CloudWatch custom widgets '
        '("widgetContext", or {"describe": true}), and the inputs of '
        "ListModelCustomizationJobs as a JSON object from Step Functions or a direct invoke."
    )


def _described(event: Any) -> str:
    if not isinstance(event, Mapping):
        return f"an event of type {type(event).__name__}"
    names = ", ".join(sorted(str(name)[:40] for name in event)[:_MOST_NAMED])
    records = event.get("Records")
    first = records[0] if isinstance(records, list) and records else event
    origin = {
        name: first[name]
        for name in ("source", "detail-type", "eventSource", "EventSource")
        if isinstance(first, Mapping) and isinstance(first.get(name), str)
    }
    said = "".join(f", {name} {value[:80]!r}" for name, value in origin.items())
    return f"an event with the keys {names}{said}"
