"""Processing several items at a time, for steps that mostly wait for network calls."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

THREADS = 8


class Parallel(Protocol):
    """`map`, or a version of it that processes several items at a time."""

    def __call__(self, function: Callable[[Any], Any], items: Iterable[Any], /) -> Iterable[Any]:
        """Return the results in the order of the items."""
        ...


def in_threads(thread_initializer: Callable[[], Callable[[], None]]) -> Parallel:
    """Return a `map` that uses threads.

    Parameters
    ----------
    thread_initializer : callable
        Called in the current thread; the function that it returns is called first in each new thread.
    """

    def run(function: Callable[[Any], Any], items: Iterable[Any], /) -> Iterable[Any]:
        given = list(items)
        if len(given) <= 1:
            return [function(each) for each in given]
        with ThreadPoolExecutor(min(THREADS, len(given)), initializer=thread_initializer()) as threads:
            return list(threads.map(function, given))

    return run
