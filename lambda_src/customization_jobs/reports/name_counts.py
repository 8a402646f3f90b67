"""Counts by name, of a bounded number of names: Bedrock sends them, so there may be any number."""

from collections import Counter
from collections.abc import Callable, Collection
from itertools import islice

# Bounds of an answer's size: distinct names that are counted, and their length. Further names count as one.
# A model id has at most 383 characters.
MAX_NAMES = 64
_MAX_NAME_LENGTH = 383
OTHER_NAMES = "Other"


def count(counts: Counter[str], name: str, number: int = 1) -> None:
    """Count a name once, or a number of times. Those that come first have their own count."""
    name = name[:_MAX_NAME_LENGTH]
    counts[name if name in counts or len(counts) < MAX_NAMES else OTHER_NAMES] += number


def merged(one: Counter[str], other: Counter[str], known: Collection[str]) -> Counter[str]:
    """Return the sum of two counts. It does not depend on the order in which counts are merged.

    Known names have their own counts, and after them those that are first in the alphabet. A name that is
    among these in a sum was among them in each of its parts, so its count is exact.
    """
    total = one + other
    names = sorted({*total, *known} - {OTHER_NAMES}, key=lambda name: (name not in known, name))
    kept = Counter({name: total[name] for name in names[:MAX_NAMES]})
    if others := total.total() - kept.total():
        kept[OTHER_NAMES] = others
    return kept


def reduced(counts: Counter[str], names: int, is_short: Callable[[str], bool]) -> dict[str, int]:
    """Return the counts of the most frequent names that are short, and the sum of the others as `Other`."""
    frequent = (
        (name, number)
        for name, number in counts.most_common()
        if number and name != OTHER_NAMES and is_short(name)
    )
    few = dict(islice(frequent, names))
    others = counts.total() - sum(few.values())
    return {**few, **({OTHER_NAMES: others} if others else {})}
