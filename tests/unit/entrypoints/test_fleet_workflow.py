from typing import Any, cast

import pytest

from customization_jobs.entrypoints.fleet_workflow import FleetWorkflow
from customization_jobs.entrypoints.workflow import WorkflowEntryPoint
from customization_jobs.errors import ValidationException
from customization_jobs.listing.query import QueryContract
from customization_jobs.observability import Observability
from tests.fakes import FakeBedrock
from tests.unit.entrypoints.conftest import invoke
from tests.unit.fleet.report_fleet import Fleet


@pytest.fixture
def fleet(contract: QueryContract) -> Fleet:
    return Fleet(contract)


@pytest.fixture
def of_fleet(fleet: Fleet, contract: QueryContract, observability: Observability) -> WorkflowEntryPoint:
    source = FakeBedrock(before_page=lambda _: pytest.fail("Bedrock was called"))
    reports = FleetWorkflow(fleet.reports(), contract.statuses)
    return WorkflowEntryPoint(
        source,
        contract,
        observability,
        call_seconds=24,
        overview=cast("Any", None),
        trends=cast("Any", None),
        fleet=lambda: reports,
    )


def test_a_workflow_lists_the_jobs_of_the_fleet(of_fleet: WorkflowEntryPoint) -> None:
    answer = invoke(of_fleet, {"fleet": True, "account": "111122223333"})
    assert len(answer["modelCustomizationJobSummaries"]) == 6
    assert answer["counts"] == {"InProgress": 2, "Completed": 2, "Failed": 2, "Stopping": 0, "Stopped": 0}
    assert list(answer["asOf"]) == ["111122223333/us-east-1", "111122223333/us-west-2"]
    assert answer["coverage"]["complete"] is True
    assert not {"nextToken", "stoppedBy"} & answer.keys()


def test_a_workflow_resumes_with_the_token(of_fleet: WorkflowEntryPoint) -> None:
    query = {"fleet": True, "maxResults": 9}
    first = invoke(of_fleet, query)
    assert first["stoppedBy"] == "maxResults"
    second = invoke(of_fleet, {**query, "nextToken": first["nextToken"]})
    arns = [each["jobArn"] for answer in (first, second) for each in answer["modelCustomizationJobSummaries"]]
    assert len(set(arns)) == len(arns) == 15


def test_jobs_have_only_the_named_fields_and_are_counted_nevertheless(of_fleet: WorkflowEntryPoint) -> None:
    answer = invoke(of_fleet, {"fleet": True, "region": "us-west-2", "fields": ["account", "status"]})
    assert set(answer["modelCustomizationJobSummaries"][0]) == {"account", "status"}
    assert answer["counts"]["Completed"] == 2
    assert answer["coverage"]["sources"] == 3


def test_a_workflow_gets_the_overview_and_the_coverage(of_fleet: WorkflowEntryPoint) -> None:
    overview = invoke(of_fleet, {"fleet": True, "overview": True, "region": "us-east-1"})
    assert (overview["jobs"], overview["coverage"]["sources"]) == (9, 3)
    coverage = invoke(of_fleet, {"fleet": True, "coverage": True, "state": "denied"})
    assert [each["state"] for each in coverage["sources"]] == ["denied"]
    assert coverage["coverage"]["sources"] == 6


@pytest.mark.parametrize(
    ("event", "parameters"),
    [
        ({"fleet": 1, "statusEqual": "Failed"}, ["fleet", "statusEqual"]),
        ({"fleet": "true", "overview": None, "maxResults": 5}, ["fleet", "overview", "maxResults"]),
        ({"fleet": True, "coverage": {}, "statusEquals": "Failed"}, ["coverage", "statusEquals"]),
        ({"fleet": True, "overview": True, "coverage": True}, ["coverage"]),
        ({"fleet": True, "trends": True}, ["trends"]),
        ({"fleet": True, "account": 111122223333}, ["account"]),
        ({"fleet": 1, "fields": ["accounts", "x"], "acount": "1"}, ["fleet", "acount", "fields", "fields"]),
        ({"fleet": True, "overview": True, "fields": ["jobs"]}, ["fields"]),
    ],
)
def test_every_problem_is_named(
    of_fleet: WorkflowEntryPoint, event: dict[str, Any], parameters: list[str]
) -> None:
    with pytest.raises(ValidationException) as raised:
        invoke(of_fleet, event)
    assert [each.parameter for each in raised.value.problems] == parameters


def test_without_a_fleet_the_error_says_what_to_do(workflow: WorkflowEntryPoint) -> None:
    with pytest.raises(ValidationException, match="Set fleetRegions"):
        invoke(workflow, {"fleet": True})
