"""Which throttled calls botocore's client may retry."""

from typing import Any

_THROTTLED = 429


class ThrottledRetries:
    """Forbids a client to retry a call that was throttled if its previous attempt was throttled, too.

    A short peak is over after one pause. While requests exceed the quota for long, a retry only takes the
    place of another request, and its pause occupies the instance. botocore itself stops after 100 retries
    that failed, which takes minutes where many instances share the requests.
    """

    def __init__(self) -> None:
        self._was_throttled = False

    # A handler of botocore's event `needs-retry`, which is emitted after each attempt. Its result is Any, as
    # botocore's stubs have handlers return nothing.
    def decide(self, response: tuple[Any, Any] | None, **_: Any) -> Any:
        """Return False to forbid a retry, or None to let botocore decide.

        Parameters
        ----------
        response : tuple or None
            The HTTP response and what was parsed of it. None: there is none.
        """
        is_throttled = response is not None and response[0].status_code == _THROTTLED
        is_forbidden = is_throttled and self._was_throttled
        self._was_throttled = is_throttled
        return False if is_forbidden else None
