"""The embedded Bedrock, called without a socket."""

import json
from typing import Any

import pytest
from moto.bedrock.models import bedrock_backends
from werkzeug.test import Client, TestResponse

from local.embedded_aws.bedrock import bedrock_application
from local.simulated_jobs.sample_jobs import sample_jobs

PATH = "/model-customization-jobs"
REQUEST = {
    "jobName": "support-triage-1",
    "customModelName": "support-triage",
    "roleArn": "arn:aws:iam::123456789012:role/customization",
    "baseModelIdentifier": "amazon.nova-lite-v1:0:300k",
    "trainingDataConfig": {"s3Uri": "s3://data/train.jsonl"},
    "outputDataConfig": {"s3Uri": "s3://data/out"},
    "hyperParameters": {"epochCount": "2"},
    "jobTags": [{"key": "team", "value": "support"}],
}


@pytest.fixture
def client() -> Client:
    bedrock_backends.reset()
    return Client(bedrock_application(sample_jobs(20)))


def _json(response: TestResponse) -> Any:
    return json.loads(response.get_data())


def _error(response: TestResponse) -> tuple[int, str | None]:
    assert _json(response)["message"]
    return response.status_code, response.headers.get("x-amzn-ErrorType")


def test_jobs_are_listed(client: Client) -> None:
    response = client.get(PATH, query_string={"maxResults": "20"})
    assert response.status_code == 200
    assert len(_json(response)["modelCustomizationJobSummaries"]) == 20


def test_an_error_has_the_form_of_bedrocks_errors(client: Client) -> None:
    assert _error(client.get(PATH, query_string={"maxResults": "0"})) == (400, "ValidationException")


def test_a_created_job_can_be_listed_retrieved_and_stopped(client: Client) -> None:
    created = client.post(PATH, json=REQUEST)
    assert created.status_code == 201
    arn = _json(created)["jobArn"]
    newest = _json(client.get(PATH, query_string={"maxResults": "1"}))["modelCustomizationJobSummaries"][0]
    assert (newest["jobArn"], newest["status"]) == (arn, "InProgress")
    assert "endTime" not in newest
    for identifier in (REQUEST["jobName"], arn.replace("/", "%2F")):
        detail = _json(client.get(f"{PATH}/{identifier}"))
        assert detail["jobArn"] == arn
        assert detail["hyperParameters"] == REQUEST["hyperParameters"]
        assert detail["trainingDataConfig"] == REQUEST["trainingDataConfig"]
    assert _json(client.post("/listTagsForResource", json={"resourceARN": arn}))["tags"] == REQUEST["jobTags"]
    assert client.post(f"{PATH}/{REQUEST['jobName']}/stop").status_code == 200
    stopping = _json(client.get(f"{PATH}/{REQUEST['jobName']}"))
    assert stopping["status"] == stopping["statusDetails"]["validationDetails"]["status"] == "Stopping"
    assert _error(client.post(f"{PATH}/{REQUEST['jobName']}/stop")) == (400, "ConflictException")


def test_simulated_jobs_have_tags_and_only_the_complete_arn_is_accepted(client: Client) -> None:
    listed = _json(client.get(PATH))["modelCustomizationJobSummaries"][0]
    answer = client.post("/listTagsForResource", json={"resourceARN": listed["jobArn"]})
    tags = {each["key"]: each["value"] for each in _json(answer)["tags"]}
    assert tags == {"team": listed["jobName"].partition("-")[0], "stage": "production"}
    prefix, _, identifier = listed["jobArn"].partition("model-customization-job/")
    short = f"{prefix}model-customization-job/{identifier.rpartition('/')[2]}"
    assert _error(client.post("/listTagsForResource", json={"resourceARN": short})) == (
        400,
        "ValidationException",
    )
    unknown = listed["jobArn"][:-12] + "0" * 12
    # The status is not compared: moto chooses it.
    _, name = _error(client.post("/listTagsForResource", json={"resourceARN": unknown}))
    assert name == "ResourceNotFoundException"


@pytest.mark.parametrize("form", ["id", "foundation-model", "custom-model", "name"])
def test_a_base_model_can_be_given_in_each_form(form: str, client: Client) -> None:
    listed = _json(client.get(PATH))["modelCustomizationJobSummaries"]
    completed = next(
        job for job in listed if "customModelArn" in job and job["customizationType"] != "IMPORTED"
    )
    identifier, arn = {
        "id": (completed["baseModelArn"].rpartition("/")[2], completed["baseModelArn"]),
        "foundation-model": (completed["baseModelArn"], completed["baseModelArn"]),
        "custom-model": (completed["customModelArn"], completed["customModelArn"]),
        "name": (completed["customModelName"], completed["customModelArn"]),
    }[form]
    assert client.post(PATH, json={**REQUEST, "baseModelIdentifier": identifier}).status_code == 201
    assert _json(client.get(f"{PATH}/{REQUEST['jobName']}"))["baseModelArn"] == arn


def test_a_retry_with_the_same_token_creates_no_second_job(client: Client) -> None:
    request = {**REQUEST, "clientRequestToken": "token-1"}
    responses = [client.post(PATH, json=request) for _ in range(2)]
    assert [each.status_code for each in responses] == [201, 201]
    assert _json(responses[0]) == _json(responses[1])


def test_an_invalid_creation_request_is_rejected(client: Client) -> None:
    assert _error(client.post(PATH, json={**REQUEST, "jobName": "-"})) == (400, "ValidationException")
    assert _error(client.post(PATH, json={})) == (400, "ValidationException")
    assert _error(client.post(PATH, json={**REQUEST, "baseModelIdentifier": "unknown"})) == (
        400,
        "ValidationException",
    )
    client.post(PATH, json=REQUEST)
    assert _error(client.post(PATH, json=REQUEST)) == (400, "ConflictException")


def test_an_unknown_job_is_not_found(client: Client) -> None:
    assert _error(client.get(f"{PATH}/unknown")) == (404, "ResourceNotFoundException")
