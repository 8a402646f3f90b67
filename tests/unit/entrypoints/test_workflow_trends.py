from datetime import timedelta
from typing import Any

import pytest

from customization_jobs.entrypoints.workflow import WorkflowEntryPoint
from customization_jobs.errors import ValidationException
from tests.fakes import NOW, FakeBedrock, text
from tests.unit.entrypoints.conftest import invoke


def test_trends_are_of_all_jobs(workflow: WorkflowEntryPoint, source: FakeBedrock) -> None:
    answer = invoke(workflow, {"trends": True})
    assert (answer["complete"], answer["jobs"]) == (True, 600)
    assert answer["byWeek"][answer["currentWeek"]] == {"Completed": 200, "Failed": 200, "Stopped": 0}
    assert answer["failures"]["notRecorded"] == 200
    assert {call["maxResults"] for call in source.calls} == {700}


def test_trends_are_of_the_selected_jobs_alone(workflow: WorkflowEntryPoint) -> None:
    after = text(NOW - timedelta(minutes=100))
    answer = invoke(workflow, {"trends": True, "statusEquals": "Failed", "creationTimeAfter": after})
    assert answer["jobs"] == answer["failures"]["byCategory"]["unknown"] == 33


def test_trends_cut_by_the_deadline_are_incomplete(workflow: WorkflowEntryPoint, source: FakeBedrock) -> None:
    source.largest_page = 500
    answer = invoke(workflow, {"trends": True}, seconds=20)
    assert answer["complete"] is False


@pytest.mark.parametrize("value", [False, None, "true", 1, {}])
def test_trends_are_requested_only_by_true(workflow: WorkflowEntryPoint, value: Any) -> None:
    with pytest.raises(ValidationException) as raised:
        invoke(workflow, {"trends": value, "maxResults": 5})
    assert [problem.parameter for problem in raised.value.problems] == ["trends", "maxResults"]
    assert str(raised.value.problems[0]) == f"trends: got {value!r}, allowed: true, or omit it"


def test_one_report_is_requested_at_a_time(workflow: WorkflowEntryPoint) -> None:
    with pytest.raises(ValidationException) as raised:
        invoke(workflow, {"overview": True, "trends": True})
    assert [problem.parameter for problem in raised.value.problems] == ["trends"]
