import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from local.gateway.http_messages import Request
from local.gateway.rest_api import gateway_error, http_response, proxy_event

TRACE = "Root=1-0-0"


def _request(target: str, method: str = "GET", body: bytes = b"", headers: Any = ()) -> Request:
    return Request(
        method, target, [("Host", "127.0.0.1:8080"), ("User-Agent", "test"), *headers], body, "127.0.0.1"
    )


def test_the_event_has_the_fields_of_a_real_event(event: Callable[[str], Any]) -> None:
    real = event("api-gateway-rest")
    built = proxy_event(_request("/model-customization-jobs?maxResults=3"), TRACE)
    assert set(built) == set(real)
    assert set(real["requestContext"]) <= set(built["requestContext"])


def test_without_a_query_the_maps_are_null() -> None:
    event = proxy_event(_request("/model-customization-jobs"), TRACE)
    assert event["queryStringParameters"] is None
    assert event["multiValueQueryStringParameters"] is None
    assert event["body"] is None
    assert event["stageVariables"] is None


def test_every_value_of_a_repeated_parameter_is_kept() -> None:
    event = proxy_event(_request("/jobs?a=1&a=2%2B3&empty="), TRACE)
    assert event["multiValueQueryStringParameters"] == {"a": ["1", "2+3"], "empty": [""]}
    assert event["queryStringParameters"] == {"a": "2+3", "empty": ""}


def test_the_event_has_path_stage_and_headers() -> None:
    event = proxy_event(_request("/a%20b", headers=[("Accept", "x"), ("Accept", "y")]), TRACE)
    assert (event["path"], event["pathParameters"]) == ("/a b", {"proxy": "a b"})
    assert event["requestContext"]["path"] == "/a b", "without the stage, like behind a custom domain"
    assert event["requestContext"]["identity"]["userAgent"] == "test"
    assert event["multiValueHeaders"]["Accept"] == ["x", "y"]
    assert event["headers"]["X-Forwarded-Port"] == "8080"
    assert event["headers"]["X-Amzn-Trace-Id"] == TRACE


@pytest.mark.parametrize(
    ("sent", "body", "encoded"), [(b"{}", "{}", False), (b"\xff", base64.b64encode(b"\xff").decode(), True)]
)
def test_a_body_is_text_or_base64(sent: bytes, body: str, encoded: bool) -> None:  # noqa: FBT001 - a parameter
    event = proxy_event(_request("/", "POST", sent), TRACE)
    assert (event["body"], event["isBase64Encoded"], event["resource"]) == (body, encoded, "/")


EVENT = proxy_event(_request("/"), TRACE)


def _response(answer: Any) -> tuple[int, list[tuple[str, str]], bytes]:
    response = http_response(json.dumps(answer).encode(), EVENT)
    added = ("x-amzn-RequestId", "x-amz-apigw-id", "X-Amzn-Trace-Id")
    return response.status, [pair for pair in response.headers if pair[0] not in added], response.body


def test_an_answer_becomes_an_http_response() -> None:
    answer = {
        "statusCode": 429,
        "headers": {"Retry-After": 2, "Content-Length": "9", "A": "1", "B": "3"},
        "multiValueHeaders": {"Content-Type": ["text/plain"], "A": ["1", "2"]},
        "body": "né",
        "isBase64Encoded": False,
    }
    status, headers, body = _response(answer)
    assert (status, body) == (429, "né".encode())
    assert sorted(headers) == [
        ("A", "1"),
        ("A", "2"),
        ("B", "3"),
        ("Content-Type", "text/plain"),
        ("Retry-After", "2"),
    ]


def test_a_path_that_resembles_a_host_is_a_path() -> None:
    event = proxy_event(_request("//[bad/x?a=/?b"), TRACE)
    assert event["path"] == "//[bad/x"
    assert event["queryStringParameters"] == {"a": "/?b"}


def test_a_base64_answer_is_decoded() -> None:
    _, headers, body = _response({"statusCode": "200", "body": "AAE=", "isBase64Encoded": True})
    assert (headers, body) == ([("Content-Type", "application/json")], b"\0\1")


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        "text",
        {},
        {"statusCode": "ok"},
        {"statusCode": 100},
        {"statusCode": 600},
        {"statusCode": 200, "body": {}},
        {"statusCode": 200, "headers": []},
        {"statusCode": 200, "headers": {"a": {}}},
        {"statusCode": 200, "headers": {"a": "b\r\nContent-Length: 0"}},
        {"statusCode": 200, "headers": {"a": "b\n"}},
        {"statusCode": 200, "headers": {"a": "\u20ac"}},
        {"statusCode": 200, "headers": {"a: b\r\nc": "d"}},
        {"statusCode": 200, "multiValueHeaders": {"": ["a"]}},
        {"statusCode": 200, "body": "=", "isBase64Encoded": True},
        {"statusCode": 200, "unknown": 1},
    ],
)
def test_a_malformed_answer_is_a_502(answer: Any) -> None:
    status, headers, body = _response(answer)
    assert status == 502
    assert ("x-amzn-ErrorType", "InternalServerErrorException") in headers
    assert json.loads(body) == {"message": "Internal server error"}


def test_an_error_of_the_gateway_has_the_request_id() -> None:
    headers = dict(gateway_error(504, "Endpoint request timed out", EVENT).headers)
    assert headers["x-amzn-RequestId"] == EVENT["requestContext"]["requestId"]
