"""The watch function: records jobs and publishes their transitions."""

from aws_cdk import ArnFormat, Duration, Stack, Token
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_destinations as destinations
from constructs import Construct

from customization_jobs.aws.table_schema import UNFINISHED_INDEX
from customization_jobs.jobs import EVENT_SOURCE
from infra.constructs.dead_letters import DeadLetters
from infra.constructs.fleet_permissions import (
    allow_listing_fleet_jobs,
    allow_sweeping_members,
    fleet_variables,
)
from infra.constructs.function import BedrockFunction, Capacity
from infra.constructs.logs import Logs
from infra.constructs.nag import acknowledge
from infra.settings.model import Settings

# The next sweep finds everything that an older event could report.
_MAXIMUM_EVENT_AGE = Duration.hours(1)


class WatchFunction(BedrockFunction):
    """The only function that writes the table, publishes to the bus and reads single jobs.

    The schedule and Bedrock's events invoke it asynchronously.

    Attributes
    ----------
    dead_letters : DeadLetters
        Ticks and events for which the function raised three times.
    """

    sweeps_fleet = True

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        table: dynamodb.ITable,
        bus: events.EventBus,
        code: lambda_.Code,
        logs: Logs,
        settings: Settings,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            description="Watches Amazon Bedrock model customization jobs",
            environment={
                "WATCH_TABLE": table.table_name,
                "WATCH_BUS": bus.event_bus_name,
                **settings.watch_limits_variable,
                **settings.owner_tag_variable,
                **fleet_variables(scope, settings),
                "WATCH_RETENTION_DAYS": str(settings.watch_retention_days),
                "WAIT_EXPIRY_DAYS": str(settings.wait_expiry_days),
            },
            capacity=Capacity(settings.watch_timeout_seconds),
            code=code,
            logs=logs,
            settings=settings,
        )
        self._allow_reading_jobs(tags=settings.job_tags is not None)
        self.role.allow(
            *("dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:PutItem"),
            resource=table.table_arn,
            sid="ReadAndWriteJobRecords",
        )
        if settings.has_fleet:
            # For waits that select jobs of the fleet.
            allow_listing_fleet_jobs(self.role, table.table_arn)
            allow_sweeping_members(self.role, settings)
        self.role.allow(
            *("dynamodb:Query", "dynamodb:Scan"),
            resource=f"{table.table_arn}/index/{UNFINISHED_INDEX}",
            sid="FindUnfinishedWork",
        )
        self.role.allow(
            *("states:SendTaskFailure", "states:SendTaskHeartbeat", "states:SendTaskSuccess"),
            # These actions have no resource type. A task token is needed as well.
            # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html
            resource="*",
            sid="AnswerWaits",
            conditions={"StringEquals": {"aws:RequestedRegion": Stack.of(self).region}},
        )
        self.role.allow(
            "events:PutEvents",
            resource=bus.event_bus_arn,
            sid="PublishTransitions",
            # Without the second condition, a request that names no source would meet the first.
            conditions={
                "ForAllValues:StringEquals": {"events:source": EVENT_SOURCE},
                "Null": {"events:source": "false"},
            },
        )
        self.dead_letters = DeadLetters(
            self,
            "DeadLetters",
            holds="ticks and events that the watch function failed to process, and undelivered ticks",
        )
        self.alias.configure_async_invoke(
            on_failure=destinations.SqsDestination(self.dead_letters),
            max_event_age=_MAXIMUM_EVENT_AGE,
            retry_attempts=2,
        )
        acknowledge(
            self.function,
            "Serverless::Serverless-LambdaDLQ",
            "The alias, which every caller invokes, sends failed events to a queue with their errors.",
        )

    def _allow_reading_jobs(self, *, tags: bool) -> None:
        jobs = [
            Stack.of(self).format_arn(
                service="bedrock",
                region=region,
                resource="model-customization-job",
                resource_name="*",
                arn_format=ArnFormat.SLASH_RESOURCE_NAME,
            )
            for region in self.bedrock_regions
        ]
        self.role.allow("bedrock:GetModelCustomizationJob", resource=jobs, sid="ReadFailureReasons")
        if tags:
            self.role.allow("bedrock:ListTagsForResource", resource=jobs, sid="ReadTags")
        for each in self.bedrock_regions:
            # cdk-nag writes a region that is known only at deployment as <AWS::Region>.
            region = "<AWS::Region>" if Token.is_unresolved(each) else each
            acknowledge(
                self.role,
                "AwsSolutions::AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:bedrock:"
                f"{region}:<AWS::AccountId>:model-customization-job/*]",
                "The jobs are not known beforehand. The resource is limited to jobs of this "
                "account in Bedrock's region.",
            )
