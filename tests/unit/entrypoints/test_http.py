import json
import re
from collections.abc import Callable
from typing import Any, cast

import pytest

from customization_jobs.dispatch import Handler
from customization_jobs.entrypoints.documents import MODEL_FILE
from tests.fakes import FakeContext, job
from tests.unit.conftest import Lines, Wire

EMPTY = b'{"modelCustomizationJobSummaries": []}'


Get = Callable[..., tuple[int, dict[str, Any], dict[str, str]]]


def test_a_list_is_answered_with_bedrocks_page(get: Get, wire: Wire) -> None:
    sent = {"modelCustomizationJobSummaries": [job(1, jobName="Größe", unknown=1)], "nextToken": "t"}
    wire.answer(json.dumps(sent).encode())
    status, body, headers = get(None)
    assert (status, body) == (200, sent)
    assert re.fullmatch('"[0-9a-f]{32}"', headers.pop("ETag"))
    assert headers == {"Content-Type": "application/json", "Vary": "Accept"}


def test_bedrocks_body_is_returned_byte_for_byte(
    handler: Handler, wire: Wire, event: Callable[[str], Any]
) -> None:
    sent = '{ "modelCustomizationJobSummaries" : [ ],"more":1.50, "emoji": "\\u00f6 ö" }'
    wire.answer(sent.encode())
    assert handler(event("api-gateway-rest"), cast("Any", FakeContext()))["body"] == sent


def test_the_number_of_jobs_is_logged(get: Get, wire: Wire, lines: Callable[[], tuple[Lines, Lines]]) -> None:
    wire.answer(json.dumps({"modelCustomizationJobSummaries": [job(1), job(2)]}).encode())
    get(None)
    _, logged = lines()
    assert (logged[-1]["jobs"], logged[-1]["http_status"]) == (2, 200)


def test_one_request_makes_one_call_with_the_same_query(get: Get, wire: Wire) -> None:
    wire.answer(EMPTY)
    get({"statusEquals": ["Failed"], "maxResults": ["3"], "nextToken": ["t"]})
    assert [request.url.partition("?")[2] for request in wire.requests] == [
        "statusEquals=Failed&maxResults=3&nextToken=t"
    ]


@pytest.mark.parametrize("name", ["api-gateway-rest", "api-gateway-http"])
def test_both_payload_versions_get_the_same_answer(
    handler: Handler, wire: Wire, event: Callable[[str], Any], name: str
) -> None:
    wire.answer(EMPTY)
    answer = handler(event(name), cast("Any", FakeContext()))
    assert (answer["statusCode"], json.loads(answer["body"])) == (200, json.loads(EMPTY))
    assert wire.requests[0].url.endswith("?statusEquals=InProgress&maxResults=5")


def test_an_invalid_query_is_answered_with_all_its_problems(
    handler: Handler, wire: Wire, event: Callable[[str], Any]
) -> None:
    query = {"maxResults": ["0"], "sortOrder": ["a", "b"], "nameContains": ["Größe"]}
    request = {**event("api-gateway-rest"), "multiValueQueryStringParameters": query}
    answer = handler(request, cast("Any", FakeContext()))
    assert answer["statusCode"] == 400
    assert answer["headers"] == {
        "Content-Type": "application/problem+json",
        "x-amzn-ErrorType": "ValidationException",
        "Vary": "Accept",
    }
    pattern = r"1 to 63 characters matching [a-zA-Z0-9](-*[a-zA-Z0-9\+\-\.])*"
    message = (
        "maxResults: got 0, allowed: a whole number from 1 to 1000; "
        f"nameContains: got 'Größe', allowed: {pattern}; sortOrder: got 2 values, allowed: one value"
    )
    problem = {
        "message": message,
        "type": "/live/openapi.json#/components/schemas/ValidationException",
        "title": "ValidationException",
        "status": 400,
        "detail": message,
        "problems": [
            {"parameter": "maxResults", "sent": "0", "allowed": "a whole number from 1 to 1000"},
            {"parameter": "nameContains", "sent": "'Größe'", "allowed": pattern},
            {"parameter": "sortOrder", "sent": "2 values", "allowed": "one value"},
        ],
    }
    # The JSON is compact, and contains other characters than ASCII unescaped.
    assert answer["body"] == json.dumps(problem, separators=(",", ":"), ensure_ascii=False)
    assert wire.requests == [], "Bedrock is not called"


@pytest.mark.parametrize(
    ("status", "code", "has_retry_after"),
    [
        (400, "ValidationException", False),
        (429, "ThrottlingException", True),
        (500, "InternalServerException", False),
    ],
)
def test_errors_of_bedrock_keep_their_name_and_message(
    get: Get, wire: Wire, *, status: int, code: str, has_retry_after: bool
) -> None:
    wire.answer(b'{"message": "because"}', status, {"x-amzn-ErrorType": code})
    actual_status, body, headers = get(None)
    assert (actual_status, body["message"], headers["x-amzn-ErrorType"]) == (status, "because", code)
    assert ("Retry-After" in headers) == has_retry_after
    assert "problems" not in body


def test_callers_that_are_throttled_together_return_at_different_times(get: Get, wire: Wire) -> None:
    wire.answer(b'{"message": "Rate exceeded"}', 429, {"x-amzn-ErrorType": "ThrottlingException"})
    # The probability that one of the five is missing is 0.8 to the power of 200, times five.
    assert {get(None)[2]["Retry-After"] for _ in range(200)} == {"1", "2", "3", "4", "5"}


def test_an_unlisted_error_is_a_bad_gateway(get: Get, wire: Wire) -> None:
    wire.answer(b'{"message": "role text"}', 403, {"x-amzn-ErrorType": "UnrecognizedClientException"})
    status, body, _ = get(None)
    assert (status, body["title"]) == (502, "UnexpectedAnswerException")
    assert "role text" not in body["message"]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS"])
