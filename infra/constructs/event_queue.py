"""A queue of events that a function processes in batches."""

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.dead_letters import DeadLetters
from infra.constructs.nag import acknowledge
from infra.constructs.python_function import FunctionRole

_BATCHING_WINDOW = Duration.seconds(60)
_BATCH_SIZE = 1000
# Lambda's minimum. A window's events are then in two batches at most.
_CONCURRENT_BATCHES = 2
_ATTEMPTS = 5


class EventQueue(sqs.Queue):
    """Collects events for a minute. Those that fail five times move to a dead-letter queue.

    Parameters
    ----------
    scope : Construct
        Parent of the queue.
    construct_id : str
        Id within the scope.
    timeout : Duration
        Timeout of the function that processes the events. Attempts are about seven times that long apart.
    dead_letters : DeadLetters
        Queue of events that failed.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, timeout: Duration, dead_letters: DeadLetters
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            enforce_ssl=True,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            # AWS recommends six times the timeout and the window.
            # https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
            visibility_timeout=Duration.seconds(6 * timeout.to_seconds() + _BATCHING_WINDOW.to_seconds()),
            dead_letter_queue=sqs.DeadLetterQueue(queue=dead_letters, max_receive_count=_ATTEMPTS),
        )

    def grant_send_messages(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow sending messages, but not reading the queue's attributes, which the CDK would also allow."""
        return self.grant(grantee, "sqs:SendMessage")

    def allow_reading(self, role: FunctionRole) -> None:
        """Grant a role what Lambda needs to invoke its function with batches."""
        role.allow(
            *("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
            resource=self.queue_arn,
            sid="ReadEvents",
        )

    def invoke(self, scope: Construct, function: lambda_.Function, role: FunctionRole) -> None:
        """Have Lambda invoke a function, whose role may read the queue, with batches of events."""
        acknowledge(
            function,
            "Serverless::Serverless-LambdaDLQ",
            "Its queue invokes it synchronously, and moves events that fail to a dead-letter queue.",
        )
        mapping = lambda_.EventSourceMapping(
            scope,
            "Batches",
            target=function,
            event_source_arn=self.queue_arn,
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
