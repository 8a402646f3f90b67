from datetime import timedelta

import pytest

from customization_jobs.reports.sweep_figures import SweepFigures
from tests.fakes import NOW, job, text

HOUR = timedelta(hours=1)


def sweep_figures() -> SweepFigures:
    statuses, types = ("InProgress", "Failed"), ("FINE_TUNING",)
    return SweepFigures(NOW, lambda _: 10 * 3600, statuses=statuses, types=types)


def test_known_values_are_counted_from_zero_and_others_once_they_occur() -> None:
    figures = sweep_figures()
    figures.add([job(1, status="Failed", endTime=text(NOW - 99 * HOUR)), job(2, status="Paused")])
    figures.add([job(3, status="Paused", customizationType="TELEPATHY")])
    assert figures.by_status == {"InProgress": 0, "Failed": 1, "Paused": 2}
    assert figures.by_type == {"FINE_TUNING": 0, "NotReported": 2, "TELEPATHY": 1}


def test_the_age_of_the_oldest_job_in_progress_is_kept() -> None:
    figures = sweep_figures()
    assert figures.oldest_in_progress == timedelta(0)
    figures.add([job(n, status="InProgress", created=NOW - age * HOUR) for n, age in enumerate((2, 5, 3))])
    figures.add([job(9, status="Stopping", created=NOW - 50 * HOUR)])
    assert figures.oldest_in_progress == 5 * HOUR


@pytest.mark.parametrize(("age", "found"), [(10 * HOUR, 0), (10 * HOUR + timedelta(seconds=1), 1)])
def test_a_job_beyond_its_limit_is_a_finding(age: timedelta, found: int) -> None:
    findings = sweep_figures().add([job(1, status="InProgress", created=NOW - age)])
    assert [finding.message for finding in findings] == ["job in progress longer than its limit"] * found
    assert all(finding.age_seconds == age.total_seconds() for finding in findings)


@pytest.mark.parametrize(
    ("fields", "recent"),
    [
        ({"endTime": text(NOW - 24 * HOUR)}, True),
        ({"endTime": text(NOW - 24 * HOUR - timedelta(seconds=1))}, False),
        ({"lastModifiedTime": text(NOW - HOUR)}, True),
        ({"endTime": text(NOW - 48 * HOUR), "lastModifiedTime": text(NOW)}, False),
        ({}, False),
    ],
)
def test_jobs_that_ended_within_24_hours_are_counted(fields: dict[str, str], *, recent: bool) -> None:
    figures = sweep_figures()
    created = NOW - 72 * HOUR
    findings = figures.add([job(1, status="Failed", created=created, **fields)])
    figures.add([job(2, status="Completed", created=created, **fields)])
    figures.add([job(3, status="Stopped", created=created, **fields)])
    assert (figures.failed_recently, figures.completed_recently) == (int(recent), int(recent))
    assert [finding.message for finding in findings] == ["job failed"] * recent
