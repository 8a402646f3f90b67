"""Percentiles of durations in memory that does not grow with their number."""

import math
from collections import Counter
from dataclasses import dataclass, field
from itertools import accumulate

# Each class of durations ends 2 % above where it begins: its middle is within 1 % of all that it holds.
_GROWTH = 1.02
_LOG_GROWTH = math.log(_GROWTH)
# The last class takes in what is longer: 1,050 classes at the very most.
_LONGEST_SECONDS = 30 * 365 * 86_400


@dataclass(slots=True)
class Durations:
    """A histogram whose classes grow with what they hold.

    A percentile that it tells is within 1 % of the exact one, however many durations there are and however
    they lie. A sample of them, the other way to bounded memory, would tell other values at each look, and a
    99th percentile of what it happened to draw.
    """

    count: int = 0
    _shortest: float = math.inf
    _longest: float = 0.0
    _classes: Counter[int] = field(default_factory=Counter)

    def add(self, seconds: float) -> None:
        """Count a duration; one below a second, or negative by two clocks, is 0."""
        seconds = min(seconds, _LONGEST_SECONDS) if seconds >= 1 else 0.0
        self.count += 1
        self._shortest = min(self._shortest, seconds)
        self._longest = max(self._longest, seconds)
        # Class 0 is 0, class n holds what is above _GROWTH ** (n - 2), up to and with _GROWTH ** (n - 1).
        self._classes[math.ceil(math.log(seconds) / _LOG_GROWTH) + 1 if seconds else 0] += 1

    def percentile(self, percent: float) -> float | None:
        """Tell the shortest duration that `percent` of all do not exceed; None where there is none."""
        if not self.count:
            return None
        # Whole numbers first: 0.9 * 10 is not 9 to a computer.
        rank = max(1, math.ceil(percent * self.count / 100))
        numbers = sorted(self._classes)
        up_to = accumulate(self._classes[number] for number in numbers)
        number = next(number for number, count in zip(numbers, up_to, strict=True) if count >= rank)
        middle = 2 * _GROWTH ** (number - 1) / (1 + _GROWTH) if number else 0.0
        return min(max(middle, self._shortest), self._longest)
