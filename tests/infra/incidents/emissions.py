"""The metrics that the real function emits under a fault: calls its handler, and reads what it writes."""

import io
import json
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch
from urllib.parse import quote

from customization_jobs.aws.bedrock import Bedrock, Page
from customization_jobs.aws.clients import create_client
from customization_jobs.aws.topic import Topic, TopicError
from customization_jobs.errors import CustomizationJobsError, WatchUnavailableException
from customization_jobs.observability import Observability
from customization_jobs.settings import Settings
from customization_jobs.waits.parts import Waits
from customization_jobs.wiring.functions import create_handler
from tests.fakes import FakeContext, job
from tests.infra.incidents.cloudwatch import MetricId, metric_id
from tests.unit.conftest import Wire
from tests.unit.waits.harness import WaitsHarness
from tests.unit.watch.faults import FaultInjector, Result
from tests.unit.watch.harness import HOUR, WatchHarness

_EVENTS = Path(__file__).parents[2] / "events"
_TIMELINE = f"/model-customization-jobs/{quote(job(1)['jobArn'], safe='')}/timeline"
# No retries: botocore would wait before each one.
_SETTINGS = Settings(region="us-east-1", log_level="CRITICAL", max_attempts=1)


class Call(Enum):
    """The callers of the incidents; the value is the name of a real event."""

    SWEEP = "scheduler-with-input"
    STATE_CHANGE = "bedrock-state-change"
    REQUEST = "api-gateway-rest"
    TIMELINE_REQUEST = "api-gateway-rest timeline"
    WAIT = "step-functions-wait"
    MISTAKEN_WAIT = "step-functions-wait mistaken"
    WIDGET = "custom-widget"
    NOTIFICATIONS = "watch-event"

    @property
    def is_watch(self) -> bool:
        """Whether the watch function answers it."""
        return self in (Call.SWEEP, Call.STATE_CHANGE, Call.WAIT, Call.MISTAKEN_WAIT)

    @property
    def is_notification(self) -> bool:
        """Whether the notification function answers it."""
        return self is Call.NOTIFICATIONS

    @property
    def event(self) -> Any:
        """The event that the function gets."""
        name, _, variant = self.value.partition(" ")
        event = json.loads((_EVENTS / f"{name}.json").read_text())
        if variant == "timeline":
            return {
                **event,
                "path": _TIMELINE,
                "queryStringParameters": None,
                "multiValueQueryStringParameters": None,
            }
        return {"wait": {**event["wait"], "querry": {}}} if variant == "mistaken" else event


@dataclass(frozen=True, slots=True)
class Fault:
    """What is broken around the code, or in it.

    Attributes
    ----------
    bedrock : tuple or None
        Status and error name of Bedrock's answers.
    down : frozenset of str
        Calls of the watch that fail: `get`, `get_many`, `put`, `baseline` (the table), `publish` (the bus);
        and `notify` (the notification topic).
    bug : bool
        Whether the code raises an unforeseen exception.
    remaining : timedelta
        Time until the function's timeout.
    """

    bedrock: tuple[int, str] | None = None
    down: frozenset[str] = frozenset()
    bug: bool = False
    remaining: timedelta = timedelta(minutes=5)


