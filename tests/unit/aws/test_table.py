"""The table adapter with a real client. moto or a stub answers it without a socket."""

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError
from botocore.stub import Stubber

from customization_jobs.aws.table import Document, Unfinished, VersionConflict, VersionedTable
from customization_jobs.aws.table_schema import EXPIRY, KEY
from customization_jobs.errors import WatchUnavailableException
from tests.unit.aws.moto_clients import moto_client

BODY = {"status": "Completed", "nested": {"größe": [1, 2]}}


@pytest.fixture
def table(dynamodb: Any) -> VersionedTable:
    return VersionedTable(dynamodb, "jobs", sleep=lambda _: None)


def stored_item(key: str) -> dict[str, Any]:
    item: dict[str, Any] = moto_client("dynamodb").get_item(TableName="jobs", Key={KEY: {"S": key}})["Item"]
    return item


def test_a_document_is_read_as_it_was_written(table: VersionedTable) -> None:
    assert table.get("a") is None
    written = table.put("a", Document(BODY))
    assert written == Document(BODY, 1)
    assert table.get("a") == written
    assert table.put("a", written).version == 2


def test_a_write_without_the_current_version_is_a_conflict(table: VersionedTable) -> None:
    first = table.put("a", Document(BODY))
    with pytest.raises(VersionConflict):
        table.put("a", Document(BODY))
    table.put("a", first)
    with pytest.raises(VersionConflict):
        table.put("a", first)


def test_a_deleted_document_is_not_written_as_an_update(table: VersionedTable) -> None:
    table.put("a", Document(BODY))
    moto_client("dynamodb").delete_item(TableName="jobs", Key={KEY: {"S": "a"}})
    with pytest.raises(VersionConflict):
        table.put("a", Document(BODY, 1))


def test_the_expiry_and_readable_attributes_are_written_beside_the_document(table: VersionedTable) -> None:
    table.put("a", Document(BODY), readable={"jobName": "n"}, expires_at=1_800_000_000)
    assert stored_item("a")[EXPIRY] == {"N": "1800000000"}
    assert stored_item("a")["jobName"] == {"S": "n"}
    table.put("b", Document(BODY))
    assert EXPIRY not in stored_item("b")


def test_documents_are_read_a_hundred_per_call(table: VersionedTable, dynamodb: Any) -> None:
    keys = [f"key-{number}" for number in range(150)]
    for key in keys:
        table.put(key, Document({"key": key}))
    requested: list[int] = []
    dynamodb.meta.events.register(
        "provide-client-params.dynamodb.BatchGetItem",
        lambda params, **_: requested.append(len(params["RequestItems"]["jobs"]["Keys"])),
    )
    found = table.get_many([*keys, "key-0", "unknown"])
    assert {key: document.body["key"] for key, document in found.items()} == {key: key for key in keys}
    assert requested == [100, 51]
    assert table.get_many([]) == {}


def unprocessed(*keys: str) -> dict[str, Any]:
    return {"jobs": {"Keys": [{KEY: {"S": key}} for key in keys]}}


def test_unprocessed_keys_are_read_again(table: VersionedTable, dynamodb: Any) -> None:
    table.put("a", Document(BODY))
    item = stored_item("a")
    with Stubber(dynamodb) as stub:
        stub.add_response("batch_get_item", {"Responses": {}, "UnprocessedKeys": unprocessed("a")})
        stub.add_response("batch_get_item", {"Responses": {"jobs": [item]}, "UnprocessedKeys": {}})
        assert set(table.get_many(["a"])) == {"a"}


