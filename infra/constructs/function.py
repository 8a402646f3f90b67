"""What the Lambda functions have in common: one bundle and one handler, a role each, an alias for callers."""

from collections.abc import Mapping

from aws_cdk import Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.logs import Logs
from infra.nag import acknowledge
from infra.settings import Settings

HANDLER = "customization_jobs.handler.lambda_handler"
RUNTIME = lambda_.Runtime.PYTHON_3_13
SERVICE_NAME = "customization-jobs"
METRICS_NAMESPACE = "BedrockCustomizationJobs"


class BedrockFunction(Construct):
    """A function that may list model customization jobs; who makes one adds what else it may do.

    Parameters
    ----------
    scope : Construct
        What it is part of.
    construct_id : str
        Its name there.
    description : str
        What it is for, of the function and its role.
    environment : mapping of str to str
        Beside what all functions are told.
    timeout_seconds : int
        After which Lambda ends an invocation.
    code : Code
        The bundle.
    logs : Logs
        Makes its log group.
    settings : Settings
        The user's choices.

    Attributes
    ----------
    alias : aws_cdk.aws_lambda.Alias
        `live`: what callers invoke, so that a deployment moves all of them at once.
    version : aws_cdk.aws_lambda.Version
        What the alias moves to.
    role : aws_cdk.aws_iam.Role
        Whose permissions the function has.
    bedrock_region : str
        The region that Bedrock is asked in.
    timeout : Duration
        After which Lambda ends an invocation.
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
        log_group = logs.group(self, "LogGroup")
        self.role = self._make_role(description)
        log_group.grant_write(self.role)
        function = lambda_.Function(
            self,
            "Function",
            description=description,
            code=code,
            handler=HANDLER,
            runtime=RUNTIME,
            architecture=lambda_.Architecture.ARM_64,
            memory_size=settings.memory_megabytes,
            timeout=self.timeout,
            role=self.role,
            log_group=log_group,
            # No application log level: above INFO, Lambda drops what has no level of its own, EMF metrics
            # included; at DEBUG, its runtime logs each request of botocore, with the role's session token.
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
                "Every caller points at the alias of a published version.",
            )
        self.version = function.current_version
        self.alias = lambda_.Alias(self, "Live", alias_name="live", version=self.version)

    def allow(self, *actions: str, on: str, sid: str | None = None) -> None:
        """Allow the function one thing more.

        Parameters
        ----------
        *actions : str
            Such as `dynamodb:GetItem`.
        on : str
            The ARN of the resource.
        sid : str or None
            A name for the statement.
        """
        self.role.add_to_policy(iam.PolicyStatement(sid=sid, actions=list(actions), resources=[on]))

    def _make_role(self, description: str) -> iam.Role:
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
                sid="NoBearerTokenInTheRolesStead",
                effect=iam.Effect.DENY,
                actions=["bedrock:CallWithBearerToken"],
                resources=["*"],
            )
        )
        acknowledge(
            role,
            "AwsSolutions::AwsSolutions-IAM5[Resource::*]",
            "bedrock:ListModelCustomizationJobs and the X-Ray actions know no resources. The first is "
            "narrowed by region.",
        )
        return role
