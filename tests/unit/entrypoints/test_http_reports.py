import json
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import quote

import pytest

from customization_jobs.aws.bedrock import Bedrock, Page
from customization_jobs.entrypoints.http import HttpEntryPoint
from customization_jobs.errors import ThrottlingException
from customization_jobs.listing.query import QueryContract
from customization_jobs.observability import Observability
from customization_jobs.reports.overview import OverviewReport
from customization_jobs.settings import Settings
from customization_jobs.wiring.functions import create_handler
from tests.fakes import NOW, FakeBedrock, FakeContext, job
from tests.unit.conftest import Wire

NO_QUERY = {"queryStringParameters": None, "multiValueQueryStringParameters": None}
Get = Callable[..., tuple[int, dict[str, Any], dict[str, str]]]


def test_an_overview_counts_the_jobs_of_all_pages(get: Get, wire: Wire) -> None:
    first, last = ({"modelCustomizationJobSummaries": [job(number, status="Failed")]} for number in range(2))
    wire.answer(json.dumps({**first, "nextToken": "t"}).encode())
    wire.answer(json.dumps(last).encode())
    status, body, headers = get({"statusEquals": ["Failed"]}, "/overview")
    assert (status, headers["Content-Type"]) == (200, "application/json")
    assert (body["jobs"], body["complete"]) == (2, True)
    assert all("statusEquals=Failed" in request.url for request in wire.requests)
    assert "maxResults=700" in wire.requests[0].url


def test_an_overview_accepts_only_the_inputs_that_select_jobs(get: Get, wire: Wire) -> None:
    status, body, _ = get({"maxResults": ["5"], "nextToken": ["t"], "statusEquals": ["x"]}, "/overview")
    assert status == 400
    assert {each["parameter"] for each in body["problems"]} == {"maxResults", "nextToken", "statusEquals"}
    assert wire.requests == []


class FakeClock:
    """A clock that the test advances."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.mark.parametrize(("page_seconds", "function_seconds", "pages"), [(1, 60, 3), (4, 60, 1), (1, 26, 1)])
def test_an_overview_ends_before_the_timeout_of_api_gateway(
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
    # With several threads, the order of the calls and thus the time at each would vary.
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
        trends=cast("Any", None),
        mcp=cast("Any", None),
        board=cast("Any", None),
        call_seconds=24,
        clock=clock,
    )
    request = {**event("api-gateway-rest"), "path": "/overview", **NO_QUERY}
    answer = entry_point.answer(request, cast("Any", context))
    body = json.loads(answer["body"])
    assert (answer["statusCode"], body["complete"], body["jobs"]) == (200, False, pages * 100)


class OneWalk(FakeBedrock):
    """A Bedrock that throttles the call that finds the oldest job, without which nothing is divided."""

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
    assert (answer["statusCode"], answer["body"]) == (200, '{"transitions":["Größe"]}')


def test_without_a_watch_there_are_no_timelines(get: Get, wire: Wire) -> None:
    status, body, _ = get(None, "/model-customization-jobs/support-tone-1/timeline")
    assert (status, body["title"]) == (404, "ResourceNotFoundException")
    assert body["message"] == "No timelines are recorded: this function has no watch table (WATCH_TABLE)."
    assert wire.requests == []


def test_a_timeline_accepts_no_query_parameters_but_fields(get: Get) -> None:
    query = {"maxResults": ["5"], "x" * 100: ["1"]}
    status, body, _ = get(query, "/model-customization-jobs/support-tone-1/timeline")
    assert status == 400
    assert body["problems"] == [
        {"parameter": name, "sent": "an unknown name", "allowed": "fields"}
        for name in ("maxResults", "x" * 80)
    ]
