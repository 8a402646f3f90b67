"""What moto holds in AWS's place, as a test looks at it."""

import json
from typing import Any

import botocore.session

from customization_jobs.settings import Settings

SETTINGS = Settings(region="us-east-1")


def client(service: str) -> Any:
    return botocore.session.Session().create_client(service, region_name="us-east-1")


def heard(url: str) -> list[dict[str, Any]]:
    sqs, messages = client("sqs"), []
    while found := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        messages += [json.loads(each["Body"]) for each in found]
    return messages
