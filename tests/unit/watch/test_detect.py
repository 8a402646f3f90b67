from datetime import datetime
from typing import Any

import pytest

from customization_jobs.limits import Limits
from customization_jobs.watch.detect import Change, detect_changes
from customization_jobs.watch.failure import classify
from customization_jobs.watch.job import Job, Phase
from customization_jobs.watch.observation import Observation
from customization_jobs.watch.record import JobRecord
from customization_jobs.watch.transition import FoundBy, Kind, Transition
from tests.fakes import NOW, text
from tests.unit.watch.harness import HOUR, SECOND

LIMITS = Limits(
    3600,
    by_customization_type={"DISTILLATION": 7200},
    by_base_model={"nova-lite": 7200},
    by_phase={"training": 1800},
)
CREATED, MODIFIED, ENDED = "2026-03-01T11:30:00Z", "2026-03-01T11:40:00Z", "2026-03-01T11:50:00Z"
PHASE_MODIFIED = "2026-03-01T11:45:00Z"
JOB = Job("arn:x/1", "n", "InProgress", creation_time=CREATED)
RECORD = JobRecord(JOB)


def changes(
    record: JobRecord | None,
    job: Job,
    found_by: FoundBy = FoundBy.SWEEP,
    *,
    observed: Job | None = None,
    now: datetime = NOW,
    **fields: Any,
) -> list[Change]:
    return list(detect_changes(record, job, Observation(observed or job, found_by, **fields), LIMITS, now))


def stuck_record(*scopes: str) -> JobRecord:
    return JobRecord(
        JOB,
        timeline=tuple(
            Transition(f"id-{scope}", Kind.STUCK, text(NOW), FoundBy.SWEEP, sequence, scope)
            for sequence, scope in enumerate(scopes, start=1)
        ),
    )


def test_an_unknown_job_is_discovered_at_its_creation() -> None:
    assert changes(None, JOB) == [Change(Kind.DISCOVERED, CREATED)]


def test_a_known_job_without_changes_adds_nothing() -> None:
    assert changes(RECORD, JOB) == []


def test_changes_are_ordered_as_they_are_published() -> None:
    job = JOB._replace(
        status="Failed", phases={"training": Phase("Failed"), "validation": Phase("Completed")}
    )
    assert [(each.kind, each.scope) for each in changes(None, job)] == [
        (Kind.DISCOVERED, "job"),
        (Kind.PHASE_CHANGED, "validation"),
        (Kind.PHASE_CHANGED, "training"),
        (Kind.FAILED, "job"),
    ]
    kinds = [each.kind for each in changes(stuck_record("job"), job)]
    assert kinds == [Kind.PHASE_CHANGED, Kind.PHASE_CHANGED, Kind.FAILED, Kind.UNSTUCK]


@pytest.mark.parametrize(
    ("before", "phase", "expected"),
    [
        (None, Phase("NotStarted"), []),
        (Phase("NotStarted"), Phase("NotStarted"), []),
        (Phase("InProgress"), Phase("InProgress", modified=PHASE_MODIFIED), []),
        (
            None,
            Phase("InProgress", modified=PHASE_MODIFIED),
            [
                Change(
                    Kind.PHASE_CHANGED,
                    PHASE_MODIFIED,
                    "dataProcessing",
                    "InProgress",
                    {"phase": "dataProcessing", "from": None, "to": "InProgress"},
                )
            ],
        ),
        (
            Phase("InProgress"),
            Phase("Completed"),
            [
                Change(
                    Kind.PHASE_CHANGED,
                    MODIFIED,
                    "dataProcessing",
                    "Completed",
                    {"phase": "dataProcessing", "from": "InProgress", "to": "Completed"},
                )
            ],
        ),
    ],
)
def test_a_phase_changes_when_its_status_does(
    before: Phase | None, phase: Phase, expected: list[Change]
) -> None:
    record = JobRecord(JOB._replace(phases={"dataProcessing": before} if before else {}))
    job = JOB._replace(phases={"dataProcessing": phase}, last_modified_time=MODIFIED)
    assert changes(record, job) == expected


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("Stopping", Kind.STOPPING),
        ("Completed", Kind.COMPLETED),
        ("Failed", Kind.FAILED),
        ("Stopped", Kind.STOPPED),
    ],
)
def test_a_status_is_published_when_it_is_reached(status: str, kind: Kind) -> None:
    job = JOB._replace(status=status, end_time=ENDED)
    assert changes(RECORD, job) == [Change(kind, ENDED)]
    assert changes(JobRecord(job), job) == []
    assert changes(None, job) == [Change(Kind.DISCOVERED, CREATED), Change(kind, ENDED)]


def test_a_failure_comes_with_its_reason() -> None:
    failure = classify("Unable to parse a.jsonl")
    job = JOB._replace(status="Failed", end_time=ENDED)
    expected = [Change(Kind.FAILED, ENDED, details={"failure": failure.to_json()})]
    assert changes(RECORD, job, FoundBy.EVENT, failure=failure) == expected


