"""Sizes of DynamoDB's items, and the read and write units that AWS charges for them.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""

import math
from collections.abc import Iterable, Mapping
from typing import TypeAlias

# Attributes as the API has them, such as `{"jobName": {"S": "a"}, "version": {"N": "1"}}`.
Item: TypeAlias = Mapping[str, Mapping[str, str]]

_READ_BYTES = 4096
_WRITE_BYTES = 1024


def item_size(item: Item) -> int:
    """Return the size in bytes: the names, and the values."""
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def read_units(sizes: int | Iterable[int], *, consistent: bool) -> float:
    """Return the units of a read. The sizes of the items of a query are added up before they are rounded."""
    size = sizes if isinstance(sizes, int) else sum(sizes)
    units = max(1, math.ceil(size / _READ_BYTES))
    return float(units) if consistent else units / 2


def write_units(before: int | None, after: int | None) -> int:
    """Return the units of a write: of the larger one of what was there and what is there now."""
    return max(1, math.ceil(max(before or 0, after or 0) / _WRITE_BYTES))


def index_write_units(before: Item | None, after: Item | None, keys: tuple[str, str]) -> int:
    """Return the further units of a write in an index, by the entry of the item before and after it.

    Parameters
    ----------
    before, after : mapping or None
        The projected attributes; None if the item is not in the index.
    keys : tuple of str
        The keys of the index.
    """
    if before == after:
        return 0
    if before is None or after is None:
        return write_units(before and item_size(before), after and item_size(after))
    if any(before[key] != after[key] for key in keys):
        # The old entry is deleted, and the new one is written.
        return write_units(item_size(before), None) + write_units(None, item_size(after))
    return write_units(item_size(before), item_size(after))


def _value_size(value: Mapping[str, str]) -> int:
    ((kind, content),) = value.items()
    if kind == "N":
        # About one byte for two significant digits, and one more.
        return math.ceil(len(content.strip("-0").replace(".", "")) / 2) + 1
    return len(content.encode())
