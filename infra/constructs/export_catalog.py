"""The database of the export in Glue's catalog: tables of the files, and views over them."""

import base64
import json
import re
from collections.abc import Mapping

from aws_cdk import Stack
from aws_cdk import aws_glue as glue
from constructs import Construct

from customization_jobs.export.columns import COLUMNS
from infra.constructs.export_bucket import FILES_PREFIX, ExportBucket
from infra.export_sql.statements import DATE, RAW_TABLES, VIEWS, View

# Athena's types, as Trino names them.
TRINO_TYPES: Mapping[str, str] = {
    "array<string>": "array(varchar)",
    "boolean": "boolean",
    "int": "integer",
    "map<string,string>": "map(varchar,varchar)",
    "string": "varchar",
}


class ExportCatalog(Construct):
    """A database with a table for each kind of file, whose partitions are projected, and with the views.

    Attributes
    ----------
    database_name : str
        The name of the stack in lower case, as Athena requires.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, bucket: ExportBucket, retention_days: int
    ) -> None:
        super().__init__(scope, construct_id)
        self._bucket = bucket
        self._retention_days = retention_days
        self.database_name = re.sub(r"\W", "_", Stack.of(self).stack_name.lower())
        self._database = glue.CfnDatabase(
            self,
            "Database",
            catalog_id=Stack.of(self).account,
            database_input=glue.CfnDatabase.DatabaseInputProperty(
                name=self.database_name, description="Exported model customization jobs"
            ),
        )
        for kind, name in RAW_TABLES.items():
            self._add_table(kind, name)
        for view in VIEWS:
            self._add_view(view)

    def _add_table(self, kind: str, name: str) -> None:
        location = f"s3://{self._bucket.bucket_name}/{FILES_PREFIX}{kind}/"
        self._add(
            name,
            glue.CfnTable.TableInputProperty(
                name=name,
                description=f"Files of {kind}, which can have a row several times. Query the views instead.",
                table_type="EXTERNAL_TABLE",
                parameters={
                    "classification": "json",
                    "compressionType": "gzip",
                    # Athena computes the partitions instead of looking them up: nothing has to add them.
                    # https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html
                    "projection.enabled": "true",
                    f"projection.{DATE}.type": "date",
                    f"projection.{DATE}.format": "yyyy-MM-dd",
                    f"projection.{DATE}.range": f"NOW-{self._retention_days}DAYS,NOW+1DAYS",
                    f"projection.{DATE}.interval": "1",
                    f"projection.{DATE}.interval.unit": "DAYS",
                    "storage.location.template": f"{location}{DATE}=${{{DATE}}}/",
                },
                partition_keys=_columns({DATE: "string"}),
                storage_descriptor=glue.CfnTable.StorageDescriptorProperty(
                    columns=_columns(COLUMNS[kind]),
                    location=location,
                    input_format="org.apache.hadoop.mapred.TextInputFormat",
                    output_format="org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
                    serde_info=glue.CfnTable.SerdeInfoProperty(
                        serialization_library="org.openx.data.jsonserde.JsonSerDe",
                        # By default, the keys of tags would be in lower case.
                        parameters={"case.insensitive": "FALSE"},
                    ),
                ),
            ),
        )

    def _add_view(self, view: View) -> None:
        self._add(
            view.name,
            glue.CfnTable.TableInputProperty(
                name=view.name,
                table_type="VIRTUAL_VIEW",
                parameters={"presto_view": "true", "comment": "Presto View"},
                partition_keys=[],
                storage_descriptor=glue.CfnTable.StorageDescriptorProperty(
                    columns=_columns(view.columns),
                    location="",
                    serde_info=glue.CfnTable.SerdeInfoProperty(),
                ),
                view_original_text=self._view_text(view),
                view_expanded_text="/* Presto View */",
            ),
        )

    def _view_text(self, view: View) -> str:
        """Return a view as Athena stores it, in Trino's form, which AWS does not document."""
        definition = {
            "originalSql": view.sql,
            "catalog": "awsdatacatalog",
            "schema": self.database_name,
            "columns": [{"name": name, "type": TRINO_TYPES[kind]} for name, kind in view.columns.items()],
        }
        return f"/* Presto View: {base64.b64encode(json.dumps(definition).encode()).decode()} */"

    def _add(self, name: str, table: glue.CfnTable.TableInputProperty) -> None:
        glue.CfnTable(
            self,
            name.title().replace("_", ""),
            catalog_id=Stack.of(self).account,
            database_name=self._database.ref,
            table_input=table,
        )


def _columns(types: Mapping[str, str]) -> list[glue.CfnTable.ColumnProperty]:
    return [glue.CfnTable.ColumnProperty(name=name, type=kind) for name, kind in types.items()]
