"""The failure of one job, which must not affect the others."""

from datetime import datetime
from typing import Any

import pytest

from customization_jobs.errors import InternalServerException, Origin, WatchUnavailableException
from customization_jobs.timeouts import LEASE
from customization_jobs.watch import claims, publisher
from customization_jobs.watch.apply import apply_observation
from customization_jobs.watch.events import to_bus_event
from customization_jobs.watch.isolation import isolated
from customization_jobs.watch.job_arn import job_key
from tests.unit.watch.harness import WatchHarness


def test_a_named_error_is_returned_as_it_is() -> None:
    error = WatchUnavailableException("busy")

    def fail() -> None:
        raise error

    assert isolated("arn:x", fail) is error
    assert isolated("arn:x", lambda: 7) == 7


def test_an_unforeseen_exception_is_a_fault_of_the_service_with_its_traceback_for_the_log() -> None:
    error = isolated("the job arn:x/7", lambda: dict[str, str]()["status"])
    assert isinstance(error, InternalServerException)
    assert str(error) == "The watch failed for the job arn:x/7: KeyError('status')."
    assert error.origin is Origin.SERVICE
    assert "Traceback" in (error.log_details or "")


def test_an_unreadable_row_is_one_failed_job(harness: WatchHarness) -> None:
    arns = [harness.create(number) for number in range(200)]
    harness.table.items[job_key(arns[50])] = (3, "{}")
    summary = harness.sweep()
    assert (summary.published["Discovered"], summary.failed, len(summary.errors)) == (199, 1, 1)
    assert job_key(arns[50]) in str(summary.errors[0])
    assert harness.table.items[job_key(arns[50])] == (3, "{}")


@pytest.mark.parametrize("step", ["claim", "publish"])
def test_an_unforeseen_exception_for_a_job_is_one_failed_job(
    harness: WatchHarness, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    arns = [harness.create(number) for number in range(3)]

    def fail_for_the_second(arn: str) -> None:
        if arn == arns[1]:
            raise LookupError("unforeseen")

    def apply(record: Any, observation: Any, *args: Any, baseline: datetime, now: datetime) -> Any:
        fail_for_the_second(observation.job.arn)
        return apply_observation(record, observation, *args, baseline=baseline, now=now)

    def event(job_transition: Any, *args: Any) -> Any:
        fail_for_the_second(job_transition.job.arn)
        return to_bus_event(job_transition, *args)

    with monkeypatch.context() as patched:
        if step == "claim":
            patched.setattr(claims, "apply_observation", apply)
        else:
            patched.setattr(publisher, "to_bus_event", event)
        summary = harness.sweep()
    assert (summary.published, summary.failed) == ({"Discovered": 2}, 1)
    assert "LookupError('unforeseen')" in str(summary.errors[0])
    harness.now += LEASE
    assert harness.sweep().published == {"Discovered": 1}


def test_an_unforeseen_exception_while_recording_is_one_failed_job(
    harness: WatchHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        harness.create(number)
    monkeypatch.setattr(publisher, "MAX_ATTEMPTS", "not a number")
    summary = harness.sweep()
    assert (summary.published, summary.failed) == ({"Discovered": 3}, 3)
