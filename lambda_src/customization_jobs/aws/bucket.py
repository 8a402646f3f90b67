"""Adapter for an S3 bucket."""

from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from customization_jobs.aws.failure_text import failure_text

if TYPE_CHECKING:
    from botocore.client import BaseClient


class BucketError(Exception):
    """S3 did not accept an object, or its answer was lost; the message says why."""


class Bucket:
    """Writes objects to a bucket.

    Parameters
    ----------
    client : botocore.client.BaseClient
        An `s3` client made by `create_client`.
    name : str
        Name of the bucket.
    """

    def __init__(self, client: "BaseClient", name: str) -> None:
        self._client: Any = client
        self._name = name

    def put(self, key: str, content: bytes, content_type: str) -> None:
        """Write an object in place of any other with the same key. S3 verifies a checksum of the content.

        Raises
        ------
        BucketError
            The object is not known to be written.
        """
        try:
            self._client.put_object(Bucket=self._name, Key=key, Body=content, ContentType=content_type)
        except (ClientError, BotoCoreError) as error:
            raise BucketError(failure_text(error)) from error
