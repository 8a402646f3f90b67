"""A double of DynamoDB's client: a table in memory that counts read and write units as AWS does."""

import math
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Mapping
from random import Random
from typing import Any

from botocore.exceptions import ClientError

from benchmarks.fleet.clock import Clock
from benchmarks.fleet.units import Units, size_of
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

Item = dict[str, Any]
_KB, _READ = 1024, 4096
_MAX_PAGE = 1024 * 1024
_PROJECTED = {
    UNFINISHED_INDEX: (KEY, AWAITS, UNFINISHED_SINCE),
    JOB_INDEX: (KEY, LISTED, POSITION, JOB_NAME, JOB_STATUS),
}
_INDEX_KEYS = {UNFINISHED_INDEX: (AWAITS, UNFINISHED_SINCE), JOB_INDEX: (LISTED, POSITION)}


class Table:
    """The operations that `aws.table` calls."""

    def __init__(self, clock: Clock, random: Random) -> None:
        self.items: dict[str, Item] = {}
        self.units = Units()
        self._clock = clock
        self._random = random
        self._sorted: dict[tuple[str, str], list[tuple[Any, str]]] = {}

    def get_item(self, *, TableName: str, Key: Item, ConsistentRead: bool) -> Item:  # noqa: ARG002, N803
        """Read an item."""
        with self._clock.not_measured():
            self._wait("GetItem")
            item = self.items.get(Key[KEY]["S"])
            self.units.half_reads["GetItem"] += self._half_reads(item, consistent=ConsistentRead)
            return {"Item": item} if item else {}

    def batch_get_item(self, *, RequestItems: Mapping[str, Any]) -> Item:  # noqa: N803
        """Read up to 100 items; the size of each is rounded up."""
        with self._clock.not_measured():
            ((table, request),) = RequestItems.items()
            keys = [key[KEY]["S"] for key in request["Keys"]]
            assert len(set(keys)) == len(keys) <= 100, "DynamoDB refuses the call"  # noqa: S101, PLR2004
            self._wait("BatchGetItem")
            found = [self.items.get(key) for key in keys]
            self.units.half_reads["BatchGetItem"] += sum(
                self._half_reads(item, consistent=request["ConsistentRead"]) for item in found
            )
            return {"Responses": {table: [item for item in found if item]}, "UnprocessedKeys": {}}

    def put_item(
        self,
        *,
        TableName: str,  # noqa: ARG002, N803
        Item: Item,  # noqa: N803
        ConditionExpression: str,  # noqa: N803
        ExpressionAttributeValues: Mapping[str, Any] | None = None,  # noqa: N803
    ) -> Item:
        """Write an item, if none exists or the stored one is still the version that was read."""
        with self._clock.not_measured():
            self._wait("PutItem")
            key = Item[KEY]["S"]
            old = self.items.get(key)
            if "attribute_not_exists" in ConditionExpression:
                is_met = old is None
            else:
                read = (ExpressionAttributeValues or {})[":read"]
                is_met = old is not None and old["version"] == read
            size = size_of(Item)
            self.units.writes["table"] += math.ceil(max(size, size_of(old or {})) / _KB)
            if not is_met:
                code = "ConditionalCheckFailedException"
                raise ClientError({"Error": {"Code": code, "Message": ""}}, "PutItem")
            self.items[key] = Item
            for index in _PROJECTED:
                self._write_index(index, key, old or {}, Item)
            return {}

    def query(
        self,
        *,
        TableName: str,  # noqa: ARG002, N803
        IndexName: str,  # noqa: N803
        ExpressionAttributeValues: Mapping[str, Any],  # noqa: N803
        Limit: int,  # noqa: N803
        ScanIndexForward: bool = True,  # noqa: N803
        ExclusiveStartKey: Item | None = None,  # noqa: N803
        **expressions: Any,
    ) -> Item:
        """Read a range of an index, by the expressions that `aws.table` and `aws.job_index` use."""
        with self._clock.not_measured():
            self._wait("Query")
            values = {
                name[1:]: value.get("S") or value.get("N")
                for name, value in ExpressionAttributeValues.items()
            }
            found = self._range(IndexName, values)
            ordered = found if ScanIndexForward else found[::-1]
            if ExclusiveStartKey:
                start = [key for _, key in ordered].index(ExclusiveStartKey[KEY]["S"])
                ordered = ordered[start + 1 :]
            examined, size = self._examine(IndexName, ordered, Limit)
            self.units.half_reads[f"Query {IndexName}"] += max(1, math.ceil(size / _READ))
            is_selected = _filter(expressions.get("FilterExpression", ""), values)
            answer: Item = {"Items": list(filter(is_selected, examined))}
            if (examined and len(examined) < len(ordered)) or len(examined) == Limit:
                answer["LastEvaluatedKey"] = examined[-1]
            return answer

    def scan(
        self,
        *,
        TableName: str,  # noqa: ARG002, N803
        IndexName: str,  # noqa: N803
        FilterExpression: str,  # noqa: ARG002, N803
        ExpressionAttributeValues: Mapping[str, Any],  # noqa: N803
    ) -> Item:
        """Read a whole index, which must be below 1 MB, and return the keys with a prefix."""
        with self._clock.not_measured():
            self._wait("Scan")
            entries = [
                each for (index, _), part in self._sorted.items() if index == IndexName for each in part
            ]
            examined, size = self._examine(IndexName, entries, len(entries))
            self.units.half_reads[f"Scan {IndexName}"] += max(1, math.ceil(size / _READ))
            prefix = ExpressionAttributeValues[":prefix"]["S"]
            return {"Items": [each for each in examined if each[KEY]["S"].startswith(prefix)]}

    def _range(self, index: str, values: Mapping[str, Any]) -> list[tuple[Any, str]]:
        if index == UNFINISHED_INDEX:
            entries = self._sorted.get((index, values["awaits"]), [])
            return (
                entries[: bisect_left(entries, (int(values["before"]), ""))]
                if "before" in values
                else entries
            )
        entries = self._sorted.get((index, values["shard"]), [])
        low = bisect_left(entries, (values["lowest"], ""))
        return entries[low : bisect_right(entries, (values["highest"], "\U0010ffff"))]

    def _examine(self, index: str, entries: Iterable[tuple[Any, str]], limit: int) -> tuple[list[Item], int]:
        examined: list[Item] = []
        size = 0
        for _, key in entries:
            if len(examined) == limit or size >= _MAX_PAGE:
                break
            entry = _projected(index, self.items[key])
            size += size_of(entry)
            examined.append(entry)
        return examined, size

    def _write_index(self, index: str, key: str, old: Item, new: Item) -> None:
        before, after = _projected(index, old), _projected(index, new)
        if before == after:
            return
        places = [_place(index, each) for each in (before, after)]
        if places[0] == places[1]:
            self.units.writes[index] += math.ceil(max(size_of(before), size_of(after)) / _KB)
            return
        for entry, place in zip((before, after), places, strict=True):
            if place is None:
                continue
            self.units.writes[index] += math.ceil(size_of(entry) / _KB)
            partition, sort = place
            entries = self._sorted.setdefault((index, partition), [])
            if entry is after:
                insort(entries, (sort, key))
            else:
                del entries[bisect_left(entries, (sort, key))]

    def _half_reads(self, item: Item | None, *, consistent: bool) -> int:
        return max(1, math.ceil(size_of(item or {}) / _READ)) * (2 if consistent else 1)

    def _wait(self, operation: str) -> None:
        self._clock.wait("dynamodb", operation, self._random.uniform(0.004, 0.012))


def _projected(index: str, item: Item) -> Item:
    partition, sort = _INDEX_KEYS[index]
    if partition not in item or sort not in item:
        return {}
    return {name: item[name] for name in _PROJECTED[index] if name in item}


def _place(index: str, entry: Item) -> tuple[str, Any] | None:
    if not entry:
        return None
    partition, sort = _INDEX_KEYS[index]
    value = entry[sort]
    return entry[partition]["S"], int(value["N"]) if "N" in value else value["S"]


def _filter(expression: str, values: Mapping[str, Any]) -> Callable[[Item], bool]:
    def is_selected(entry: Item) -> bool:
        is_named = "contains" not in expression or values["name"] in entry[JOB_NAME]["S"]
        return is_named and ("#status" not in expression or values["status"] == entry[JOB_STATUS]["S"])

    return is_selected
