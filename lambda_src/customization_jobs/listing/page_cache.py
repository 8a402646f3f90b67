"""A short-lived cache of the pages that Bedrock returned, for callers that poll the same list."""

import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from customization_jobs.aws.bedrock import JobSource, Page

# Together 2 MB as JSON, and some 10 MB as objects: two pages of the largest size, or twenty of the usual one.
_MAX_PAGES = 100
_MAX_BYTES = 2_000_000

_Key = frozenset[tuple[str, Any]]


class _Cached(NamedTuple):
    page: Page
    requested_at: float


class CachedPages:
    """Returns a page again while it is younger than a limit. One instance of the function has one cache.

    Errors are not cached.

    Parameters
    ----------
    source : JobSource
        Where pages come from.
    seconds : int
        Pages that were requested this long ago are requested again.
    clock : callable
        Returns the time in seconds. The monotonic clock of an instance may stand still between invocations.
    """

    def __init__(self, source: JobSource, seconds: int, *, clock: Callable[[], float] = time.time) -> None:
        self._source = source
        self._seconds = seconds
        self._clock = clock
        # The oldest first.
        self._pages: dict[_Key, _Cached] = {}

    def list_page(self, parameters: Mapping[str, Any]) -> Page:
        """Return a page; one from the cache has an age. Raises as the source does."""
        now = self._clock()
        # An age below 0 means that the clock was set back.
        self._pages = {
            key: each for key, each in self._pages.items() if 0 <= now - each.requested_at < self._seconds
        }
        key = frozenset(parameters.items())
        if cached := self._pages.get(key):
            return cached.page.aged(int(now - cached.requested_at))
        page = self._source.list_page(parameters)
        # Raises if the page is not an answer, so that it is not cached.
        _ = page.passes_unread or page.answer
        self._pages[key] = _Cached(page, now)
        self._limit()
        return page

    def _limit(self) -> None:
        size = sum(len(each.page.body) for each in self._pages.values())
        while len(self._pages) > _MAX_PAGES or size > _MAX_BYTES:
            oldest = self._pages.pop(next(iter(self._pages)))
            size -= len(oldest.page.body)
