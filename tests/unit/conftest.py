"""Unit tests open no socket and read no settings of the person who runs them."""

import itertools
import logging
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

# It makes its UDP socket at import: before sockets are refused.
import aws_xray_sdk.core  # type: ignore[import-untyped]  # noqa: F401
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from pytest_socket import disable_socket, enable_socket

from customization_jobs.bedrock import Bedrock, make_client
from customization_jobs.composition import Handler, make_handler
from customization_jobs.observability import Observability
from customization_jobs.query import QueryContract
from customization_jobs.settings import Settings

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
    # A logger of its own for each test: Powertools keeps one by name, with the stdout of its first test.
    return Settings(region="us-east-1", service_name=f"customization-jobs-{next(_NUMBERS)}")


@pytest.fixture(scope="session")
def client() -> "BaseClient":
    return make_client(Settings(region="us-east-1"))


@pytest.fixture
def bedrock(client: "BaseClient") -> Bedrock:
    return Bedrock(client)


@pytest.fixture(scope="session")
def contract(client: "BaseClient") -> QueryContract:
    return QueryContract(Bedrock(client).operation)


class _Stdout:
    """Today's `sys.stdout`: pytest has another one while fixtures are set up."""

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
    """Stands where HTTP begins: takes requests off botocore's client and puts answers in."""

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

    # Any, because botocore's stubs say that an event's handler returns nothing; this event takes an answer.
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
    # botocore waits between its retries: not in a test.
    monkeypatch.setattr("time.sleep", lambda _: None)
    yield wire
    client.meta.events.unregister("before-send", wire.send)


@pytest.fixture
def handler(settings: Settings, bedrock: Bedrock, observability: Observability) -> Handler:
    return make_handler(settings, bedrock, observability)
