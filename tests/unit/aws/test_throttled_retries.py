from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from customization_jobs.aws.bedrock import Bedrock
from customization_jobs.aws.throttled_retries import ThrottledRetries
from customization_jobs.errors import InternalServerException, ThrottlingException
from tests.unit.conftest import Wire

GOOD = b'{"modelCustomizationJobSummaries": []}'


def throttle(wire: Wire, times: int = 1) -> None:
    for _ in range(times):
        wire.answer(b'{"message": "Rate exceeded"}', 429, {"x-amzn-ErrorType": "ThrottlingException"})


def list_throttled(bedrock: Bedrock) -> None:
    with pytest.raises(ThrottlingException):
        bedrock.list_page({})


def test_a_throttled_call_is_retried_after_a_success(bedrock: Bedrock, wire: Wire) -> None:
    for _ in range(2):
        throttle(wire)
        wire.answer(GOOD)
        wire.answer(GOOD)
    for _ in range(4):
        assert bedrock.list_page({}).jobs == []
    assert len(wire.requests) == 6


def test_lasting_throttling_is_not_retried_until_a_call_succeeds(bedrock: Bedrock, wire: Wire) -> None:
    throttle(wire, 4)
    wire.answer(GOOD)
    throttle(wire, 1)
    wire.answer(GOOD)
    # The first call is retried, the next two are not.
    for requests in (2, 3, 4):
        list_throttled(bedrock)
        assert len(wire.requests) == requests
    bedrock.list_page({})
    bedrock.list_page({})
    assert len(wire.requests) == 7


def test_other_failures_are_retried_after_throttling(bedrock: Bedrock, wire: Wire) -> None:
    throttle(wire, 2)
    list_throttled(bedrock)
    wire.answers.clear()
    wire.answer(b'{"message": "x"}', 500, {"x-amzn-ErrorType": "InternalServerException"})
    with pytest.raises(InternalServerException):
        bedrock.list_page({})
    assert len(wire.requests) == 4


def test_a_lost_connection_is_retried_after_throttling(bedrock: Bedrock, wire: Wire) -> None:
    throttle(wire, 2)
    list_throttled(bedrock)
    wire.answers.clear()
    wire.fail(EndpointConnectionError(endpoint_url="https://bedrock"))
    wire.answer(GOOD)
    assert bedrock.list_page({}).jobs == []


def test_throttling_of_long_ago_forbids_no_retry() -> None:
    now = [1000.0]
    retries = ThrottledRetries(lambda: now[0])
    throttled: tuple[Any, Any] = (SimpleNamespace(status_code=429), {})
    assert retries.decide(throttled) is None
    now[0] += 9.9
    assert retries.decide(throttled) is False
    now[0] += 10
    assert retries.decide(throttled) is None
    # A clock that was set back.
    now[0] -= 60
    assert retries.decide(throttled) is None
