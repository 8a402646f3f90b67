import copy
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

import pytest

from customization_jobs.dispatch import Handler
from customization_jobs.entrypoints.workflow import WorkflowEntryPoint
from customization_jobs.listing.query import QueryContract
from customization_jobs.observability import Observability
from customization_jobs.reports.overview import OverviewReport
from customization_jobs.reports.trends import TrendsReport
from tests.fakes import NOW, FakeBedrock, FakeContext, job

# The maximum size of an answer to a workflow, as documented.
MAX_BYTES = 200 * 1024


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
        assert set(answer) == {"statusCode", "headers", "body", "isBase64Encoded"}
        assert answer["isBase64Encoded"] is False
        return answer["statusCode"], json.loads(answer["body"]), answer["headers"]

    return send


@pytest.fixture
def source() -> FakeBedrock:
    """Create a Bedrock with 600 jobs; modules that need other jobs define their own."""
    statuses = ("InProgress", "Completed", "Failed")
    return FakeBedrock(
        [job(n, created=NOW - timedelta(minutes=n), status=statuses[n % 3]) for n in range(600)]
    )


@pytest.fixture
def workflow(
    source: FakeBedrock, contract: QueryContract, observability: Observability
) -> WorkflowEntryPoint:
    report = OverviewReport(
        source, contract, observability, limit_of=lambda _: 3600.0, now=lambda: NOW, sleep=lambda _: None
    )
    trends = TrendsReport(source, contract, observability, now=lambda: NOW, sleep=lambda _: None)
    return WorkflowEntryPoint(
        source,
        contract,
        observability,
        call_seconds=24,
        overview=lambda: report,
        trends=lambda: trends,
    )


def invoke(workflow: WorkflowEntryPoint, payload: Any, seconds: float = 60) -> dict[str, Any]:
    """Return the answer to a payload of a workflow, from an invocation with `seconds` left."""
    answer = workflow.answer(payload, cast("Any", FakeContext(timedelta(seconds=seconds))))
    assert len(json.dumps(answer)) <= MAX_BYTES
    return answer
