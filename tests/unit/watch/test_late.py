"""Late: a job that has outlived the interval that was expected when its current phase started."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from customization_jobs.eta.expected_end import ExpectedEnd, RunningJob, expected_end
from customization_jobs.eta.history import History
from customization_jobs.watch.job import Job, Phase
from customization_jobs.watch.running import running_job
from tests.fakes import NOW, text
from tests.unit.eta.histories import history_of
from tests.unit.watch.harness import HOUR, WatchHarness

TWO_HOURS = history_of([7200] * 30)


def expect_from(history: History) -> Any:
    def expect(job: Job, now: datetime) -> ExpectedEnd | None:
        running = running_job(job)
        return expected_end(running, history, History(), now) if running else None

    return expect


@pytest.fixture
def harness() -> WatchHarness:
    harness = WatchHarness(expected_end=expect_from(TWO_HOURS))
    harness.sweep()
    return harness


def test_a_job_is_published_as_late_once(harness: WatchHarness) -> None:
    arn = harness.create(1)
    for _ in range(6):
        harness.sweep()
        harness.now += HOUR / 2
    assert harness.published_kinds() == ["Discovered", "Late"]
    late = harness.published[-1]
    interval = {
        "earliest": "2026-03-01T14:00:00Z",
        "latest": "2026-03-01T14:00:00Z",
        "basedOn": 30,
        "similarBy": ["customizationType", "baseModel"],
    }
    assert late["transition"] == {"scope": "job", "expectedEnd": interval}
    assert late["at"] == "2026-03-01T14:30:00+00:00"
    # It ends as any other job.
    harness.deliver(harness.change(arn, "Completed"))
    harness.sweep()
    assert harness.published_kinds() == ["Discovered", "Late", "Completed"]


def test_events_have_the_expected_end_of_running_jobs(harness: WatchHarness) -> None:
    arn = harness.create(1)
    harness.sweep()
    harness.now += 3 * HOUR
    harness.sweep()
    harness.deliver(harness.change(arn, "Stopping"))
    discovered, late, stopping = harness.published
    assert discovered["expectedEnd"] == {
        "earliest": "2026-03-01T14:00:00Z",
        "latest": "2026-03-01T14:00:00Z",
        "basedOn": 30,
        "similarBy": ["customizationType", "baseModel"],
    }
    assert (late["expectedEnd"]["reason"], late["expectedEnd"]["lateSince"]) == (
        "Late",
        "2026-03-01T14:00:00Z",
    )
    assert late["expectedEnd"]["latest"] is None
    assert "expectedEnd" not in stopping


def test_an_event_never_finds_a_job_late(harness: WatchHarness) -> None:
    arn = harness.create(1)
    created = harness.event(arn)
    harness.now += 5 * HOUR
    harness.deliver(created)
    assert harness.published_kinds() == ["Discovered"]
    harness.sweep()
    assert harness.published_kinds() == ["Discovered", "Late"]


@pytest.mark.parametrize("history", [History(), history_of([60] * 18)])
def test_no_job_is_late_with_too_few_jobs_to_compare_with(history: History) -> None:
    harness = WatchHarness(expected_end=expect_from(history))
    harness.create(1)
    harness.sweep()
    harness.now += 12 * HOUR
    harness.sweep()
    assert "Late" not in harness.published_kinds()


@pytest.mark.parametrize("status", ["Stopping", "Completed", "Failed"])
def test_only_a_job_in_progress_is_late(harness: WatchHarness, status: str) -> None:
    arn = harness.create(1)
    harness.sweep()
    harness.now += 5 * HOUR
    harness.change(arn, status)
    harness.sweep()
    assert harness.published_kinds() == ["Discovered", status]


def test_a_phase_that_started_late_moves_the_interval() -> None:
    harness = WatchHarness(expected_end=expect_from(history_of([7200] * 30, training=3600)))
    harness.sweep()
    arn = harness.create(1)
    harness.now += 1.5 * HOUR
    harness.change(arn, training="InProgress")
    harness.now += HOUR
    harness.sweep()
    assert "Late" not in harness.published_kinds()
    harness.now += timedelta(seconds=1)
    harness.sweep()
    assert harness.published[-1]["transition"]["phase"] == "training"
    assert harness.published_kinds()[-1] == "Late"


def test_a_running_job_of_the_watch() -> None:
    job = Job("arn:x/1", "n", "InProgress", creation_time=text(NOW), customization_type="T")
    assert running_job(job) == RunningJob("T", None, NOW)
    started = {"training": Phase("InProgress", text(NOW + HOUR)), "validation": Phase("Completed", text(NOW))}
    in_training = Job("arn:x/1", "n", "InProgress", started, creation_time=text(NOW))
    assert running_job(in_training) == RunningJob(None, None, NOW, "training", NOW + HOUR)
    unknown_start = Job(
        "arn:x/1", "n", "InProgress", {"training": Phase("InProgress")}, creation_time=text(NOW)
    )
    assert running_job(unknown_start) == RunningJob(None, None, NOW)
    assert running_job(Job("arn:x/1", "n", "InProgress")) is None
    assert running_job(Job("arn:x/1", "n", "Completed", creation_time=text(NOW))) is None
