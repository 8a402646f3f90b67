from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from customization_jobs.errors import WatchUnavailableException
from customization_jobs.eta.estimator import Estimator
from customization_jobs.eta.history import History
from customization_jobs.observability import Observability
from tests.fakes import NOW, job
from tests.unit.conftest import Lines
from tests.unit.eta.histories import history_of

TYPE = "#durations/FINE_TUNING"
RUNNING = job(status="InProgress", customizationType="FINE_TUNING")
MINUTE = timedelta(minutes=1)


@dataclass
class Stored:
    """Stored histories. Records which of them are read, and calls `before` at each read."""

    histories: dict[str, History] = field(default_factory=dict)
    read: list[str] = field(default_factory=list)
    opened: int = 0
    before: Callable[[], object] = lambda: None

    def open(self) -> "Stored":
        self.opened += 1
        return self

    def get(self, key: str) -> History:
        self.read.append(key)
        self.before()
        return self.histories.get(key, History())


@pytest.fixture
def stored() -> Stored:
    return Stored({f"{TYPE}/amazon.nova-lite-v1:0:300k": history_of([3600] * 42)})


@pytest.fixture
def estimator(stored: Stored, observability: Observability) -> Estimator:
    return Estimator(stored.open, observability.logger)


def test_a_job_is_estimated_from_the_stored_histories(estimator: Estimator) -> None:
    found = estimator.of_summary(RUNNING, NOW)
    assert found is not None
    assert (found.earliest, found.based_on) == (NOW + timedelta(hours=1), 42)


def test_histories_are_read_once_in_ten_seconds(estimator: Estimator, stored: Stored) -> None:
    for _ in range(3):
        estimator.of_summary(RUNNING, NOW)
    assert stored.read == [TYPE, f"{TYPE}/amazon.nova-lite-v1:0:300k"]
    estimator.of_summary(RUNNING, NOW + MINUTE / 6)
    assert len(stored.read) == 4


def test_nothing_is_opened_or_read_for_jobs_that_are_not_in_progress(
    estimator: Estimator, stored: Stored
) -> None:
    assert estimator.of_summary(job(status="Completed"), NOW) is None
    assert (stored.opened, stored.read) == (0, [])


@pytest.mark.parametrize("error", [WatchUnavailableException("throttled"), LookupError("unforeseen")])
def test_a_failure_is_logged_once_and_only_leaves_out_the_estimate(
    estimator: Estimator, stored: Stored, lines: Callable[[], tuple[Lines, Lines]], error: Exception
) -> None:
    def fail() -> None:
        raise error

    stored.before = fail
    for seconds in (0, 10, 59):
        assert estimator.of_summary(RUNNING, NOW + timedelta(seconds=seconds)) is None
    assert len(stored.read) == 1
    (logged,) = lines()[1]
    assert (logged["level"], logged["error"], logged["reason"]) == (
        "WARNING",
        type(error).__name__,
        str(error),
    )
    stored.before = lambda: None
    assert estimator.of_summary(RUNNING, NOW + MINUTE) is not None


def test_slow_reads_end_after_some_seconds(stored: Stored, observability: Observability) -> None:
    seconds = [0.0]

    def wait() -> None:
        seconds[0] += 2

    stored.before = wait
    estimator = Estimator(stored.open, observability.logger, clock=lambda: seconds[0])
    assert estimator.of_summary(RUNNING, NOW) is not None
    other = {**RUNNING, "customizationType": "DISTILLATION"}
    assert estimator.of_summary(other, NOW) is None
    assert len(stored.read) == 2
    # Histories that were read stay in use, and no more are read for a minute.
    assert estimator.of_summary(RUNNING, NOW) is not None
    assert estimator.of_summary(RUNNING, NOW + MINUTE / 2) is None
    assert len(stored.read) == 2
    assert estimator.of_summary(RUNNING, NOW + MINUTE) is not None


def test_the_memory_is_bounded(estimator: Estimator, stored: Stored) -> None:
    for number in range(1000):
        estimator.of_summary({**RUNNING, "customizationType": f"TYPE_{number}"}, NOW)
    assert len(stored.read) == 200
