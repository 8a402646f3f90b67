"""The HTTP API with the JWT authorizer, which exists only with the setting `jwt`."""

import itertools
import json
from typing import Any

from tests.infra.alarm_properties import API, alarm, alarms, metric, on_sum
from tests.infra.conftest import JWT, Synthesis
from tests.infra.test_api import HOSTILE, OF_THE_CALLER, substitute

KINDS = ("Api", "Authorizer", "Integration", "Route", "Stage")


def test_without_the_setting_there_is_no_such_api(stack: Synthesis, export_stack: Synthesis) -> None:
    for each in (stack, export_stack):
        assert not [kind for kind in KINDS if each.of_type(f"AWS::ApiGatewayV2::{kind}")]
        assert "SingleSignOnUrl" not in each.template["Outputs"]
        assert "SingleSignOnServerErrors" not in alarms(each)


def test_a_saved_query_reads_its_access_log(jwt_stack: Synthesis) -> None:
    (query,) = (
        each
        for each in jwt_stack.of_type("AWS::Logs::QueryDefinition").values()
        if each["Name"] == "Jobs/Server errors with single sign-on"
    )
    assert query["LogGroupNames"] == [jwt_stack.ref("AWS::Logs::LogGroup", "SingleSignOn")]


def without_single_sign_on(stack: Synthesis) -> dict[str, Any]:
    """Return the resources that do not belong to single sign-on."""
    return {
        name: resource
        for name, resource in stack.resources.items()
        if not name.startswith(("SingleSignOn", "AlarmsSingleSignOn", "SavedQueriesServerErrorsWith"))
        and resource["Type"] != "AWS::CDK::Metadata"
    }


def test_it_changes_no_other_resource(stack: Synthesis, jwt_stack: Synthesis) -> None:
    assert without_single_sign_on(jwt_stack) == without_single_sign_on(stack)
    assert jwt_stack.resources.keys() > stack.resources.keys()


def routes(stack: Synthesis) -> dict[str, Any]:
    return {each["RouteKey"]: each for each in stack.of_type("AWS::ApiGatewayV2::Route").values()}


def test_every_route_is_read_only_and_has_the_authorizer(
    jwt_stack: Synthesis, every_part_stack: Synthesis
) -> None:
    for stack, scopes in ((jwt_stack, {}), (every_part_stack, {"AuthorizationScopes": JWT["scopes"]})):
        integration = stack.ref("AWS::ApiGatewayV2::Integration")
        assert routes(stack) == {
            f"{method} {path}": {
                "ApiId": stack.ref("AWS::ApiGatewayV2::Api"),
                "RouteKey": f"{method} {path}",
                "AuthorizationType": "JWT",
                "AuthorizerId": stack.ref("AWS::ApiGatewayV2::Authorizer"),
                **scopes,
                "Target": {"Fn::Join": ["", ["integrations/", integration]]},
            }
            for method, path in (
                *itertools.product(("GET", "HEAD"), ("/", "/{proxy+}")),
                # Messages of agents are POST requests, although their tools only read.
                ("POST", "/mcp"),
            )
        }


def test_the_authorizer_accepts_tokens_of_the_issuer_for_the_audience(
    jwt_stack: Synthesis, every_part_stack: Synthesis
) -> None:
    for stack in (jwt_stack, every_part_stack):
        assert stack.only("AWS::ApiGatewayV2::Authorizer") == {
            "ApiId": stack.ref("AWS::ApiGatewayV2::Api"),
            "AuthorizerType": "JWT",
            "IdentitySource": ["$request.header.Authorization"],
            "JwtConfiguration": {"Audience": JWT["audience"], "Issuer": JWT["issuer"]},
            "Name": "Authorizer",
        }


def test_the_alias_of_the_listing_function_answers(jwt_stack: Synthesis) -> None:
    assert jwt_stack.only("AWS::ApiGatewayV2::Integration") == {
        "ApiId": jwt_stack.ref("AWS::ApiGatewayV2::Api"),
        "IntegrationType": "AWS_PROXY",
        "IntegrationUri": jwt_stack.ref("AWS::Lambda::Alias", "Listing"),
        "PayloadFormatVersion": "2.0",
    }


