"""The answers of the fleet, as the demonstration shows and checks them."""

import io
import json
from typing import Any

from local.common.http_client import HttpResponse
from local.demonstration.console import Console
from local.demonstration.fleet.answers import FleetAnswers

GAP = {
    "account": "210987654321",
    "region": "us-west-2",
    "state": "denied",
    "deniedBy": "serviceControlPolicy",
    "since": "2026-11-24T12:00:00.000Z",
}
COVERAGE = {
    "complete": False,
    "sources": 2,
    "byState": {"listed": 1, "denied": 1, "throttled": 0, "failed": 0, "late": 0},
    "oldestAsOf": "2026-11-24T12:00:00.000Z",
    "gaps": [GAP],
    "moreGaps": 0,
}
LISTED = {
    "account": "123456789012",
    "region": "us-east-1",
    "state": "listed",
    "since": "2026-11-24T12:00:00.000Z",
    "asOf": "2026-11-24T12:00:01.000Z",
    "jobs": 3,
}


def job(number: int) -> dict[str, str]:
    return {
        "jobArn": f"arn:{number}",
        "jobName": f"job-{number}",
        "status": "Failed",
        "creationTime": f"2026-11-{20 + number}T12:00:00.000Z",
        "account": "345678901234",
        "region": "us-east-1",
    }


def page(*numbers: int, token: str | None = None) -> dict[str, Any]:
    jobs = [job(number) for number in numbers]
    answer = {"modelCustomizationJobSummaries": jobs, "asOf": {}, "coverage": COVERAGE}
    return answer | ({"nextToken": token} if token else {})


ANSWERS: dict[str, Any] = {
    "/fleet/coverage": {"coverage": COVERAGE, "sources": [LISTED, GAP]},
    "/fleet/overview": {"jobs": 3, "byStatus": {"Failed": 2, "Stopped": 1}, "coverage": COVERAGE},
    "/fleet/model-customization-jobs?maxResults=50": page(3, 2, token="t"),
    "/fleet/model-customization-jobs?maxResults=50&nextToken=t": page(1),
}


def show(**changed: Any) -> tuple[bool, str]:
    output = io.StringIO()
    answers = {**ANSWERS, **changed}

    def get(path: str) -> HttpResponse:
        body = json.dumps(answers.get(path)).encode()
        return HttpResponse(200 if path in answers else 404, {}, body)

    return FleetAnswers(Console(output), get).show(), output.getvalue()


def test_all_answers_are_shown_with_their_coverage() -> None:
    succeeded, output = show()
    assert succeeded
    assert output.count("Coverage: not complete, 2 sources: 1 listed, 1 denied\n") == 3
    assert "hub/us-east-1       listed                        12:00:01     3\n" in output
    assert "research/us-west-2  denied  serviceControlPolicy  never        unknown\n" in output
    assert "2026-11-23 12:00  Failed  job-3  support/us-east-1" in output
    assert "3 jobs on 2 pages, each once, in order." in output
    assert "3 jobs: 2 Failed, 1 Stopped" in output
    assert "Not counted: research/us-west-2, serviceControlPolicy" in output
    assert max(map(len, output.splitlines())) < 120


def test_a_job_that_is_listed_twice_is_a_failure() -> None:
    succeeded, output = show(**{"/fleet/model-customization-jobs?maxResults=50&nextToken=t": page(2)})
    assert not succeeded
    assert "A job was listed twice." in output


def test_jobs_out_of_order_are_a_failure() -> None:
    succeeded, output = show(**{"/fleet/model-customization-jobs?maxResults=50&nextToken=t": page(4)})
    assert not succeeded
    assert "The jobs are not in order." in output


def test_an_empty_listing_is_a_failure() -> None:
    assert show(**{"/fleet/model-customization-jobs?maxResults=50": page()})[0] is False


def test_a_listing_without_an_end_is_a_failure() -> None:
    same = page(1, token="t")
    succeeded, output = show(**{"/fleet/model-customization-jobs?maxResults=50&nextToken=t": same})
    assert not succeeded
    assert "has no last page" in output


def test_a_source_without_a_row_is_a_failure() -> None:
    succeeded, output = show(**{"/fleet/coverage": {"coverage": COVERAGE, "sources": [LISTED]}})
    assert not succeeded
    assert "1 rows for 2 sources" in output


def test_an_error_is_shown_and_the_others_are_asked() -> None:
    output = io.StringIO()
    asked: list[str] = []

    def get(path: str) -> HttpResponse:
        asked.append(path)
        return HttpResponse(404, {}, b"no fleet")

    assert FleetAnswers(Console(output), get).show() is False
    assert len(asked) == 3
    assert output.getvalue().count("< 404: no fleet") == 3
