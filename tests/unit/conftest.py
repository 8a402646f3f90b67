"""Fixtures of the unit tests, which open no sockets."""

import itertools
import json
import logging
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

# It creates a UDP socket when it is imported, so it must be imported before sockets are disabled.
import aws_xray_sdk.core  # type: ignore[import-untyped]  # noqa: F401
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from moto import mock_aws
from pytest_socket import disable_socket, enable_socket

from customization_jobs.aws.bedrock import Bedrock
from customization_jobs.aws.clients import create_client
from customization_jobs.dispatch import Handler
from customization_jobs.errors import CustomizationJobsError
from customization_jobs.jobs import EVENT_SOURCE
from customization_jobs.listing.query import QueryContract
from customization_jobs.observability import Observability
from customization_jobs.settings import Settings
from customization_jobs.watch.watch import Watch
from customization_jobs.wiring.functions import create_handler
from local.embedded_aws.watch_resources import FLEET_TABLE_DEFINITION, TABLE_DEFINITION
from tests.fakes import FakeContext, job
from tests.unit.aws.moto_clients import SETTINGS, moto_client
from tests.unit.watch.harness import WatchHarness

if TYPE_CHECKING:
    from botocore.client import BaseClient

_NUMBERS = itertools.count()


@pytest.fixture(autouse=True)
def _no_sockets() -> Iterator[None]:
    disable_socket()
    yield
    enable_socket()


@pytest.fixture
def settings() -> Settings:
    # Each test has its own logger. Powertools keeps loggers by name, with the stdout of their first test.
    return Settings(region="us-east-1", service_name=f"customization-jobs-{next(_NUMBERS)}")


@pytest.fixture(scope="session")
def client() -> "BaseClient":
    return create_client(Settings(region="us-east-1"), "bedrock")


@pytest.fixture
def bedrock(client: "BaseClient") -> Bedrock:
    return Bedrock(client)


@pytest.fixture(scope="session")
def contract(client: "BaseClient") -> QueryContract:
    return QueryContract(Bedrock(client).operation)


class _Stdout:
    """The current `sys.stdout`, which pytest replaces between the setup of fixtures and the test."""

    def write(self, text: str) -> int:
        return sys.stdout.write(text)

    def flush(self) -> None:
        sys.stdout.flush()


@pytest.fixture
def observability(settings: Settings) -> Observability:
    observability = Observability.from_settings(settings)
    for handler in logging.getLogger(settings.service_name).handlers:
        assert isinstance(handler, logging.StreamHandler)
        handler.setStream(_Stdout())
    return observability


class Wire:
    """Replaces HTTP below botocore's client: records requests and returns prepared answers."""

    def __init__(self) -> None:
        self.requests: list[Any] = []
        self.answers: list[AWSResponse | Exception] = []

    def answer(self, body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        headers = {"Content-Type": "application/json", "x-amzn-RequestId": "request-1", **(headers or {})}
        self.answers.append(
            AWSResponse("https://bedrock", status, HTTPHeaders.from_dict(headers), _Raw(body))
        )

    def fail(self, error: Exception) -> None:
        self.answers.append(error)

    # Any, because botocore's stubs have event handlers return nothing, but this event accepts an answer.
    def send(self, request: Any, **_: Any) -> Any:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


class _Raw:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self) -> Iterator[bytes]:
        yield self._body


@pytest.fixture
def wire(client: "BaseClient", monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    wire = Wire()
    client.meta.events.register("before-send", wire.send)
    # No pauses between botocore's retries.
    monkeypatch.setattr("time.sleep", lambda _: None)
    yield wire
    client.meta.events.unregister("before-send", wire.send)


Lines = list[dict[str, Any]]


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Callable[[], tuple[Lines, Lines]]:
    """Return a function that reads the metric lines and the log lines written since its last call."""

    def read() -> tuple[Lines, Lines]:
        written = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        return [each for each in written if "_aws" in each], [each for each in written if "_aws" not in each]

    return read


def metric_values(metrics: Lines, dimension: str) -> dict[tuple[str, ...], float]:
    """Return the value of each metric by its name and, if it has the dimension, the dimension's value."""
    return {
        (metric["Name"], *((line[dimension],) if dimension in line else ())): line[metric["Name"]][0]
        for line in metrics
        for metric in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]
    }


@pytest.fixture
def _moto() -> Iterator[None]:
    with mock_aws():
        yield


@pytest.fixture
def dynamodb(_moto: None) -> Any:
    """Create the watch's table and return a client for it."""
    moto_client("dynamodb").create_table(TableName="jobs", **TABLE_DEFINITION)
    return create_client(SETTINGS, "dynamodb")


@pytest.fixture
def fleet_dynamodb(_moto: None) -> Any:
    """Create the watch's table with the index of a fleet, and return a client for it."""
    moto_client("dynamodb").create_table(TableName="jobs", **FLEET_TABLE_DEFINITION)
    return create_client(SETTINGS, "dynamodb")


@pytest.fixture
def queue(_moto: None) -> str:
    """Create the watch's bus, with a rule that sends all its events to a queue. Return the queue's URL."""
    url: str = moto_client("sqs").create_queue(QueueName="received")["QueueUrl"]
    events = moto_client("events")
    events.create_event_bus(Name="watch")
    pattern = json.dumps({"source": [EVENT_SOURCE]})
    events.put_rule(Name="all", EventBusName="watch", EventPattern=pattern)
    arn = "arn:aws:sqs:us-east-1:123456789012:received"
    events.put_targets(Rule="all", EventBusName="watch", Targets=[{"Id": "1", "Arn": arn}])
    return url


@pytest.fixture
def topics(_moto: None) -> tuple[str, str, str]:
    """Create topics for mails and chat. Return their ARNs, and the URL of a queue that both publish to."""
    sqs, sns = moto_client("sqs"), moto_client("sns")
    url: str = sqs.create_queue(QueueName="published")["QueueUrl"]
    mail, chat = (sns.create_topic(Name=name)["TopicArn"] for name in ("mail", "chat"))
    for topic in (mail, chat):
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:us-east-1:123456789012:published")
    return mail, chat, url


@pytest.fixture
def handler(settings: Settings, bedrock: Bedrock, observability: Observability) -> Handler:
    return create_handler(settings, bedrock, observability)


@pytest.fixture
def watch() -> Watch:
    return WatchHarness().watch()


Invoke = Callable[..., tuple[Any, Lines]]


@pytest.fixture
def invoke(
    settings: Settings,
    bedrock: Bedrock,
    observability: Observability,
    watch: Watch,
    wire: Wire,
    lines: Callable[[], tuple[Lines, Lines]],
) -> Invoke:
    """Invoke a function that answers every kind of caller; return its answer or error, and its log lines."""
    handler = create_handler(settings, bedrock, observability, watch=watch)
    wire.answer(json.dumps({"modelCustomizationJobSummaries": [job(1)]}).encode())

    def send(event: Any, **context: Any) -> tuple[Any, Lines]:
        try:
            answer = handler(event, cast("Any", FakeContext(**context)))
        except CustomizationJobsError as error:
            answer = error
        return answer, lines()[1]

    return send