def test_pauses_between_reads_of_unprocessed_keys_grow(
    dynamodb: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("random.uniform", lambda _, longest: longest)
    pauses: list[float] = []
    table = VersionedTable(dynamodb, "jobs", sleep=pauses.append)
    with Stubber(dynamodb) as stub:
        for _ in range(5):
            stub.add_response("batch_get_item", {"Responses": {}, "UnprocessedKeys": unprocessed("a")})
        with pytest.raises(WatchUnavailableException, match="too busy"):
            table.get_many(["a"])
    assert pauses == [0.2, 0.4, 0.8, 1.6]


def test_an_answer_with_documents_resets_the_count_of_empty_answers(
    table: VersionedTable, dynamodb: Any
) -> None:
    table.put("a", Document(BODY))
    item = stored_item("a")
    with Stubber(dynamodb) as stub:
        for _ in range(4):
            stub.add_response("batch_get_item", {"Responses": {}, "UnprocessedKeys": unprocessed("a", "b")})
        stub.add_response(
            "batch_get_item", {"Responses": {"jobs": [item]}, "UnprocessedKeys": unprocessed("b")}
        )
        for _ in range(4):
            stub.add_response("batch_get_item", {"Responses": {}, "UnprocessedKeys": unprocessed("b")})
        stub.add_response("batch_get_item", {"Responses": {}, "UnprocessedKeys": {}})
        assert set(table.get_many(["a", "b"])) == {"a"}


def test_a_refusal_and_a_failed_connection_are_named_errors(
    table: VersionedTable, dynamodb: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Stubber(dynamodb) as stub:
        stub.add_client_error("put_item", "ProvisionedThroughputExceededException")
        with pytest.raises(WatchUnavailableException, match="ProvisionedThroughputExceeded"):
            table.put("a", Document(BODY))

    def time_out(**_: Any) -> None:
        raise ConnectTimeoutError(endpoint_url="https://dynamodb")

    monkeypatch.setattr(dynamodb, "get_item", time_out)
    with pytest.raises(WatchUnavailableException, match="did not answer"):
        table.get("a")


def at(minute: int) -> datetime:
    return datetime(2026, 3, 1, 12, minute, tzinfo=UTC)


def test_the_keys_of_unfinished_documents_are_read_oldest_first(table: VersionedTable) -> None:
    newest = table.put("a", Document(BODY), unfinished=Unfinished("x", at(3)))
    table.put("b", Document(BODY), unfinished=Unfinished("x", at(1)))
    oldest = table.put("c", Document(BODY), unfinished=Unfinished("x", at(0)))
    table.put("d", Document(BODY))
    assert list(table.unfinished_keys("x", at(4))) == ["c", "b", "a"]
    assert list(table.unfinished_keys("x", at(3))) == ["c", "b"]
    table.put("c", oldest)
    table.put("a", newest, unfinished=Unfinished("x", at(0)))
    assert list(table.unfinished_keys("x", at(4))) == ["a", "b"]


def test_more_unfinished_documents_than_fit_in_an_answer_are_read_page_by_page(
    table: VersionedTable, dynamodb: Any
) -> None:
    keys = {f"key-{number}" for number in range(250)}
    for key in keys:
        table.put(key, Document(BODY), unfinished=Unfinished("x", at(0)))
    calls: list[int] = []
    dynamodb.meta.events.register(
        "provide-client-params.dynamodb.Query", lambda params, **_: calls.append(params["Limit"])
    )
    found = table.unfinished_keys("x", at(1))
    first = next(found)
    assert calls == [100], "pages are read when they are needed"
    assert {first, *found} == keys
    assert calls == [100] * 3


def test_an_index_that_does_not_answer_is_named(table: VersionedTable, dynamodb: Any) -> None:
    with Stubber(dynamodb) as stub:
        stub.add_client_error("query", "ThrottlingException")
        with pytest.raises(WatchUnavailableException, match="The table returned ThrottlingException"):
            list(table.unfinished_keys("x", at(1)))


def test_unfinished_documents_are_found_by_what_they_wait_for_or_by_their_prefix(
    table: VersionedTable,
) -> None:
    table.put("#a/1", Document(BODY), unfinished=Unfinished("x", at(2)))
    table.put("#a/2", Document(BODY), unfinished=Unfinished("y", at(1)))
    table.put("#b/1", Document(BODY), unfinished=Unfinished("x", at(1)))
    table.put("#a/3", Document(BODY))
    assert list(table.unfinished_keys("x")) == ["#b/1", "#a/1"]
    assert list(table.unfinished_keys("z")) == []
    assert sorted(table.all_unfinished_keys("#a/")) == ["#a/1", "#a/2"]


def test_documents_can_be_read_with_strong_consistency(table: VersionedTable, dynamodb: Any) -> None:
    requests: list[bool] = []
    dynamodb.meta.events.register(
        "provide-client-params.dynamodb.BatchGetItem",
        lambda params, **_: requests.append(params["RequestItems"]["jobs"]["ConsistentRead"]),
    )
    table.get_many(["a"])
    table.get_many(["a"], consistent=True)
    assert requests == [False, True]
