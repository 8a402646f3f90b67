import copy
import json
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import quote

import pytest

from customization_jobs.aws.bedrock import Bedrock, Page
from customization_jobs.dispatch import Handler
from customization_jobs.entrypoints.http import HttpEntryPoint
from customization_jobs.errors import ThrottlingException
from customization_jobs.listing.query import QueryContract
from customization_jobs.observability import Observability
from customization_jobs.reports.overview import OverviewReport
from customization_jobs.settings import Settings
from customization_jobs.wiring import create_handler
from tests.fakes import NOW, FakeBedrock, FakeContext, job
from tests.unit.conftest import Wire

NO_QUERY = {"queryStringParameters": None, "multiValueQueryStringParameters": None}
EMPTY = b'{"modelCustomizationJobSummaries": []}'


@pytest.fixture
def get(
    handler: Handler, event: Callable[[str], Any]
) -> Callable[..., tuple[int, dict[str, Any], dict[str, str]]]:
    """Send a REST API request and return status, body and headers."""

    def send(
        query: dict[str, list[str]] | None = None,
        path: str = "/model-customization-jobs",
        method: str = "GET",
    ) -> tuple[int, dict[str, Any], dict[str, str]]:
        request = copy.deepcopy(event("api-gateway-rest"))
        request |= {"path": path, "httpMethod": method, "multiValueQueryStringParameters": query}
        request["queryStringParameters"] = {name: v[-1] for name, v in query.items()} if query else None
        answer = handler(request, cast("Any", FakeContext()))
        assert isinstance(answer["body"], str)
        headers = answer["headers"]
        return answer["statusCode"], json.loads(answer["body"]), headers

    return send


Get = Callable[..., tuple[int, dict[str, Any], dict[str, str]]]


def test_the_answer_is_bedrocks_own(get: Get, wire: Wire) -> None:
    sent = {"modelCustomizationJobSummaries": [job(1, jobName="Größe", unknown=1)], "nextToken": "t"}
    wire.answer(json.dumps(sent).encode())
    status, body, headers = get(None)
    assert (status, body, headers["Content-Type"]) == (200, sent, "application/json")


def test_the_answer_is_bedrocks_own_to_the_byte(
    handler: Handler, wire: Wire, event: Callable[[str], Any]
) -> None:
    sent = '{ "modelCustomizationJobSummaries" : [ ],"more":1.50, "emoji": "\u00f6 ö" }'
    wire.answer(sent.encode())
    assert handler(event("api-gateway-rest"), cast("Any", FakeContext()))["body"] == sent


def test_one_request_is_one_call_with_the_same_query(get: Get, wire: Wire) -> None:
    wire.answer(EMPTY)
    get({"statusEquals": ["Failed"], "maxResults": ["3"], "nextToken": ["t"]})
    assert [request.url.partition("?")[2] for request in wire.requests] == [
        "statusEquals=Failed&maxResults=3&nextToken=t"
    ]


@pytest.mark.parametrize("name", ["api-gateway-rest", "api-gateway-http"])
def test_both_payloads_are_answered_alike(
    handler: Handler, wire: Wire, event: Callable[[str], Any], name: str
) -> None:
    wire.answer(EMPTY)
    answer = handler(event(name), cast("Any", FakeContext()))
    assert (answer["statusCode"], json.loads(answer["body"])) == (200, json.loads(EMPTY))
    assert wire.requests[0].url.endswith("?statusEquals=InProgress&maxResults=5")


@pytest.mark.parametrize(
    ("stage", "path", "status"),
    [
        ("$default", "/model-customization-jobs", 200),
        ("prod", "/prod/model-customization-jobs", 200),
        # Behind a custom domain the stage is not in the path.
        ("prod", "/model-customization-jobs", 200),
        ("prod", "/production", 404),
    ],
)
def test_a_stage_in_the_path_of_payload_2_is_no_part_of_the_route(
    handler: Handler, wire: Wire, event: Callable[[str], Any], stage: str, path: str, status: int
) -> None:
    wire.answer(EMPTY)
    request = {**event("function-url"), "rawPath": path}
    request["requestContext"]["stage"] = stage
    answer = handler(request, cast("Any", FakeContext()))
    assert answer["statusCode"] == status
    if status == 404:
        assert path in answer["body"]


