"""A queue where ends what failed for good."""

from aws_cdk import Duration
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.nag import acknowledge


class DeadLetters(sqs.Queue):
    """Keeps dead letters for two weeks: an alarm tells of them, and `make replay` sends them again."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(
            scope,
            construct_id,
            enforce_ssl=True,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            retention_period=Duration.days(14),
        )
        acknowledge(self, "AwsSolutions::AwsSolutions-SQS3", "This is a dead-letter queue.")
