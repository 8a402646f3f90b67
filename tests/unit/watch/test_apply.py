from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from customization_jobs.watch.apply import Applied, apply_observation
from customization_jobs.watch.observation import Observation, from_event, from_summary
from customization_jobs.watch.record import JobRecord
from tests.fakes import NOW, job, text
from tests.unit.watch.harness import HOUR, POLICY, SECOND

BASELINE = NOW - 1000 * HOUR
MINUTE = timedelta(minutes=1)


def summary(status: str = "InProgress", training: str | None = None, **fields: Any) -> Observation:
    if training:
        fields["statusDetails"] = {"trainingDetails": {"status": training}}
    return from_summary(job(1, status=status, **{"created": NOW - HOUR, **fields}))


def event(status: str, **fields: Any) -> Observation:
    detail = job(1, created=NOW - HOUR)
    return from_event({"detail": {**detail, "jobStatus": status, **fields}, "time": text(NOW)}, "us-east-1")


def apply(
    observation: Observation, record: JobRecord | None = None, *, baseline: datetime = BASELINE
) -> Applied:
    return apply_observation(record, observation, POLICY, baseline=baseline, now=NOW)


def apply_all(*observations: Observation, baseline: datetime = BASELINE) -> JobRecord:
    """Apply observations one after another, and return the last record."""
    record = None
    for each in observations:
        record, _ = apply(each, record, baseline=baseline)
    assert record is not None
    return record


def kinds_found_by(*observations: Observation) -> list[list[str]]:
    """Apply observations one after another, and return the kinds of transition that each one added."""
    record, kinds = None, []
    for each in observations:
        record, found = apply(each, record)
        kinds.append([str(transition.kind) for transition in found])
    return kinds


@pytest.mark.parametrize(
    ("observations", "kinds"),
    [
        ([summary()], [["Discovered"]]),
        ([summary("Completed")], [["Discovered", "Completed"]]),
        ([summary("Failed", "Failed")], [["Discovered", "PhaseChanged", "Failed"]]),
        ([summary(training="NotStarted")], [["Discovered"]]),
        ([summary(), summary()], [["Discovered"], []]),
        ([summary(), summary(training="InProgress")], [["Discovered"], ["PhaseChanged"]]),
        ([summary("Stopping"), summary("Completed")], [["Discovered", "Stopping"], ["Completed"]]),
    ],
)
def test_an_observation_adds_what_has_changed(
    observations: list[Observation], kinds: list[list[str]]
) -> None:
    assert kinds_found_by(*observations) == kinds


@pytest.mark.parametrize(
    ("observations", "kinds"),
    [
        ([summary("Completed"), event("InProgress")], ["Discovered", "Completed"]),
        ([summary("Completed"), event("Stopping")], ["Discovered", "Completed"]),
        ([summary("Completed"), event("Failed")], ["Discovered", "Completed"]),
        ([summary("Stopping"), summary()], ["Discovered", "Stopping"]),
        ([summary(training="Completed"), summary(training="InProgress")], ["Discovered", "PhaseChanged"]),
        ([summary(training="Completed"), summary(training="Stopping")], ["Discovered", "PhaseChanged"]),
    ],
)
def test_an_outdated_observation_adds_nothing(observations: list[Observation], kinds: list[str]) -> None:
    assert kinds_found_by(*observations) == [kinds, []]


@pytest.mark.parametrize(
    ("observations", "kinds"),
    [
        (
            [summary("Paused"), summary(), summary("Paused"), summary("Failed")],
            [["Discovered"], [], [], ["Failed"]],
        ),
        (
            [summary("Archived", endTime=text(NOW)), summary(), summary("Completed")],
            [["Discovered"], [], ["Completed"]],
        ),
        (
            [summary(training="Warming"), summary(training="Failed")],
            [["Discovered", "PhaseChanged"], ["PhaseChanged"]],
        ),
        ([summary("Archived", created=NOW - 900 * HOUR, endTime=text(NOW))], [["Discovered"]]),
        ([summary("Paused", created=NOW - 900 * HOUR)], [["Discovered", "Stuck"]]),
    ],
)
def test_an_unknown_status_counts_as_in_progress_until_the_job_ends(
    observations: list[Observation], kinds: list[list[str]]
) -> None:
    assert kinds_found_by(*observations) == kinds


def test_transitions_are_numbered_through_all_observations() -> None:
    record = apply_all(summary(), summary("Stopping", "Stopping"), summary("Stopped", "Stopped"))
    assert [(str(each.kind), each.sequence) for each in record.pending] == [
        ("Discovered", 1),
        ("PhaseChanged", 2),
        ("Stopping", 3),
        ("PhaseChanged", 4),
        ("Stopped", 5),
    ]
    assert len({each.id for each in record.pending}) == 5


def test_newly_known_facts_are_added_without_a_transition() -> None:
    observations = (event("InProgress", baseModelArn=None), summary(customizationType="FINE_TUNING"))
    assert kinds_found_by(*observations) == [["Discovered"], []]
    record = apply_all(*observations)
    assert record.job.customization_type == "FINE_TUNING"
    assert record.job.base_model_arn == job(1)["baseModelArn"]


@pytest.mark.parametrize("last_modified", [None, text(NOW - MINUTE)])
def test_progress_within_a_phase_is_not_written(last_modified: str | None) -> None:
    record = apply_all(summary(training="InProgress", lastModifiedTime=last_modified))
    applied = apply(summary(training="InProgress", lastModifiedTime=text(NOW)), record)
    assert applied.record is record
    assert applied.found == ()


