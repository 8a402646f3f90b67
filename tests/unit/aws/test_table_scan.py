"""The scan of the table with a real client. moto or a stub answers it without a socket."""

from typing import Any

import pytest
from botocore.stub import Stubber
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customization_jobs.aws.table import Document, VersionedTable
from customization_jobs.aws.table_scan import TableScan
from customization_jobs.aws.table_schema import KEY
from customization_jobs.errors import WatchUnavailableException
from tests.unit.aws.moto_clients import moto_client


@pytest.fixture
def scan(dynamodb: Any) -> TableScan:
    table = VersionedTable(dynamodb, "jobs")
    for key in (*(f"arn:{number}" for number in range(7)), "#baseline", "#wait/1", "#wait/2"):
        table.put(key, Document({"key": key}))
    return TableScan(table, without_prefix="#")


@given(st.lists(st.integers(1, 12), min_size=1, max_size=4))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
def test_the_pages_have_each_document_once_without_those_of_the_prefix(
    scan: TableScan, limits: list[int]
) -> None:
    found: list[str] = []
    start, pages = None, 0
    while pages == 0 or start is not None:
        limit = limits[pages % len(limits)]
        page = scan.read(start, limit=limit)
        assert len(page.documents) <= limit
        assert all(each.body == {"key": key} for key, each in page.documents.items())
        found += page.documents
        start, pages = page.next_start, pages + 1
    assert sorted(found) == [f"arn:{number}" for number in range(7)]


def test_an_item_of_another_program_is_a_document_without_a_body(scan: TableScan) -> None:
    moto_client("dynamodb").put_item(TableName="jobs", Item={KEY: {"S": "foreign"}})
    page = scan.read(None, limit=100)
    assert page.documents["foreign"] == Document(None)
    assert page.next_start is None


def test_a_page_continues_after_the_given_key_with_eventual_consistency(dynamodb: Any) -> None:
    with Stubber(dynamodb) as stub:
        expected = {
            "TableName": "jobs",
            "FilterExpression": "NOT begins_with(jobArn, :prefix)",
            "ExpressionAttributeValues": {":prefix": {"S": "#"}},
            "Limit": 5,
            "ExclusiveStartKey": {KEY: {"S": "arn:3"}},
        }
        stub.add_response("scan", {"Items": [], "LastEvaluatedKey": {KEY: {"S": "arn:5"}}}, expected)
        page = TableScan(VersionedTable(dynamodb, "jobs"), without_prefix="#").read("arn:3", limit=5)
    assert (page.documents, page.next_start) == ({}, "arn:5")


def test_a_refusal_is_named(dynamodb: Any) -> None:
    with Stubber(dynamodb) as stub:
        stub.add_client_error("scan", "ThrottlingException", "no", http_status_code=400)
        with pytest.raises(WatchUnavailableException, match="The table returned ThrottlingException"):
            TableScan(VersionedTable(dynamodb, "jobs"), without_prefix="#").read(None, limit=5)
