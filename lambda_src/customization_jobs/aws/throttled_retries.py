"""Which throttled calls botocore's client may retry."""

import time
from collections.abc import Callable
from typing import Any

_THROTTLED = 429
# Throttling longer ago than this says nothing about the present. A call with its retries takes less time.
_LASTING_SECONDS = 10.0


class ThrottledRetries:
    """Forbids a client to retry a throttled call if its previous attempt, at any call, was throttled too.

    A short peak is over after one pause. While requests exceed the quota for long, a retry only takes the
    place of another request, and its pause occupies the instance. botocore itself stops after 100 failed
    retries, which takes minutes if many instances share the requests.

    Parameters
    ----------
    clock : callable
        Returns the time in seconds. The monotonic clock of an instance may stand still between invocations.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._throttled_at: float | None = None

    # A handler of botocore's event `needs-retry`, which is emitted after each attempt. Its result is Any
    # because botocore's stubs declare that handlers return nothing.
    def decide(self, response: tuple[Any, Any] | None, **_: Any) -> Any:
        """Return False to forbid a retry, or None to let botocore decide.

        Parameters
        ----------
        response : tuple or None
            The HTTP response and what was parsed of it. None: there is none.
        """
        if response is None or response[0].status_code != _THROTTLED:
            self._throttled_at = None
            return None
        now, before = self._clock(), self._throttled_at
        self._throttled_at = now
        is_lasting = before is not None and 0 <= now - before < _LASTING_SECONDS
        return False if is_lasting else None
