"""The listing function: the API, workflows and the board ask it, and it writes nothing."""

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.function import BedrockFunction
from infra.logs import Logs
from infra.settings import Settings


class ListingFunction(BedrockFunction):
    """Lists model customization jobs for every caller, and reads what the watch has recorded of one."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        table: dynamodb.Table,
        code: lambda_.Code,
        logs: Logs,
        settings: Settings,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            description="Lists Amazon Bedrock model customization jobs",
            # Without WATCH_BUS, by which the handler would take itself for the watch.
            environment={
                "WATCH_TABLE": table.table_name,
                **settings.watch_limits_variable,
            },
            timeout_seconds=settings.timeout_seconds,
            code=code,
            logs=logs,
            settings=settings,
        )
        self.allow("dynamodb:GetItem", on=table.table_arn, sid="ReadTimelines")