def test_payload_2_is_read_from_the_raw_query(
    handler: Handler, wire: Wire, event: Callable[[str], Any]
) -> None:
    wire.answer(EMPTY)
    request = event("api-gateway-http")
    request["rawQueryString"] = "nextToken=a%2Cb%3D&statusEquals=Failed&statusEquals=Stopped&maxResults="
    request["queryStringParameters"] = {"nextToken": "a,b=", "statusEquals": "Failed,Stopped"}
    answer = handler(request, cast("Any", FakeContext()))
    assert answer["statusCode"] == 400
    named = [problem["parameter"] for problem in json.loads(answer["body"])["problems"]]
    assert sorted(named) == ["maxResults", "statusEquals"]


def test_an_event_made_by_hand_may_have_the_map_of_single_values_alone(
    handler: Handler, wire: Wire, event: Callable[[str], Any]
) -> None:
    request = {**event("api-gateway-rest"), "multiValueQueryStringParameters": None}
    wire.answer(EMPTY)
    handler(request, cast("Any", FakeContext()))
    assert wire.requests[0].url.endswith("?statusEquals=InProgress&maxResults=5")


def test_a_presigned_url_carries_its_signature_beside_the_query(get: Get, wire: Wire) -> None:
    wire.answer(EMPTY)
    status, _, _ = get({"X-Amz-Algorithm": ["AWS4-HMAC-SHA256"], "X-Amz-Signature": ["ab"]})
    assert status == 200


def test_a_bad_query_is_a_problem_that_names_everything(get: Get, wire: Wire) -> None:
    status, body, headers = get({"maxResults": ["0"], "statusEqual": ["Failed"], "sortOrder": ["a", "b"]})
    assert status == 400
    assert headers["Content-Type"] == "application/problem+json"
    assert headers["x-amzn-ErrorType"] == "ValidationException"
    assert "Retry-After" not in headers
    assert {each["parameter"] for each in body["problems"]} == {"maxResults", "statusEqual", "sortOrder"}
    assert body["problems"][0] == {
        "parameter": "maxResults",
        "sent": "0",
        "allowed": "a whole number from 1 to 1000",
    }
    assert body["message"] == body["detail"]
    assert (body["title"], body["status"]) == ("ValidationException", 400)
    assert body["type"] == "openapi.json#/components/responses/ValidationException"
    assert wire.requests == [], "Bedrock is not asked"


@pytest.mark.parametrize(
    ("status", "code", "retry_after"),
    [
        (400, "ValidationException", None),
        (429, "ThrottlingException", "2"),
        (500, "InternalServerException", None),
    ],
)
def test_each_error_of_bedrock_is_passed_on(
    get: Get, wire: Wire, status: int, code: str, retry_after: str | None
) -> None:
    wire.answer(b'{"message": "because"}', status, {"x-amzn-ErrorType": code})
    answered, body, headers = get(None)
    assert (answered, body["message"], headers["x-amzn-ErrorType"]) == (status, "because", code)
    assert headers.get("Retry-After") == retry_after


def test_an_unlisted_error_is_a_bad_gateway(get: Get, wire: Wire) -> None:
    wire.answer(b'{"message": "role text"}', 403, {"x-amzn-ErrorType": "UnrecognizedClientException"})
    status, body, _ = get(None)
    assert (status, body["title"]) == (502, "UnexpectedAnswerException")
    assert "role text" not in body["message"]


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
def test_what_does_not_exist(get: Get, path: str, method: str, status: int, name: str) -> None:
    answered, body, headers = get(None, path, method)
    assert (answered, body["title"], headers["x-amzn-ErrorType"]) == (status, name, name)
    assert headers.get("Allow") == ("GET" if status == 405 else None)
    assert path in body["message"]


def test_the_openapi_document_is_served(get: Get) -> None:
    status, body, headers = get(None, "/openapi.json")
    assert (status, headers["Content-Type"], body["openapi"]) == (200, "application/json", "3.1.0")


def test_a_bug_shows_nothing_of_the_inside_and_is_logged(
    get: Get, wire: Wire, capsys: pytest.CaptureFixture[str]
) -> None:
    wire.fail(KeyError("inner secret"))
    status, body, headers = get(None)
    assert (status, headers["x-amzn-ErrorType"]) == (500, "InternalServerException")
    assert "inner secret" not in json.dumps(body)
    logged = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (bug,) = [line for line in logged if line.get("level") == "ERROR"]
    assert "inner secret" in bug["exception"]
    assert bug["correlation_id"] == "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"


def test_an_overview_sums_up_all_pages(get: Get, wire: Wire) -> None:
    for number in range(2):
        page = {"modelCustomizationJobSummaries": [job(number, status="Failed")], "nextToken": f"t{number}"}
        wire.answer(json.dumps(page).encode())
    wire.answer(EMPTY)
    status, body, headers = get({"statusEquals": ["Failed"]}, "/overview")
    assert (status, headers["Content-Type"]) == (200, "application/json")
    assert (body["jobs"], body["complete"]) == (2, True)
    assert all("statusEquals=Failed" in request.url for request in wire.requests)
    assert all("maxResults=600" in request.url for request in wire.requests)


