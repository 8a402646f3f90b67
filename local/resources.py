"""The watch's resources in the embedded cloud: its table, its bus, and the queues behind their rules."""

import json
from collections.abc import Mapping
from typing import Any

from local.bedrock_events import DETAIL_TYPE, SOURCE
from local.client import call
from local.seed import ACCOUNT

TABLE = "customization-jobs"
BUS = "customization-jobs"
# What the rule for Bedrock's events sends to the watch function, what its bus sends to the screen.
STATE_CHANGES = "state-changes"
TOLD = "told"
# Where the embedded cloud is told to let time pass.
LIFE_PATH = "/_local/life"
_BATCH = 10
# An event that the function did not take comes again after this.
_AGAIN_SECONDS = 5
_PREFIXES = {"dynamodb": "DynamoDB_20120810", "events": "AWSEvents", "sqs": "AmazonSQS"}


class ResourceError(OSError):
    """The embedded cloud refused a request; the message has its answer."""


class Resources:
    """Makes the resources, reads the queues, and lets time pass.

    Without botocore, which takes its time, and takes the user's own configuration.

    Parameters
    ----------
    url : str
        The embedded cloud.
    region : str
        Where in it they are.
    """

    def __init__(self, url: str, region: str) -> None:
        self._url = url
        self._region = region

    def create(self) -> None:
        """Make them all."""
        self._call(
            "dynamodb.CreateTable",
            TableName=TABLE,
            AttributeDefinitions=[{"AttributeName": "jobArn", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "jobArn", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
        self._call("events.CreateEventBus", Name=BUS)
        self._queue(STATE_CHANGES, "default", {"source": [SOURCE], "detail-type": [DETAIL_TYPE]})
        self._queue(TOLD, BUS, {"source": [{"prefix": "bedrock-"}]})

    def pass_time(self, speed: float) -> None:
        """Set the embedded Bedrock's jobs going, so many times as fast as real ones; 0 changes nothing."""
        call(self._url + LIFE_PATH, method="POST", body={"speed": speed})

    def receive(self, queue: str) -> list[tuple[str, dict[str, Any]]]:
        """Receive the next few events of a queue, each with the handle that deletes it."""
        answer = self._call("sqs.ReceiveMessage", QueueUrl=self._queue_url(queue), MaxNumberOfMessages=_BATCH)
        return [(each["ReceiptHandle"], json.loads(each["Body"])) for each in answer.get("Messages", ())]

    def delete(self, queue: str, handle: str) -> None:
        """Delete an event that has been dealt with."""
        self._call("sqs.DeleteMessage", QueueUrl=self._queue_url(queue), ReceiptHandle=handle)

    def _queue(self, name: str, bus: str, pattern: Mapping[str, Any]) -> None:
        self._call("sqs.CreateQueue", QueueName=name, Attributes={"VisibilityTimeout": str(_AGAIN_SECONDS)})
        self._call("events.PutRule", Name=name, EventBusName=bus, EventPattern=json.dumps(pattern))
        target = {"Id": name, "Arn": f"arn:aws:sqs:{self._region}:{ACCOUNT}:{name}"}
        self._call("events.PutTargets", Rule=name, EventBusName=bus, Targets=[target])

    def _queue_url(self, name: str) -> str:
        return f"{self._url}/{ACCOUNT}/{name}"

    def _call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        service, _, name = operation.partition(".")
        # Nobody looks at the signature, but the region is read there.
        scope = f"local/20260101/{self._region}/{service}/aws4_request"
        headers = {
            "X-Amz-Target": f"{_PREFIXES[service]}.{name}",
            "Content-Type": "application/x-amz-json-1.0",
            "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
        }
        answer = call(self._url, method="POST", body=parameters, headers=headers)
        if answer.status != 200:  # noqa: PLR2004 - HTTP's OK
            raise ResourceError(f"{operation}: {answer.status} {answer.body.decode(errors='replace')}")
        return dict(answer.json() or {}) if answer.body else {}
