from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customization_jobs.eta.expected_end import ExpectedEnd, Reason, RunningJob, expected_end
from customization_jobs.eta.history import History
from tests.fakes import NOW, job, text
from tests.unit.eta.histories import history_of

MINUTE = timedelta(minutes=1)
JOB = RunningJob("FINE_TUNING", "m", NOW)
IN_TRAINING = JOB._replace(phase="training", phase_started=NOW + 10 * MINUTE)
MINUTES = [60 * each for each in range(1, 101)]
NOTHING = History()


def expect(running: RunningJob, of_model: History, of_type: History = NOTHING, minutes: int = 0) -> Any:
    found = expected_end(running, of_model, of_type, NOW + minutes * MINUTE)
    return found and found.to_json()


def at(minutes: int) -> str:
    return (NOW + minutes * MINUTE).isoformat().replace("+00:00", "Z")


def test_a_job_is_expected_to_end_when_others_of_its_type_and_model_did() -> None:
    similar = {"similarBy": ["customizationType", "baseModel"]}
    history = history_of(MINUTES)
    assert expect(JOB, history) == {"earliest": at(5), "latest": at(96), "basedOn": 100, **similar}
    assert expect(JOB, history, minutes=50) == {
        "earliest": at(52),
        "latest": at(99),
        "basedOn": 50,
        **similar,
    }


def test_the_current_phase_counts_from_its_start() -> None:
    history = history_of([9 * 3600] * 40, training=1800)
    assert expect(IN_TRAINING, history, minutes=20) == {
        "earliest": at(40),
        "latest": at(40),
        "basedOn": 40,
        "similarBy": ["customizationType", "baseModel", "phase"],
    }


@pytest.mark.parametrize(
    ("of_model", "of_type", "based_on", "similar_by"),
    [
        (history_of(MINUTES), history_of(MINUTES), 100, ["customizationType", "baseModel"]),
        (history_of(MINUTES[:18]), history_of(MINUTES), 100, ["customizationType"]),
        (history_of(MINUTES[:18]), history_of(MINUTES, 60), 100, ["customizationType", "phase"]),
        (NOTHING, history_of(MINUTES[:19]), 19, ["customizationType"]),
    ],
)
def test_with_too_few_similar_jobs_less_similar_ones_count(
    of_model: History, of_type: History, based_on: int, similar_by: list[str]
) -> None:
    # Only the last history contains durations of training.
    running = JOB._replace(phase="training", phase_started=NOW)
    found = expect(running, of_model, of_type)
    assert (found["basedOn"], found["similarBy"]) == (based_on, similar_by)


@pytest.mark.parametrize(("of_model", "of_type", "jobs"), [(0, 0, 0), (3, 3, 3), (3, 18, 18)])
def test_too_few_jobs_are_said_to_be_too_few(of_model: int, of_type: int, jobs: int) -> None:
    assert expect(JOB, history_of(MINUTES[:of_model]), history_of(MINUTES[:of_type])) == {
        "earliest": None,
        "latest": None,
        "basedOn": jobs,
        "reason": "TooFewJobs",
    }


def test_too_few_jobs_that_took_longer_are_too_few() -> None:
    found = expect(JOB, history_of(MINUTES), minutes=92)
    assert (found["basedOn"], found["reason"]) == (8, "TooFewJobs")


def test_a_job_is_late_from_the_end_of_the_interval_at_the_start_of_its_phase() -> None:
    history = history_of(MINUTES)
    assert "lateSince" not in expect(JOB, history, minutes=96)
    late = expected_end(JOB, history, NOTHING, NOW + 97 * MINUTE)
    assert late is not None
    assert late.is_late
    similar = {"similarBy": ["customizationType", "baseModel"]}
    assert late.to_json() == {
        "earliest": None,
        "latest": None,
        "basedOn": 100,
        **similar,
        "reason": "Late",
        "lateSince": at(96),
    }
    assert late.interval_json() == {"earliest": at(5), "latest": at(96), "basedOn": 100, **similar}


def test_only_the_most_similar_jobs_decide_whether_a_job_is_late() -> None:
    of_model, of_type = history_of([60 * 60] * 19), history_of([60] * 100)
    assert expect(JOB, of_model, of_type, minutes=59)["basedOn"] == 19
    assert expect(JOB, history_of([60 * 60] * 18), of_type, minutes=2)["reason"] == "Late"
    # The job is not late in its phase, although it is late as a whole.
    in_phase = history_of([60] * 40, training=3600)
    assert expect(IN_TRAINING, in_phase, minutes=20)["similarBy"][-1] == "phase"


def test_a_job_from_the_future_has_no_expected_end() -> None:
    assert expect(JOB, history_of(MINUTES), minutes=-2 * 24 * 60) is None
    assert expect(JOB, history_of(MINUTES), minutes=-5)["earliest"] == at(5)


def test_a_running_job_is_read_from_its_summary() -> None:
    details = {
        "validationDetails": {"status": "Completed", "creationTime": text(NOW)},
        "dataProcessingDetails": {"status": "InProgress", "creationTime": text(NOW + MINUTE)},
        "trainingDetails": {"status": "NotStarted"},
    }
    summary = job(status="InProgress", customizationType="FINE_TUNING", statusDetails=details)
    assert RunningJob.from_summary(summary) == RunningJob(
        "FINE_TUNING", "amazon.nova-lite-v1:0:300k", NOW, "dataProcessing", NOW + MINUTE
    )


@pytest.mark.parametrize("status", ["Completed", "Failed", "Stopping", "Stopped", "Paused", None])
def test_only_jobs_in_progress_are_expected_to_end(status: Any) -> None:
    assert RunningJob.from_summary({**job(), "status": status}) is None


@pytest.mark.parametrize(
    "details", [None, 5, {"trainingDetails": 5}, {"trainingDetails": {"status": "InProgress"}}, {"x": {}}]
)
def test_a_job_in_an_unknown_phase_counts_from_its_creation(details: Any) -> None:
    running = RunningJob.from_summary(job(status="InProgress", statusDetails=details))
    assert running == RunningJob(None, "amazon.nova-lite-v1:0:300k", NOW)


durations = st.lists(st.integers(0, 30 * 365 * 86_400), max_size=60)
times = st.datetimes(timezones=st.just(UTC))
phases = st.sampled_from(["validation", "dataProcessing", "training", None])


@given(durations, durations, st.none() | st.integers(0, 10**6), times, times, phases)
def test_an_expected_end_is_a_future_interval_or_a_reason(
    of_model: list[int],
    of_type: list[int],
    training: int | None,
    created: datetime,
    started: datetime,
    phase: Any,
) -> None:
    running = RunningJob(None, None, created, phase, started if phase else None)
    found: ExpectedEnd | None
    found = expected_end(running, history_of(of_model, training), history_of(of_type), NOW)
    if found is None:
        assert created > NOW
        return
    shown = found.to_json()
    assert (shown["earliest"] is None) == (shown["latest"] is None) == ("reason" in shown)
    if found.earliest and found.latest:
        assert found.earliest <= found.latest
        assert (found.latest < NOW) == (found.reason is Reason.LATE)
        assert found.is_late or found.earliest >= NOW
