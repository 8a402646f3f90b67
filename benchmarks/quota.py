"""Bedrock's request quota, as a token bucket."""

import time
from collections.abc import Callable
from threading import Lock
from typing import NamedTuple


class Quota(NamedTuple):
    """A request quota of an account.

    Attributes
    ----------
    requests_per_second : float
        The rate at which requests are accepted permanently.
    burst : int
        Number of requests that are accepted at once after a pause.
    """

    requests_per_second: float
    burst: int


class TokenBucket:
    """Counts requests against a quota. It can be called from several threads.

    Parameters
    ----------
    quota : Quota or None
        None accepts every request.

    Attributes
    ----------
    accepted, throttled : int
        Number of requests so far.
    """

    def __init__(self, quota: Quota | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._quota = quota
        self._clock = clock
        self._lock = Lock()
        self._tokens = float(quota.burst if quota else 0)
        self._filled_at = clock()
        self.accepted = 0
        self.throttled = 0

    def accept(self) -> bool:
        """Whether the quota has room for one more request, which is counted."""
        with self._lock:
            is_accepted = self._quota is None or self._take(self._quota)
            if is_accepted:
                self.accepted += 1
            else:
                self.throttled += 1
            return is_accepted

    def _take(self, quota: Quota) -> bool:
        now = self._clock()
        earned = (now - self._filled_at) * quota.requests_per_second
        self._tokens, self._filled_at = min(quota.burst, self._tokens + earned), now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
