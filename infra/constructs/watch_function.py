"""The watch function: the schedule and Bedrock's events invoke it, and it tells what is news."""

from aws_cdk import ArnFormat, Duration, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_destinations as destinations
from constructs import Construct

from infra.dead_letters import DeadLetters
from infra.function import BedrockFunction
from infra.logs import Logs
from infra.nag import acknowledge
from infra.settings import Settings

# What is an hour late tells nothing that the next sweep does not tell better.
_OLDEST_EVENT = Duration.hours(1)


class WatchFunction(BedrockFunction):
    """The one function that writes the table, publishes to the bus and reads single jobs.

    Attributes
    ----------
    dead_letters : DeadLetters
        The ticks and events for which it raised three times.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        table: dynamodb.Table,
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
                "WATCH_RETENTION_DAYS": str(settings.watch_retention_days),
            },
            timeout_seconds=settings.watch_timeout_seconds,
            code=code,
            logs=logs,
            settings=settings,
        )
        jobs = Stack.of(self).format_arn(
            service="bedrock",
            region=self.bedrock_region,
            resource="model-customization-job",
            resource_name="*",
            arn_format=ArnFormat.SLASH_RESOURCE_NAME,
        )
        self.allow("bedrock:GetModelCustomizationJob", on=jobs, sid="AskWhyAJobFailed")
        self.allow(
            *("dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:PutItem"),
            on=table.table_arn,
            sid="KeepRecords",
        )
        self.allow("events:PutEvents", on=bus.event_bus_arn, sid="TellTheBus")
        region = settings.bedrock_region or "<AWS::Region>"
        acknowledge(
            self.role,
            "AwsSolutions::AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:bedrock:"
            f"{region}:<AWS::AccountId>:model-customization-job/*]",
            "Which job fails is not known beforehand. These are those of this account in Bedrock's region.",
        )
        self.dead_letters = DeadLetters(self, "DeadLetters")
        self.alias.configure_async_invoke(
            on_failure=destinations.SqsDestination(self.dead_letters),
            max_event_age=_OLDEST_EVENT,
            retry_attempts=2,
        )
