"""Percentiles of durations in constant memory: the DDSketch algorithm, https://arxiv.org/abs/1908.10693.

A random sample would also bound the memory, but the same jobs would have different percentiles each time.
"""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import accumulate, chain, pairwise
from typing import Any

# Each bucket's upper bound is 2 % above its lower one, so its middle is within 1 % of everything in it.
_GROWTH = 1.02
_LOG_GROWTH = math.log(_GROWTH)
# Longer durations count as this long, which limits the number of buckets to 1,050.
_MAX_SECONDS = 30 * 365 * 86_400
# The percentiles that reports contain.
PERCENTILES = (50, 90, 99)


@dataclass(slots=True)
class Durations:
    """A histogram with exponentially growing buckets. Percentiles are within 1 % of the exact ones.

    Bucket 0 holds 0; bucket n holds durations above `_GROWTH ** (n - 2)`, up to `_GROWTH ** (n - 1)`.
    """

    count: int = 0
    minimum: float = math.inf
    maximum: float = 0.0
    buckets: Counter[int] = field(default_factory=Counter)

    def add(self, seconds: float) -> None:
        """Add a duration. Less than a second, or negative through clock skew, counts as 0."""
        seconds = min(seconds, _MAX_SECONDS) if seconds >= 1 else 0.0
        self.count += 1
        self.minimum = min(self.minimum, seconds)
        self.maximum = max(self.maximum, seconds)
        self.buckets[_bucket(seconds)] += 1

    def percentile(self, percent: float) -> float | None:
        """Return the duration that `percent` of all do not exceed; None if there are none."""
        # Multiplication comes first: in floating point, 55 / 100 * 100 is more than 55.
        rank = max(1, math.ceil(percent * self.count / 100))
        seen = 0
        for bucket in sorted(self.buckets):
            seen += self.buckets[bucket]
            if seen >= rank:
                return min(max(_middle(bucket), self.minimum), self.maximum)
        return None

    def percentiles(self) -> dict[str, int | None]:
        """Return `p50`, `p90` and `p99` in whole seconds; None if there are no durations."""
        found = {f"p{percent}": self.percentile(percent) for percent in PERCENTILES}
        return {name: None if each is None else math.floor(each + 0.5) for name, each in found.items()}

    def merge(self, other: "Durations") -> None:
        """Add the durations of another histogram."""
        self.count += other.count
        self.minimum = min(self.minimum, other.minimum)
        self.maximum = max(self.maximum, other.maximum)
        self.buckets.update(other.buckets)

    def to_json(self) -> dict[str, Any]:
        """Return the histogram as JSON of at most some 10 KB; `{}` if it is empty.

        `buckets` has two numbers for each bucket: the difference to the previous bucket, and the count.
        """
        if not self.count:
            return {}
        buckets = sorted(self.buckets)
        steps = [after - before for before, after in pairwise([0, *buckets])]
        counts = [self.buckets[bucket] for bucket in buckets]
        return {
            "minimum": self.minimum,
            "maximum": self.maximum,
            "buckets": list(chain.from_iterable(zip(steps, counts, strict=True))),
        }

    @classmethod
    def from_json(cls, written: Mapping[str, Any]) -> "Durations":
        """Read what `to_json` returned.

        Raises
        ------
        KeyError, TypeError, ValueError
            The value is something else.
        """
        if not written:
            return cls()
        numbers = [int(number) for number in written["buckets"]]
        buckets = dict(zip(accumulate(numbers[::2]), numbers[1::2], strict=True))
        minimum, maximum = float(written["minimum"]), float(written["maximum"])
        return cls(sum(buckets.values()), minimum, maximum, Counter(buckets))


def _bucket(seconds: float) -> int:
    return math.ceil(math.log(seconds) / _LOG_GROWTH) + 1 if seconds else 0


def _middle(bucket: int) -> float:
    return 2 * _GROWTH ** (bucket - 1) / (1 + _GROWTH) if bucket else 0.0
