import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_bedrock import BedrockClient

    from tests.contract.real_clients.conftest import SetFault

A_MONTH_AGO = datetime.now(UTC) - timedelta(days=30)
TWO_MONTHS_AGO = datetime.now(UTC) - timedelta(days=60)

Check = Callable[[list[dict[str, Any]]], bool]

# For each input, a check that fails if the answer ignores that input.
INPUTS: dict[str, tuple[dict[str, Any], Check]] = {
    "none": ({}, lambda jobs: len(jobs) == 100),
    "creationTimeAfter": (
        {"creationTimeAfter": A_MONTH_AGO},
        lambda jobs: all(job["creationTime"] > A_MONTH_AGO for job in jobs),
    ),
    "creationTimeBefore": (
        {"creationTimeBefore": A_MONTH_AGO},
        lambda jobs: all(job["creationTime"] < A_MONTH_AGO for job in jobs),
    ),
    "statusEquals": (
        {"statusEquals": "Failed"},
        lambda jobs: {job["status"] for job in jobs} == {"Failed"},
    ),
    "nameContains": (
        {"nameContains": "support-reply"},
        lambda jobs: all("support-reply" in job["jobName"] for job in jobs),
    ),
    "maxResults": ({"maxResults": 7}, lambda jobs: len(jobs) == 7),
    "sortBy": ({"sortBy": "CreationTime"}, lambda jobs: len(jobs) == 100),
    "sortOrder": (
        {"sortBy": "CreationTime", "sortOrder": "Ascending", "maxResults": 1000},
        lambda jobs: [job["creationTime"] for job in jobs] == sorted(job["creationTime"] for job in jobs),
    ),
    "all": (
        {
            "creationTimeAfter": TWO_MONTHS_AGO,
            "creationTimeBefore": A_MONTH_AGO,
            "statusEquals": "Completed",
            "nameContains": "a",
            "maxResults": 5,
            "sortBy": "CreationTime",
            "sortOrder": "Descending",
        },
        lambda jobs: len(jobs) == 5 and all(job["status"] == "Completed" for job in jobs),
    ),
}


def _parsed(answer: Any) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


@pytest.mark.parametrize("name", INPUTS)
def test_each_input_gets_exactly_the_answer_of_bedrock(
    name: str, service: "BedrockClient", bedrock: "BedrockClient"
) -> None:
    query, check = INPUTS[name]
    answer = _parsed(service.list_model_customization_jobs(**query))
    assert answer == _parsed(bedrock.list_model_customization_jobs(**query))
    jobs = answer["modelCustomizationJobSummaries"]
    assert jobs
    assert check(jobs)


def test_next_token_resumes_where_bedrock_itself_would(
    service: "BedrockClient", bedrock: "BedrockClient"
) -> None:
    first = service.list_model_customization_jobs(maxResults=40)
    token = first["nextToken"]
    second = service.list_model_customization_jobs(maxResults=40, nextToken=token)
    assert _parsed(second) == _parsed(bedrock.list_model_customization_jobs(maxResults=40, nextToken=token))
    assert first["modelCustomizationJobSummaries"][-1] not in second["modelCustomizationJobSummaries"]


def test_a_summary_has_every_field_of_the_model(service: "BedrockClient") -> None:
    jobs = service.list_model_customization_jobs(maxResults=1000)["modelCustomizationJobSummaries"]
    shape: Any = service.meta.service_model.shape_for("ModelCustomizationJobSummary")
    assert {name for job in jobs for name in job} == set(shape.members)


@pytest.mark.parametrize("page_size", [None, 33])
def test_the_paginator_lists_every_job_once(
    page_size: int | None, service: "BedrockClient", bedrock: "BedrockClient"
) -> None:
    def listed(client: "BedrockClient") -> list[str]:
        config = {"PageSize": page_size} if page_size else {}
        pages = client.get_paginator("list_model_customization_jobs").paginate(PaginationConfig=config)  # type: ignore[arg-type]
        return [job["jobArn"] for page in pages for job in page["modelCustomizationJobSummaries"]]

    arns = listed(service)
    assert len(arns) == len(set(arns)) == 260
    assert arns == listed(bedrock)


def test_the_paginator_stops_and_resumes(service: "BedrockClient") -> None:
    paginator = service.get_paginator("list_model_customization_jobs")
    first = paginator.paginate(PaginationConfig={"MaxItems": 45, "PageSize": 20}).build_full_result()
    rest = paginator.paginate(
        PaginationConfig={"StartingToken": first["NextToken"], "PageSize": 20}
    ).build_full_result()
    assert len(first["modelCustomizationJobSummaries"]) == 45
    assert len(rest["modelCustomizationJobSummaries"]) == 260 - 45


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("AccessDeniedException", 403),
        ("ValidationException", 400),
        ("InternalServerException", 500),
        ("ThrottlingException", 429),
    ],
)
def test_bedrocks_error_is_caught_by_its_class(
    name: str, status: int, service: "BedrockClient", set_fault: "SetFault"
) -> None:
    set_fault(error=name, message=f"Injected {name}.")
    with pytest.raises(getattr(service.exceptions, name)) as caught:
        service.list_model_customization_jobs()
    error = caught.value.response
    denied = "Bedrock denied the call. The service's log has Bedrock's reason."
    message = denied if name == "AccessDeniedException" else f"Injected {name}."
    assert error["Error"]["Code"] == name
    assert message in error["Error"]["Message"]
    assert error["ResponseMetadata"]["HTTPStatusCode"] == status
    assert ("retry-after" in error["ResponseMetadata"]["HTTPHeaders"]) == (status == 429)


def test_an_invalid_input_that_boto3_sends_is_a_validation_exception(service: "BedrockClient") -> None:
    with pytest.raises(
        service.exceptions.ValidationException, match=r"maxResults.*statusEquals|statusEquals.*maxR"
    ):
        service.list_model_customization_jobs(maxResults=1001, statusEquals="Paused")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fault", "name", "status"),
    [
        ({"delaySeconds": 4}, "BedrockTimeoutException", 504),
        ({"drop": True}, "BedrockUnavailableException", 503),
        ({"status": 200, "body": "<html>"}, "UnexpectedAnswerException", 502),
        ({"status": 418, "body": '{"message": "?"}'}, "UnexpectedAnswerException", 502),
    ],
)
def test_a_failure_outside_bedrocks_api_has_a_name_and_never_hangs(
    fault: dict[str, Any], name: str, status: int, service: "BedrockClient", set_fault: "SetFault"
) -> None:
    set_fault(**fault)
    started = time.monotonic()
    with pytest.raises(ClientError) as caught:
        service.list_model_customization_jobs()
    # API Gateway gives up after 29 s.
    assert time.monotonic() - started < 25
    assert caught.value.response["Error"]["Code"] == name
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
