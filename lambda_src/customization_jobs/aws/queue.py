"""Adapter for an SQS queue."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from customization_jobs.aws.failure_text import failure_text

if TYPE_CHECKING:
    from botocore.client import BaseClient


class QueueError(Exception):
    """SQS did not accept a message, or its answer was lost; the message says why."""


class Queue:
    """Sends messages to a queue.

    Parameters
    ----------
    client : botocore.client.BaseClient
        An `sqs` client made by `create_client`.
    url : str
        URL of the queue.
    """

    def __init__(self, client: "BaseClient", url: str) -> None:
        self._client: Any = client
        self._url = url

    def send(self, body: Mapping[str, Any]) -> None:
        """Send a message whose body is JSON.

        Delivery: at least once, because a retry of botocore may follow an answer that was lost.

        Raises
        ------
        QueueError
            The message is not known to be sent.
        """
        try:
            self._client.send_message(QueueUrl=self._url, MessageBody=json.dumps(body, separators=(",", ":")))
        except (ClientError, BotoCoreError) as error:
            raise QueueError(failure_text(error)) from error
