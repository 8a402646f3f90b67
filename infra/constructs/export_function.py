"""The export function: writes transitions and daily snapshots of all jobs to the bucket."""

from aws_cdk import Duration, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_destinations as destinations
from constructs import Construct

from customization_jobs import __version__
from infra.constructs.dead_letters import DeadLetters
from infra.constructs.event_queue import EventQueue
from infra.constructs.export_bucket import FILES_PREFIX, ExportBucket
from infra.constructs.function import HANDLER, METRICS_NAMESPACE, SERVICE_NAME
from infra.constructs.logs import Logs
from infra.constructs.nag import acknowledge, logical_id
from infra.constructs.python_function import FunctionRole, PythonFunction
from infra.settings.model import Settings

_DESCRIPTION = "Exports Amazon Bedrock model customization jobs to files for Athena"
# A snapshot that takes longer is continued through the queue.
_TIMEOUT = Duration.seconds(120)
# The next snapshot replaces one that could not begin by then.
_MAXIMUM_SCHEDULE_AGE = Duration.hours(6)


class ExportFunction(Construct):
    """A function of the same bundle. Its queue invokes it with transitions, and a schedule for a snapshot.

    Like the notification function, it needs no alias: failed invocations are retried, and then kept.

    Attributes
    ----------
    function : PythonFunction
        The function.
    queue : EventQueue
        Transitions that wait for their batch, and snapshots that are to be continued.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        bucket: ExportBucket,
        table: dynamodb.ITable,
        dead_letters: DeadLetters,
        code: lambda_.Code,
        logs: Logs,
        settings: Settings,
    ) -> None:
        super().__init__(scope, construct_id)
        # The attempts take about an hour in all.
        self.queue = EventQueue(self, "Queue", timeout=_TIMEOUT, dead_letters=dead_letters)
        role = self._create_role(bucket, table)
        self.function = PythonFunction(
            self,
            "Function",
            description=f"{_DESCRIPTION} (version {__version__})",
            code=code,
            handler=HANDLER,
            memory_size=settings.memory_megabytes,
            timeout=_TIMEOUT,
            role=role,
            logs=logs,
            environment={
                "BEDROCK_REGION": settings.bedrock_region or Stack.of(self).region,
                "POWERTOOLS_SERVICE_NAME": SERVICE_NAME,
                "POWERTOOLS_METRICS_NAMESPACE": METRICS_NAMESPACE,
                "EXPORT_BUCKET": bucket.bucket_name,
                "EXPORT_QUEUE_URL": self.queue.queue_url,
                "WATCH_TABLE": table.table_name,
                **settings.owner_tag_variable,
            },
        )
        self.queue.invoke(self, self.function, role)
        # For the schedule's invocations, which are asynchronous.
        self.function.configure_async_invoke(
            on_failure=destinations.SqsDestination(dead_letters),
            max_event_age=_MAXIMUM_SCHEDULE_AGE,
            retry_attempts=2,
        )

    def _create_role(self, bucket: ExportBucket, table: dynamodb.ITable) -> FunctionRole:
        role = FunctionRole(self, "Role", description=_DESCRIPTION)
        role.allow("s3:PutObject", resource=bucket.arn_for_objects(f"{FILES_PREFIX}*"), sid="WriteFiles")
        acknowledge(
            role,
            f"AwsSolutions::AwsSolutions-IAM5[Resource::<{logical_id(bucket)}.Arn>/{FILES_PREFIX}*]",
            "The names of the files are not known beforehand. The bucket is the export's own.",
        )
        role.allow("dynamodb:Scan", resource=table.table_arn, sid="ReadAllJobs")
        self.queue.allow_reading(role)
        role.allow("sqs:SendMessage", resource=self.queue.queue_arn, sid="ContinueSnapshots")
        return role
