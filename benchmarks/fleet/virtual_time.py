"""Virtual time: calls take as long as they would, and nobody waits for them.

One real thread runs everything. Threads of the code under test are replaced by executors that run each function
at once, and that set the clock to the times at which real threads would start and end it.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, Self
from unittest.mock import patch

START = datetime(2026, 11, 24, tzinfo=UTC)


@dataclass
class Clock:
    """The clock. It is set back when something else begins that runs at the same time.

    Attributes
    ----------
    seconds : float
        Since `START`.
    """

    seconds: float = 0.0

    def now(self) -> datetime:
        """Return the time."""
        return START + timedelta(seconds=self.seconds)

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.seconds += seconds


class VirtualExecutor:
    """Replaces `ThreadPoolExecutor`."""

    def __init__(self, clock: Clock, threads: int, initializer: Callable[[], None] = lambda: None) -> None:
        self._clock = clock
        self._idle_at = [clock.seconds] * threads
        initializer()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Wait for all threads."""
        self._clock.seconds = max(self._clock.seconds, *self._idle_at)

    def submit(self, function: Callable[..., Any], *arguments: Any) -> "Future[Any]":
        """Run a function in the first idle thread. Its result counts as available when it would be."""
        submitted = self._clock.seconds
        thread = min(range(len(self._idle_at)), key=self._idle_at.__getitem__)
        self._clock.seconds = max(submitted, self._idle_at[thread])
        future: _VirtualFuture = _VirtualFuture()
        try:
            future.set_result(function(*arguments))
        except Exception as error:  # noqa: BLE001 - as an executor does
            future.set_exception(error)
        future.ends_at = self._idle_at[thread] = self._clock.seconds
        self._clock.seconds = submitted
        return future

    def map(self, function: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        """Run a function for each item, and wait for each result in turn."""
        futures = [self.submit(function, item) for item in items]
        for future in futures:
            self._wait_for(future)
            yield future.result()

    def _wait_for(self, future: "Future[Any]") -> None:
        assert isinstance(future, _VirtualFuture)  # noqa: S101 - see submit
        self._clock.seconds = max(self._clock.seconds, future.ends_at)


class _VirtualFuture(Future[Any]):
    ends_at = 0.0


class _Done(NamedTuple):
    done: set["Future[Any]"]


def _wait_for_first(clock: Clock) -> Callable[..., _Done]:
    """Return what replaces `concurrent.futures.wait` for the first future."""

    def wait(futures: Iterable[_VirtualFuture], **_: object) -> _Done:
        first = min(futures, key=lambda future: future.ends_at)
        clock.seconds = max(clock.seconds, first.ends_at)
        return _Done({first})

    return wait


@contextmanager
def virtual_time(clock: Clock, modules: Iterable[Any]) -> Iterator[None]:
    """Let modules use virtual threads, and the clock wherever they ask for the time of day.

    Timeouts that they measure with `time.monotonic` stay real.
    """

    class VirtualDatetime(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return clock.now().astimezone(tz)

    def executor(threads: int, initializer: Callable[[], None] = lambda: None) -> VirtualExecutor:
        return VirtualExecutor(clock, threads, initializer)

    stand_ins = {
        "datetime": VirtualDatetime,
        "ThreadPoolExecutor": executor,
        "wait": _wait_for_first(clock),
    }
    with replaced(modules, stand_ins):
        yield


@contextmanager
def replaced(modules: Iterable[Any], stand_ins: dict[str, Any]) -> Iterator[None]:
    """Replace names in all modules that have them, except where a module only parses times."""
    patches = [
        patch.object(module, name, stand_in)
        for module in modules
        for name, stand_in in stand_ins.items()
        if name in vars(module) and (name != "datetime" or _asks_for_the_time(module))
    ]
    for each in patches:
        each.start()
    try:
        yield
    finally:
        for each in patches:
            each.stop()


def _asks_for_the_time(module: Any) -> bool:
    """Whether a function or a lambda of the module, or of its classes, calls `datetime.now`."""
    with open(module.__file__) as source:  # noqa: PTH123 - any module's own file
        return "datetime.now(" in source.read()
