"""The virtual time of the simulated fleet."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from benchmarks.fleet.clock import MEMORY_MB, Clock
from benchmarks.fleet.concurrency import COLD_START, OVERHEAD, schedule


def test_calls_of_the_main_thread_follow_each_other_and_those_of_others_run_side_by_side() -> None:
    clock = Clock()
    clock.wait("sts", "AssumeRole", 1.0)

    def call(_: int) -> None:
        clock.wait("dynamodb", "PutItem", 1.0)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(call, range(12)))
    # Eight run at a time, so this takes two rounds.
    assert clock.seconds == pytest.approx(3.0)
    clock.wait("events", "PutEvents", 0.5, 0.25)
    assert clock.seconds == pytest.approx(3.75)
    assert clock.calls == {("sts", "AssumeRole"): 1, ("dynamodb", "PutItem"): 12, ("events", "PutEvents"): 2}


def test_cpu_time_is_added_at_the_share_of_the_function() -> None:
    clock = Clock()
    clock.work(0.1)
    assert clock.seconds == pytest.approx(0.1 * 1769 / MEMORY_MB)
    clock.restart()
    assert clock.seconds == 0


def test_one_child_at_a_time_takes_the_sum() -> None:
    mapped = schedule([2, 0, 1], 1, lambda *_: 4.0)
    # The instance that discovered the sources is there.
    assert mapped == pytest.approx((3 + 3 * (4 + OVERHEAD), 12.0, 1))


def test_all_children_at_once_take_the_longest_and_each_but_one_starts_an_instance() -> None:
    mapped = schedule([0, 0, 0], 100, lambda index, _: 1.0 + index)
    assert mapped.seconds == pytest.approx(3 + COLD_START + OVERHEAD)
    assert mapped.billed == pytest.approx(1 + 2 + 3 + 2 * COLD_START)
    assert mapped.instances == 3


def test_a_child_runs_on_an_instance_that_is_idle() -> None:
    used = []
    schedule([0] * 10, 2, lambda _, instance: used.append(instance) or 1.0)  # type: ignore[func-returns-value]
    assert set(used) == {0, 1}
