"""Dead-letter queues."""

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.nag import acknowledge

RETENTION = Duration.days(14)


class DeadLetters(sqs.Queue):
    """A dead-letter queue that keeps its messages for two weeks, so that `make replay` can resend them.

    Parameters
    ----------
    scope : Construct
        Parent of the queue.
    construct_id : str
        Id within the scope.
    holds : str
        The messages that the queue holds, for its alarm and its output.
    """

    def __init__(self, scope: Construct, construct_id: str, *, holds: str) -> None:
        super().__init__(
            scope,
            construct_id,
            enforce_ssl=True,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            retention_period=RETENTION,
        )
        self.holds = holds
        for finding in ("AwsSolutions::AwsSolutions-SQS3", "Serverless::Serverless-SQSRedrivePolicy"):
            acknowledge(self, finding, "This is a dead-letter queue.")

    def grant_send_messages(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow sending messages, but not reading the queue's attributes, which the CDK would also allow."""
        return self.grant(grantee, "sqs:SendMessage")
