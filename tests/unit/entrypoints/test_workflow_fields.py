"""`fields` in the queries of workflows."""

import json
from datetime import timedelta
from typing import Any

import pytest

from customization_jobs.entrypoints.workflow import WorkflowEntryPoint
from customization_jobs.errors import ValidationException
from tests.fakes import NOW, FakeBedrock, job
from tests.unit.entrypoints.conftest import invoke

JOBS = "modelCustomizationJobSummaries"


def everything(workflow: WorkflowEntryPoint, payload: dict[str, Any]) -> list[dict[str, Any]]:
    answers = [invoke(workflow, payload)]
    while "nextToken" in answers[-1]:
        answers.append(invoke(workflow, {**payload, "nextToken": answers[-1]["nextToken"]}))
    return answers


def test_jobs_have_only_the_named_fields_and_are_counted_nevertheless(workflow: WorkflowEntryPoint) -> None:
    answer = invoke(workflow, {"fields": ["jobName"], "maxResults": 3})
    assert answer[JOBS] == [{"jobName": f"support-tone-{number}"} for number in range(3)]
    assert answer["counts"]["Failed"] == 1
    assert answer["stoppedBy"] == "maxResults"


def test_more_jobs_fit_into_an_answer(workflow: WorkflowEntryPoint, source: FakeBedrock) -> None:
    source.jobs = [
        job(number, created=NOW - timedelta(minutes=number), pad="x" * 500) for number in range(5000)
    ]
    complete = everything(workflow, {})
    selected = everything(workflow, {"fields": ["jobName", "status"]})
    assert (len(complete), len(selected)) == (22, 2)
    assert len(json.dumps(selected[0])) > 150 * 1024
    names = [each["jobName"] for answer in selected for each in answer[JOBS]]
    assert names == [each["jobName"] for each in source.jobs]


def test_the_fields_can_change_from_answer_to_answer(workflow: WorkflowEntryPoint) -> None:
    first = invoke(workflow, {"fields": ["jobName"], "maxResults": 5})
    second = invoke(workflow, {"fields": ["status"], "maxResults": 5, "nextToken": first["nextToken"]})
    assert set(second[JOBS][0]) == {"status"}


def test_all_problems_are_named_at_once(workflow: WorkflowEntryPoint) -> None:
    with pytest.raises(ValidationException) as raised:
        invoke(workflow, {"fields": ["jobNam", "status"], "maxResults": 0, "field": 1, "nextToken": "x"})
    problems = {each.parameter: each for each in raised.value.problems}
    assert set(problems) == {"maxResults", "field", "nextToken", "fields"}
    assert problems["fields"].sent == "the unknown name 'jobNam' (did you mean jobName?)"
    assert problems["field"].sent == "an unknown name (did you mean fields?)"


@pytest.mark.parametrize("fields", ["jobName", [], None, [1]])
def test_fields_are_a_list_of_names(workflow: WorkflowEntryPoint, fields: Any) -> None:
    with pytest.raises(ValidationException, match="a list of one or more of jobArn, "):
        invoke(workflow, {"fields": fields})


def test_an_overview_has_no_fields_to_select(workflow: WorkflowEntryPoint) -> None:
    with pytest.raises(ValidationException, match="fields: got an unknown name"):
        invoke(workflow, {"overview": True, "fields": ["jobs"]})
