from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from customization_jobs.errors import WatchUnavailableException
from customization_jobs.listing.query import QueryContract
from customization_jobs.observability import Observability
from customization_jobs.reports.sweep import SweepReport
from customization_jobs.timeouts import Deadline
from tests.fakes import NOW, FakeBedrock, job
from tests.unit.conftest import Lines, metric_values
from tests.unit.observers import PUBLISHED, FakeObserver

Run = Callable[[FakeObserver], dict[str, Any]]


@pytest.fixture
def run(contract: QueryContract, observability: Observability) -> Run:
    def sweep(observer: FakeObserver) -> dict[str, Any]:
        report = SweepReport(
            FakeBedrock([job(number) for number in range(3)]),
            contract,
            observability,
            region="us-east-1",
            limit_of=lambda _: 3600,
            now=lambda: NOW,
            observer=lambda _: observer,
        )
        return report.run("all-jobs", contract.from_json({}), Deadline(lambda: 60))

    return sweep


def test_the_observer_receives_every_job_and_its_result_is_returned(run: Run) -> None:
    observer = FakeObserver()
    answer = run(observer)
    assert observer.observed[0] == "start"
    names = [each["jobName"] for each in observer.observed[1:]]
    assert sorted(names) == ["support-tone-0", "support-tone-1", "support-tone-2"]
    assert answer["watch"] == PUBLISHED


@pytest.mark.parametrize("complete", [True, False])
def test_a_sweep_is_complete_only_if_its_observer_is(
    run: Run, lines: Callable[[], tuple[Lines, Lines]], *, complete: bool
) -> None:
    assert run(FakeObserver(complete))["complete"] is complete
    values = metric_values(lines()[0], "Status")
    assert (values["SweepsCompleted",], values["SweepsIncomplete",]) == (int(complete), int(not complete))
    assert values["Jobs", "Completed"] == 3, "the scan is complete, so its counts are right"


def test_a_failure_of_the_observer_is_raised_after_the_metrics(
    run: Run, lines: Callable[[], tuple[Lines, Lines]]
) -> None:
    with pytest.raises(WatchUnavailableException):
        run(FakeObserver(error=WatchUnavailableException("down")))
    assert metric_values(lines()[0], "Status")["SweepsCompleted",] == 1


def test_the_sweep_of_a_member_logs_and_returns_the_same_and_emits_no_metric(
    contract: QueryContract, observability: Observability, lines: Callable[[], tuple[Lines, Lines]]
) -> None:
    report = SweepReport(
        FakeBedrock([job(number, status="InProgress") for number in range(3)]),
        contract,
        observability,
        region="us-east-1",
        limit_of=lambda _: 3600,
        now=lambda: NOW + timedelta(hours=2),
        observer=lambda _: FakeObserver(),
        emits_metrics=False,
    )
    assert report.run("all-jobs", contract.from_json({}), Deadline(lambda: 60))["jobs"] == 3
    metrics, logged = lines()
    assert metrics == []
    assert [each["message"] for each in logged] == ["job in progress longer than its limit"] * 3
