"""Filters that Bedrock lacks, as each caller sends them."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

import pytest

from customization_jobs.entrypoints.workflow import WorkflowEntryPoint
from customization_jobs.errors import ValidationException
from tests.fakes import NOW, FakeBedrock, FakeContext, job
from tests.unit.conftest import Wire
from tests.unit.entrypoints.conftest import invoke

Get = Callable[..., tuple[int, dict[str, Any], dict[str, str]]]


def body(*jobs: dict[str, Any], token: str | None = None) -> bytes:
    sent = {"modelCustomizationJobSummaries": list(jobs), **({"nextToken": token} if token else {})}
    return json.dumps(sent).encode()


def test_a_request_is_answered_with_matching_jobs_and_a_token_of_our_own(get: Get, wire: Wire) -> None:
    tuned = [job(n, created=NOW - timedelta(hours=n), customizationType="FINE_TUNING") for n in range(3)]
    wire.answer(body(tuned[0], job(9, created=NOW - timedelta(minutes=30)), *tuned[1:], token="t"))
    query = {"where.customizationType": ["FINE_TUNING"], "maxResults": ["2"], "statusEquals": ["Completed"]}
    status, answer, _ = get(query)
    assert (status, answer["modelCustomizationJobSummaries"]) == (200, tuned[:2])
    assert answer["nextToken"].startswith("search.")
    assert [request.url.partition("?")[2] for request in wire.requests] == [
        "maxResults=500&statusEquals=Completed"
    ]
    wire.answers.clear()
    wire.answer(body(tuned[1], tuned[2]))
    status, answer, _ = get({**query, "nextToken": [answer["nextToken"]]})
    assert (status, answer) == (200, {"modelCustomizationJobSummaries": tuned[2:]})
    assert "creationTimeBefore=" in wire.requests[-1].url


def test_a_page_is_filled_up_over_pages_of_bedrock(get: Get, wire: Wire) -> None:
    wire.answer(body(job(1, created=NOW), token="t"))
    wire.answer(body(job(2, created=NOW - timedelta(hours=1), customModelName="tone"), token="u"))
    wire.answer(body(job(3, created=NOW - timedelta(hours=2), customModelName="tone")))
    status, answer, _ = get({"where.outputModel": ["tone"]})
    assert status == 200
    assert [each["jobName"] for each in answer["modelCustomizationJobSummaries"]] == [
        "support-tone-2",
        "support-tone-3",
    ]
    assert "nextToken" not in answer


def test_csv_has_matching_jobs_and_the_link_to_the_next_page(
    handler: Any, wire: Wire, event: Callable[[str], Any]
) -> None:
    wire.answer(body(job(1, status="Failed"), job(2, status="Failed", created=NOW - timedelta(hours=1))))
    query = {"where.status": ["Failed"], "maxResults": ["1"], "fields": ["jobName"]}
    request = {**event("api-gateway-rest"), "multiValueQueryStringParameters": query}
    request["multiValueHeaders"] = {"Accept": ["text/csv"]}
    answer = handler(request, cast("Any", FakeContext()))
    assert answer["body"] == "jobName\r\nsupport-tone-1\r\n"
    assert "where.status=Failed&maxResults=1&fields=jobName&nextToken=search." in answer["headers"]["Link"]


def test_a_page_without_matches_when_the_time_is_up_has_a_token(
    workflow: WorkflowEntryPoint, source: FakeBedrock
) -> None:
    source.largest_page = 50
    answer = invoke(workflow, {"where.outputModel": "nowhere"}, seconds=1)
    assert answer["modelCustomizationJobSummaries"] == []
    assert answer["stoppedBy"] == "deadline"
    found = 0
    payload = {"where.status": ["Failed", "Completed"], "maxResults": 150}
    token: dict[str, Any] = {}
    while True:
        answer = invoke(workflow, {**payload, **token}, seconds=1)
        found += len(answer["modelCustomizationJobSummaries"])
        if "nextToken" not in answer:
            break
        token = {"nextToken": answer["nextToken"]}
    assert found == 400


def test_a_workflow_counts_matching_jobs_and_reports_on_them(workflow: WorkflowEntryPoint) -> None:
    answer = invoke(workflow, {"where.status": ["Failed", "InProgress"], "creationTimeAfter": "PT1H"})
    assert answer["counts"]["Completed"] == 0
    overview = invoke(workflow, {"overview": True, "where.status": ["Failed", "InProgress"]})
    assert overview["byStatus"] == {
        "InProgress": 200,
        "Completed": 0,
        "Failed": 200,
        "Stopping": 0,
        "Stopped": 0,
    }


def test_a_workflows_token_belongs_to_its_filters(workflow: WorkflowEntryPoint) -> None:
    token = invoke(workflow, {"where.status": "Failed", "maxResults": 3})["nextToken"]
    for other in ({"where.status": "Stopped"}, {"statusEquals": "Failed"}, {}):
        with pytest.raises(ValidationException, match="nextToken"):
            invoke(workflow, {**other, "nextToken": token})


def test_an_unchanged_page_of_matching_jobs_is_not_sent_again(
    handler: Any, wire: Wire, event: Callable[[str], Any]
) -> None:
    wire.answer(body(job(1, status="Failed"), job(2, status="Failed", created=NOW - timedelta(hours=1))))
    query = {"where.status": ["Failed"], "maxResults": ["1"]}
    request = {**event("api-gateway-rest"), "multiValueQueryStringParameters": query}
    first = handler(request, cast("Any", FakeContext()))
    assert "nextToken" in json.loads(first["body"])
    request["multiValueHeaders"] = {"If-None-Match": [first["headers"]["ETag"]]}
    second = handler(request, cast("Any", FakeContext()))
    assert (first["statusCode"], second["statusCode"], second["body"]) == (200, 304, "")
