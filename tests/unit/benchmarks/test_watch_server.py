import json
from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from benchmarks.watch_server import Usage, WatchServer, serving_watch

ITEM = {"jobArn": {"S": "a"}, "version": {"N": "1"}}


@pytest.fixture
def server() -> Iterator[WatchServer]:
    with serving_watch() as server:
        yield server


def call(server: WatchServer, target: str, **given: Any) -> Any:
    body = json.dumps(given).encode()
    with urlopen(Request(server.url, body, {"X-Amz-Target": target})) as answer:  # noqa: S310 - on this machine
        return json.load(answer)


def put(server: WatchServer) -> None:
    condition = "attribute_not_exists(jobArn)"
    call(server, "DynamoDB_20120810.PutItem", TableName="t", Item=ITEM, ConditionExpression=condition)


def read(server: WatchServer, *keys: str) -> Any:
    requested = {"Keys": [{"jobArn": {"S": key}} for key in keys], "ConsistentRead": False}
    answer = call(server, "DynamoDB_20120810.BatchGetItem", RequestItems={"t": requested})
    return answer["Responses"]["t"]


def test_items_are_stored_until_they_are_deleted(server: WatchServer) -> None:
    put(server)
    assert read(server, "a", "b") == [ITEM]
    server.delete("a")
    assert read(server, "a") == []


def test_what_aws_charges_is_counted(server: WatchServer) -> None:
    put(server)
    before = server.usage()
    assert before == Usage(items_written=1, write_units=1)
    read(server, "a", "b", "c")
    call(server, "AWSEvents.PutEvents", Entries=[{}, {}])
    assert server.usage().since(before) == Usage(records_read=3, events=2, read_units=1.5)


def test_a_write_over_another_item_is_refused_as_dynamodb_does(server: WatchServer) -> None:
    put(server)
    with pytest.raises(HTTPError) as refused:
        put(server)
    assert refused.value.code == 400
    assert json.load(refused.value) == {"__type": "ConditionalCheckFailedException"}
