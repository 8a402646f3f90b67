import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, cast

import pytest

from customization_jobs.aws.bedrock import Page
from customization_jobs.entrypoints.workflow import WorkflowEntryPoint
from customization_jobs.errors import ThrottlingException, ValidationException
from customization_jobs.listing.query import QueryContract
from customization_jobs.observability import Observability
from customization_jobs.reports.overview import OverviewReport
from customization_jobs.timeouts import Deadline
from tests.fakes import NOW, FakeBedrock, job, text
from tests.unit.entrypoints.workflow import MAX_BYTES, invoke

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
    entry_point: WorkflowEntryPoint, source: FakeBedrock, payload: Any
) -> None:
    source.jobs = source.jobs[:30]
    answer = invoke(entry_point, payload)
    assert answer == {
        "modelCustomizationJobSummaries": source.jobs,
        "counts": {"InProgress": 10, "Completed": 10, "Failed": 10, "Stopping": 0, "Stopped": 0},
    }


def test_a_query_selects_jobs(entry_point: WorkflowEntryPoint) -> None:
    answer = invoke(entry_point, {"statusEquals": "Failed"})
    assert answer["counts"] == {"InProgress": 0, "Completed": 0, "Failed": 200, "Stopping": 0, "Stopped": 0}


def test_an_unknown_status_is_counted_too(entry_point: WorkflowEntryPoint, source: FakeBedrock) -> None:
    source.jobs = [job(1, status="Paused")]
    assert invoke(entry_point, {})["counts"]["Paused"] == 1


def test_the_longest_jobs_are_listed_over_several_answers(
    entry_point: WorkflowEntryPoint, source: FakeBedrock
) -> None:
    source.jobs = [{**each, **LONGEST} for each in source.jobs]
    seen: list[str] = []
    payload: dict[str, Any] = {}
    while True:
        answer = invoke(entry_point, payload)
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

    # The token must contain the id of every job that was delivered of the page.
    source.jobs = [job(number, created=NOW, pad="x" * 200) for number in range(1000)]
    entry_point = WorkflowEntryPoint(
        LongTokens(source.jobs),
        contract,
        observability,
        call_seconds=24,
        overview=lambda: cast("Any", None),
    )
    answers: list[dict[str, Any]] = []
    payload: dict[str, Any] = {"maxResults": 900}
    while not answers or "nextToken" in payload:
        answers.append(invoke(entry_point, payload))
        rest = {"nextToken": answers[-1]["nextToken"]} if "nextToken" in answers[-1] else {}
        payload = {"maxResults": 900, **rest}
    assert {answer.get("stoppedBy") for answer in answers} == {"bytes", "maxResults", None}
    sizes = [len(json.dumps(answer)) for answer in answers if answer.get("stoppedBy") == "bytes"]
    assert max(sizes) <= MAX_BYTES
    # Little space is left unused.
    assert min(sizes) > MAX_BYTES - 16_000
    seen = [each["jobArn"] for answer in answers for each in answer["modelCustomizationJobSummaries"]]
    assert sorted(seen) == [each["jobArn"] for each in source.jobs]


def test_an_answer_cut_by_the_deadline_has_a_token(entry_point: WorkflowEntryPoint) -> None:
    answer = invoke(entry_point, {}, seconds=20)
    assert (len(answer["modelCustomizationJobSummaries"]), answer["stoppedBy"]) == (200, "deadline")
    rest = invoke(entry_point, {"nextToken": answer["nextToken"]})
    assert len(rest["modelCustomizationJobSummaries"]) == 400


def test_an_error_of_bedrock_is_raised(entry_point: WorkflowEntryPoint, source: FakeBedrock) -> None:
    def throttle(_: FakeBedrock) -> None:
        raise ThrottlingException("slow down")

    source.before_page = throttle
    with pytest.raises(ThrottlingException):
        invoke(entry_point, {})


def test_an_overview_counts_all_jobs(entry_point: WorkflowEntryPoint, source: FakeBedrock) -> None:
    answer = invoke(entry_point, {"overview": True})
    assert (answer["complete"], answer["jobs"]) == (True, 600)
    assert answer["byStatus"]["Failed"] == 200
    assert answer["stuck"]["count"] == sum(n > 60 and n % 3 == 0 for n in range(600))
    assert {call["maxResults"] for call in source.calls} == {580}


def test_an_overview_counts_only_the_selected_jobs(entry_point: WorkflowEntryPoint) -> None:
    after = text(NOW - timedelta(minutes=100))
    answer = invoke(entry_point, {"overview": True, "statusEquals": "Failed", "creationTimeAfter": after})
    assert answer["jobs"] == answer["byStatus"]["Failed"] == 33


def test_an_overview_cut_by_the_deadline_is_incomplete(
    entry_point: WorkflowEntryPoint, source: FakeBedrock
) -> None:
    source.largest_page = 100
    answer = invoke(entry_point, {"overview": True}, seconds=20)
    assert (answer["complete"], answer["jobs"]) == (False, 100)


@pytest.mark.parametrize("value", [False, None, 1, "true", {}])
def test_an_overview_is_requested_only_by_true(entry_point: WorkflowEntryPoint, value: Any) -> None:
    with pytest.raises(
        ValidationException, match=r"^overview: got .*, allowed: true, or omit it; maxResults"
    ) as raised:
        invoke(entry_point, {"overview": value, "maxResults": 5, "statusEqual": "Failed"})
    names = [problem.parameter for problem in raised.value.problems]
    assert names == ["overview", "maxResults", "statusEqual"]


def test_an_overview_accepts_neither_paging_nor_order(entry_point: WorkflowEntryPoint) -> None:
    others = {"maxResults": 5, "nextToken": "t", "sortBy": "CreationTime", "sortOrder": "Ascending"}
    with pytest.raises(ValidationException) as raised:
        invoke(entry_point, {"overview": True, **others})
    assert [problem.parameter for problem in raised.value.problems] == list(others)
    assert {problem.sent for problem in raised.value.problems} == {"an input that does not select jobs"}


def test_a_throttled_overview_pauses_no_longer_than_its_deadline_allows(
    source: FakeBedrock,
    contract: QueryContract,
    observability: Observability,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source.largest_page = 100
    remaining, pauses = [10.0], []
    # Random pauses of their maximum length: 2 s, 4 s, 8 s, ...
    monkeypatch.setattr("random.uniform", lambda _, most: most)

    def throttle(bedrock: FakeBedrock) -> None:
        if len(bedrock.calls) > 1:
            raise ThrottlingException("slow down")

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        remaining[0] -= seconds

    source.before_page = throttle
    report = OverviewReport(
        source, contract, observability, limit_of=lambda _: 3600.0, now=lambda: NOW, sleep=sleep
    )
    answer = report.make(contract.from_json({}), Deadline(lambda: remaining[0]))
    assert not answer["complete"]
    assert pauses == [2.0, 4.0, 4.0]
