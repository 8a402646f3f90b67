"""The table of the watch: the last known state of each job, and its timeline."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from customization_jobs.aws.table_schema import (
    AWAITS,
    EXPIRY,
    JOB_INDEX,
    JOB_NAME,
    JOB_STATUS,
    KEY,
    LISTED,
    POSITION,
    UNFINISHED_INDEX,
    UNFINISHED_SINCE,
)
from infra.settings.model import Settings


class JobTable(dynamodb.Table):
    """One item for each job. With the removal policy `retain`, the table is also protected from deletion.

    Parameters
    ----------
    listed : bool
        Whether the table has the index by which the jobs of a fleet are listed. It costs a further write for
        each job that is new or changes its status.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, settings: Settings, listed: bool = False
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            partition_key=dynamodb.Attribute(name=KEY, type=dynamodb.AttributeType.STRING),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            time_to_live_attribute=EXPIRY,
            # This key belongs to the account: CloudTrail records its use, and roles need no KMS permission.
            encryption=dynamodb.TableEncryption.AWS_MANAGED,
            removal_policy=RemovalPolicy[settings.removal_policy.upper()],
            deletion_protection=settings.removal_policy == "retain",
        )
        self.add_global_secondary_index(
            index_name=UNFINISHED_INDEX,
            partition_key=dynamodb.Attribute(name=AWAITS, type=dynamodb.AttributeType.STRING),
            sort_key=dynamodb.Attribute(name=UNFINISHED_SINCE, type=dynamodb.AttributeType.NUMBER),
            projection_type=dynamodb.ProjectionType.KEYS_ONLY,
        )
        if listed:
            self.add_global_secondary_index(
                index_name=JOB_INDEX,
                partition_key=dynamodb.Attribute(name=LISTED, type=dynamodb.AttributeType.STRING),
                sort_key=dynamodb.Attribute(name=POSITION, type=dynamodb.AttributeType.STRING),
                projection_type=dynamodb.ProjectionType.INCLUDE,
                non_key_attributes=[JOB_NAME, JOB_STATUS],
            )


def table_in_use(scope: Construct, own: JobTable, settings: Settings) -> dynamodb.ITable:
    """Return the table that the functions use: the stack's own, or the one that the settings name."""
    if settings.watch_table_name is None:
        return own
    return dynamodb.Table.from_table_name(scope, "TableInUse", settings.watch_table_name)
