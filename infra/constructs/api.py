"""The REST API: Bedrock's wire format under IAM authorisation."""

import json
from dataclasses import dataclass

from aws_cdk import Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.logs import Logs
from infra.nag import acknowledge
from infra.settings import Settings

STAGE = "prod"
# What the access log says of a request: who, what, how it ended and how long it took; no query and no token.
_ACCESS_LOG = {
    "requestId": "$context.requestId",
    "extendedRequestId": "$context.extendedRequestId",
    "requestTime": "$context.requestTime",
    "caller": "$context.identity.userArn",
    "sourceIp": "$context.identity.sourceIp",
    "httpMethod": "$context.httpMethod",
    "path": "$context.path",
    "status": "$context.status",
    "responseLength": "$context.responseLength",
    "responseLatency": "$context.responseLatency",
    "integrationLatency": "$context.integrationLatency",
    "integrationError": "$context.integration.error",
    "errorType": "$context.error.responseType",
    "errorMessage": "$context.error.message",
    "traceId": "$context.xrayTraceId",
}


@dataclass(frozen=True)
class GatewayError:
    """An answer that API Gateway gives by itself, before or instead of the function.

    Attributes
    ----------
    kind : str
        API Gateway's name for it.
    title : str
        What a person reads.
    name : str or None
        The error's name to AWS clients. None leaves API Gateway's own (such as `ExpiredTokenException`).
    status : int or None
        None leaves API Gateway's own.
    retry_after_seconds : int or None
        Where a retry helps at once.
    """

    kind: str
    title: str
    name: str | None = None
    status: int | None = None
    retry_after_seconds: int | None = None

    def headers(self) -> dict[str, str]:
        """Give the headers; a quoted value is API Gateway's form of a constant."""
        headers = {"Content-Type": "'application/problem+json'"}
        if self.name:
            headers["x-amzn-ErrorType"] = f"'{self.name}'"
        if self.retry_after_seconds:
            headers["Retry-After"] = f"'{self.retry_after_seconds}'"
        return headers

    def template(self) -> str:
        """Give the body: what RFC 9457 asks for, and the `message` that AWS clients read."""
        problem = {"type": "about:blank", "title": self.title} | (
            {"status": self.status} if self.status else {}
        )
        # The variable is a JSON string with its quotes, so it stands in the template without any.
        text = "$context.error.messageString"
        return f'{json.dumps(problem)[:-1]}, "detail": {text}, "message": {text}}}'


_GATEWAY_ERRORS = (
    GatewayError("DEFAULT_4XX", "The request was refused"),
    GatewayError("DEFAULT_5XX", "The service failed", "InternalServerException"),
    GatewayError("BAD_REQUEST_BODY", "The request is malformed", "ValidationException", 400),
    GatewayError("BAD_REQUEST_PARAMETERS", "The request is malformed", "ValidationException", 400),
    GatewayError("ACCESS_DENIED", "Access is denied", "AccessDeniedException", 403),
    GatewayError("THROTTLED", "Too many requests", "ThrottlingException", 429, retry_after_seconds=1),
    GatewayError("INTEGRATION_FAILURE", "The service failed", "InternalServerException", 500),
    GatewayError("INTEGRATION_TIMEOUT", "The service did not answer in time", "BedrockTimeoutException", 504),
)


class Api(Construct):
    """Hands every path and method to the function, which answers 404 and 405 by itself.

    Attributes
    ----------
    name : str
        The API's name, by which its metrics are known.
    rest_api : aws_cdk.aws_apigateway.RestApi
        The API.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        function: lambda_.IFunction,
        logs: Logs,
        settings: Settings,
    ) -> None:
        super().__init__(scope, construct_id)
        self.name = f"{Stack.of(self).stack_name}-Api"
        self.rest_api = apigateway.RestApi(
            self,
            "RestApi",
            # Metrics of REST APIs are keyed by this name, and the CDK's default is every stack's.
            rest_api_name=self.name,
            description="Amazon Bedrock model customization jobs, in Bedrock's own wire format",
            endpoint_types=[apigateway.EndpointType.REGIONAL],
            cloud_watch_role=settings.api_account_log_role,
            default_integration=apigateway.LambdaIntegration(function, allow_test_invoke=False),
            default_method_options=apigateway.MethodOptions(
                authorization_type=apigateway.AuthorizationType.IAM
            ),
            deploy_options=apigateway.StageOptions(
                stage_name=STAGE,
                access_log_destination=apigateway.LogGroupLogDestination(logs.group(self, "AccessLog")),
                access_log_format=apigateway.AccessLogFormat.custom(json.dumps(_ACCESS_LOG)),
                throttling_rate_limit=settings.api_requests_per_second,
                throttling_burst_limit=settings.api_burst,
                tracing_enabled=True,
            ),
        )
        # The CDK's own output of the URL; the stack has one beside its others.
        self.rest_api.node.try_remove_child("Endpoint")
        self.rest_api.root.add_method("ANY")
        self.rest_api.root.add_proxy(any_method=True)
        for error in _GATEWAY_ERRORS:
            self.rest_api.add_gateway_response(
                error.kind,
                type=apigateway.ResponseType.of(error.kind),
                status_code=str(error.status) if error.status else None,
                response_headers=error.headers(),
                templates={"application/json": error.template()},
            )
        self._acknowledge_findings()

    def _acknowledge_findings(self) -> None:
        api = self.rest_api
        acknowledge(
            api,
            "AwsSolutions::AwsSolutions-APIG2",
            "The function validates against Bedrock's own service model and tells all problems at once.",
        )
        acknowledge(
            api.deployment_stage,
            "AwsSolutions::AwsSolutions-APIG3",
            "Only signed requests of principals that IAM allows arrive, and the stage throttles them.",
        )
        acknowledge(
            api.deployment_stage,
            "AwsSolutions::AwsSolutions-APIG6",
            "The access log has the error and latency of each request. Execution logs would repeat it in "
            "a log group that keeps its lines for ever.",
        )
        acknowledge(
            api,
            "AwsSolutions::AwsSolutions-COG4",
            "AWS clients sign their requests: IAM authorises them, not a user pool.",
        )
        acknowledge(
            api,
            "AwsSolutions::AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]",
            "The role is API Gateway's own for the whole account, with the policy that AWS documents for it.",
        )
