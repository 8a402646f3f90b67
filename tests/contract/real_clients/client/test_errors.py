"""Each error of the API has its class in boto3, and its name on the command line."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from customization_jobs.entrypoints.documents import service_model
from local.common.http_client import HttpResponse
from local.processes.process_group import ProcessGroup
from openapi.errors import HTTP_ERRORS
from tests.contract.real_clients.client.conftest import REGION

if TYPE_CHECKING:
    from tests.contract.real_clients.client.conftest import RunAws
    from tests.contract.real_clients.client.signed_gateway import SignedGateway

# How Bedrock causes them.
FAULTS: dict[str, dict[str, Any]] = {
    "AccessDeniedException": {"error": "AccessDeniedException"},
    "ThrottlingException": {"error": "ThrottlingException"},
    "InternalServerException": {"error": "InternalServerException"},
    "UnexpectedAnswerException": {"status": 200, "body": "<html>"},
    "BedrockUnavailableException": {"drop": True},
    "BedrockTimeoutException": {"delaySeconds": 4},
}
# Errors that a call causes, with the inputs of `get-job-timeline` that cause them.
CALLS: dict[str, dict[str, Any]] = {
    "ValidationException": {"jobIdentifier": "job", "fields": ["jobs"]},
    "ResourceNotFoundException": {"jobIdentifier": "no-such-job"},
}
# Errors that the clients cannot cause.
OTHERS = {"MethodNotAllowedException", "NotAcceptableException", "WatchUnavailableException"}


def test_every_error_is_caused_here() -> None:
    names = {error.__name__ for error in HTTP_ERRORS}
    assert {*FAULTS, *CALLS, *OTHERS} == names
    shapes = service_model(has_fleet=True)["shapes"]
    assert {name for name, shape in shapes.items() if shape.get("exception")} == names


def check(client: Any, error: ClientError, name: str) -> None:
    status = next(each.http_status for each in HTTP_ERRORS if each.__name__ == name)
    assert isinstance(error, getattr(client.exceptions, name))
    response: Any = error.response
    assert (response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]) == (name, status)
    assert response["Error"]["Message"] == response["message"] != ""


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_of_bedrock(name: str, client: Any, aws: "RunAws", fail_bedrock: Callable[..., None]) -> None:
    fail_bedrock(**FAULTS[name])
    with pytest.raises(ClientError) as raised:
        client.list_model_customization_jobs()
    check(client, raised.value, name)
    done = aws("list-model-customization-jobs")
    assert done.returncode != 0
    assert f"An error occurred ({name}) when calling the ListModelCustomizationJobs operation" in done.stderr


@pytest.mark.parametrize("name", CALLS)
def test_a_wrong_call(name: str, client: Any, aws: "RunAws") -> None:
    with pytest.raises(ClientError) as raised:
        client.get_model_customization_job_timeline(**CALLS[name])
    check(client, raised.value, name)
    identifier, *fields = CALLS[name].values()
    options = [each for names in fields for each in ("--fields", *names)]
    done = aws("get-model-customization-job-timeline", "--job-identifier", str(identifier), *options)
    assert done.returncode != 0
    assert f"An error occurred ({name})" in done.stderr


def test_every_problem_of_a_query_is_named(client: Any) -> None:
    with pytest.raises(client.exceptions.ValidationException) as raised:
        client.list_model_customization_jobs(statusEquals="Paused", whereStatus=["Filed"], maxResults=1001)
    problems = raised.value.response["problems"]
    assert {each["parameter"] for each in problems} == {"statusEquals", "where.status", "maxResults"}
    assert all(each["sent"] and each["allowed"] for each in problems)


def test_what_the_clients_never_do(client: Any) -> None:
    def refuse_json(request: Any, **_: Any) -> None:
        request.headers["Accept"] = "image/png"

    def post(request: Any, **_: Any) -> None:
        request.method = "POST"

    for change, name in ((refuse_json, "NotAcceptableException"), (post, "MethodNotAllowedException")):
        client.meta.events.register("before-sign.customization-jobs", change)
        try:
            with pytest.raises(ClientError) as raised:
                client.get_overview()
        finally:
            client.meta.events.unregister("before-sign.customization-jobs", change)
        check(client, raised.value, name)


@pytest.fixture(scope="module")
def without_table(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProcessGroup]:
    """Start a stack whose table is gone."""
    settings = {"WATCH_TABLE": "gone"}
    with ProcessGroup(region=REGION, settings=settings, logs=tmp_path_factory.mktemp("logs")) as stack:
        yield stack


def test_a_table_that_is_gone(
    client: Any, gateway: "SignedGateway", without_table: ProcessGroup, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway, "upstream", without_table.gateway.url)
    with pytest.raises(client.exceptions.WatchUnavailableException) as raised:
        client.get_model_customization_job_timeline(jobIdentifier="arn:aws:bedrock:us-east-1::job/any")
    check(client, raised.value, "WatchUnavailableException")


def test_an_error_of_api_gateway_itself(client: Any, aws: "RunAws", gateway: "SignedGateway") -> None:
    answer = HttpResponse(429, {"x-amzn-ErrorType": "TooManyRequestsException"}, b'{"message": "Too fast"}')
    gateway.instead += [answer, answer]
    with pytest.raises(ClientError, match=r"\(TooManyRequestsException\).*Too fast"):
        client.get_overview()
    assert "An error occurred (TooManyRequestsException)" in aws("get-overview").stderr
