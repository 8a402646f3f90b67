"""Lists over HTTP from the cache, which is off by default."""

import json
from collections.abc import Callable
from typing import Any, cast

import pytest

from customization_jobs.aws.bedrock import Bedrock
from customization_jobs.dispatch import Handler
from customization_jobs.observability import Observability
from customization_jobs.settings import Settings
from customization_jobs.wiring.functions import create_handler
from tests.fakes import FakeContext, job
from tests.unit.conftest import Wire

BODY = json.dumps({"modelCustomizationJobSummaries": [job(1)], "nextToken": "next"}).encode()
Get = Callable[..., dict[str, Any]]


@pytest.fixture
def handler(settings: Settings, bedrock: Bedrock, observability: Observability, wire: Wire) -> Handler:
    wire.answer(BODY)
    # Longer than any test takes.
    return create_handler(settings._replace(list_cache_seconds=3600), bedrock, observability)


@pytest.fixture
def get(handler: Handler, event: Callable[[str], Any]) -> Get:
    def send(headers: dict[str, list[str]] | None = None, **query: str) -> dict[str, Any]:
        request = event("api-gateway-rest")
        request["queryStringParameters"] = query or None
        request["multiValueQueryStringParameters"] = {name: [value] for name, value in query.items()} or None
        request["multiValueHeaders"] = headers or {}
        answer: dict[str, Any] = handler(request, cast("Any", FakeContext()))
        return answer

    return send


def test_the_same_list_is_answered_with_its_age_and_the_same_bytes(get: Get, wire: Wire) -> None:
    first, second = get(maxResults="5"), get(maxResults="5")
    assert len(wire.requests) == 1
    assert "Age" not in first["headers"]
    assert int(second["headers"].pop("Age")) in range(60)
    assert second == first
    get(maxResults="6")
    get(maxResults="5", nextToken="next")
    assert len(wire.requests) == 3


def test_an_unchanged_answer_from_the_cache_has_an_age(get: Get, wire: Wire) -> None:
    etag = get()["headers"]["ETag"]
    answer = get({"If-None-Match": [etag]})
    assert (answer["statusCode"], answer["body"], answer["headers"]["ETag"]) == (304, "", etag)
    assert "Age" in answer["headers"]
    assert len(wire.requests) == 1


def test_forms_and_fields_share_a_cached_page(get: Get, wire: Wire) -> None:
    get()
    assert get({"Accept": ["text/csv"]})["body"].count("\r\n") == 2
    selected = get(fields="jobName")
    assert json.loads(selected["body"])["modelCustomizationJobSummaries"] == [{"jobName": job(1)["jobName"]}]
    assert get()["body"].encode() == BODY
    assert len(wire.requests) == 1


def test_a_throttled_request_is_not_answered_from_the_cache(get: Get, wire: Wire) -> None:
    wire.answers.clear()
    wire.answer(b'{"message": "Rate exceeded"}', 429, {"x-amzn-ErrorType": "ThrottlingException"})
    assert get()["statusCode"] == 429
    assert get()["statusCode"] == 429
    wire.answers.clear()
    wire.answer(BODY)
    assert get()["statusCode"] == 200


def test_searches_are_not_cached(get: Get, wire: Wire) -> None:
    wire.answers.clear()
    wire.answer(json.dumps({"modelCustomizationJobSummaries": [job(1)]}).encode())
    for _ in range(2):
        before = len(wire.requests)
        answer = get(**{"where.baseModel": "nova"})
        assert answer["statusCode"] == 200
        assert "Age" not in answer["headers"]
        assert len(wire.requests) > before


def test_workflows_are_not_answered_from_the_cache(get: Get, handler: Handler, wire: Wire) -> None:
    get(sortBy="CreationTime", sortOrder="Descending", maxResults="5")
    before = len(wire.requests)
    handler({"maxResults": 5}, cast("Any", FakeContext()))
    assert len(wire.requests) == before + 1


def test_without_the_setting_each_request_calls_bedrock(
    settings: Settings,
    bedrock: Bedrock,
    observability: Observability,
    event: Callable[[str], Any],
    wire: Wire,
) -> None:
    wire.answer(BODY)
    handler = create_handler(settings, bedrock, observability)
    request = event("api-gateway-rest")
    answers = [handler(request, cast("Any", FakeContext())) for _ in range(3)]
    assert len(wire.requests) == 3
    assert "Age" not in answers[0]["headers"]
    assert answers == answers[:1] * 3
