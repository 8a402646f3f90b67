"""DynamoDB in memory, as botocore's client: one table with the two indexes of the watch, and its units."""

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from benchmarks.fleet.item_units import Item, index_write_units, item_size, read_units, write_units
from benchmarks.fleet.meter import Network
from customization_jobs.aws.table_schema import (
    AWAITS,
    JOB_INDEX,
    JOB_NAME,
    JOB_STATUS,
    KEY,
    LISTED,
    POSITION,
    UNFINISHED_INDEX,
    UNFINISHED_SINCE,
)

# The projected attributes of each index. The first is its partition key, the second its sort key.
_INDEXES = {
    JOB_INDEX: (LISTED, POSITION, KEY, JOB_NAME, JOB_STATUS),
    UNFINISHED_INDEX: (AWAITS, UNFINISHED_SINCE, KEY),
}
_PAGE_BYTES = 1024 * 1024


class UnsupportedError(Exception):
    """The code under test sends a request that this double of DynamoDB does not know."""


class Table:
    """The client. It knows the requests of `aws.table` and `aws.job_index`, and raises for any other.

    Reads are consistent; those that ask for less cost less.

    Attributes
    ----------
    items : dict of str to Item
        By key.
    """

    def __init__(self, network: Network) -> None:
        self.items: dict[str, Item] = {}
        self._network = network
        # By index and partition: sort keys with the items' keys, in order.
        self._orders: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)

    def get_item(self, *, Key: Mapping[str, Any], ConsistentRead: bool, **_: object) -> dict[str, Any]:  # noqa: N803 - as botocore's
        """Read one item."""
        self._network.call("dynamodb", "GetItem")
        item = self.items.get(Key[KEY]["S"])
        self._network.meter.reads += read_units(item_size(item or {}), consistent=ConsistentRead)
        return {"Item": item} if item else {}

    def batch_get_item(self, *, RequestItems: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N803 - as botocore's
        """Read up to 100 items, each of which is rounded up."""
        self._network.call("dynamodb", "BatchGetItem")
        ((table, request),) = RequestItems.items()
        found = [self.items.get(key[KEY]["S"], {}) for key in request["Keys"]]
        self._network.meter.reads += sum(
            read_units(item_size(item), consistent=request["ConsistentRead"]) for item in found
        )
        return {"Responses": {table: [item for item in found if item]}}

    def put_item(
        self,
        *,
        Item: Item,  # noqa: N803 - as botocore's
        ConditionExpression: str,  # noqa: N803
        ExpressionAttributeValues: Mapping[str, Any] | None = None,  # noqa: N803
        **_: object,
    ) -> dict[str, Any]:
        """Write one item, if its condition holds. A refused write costs as much."""
        self._network.call("dynamodb", "PutItem")
        key, before = Item[KEY]["S"], self.items.get(Item[KEY]["S"])
        self._network.meter.writes += write_units(before and item_size(before), item_size(Item))
        if ConditionExpression == f"attribute_not_exists({KEY})":
            holds = before is None
        elif ConditionExpression == "version = :read":
            read = (ExpressionAttributeValues or {})[":read"]
            holds = before is not None and before["version"] == read
        else:
            raise UnsupportedError(ConditionExpression)
        if not holds:
            raise error("ConditionalCheckFailedException", "PutItem")
        for index in _INDEXES:
            self._index(index, key, before, Item)
        self.items[key] = Item
        return {}

    def query(
        self,
        *,
        IndexName: str,  # noqa: N803 - as botocore's
        KeyConditionExpression: str,  # noqa: N803
        ExpressionAttributeValues: Mapping[str, Any],  # noqa: N803
        Limit: int,  # noqa: N803
        FilterExpression: str = "",  # noqa: N803
        ScanIndexForward: bool = True,  # noqa: N803
        ExclusiveStartKey: Mapping[str, Any] | None = None,  # noqa: N803
        **_: object,
    ) -> dict[str, Any]:
        """Read a page of one partition of an index."""
        self._network.call("dynamodb", "Query")
        values = {name: next(iter(value.values())) for name, value in ExpressionAttributeValues.items()}
        if ExclusiveStartKey is not None:
            raise UnsupportedError("a second page")
        if KeyConditionExpression == "#listed = :shard AND #position BETWEEN :lowest AND :highest":
            order = self._orders[IndexName, values[":shard"]]
            first = bisect_left(order, (values[":lowest"], ""))
            last = bisect_right(order, (values[":highest"], "\uffff"))
        elif KeyConditionExpression == f"{AWAITS} = :awaits AND {UNFINISHED_SINCE} < :before":
            order = self._orders[IndexName, values[":awaits"]]
            first, last = 0, bisect_left(order, (values[":before"], ""))
        elif KeyConditionExpression == f"{AWAITS} = :awaits":
            order = self._orders[IndexName, values[":awaits"]]
            first, last = 0, len(order)
        else:
            raise UnsupportedError(KeyConditionExpression)
        entries = order[first:last] if ScanIndexForward else order[first:last][::-1]
        return self._page(IndexName, entries[:Limit], len(entries) >= Limit, FilterExpression, values)

    def scan(self, *, IndexName: str, **_: object) -> dict[str, Any]:  # noqa: N803 - as botocore's
        """Read a whole index, which the code does for unfinished work alone."""
        self._network.call("dynamodb", "Scan")
        entries = [entry for (index, _), order in self._orders.items() if index == IndexName for entry in order]
        if entries:
            raise UnsupportedError("a scan of an index that is not empty")
        return self._page(IndexName, [], False, "", {})

    def _page(
        self,
        index: str,
        entries: list[tuple[str, str]],
        has_next: bool,
        condition: str,
        values: Mapping[str, str],
    ) -> dict[str, Any]:
        examined = [_entry(index, self.items[key]) or {} for _, key in entries]
        size = sum(map(item_size, examined))
        if size > _PAGE_BYTES:
            raise UnsupportedError("a page of more than 1 MB")
        self._network.meter.reads += read_units(size, consistent=False)
        last = {"LastEvaluatedKey": examined[-1]} if has_next and examined else {}
        return {"Items": [item for item in examined if _passes(item, condition, values)], **last}

    def _index(self, index: str, key: str, before: Item | None, after: Item) -> None:
        partition, sort = _INDEXES[index][:2]
        old, new = before and _entry(index, before), _entry(index, after)
        self._network.meter.writes += index_write_units(old, new, (partition, sort))
        if old:
            order = self._orders[index, old[partition]["S"]]
            del order[bisect_left(order, (_text(old[sort]), key))]
        if new:
            insort(self._orders[index, new[partition]["S"]], (_text(new[sort]), key))


def error(code: str, operation: str, message: str = "", status: int = 400) -> ClientError:
    """Return what botocore raises for an error of a service."""
    answer: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(answer, operation)


def _entry(index: str, item: Item) -> Item | None:
    """Return the projected attributes of an item; None if it is not in the index."""
    names = _INDEXES[index]
    return {name: item[name] for name in names if name in item} if names[0] in item else None


def _text(value: Mapping[str, str]) -> str:
    """Return a sort key. Numbers, times in milliseconds, have the same number of digits for a long time."""
    return next(iter(value.values()))


def _passes(item: Item, condition: str, values: Mapping[str, str]) -> bool:
    if condition == "":
        return True
    if condition == "#status = :status":
        return item[JOB_STATUS]["S"] == values[":status"]
    raise UnsupportedError(condition)
