"""The watch's table, bus and queues in the embedded AWS, used over HTTP."""

import json
from collections.abc import Mapping
from typing import Any

from local.common.http_client import call
from local.common.identifiers import ACCOUNT
from local.embedded_aws.job_events import DETAIL_TYPE, SOURCE
from local.embedded_aws.signing import authorization
from local.embedded_aws.waiting_states import ANSWERS_PATH

TABLE = "customization-jobs"
BUS = "customization-jobs"
# As the stack defines it; a test compares them.
TABLE_DEFINITION: Mapping[str, Any] = {
    "AttributeDefinitions": [
        {"AttributeName": "jobArn", "AttributeType": "S"},
        {"AttributeName": "awaits", "AttributeType": "S"},
        {"AttributeName": "unfinishedSince", "AttributeType": "N"},
    ],
    "KeySchema": [{"AttributeName": "jobArn", "KeyType": "HASH"}],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "Unfinished",
            "KeySchema": [
                {"AttributeName": "awaits", "KeyType": "HASH"},
                {"AttributeName": "unfinishedSince", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }
    ],
    "BillingMode": "PAY_PER_REQUEST",
}
# With the index that only the table of a fleet has.
FLEET_TABLE_DEFINITION: Mapping[str, Any] = {
    **TABLE_DEFINITION,
    "AttributeDefinitions": [
        *TABLE_DEFINITION["AttributeDefinitions"],
        {"AttributeName": "listed", "AttributeType": "S"},
        {"AttributeName": "position", "AttributeType": "S"},
    ],
    "GlobalSecondaryIndexes": [
        *TABLE_DEFINITION["GlobalSecondaryIndexes"],
        {
            "IndexName": "Jobs",
            "KeySchema": [
                {"AttributeName": "listed", "KeyType": "HASH"},
                {"AttributeName": "position", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["jobName", "jobStatus"]},
        },
    ],
}
# Bedrock's events of members arrive here.
MEMBER_BUS = "member-events"
# The queues: Bedrock's events for the watch function, and the transitions that it publishes.
STATE_CHANGES = "state-changes"
TRANSITIONS = "transitions"
SIMULATION_PATH = "/_local/simulation"
_STATE_CHANGE_PATTERN = {"source": [SOURCE], "detail-type": [DETAIL_TYPE]}
_BATCH_SIZE = 10
# A state change that the function failed to process is received again after this time.
_VISIBILITY_TIMEOUT_SECONDS = 5
_TARGET_PREFIXES = {"dynamodb": "DynamoDB_20120810", "events": "AWSEvents", "sqs": "AmazonSQS"}


def queue_url(url: str, name: str) -> str:
    """Return the URL of a queue in the embedded AWS at `url`."""
    return f"{url}/{ACCOUNT}/{name}"


class ResourceError(OSError):
    """The embedded AWS rejected a request; the message holds its response."""


class WatchResources:
    """A client of the embedded AWS at `url`.

    It uses no botocore, which is slow to import and would read the user's own configuration.
    """

    def __init__(self, url: str, region: str) -> None:
        self._url = url
        self._region = region

    def create(self, table: Mapping[str, Any] = TABLE_DEFINITION) -> None:
        """Create the table by its definition, the bus and the queues."""
        self._call("dynamodb.CreateTable", TableName=TABLE, **table)
        self._call("events.CreateEventBus", Name=BUS)
        self._send_to_queue(STATE_CHANGES, "default", _STATE_CHANGE_PATTERN)
        self._send_to_queue(TRANSITIONS, BUS, {"source": [{"prefix": "bedrock-"}]})

    def create_export_queue(self, name: str) -> None:
        """Create a queue to which a rule sends the transitions of jobs as well."""
        has_job = {"job": {"jobArn": [{"exists": True}]}}
        self._send_to_queue(name, BUS, {"source": [{"prefix": "bedrock-"}], "detail": has_job})

    def create_member_bus(self) -> None:
        """Create the bus for Bedrock's events of members, which go to the same queue."""
        self._call("events.CreateEventBus", Name=MEMBER_BUS)
        self._send_to_queue(STATE_CHANGES, MEMBER_BUS, _STATE_CHANGE_PATTERN)

    def start_simulation(self, speed: float) -> None:
        """Let the jobs move at `speed` times the pace of real ones; 0 does nothing."""
        call(self._url + SIMULATION_PATH, method="POST", body={"speed": speed})

    def answers(self) -> dict[str, Any]:
        """Return the answers to task tokens."""
        return dict(call(self._url + ANSWERS_PATH).json())

    def receive(self, queue: str) -> list[tuple[str, dict[str, Any]]]:
        """Receive the next events of a queue, each with the handle that deletes it."""
        response = self._call(
            "sqs.ReceiveMessage", QueueUrl=self._queue_url(queue), MaxNumberOfMessages=_BATCH_SIZE
        )
        return [(each["ReceiptHandle"], json.loads(each["Body"])) for each in response.get("Messages", ())]

    def delete(self, queue: str, handle: str) -> None:
        """Delete an event that has been processed."""
        self._call("sqs.DeleteMessage", QueueUrl=self._queue_url(queue), ReceiptHandle=handle)

    def create_queue(self, name: str) -> None:
        """Create a queue."""
        attributes = {"VisibilityTimeout": str(_VISIBILITY_TIMEOUT_SECONDS)}
        self._call("sqs.CreateQueue", QueueName=name, Attributes=attributes)

    def _send_to_queue(self, name: str, bus: str, pattern: Mapping[str, Any]) -> None:
        self.create_queue(name)
        self._call("events.PutRule", Name=name, EventBusName=bus, EventPattern=json.dumps(pattern))
        target = {"Id": name, "Arn": f"arn:aws:sqs:{self._region}:{ACCOUNT}:{name}"}
        self._call("events.PutTargets", Rule=name, EventBusName=bus, Targets=[target])

    def _queue_url(self, name: str) -> str:
        return queue_url(self._url, name)

    def _call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        service, _, name = operation.partition(".")
        headers = {
            "X-Amz-Target": f"{_TARGET_PREFIXES[service]}.{name}",
            "Content-Type": "application/x-amz-json-1.0",
            "Authorization": authorization(self._region, service),
        }
        response = call(self._url, method="POST", body=parameters, headers=headers)
        if not response.ok:
            raise ResourceError(f"{operation}: {response.status} {response.text}")
        return dict(response.json() or {}) if response.body else {}
