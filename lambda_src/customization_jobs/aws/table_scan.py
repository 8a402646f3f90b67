"""Reads all documents of the table, page by page."""

from collections.abc import Mapping
from typing import NamedTuple

from customization_jobs.aws.table import Document, VersionedTable, to_document
from customization_jobs.aws.table_schema import KEY


class ScannedPage(NamedTuple):
    """Some documents.

    Attributes
    ----------
    documents : mapping of str to Document
        By key; may be empty although more follow.
    next_start : str or None
        The key after which the next page starts; None if this page is the last.
    """

    documents: Mapping[str, Document]
    next_start: str | None


class TableScan:
    """Scans the table.

    Parameters
    ----------
    without_prefix : str
        Documents whose keys have this prefix are left out.
    """

    def __init__(self, table: VersionedTable, *, without_prefix: str) -> None:
        self._table = table
        self._without_prefix = without_prefix

    def read(self, start: str | None, *, limit: int) -> ScannedPage:
        """Read up to `limit` documents and 1 MB that follow a key, with eventual consistency.

        The order is DynamoDB's, which does not change: a document that is neither added nor deleted meanwhile
        is on exactly one of the successive pages. Each 4 KiB costs half a read unit, including documents that
        are left out.

        Raises
        ------
        WatchUnavailableException
            The table did not answer, or refused.
        """
        answer = self._table.read_page(
            "scan",
            FilterExpression=f"NOT begins_with({KEY}, :prefix)",
            ExpressionAttributeValues={":prefix": {"S": self._without_prefix}},
            Limit=limit,
            **({} if start is None else {"ExclusiveStartKey": {KEY: {"S": start}}}),
        )
        documents = {item[KEY]["S"]: to_document(item) for item in answer["Items"]}
        last = answer.get("LastEvaluatedKey")
        return ScannedPage(documents, last[KEY]["S"] if last else None)