@pytest.mark.parametrize(
    ("ended", "is_ignored"), [(NOW - POLICY.retention, True), (NOW - POLICY.retention + SECOND, False)]
)
def test_an_unknown_job_is_ignored_once_its_record_would_have_expired(
    ended: datetime,
    is_ignored: bool,  # noqa: FBT001 - a case
) -> None:
    observation = summary("Stopped", created=ended - HOUR, endTime=text(ended))
    assert (apply(observation) == Applied(None)) is is_ignored


def test_a_job_in_progress_is_never_ignored() -> None:
    record = apply_all(summary("InProgress", created=NOW - 2 * POLICY.retention))
    assert [str(each.kind) for each in record.transitions] == ["Discovered", "Stuck"]


def test_a_known_job_is_never_ignored() -> None:
    record = apply_all(summary("InProgress"))
    applied, found = apply(summary("Stopped", endTime=text(NOW - POLICY.retention)), record)
    assert applied is not None
    assert [str(each.kind) for each in found] == ["Stopped"]


@pytest.mark.parametrize(
    ("observation", "is_ignored"),
    [
        (event("InProgress", lastModifiedTime=text(NOW - POLICY.retention)), True),
        (event("InProgress", lastModifiedTime=text(NOW - POLICY.retention + SECOND)), False),
        (event("Stopping", lastModifiedTime=text(NOW - POLICY.retention)), True),
        (event("Failed", endTime=text(NOW - POLICY.retention)), True),
        (summary("InProgress", created=NOW - POLICY.retention), False),
    ],
)
def test_an_event_of_an_unknown_job_is_ignored_if_it_is_older_than_the_retention(
    observation: Observation,
    is_ignored: bool,  # noqa: FBT001 - a case
) -> None:
    assert (apply(observation) == Applied(None)) is is_ignored


def test_transitions_from_before_the_baseline_that_a_first_sweep_finds_are_only_recorded() -> None:
    baseline = NOW - 30 * MINUTE
    details = {"trainingDetails": {"status": "InProgress", "lastModifiedTime": text(NOW)}}
    record = apply_all(summary(statusDetails=details), baseline=baseline)
    assert [each.kind for each in record.timeline] == ["Discovered"]
    assert [each.kind for each in record.pending] == ["PhaseChanged"]


@pytest.mark.parametrize("read", [summary, event])
@pytest.mark.parametrize(
    ("ended", "is_published"), [(NOW - 35 * MINUTE, True), (NOW - 35 * MINUTE - SECOND, False)]
)
def test_five_minutes_of_clock_skew_around_the_baseline_swallow_nothing(
    read: Callable[..., Observation],
    ended: datetime,
    is_published: bool,  # noqa: FBT001 - a case
) -> None:
    record = apply_all(read("Completed", endTime=text(ended)), baseline=NOW - 30 * MINUTE)
    assert ("Completed" in [each.kind for each in record.pending]) is is_published
    assert len(record.transitions) == 2


def test_a_sweep_publishes_an_old_end_of_a_known_job() -> None:
    old = text(NOW - 40 * MINUTE)
    record = apply_all(summary(), summary("Completed", endTime=old), baseline=NOW - 30 * MINUTE)
    # Bedrock may list a change late.
    assert [each.kind for each in record.pending] == ["Completed"]


def test_an_event_of_a_job_that_ended_before_the_baseline_is_only_recorded() -> None:
    record = apply_all(event("Completed", endTime=text(NOW - 40 * MINUTE)), baseline=NOW - 30 * MINUTE)
    assert [each.kind for each in record.timeline] == ["Discovered", "Completed"]
    assert record.pending == ()


def test_an_event_of_a_job_that_was_created_before_the_baseline_is_published() -> None:
    record = apply_all(event("InProgress"), baseline=NOW - 30 * MINUTE)
    assert [each.kind for each in record.pending] == ["Discovered"]


def test_old_phases_that_a_sweep_finds_after_an_event_are_only_recorded() -> None:
    old, new = text(NOW - 40 * MINUTE), text(NOW - 5 * MINUTE)
    details = {
        "validationDetails": {"status": "Completed", "lastModifiedTime": old},
        "trainingDetails": {"status": "Completed", "lastModifiedTime": new},
    }
    record = apply_all(
        event("Completed", endTime=new),
        summary("Completed", statusDetails=details),
        baseline=NOW - 30 * MINUTE,
    )
    assert [each.scope for each in record.timeline] == ["validation"]
    assert [(str(each.kind), each.scope) for each in record.pending] == [
        ("Discovered", "job"),
        ("Completed", "job"),
        ("PhaseChanged", "training"),
    ]


def test_the_time_of_a_transition_is_bedrocks_if_it_gives_one() -> None:
    end, phase = text(NOW - 5 * MINUTE), text(NOW - 6 * MINUTE)
    details = {"trainingDetails": {"status": "Completed", "lastModifiedTime": phase}}
    record = apply_all(summary(), summary("Completed", endTime=end, statusDetails=details))
    assert [each.at for each in record.pending] == [text(NOW - HOUR), phase, end]


def test_the_time_of_a_transition_is_otherwise_that_of_its_discovery() -> None:
    record = apply_all(summary(), summary("Completed"))
    assert record.pending[-1].at == NOW.isoformat()
