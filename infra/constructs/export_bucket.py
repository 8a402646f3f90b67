"""The bucket of the export."""

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.constructs.nag import acknowledge

# Prefix of the folders of exported files, such as `kind=jobs/`.
FILES_PREFIX = "kind="
RESULTS_PREFIX = "query-results/"
_RESULTS_DAYS = 7


class ExportBucket(s3.Bucket):
    """A private bucket of exported files, which expire, and of the results of Athena's queries.

    It is not versioned: a file is written again only with the same rows, and the stack deletes none. It
    outlives the stack, because CloudFormation cannot delete a bucket with objects.

    Parameters
    ----------
    retention_days : int
        Number of days after which a file expires.
    """

    def __init__(self, scope: Construct, construct_id: str, *, retention_days: int) -> None:
        super().__init__(
            scope,
            construct_id,
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=True,
            lifecycle_rules=[
                s3.LifecycleRule(prefix=FILES_PREFIX, expiration=Duration.days(retention_days)),
                s3.LifecycleRule(prefix=RESULTS_PREFIX, expiration=Duration.days(_RESULTS_DAYS)),
                s3.LifecycleRule(abort_incomplete_multipart_upload_after=Duration.days(1)),
            ],
            removal_policy=RemovalPolicy.RETAIN,
        )
        acknowledge(
            self,
            "AwsSolutions::AwsSolutions-S1",
            "Only the export function writes files, and Athena's own history has each query. Organizations "
            "that audit reads use CloudTrail's data events, which cover all their buckets.",
        )
