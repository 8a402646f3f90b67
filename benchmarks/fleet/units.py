"""Read and write units of DynamoDB.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.ThroughputConsiderations
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass
class Units:
    """Consumed units.

    Attributes
    ----------
    half_reads : Counter
        Halves of read units, by operation: an eventually consistent read takes half a unit.
    writes : Counter
        Write units, by the table or the index that was written.
    """

    half_reads: Counter[str] = field(default_factory=Counter)
    writes: Counter[str] = field(default_factory=Counter)

    @property
    def reads(self) -> float:
        """All read units."""
        return self.half_reads.total() / 2

    def since(self, before: "Units") -> "Units":
        """Return what was consumed in addition."""
        return Units(self.half_reads - before.half_reads, self.writes - before.writes)

    def copy(self) -> "Units":
        """Return a copy that does not change."""
        return Units(Counter(self.half_reads), Counter(self.writes))


def size_of(item: Mapping[str, Mapping[str, str]]) -> int:
    """Return the size of an item in bytes: names and values; two digits of a number take a byte."""
    return sum(len(name) + _size_of_value(value) for name, value in item.items())


def _size_of_value(value: Mapping[str, str]) -> int:
    return len(value["S"].encode()) if "S" in value else (len(value["N"]) + 1) // 2 + 1
