"""Adapter for a DynamoDB table of versioned JSON documents. Each write names the version that it replaces."""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from customization_jobs.backoff import jittered_pause
from customization_jobs.errors import WatchUnavailableException

if TYPE_CHECKING:
    from botocore.client import BaseClient

# Attributes of the table. The stack declares the first two, as its key and its time to live.
KEY = "jobArn"
EXPIRY = "expiresAt"
# The index of the documents with unfinished work, which alone have its two attributes.
UNFINISHED_INDEX = "Unfinished"
AWAITS = "awaits"
UNFINISHED_SINCE = "unfinishedSince"
_VERSION = "version"
_BODY = "record"
# BatchGetItem's limit. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
MAX_KEYS = 100
# Consecutive answers that leave every key unprocessed before the table counts as unavailable.
_MAX_EMPTY_ANSWERS = 5


class VersionConflict(Exception):  # noqa: N818 - not an error: another writer was faster, which is routine
    """The stored document is not at the version that was read."""


class Document(NamedTuple):
    """A document.

    Attributes
    ----------
    body : any
        JSON; None if the stored item does not contain any.
    version : int
        The version that was read; 0 if the document is not stored yet.
    """

    body: Any
    version: int = 0


class Unfinished(NamedTuple):
    """Work that is left to do for a document.

    Attributes
    ----------
    awaits : str
        What the work waits for. The unfinished documents that wait for the same can be found together.
    since : datetime
        The documents are found in this order.
    """

    awaits: str
    since: datetime