def test_a_message_of_an_agent_is_posted(get: Get, method: str) -> None:
    status, body, headers = get(None, "/mcp", method)
    assert (status, body["title"], headers["Allow"]) == (405, "MethodNotAllowedException", "POST")
    assert body["message"] == f"{method} /mcp is not allowed; allowed: POST."
    assert "Vary" not in headers


@pytest.mark.parametrize(
    ("path", "method", "status", "name"),
    [
        ("/", "GET", 404, "ResourceNotFoundException"),
        ("/model-customization-jobs/abc", "GET", 404, "ResourceNotFoundException"),
        ("/model-customization-jobs", "POST", 405, "MethodNotAllowedException"),
        ("/model-customization-jobs/timeline", "GET", 404, "ResourceNotFoundException"),
        ("/model-customization-jobs//timeline", "GET", 404, "ResourceNotFoundException"),
        ("/model-customization-jobs/a/timeline", "POST", 405, "MethodNotAllowedException"),
        ("/overview", "PUT", 405, "MethodNotAllowedException"),
        ("/openapi.json", "DELETE", 405, "MethodNotAllowedException"),
    ],
)
def test_unknown_paths_and_methods_are_rejected(
    get: Get, path: str, method: str, status: int, name: str
) -> None:
    actual_status, body, headers = get(None, path, method)
    assert (actual_status, body["title"], headers["x-amzn-ErrorType"]) == (status, name, name)
    if status == 404:
        assert body["message"] == (
            f"{path} does not exist; available: /model-customization-jobs, "
            "/model-customization-jobs/{jobIdentifier}/timeline, /overview, /trends, /board, "
            "/openapi.json, /service-2.json, /mcp."
        )
        assert "Allow" not in headers
    else:
        assert body["message"] == f"{method} {path} is not allowed; allowed: GET, HEAD."
        assert headers["Allow"] == "GET, HEAD"


@pytest.mark.parametrize(
    ("method", "message"),
    [("GET", f"/{'x' * 76}... does not exist"), ("B" * 100_000, f"{'B' * 77}... is not allowed")],
)
def test_long_paths_and_methods_are_cut(get: Get, method: str, message: str) -> None:
    path = f"/{'x' * 100_000}" if method == "GET" else "/overview"
    assert get(None, path, method)[1]["message"].startswith(message)


@pytest.mark.parametrize("name", ["api-gateway-rest", "api-gateway-http"])
@pytest.mark.parametrize("path", ["/model-customization-jobs", "/openapi.json", "/none"])
def test_head_is_answered_as_get_without_the_body(
    handler: Handler, wire: Wire, event: Callable[[str], Any], name: str, path: str
) -> None:
    wire.answer(EMPTY)

    def answer(method: str) -> dict[str, Any]:
        request = event(name)
        context = {**request["requestContext"], "http": {"method": method}}
        if name == "api-gateway-rest":
            request |= {"httpMethod": method, "path": path}
        else:
            request |= {"requestContext": context, "rawPath": path}
        answered: dict[str, Any] = handler(request, cast("Any", FakeContext()))
        return answered

    get = answer("GET")
    assert get["body"]
    assert answer("HEAD") == get, "API Gateway leaves out the body and needs its length"


def test_the_openapi_document_is_served(get: Get) -> None:
    status, body, headers = get(None, "/openapi.json")
    assert (status, headers["Content-Type"], body["openapi"]) == (200, "application/json", "3.1.0")
    assert body["servers"] == [{"url": "https://abcdefghij.execute-api.us-east-1.amazonaws.com/live"}]


def test_the_service_model_is_served(get: Get) -> None:
    status, body, headers = get(None, "/service-2.json")
    assert (status, headers["Content-Type"]) == (200, "application/json")
    assert body == json.loads(MODEL_FILE.read_text())
    assert get(None, "/service-2.json", "POST")[0] == 405


def test_an_event_without_a_domain_gets_a_document_with_a_relative_server(
    handler: Handler, event: Callable[[str], Any]
) -> None:
    request = {**event("api-gateway-rest"), "path": "/openapi.json", "requestContext": {}}
    answer = handler(request, cast("Any", FakeContext()))
    assert json.loads(answer["body"])["servers"] == [{"url": "/"}]


@pytest.mark.parametrize(
    "malformed",
    [
        {"httpMethod": 5, "requestContext": {}},
        {"httpMethod": "GET", "path": [], "requestContext": {"stage": [], "path": 5, "domainName": {}}},
        {"version": "2.0", "requestContext": {"http": None}},
        {"version": "2.0", "rawPath": 5, "requestContext": {"http": {"method": []}, "domainName": 1}},
    ],
    ids=str,
)
def test_a_malformed_request_is_answered(handler: Handler, malformed: dict[str, Any]) -> None:
    answer = handler(malformed, cast("Any", FakeContext()))
    assert answer["statusCode"] in (404, 405, 500)
    assert json.loads(answer["body"])["title"]


def test_an_unexpected_exception_is_logged_but_not_exposed(
    get: Get, wire: Wire, lines: Callable[[], tuple[Lines, Lines]]
) -> None:
    wire.fail(KeyError("inner secret"))
    status, body, headers = get(None)
    assert (status, headers["x-amzn-ErrorType"]) == (500, "InternalServerException")
    assert "inner secret" not in json.dumps(body)
    _, logged = lines()
    (error,) = [line for line in logged if line.get("level") == "ERROR"]
    assert "inner secret" in error["exception"]
    assert error["correlation_id"] == "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"
