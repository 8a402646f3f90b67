"""The table of the watch."""

from datetime import UTC, datetime, timedelta
from typing import Any

from customization_jobs.aws.table import VersionedTable
from customization_jobs.watch.job import Job
from customization_jobs.watch.record import JobRecord
from customization_jobs.watch.records import JobRecords
from tests.infra.conftest import Synthesis


def test_the_table_is_on_demand_encrypted_recoverable_and_expires_items(stack: Synthesis) -> None:
    assert stack.only("AWS::DynamoDB::Table") == {
        "AttributeDefinitions": [{"AttributeName": "jobArn", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "jobArn", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        "SSESpecification": {"SSEEnabled": True},
        "TimeToLiveSpecification": {"AttributeName": "expiresAt", "Enabled": True},
        "DeletionProtectionEnabled": False,
    }


def test_a_retained_table_is_protected_from_deletion(stack: Synthesis, other_stack: Synthesis) -> None:
    table = stack.resources[stack.logical_id("AWS::DynamoDB::Table")]
    assert table["DeletionPolicy"] == table["UpdateReplacePolicy"] == "Delete"
    retained = other_stack.resources[other_stack.logical_id("AWS::DynamoDB::Table")]
    assert retained["DeletionPolicy"] == retained["UpdateReplacePolicy"] == "Retain"
    assert retained["Properties"]["DeletionProtectionEnabled"] is True


class RecordingClient:
    """A DynamoDB client that keeps the items put."""

    def __init__(self) -> None:
        self.items: list[dict[str, Any]] = []

    def put_item(self, *, Item: dict[str, Any], **_: Any) -> dict[str, Any]:  # noqa: N803 - boto's name
        self.items.append(Item)
        return {}


def test_key_and_expiry_are_written_where_the_table_expects_them(stack: Synthesis) -> None:
    ended, retention = datetime(2026, 3, 1, 12, tzinfo=UTC), timedelta(days=30)
    client: Any = RecordingClient()
    job = Job("arn:the-job", "tone-1", "Completed", end_time=ended.isoformat())
    JobRecords(VersionedTable(client, "jobs"), retention=retention).put(JobRecord(job))

    (item,) = client.items
    expiry = {"N": str(int((ended + retention).timestamp()))}
    table = stack.only("AWS::DynamoDB::Table")
    assert [name for name, value in item.items() if value == expiry] == [
        table["TimeToLiveSpecification"]["AttributeName"]
    ]
    assert item[table["KeySchema"][0]["AttributeName"]] == {"S": "arn:the-job"}
