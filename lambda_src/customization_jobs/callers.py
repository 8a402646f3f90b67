"""The kinds of caller, recognized by their events alone."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, Any

from customization_jobs.errors import UnknownEventException, encodable
from customization_jobs.jobs import EVENT_SOURCE, MODEL_CUSTOMIZATION

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

_SCHEDULERS = ("aws.scheduler", "aws.events")
# Top-level names of other AWS events. A payload with one of them is such an event, not a misspelled query.
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
        "methodArn",
        "rawPath",
        "requestContext",
        "routeArn",
        "source",
        "widgetContext",
    }
)
_MAX_NAMES = 10
_MAX_ID_LENGTH = 300


class Caller(StrEnum):
    """The kinds of caller, as logs and traces name them."""

    REST_API = "rest-api"
    HTTP_API = "http-api"
    SCHEDULE = "schedule"
    WORKFLOW = "workflow"
    WAIT = "wait"
    WIDGET = "widget"
    STATE_CHANGE = "state-change"
    NOTIFICATIONS = "notifications"
    EXPORT = "export"
    SELF_CHECK = "self-check"
    FLEET_SWEEP = "fleet-sweep"


def _is_widget(event: Mapping[str, Any]) -> bool:
    return isinstance(event.get("widgetContext"), Mapping) or event.get("describe") is True


def _is_http_api(event: Mapping[str, Any]) -> bool:
    context = event.get("requestContext")
    # An authorizer's event has the same fields, and routeArn as well.
    is_request = isinstance(context, Mapping) and "http" in context and "routeArn" not in event
    return event.get("version") == "2.0" and is_request


def _is_rest_api(event: Mapping[str, Any]) -> bool:
    context = event.get("requestContext")
    # Events of load balancers and of API Gateway's authorizers have httpMethod and requestContext too.
    is_other = (isinstance(context, Mapping) and "elb" in context) or "methodArn" in event
    return "httpMethod" in event and isinstance(context, Mapping) and not is_other


def _is_schedule(event: Mapping[str, Any]) -> bool:
    rule = event.get("source") in _SCHEDULERS and event.get("detail-type") == "Scheduled Event"
    return rule or isinstance(event.get("schedule"), Mapping)


def _is_state_change(event: Mapping[str, Any]) -> bool:
    return (
        event.get("source") == "aws.bedrock" and event.get("detail-type") == MODEL_CUSTOMIZATION.state_change
    )


def _is_notifications(event: Mapping[str, Any]) -> bool:
    records = event.get("Records")
    is_queue = isinstance(records, list) and all(
        isinstance(each, Mapping) and each.get("eventSource") == "aws:sqs" for each in records
    )
    return (is_queue and bool(records)) or event.get("source") == EVENT_SOURCE


def _is_export(event: Mapping[str, Any]) -> bool:
    return event.keys() == {"export"} and isinstance(event["export"], Mapping)


def _is_self_check(event: Mapping[str, Any]) -> bool:
    return event == {"selfCheck": {}}


def _is_fleet_sweep(event: Mapping[str, Any]) -> bool:
    return event.keys() == {"fleetSweep"} and isinstance(event["fleetSweep"], Mapping)


def _is_wait(event: Mapping[str, Any]) -> bool:
    return "wait" in event and _is_workflow(event)


def _is_workflow(event: Mapping[str, Any]) -> bool:
    return not _OTHER_EVENTS.intersection(event)


# Order matters: a widget's parameters can have any name, and a workflow is recognized by having none of the
# other events' names.
_RECOGNIZERS: Mapping[Caller, Callable[[Mapping[str, Any]], bool]] = {
    Caller.WIDGET: _is_widget,
    Caller.HTTP_API: _is_http_api,
    Caller.REST_API: _is_rest_api,
    Caller.SCHEDULE: _is_schedule,
    Caller.STATE_CHANGE: _is_state_change,
    Caller.NOTIFICATIONS: _is_notifications,
    Caller.EXPORT: _is_export,
    Caller.SELF_CHECK: _is_self_check,
    Caller.FLEET_SWEEP: _is_fleet_sweep,
    Caller.WAIT: _is_wait,
    Caller.WORKFLOW: _is_workflow,
}


def _request_id(event: Mapping[str, Any]) -> Any:
    return event["requestContext"].get("requestId")


def _tick_id(event: Mapping[str, Any]) -> Any:
    tick = event.get("schedule")
    return tick.get("executionId") if isinstance(tick, Mapping) else event.get("id")


def _event_id(event: Mapping[str, Any]) -> Any:
    return event.get("id")


def _export_id(event: Mapping[str, Any]) -> Any:
    return event["export"].get("snapshot") if "export" in event else event.get("id")


# Functions that read the id from the events of callers that send one. The id may be absent or of any type.
_IDS: Mapping[Caller, Callable[[Mapping[str, Any]], Any]] = {
    Caller.REST_API: _request_id,
    Caller.HTTP_API: _request_id,
    Caller.SCHEDULE: _tick_id,
    Caller.FLEET_SWEEP: lambda event: event["fleetSweep"].get("sweep"),
    Caller.STATE_CHANGE: _event_id,
    Caller.NOTIFICATIONS: _event_id,
    Caller.EXPORT: _export_id,
}


def recognize(event: Any, watch_events: Caller = Caller.NOTIFICATIONS) -> Caller:
    """Return the kind of caller that sent an event.

    Parameters
    ----------
    watch_events : Caller
        The caller to which this function attributes the watch's events and a queue's records.

    Raises
    ------
    UnknownEventException
        The event is not supported. The message describes it and lists what is supported.
    """
    if event is None:
        return Caller.WORKFLOW
    if isinstance(event, Mapping):
        for caller, recognizes in _RECOGNIZERS.items():
            if recognizes(event):
                return watch_events if caller is Caller.NOTIFICATIONS else caller
    raise UnknownEventException(
        f"Got {_description(event)}. This function handles API Gateway proxy requests (payload 1.0 and 2.0), "
        'EventBridge schedules (an input with "schedule", or a "Scheduled Event"), Bedrock\'s '
        f'events of detail type "{MODEL_CUSTOMIZATION.state_change}", events of the source '
        f'"{EVENT_SOURCE}" (also in the records of an SQS queue), exports ("export"), '
        'CloudWatch custom widgets ("widgetContext", or {"describe": true}), and the inputs of '
        f"{MODEL_CUSTOMIZATION.list_operation} as a JSON object from Step Functions or a direct invocation."
    )


def correlation_id(caller: Caller, event: Any, context: "LambdaContext") -> str:
    """Return the caller's id of the request, tick, event or execution; otherwise Lambda's request id."""
    given: Any = None
    if caller in _IDS:
        given = _IDS[caller](event)
    elif context.client_context is not None:
        custom = context.client_context.custom
        given = custom.get("correlationId") if isinstance(custom, Mapping) else None
    # A direct invocation can send anything. The ARN of an execution has at most some 250 characters.
    return encodable(given[:_MAX_ID_LENGTH]) if isinstance(given, str) else context.aws_request_id


def _description(event: Any) -> str:
    if not isinstance(event, Mapping):
        return f"an event of type {type(event).__name__}"
    names = ", ".join(sorted(name[:40] for name in islice(event, _MAX_NAMES)))
    if len(event) > _MAX_NAMES:
        names += f" and {len(event) - _MAX_NAMES} more"
    records = event.get("Records")
    first = records[0] if isinstance(records, list) and records else event
    origin = {
        name: first[name]
        for name in ("source", "detail-type", "eventSource", "EventSource")
        if isinstance(first, Mapping) and isinstance(first.get(name), str)
    }
    described = "".join(f", {name} {value[:80]!r}" for name, value in origin.items())
    return f"an event with the keys {names}{described}"
