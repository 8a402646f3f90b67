import json
from collections.abc import Callable, Mapping
from typing import Any, cast

import pytest

from customization_jobs.aws.bedrock import Page
from customization_jobs.entrypoints.workflow import WorkflowEntryPoint
from customization_jobs.errors import ThrottlingException
from customization_jobs.listing.query import QueryContract
from customization_jobs.observability import Observability
from tests.fakes import NOW, FakeBedrock, job
from tests.unit.conftest import Lines
from tests.unit.entrypoints.conftest import MAX_BYTES, invoke

LONGEST = {
    "statusDetails": {
        f"{phase}Details": {"status": "InProgress", "creationTime": "x" * 30, "lastModifiedTime": "x" * 30}
        for phase in ("validation", "dataProcessing", "training")
    },
    "customModelArn": "c" * 1011,
    "baseModelArn": "b" * 1011,
    "customModelName": "n" * 63,
    "customizationType": "REINFORCEMENT_FINE_TUNING",
}


@pytest.mark.parametrize("payload", [None, {}])
def test_an_empty_query_lists_every_job(
    workflow: WorkflowEntryPoint, source: FakeBedrock, payload: Any
) -> None:
    source.jobs = source.jobs[:30]
    answer = invoke(workflow, payload)
    assert answer == {
        "modelCustomizationJobSummaries": source.jobs,
        "counts": {"InProgress": 10, "Completed": 10, "Failed": 10, "Stopping": 0, "Stopped": 0},
    }


def test_a_query_selects_jobs(workflow: WorkflowEntryPoint) -> None:
    answer = invoke(workflow, {"statusEquals": "Failed"})
    assert answer["counts"] == {"InProgress": 0, "Completed": 0, "Failed": 200, "Stopping": 0, "Stopped": 0}


def test_the_number_of_jobs_and_the_reason_for_stopping_are_logged(
    workflow: WorkflowEntryPoint, observability: Observability, lines: Callable[[], tuple[Lines, Lines]]
) -> None:
    invoke(workflow, {"maxResults": 5})
    observability.logger.info("Invocation ended")
    _, (logged,) = lines()
    assert (logged["jobs"], logged["stopped_by"]) == (5, "maxResults")


def test_an_unknown_status_is_counted_too(workflow: WorkflowEntryPoint, source: FakeBedrock) -> None:
    source.jobs = [job(1, status="Paused")]
    assert invoke(workflow, {})["counts"]["Paused"] == 1


def test_the_longest_jobs_are_listed_over_several_answers(
    workflow: WorkflowEntryPoint, source: FakeBedrock
) -> None:
    source.jobs = [{**each, **LONGEST} for each in source.jobs]
    seen: list[str] = []
    payload: dict[str, Any] = {}
    while True:
        answer = invoke(workflow, payload)
        seen += [each["jobArn"] for each in answer["modelCustomizationJobSummaries"]]
        if "nextToken" not in answer:
            break
        assert answer["stoppedBy"] == "bytes"
        payload = {"nextToken": answer["nextToken"]}
    assert seen == [each["jobArn"] for each in source.jobs]


def test_an_answer_with_the_longest_token_stays_within_its_size(
    contract: QueryContract, observability: Observability, source: FakeBedrock
) -> None:
    class LongTokens(FakeBedrock):
        def list_page(self, parameters: Mapping[str, Any]) -> Page:
            unpadded = parameters.get("nextToken", "").strip(".")
            page = super().list_page({**parameters, "nextToken": unpadded} if unpadded else parameters)
            if page.next_token:
                page.answer["nextToken"] = page.next_token.ljust(2048, ".")
            return page

    # The token must contain the id of every job of the page that was delivered.
    source.jobs = [job(number, created=NOW, pad="x" * 200) for number in range(1000)]
    workflow = WorkflowEntryPoint(
        LongTokens(source.jobs),
        contract,
        observability,
        call_seconds=24,
        overview=lambda: cast("Any", None),
        trends=lambda: cast("Any", None),
    )
    answers: list[dict[str, Any]] = []
    payload: dict[str, Any] = {"maxResults": 900}
    while not answers or "nextToken" in payload:
        answers.append(invoke(workflow, payload))
        rest = {"nextToken": answers[-1]["nextToken"]} if "nextToken" in answers[-1] else {}
        payload = {"maxResults": 900, **rest}
    assert {answer.get("stoppedBy") for answer in answers} == {"bytes", "maxResults", None}
    sizes = [len(json.dumps(answer)) for answer in answers if answer.get("stoppedBy") == "bytes"]
    assert max(sizes) <= MAX_BYTES
    # Little space is left unused.
    assert min(sizes) > MAX_BYTES - 16_000
    seen = [each["jobArn"] for answer in answers for each in answer["modelCustomizationJobSummaries"]]
    assert sorted(seen) == [each["jobArn"] for each in source.jobs]


def test_an_answer_cut_by_the_deadline_has_a_token(workflow: WorkflowEntryPoint) -> None:
    answer = invoke(workflow, {}, seconds=20)
    assert (len(answer["modelCustomizationJobSummaries"]), answer["stoppedBy"]) == (200, "deadline")
    rest = invoke(workflow, {"nextToken": answer["nextToken"]})
    assert len(rest["modelCustomizationJobSummaries"]) == 400


def test_an_error_of_bedrock_is_raised(workflow: WorkflowEntryPoint, source: FakeBedrock) -> None:
    def throttle(_: FakeBedrock) -> None:
        raise ThrottlingException("slow down")

    source.before_page = throttle
    with pytest.raises(ThrottlingException):
        invoke(workflow, {})
