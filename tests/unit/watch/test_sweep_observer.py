from collections.abc import Callable
from typing import Any

import pytest

from customization_jobs.errors import WatchUnavailableException
from customization_jobs.observability import Observability
from customization_jobs.timeouts import Deadline
from customization_jobs.watch.sweep_observer import WatchObserver
from tests.unit.conftest import Lines, metric_values
from tests.unit.watch.faults import FaultInjector
from tests.unit.watch.harness import WatchHarness


def observer(
    harness: WatchHarness,
    observability: Observability,
    *,
    faults: FaultInjector | None = None,
    seconds_left: float = 1,
) -> WatchObserver:
    deadline = Deadline(lambda: seconds_left)
    return WatchObserver(harness.watch(faults), deadline, observability, region="eu-west-1")


def sweep(observer: WatchObserver, harness: WatchHarness) -> dict[str, Any]:
    observer.start()
    observer.observe_page(list(harness.jobs.values()))
    return observer.finish()


def test_the_figures_of_all_pages_are_returned_and_emitted(
    observability: Observability, lines: Callable[[], tuple[Lines, Lines]]
) -> None:
    harness = WatchHarness()
    harness.sweep()
    harness.create(1)
    harness.create(2, status="Completed")
    watch_observer = observer(harness, observability)
    watch_observer.start()
    for job in harness.jobs.values():
        watch_observer.observe_page([job])
    assert watch_observer.finish() == {
        "published": {"Discovered": 2, "Completed": 1},
        "missedEvents": 1,
        "recordedOnly": 0,
    }
    metrics, _ = lines()
    assert metric_values(metrics, "Kind") == {
        ("MissedEvents",): 1,
        ("TransitionsPublished", "Discovered"): 2,
        ("TransitionsPublished", "Completed"): 1,
    }
    assert {line["Region"] for line in metrics} == {"eu-west-1"}


@pytest.mark.parametrize("call", [1, 2], ids=["start", "first page"])
def test_after_a_failure_nothing_is_observed_and_the_error_is_raised_at_the_end(
    observability: Observability, lines: Callable[[], tuple[Lines, Lines]], call: int
) -> None:
    harness = WatchHarness()
    harness.create(1)
    faults = FaultInjector(fail_at={call})
    watch_observer = observer(harness, observability, faults=faults)
    watch_observer.start()
    watch_observer.observe_page(list(harness.jobs.values()))
    watch_observer.observe_page(list(harness.jobs.values()))
    with pytest.raises(WatchUnavailableException, match="throttled"):
        watch_observer.finish()
    assert len(faults.calls) == call
    metrics, _ = lines()
    assert metric_values(metrics, "Kind") == {("MissedEvents",): 0}
    assert harness.published == []


def test_jobs_skipped_for_lack_of_time_are_logged_as_a_warning(
    observability: Observability, lines: Callable[[], tuple[Lines, Lines]]
) -> None:
    harness = WatchHarness()
    harness.create(1)
    figures = sweep(observer(harness, observability, seconds_left=0), harness)
    assert figures == {"published": {}, "missedEvents": 0, "recordedOnly": 0}
    _, logged = lines()
    assert (logged[-1]["level"], logged[-1]["jobs_skipped"]) == ("WARNING", 1)
    assert logged[-1]["message"] == (
        "The deadline cut the watch: the next sweep observes the jobs that were skipped. "
        "If this happens again, raise the function's timeout."
    )
