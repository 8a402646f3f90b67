"""Adapter for an SNS topic."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from customization_jobs.aws.failure_text import failure_text

if TYPE_CHECKING:
    from botocore.client import BaseClient


class TopicError(Exception):
    """SNS did not accept a message, or its answer was lost; the message says why."""


class Topic:
    """Publishes messages to a topic.

    Parameters
    ----------
    client : botocore.client.BaseClient
        An `sns` client made by `create_client`.
    arn : str
        ARN of the topic.
    """

    def __init__(self, client: "BaseClient", arn: str) -> None:
        self._client: Any = client
        self._arn = arn

    def publish(
        self, message: str, attributes: Mapping[str, Sequence[str]], *, subject: str | None = None
    ) -> None:
        """Publish a message.

        Delivery: at least once, because a retry of botocore may follow an answer that was lost.

        Parameters
        ----------
        attributes : mapping of str to sequence of str
            Message attributes. One with several values is a `String.Array`: a filter policy accepts it if it
            accepts one of the values.
        subject : str or None
            Of e-mails: up to 100 printable ASCII characters.

        Raises
        ------
        TopicError
            The message is not known to be published.
        """
        try:
            self._client.publish(
                TopicArn=self._arn,
                Message=message,
                MessageAttributes=message_attributes(attributes),
                **({"Subject": subject} if subject else {}),
            )
        except (ClientError, BotoCoreError) as error:
            raise TopicError(failure_text(error)) from error


def message_attributes(attributes: Mapping[str, Sequence[str]]) -> dict[str, dict[str, str]]:
    """Return message attributes in the form of the API."""
    return {name: _attribute(values) for name, values in attributes.items()}


def _attribute(values: Sequence[str]) -> dict[str, str]:
    if len(values) == 1:
        return {"DataType": "String", "StringValue": values[0]}
    return {"DataType": "String.Array", "StringValue": json.dumps(list(values), ensure_ascii=False)}
