"""A table and a bus of moto's, in this process, without a socket."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from customization_jobs.bedrock import make_client
from customization_jobs.watch.announce import SOURCE
from tests.unit.watch.aws import SETTINGS, client


@pytest.fixture
def _aws() -> Iterator[None]:
    with mock_aws():
        yield


@pytest.fixture
def dynamodb(_aws: None) -> Any:
    dynamodb = make_client(SETTINGS, "dynamodb")
    client("dynamodb").create_table(
        TableName="jobs",
        KeySchema=[{"AttributeName": "jobArn", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "jobArn", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return dynamodb


@pytest.fixture
def queue(_aws: None) -> str:
    """Make a bus whose events all go into a queue."""
    url: str = client("sqs").create_queue(QueueName="heard")["QueueUrl"]
    events = client("events")
    events.create_event_bus(Name="watch")
    pattern = json.dumps({"source": [SOURCE]})
    events.put_rule(Name="all", EventBusName="watch", EventPattern=pattern)
    arn = "arn:aws:sqs:us-east-1:123456789012:heard"
    events.put_targets(Rule="all", EventBusName="watch", Targets=[{"Id": "1", "Arn": arn}])
    return url
