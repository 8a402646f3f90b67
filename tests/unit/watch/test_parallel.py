import threading
from collections.abc import Callable

import pytest

from customization_jobs.watch.parallel import in_threads


class Initializer:
    """Records where its two steps were called."""

    def __init__(self) -> None:
        self.prepared_in: list[int] = []
        self.called_in: list[int] = []

    def prepare(self) -> "Initializer":
        self.prepared_in.append(threading.get_ident())
        return self

    def __call__(self) -> None:
        self.called_in.append(threading.get_ident())


def test_results_come_in_the_order_of_the_items() -> None:
    parallel = in_threads(Initializer().prepare)
    assert list(parallel(lambda n: n * n, range(20))) == [n * n for n in range(20)]


def wait_for(barrier: threading.Barrier) -> Callable[[int], int]:
    """Return a function that waits for the barrier and returns its thread's identifier."""

    def wait(_: int) -> int:
        barrier.wait()
        return threading.get_ident()

    return wait


def test_each_thread_is_initialized_from_the_current_one() -> None:
    initializer = Initializer()
    parallel = in_threads(initializer.prepare)
    idents = list(parallel(wait_for(threading.Barrier(8, timeout=10)), range(8)))
    assert initializer.prepared_in == [threading.get_ident()]
    assert sorted(initializer.called_in) == sorted(idents)
    assert len(set(idents)) == 8


def test_there_are_at_most_eight_threads() -> None:
    with pytest.raises(threading.BrokenBarrierError):
        in_threads(Initializer().prepare)(wait_for(threading.Barrier(9, timeout=0.2)), range(9))


def test_a_single_item_is_processed_in_the_current_thread() -> None:
    initializer = Initializer()
    results = list(in_threads(initializer.prepare)(lambda n: (n, threading.get_ident()), [7]))
    assert results == [(7, threading.get_ident())]
    assert initializer.called_in == []


def test_nothing_to_process_starts_no_thread() -> None:
    assert list(in_threads(lambda: pytest.fail("threads are started"))(str, [])) == []
