"""The export: a bucket of files with transitions and daily snapshots of all jobs, for Athena."""

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from customization_jobs.watch.transition import Kind
from infra.constructs.dead_letters import DeadLetters
from infra.constructs.export_bucket import ExportBucket
from infra.constructs.export_catalog import ExportCatalog
from infra.constructs.export_function import ExportFunction
from infra.constructs.export_queries import ExportQueries
from infra.constructs.export_schedule import ExportSchedule
from infra.constructs.logs import Logs
from infra.constructs.rules import transitions_to_queue
from infra.settings.model import Settings


class Export(Construct):
    """A rule and a schedule invoke a function that writes files, which the catalog describes to Athena.

    Attributes
    ----------
    bucket : ExportBucket
        The bucket of the files.
    writer : ExportFunction
        The function and its queue.
    dead_letters : DeadLetters
        Messages that could not be delivered to the function or its queue, or that it could not export.
    rules : tuple of BusRule
        The rule.
    catalog : ExportCatalog
        The database.
    queries : ExportQueries
        The workgroup.
    """

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
        super().__init__(scope, construct_id)
        retention_days = settings.export_retention_days
        self.bucket = ExportBucket(self, "Bucket", retention_days=retention_days)
        self.dead_letters = DeadLetters(
            self, "DeadLetters", holds="transitions and snapshots that were not exported"
        )
        self.writer = ExportFunction(
            self,
            "Writer",
            bucket=self.bucket,
            table=table,
            dead_letters=self.dead_letters,
            code=code,
            logs=logs,
            settings=settings,
        )
        rule = transitions_to_queue(
            self,
            bus,
            Kind,
            self.writer.queue,
            dead_letters=self.dead_letters,
            description="Sends transitions of model customization jobs to the export function's queue",
        )
        self.rules = (rule,)
        ExportSchedule(self, "Daily", function=self.writer.function, dead_letters=self.dead_letters)
        self.catalog = ExportCatalog(self, "Catalog", bucket=self.bucket, retention_days=retention_days)
        self.queries = ExportQueries(self, "Queries", bucket=self.bucket, catalog=self.catalog)
