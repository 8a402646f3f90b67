"""Pauses between attempts: exponential backoff with full jitter.

https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
"""

import random


def longest_pause(attempt: int, *, base: float, cap: float = float("inf")) -> float:
    """Return the upper bound, in seconds, of the pause before a further attempt."""
    return min(base * 2.0**attempt, cap)


def jittered_pause(attempt: int, *, base: float, cap: float = float("inf")) -> float:
    """Return a random pause of at most `longest_pause`, in seconds."""
    return random.uniform(0, longest_pause(attempt, base=base, cap=cap))  # noqa: S311 - not a secret
