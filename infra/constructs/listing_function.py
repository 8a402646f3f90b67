"""The listing function: serves the API, workflows and the board, and writes nothing."""

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.constructs.fleet_permissions import allow_listing_fleet_jobs, fleet_variables
from infra.constructs.function import BedrockFunction, Capacity
from infra.constructs.logs import Logs
from infra.constructs.nag import acknowledge
from infra.settings.model import Settings


class ListingFunction(BedrockFunction):
    """Lists model customization jobs for every caller, and reads recorded timelines and histories."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        table: dynamodb.ITable,
        code: lambda_.Code,
        logs: Logs,
        settings: Settings,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            description="Lists Amazon Bedrock model customization jobs",
            # WATCH_BUS is absent: with it, the handler would act as the watch function.
            environment={
                "WATCH_TABLE": table.table_name,
                **settings.watch_limits_variable,
                **settings.owner_tag_variable,
                **fleet_variables(scope, settings),
                **settings.list_cache_variable,
            },
            capacity=Capacity(settings.timeout_seconds, settings.listing_reserved_concurrency),
            code=code,
            logs=logs,
            settings=settings,
        )
        self.role.allow(
            *("dynamodb:GetItem", "dynamodb:BatchGetItem"), resource=table.table_arn, sid="ReadRecords"
        )
        if settings.has_fleet:
            allow_listing_fleet_jobs(self.role, table.table_arn)
        acknowledge(
            self.function,
            "Serverless::Serverless-LambdaDLQ",
            "Every caller invokes this function synchronously and receives its errors.",
        )
