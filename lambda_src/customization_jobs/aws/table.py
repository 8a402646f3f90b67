"""Adapter for a DynamoDB table of versioned JSON documents. Each write names the version that it replaces."""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from customization_jobs.aws.batch_reads import MAX_KEYS, read_items
from customization_jobs.aws.table_schema import (
    AWAITS,
    EXPIRY,
    KEY,
    LISTED,
    POSITION,
    UNFINISHED_INDEX,
    UNFINISHED_SINCE,
    Listed,
)
from customization_jobs.errors import WatchUnavailableException

if TYPE_CHECKING:
    from botocore.client import BaseClient

_VERSION = "version"
_BODY = "record"


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
    position : str or None
        Where the stored item is listed; None if it is not.
    """

    body: Any
    version: int = 0
    position: str | None = None


class Unfinished(NamedTuple):
    """Work that is left to do for a document.

    Attributes
    ----------
    awaits : str
        What the work waits for. The unfinished documents that wait for the same thing can be found together.
    since : datetime
        When the work began to wait. The documents are found in the order of these times.
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
        answer = self._call("get_item", TableName=self._table, Key={KEY: {"S": key}}, ConsistentRead=True)
        return to_document(answer["Item"]) if "Item" in answer else None

    def get_many(self, keys: Iterable[str], *, consistent: bool = False) -> dict[str, Document]:
        """Read the documents that exist, `MAX_KEYS` per call.

        By default, they may be stale, and a write over a stale document raises `VersionConflict`. Strong
        consistency costs twice as much.

        Raises
        ------
        WatchUnavailableException
            The table did not answer, refused, or repeatedly left all keys unprocessed.
        """
        batch_get_item = partial(self._call, "batch_get_item")
        distinct = [{KEY: {"S": key}} for key in dict.fromkeys(keys)]
        items = read_items(batch_get_item, self._table, distinct, consistent=consistent, sleep=self._sleep)
        return {item[KEY]["S"]: to_document(item) for item in items}

    def put(
        self,
        key: str,
        document: Document,
        *,
        readable: Mapping[str, str] | None = None,
        expires_at: int | None = None,
        unfinished: Unfinished | None = None,
        listed: Listed | None = None,
    ) -> Document:
        """Write a document in place of `document.version`, and return it with its new version.

        Parameters
        ----------
        readable : mapping of str to str
            Further attributes, for people who browse the table.
        expires_at : int or None
            Seconds since the epoch after which DynamoDB deletes the document.
        unfinished, listed : Unfinished, Listed or None
            If given, the document is unfinished, or is listed there, until the next write.

        Raises
        ------
        VersionConflict
            Another writer was faster, or this write succeeded earlier and its answer was lost.
        WatchUnavailableException
            The table did not answer, or refused. The write may have succeeded nevertheless.
        """
        written = Document(document.body, document.version + 1, listed.position if listed else None)
        item: dict[str, Any] = {
            KEY: {"S": key},
            _VERSION: {"N": str(written.version)},
            **{name: {"S": value} for name, value in (readable or {}).items()},
            _BODY: {"S": json.dumps(document.body, separators=(",", ":"))},
        }
        if expires_at is not None:
            item[EXPIRY] = {"N": str(expires_at)}
        if unfinished is not None:
            item |= {AWAITS: {"S": unfinished.awaits}, UNFINISHED_SINCE: _milliseconds(unfinished.since)}
        if listed is not None:
            item |= {LISTED: {"S": listed.shard}, POSITION: {"S": listed.position}}
        condition: dict[str, Any] = {"ConditionExpression": f"attribute_not_exists({KEY})"}
        if document.version:
            condition = {
                "ConditionExpression": f"{_VERSION} = :read",
                "ExpressionAttributeValues": {":read": {"N": str(document.version)}},
            }
        self._call("put_item", TableName=self._table, Item=item, **condition)
        return written

    def unfinished_keys(self, awaits: str, before: datetime | None = None) -> Iterator[str]:
        """Yield the keys of unfinished documents that wait for the same thing, the oldest first.

        With eventual consistency: a document that was just written may be missing.

        Parameters
        ----------
        before : datetime or None
            If given, only documents that have been unfinished since before this time.

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
        """Yield those keys of unfinished documents that have a prefix, in no particular order.

        With eventual consistency. The cost grows with the number of unfinished documents, not of all.

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

    def read_page(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """Return one answer of `query` or `scan`, on an index or on all documents.

        Raises
        ------
        WatchUnavailableException
            The table did not answer, or refused.
        """
        return self._call(operation, TableName=self._table, **parameters)

    def _index_keys(self, operation: str, **parameters: Any) -> Iterator[str]:
        page: dict[str, Any] = {}
        while True:
            answer = self.read_page(operation, IndexName=UNFINISHED_INDEX, **parameters, **page)
            yield from (item[KEY]["S"] for item in answer["Items"])
            if "LastEvaluatedKey" not in answer:
                return
            page = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

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


def to_document(item: Mapping[str, Any]) -> Document:
    """Return the document of a stored item."""
    try:
        position = item[POSITION]["S"] if POSITION in item else None
        return Document(json.loads(item[_BODY]["S"]), int(item[_VERSION]["N"]), position)
    except (KeyError, ValueError, RecursionError):
        # Another program has written this item. It must not prevent reading the others.
        return Document(None)
