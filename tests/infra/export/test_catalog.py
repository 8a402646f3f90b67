"""The database of the export: tables of files, and views."""

import base64
import json
import re
from typing import Any

import pytest

from customization_jobs.export.columns import COLUMNS
from infra.export_sql.statements import VIEWS, View
from tests.infra.conftest import Synthesis

BUCKET = {"Ref": "ExportBucketFD42BCED"}


def table(stack: Synthesis, name: str) -> dict[str, Any]:
    """Return the input of a table or view."""
    inputs = [each["TableInput"] for each in stack.of_type("AWS::Glue::Table").values()]
    (found,) = (each for each in inputs if each["Name"] == name)
    return dict(found)


def types(columns: list[dict[str, str]]) -> dict[str, str]:
    return {column["Name"]: column["Type"] for column in columns}


def location(*path: str) -> dict[str, Any]:
    return {"Fn::Join": ["", ["s3://", BUCKET, *path]]}


def test_all_tables_and_views_are_in_one_database_that_is_named_after_the_stack(
    export_stack: Synthesis,
) -> None:
    account = {"Ref": "AWS::AccountId"}
    assert export_stack.only("AWS::Glue::Database") == {
        "CatalogId": account,
        "DatabaseInput": {"Name": "jobs", "Description": "Exported model customization jobs"},
    }
    tables = export_stack.of_type("AWS::Glue::Table").values()
    database = export_stack.ref("AWS::Glue::Database")
    assert [(each["CatalogId"], each["DatabaseName"]) for each in tables] == [(account, database)] * 7
    assert "AWS::Glue::Crawler" not in {each["Type"] for each in export_stack.resources.values()}


@pytest.mark.parametrize("kind", COLUMNS)
def test_a_table_of_files_has_the_columns_of_its_kind(export_stack: Synthesis, kind: str) -> None:
    found = table(export_stack, f"raw_{kind}")
    assert found["TableType"] == "EXTERNAL_TABLE"
    columns = types(found["StorageDescriptor"]["Columns"])
    assert columns == COLUMNS[kind]
    assert list(columns) == list(COLUMNS[kind])
    # Names in Hive are not case-sensitive, and a partition must not be named like a column.
    assert all(re.fullmatch(r"[a-z][a-z_]*", name) for name in columns)
    assert types(found["PartitionKeys"]) == {"date": "string"}
    assert "date" not in columns


@pytest.mark.parametrize("kind", COLUMNS)
def test_a_table_projects_the_days_of_the_files_that_are_kept(
    export_stack: Synthesis, every_part_stack: Synthesis, kind: str
) -> None:
    assert table(export_stack, f"raw_{kind}")["Parameters"] == {
        "classification": "json",
        "compressionType": "gzip",
        "projection.enabled": "true",
        "projection.date.type": "date",
        "projection.date.format": "yyyy-MM-dd",
        "projection.date.range": "NOW-1096DAYS,NOW+1DAYS",
        "projection.date.interval": "1",
        "projection.date.interval.unit": "DAYS",
        "storage.location.template": location(f"/kind={kind}/date=${{date}}/"),
    }
    other = table(every_part_stack, f"raw_{kind}")["Parameters"]
    assert other["projection.date.range"] == "NOW-90DAYS,NOW+1DAYS"


@pytest.mark.parametrize("kind", COLUMNS)
def test_a_table_reads_json_lines_and_keeps_the_case_of_tag_keys(export_stack: Synthesis, kind: str) -> None:
    storage = table(export_stack, f"raw_{kind}")["StorageDescriptor"]
    storage.pop("Columns")
    assert storage == {
        "Location": location(f"/kind={kind}/"),
        "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
        "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        "SerdeInfo": {
            "SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe",
            "Parameters": {"case.insensitive": "FALSE"},
        },
    }


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_a_view_is_stored_in_the_form_of_athena(export_stack: Synthesis, view: View) -> None:
    found = table(export_stack, view.name)
    text = found.pop("ViewOriginalText")
    columns = types(found.pop("StorageDescriptor")["Columns"])
    assert found == {
        "Name": view.name,
        "TableType": "VIRTUAL_VIEW",
        "Parameters": {"presto_view": "true", "comment": "Presto View"},
        "PartitionKeys": [],
        "ViewExpandedText": "/* Presto View */",
    }
    encoded = re.fullmatch(r"/\* Presto View: ([A-Za-z0-9+/=]+) \*/", text)
    assert encoded
    definition = json.loads(base64.b64decode(encoded[1]))
    assert definition.keys() == {"originalSql", "catalog", "schema", "columns"}
    assert definition["originalSql"] == view.sql
    assert (definition["catalog"], definition["schema"]) == ("awsdatacatalog", "jobs")
    trino = {
        "string": "varchar",
        "int": "integer",
        "boolean": "boolean",
        "map<string,string>": "map(varchar,varchar)",
        "array<string>": "array(varchar)",
    }
    assert definition["columns"] == [{"name": name, "type": trino[kind]} for name, kind in columns.items()]
    assert columns == view.columns


def test_the_template_is_smaller_than_cloudformation_allows(every_part_stack: Synthesis) -> None:
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
    assert len(json.dumps(every_part_stack.template)) < 1_000_000
    assert len(every_part_stack.resources) < 500
