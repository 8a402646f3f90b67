"""The Lambda function, its role, and the alias that every caller points at."""

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


class ListingFunction(Construct):
    """Lists model customization jobs for every caller.

    Attributes
    ----------
    alias : aws_cdk.aws_lambda.Alias
        `live`: what callers invoke, so that a deployment moves all of them at once.
    bedrock_region : str
        The region that Bedrock is asked in.
    timeout : Duration
        After which Lambda ends an invocation.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, code: lambda_.Code, logs: Logs, settings: Settings
    ) -> None:
        super().__init__(scope, construct_id)
        self.bedrock_region = settings.bedrock_region or Stack.of(self).region
        self.timeout = Duration.seconds(settings.timeout_seconds)
        log_group = logs.group(self, "LogGroup")
        role = self._make_role()
        log_group.grant_write(role)
        function = lambda_.Function(
            self,
            "Function",
            description="Lists Amazon Bedrock model customization jobs",
            code=code,
            handler=HANDLER,
            runtime=RUNTIME,
            architecture=lambda_.Architecture.ARM_64,
            memory_size=settings.memory_megabytes,
            timeout=self.timeout,
            role=role,
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
        self.alias = lambda_.Alias(self, "Live", alias_name="live", version=function.current_version)

    def _make_role(self) -> iam.Role:
        role = iam.Role(
            self,
            "Role",
            description="Lists model customization jobs",
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
