"""The Athena workgroup of the export, and its saved queries."""

from aws_cdk import Stack
from aws_cdk import aws_athena as athena
from constructs import Construct

from infra.constructs.export_bucket import RESULTS_PREFIX, ExportBucket
from infra.constructs.export_catalog import ExportCatalog
from infra.export_sql.statements import saved_queries

# 0.50 USD. Three years of daily snapshots of 100,000 jobs take 11 GB.
_MOST_BYTES_PER_QUERY = 100 * 10**9


class ExportQueries(Construct):
    """A workgroup whose settings its users cannot override, with the saved queries.

    Attributes
    ----------
    workgroup : aws_cdk.aws_athena.CfnWorkGroup
        The workgroup.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, bucket: ExportBucket, catalog: ExportCatalog
    ) -> None:
        super().__init__(scope, construct_id)
        self.workgroup = athena.CfnWorkGroup(
            self,
            "Workgroup",
            name=f"{Stack.of(self).stack_name}-export",
            description="Queries of exported model customization jobs",
            # Otherwise the stack could not be deleted once a query has run.
            recursive_delete_option=True,
            work_group_configuration=athena.CfnWorkGroup.WorkGroupConfigurationProperty(
                enforce_work_group_configuration=True,
                publish_cloud_watch_metrics_enabled=True,
                bytes_scanned_cutoff_per_query=_MOST_BYTES_PER_QUERY,
                engine_version=athena.CfnWorkGroup.EngineVersionProperty(
                    selected_engine_version="Athena engine version 3"
                ),
                result_configuration=athena.CfnWorkGroup.ResultConfigurationProperty(
                    output_location=f"s3://{bucket.bucket_name}/{RESULTS_PREFIX}",
                    expected_bucket_owner=Stack.of(self).account,
                    encryption_configuration=athena.CfnWorkGroup.EncryptionConfigurationProperty(
                        encryption_option="SSE_S3"
                    ),
                ),
            ),
        )
        for query in saved_queries():
            athena.CfnNamedQuery(
                self,
                "".join(filter(str.isalnum, query.title.title())),
                name=query.title,
                description=query.description,
                database=catalog.database_name,
                query_string=query.sql,
                work_group=self.workgroup.ref,
            )