def test_an_overview_takes_the_inputs_that_select_jobs(get: Get, wire: Wire) -> None:
    status, body, _ = get({"maxResults": ["5"], "nextToken": ["t"], "statusEquals": ["x"]}, "/overview")
    assert status == 400
    assert {each["parameter"] for each in body["problems"]} == {"maxResults", "nextToken", "statusEquals"}
    assert wire.requests == []


class FakeClock:
    """Seconds that pass with each call to Bedrock."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.mark.parametrize(("page_seconds", "function_seconds", "pages"), [(1, 60, 3), (4, 60, 1), (1, 26, 1)])
def test_an_overview_ends_before_api_gateway_gives_up(
    observability: Observability,
    contract: QueryContract,
    event: Callable[[str], Any],
    page_seconds: float,
    function_seconds: float,
    pages: int,
) -> None:
    clock, context = FakeClock(), FakeContext(timedelta(seconds=function_seconds))

    def pass_time(_: FakeBedrock) -> None:
        clock.seconds += page_seconds
        context.remaining -= timedelta(seconds=page_seconds)

    jobs = [job(n, created=NOW - timedelta(minutes=n)) for n in range(600)]
    # One walk, because the second one would make the time of a test a matter of luck.
    source = OneWalk(jobs, largest_page=100, before_page=pass_time)
    report = OverviewReport(
        source, contract, observability, limit_of=lambda _: 3600.0, now=lambda: NOW, sleep=lambda _: None
    )
    entry_point = HttpEntryPoint(
        source,
        contract,
        observability,
        overview=lambda: report,
        timeline=cast("Any", None),
        call_seconds=24,
        clock=clock,
    )
    request = {**event("api-gateway-rest"), "path": "/overview", **NO_QUERY}
    answer = entry_point.answer(request, cast("Any", context))
    body = json.loads(answer["body"])
    assert (answer["statusCode"], body["complete"], body["jobs"]) == (200, False, pages * 100)


class OneWalk(FakeBedrock):
    """A Bedrock that answers the walk from the oldest job up with nothing but a promise of more."""

    def list_page(self, parameters: Any) -> Page:
        if parameters["sortOrder"] == "Ascending":
            raise ThrottlingException("one at a time")
        return super().list_page(parameters)


ARN = "arn:aws:bedrock:us-east-1:111122223333:model-customization-job/amazon.nova-lite-v1:0:300k/abcdefghijkl"


@pytest.mark.parametrize("identifier", [ARN, quote(ARN, safe=""), quote(ARN, safe="/"), "support-tone-1"])
@pytest.mark.parametrize("name", ["api-gateway-rest", "api-gateway-http"])
def test_a_timeline_is_found_by_arn_and_by_name(
    settings: Settings,
    bedrock: Bedrock,
    observability: Observability,
    wire: Wire,
    event: Callable[[str], Any],
    identifier: str,
    name: str,
) -> None:
    wire.answer(json.dumps({"modelCustomizationJobSummaries": [job(1, jobArn=ARN)]}).encode())
    timelines = cast("Any", SimpleNamespace(get={ARN: {"transitions": ["Größe"]}}.get))
    handler = create_handler(settings, bedrock, observability, timelines=timelines)
    path = f"/model-customization-jobs/{identifier}/timeline"
    request = event(name)
    request |= {"path": path, **NO_QUERY, "rawQueryString": ""}
    if name == "api-gateway-http":
        request |= {"rawPath": path, "requestContext": {**request["requestContext"], "stage": "$default"}}
        del request["multiValueQueryStringParameters"]
    else:
        del request["rawQueryString"]
    answer = handler(request, cast("Any", FakeContext()))
    assert (answer["statusCode"], json.loads(answer["body"])) == (200, {"transitions": ["Größe"]})


def test_without_a_watch_no_timeline_is_found(get: Get, wire: Wire) -> None:
    status, body, _ = get(None, "/model-customization-jobs/support-tone-1/timeline")
    assert (status, body["title"]) == (404, "ResourceNotFoundException")
    assert "WATCH_TABLE" in body["message"]
    assert wire.requests == []


def test_a_timeline_takes_no_query(get: Get) -> None:
    status, body, _ = get({"maxResults": ["5"]}, "/model-customization-jobs/support-tone-1/timeline")
    assert (status, body["problems"][0]["parameter"]) == (400, "maxResults")
