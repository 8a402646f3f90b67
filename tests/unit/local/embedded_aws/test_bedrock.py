"""The embedded Bedrock as an application: moto's server without the socket."""

import json
from typing import Any

import pytest
from moto.bedrock.models import bedrock_backends
from werkzeug.test import Client, TestResponse

from local.bedrock import embedded_bedrock
from local.faults import CONTROL_PATH, Faults
from local.lifeline import READY_PATH
from local.seed import believable_jobs

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
def application() -> Faults:
    bedrock_backends.reset()
    return embedded_bedrock(believable_jobs(20))


@pytest.fixture
def client(application: Faults) -> Client:
    return Client(application)


def _json(answer: TestResponse) -> Any:
    return json.loads(answer.get_data())


def _error(answer: TestResponse) -> tuple[int, str | None]:
    assert _json(answer)["message"]
    return answer.status_code, answer.headers.get("x-amzn-ErrorType")


def test_it_lists(client: Client) -> None:
    answer = client.get(PATH, query_string={"maxResults": "20"})
    assert answer.status_code == 200
    assert len(_json(answer)["modelCustomizationJobSummaries"]) == 20


def test_a_refusal_has_bedrocks_form(client: Client) -> None:
    assert _error(client.get(PATH, query_string={"maxResults": "0"})) == (400, "ValidationException")


def test_a_created_job_is_listed_got_and_stopped(client: Client) -> None:
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


@pytest.mark.parametrize("kind", ["id", "foundation-model", "custom-model", "name"])
def test_a_job_starts_from_a_model_by_each_of_its_names(kind: str, client: Client) -> None:
    listed = _json(client.get(PATH))["modelCustomizationJobSummaries"]
    made = next(job for job in listed if "customModelArn" in job and job["customizationType"] != "IMPORTED")
    identifier, arn = {
        "id": (made["baseModelArn"].rpartition("/")[2], made["baseModelArn"]),
        "foundation-model": (made["baseModelArn"], made["baseModelArn"]),
        "custom-model": (made["customModelArn"], made["customModelArn"]),
        "name": (made["customModelName"], made["customModelArn"]),
    }[kind]
    assert client.post(PATH, json={**REQUEST, "baseModelIdentifier": identifier}).status_code == 201
    assert _json(client.get(f"{PATH}/{REQUEST['jobName']}"))["baseModelArn"] == arn


def test_a_request_that_is_sent_again_makes_no_second_job(client: Client) -> None:
    request = {**REQUEST, "clientRequestToken": "token-1"}
    answers = [client.post(PATH, json=request) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert _json(answers[0]) == _json(answers[1])


def test_what_cannot_be_created_is_refused(client: Client) -> None:
    assert _error(client.post(PATH, json={**REQUEST, "jobName": "-"})) == (400, "ValidationException")
    assert _error(client.post(PATH, json={})) == (400, "ValidationException")
    assert _error(client.post(PATH, json={**REQUEST, "baseModelIdentifier": "nobodys"})) == (
        400,
        "ValidationException",
    )
    client.post(PATH, json=REQUEST)
    assert _error(client.post(PATH, json=REQUEST)) == (400, "ConflictException")


def test_an_unknown_job_is_not_found(client: Client) -> None:
    assert _error(client.get(f"{PATH}/nobody")) == (404, "ResourceNotFoundException")


def test_a_fault_lasts_as_long_as_it_was_asked_for(client: Client) -> None:
    client.post(CONTROL_PATH, json={"error": "ThrottlingException", "message": "Slow down.", "times": 2})
    for _ in range(2):
        answer = client.get(PATH)
        assert _error(answer) == (429, "ThrottlingException")
        assert _json(answer) == {"message": "Slow down."}
    assert client.get(PATH).status_code == 200


def test_a_fault_without_times_lasts_until_it_is_ended(client: Client) -> None:
    client.post(CONTROL_PATH, json={"status": 502, "body": "<html>"})
    assert [client.get(PATH).status_code for _ in range(3)] == [502] * 3
    assert client.get(READY_PATH).status_code == 200
    client.delete(CONTROL_PATH)
    assert client.get(PATH).status_code == 200
