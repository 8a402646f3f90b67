"""The table of the watch: what is known of each job, and its timeline."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from customization_jobs.watch.store import KEY
from infra.settings import Settings

# DynamoDB removes an item some time after the moment, in epoch seconds, that this attribute holds.
EXPIRY = "expiresAt"


class JobTable(dynamodb.Table):
    """One item a job. Where it is to be kept, nobody can delete it by mistake either."""

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings) -> None:
        super().__init__(
            scope,
            construct_id,
            partition_key=dynamodb.Attribute(name=KEY, type=dynamodb.AttributeType.STRING),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            time_to_live_attribute=EXPIRY,
            # The key is in the account, so its use is in CloudTrail, and no role needs a permission for it.
            encryption=dynamodb.TableEncryption.AWS_MANAGED,
            removal_policy=RemovalPolicy[settings.removal_policy.upper()],
            deletion_protection=settings.removal_policy == "retain",
        )