@pytest.mark.parametrize(
    ("is_known", "times", "changed_at"),
    [
        (True, {"end_time": ENDED, "last_modified_time": MODIFIED}, ENDED),
        (True, {"last_modified_time": MODIFIED}, MODIFIED),
        # A known job was created before its last state, so its creation says nothing about the change.
        (True, {}, None),
        (False, {"end_time": ENDED, "last_modified_time": MODIFIED}, ENDED),
        (False, {"last_modified_time": MODIFIED}, MODIFIED),
        (False, {}, CREATED),
    ],
)
def test_the_time_of_a_change_is_the_most_specific_one_that_was_observed(
    is_known: bool,  # noqa: FBT001 - a case
    times: dict[str, str],
    changed_at: str | None,
) -> None:
    observed = JOB._replace(status="Stopping", **times)  # type: ignore[arg-type]
    merged = observed._replace(end_time="2026-03-01T01:00:00Z", last_modified_time="2026-03-01T01:00:00Z")
    found = changes(RECORD if is_known else None, merged, observed=observed)
    assert [each.at for each in found if each.kind is Kind.STOPPING] == [changed_at]


def stuck_job(**fields: Any) -> Job:
    """Return a job that has been in progress for an hour and a second."""
    return JOB._replace(creation_time=text(NOW - HOUR - SECOND), **fields)


def test_a_job_in_progress_is_stuck_when_it_exceeds_its_limit() -> None:
    phases = {"validation": Phase("InProgress")}
    details = {"phase": "validation", "ageSeconds": 3601, "limitSeconds": 3600, "age": "1 h", "limit": "1 h"}
    record = JobRecord(stuck_job(phases=phases))
    expected = [Change(Kind.STUCK, NOW.isoformat(), "job", details=details)]
    assert changes(record, record.job) == expected
    assert changes(record, record.job, now=NOW - SECOND) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "Stopping"},
        {"status": "Archived", "end_time": ENDED},
        {"customization_type": "DISTILLATION"},
        {"base_model_arn": "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0:300k"},
        {"creation_time": None},
    ],
)
def test_a_job_is_not_stuck_if_it_is_not_in_progress_or_within_its_limit(fields: dict[str, Any]) -> None:
    job = stuck_job()._replace(**fields)
    assert Kind.STUCK not in [each.kind for each in changes(None, job)]


def test_an_event_does_not_find_a_stuck_job() -> None:
    assert changes(JobRecord(stuck_job()), stuck_job(), FoundBy.EVENT) == []


@pytest.mark.parametrize(
    ("phase", "is_stuck"),
    [
        (Phase("InProgress", CREATED), True),
        (Phase("Warming", CREATED), True),
        (Phase("InProgress"), False),
        (Phase("NotStarted", CREATED), False),
        (Phase("Stopping", CREATED), False),
        (Phase("Completed", CREATED), False),
    ],
)
def test_a_phase_in_progress_is_stuck_when_it_exceeds_its_limit(phase: Phase, is_stuck: bool) -> None:  # noqa: FBT001 - a case
    job = JOB._replace(phases={"validation": phase, "training": phase})
    details: dict[str, str | int] = {"phase": "training", "ageSeconds": 1801, "limitSeconds": 1800}
    details |= {"age": "30 min", "limit": "30 min"}
    expected = [Change(Kind.STUCK, (NOW + SECOND).isoformat(), "training", details=details)]
    assert changes(JobRecord(job), job, now=NOW + SECOND) == (expected if is_stuck else [])
    assert changes(JobRecord(job), job) == []


@pytest.mark.parametrize(
    ("scope", "fields", "details"),
    [
        ("job", {"status": "Stopping"}, {"status": "Stopping"}),
        ("job", {"status": "Archived", "end_time": ENDED}, {"status": "Archived"}),
        (
            "training",
            {"phases": {"training": Phase("Stopping")}},
            {"phase": "training", "status": "Stopping"},
        ),
        (
            "training",
            {"phases": {"training": Phase("InProgress")}, "status": "Stopped"},
            {"phase": "training", "status": "Stopped"},
        ),
        ("training", {"status": "Stopped"}, {"phase": "training", "status": "Stopped"}),
        (
            "training",
            {"phases": {"training": Phase("Failed")}, "status": "Stopping"},
            {"phase": "training", "status": "Failed"},
        ),
    ],
)
def test_a_stuck_job_or_phase_is_unstuck_when_it_is_no_longer_in_progress(
    scope: str, fields: dict[str, Any], details: dict[str, str]
) -> None:
    job = JOB._replace(last_modified_time=MODIFIED, **fields)
    unstuck = [each for each in changes(stuck_record(scope), job) if each.kind is Kind.UNSTUCK]
    assert unstuck == [Change(Kind.UNSTUCK, job.end_time or MODIFIED, scope, details=details)]


@pytest.mark.parametrize(
    ("scope", "phase"), [("job", "Completed"), ("training", "InProgress"), ("training", "NotStarted")]
)
def test_a_stuck_job_or_phase_stays_stuck_while_it_is_in_progress(scope: str, phase: str) -> None:
    job = JOB._replace(phases={"training": Phase(phase)})
    record = stuck_record(scope)._replace(job=job)
    assert changes(record, job) == []


def test_several_scopes_are_unstuck_in_a_fixed_order() -> None:
    job = JOB._replace(status="Stopped")
    found = changes(stuck_record("training", "job", "dataProcessing"), job)
    assert [each.scope for each in found if each.kind is Kind.UNSTUCK] == [
        "dataProcessing",
        "job",
        "training",
    ]
