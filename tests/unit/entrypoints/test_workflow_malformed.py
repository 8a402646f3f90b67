"""Malformed summaries in the answer to a workflow."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customization_jobs.entrypoints.workflow import WorkflowEntryPoint
from customization_jobs.listing.query import QueryContract
from customization_jobs.observability import Observability
from tests.fakes import NOW, FakeBedrock, job
from tests.unit.entrypoints.conftest import invoke
from tests.unit.listing.helpers import Sent, damage


@pytest.mark.parametrize(
    ("status", "counted_as"),
    [
        (None, "NotReported"),
        (7, "Other"),
        ({}, "Other"),
        ("", "Other"),
        ("In progress", "Other"),
        ("Größe", "Other"),
        ("x" * 65, "Other"),
        ("x" * 64, "x" * 64),
    ],
)
def test_a_status_of_any_json_is_counted(
    workflow: WorkflowEntryPoint, source: FakeBedrock, status: Any, counted_as: str
) -> None:
    source.jobs = [{**job(1), "status": status}, job(2)]
    answer = invoke(workflow, {})
    assert answer["counts"].pop(counted_as) == 1
    assert answer["counts"] == {"InProgress": 0, "Completed": 1, "Failed": 0, "Stopping": 0, "Stopped": 0}


@pytest.mark.parametrize("value", [None, 5, "text", [], {}])
def test_a_summary_that_is_no_job_is_listed_and_counted(
    workflow: WorkflowEntryPoint, source: FakeBedrock, value: Any
) -> None:
    source.sent = lambda _: value
    answer = invoke(workflow, {})
    assert answer["modelCustomizationJobSummaries"] == [value] * 600
    assert answer["counts"]["NotReported"] == 600


def test_statuses_beyond_the_first_five_unknown_ones_are_counted_as_one(
    workflow: WorkflowEntryPoint, source: FakeBedrock
) -> None:
    source.jobs = [job(number, status=f"New{number:02}") for number in range(20)]
    counts = invoke(workflow, {})["counts"]
    assert {name: count for name, count in counts.items() if count} == {
        **{f"New{number:02}": 1 for number in range(15, 20)},
        "Other": 15,
    }


def test_each_malformed_summary_is_logged_once(
    workflow: WorkflowEntryPoint, source: FakeBedrock, lines: Callable[[], tuple[list[Any], list[Any]]]
) -> None:
    source.jobs = [job(1), job(2), job(3), job(4)]
    malformed: dict[str, dict[str, Any]] = {"1": {"status": 5}, "3": {"creationTime": "nope"}}
    source.sent = lambda each: {**each, **malformed.get(each["jobName"][-1], {})}
    answer = invoke(workflow, {})
    assert sorted(each["jobName"][-1] for each in answer["modelCustomizationJobSummaries"]) == list("1234")
    logged = [line for line in lines()[1] if line["message"] == "Malformed job summary"]
    assert sorted((line["jobName"], *line["malformed_fields"]) for line in logged) == [
        ("support-tone-1", "status"),
        ("support-tone-3", "creationTime"),
    ]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=damage(), largest_page=st.integers(1, 70), extra=st.integers(0, 3000))
def test_malformed_summaries_harm_no_other_job(
    contract: QueryContract, observability: Observability, sent: Sent, largest_page: int, extra: int
) -> None:
    jobs = [job(number, created=NOW - timedelta(minutes=number), pad="x" * extra) for number in range(61)]
    source = FakeBedrock(jobs, largest_page=largest_page, sent=sent)
    workflow = WorkflowEntryPoint(
        source,
        contract,
        observability,
        call_seconds=24,
        overview=lambda: cast("Any", None),
        trends=lambda: cast("Any", None),
    )
    listed: list[Any] = []
    counted = 0
    payload: dict[str, Any] | None = {}
    while payload is not None:
        answer = invoke(workflow, payload)
        listed += answer["modelCustomizationJobSummaries"]
        counted += sum(answer["counts"].values())
        payload = {"nextToken": answer["nextToken"]} if "nextToken" in answer else None
    assert listed == list(map(sent, jobs))
    assert counted == len(jobs)
