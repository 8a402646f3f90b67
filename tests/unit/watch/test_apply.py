from datetime import timedelta
from typing import Any

import pytest

from customization_jobs.watch.apply import apply_observation
from customization_jobs.watch.observation import Observation, from_event, from_summary
from customization_jobs.watch.record import JobRecord
from tests.fakes import NOW, job, text
from tests.unit.watch.harness import POLICY

HOUR = timedelta(hours=1)
SINCE = NOW - 1000 * HOUR


def summary(status: str = "InProgress", training: str | None = None, **fields: Any) -> Observation:
    if training:
        fields["statusDetails"] = {"trainingDetails": {"status": training}}
    return from_summary(job(1, status=status, **{"created": NOW - HOUR, **fields}))


def event(status: str, **fields: Any) -> Observation:
    made = job(1, created=NOW - HOUR)
    return from_event({"detail": {**made, "jobStatus": status, **fields}, "time": text(NOW)})


def see(*seen: Observation, since: Any = SINCE) -> tuple[JobRecord | None, list[list[str]]]:
    """Take in observations one after another; list the kinds that each added."""
    record, kinds = None, []
    for each in seen:
        record, found = apply_observation(record, each, POLICY, baseline=since, now=NOW)
        kinds.append([str(one.kind) for one in found])
    return record, kinds


@pytest.mark.parametrize(
    ("seen", "kinds"),
    [
        ([summary()], [["Discovered"]]),
        ([summary("Completed")], [["Discovered", "Completed"]]),
        ([summary("Failed", "Failed")], [["Discovered", "PhaseChanged", "Failed"]]),
        ([summary(training="NotStarted")], [["Discovered"]]),
        ([summary(), summary()], [["Discovered"], []]),
        ([summary(), summary(training="InProgress")], [["Discovered"], ["PhaseChanged"]]),
        # Old pieces of news.
        (
            [summary("Completed"), event("InProgress"), event("Stopping")],
            [["Discovered", "Completed"], [], []],
        ),
        ([summary("Completed"), event("Failed")], [["Discovered", "Completed"], []]),
        ([summary("Stopping"), summary()], [["Discovered", "Stopping"], []]),
        ([summary("Stopping"), summary("Completed")], [["Discovered", "Stopping"], ["Completed"]]),
        (
            [summary(training="Completed"), summary(training="InProgress"), summary(training="Stopping")],
            [["Discovered", "PhaseChanged"], [], []],
        ),
        # Values that are not known yet.
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
    ],
)
def test_what_follows_what(seen: list[Observation], kinds: list[list[str]]) -> None:
    record, found = see(*seen)
    assert found == kinds
    assert record is not None
    assert [each.sequence for each in record.pending] == list(range(1, len(record.pending) + 1))


def test_an_unknown_status_that_ended_is_not_stuck() -> None:
    _, kinds = see(summary("Archived", created=NOW - 900 * HOUR, endTime=text(NOW)))
    assert kinds == [["Discovered"]]
    _, kinds = see(summary("Paused", created=NOW - 900 * HOUR))
    assert kinds == [["Discovered", "Stuck"]]


def test_what_cannot_change_is_kept_and_what_was_unknown_is_taken() -> None:
    record, kinds = see(event("InProgress", baseModelArn=None), summary(customizationType="FINE_TUNING"))
    assert kinds == [["Discovered"], []]
    assert record is not None
    assert record.job.customization_type == "FINE_TUNING"
    assert record.job.base_model_arn == job(1)["baseModelArn"]


def test_what_is_as_known_is_not_written() -> None:
    record, _ = see(summary(training="InProgress"))
    again, found = apply_observation(
        record, summary(training="InProgress", lastModifiedTime=text(NOW)), POLICY, baseline=SINCE, now=NOW
    )
    assert again is record
    assert found == ()


def test_only_the_first_look_of_a_sweep_is_silent() -> None:
    since = NOW - timedelta(minutes=30)
    old = text(NOW - timedelta(minutes=40))
    details = {"trainingDetails": {"status": "InProgress", "lastModifiedTime": text(NOW)}}
    record, _ = see(summary(statusDetails=details), since=since)
    assert record is not None
    assert ([each.kind for each in record.timeline], len(record.pending)) == (["Discovered"], 1)
    # Bedrock can be late with what it lists.
    record, _ = see(summary(), summary("Completed", endTime=old), since=since)
    assert record is not None
    assert [each.kind for each in record.pending] == ["Completed"]
    record, _ = see(event("Completed", endTime=old), since=since)
    assert record is not None
    assert [each.kind for each in record.pending] == ["Discovered", "Completed"]


def test_old_phases_that_a_sweep_finds_after_an_event_are_no_news() -> None:
    since = NOW - timedelta(minutes=30)
    old, new = text(NOW - timedelta(minutes=40)), text(NOW - timedelta(minutes=5))
    details = {
        "validationDetails": {"status": "Completed", "lastModifiedTime": old},
        "trainingDetails": {"status": "Completed", "lastModifiedTime": new},
    }
    record, _ = see(event("Completed", endTime=new), summary("Completed", statusDetails=details), since=since)
    assert record is not None
    assert [each.scope for each in record.timeline] == ["validation"]
    assert [(str(each.kind), each.scope) for each in record.pending] == [
        ("Discovered", "job"),
        ("Completed", "job"),
        ("PhaseChanged", "training"),
    ]


def test_times_are_bedrocks_where_it_says_them() -> None:
    end, phase = text(NOW - timedelta(minutes=5)), text(NOW - timedelta(minutes=6))
    details = {"trainingDetails": {"status": "Completed", "lastModifiedTime": phase}}
    record, _ = see(summary(), summary("Completed", endTime=end, statusDetails=details))
    assert record is not None
    assert [each.at for each in record.pending] == [text(NOW - HOUR), phase, end]
    record, _ = see(summary(), summary("Completed"))
    assert record is not None
    assert record.pending[-1].at == NOW.isoformat()
