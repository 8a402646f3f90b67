"""The table of the simulated fleet charges what DynamoDB does."""

from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from botocore.exceptions import ClientError

from benchmarks.fleet.clock import Clock
from benchmarks.fleet.dynamodb import Table
from benchmarks.fleet.units import Units, size_of

KB = 1024
TABLE: Any = {"TableName": "jobs"}
NEW = {"ConditionExpression": "attribute_not_exists(jobArn)"}


@pytest.fixture
def table() -> Table:
    return Table(Clock(), Random(1))  # noqa: S311 - latencies are no secret


def item(key: str, version: int = 1, size: int = 100, **attributes: str) -> dict[str, Any]:
    texts = {name: {"N" if name == "unfinishedSince" else "S": value} for name, value in attributes.items()}
    return {"jobArn": {"S": key}, "version": {"N": str(version)}, "record": {"S": "x" * size}, **texts}


def put(table: Table, written: dict[str, Any]) -> None:
    version = int(written["version"]["N"]) - 1
    condition: dict[str, Any] = NEW
    if version:
        values = {":read": {"N": str(version)}}
        condition = {"ConditionExpression": "version = :read", "ExpressionAttributeValues": values}
    table.put_item(**TABLE, Item=written, **condition)


def charged(table: Table, call: Callable[[], object]) -> Units:
    before = table.units.copy()
    call()
    return table.units.since(before)


def test_a_size_is_that_of_names_and_values() -> None:
    assert size_of({"jobArn": {"S": "é"}, "version": {"N": "123"}}) == 6 + 2 + 7 + 3


@pytest.mark.parametrize(
    ("size", "consistent", "units"),
    [(100, True, 1), (100, False, 0.5), (5 * KB, True, 2), (5 * KB, False, 1), (None, True, 1)],
)
def test_a_read_is_charged_by_4_kb_and_half_if_it_may_be_stale(
    table: Table, size: int | None, units: float, *, consistent: bool
) -> None:
    if size:
        put(table, item("a", size=size))
    key = {"jobArn": {"S": "a"}}
    one = charged(table, lambda: table.get_item(**TABLE, Key=key, ConsistentRead=consistent))
    request = {"jobs": {"Keys": [key], "ConsistentRead": consistent}}
    many = charged(table, lambda: table.batch_get_item(RequestItems=request))
    assert one.reads == many.reads == units
    assert not one.writes


def test_each_item_of_a_batch_is_rounded_up(table: Table) -> None:
    for key in ("a", "b", "c"):
        put(table, item(key))
    keys = [{"jobArn": {"S": key}} for key in ("a", "b", "c", "missing")]
    request = {"jobs": {"Keys": keys, "ConsistentRead": False}}
    assert charged(table, lambda: table.batch_get_item(RequestItems=request)).reads == 4 * 0.5


def test_a_write_is_charged_by_the_larger_of_the_old_and_the_new_item(table: Table) -> None:
    assert charged(table, lambda: put(table, item("a", 1, 3 * KB))).writes == {"table": 4}
    assert charged(table, lambda: put(table, item("a", 2, 100))).writes == {"table": 4}
    assert charged(table, lambda: put(table, item("a", 3, 100))).writes == {"table": 1}


def test_a_write_that_fails_is_charged_and_changes_nothing(table: Table) -> None:
    put(table, item("a"))
    before = table.units.copy()
    for version in (1, 3):
        with pytest.raises(ClientError, match="ConditionalCheckFailed"):
            put(table, item("a", version, 1))
    assert table.units.since(before).writes == {"table": 2}
    assert table.items["a"] == item("a")


def test_an_index_is_charged_only_if_what_it_contains_changes(table: Table) -> None:
    listed: Any = {"listed": "jobs/1", "position": "2026|a", "jobName": "a"}

    def write(version: int, size: int, **attributes: str) -> dict[str, int]:
        writes = charged(table, lambda: put(table, item("a", version, size, **listed, **attributes))).writes
        return {name: units for name, units in writes.items() if name != "table"}

    assert write(1, 100, jobStatus="InProgress") == {"Jobs": 1}
    assert write(2, 200, jobStatus="InProgress") == {}
    assert write(3, 200, jobStatus="Completed") == {"Jobs": 1}
    pending = {"awaits": "#publication", "jobStatus": "Completed"}
    assert write(4, 200, **pending, unfinishedSince="1") == {"Unfinished": 1}
    # The entry moves: it is deleted at one place, and written at another.
    assert write(5, 200, **pending, unfinishedSince="2") == {"Unfinished": 2}
    assert write(6, 200, jobStatus="Completed") == {"Unfinished": 1}


def test_a_query_is_charged_by_all_entries_together_whether_or_not_they_pass_the_filter(table: Table) -> None:
    for number in range(100):
        status = "Failed" if number == 3 else "Completed"
        listed: Any = {
            "listed": "jobs/1",
            "position": f"{number:03}",
            "jobName": "x" * 100,
            "jobStatus": status,
        }
        put(table, item(f"key-{number:03}", **listed))
    values = {":shard": "jobs/1", ":lowest": "010", ":highest": "069", ":status": "Failed"}
    answers = []
    units = charged(
        table,
        lambda: answers.append(
            table.query(
                **TABLE,
                IndexName="Jobs",
                ExpressionAttributeValues={name: {"S": value} for name, value in values.items()},
                FilterExpression="#status = :status",
                Limit=50,
                ScanIndexForward=False,
            )
        ),
    )
    (answer,) = answers
    assert not answer["Items"]
    assert answer["LastEvaluatedKey"]["position"] == {"S": "020"}
    assert units.half_reads == {"Query Jobs": -(-50 * size_of(answer["LastEvaluatedKey"]) // 4096)}


def test_a_query_that_finds_nothing_is_charged_half_a_unit(table: Table) -> None:
    values = {":awaits": {"S": "#publication"}, ":before": {"N": "5"}}
    pending = item("a", awaits="#publication", unfinishedSince="5")
    put(table, pending)

    def query(limit: int = 100) -> dict[str, Any]:
        return table.query(**TABLE, IndexName="Unfinished", ExpressionAttributeValues=values, Limit=limit)

    assert charged(table, query).reads == 0.5
    assert not query()["Items"]
    values[":before"] = {"N": "6"}
    assert [each["jobArn"]["S"] for each in query()["Items"]] == ["a"]
