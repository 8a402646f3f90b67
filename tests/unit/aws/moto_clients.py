"""Clients of the AWS services that moto emulates in this process."""

import json
from typing import Any

import botocore.session

from customization_jobs.settings import Settings

SETTINGS = Settings(region="us-east-1")


def moto_client(service: str, **credentials: Any) -> Any:
    return botocore.session.Session().create_client(service, region_name="us-east-1", **credentials)


def received(queue_url: str) -> list[dict[str, Any]]:
    """Return the events in a queue."""
    sqs, messages = moto_client("sqs"), []
    while found := sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10).get("Messages"):
        messages += [json.loads(each["Body"]) for each in found]
    return messages