def test_only_this_api_may_invoke_the_function_by_its_resource_policy(jwt_stack: Synthesis) -> None:
    api = jwt_stack.ref("AWS::ApiGatewayV2::Api")
    prefix = ["arn:", {"Ref": "AWS::Partition"}, ":execute-api:", {"Ref": "AWS::Region"}, ":"]
    source = [*prefix, {"Ref": "AWS::AccountId"}, ":", api, "/*/*/*"]
    assert jwt_stack.only("AWS::Lambda::Permission", "SingleSignOn") == {
        "Action": "lambda:InvokeFunction",
        "FunctionName": jwt_stack.ref("AWS::Lambda::Alias", "Listing"),
        "Principal": "apigateway.amazonaws.com",
        "SourceArn": {"Fn::Join": ["", source]},
    }


def test_only_named_origins_may_call_it_from_scripts(
    jwt_stack: Synthesis, every_part_stack: Synthesis
) -> None:
    assert "CorsConfiguration" not in jwt_stack.only("AWS::ApiGatewayV2::Api")
    cors = every_part_stack.only("AWS::ApiGatewayV2::Api")["CorsConfiguration"]
    assert cors == {
        "AllowOrigins": JWT["origins"],
        "AllowMethods": ["GET", "HEAD"],
        "AllowHeaders": ["authorization", "accept", "if-none-match"],
        "ExposeHeaders": [
            *("etag", "link", "next-token", "coverage", "retry-after", "allow", "content-disposition"),
            *("x-amzn-errortype", "apigw-requestid", "www-authenticate"),
        ],
        "MaxAge": 3600,
    }
    # No credentials of the browser, and no OPTIONS route: API Gateway answers preflight requests itself.
    assert "AllowCredentials" not in cors
    assert not [route for route in routes(every_part_stack) if "OPTIONS" in route]


def test_the_stage_is_throttled_and_logged(jwt_stack: Synthesis, every_part_stack: Synthesis) -> None:
    for stack, rate, burst in ((jwt_stack, 10, 20), (every_part_stack, 3, 4)):
        stage = stack.only("AWS::ApiGatewayV2::Stage")
        log = stage.pop("AccessLogSettings")
        assert stage == {
            "ApiId": stack.ref("AWS::ApiGatewayV2::Api"),
            "AutoDeploy": True,
            "DefaultRouteSettings": {"ThrottlingBurstLimit": burst, "ThrottlingRateLimit": rate},
            "StageName": "$default",
        }
        stage["AccessLogSettings"] = log
        assert log["DestinationArn"] == stack.arn("AWS::Logs::LogGroup", "SingleSignOn")
        assert json.loads(log["Format"])["caller"] == "$context.authorizer.claims.sub"


def test_a_line_of_the_access_log_is_json_whatever_the_caller_sent(jwt_stack: Synthesis) -> None:
    template = jwt_stack.only("AWS::ApiGatewayV2::Stage")["AccessLogSettings"]["Format"]
    for text in HOSTILE:
        values = {"status": "401", "authorizer.claims.sub": "248289761001"}
        of_the_caller = (*OF_THE_CALLER, "authorizer.error", "routeKey", "authorizer.claims.email")
        line = json.loads(substitute(template, {**values, **dict.fromkeys(of_the_caller, text)}))
        assert (line["status"], line["caller"]) == ("401", "248289761001")
        # HTTP APIs do not trace.
        assert "traceId" not in line


def test_an_alarm_watches_its_server_errors(jwt_stack: Synthesis) -> None:
    described = "The API with single sign-on answered with 5xx at least twice within 15 minutes. "
    dimensions = {"ApiId": jwt_stack.ref("AWS::ApiGatewayV2::Api"), "Stage": "$default"}
    assert alarms(jwt_stack)["SingleSignOnServerErrors"] == alarm(
        jwt_stack,
        f"{described}See its access log. Runbook: docs/runbook.md#singlesignonservererrors",
        on_sum(metric(API, "5xx", dimensions), period=900),
        Threshold=2,
    )


def test_the_outputs_name_its_url_and_its_log(jwt_stack: Synthesis) -> None:
    outputs = jwt_stack.template["Outputs"]
    host = [jwt_stack.ref("AWS::ApiGatewayV2::Api"), ".execute-api.", {"Ref": "AWS::Region"}, "."]
    assert outputs["SingleSignOnUrl"]["Value"] == {
        "Fn::Join": ["", ["https://", *host, {"Ref": "AWS::URLSuffix"}, "/"]]
    }
    group = jwt_stack.ref("AWS::Logs::LogGroup", "SingleSignOn")
    assert outputs["SingleSignOnAccessLogGroupName"]["Value"] == group
