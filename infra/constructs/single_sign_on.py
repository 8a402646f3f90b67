"""The HTTP API for single sign-on: the routes of the REST API behind a JWT authorizer."""

import json
from typing import cast

from aws_cdk import Duration, Stack
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_lambda as lambda_
from aws_cdk.aws_apigatewayv2_authorizers import HttpJwtAuthorizer
from aws_cdk.aws_apigatewayv2_integrations import HttpLambdaIntegration
from constructs import Construct

from customization_jobs.entrypoints.paths import MCP_METHODS, MCP_PATH, METHODS
from infra.constructs.api import ACCESS_LOG
from infra.constructs.logs import Logs
from infra.settings.model import Settings

# `{proxy+}` matches every path but the root, including those with slashes, such as ARNs of jobs.
_ROUTES = {"/": METHODS, "/{proxy+}": METHODS, MCP_PATH: MCP_METHODS}
# HTTP APIs have no traces. The caller is the subject of the token, which the issuer chooses.
_ACCESS_LOG = {
    **{name: value for name, value in ACCESS_LOG.items() if name != "traceId"},
    "caller": "$context.authorizer.claims.sub",
}
_SENT_BY_SCRIPTS = ("authorization", "accept", "if-none-match")
# Response headers besides those that every script can read. CORS has no wildcard with Authorization.
_READ_BY_SCRIPTS = (
    *("etag", "link", "next-token", "coverage", "retry-after", "allow", "content-disposition"),
    *("x-amzn-errortype", "apigw-requestid", "www-authenticate"),
)


class SingleSignOnApi(Construct):
    """Passes requests with a valid token to the function, which itself answers 404 for unknown paths.

    There is no route without the authorizer. API Gateway answers preflight requests of browsers itself.
    Agents are not browser scripts, so CORS leaves out their method.

    Attributes
    ----------
    access_log : aws_cdk.aws_logs.LogGroup
        One line for each request.
    stage : aws_cdk.aws_apigatewayv2.HttpStage
        The default stage, whose paths have no prefix.
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
        jwt = settings.jwt or {}
        self.access_log = logs.add_group(self, "AccessLog")
        http_api = apigateway.HttpApi(
            self,
            "HttpApi",
            api_name=f"{Stack.of(self).stack_name}-SingleSignOn",
            description="Amazon Bedrock model customization jobs, for tokens of an identity provider",
            create_default_stage=False,
            cors_preflight=_cors(jwt.get("origins")),
        )
        self.stage = apigateway.HttpStage(
            self,
            "Stage",
            http_api=http_api,
            stage_name="$default",
            auto_deploy=True,
            throttle=apigateway.ThrottleSettings(
                rate_limit=settings.api_requests_per_second, burst_limit=settings.api_burst
            ),
        )
        # The CDK's own class takes the access log only as a JavaScript interface.
        stage = cast("apigateway.CfnStage", self.stage.node.default_child)
        stage.access_log_settings = apigateway.CfnStage.AccessLogSettingsProperty(
            destination_arn=self.access_log.log_group_arn, format=json.dumps(_ACCESS_LOG)
        )
        authorizer = HttpJwtAuthorizer("Authorizer", jwt["issuer"], jwt_audience=list(jwt["audience"]))
        # One permission for the whole API, instead of one for each route.
        integration = HttpLambdaIntegration("Function", function, scope_permission_to_route=False)
        for path, methods in _ROUTES.items():
            http_api.add_routes(
                path=path,
                methods=[apigateway.HttpMethod[method] for method in methods],
                integration=integration,
                authorizer=authorizer,
                authorization_scopes=list(jwt.get("scopes", ())),
            )


def _cors(origins: list[str] | None) -> apigateway.CorsPreflightOptions | None:
    if not origins:
        return None
    return apigateway.CorsPreflightOptions(
        allow_origins=list(origins),
        allow_methods=[apigateway.CorsHttpMethod[method] for method in METHODS],
        allow_headers=list(_SENT_BY_SCRIPTS),
        expose_headers=list(_READ_BY_SCRIPTS),
        max_age=Duration.hours(1),
    )
