from typing import Any

import botocore.session
import pytest

from benchmarks.load.table_server import serving_table


def test_it_stores_items_and_accepts_events(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    session = botocore.session.Session()
    with serving_table() as url:
        table: Any = session.create_client("dynamodb", "us-east-1", endpoint_url=url)
        key, item = {"jobArn": {"S": "one"}}, {"jobArn": {"S": "one"}, "version": {"N": "1"}}
        other = {"jobArn": {"S": "other"}}
        assert "Item" not in table.get_item(TableName="jobs", Key=key)
        table.put_item(TableName="jobs", Item=item)
        assert table.get_item(TableName="jobs", Key=key)["Item"] == item
        found = table.batch_get_item(RequestItems={"jobs": {"Keys": [key, other]}})
        assert (found["Responses"], found["UnprocessedKeys"]) == ({"jobs": [item]}, {})
        assert table.scan(TableName="jobs", IndexName="index")["Items"] == []
        bus: Any = session.create_client("events", "us-east-1", endpoint_url=url)
        sent = bus.put_events(Entries=[{"Source": "s", "DetailType": "d", "Detail": "{}"}] * 2)
        assert sent["FailedEntryCount"] == 0
        assert all(each["EventId"] for each in sent["Entries"])
