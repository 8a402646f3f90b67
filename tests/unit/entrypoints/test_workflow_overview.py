from datetime import timedelta
from typing import Any

import pytest

from customization_jobs.entrypoints.workflow import WorkflowEntryPoint
from customization_jobs.errors import ThrottlingException, ValidationException
from customization_jobs.listing.query import QueryContract
from customization_jobs.observability import Observability
from customization_jobs.reports.overview import OverviewReport
from customization_jobs.timeouts import Deadline
from tests.fakes import NOW, FakeBedrock, text
from tests.unit.entrypoints.conftest import invoke


def test_an_overview_counts_all_jobs(workflow: WorkflowEntryPoint, source: FakeBedrock) -> None:
    answer = invoke(workflow, {"overview": True})
    assert (answer["complete"], answer["jobs"]) == (True, 600)
    assert answer["byStatus"]["Failed"] == 200
    assert answer["stuck"]["count"] == sum(n > 60 and n % 3 == 0 for n in range(600))
    assert {call["maxResults"] for call in source.calls} == {700}


def test_an_overview_counts_only_the_selected_jobs(workflow: WorkflowEntryPoint) -> None:
    after = text(NOW - timedelta(minutes=100))
    answer = invoke(workflow, {"overview": True, "statusEquals": "Failed", "creationTimeAfter": after})
    assert answer["jobs"] == answer["byStatus"]["Failed"] == 33


def test_an_overview_cut_by_the_deadline_is_incomplete(
    workflow: WorkflowEntryPoint, source: FakeBedrock
) -> None:
    source.largest_page = 100
    answer = invoke(workflow, {"overview": True}, seconds=20)
    assert (answer["complete"], answer["jobs"]) == (False, 100)


@pytest.mark.parametrize("value", [False, None, 1, "true", {}])
def test_an_overview_is_requested_only_by_true(workflow: WorkflowEntryPoint, value: Any) -> None:
    with pytest.raises(ValidationException) as raised:
        invoke(workflow, {"overview": value, "maxResults": 5, "statusEqual": "Failed"})
    names = [problem.parameter for problem in raised.value.problems]
    assert names == ["overview", "maxResults", "statusEqual"]
    assert str(raised.value.problems[0]) == f"overview: got {value!r}, allowed: true, or omit it"


def test_an_overview_accepts_neither_paging_nor_order(workflow: WorkflowEntryPoint) -> None:
    others = {"maxResults": 5, "nextToken": "t", "sortBy": "CreationTime", "sortOrder": "Ascending"}
    with pytest.raises(ValidationException) as raised:
        invoke(workflow, {"overview": True, **others})
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
    # Random pauses of their maximum length: 2 s, then 3 s each.
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
    assert pauses == [2.0, 3.0, 3.0, 2.0]
