"""The base of both Lambda functions: the same bundle and handler, a separate role, an alias for callers."""

from collections.abc import Mapping

from aws_cdk import Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from customization_jobs import __version__
from infra.constructs.logs import Logs
from infra.constructs.nag import acknowledge
from infra.settings.model import Settings

HANDLER = "customization_jobs.handler.lambda_handler"
RUNTIME = lambda_.Runtime.PYTHON_3_13
SERVICE_NAME = "customization-jobs"
METRICS_NAMESPACE = "BedrockCustomizationJobs"


class BedrockFunction(Construct):
    """A function that may list model customization jobs. Subclasses allow further actions.

    Parameters
    ----------
    scope : Construct
        Parent of the construct.
    construct_id : str
        Id within the scope.
    description : str
        Purpose of the function, for itself and its role.
    environment : mapping of str to str
        Variables besides those that all functions have.
    timeout_seconds : int
        Time after which Lambda ends an invocation.
    code : Code
        The bundle.
    logs : Logs
        Creates the log group.
    settings : Settings
        The user's settings.

    Attributes
    ----------
    alias : aws_cdk.aws_lambda.Alias
        `live`, which callers invoke, so that a deployment shifts all of them at once.
    version : aws_cdk.aws_lambda.Version
        The version that this deployment shifts the alias to.
    role : aws_cdk.aws_iam.Role
        The execution role.
    bedrock_region : str
        The region whose jobs the function lists.
    timeout : Duration
        Time after which Lambda ends an invocation.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        description: str,
        environment: Mapping[str, str],
        timeout_seconds: int,
        code: lambda_.Code,
        logs: Logs,
        settings: Settings,
    ) -> None:
        super().__init__(scope, construct_id)
        self.bedrock_region = settings.bedrock_region or Stack.of(self).region
        self.timeout = Duration.seconds(timeout_seconds)
        log_group = logs.add_group(self, "LogGroup")
        self.role = self._create_role(description)
        log_group.grant_write(self.role)
        function = lambda_.Function(
            self,
            "Function",
            description=f"{description} (version {__version__})",
            code=code,
            handler=HANDLER,
            runtime=RUNTIME,
            architecture=lambda_.Architecture.ARM_64,
            memory_size=settings.memory_megabytes,
            timeout=self.timeout,
            role=self.role,
            log_group=log_group,
            # No application log level: above INFO, Lambda drops lines without a level, such as EMF metrics.
            # At DEBUG, its runtime logs each request of botocore, with the role's session token.
            logging_format=lambda_.LoggingFormat.JSON,
            tracing=lambda_.Tracing.ACTIVE,
            snap_start=lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS if settings.snap_start else None,
            environment={
                "BEDROCK_REGION": self.bedrock_region,
                "IN_PROGRESS_LIMIT_SECONDS": str(settings.in_progress_limit_hours * 3600),
                "POWERTOOLS_SERVICE_NAME": SERVICE_NAME,
                "POWERTOOLS_METRICS_NAMESPACE": METRICS_NAMESPACE,
                **environment,
            },
        )
        acknowledge(
            function,
            "AwsSolutions::AwsSolutions-L1",
            "The bundle is compiled, locked and tested for Python 3.13, a supported runtime.",
        )
        if settings.snap_start:
            acknowledge(
                function,
                "Annotation::@aws-cdk/aws-lambda:snapStartRequirePublish",
                "Every caller invokes the alias of a published version.",
            )
        self.version = function.current_version
        self.alias = lambda_.Alias(self, "Live", alias_name="live", version=self.version)

    def allow(self, *actions: str, resource: str, sid: str) -> None:
        """Allow the function further actions on one resource, such as `dynamodb:GetItem` on a table's ARN."""
        self.role.add_to_policy(iam.PolicyStatement(sid=sid, actions=list(actions), resources=[resource]))

    def _create_role(self, description: str) -> iam.Role:
        role = iam.Role(
            self,
            "Role",
            description=description,
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
        )
        role.add_to_policy(
            iam.PolicyStatement(
                sid="ListModelCustomizationJobs",
                actions=["bedrock:ListModelCustomizationJobs"],
                resources=["*"],
                conditions={"StringEquals": {"aws:RequestedRegion": self.bedrock_region}},
            )
        )
        role.add_to_policy(
            iam.PolicyStatement(
                sid="DenyBearerTokens",
                effect=iam.Effect.DENY,
                actions=["bedrock:CallWithBearerToken"],
                resources=["*"],
            )
        )
        acknowledge(
            role,
            "AwsSolutions::AwsSolutions-IAM5[Resource::*]",
            "bedrock:ListModelCustomizationJobs and the X-Ray actions have no resource-level permissions. "
            "The first is restricted to one region.",
        )
        return role
