"""Base of the listing and watch functions: one bundle and handler, separate roles, an alias for callers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from aws_cdk import Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from customization_jobs import __version__
from infra.constructs.logs import Logs
from infra.constructs.nag import acknowledge
from infra.constructs.python_function import FunctionRole, PythonFunction
from infra.settings.model import Settings

HANDLER = "customization_jobs.handler.lambda_handler"
SERVICE_NAME = "customization-jobs"
METRICS_NAMESPACE = "BedrockCustomizationJobs"


@dataclass(frozen=True, slots=True)
class Capacity:
    """How long an invocation may run, and how many may run at once.

    Attributes
    ----------
    timeout_seconds : int
        Time after which Lambda ends an invocation.
    reserved_concurrency : int or None
        Number of concurrent invocations that are reserved for the function and limit it. None: no limit.
    """

    timeout_seconds: int
    reserved_concurrency: int | None = None


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
    capacity : Capacity
        How long an invocation may run, and how many may run at once.
    code : Code
        The bundle.
    logs : Logs
        Creates the log group.
    settings : Settings
        The user's settings.

    Attributes
    ----------
    function : PythonFunction
        The function.
    alias : aws_cdk.aws_lambda.Alias
        `live`, which callers invoke, so that a deployment shifts all of them at once.
    version : aws_cdk.aws_lambda.Version
        The version that this deployment shifts the alias to.
    role : FunctionRole
        The execution role.
    bedrock_region : str
        The region whose jobs the function lists for its callers.
    bedrock_regions : tuple of str
        The regions whose jobs the function may list with its own role.
    timeout : Duration
        Time after which Lambda ends an invocation.
    """

    # Whether the function lists jobs in the regions of the fleet.
    sweeps_fleet: ClassVar[bool] = False

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        description: str,
        environment: Mapping[str, str],
        capacity: Capacity,
        code: lambda_.Code,
        logs: Logs,
        settings: Settings,
    ) -> None:
        super().__init__(scope, construct_id)
        self.bedrock_region = settings.bedrock_region or Stack.of(self).region
        fleet_regions = settings.fleet_regions if self.sweeps_fleet else ()
        self.bedrock_regions = tuple(dict.fromkeys((self.bedrock_region, *fleet_regions)))
        self.timeout = Duration.seconds(capacity.timeout_seconds)
        self.role = self._create_role(description)
        self.function = PythonFunction(
            self,
            "Function",
            description=f"{description} (version {__version__})",
            code=code,
            handler=HANDLER,
            memory_size=settings.memory_megabytes,
            timeout=self.timeout,
            role=self.role,
            logs=logs,
            snap_start=lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS if settings.snap_start else None,
            reserved_concurrent_executions=capacity.reserved_concurrency,
            environment={
                "BEDROCK_REGION": self.bedrock_region,
                "IN_PROGRESS_LIMIT_SECONDS": str(settings.in_progress_limit_hours * 3600),
                "POWERTOOLS_SERVICE_NAME": SERVICE_NAME,
                "POWERTOOLS_METRICS_NAMESPACE": METRICS_NAMESPACE,
                # Otherwise, glibc keeps memory that the threads of a scan freed: 3 MB (docs/decisions.md).
                "MALLOC_ARENA_MAX": "1",
                **environment,
            },
        )
        if settings.snap_start:
            acknowledge(
                self.function,
                "Annotation::@aws-cdk/aws-lambda:snapStartRequirePublish",
                "Every caller invokes the alias of a published version.",
            )
        self.version = self.function.current_version
        self.alias = lambda_.Alias(self, "Live", alias_name="live", version=self.version)

    def _create_role(self, description: str) -> FunctionRole:
        role = FunctionRole(self, "Role", description=description)
        first, *others = regions = list(self.bedrock_regions)
        role.allow(
            "bedrock:ListModelCustomizationJobs",
            resource="*",
            sid="ListModelCustomizationJobs",
            conditions={"StringEquals": {"aws:RequestedRegion": regions if others else first}},
        )
        role.add_to_policy(
            iam.PolicyStatement(
                sid="DenyBearerTokens",
                effect=iam.Effect.DENY,
                actions=["bedrock:CallWithBearerToken"],
                resources=["*"],
            )
        )
        return role
