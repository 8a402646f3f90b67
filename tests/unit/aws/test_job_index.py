"""The index of jobs with a real client, whose requests moto answers without a socket."""

from typing import Any

import pytest
from botocore.stub import Stubber

from customization_jobs.aws.job_index import IndexedJob, IndexFilter, IndexPage, IndexRange, JobIndex
from customization_jobs.aws.table import Document, VersionedTable
from customization_jobs.aws.table_schema import Listed
from customization_jobs.errors import WatchUnavailableException

ALL = IndexRange("0", "~", ascending=True)


@pytest.fixture
def table(fleet_dynamodb: Any) -> VersionedTable:
    return VersionedTable(fleet_dynamodb, "jobs")


@pytest.fixture
def index(table: VersionedTable) -> JobIndex:
    return JobIndex(table)


def put(table: VersionedTable, key: str, listed: Listed | None, status: str = "Failed") -> Document:
    readable = {"jobName": f"name-{key}", "jobStatus": status}
    return table.put(key, table.get(key) or Document({}), readable=readable, listed=listed)


def keys(page: IndexPage) -> list[str]:
    return [job.key for job in page.jobs]


def test_a_document_says_where_it_is_listed(table: VersionedTable) -> None:
    assert put(table, "a", None).position is None
    assert table.get("a") == Document({}, 1)
    assert put(table, "a", Listed("s", "1")) == Document({}, 2, "1") == table.get("a")
    assert table.get_many(["a"]) == {"a": Document({}, 2, "1")}


def test_the_jobs_of_a_shard_are_read_in_both_directions(table: VersionedTable, index: JobIndex) -> None:
    for key, position in (("a", "3"), ("b", "1"), ("c", "2")):
        put(table, key, Listed("s", position))
    put(table, "d", Listed("t", "1"))
    put(table, "e", None)
    page = index.read("s", ALL, IndexFilter(), limit=10)
    assert page == IndexPage(
        (
            IndexedJob("1", "b", "name-b", "Failed"),
            IndexedJob("2", "c", "name-c", "Failed"),
            IndexedJob("3", "a", "name-a", "Failed"),
        ),
        None,
    )
    assert keys(index.read("s", ALL._replace(ascending=False), IndexFilter(), limit=10)) == ["a", "c", "b"]
    assert keys(index.read("s", IndexRange("1", "2", ascending=True), IndexFilter(), limit=10)) == ["b", "c"]
    put(table, "c", None)
    assert keys(index.read("s", ALL, IndexFilter(), limit=10)) == ["b", "a"]


def test_a_page_says_how_far_it_has_examined_the_range(table: VersionedTable, index: JobIndex) -> None:
    for number in range(4):
        put(table, f"k{number}", Listed("s", f"p{number}"), status="Failed" if number == 3 else "Stopped")
    first = index.read("s", ALL, IndexFilter(), limit=2)
    assert (keys(first), first.examined_to) == (["k0", "k1"], "p1")
    by_status = index.read("s", ALL, IndexFilter(status="Failed"), limit=10)
    assert (keys(by_status), by_status.examined_to) == (["k3"], None)
    assert keys(index.read("s", ALL, IndexFilter(name_contains="e-k2"), limit=10)) == ["k2"]
    assert keys(index.read("s", ALL, IndexFilter("e-k2", "Failed"), limit=10)) == []


def test_the_request_names_what_it_needs_and_reserves_no_word(index: JobIndex, fleet_dynamodb: Any) -> None:
    with Stubber(fleet_dynamodb) as stub:
        last = {name: {"S": "x"} for name in ("listed", "position", "jobArn")}
        expected = {
            "TableName": "jobs",
            "IndexName": "Jobs",
            "KeyConditionExpression": "#listed = :shard AND #position BETWEEN :lowest AND :highest",
            "FilterExpression": "contains(#name, :name) AND #status = :status",
            "ExpressionAttributeNames": {
                "#listed": "listed",
                "#position": "position",
                "#name": "jobName",
                "#status": "jobStatus",
            },
            "ExpressionAttributeValues": {
                ":shard": {"S": "s"},
                ":lowest": {"S": "0"},
                ":highest": {"S": "~"},
                ":name": {"S": "n"},
                ":status": {"S": "Failed"},
            },
            "ScanIndexForward": True,
            "Limit": 7,
        }
        stub.add_response("query", {"Items": [], "LastEvaluatedKey": last}, expected)
        assert index.read("s", ALL, IndexFilter("n", "Failed"), limit=7) == IndexPage((), "x")
        stub.add_client_error("query", "ThrottlingException")
        with pytest.raises(WatchUnavailableException, match="The table returned ThrottlingException"):
            index.read("s", ALL, IndexFilter(), limit=7)
