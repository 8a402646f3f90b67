"""The REST API and the errors that API Gateway sends itself."""

import json
import re
from typing import Any

import pytest

from customization_jobs.errors import ERRORS
from infra.constructs.gateway_errors import GatewayError
from tests.infra.conftest import Synthesis

# Text of a caller that API Gateway logs: it answers a wrong signature with the canonical request.
HOSTILE = (
    'Rate "exceeded"',
    "The Canonical String for this request should have been\n'GET\n/prod/a\"b\\\nhost:x\n\n'",
    '", "status": 200, "x": "',
    "\\",
    "$context.error.message\t\r\n\x00\u2028",
    "😀 $context.requestId ${stageVariables.x} #set($x = 1)",
    "",
)
# Variables that contain text of the caller. AWS: "Clients can override this request ID."
OF_THE_CALLER = (
    *("error.message", "error.validationErrorString", "identity.userAgent", "identity.user"),
    *("path", "requestId", "integration.error", "integrationErrorMessage", "authorize.error", "domainName"),
)


def substitute(template: str, values: dict[str, str]) -> str:
    """Replace `$context` variables as API Gateway does: by their unescaped values, or "-" for no value.

    `error.messageString` is the one that is quoted: a JSON string, if there is an error.
    """
    quoted = dict(values)
    if "error.message" in values:
        quoted["error.messageString"] = json.dumps(values["error.message"])
    return re.sub(r"\$context\.([A-Za-z.]*[A-Za-z])", lambda match: quoted.get(match[1], "-"), template)


def test_every_path_and_method_requires_iam_and_reaches_the_function(stack: Synthesis) -> None:
    methods = stack.of_type("AWS::ApiGateway::Method").values()
    assert [method["HttpMethod"] for method in methods] == ["ANY", "ANY"]
    assert {method["AuthorizationType"] for method in methods} == {"AWS_IAM"}
    assert {method["Integration"]["Type"] for method in methods} == {"AWS_PROXY"}
    assert stack.only("AWS::ApiGateway::Resource")["PathPart"] == "{proxy+}"
    assert stack.only("AWS::ApiGateway::RestApi")["EndpointConfiguration"] == {"Types": ["REGIONAL"]}


def test_the_stage_is_throttled_traced_and_logged(stack: Synthesis, other_stack: Synthesis) -> None:
    stage = stack.only("AWS::ApiGateway::Stage")
    assert stage["TracingEnabled"] is True
    (settings,) = stage["MethodSettings"]
    assert (settings["ResourcePath"], settings["HttpMethod"]) == ("/*", "*")
    assert (settings["ThrottlingRateLimit"], settings["ThrottlingBurstLimit"]) == (10, 20)
    assert settings["DataTraceEnabled"] is False
    log = json.loads(stage["AccessLogSetting"]["Format"])
    assert {"extendedRequestId", "caller", "status", "integrationLatency", "errorType", "traceId"} < set(log)
    destination = json.dumps(stage["AccessLogSetting"]["DestinationArn"])
    assert stack.logical_id("AWS::Logs::LogGroup", "Api") in destination
    (other,) = other_stack.only("AWS::ApiGateway::Stage")["MethodSettings"]
    assert (other["ThrottlingRateLimit"], other["ThrottlingBurstLimit"]) == (3, 4)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_line_of_the_access_log_is_json_whatever_the_caller_sent(stack: Synthesis, text: str) -> None:
    template = stack.only("AWS::ApiGateway::Stage")["AccessLogSetting"]["Format"]
    known = {
        "status": "403",
        "error.responseType": "INVALID_SIGNATURE",
        "extendedRequestId": "Fn3cHEVcoAMFqg=",
    }
    line = json.loads(substitute(template, {**known, **dict.fromkeys(OF_THE_CALLER, text)}))
    assert (line["status"], line["errorType"]) == ("403", "INVALID_SIGNATURE")
    assert line["functionStatus"] == "-"


def test_the_model_shows_what_text_of_a_caller_would_do_between_quotes() -> None:
    unsafe = '{"status": "403", "path": "$context.path"}'
    injected = substitute(unsafe, {"path": '/", "status": "200'})
    assert json.loads(injected)["status"] == "200"
    with pytest.raises(ValueError, match="Invalid control character"):
        json.loads(substitute(unsafe, {"path": "/a\nb"}))
    # A request without an error leaves no JSON where the quoted variable is.
    assert substitute("$context.error.messageString", {}) == "-"


def responses(stack: Synthesis) -> dict[str, dict[str, Any]]:
    return {each["ResponseType"]: each for each in stack.of_type("AWS::ApiGateway::GatewayResponse").values()}


def header(response: dict[str, Any], name: str) -> str | None:
    value: str | None = response["ResponseParameters"].get(f"gatewayresponse.header.{name}")
    return value


def test_errors_of_api_gateway_have_the_names_and_statuses_of_the_services_errors(stack: Synthesis) -> None:
    names = {kind: header(response, "x-amzn-ErrorType") for kind, response in responses(stack).items()}
    assert names == {
        "DEFAULT_4XX": None,
        "DEFAULT_5XX": "'InternalServerException'",
        "BAD_REQUEST_BODY": "'ValidationException'",
        "BAD_REQUEST_PARAMETERS": "'ValidationException'",
        "ACCESS_DENIED": "'AccessDeniedException'",
        "THROTTLED": "'ThrottlingException'",
        "INTEGRATION_FAILURE": "'InternalServerException'",
        "INTEGRATION_TIMEOUT": "'BedrockTimeoutException'",
    }
    statuses = {f"'{error.__name__}'": str(error.http_status) for error in ERRORS}
    for kind, response in responses(stack).items():
        assert header(response, "Content-Type") == "'application/problem+json'"
        if "StatusCode" in response:
            assert response["StatusCode"] == statuses[names[kind] or ""]


def test_only_throttling_suggests_a_retry(stack: Synthesis) -> None:
    suggested = {kind: header(response, "Retry-After") for kind, response in responses(stack).items()}
    assert {kind: value for kind, value in suggested.items() if value} == {"THROTTLED": "'1'"}


@pytest.mark.parametrize("text", HOSTILE)
def test_the_body_of_an_error_is_json_whatever_the_caller_sent(stack: Synthesis, text: str) -> None:
    for response in responses(stack).values():
        template = response["ResponseTemplates"]["application/json"]
        body = json.loads(substitute(template, dict.fromkeys(OF_THE_CALLER, text)))
        assert body["message"] == body["detail"] == text
        assert body.get("status") == (int(response["StatusCode"]) if "StatusCode" in response else None)
        assert body["title"]


def test_a_deployment_of_the_api_includes_its_error_responses(stack: Synthesis) -> None:
    deployment = stack.resources[stack.logical_id("AWS::ApiGateway::Deployment")]
    assert set(stack.of_type("AWS::ApiGateway::GatewayResponse")) <= set(deployment["DependsOn"])


def test_an_error_without_a_name_keeps_api_gateways_own() -> None:
    assert GatewayError("DEFAULT_4XX", "x").headers() == {"Content-Type": "'application/problem+json'"}


def test_the_synthesis_says_what_the_access_log_needs_unless_the_stack_creates_it(
    stack: Synthesis, other_stack: Synthesis
) -> None:
    def notices(synthesis: Synthesis) -> list[str]:
        folder = synthesis.template_file.parent
        texts = (path.read_text() for path in folder.glob("*.json") if path != synthesis.template_file)
        return [text for text in texts if "set customizationJobs.apiAccountLogRole to true" in text]

    assert len(notices(stack)) == 1
    assert notices(other_stack) == []