HEALTHY = Fault()
THROTTLED = Fault(bedrock=(429, "ThrottlingException"))
DENIED = Fault(bedrock=(403, "AccessDeniedException"))
TABLE_DOWN = Fault(down=frozenset({"get", "get_many", "put", "baseline"}))
BUS_DOWN = Fault(down=frozenset({"publish"}))
TOPIC_DOWN = Fault(down=frozenset({"notify"}))
BUG = Fault(bug=True)
OUT_OF_TIME = Fault(remaining=timedelta(seconds=1))


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one invocation.

    Attributes
    ----------
    emitted : tuple
        Metrics and values of the metric lines.
    raised : str or None
        Name of the exception that is raised to Lambda.
    status : int or None
        Status of an HTTP answer.
    minutes : int
        How long it paused.
    """

    emitted: tuple[tuple[MetricId, float], ...] = ()
    raised: str | None = None
    status: int | None = None
    minutes: int = 0


@cache
def invoke(call: Call, fault: Fault, *, function: str, version: str) -> Outcome:
    """Let the real handler answer an event under a fault, as the named version of the named function."""
    written = io.StringIO()
    raised, answer = None, None
    pauses: list[float] = []
    with redirect_stdout(written), patch("time.sleep", pauses.append):
        handler = _handler(call, fault)
        context = FakeContext(fault.remaining, function_name=function, function_version=version)
        try:
            answer = handler(call.event, cast("Any", context))
        except CustomizationJobsError as error:
            raised = type(error).__name__
    emitted = tuple(_metrics(written.getvalue()))
    status = answer.get("statusCode") if isinstance(answer, dict) else None
    return Outcome(emitted, raised, status, int(sum(pauses)) // 60)


@dataclass
class _Outage(FaultInjector):
    """Fails every call with one of the given names."""

    down: frozenset[str] = field(default_factory=frozenset)

    def call(self, name: str, effect: Callable[[], Result]) -> Result:
        if name in self.down:
            raise WatchUnavailableException("down")
        return effect()


class _BrokenBedrock(Bedrock):
    """Code with a bug in the module that every listing passes."""

    def list_page(self, parameters: Any) -> Page:  # noqa: ARG002 - the interface
        raise RuntimeError("bug")


class _UnavailableTimelines:
    def get(self, job_arn: str) -> Any:
        raise WatchUnavailableException(f"no timeline of {job_arn}")


def _handler(call: Call, fault: Fault) -> Callable[[Any, Any], Any]:
    if call.is_notification:
        return _notification_handler(fault)
    harness = _watched_jobs()
    client, wire = _bedrock_client()
    jobs = list(harness.jobs.values())
    wire.answers = []
    if fault.bedrock:
        status, error = fault.bedrock
        wire.answer(b'{"message": "no"}', status, {"x-amzn-ErrorType": error})
    else:
        wire.answer(json.dumps({"modelCustomizationJobSummaries": jobs}).encode())
    settings = _SETTINGS._replace(watch_bus="bus" if call.is_watch else None)
    bedrock = (_BrokenBedrock if fault.bug else Bedrock)(client)
    return create_handler(
        settings,
        bedrock,
        Observability.from_settings(settings),
        timelines=_UnavailableTimelines() if fault.down else None,
        watch=harness.watch(_Outage(down=fault.down)) if call.is_watch else None,
        waits=_waits(harness, bedrock, fault) if call.is_watch else None,
    )


def _waits(harness: WatchHarness, bedrock: Bedrock, fault: Fault) -> Waits:
    """Return the waits of a harness without waiters, whose table fails as the watch's does."""
    waits = WaitsHarness(harness, bedrock=cast("Any", bedrock))
    return cast("Waits", waits.parts(_Outage(down=fault.down)))


def _notification_handler(fault: Fault) -> Callable[[Any, Any], Any]:
    bedrock, _ = _bedrock_client()
    settings = _SETTINGS._replace(notification_topic="topic")

    def publish(*_: Any, **__: Any) -> None:
        if fault.bug:
            raise RuntimeError("bug")
        if fault.down:
            raise TopicError("down")

    def handler(event: Any, context: Any) -> Any:
        with patch.object(Topic, "publish", publish):
            return created(event, context)

    created = create_handler(settings, Bedrock(bedrock), Observability.from_settings(settings))
    return handler


def _watched_jobs() -> WatchHarness:
    """Return jobs that the watch knows, of which one has ended since then without an event."""
    harness = WatchHarness()
    arn = harness.create(1)
    harness.sweep()
    harness.now += HOUR
    harness.change(arn, "Completed")
    return harness


@cache
def _bedrock_client() -> tuple[Any, Wire]:
    client, wire = create_client(_SETTINGS, "bedrock"), Wire()
    client.meta.events.register("before-send", wire.send)
    return client, wire


def _metrics(written: str) -> Iterator[tuple[MetricId, float]]:
    for line in map(json.loads, written.splitlines()):
        for directive in line.get("_aws", {}).get("CloudWatchMetrics", ()):
            for names in directive["Dimensions"]:
                dimensions = {name: line[name] for name in names}
                for metric in directive["Metrics"]:
                    values = line[metric["Name"]]
                    value = sum(values) if isinstance(values, list) else values
                    yield metric_id(directive["Namespace"], metric["Name"], dimensions), value
