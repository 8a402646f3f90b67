"""The REST API: Bedrock's wire format behind IAM authorization."""

import json

from aws_cdk import Annotations, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.constructs.gateway_errors import GATEWAY_ERRORS
from infra.constructs.logs import Logs
from infra.constructs.nag import acknowledge
from infra.settings.model import Settings

STAGE = "prod"
# The caller, the result and the latency of each request, without its query and tokens. Each line stays JSON
# whatever a caller sends, because no variable contains text of the caller: not `path`, `identity.userAgent`,
# `error.message` (the path of a wrong signature) or `requestId` (AWS: clients can override it). Whether API
# Gateway escapes such text is not documented, and `error.messageString` is not JSON without an error.
ACCESS_LOG = {
    # The response header `x-amz-apigw-id`.
    "extendedRequestId": "$context.extendedRequestId",
    # The request id in the function's log.
    "functionRequestId": "$context.integration.requestId",
    "requestTime": "$context.requestTime",
    "caller": "$context.identity.userArn",
    "sourceIp": "$context.identity.sourceIp",
    "httpMethod": "$context.httpMethod",
    "status": "$context.status",
    "responseLength": "$context.responseLength",
    "responseLatency": "$context.responseLatency",
    "integrationLatency": "$context.integrationLatency",
    # The status that the function answered, and the one with which Lambda answered its invocation.
    "functionStatus": "$context.integration.status",
    "lambdaStatus": "$context.integration.integrationStatus",
    "errorType": "$context.error.responseType",
    "traceId": "$context.xrayTraceId",
}
_LOG_ROLE_NEEDED = (
    "API Gateway writes the access log with a role of the account. If `aws apigateway get-account` shows no "
    "cloudwatchRoleArn in this region, set customizationJobs.apiAccountLogRole to true."
)


class Api(Construct):
    """Passes every path and method to the function, which itself answers 404 and 405.

    Attributes
    ----------
    name : str
        The API's name, which is a dimension of its metrics.
    access_log : aws_cdk.aws_logs.LogGroup
        One line for each request.
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
        self.access_log = logs.add_group(self, "AccessLog")
        self.rest_api = apigateway.RestApi(
            self,
            "RestApi",
            # Set because metrics are keyed by the name, and the CDK's default is the same in every stack.
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
                access_log_destination=apigateway.LogGroupLogDestination(self.access_log),
                access_log_format=apigateway.AccessLogFormat.custom(json.dumps(ACCESS_LOG)),
                throttling_rate_limit=settings.api_requests_per_second,
                throttling_burst_limit=settings.api_burst,
                tracing_enabled=True,
            ),
        )
        # Replaced by the stack's output ApiUrl.
        self.rest_api.node.try_remove_child("Endpoint")
        self.rest_api.root.add_method("ANY")
        self.rest_api.root.add_proxy(any_method=True)
        for error in GATEWAY_ERRORS:
            error.add_to(self.rest_api)
        self._acknowledge_findings()
        if not settings.api_account_log_role:
            Annotations.of(self).add_info(_LOG_ROLE_NEEDED)

    def _acknowledge_findings(self) -> None:
        api = self.rest_api
        acknowledge(
            api,
            "AwsSolutions::AwsSolutions-APIG2",
            "The function validates against Bedrock's service model and reports all problems at once.",
        )
        acknowledge(
            api.deployment_stage,
            "AwsSolutions::AwsSolutions-APIG3",
            "IAM authorizes every request, and the stage is throttled.",
        )
        acknowledge(
            api.deployment_stage,
            "AwsSolutions::AwsSolutions-APIG6",
            "The access log has the error and the latency of each request. Execution logs would repeat them "
            "in a log group without retention.",
        )
        acknowledge(
            api,
            "AwsSolutions::AwsSolutions-COG4",
            "AWS clients sign their requests: IAM authorizes them instead of a user pool.",
        )
        acknowledge(
            api,
            "AwsSolutions::AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]",
            "API Gateway's role for the whole account, with the policy that AWS documents for it.",
        )
