"""The virtual time of an invocation, and the count of its calls."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

# Threads that list one source, and that read or write records (`watch.parallel.THREADS`).
LISTING_LANES = 6
LANES = 8
# A Lambda function with 1,769 MB has one vCPU. https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
MEMORY_MB = 1024
VCPU = MEMORY_MB / 1769


@dataclass
class Clock:
    """The time of the invocation that runs: what its calls wait for, and the CPU time of its own code.

    Calls of the main thread follow each other. Those of other threads run side by side, on as many lanes as
    the code has threads, until the main thread makes its next call. CPU time is added on top.

    Attributes
    ----------
    calls : Counter
        Number of calls by service and operation, each attempt of a client counted.
    """

    calls: Counter[tuple[str, str]] = field(default_factory=Counter)
    _waited: float = 0.0
    _cpu: float = 0.0
    _lanes: dict[int, list[float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _fake_cpu: float = 0.0

    def restart(self) -> None:
        """Start the time of another invocation."""
        self._waited = self._cpu = self._fake_cpu = 0.0
        self._lanes.clear()

    def wait(self, service: str, operation: str, *attempts: float, lanes: int = LANES) -> None:
        """Add a call: the seconds of each attempt, with the pause before it."""
        with self._lock:
            self.calls[service, operation] += len(attempts)
            if threading.current_thread() is threading.main_thread():
                self._join()
                self._waited += sum(attempts)
                return
            free = self._lanes.setdefault(lanes, [self._waited] * lanes)
            first = min(range(lanes), key=free.__getitem__)
            free[first] += sum(attempts)

    def work(self, cpu_seconds: float) -> None:
        """Add CPU time, as it takes on a Lambda function of `MEMORY_MB`."""
        with self._lock:
            self._cpu += cpu_seconds / VCPU

    @property
    def seconds(self) -> float:
        """The time since the start of the invocation."""
        return self.waited + self._cpu

    @property
    def waited(self) -> float:
        """The part of the time in which calls were waited for."""
        with self._lock:
            return max([self._waited, *(each for lane in self._lanes.values() for each in lane)])

    @property
    def fake_cpu(self) -> float:
        """CPU seconds that the fakes took."""
        return self._fake_cpu

    @contextmanager
    def not_measured(self) -> Iterator[None]:
        """Count the CPU time of this thread as that of a fake."""
        started = time.thread_time()
        try:
            yield
        finally:
            elapsed = time.thread_time() - started
            with self._lock:
                self._fake_cpu += elapsed

    def _join(self) -> None:
        self._waited = max([self._waited, *(each for lane in self._lanes.values() for each in lane)])
        self._lanes.clear()
