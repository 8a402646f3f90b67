"""Who is it? An event's caller, told by the event alone."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from customization_jobs.errors import UnknownEventException

_SCHEDULERS = ("aws.scheduler", "aws.events")
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
        context = event.get("requestContext")
        if isinstance(context, Mapping):
            if event.get("version") == "2.0" and "http" in context:
                return Caller.HTTP_API
            # A load balancer's event has httpMethod and requestContext too.
            if "httpMethod" in event and "elb" not in context:
                return Caller.REST_API
        if isinstance(event.get("schedule"), Mapping):
            return Caller.SCHEDULE
        if event.get("source") in _SCHEDULERS and event.get("detail-type") == "Scheduled Event":
            return Caller.SCHEDULE
        if not _OTHER_EVENTS.intersection(event):
            return Caller.WORKFLOW
    raise UnknownEventException(
        f"Got {_described(event)}. This function answers API Gateway proxy requests (payload 1.0 and 2.0), "
        'EventBridge schedules (an input with "schedule", or a "Scheduled Event"), and the inputs of '
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
