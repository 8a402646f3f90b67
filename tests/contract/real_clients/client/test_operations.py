"""Each operation, by boto3 and by the AWS CLI: every input arrives, and every field of the answer."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from botocore import xform_name

from client_model.names import SERVICE
from customization_jobs.entrypoints.documents import service_model
from local.common.http_client import call
from tests.contract.real_clients.client.conftest import output_of

if TYPE_CHECKING:
    from local.processes.process_group import ProcessGroup
    from tests.contract.real_clients.client.conftest import RunAws
    from tests.contract.real_clients.client.signed_gateway import SignedGateway

MODEL = service_model(has_fleet=True)
JOB = "support-reply-drafts-20261125"
# The required inputs of the operations that have any.
REQUIRED: Mapping[str, dict[str, str]] = {"GetModelCustomizationJobTimeline": {"jobIdentifier": JOB}}
# The first time is later than all others.
TIMES = "2126-01-31T12:00:00+01:00", "2026-01-31[Europe/Berlin]", "-90d", "P90D"
# Values of the inputs, for boto3, by the names in a query string.
VALUES: Mapping[str, Any] = {
    "creationTimeAfter": TIMES[2],
    "creationTimeBefore": TIMES[0],
    "statusEquals": "Failed",
    "nameContains": "support",
    "maxResults": 7,
    "sortBy": "CreationTime",
    "sortOrder": "Ascending",
    "where.status": ["Failed", "Stopped"],
    "where.customizationType": ["FINE_TUNING"],
    "where.baseModel": "nova-lite",
    "where.outputModel": "support+1",
    "where.lastModifiedAfter": TIMES[3],
    "where.lastModifiedBefore": TIMES[0],
    "where.endedAfter": TIMES[1],
    "where.endedBefore": TIMES[0],
    "where.durationAtLeast": "90m",
    "where.durationAtMost": "P1DT12H",
    "where.stuck": False,
    "where.failureCategory": ["permissions", "data-format"],
    "where.tag": ["team=search, or not", "owner"],
    "account": "123456789012",
    "region": "us-east-1",
    "state": "listed",
}


def inputs_of(operation: str) -> dict[str, Any]:
    shape: dict[str, Any] = MODEL["shapes"][MODEL["operations"][operation]["input"]["shape"]]["members"]
    return shape


def test_the_operations_are_those_on_jobs() -> None:
    assert set(MODEL["operations"]) == {
        "ListModelCustomizationJobs",
        "GetModelCustomizationJobTimeline",
        "GetOverview",
        "GetTrends",
        "ListFleetModelCustomizationJobs",
        "GetFleetOverview",
        "GetFleetCoverage",
    }


def comparable(value: Any) -> Any:
    """Return a value without what the clients change, which are times and nulls, and without ages."""
    if isinstance(value, dict):
        kept = {name: each for name, each in value.items() if name not in ("ageSeconds", "ResponseMetadata")}
        return {name: comparable(each) for name, each in kept.items() if each is not None}
    if isinstance(value, list):
        return [comparable(each) for each in value]
    is_time = isinstance(value, datetime) or (
        isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|\+00:00)", value)
    )
    return "a time" if is_time else value


def plain(fleet: "ProcessGroup", operation: str, query: str = "") -> Any:
    path = MODEL["operations"][operation]["http"]["requestUri"]
    answer = call(fleet.gateway.url + path.format(jobIdentifier=JOB) + query)
    assert answer.ok, answer.text
    return answer.json()


@pytest.mark.parametrize("operation", MODEL["operations"])
def test_boto3_reads_every_field(operation: str, client: Any, fleet: "ProcessGroup") -> None:
    answer = getattr(client, xform_name(operation))(**REQUIRED.get(operation, {}))
    expected = plain(fleet, operation)
    assert comparable(answer) == comparable(expected)
    assert len(json.dumps(expected)) > 500


@pytest.mark.parametrize("operation", MODEL["operations"])
def test_the_command_line_prints_every_field(operation: str, aws: "RunAws", fleet: "ProcessGroup") -> None:
    required = [
        each for value in REQUIRED.get(operation, {}).values() for each in ("--job-identifier", value)
    ]
    command = xform_name(operation, "-")
    assert comparable(output_of(aws(command, "--no-paginate", *required))) == comparable(
        plain(fleet, operation)
    )


def test_a_timeline_is_found_by_its_arn(client: Any, aws: "RunAws", gateway: "SignedGateway") -> None:
    arn = client.get_model_customization_job_timeline(jobIdentifier=JOB)["job"]["jobArn"]
    assert "/" in arn
    by_arn = output_of(aws("get-model-customization-job-timeline", "--job-identifier", arn))
    assert by_arn["job"]["jobName"] == JOB
    assert gateway.passed[-1] == f"/model-customization-jobs/{quote(arn, safe='')}/timeline"


def fields_of(operation: str) -> list[str]:
    member = inputs_of(operation)["fields"]
    fields: list[str] = MODEL["shapes"][MODEL["shapes"][member["shape"]]["member"]["shape"]]["enum"]
    return fields


def given_inputs(operation: str) -> dict[str, Any]:
    """Return a value for each input, by its name in the model, but those that only another answer has."""
    values = {**VALUES, **REQUIRED.get(operation, {})}
    inputs = {name: each["locationName"] for name, each in inputs_of(operation).items()}
    if "fields" in inputs:
        values["fields"] = fields_of(operation)
    return {name: values[sent] for name, sent in inputs.items() if sent != "nextToken"}


def sent_query(target: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(target).query)


def expected_query(operation: str) -> dict[str, list[str]]:
    inputs = inputs_of(operation)
    listed = {
        inputs[name]["locationName"]: value if isinstance(value, list) else [value]
        for name, value in given_inputs(operation).items()
        if inputs[name]["location"] == "querystring"
    }
    return {
        name: [str(each).lower() if each is False else str(each) for each in values]
        for name, values in listed.items()
    }


@pytest.mark.parametrize("operation", MODEL["operations"])
def test_every_input_of_boto3_arrives(operation: str, client: Any, gateway: "SignedGateway") -> None:
    assert getattr(client, xform_name(operation))(**given_inputs(operation))
    assert sent_query(gateway.passed[-1]) == expected_query(operation)


@pytest.mark.parametrize("operation", MODEL["operations"])
def test_every_input_of_the_command_line_arrives(
    operation: str, aws: "RunAws", gateway: "SignedGateway"
) -> None:
    options: list[str] = []
    for name, value in given_inputs(operation).items():
        option = f"--{xform_name(name, '-')}"
        if name == "maxResults":
            # The paginator takes this option's place.
            options += ["--no-paginate", option, str(value)]
        elif value is False:
            options.append(f"--no-{option.removeprefix('--')}")
        elif isinstance(value, list):
            options += [option, *value]
        else:
            # With an equals sign, because a relative time begins with a minus sign.
            options.append(f"{option}={value}")
    assert output_of(aws(xform_name(operation, "-"), *options))
    assert sent_query(gateway.passed[-1]) == expected_query(operation)


@pytest.mark.parametrize("time", TIMES[1:])
def test_a_time_in_every_form_selects_jobs(time: str, client: Any, aws: "RunAws") -> None:
    jobs = client.list_model_customization_jobs(creationTimeAfter=time)["modelCustomizationJobSummaries"]
    assert 0 < len(jobs) <= 80
    printed = output_of(aws("list-model-customization-jobs", f"--creation-time-after={time}"))
    assert comparable(printed["modelCustomizationJobSummaries"]) == comparable(jobs)


def test_the_filters_select(client: Any, aws: "RunAws") -> None:
    statuses = {"Failed", "Stopped"}
    jobs = client.list_model_customization_jobs(whereStatus=sorted(statuses))[
        "modelCustomizationJobSummaries"
    ]
    assert {job["status"] for job in jobs} == statuses
    printed = output_of(
        aws("list-model-customization-jobs", "--where-status", *statuses, "--query", "*[].status")
    )
    assert sorted(printed) == sorted(job["status"] for job in jobs)


def test_the_model_is_served(fleet: "ProcessGroup") -> None:
    assert call(f"{fleet.gateway.url}/service-2.json").json() == MODEL
    assert MODEL["metadata"]["serviceId"].lower().replace(" ", "-") == SERVICE
