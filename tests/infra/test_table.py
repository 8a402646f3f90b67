"""The table of the watch."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from aws_cdk import App, Stack
from aws_cdk.assertions import Template

from customization_jobs.aws.table import VersionedTable
from customization_jobs.watch.job import Job
from customization_jobs.watch.position import shard_of
from customization_jobs.watch.record import JobRecord
from customization_jobs.watch.records import JobRecords
from customization_jobs.watch.transition import FoundBy, Kind, Transition
from infra.constructs.table import JobTable
from infra.settings.model import Settings
from local.embedded_aws.watch_resources import FLEET_TABLE_DEFINITION, TABLE_DEFINITION
from tests.infra.conftest import Synthesis


def test_the_table_is_on_demand_encrypted_recoverable_and_expires_items(stack: Synthesis) -> None:
    assert stack.only("AWS::DynamoDB::Table") == {
        **TABLE_DEFINITION,
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        "SSESpecification": {"SSEEnabled": True},
        "TimeToLiveSpecification": {"AttributeName": "expiresAt", "Enabled": True},
        "DeletionProtectionEnabled": False,
    }


def test_the_table_of_a_fleet_has_an_index_of_all_jobs_in_addition() -> None:
    stack = Stack(App(), "Fleet")
    JobTable(stack, "Table", settings=Settings(), listed=True)
    (table,) = Template.from_stack(stack).find_resources("AWS::DynamoDB::Table").values()
    properties = table["Properties"]
    assert {name: properties[name] for name in FLEET_TABLE_DEFINITION} == FLEET_TABLE_DEFINITION


def test_each_record_is_written_where_the_index_of_a_fleet_expects_it() -> None:
    *_, index = FLEET_TABLE_DEFINITION["GlobalSecondaryIndexes"]
    item = written_item(JobRecord(COMPLETED))
    keys = [each["AttributeName"] for each in index["KeySchema"]]
    assert [item[name] for name in keys] == [
        {"S": shard_of("arn:the-job")},
        {"S": "2026-03-01T12:00:00.000000Z|arn:the-job"},
    ]
    assert {*index["Projection"]["NonKeyAttributes"]} <= {*item}


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


ENDED, RETENTION = datetime(2026, 3, 1, 12, tzinfo=UTC), timedelta(days=30)
COMPLETED = Job("arn:the-job", "tone-1", "Completed", end_time=ENDED.isoformat())


def written_item(record: JobRecord) -> dict[str, Any]:
    client: Any = RecordingClient()
    JobRecords(VersionedTable(client, "jobs"), retention=RETENTION, now=lambda: ENDED).put(record)
    (item,) = client.items
    return dict(item)


def test_key_and_expiry_are_written_where_the_table_expects_them(stack: Synthesis) -> None:
    item = written_item(JobRecord(COMPLETED))
    expiry = {"N": str(int((ENDED + RETENTION).timestamp()))}
    table = stack.only("AWS::DynamoDB::Table")
    assert [name for name, value in item.items() if value == expiry] == [
        table["TimeToLiveSpecification"]["AttributeName"]
    ]
    assert item[table["KeySchema"][0]["AttributeName"]] == {"S": "arn:the-job"}


def test_only_records_with_pending_transitions_are_written_into_the_index(stack: Synthesis) -> None:
    (index,) = stack.only("AWS::DynamoDB::Table")["GlobalSecondaryIndexes"]
    attributes = [each["AttributeName"] for each in index["KeySchema"]]
    pending = Transition("1", Kind.COMPLETED, ENDED.isoformat(), FoundBy.SWEEP, 1)
    item = written_item(JobRecord(COMPLETED, pending=(pending,)))
    assert [item[name] for name in attributes] == [{"S": "#publication"}, {"N": "1772366400000"}]
    assert not {*attributes} & {*written_item(JobRecord(COMPLETED))}


def test_the_table_that_a_setting_names_replaces_the_stacks_own_everywhere(other_stack: Synthesis) -> None:
    own = other_stack.logical_id("AWS::DynamoDB::Table")
    others = {name: each for name, each in other_stack.resources.items() if name != own}
    assert own not in json.dumps(others)
    for function in ("Listing", "Watch"):
        environment = other_stack.only("AWS::Lambda::Function", f"{function}Function")["Environment"]
        assert environment["Variables"]["WATCH_TABLE"] == "restored"
    statements = [
        statement
        for policy in other_stack.of_type("AWS::IAM::Policy").values()
        for statement in policy["PolicyDocument"]["Statement"]
        if "dynamodb:" in json.dumps(statement["Action"])
    ]
    arn = ["arn:", {"Ref": "AWS::Partition"}, ":dynamodb:", {"Ref": "AWS::Region"}, ":"]
    arn += [{"Ref": "AWS::AccountId"}, ":table/restored"]
    assert {str(each["Resource"]["Fn::Join"][1]) for each in statements} == {
        str(arn),
        str([*arn[:-1], ":table/restored/index/Unfinished"]),
    }
    (alarm,) = (
        each
        for each in other_stack.of_type("AWS::CloudWatch::Alarm").values()
        if "restored" in json.dumps(each)
    )
    assert "DynamoDB throttled requests" in alarm["AlarmDescription"]
    assert json.dumps(other_stack.only("AWS::CloudWatch::Dashboard")).count("restored") == 2