class VersionedTable:
    """Reads and writes documents by key.

    Parameters
    ----------
    client : botocore.client.BaseClient
        A `dynamodb` client made by `create_client`.
    table : str
        Name or ARN.
    sleep : callable
        Waits for a number of seconds.
    """

    def __init__(
        self, client: "BaseClient", table: str, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._client: Any = client
        self._table = table
        self._sleep = sleep

    def get(self, key: str) -> Document | None:
        """Read a document with strong consistency.

        Raises
        ------
        WatchUnavailableException
            The table did not answer, or refused.
        """
        item = self._call("get_item", TableName=self._table, Key={KEY: {"S": key}}, ConsistentRead=True).get(
            "Item"
        )
        return _document(item) if item else None

    def get_many(self, keys: Iterable[str], *, consistent: bool = False) -> dict[str, Document]:
        """Read the documents that exist, `MAX_KEYS` per call.

        By default, they may be stale, and a write over a stale document raises `VersionConflict`. Strong
        consistency costs twice as much.

        Raises
        ------
        WatchUnavailableException
            The table did not answer, refused, or repeatedly left all keys unprocessed.
        """
        found: dict[str, Document] = {}
        # A call must not contain a key twice.
        left = list(dict.fromkeys(keys))
        empty_answers = 0
        while left:
            requested, left = left[:MAX_KEYS], left[MAX_KEYS:]
            documents, unprocessed = self._get_batch(requested, consistent=consistent)
            found |= documents
            if not unprocessed:
                empty_answers = 0
                continue
            left += unprocessed
            empty_answers = empty_answers + 1 if len(unprocessed) == len(requested) else 0
            if empty_answers == _MAX_EMPTY_ANSWERS:
                raise WatchUnavailableException("The table is too busy to be read. Try again later.")
            self._sleep(jittered_pause(empty_answers, base=0.1, cap=2.0))
        return found

    def put(
        self,
        key: str,
        document: Document,
        *,
        readable: Mapping[str, str] | None = None,
        expires_at: int | None = None,
        unfinished: Unfinished | None = None,
    ) -> Document:
        """Write a document in place of `document.version`, and return it with its new version.

        Parameters
        ----------
        readable : mapping of str to str
            Further attributes, for people who browse the table.
        expires_at : int or None
            Seconds since the epoch after which DynamoDB deletes the document.
        unfinished : Unfinished or None
            If given, the document is unfinished until the next write.

        Raises
        ------
        VersionConflict
            Another writer was faster, or this write succeeded earlier and its answer was lost.
        WatchUnavailableException
            The table did not answer, or refused. The write may have succeeded nevertheless.
        """
        written = Document(document.body, document.version + 1)
        item: dict[str, Any] = {
            KEY: {"S": key},
            _VERSION: {"N": str(written.version)},
            **{name: {"S": value} for name, value in (readable or {}).items()},
            _BODY: {"S": json.dumps(document.body, separators=(",", ":"))},
        }
        if expires_at is not None:
            item[EXPIRY] = {"N": str(expires_at)}
        if unfinished is not None:
            since = _milliseconds(unfinished.since)
            item |= {AWAITS: {"S": unfinished.awaits}, UNFINISHED_SINCE: since}
        condition: dict[str, Any] = {"ConditionExpression": f"attribute_not_exists({KEY})"}
        if document.version:
            condition = {
                "ConditionExpression": f"{_VERSION} = :read",
                "ExpressionAttributeValues": {":read": {"N": str(document.version)}},
            }
        self._call("put_item", TableName=self._table, Item=item, **condition)
        return written

    def unfinished_keys(self, awaits: str, before: datetime | None = None) -> Iterator[str]:
        """Yield the keys of unfinished documents that wait for the same, the oldest first.

        With eventual consistency: a document that was just written may be missing.

        Parameters
        ----------
        before : datetime or None
            If given, only documents that are unfinished since an earlier time.

        Raises
        ------
        WatchUnavailableException
            The table did not answer, or refused.
        """
        condition, values = f"{AWAITS} = :awaits", {":awaits": {"S": awaits}}
        if before is not None:
            condition += f" AND {UNFINISHED_SINCE} < :before"
            values[":before"] = _milliseconds(before)
        return self._index_keys(
            "query", KeyConditionExpression=condition, ExpressionAttributeValues=values, Limit=MAX_KEYS
        )

    def all_unfinished_keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys with a prefix of all unfinished documents, in no particular order.

        With eventual consistency. The cost grows with the unfinished documents, not with all.

        Raises
        ------
        WatchUnavailableException
            The table did not answer, or refused.
        """
        return self._index_keys(
            "scan",
            FilterExpression=f"begins_with({KEY}, :prefix)",
            ExpressionAttributeValues={":prefix": {"S": prefix}},
        )

    def _index_keys(self, operation: str, **parameters: Any) -> Iterator[str]:
        page: dict[str, Any] = {}
        while True:
            answer = self._call(
                operation, TableName=self._table, IndexName=UNFINISHED_INDEX, **parameters, **page
            )
            yield from (item[KEY]["S"] for item in answer["Items"])
            if "LastEvaluatedKey" not in answer:
                return
            page = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def _get_batch(self, keys: list[str], *, consistent: bool) -> tuple[dict[str, Document], list[str]]:
        request = {"Keys": [{KEY: {"S": key}} for key in keys], "ConsistentRead": consistent}
        answer = self._call("batch_get_item", RequestItems={self._table: request})
        # The answer names the table as the request does, by name or ARN; there is only one.
        documents = {
            item[KEY]["S"]: _document(item) for items in answer["Responses"].values() for item in items
        }
        unprocessed = [
            key[KEY]["S"] for each in answer.get("UnprocessedKeys", {}).values() for key in each["Keys"]
        ]
        return documents, unprocessed

    def _call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = getattr(self._client, operation)(**parameters)
        except ClientError as error:
            code = error.response["Error"].get("Code", "")
            if code == "ConditionalCheckFailedException":
                raise VersionConflict from error
            raise WatchUnavailableException(f"The table returned {code}. Try again later.") from error
        except BotoCoreError as error:
            raise WatchUnavailableException("The table did not answer. Try again later.") from error
        return answer


def _milliseconds(time: datetime) -> dict[str, str]:
    return {"N": str(int(time.timestamp() * 1000))}


def _document(item: Mapping[str, Any]) -> Document:
    try:
        return Document(json.loads(item[_BODY]["S"]), int(item[_VERSION]["N"]))
    except (KeyError, ValueError, RecursionError):
        # Another program has written the item. It must not prevent the reading of others.
        return Document(None)
