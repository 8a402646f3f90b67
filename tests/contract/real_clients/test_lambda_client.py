import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from local.common.http_client import call

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

    from local.processes.process_group import ProcessGroup
    from tests.contract.real_clients.conftest import SetFault

NAME = "customization-jobs"


def test_an_invocation_returns_the_answer(function: "LambdaClient") -> None:
    answer = function.invoke(FunctionName=f"{NAME}:live", Payload=json.dumps({"maxResults": 2}))
    assert answer["StatusCode"] == 200
    assert answer["ExecutedVersion"] == "$LATEST"
    assert "FunctionError" not in answer
    assert len(json.loads(answer["Payload"].read())["modelCustomizationJobSummaries"]) == 2


@pytest.mark.parametrize(
    ("fault", "payload", "name"),
    [
        ({"error": "ThrottlingException"}, {}, "ThrottlingException"),
        ({"error": "AccessDeniedException"}, {}, "AccessDeniedException"),
        ({"drop": True}, {}, "BedrockUnavailableException"),
        ({}, {"statusEquals": "Paused"}, "ValidationException"),
        ({}, {"Records": []}, "UnknownEventException"),
        ({}, {"schedule": {}}, "UnknownEventException"),
    ],
)
def test_an_error_has_the_name_of_its_class(
    fault: dict[str, Any],
    payload: dict[str, Any],
    name: str,
    function: "LambdaClient",
    set_fault: "SetFault",
) -> None:
    set_fault(**fault)
    answer = function.invoke(FunctionName=NAME, Payload=json.dumps(payload))
    error = json.loads(answer["Payload"].read())
    assert answer["FunctionError"] == "Unhandled"
    assert error["errorType"] == name
    assert error["errorMessage"]


def test_an_asynchronous_invocation_is_accepted_and_then_executed(
    function: "LambdaClient", stack: "ProcessGroup"
) -> None:
    payload = json.dumps({"overview": True})
    answer = function.invoke(FunctionName=NAME, InvocationType="Event", Payload=payload)
    assert answer["StatusCode"] == 202
    assert answer["Payload"].read() == b""
    request_id = answer["ResponseMetadata"]["RequestId"]
    assert call(f"{stack.gateway.url}/_local/invocations/{request_id}").json()["jobs"] == 260


def test_the_client_context_reaches_the_log(function: "LambdaClient", stack: "ProcessGroup") -> None:
    context = base64.b64encode(json.dumps({"custom": {"correlationId": "execution-4711"}}).encode()).decode()
    function.invoke(FunctionName=NAME, ClientContext=context, Payload=b"{}")
    lines = [
        json.loads(line) for line in stack.gateway.output.read_text().splitlines() if line.startswith("{")
    ]
    assert "execution-4711" in {line.get("correlation_id") for line in lines}


def test_another_function_does_not_exist(function: "LambdaClient") -> None:
    with pytest.raises(function.exceptions.ResourceNotFoundException, match="Function not found"):
        function.invoke(FunctionName="other")
