"""The notification function: turns the watch's events into mails and chat messages."""

from collections.abc import Mapping

from aws_cdk import Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from customization_jobs import __version__
from infra.constructs.dead_letters import DeadLetters
from infra.constructs.function import HANDLER, METRICS_NAMESPACE, SERVICE_NAME
from infra.constructs.logs import Logs
from infra.constructs.nag import acknowledge
from infra.constructs.python_function import FunctionRole, PythonFunction
from infra.settings.model import Settings

_DESCRIPTION = "Publishes notifications about Amazon Bedrock model customization jobs"
_TIMEOUT = Duration.seconds(60)
# Events that arrive within this time share a batch, so that a sweep's events can become one digest.
_BATCHING_WINDOW = Duration.seconds(60)
_BATCH_SIZE = 1000
# Lambda's minimum. A window's events are then in two batches at most.
_CONCURRENT_BATCHES = 2
# AWS recommends six times the timeout and the window.
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
_VISIBILITY_TIMEOUT = Duration.seconds(6 * 60 + 60)
# Half an hour in all. Each attempt can repeat a mail while only the chat topic refuses.
_ATTEMPTS = 5


class _EventQueue(sqs.Queue):
    def grant_send_messages(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow sending messages, and not, as the CDK does, also reading the queue's attributes."""
        return self.grant(grantee, "sqs:SendMessage")


class NotificationFunction(Construct):
    """A function of the same bundle, which a queue invokes with batches of events. It needs no alias.

    Attributes
    ----------
    function : PythonFunction
        The function.
    queue : aws_cdk.aws_sqs.Queue
        Events that wait for their batch.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        topics: Mapping[str, sns.Topic],
        dead_letters: DeadLetters,
        code: lambda_.Code,
        logs: Logs,
        settings: Settings,
    ) -> None:
        """Create the function, with the topics by the environment variables that name them."""
        super().__init__(scope, construct_id)
        self.queue = _EventQueue(
            self,
            "Queue",
            enforce_ssl=True,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            visibility_timeout=_VISIBILITY_TIMEOUT,
            dead_letter_queue=sqs.DeadLetterQueue(queue=dead_letters, max_receive_count=_ATTEMPTS),
        )
        role = self._create_role(topics)
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
                "NOTIFICATION_DIGEST_ABOVE": str(settings.notification_digest_above),
                **{variable: topic.topic_arn for variable, topic in topics.items()},
            },
        )
        acknowledge(
            self.function,
            "Serverless::Serverless-LambdaDLQ",
            "Its queue invokes it synchronously, and moves events that fail to a dead-letter queue.",
        )
        mapping = lambda_.EventSourceMapping(
            self,
            "Batches",
            target=self.function,
            event_source_arn=self.queue.queue_arn,
            batch_size=_BATCH_SIZE,
            max_batching_window=_BATCHING_WINDOW,
            max_concurrency=_CONCURRENT_BATCHES,
            report_batch_item_failures=True,
        )
        acknowledge(
            mapping,
            "Serverless::Serverless-LambdaEventSourceMappingDestination",
            "SQS has none. The queue itself moves events that fail to a dead-letter queue.",
        )
        # Lambda checks the role's permissions when it creates the mapping.
        mapping.node.add_dependency(role)

    def _create_role(self, topics: Mapping[str, sns.Topic]) -> FunctionRole:
        role = FunctionRole(self, "Role", description=_DESCRIPTION)
        for topic in topics.values():
            role.allow("sns:Publish", resource=topic.topic_arn, sid=f"PublishTo{topic.node.id}")
        role.allow(
            *("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
            resource=self.queue.queue_arn,
            sid="ReadEvents",
        )
        return role
