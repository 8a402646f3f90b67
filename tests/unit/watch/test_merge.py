import pytest

from customization_jobs.watch.job import Job, Phase
from customization_jobs.watch.merge import merge_jobs

TIME, EARLIER = "2026-03-01T10:00:00Z", "2026-03-01T10:30:00+01:00"


def job(status: str = "InProgress", **fields: str | None) -> Job:
    return Job("arn:x/1", "n", status, **fields)  # type: ignore[arg-type]


def merge_phases(known: Phase | None, observed: Phase | None) -> Phase | None:
    jobs = [
        Job("arn:x/1", "n", "InProgress", {"training": each} if each else {}) for each in (known, observed)
    ]
    return merge_jobs(*jobs).phases.get("training")


@pytest.mark.parametrize(
    ("known", "observed", "merged"),
    [
        ("InProgress", "Stopping", "Stopping"),
        ("InProgress", "Completed", "Completed"),
        ("Stopping", "Stopped", "Stopped"),
        ("Stopping", "InProgress", "Stopping"),
        ("Completed", "InProgress", "Completed"),
        ("Completed", "Failed", "Completed"),
        ("InProgress", "Paused", "Paused"),
        ("Paused", "InProgress", "InProgress"),
        ("Paused", "Resuming", "Resuming"),
        ("Stopping", "Paused", "Stopping"),
    ],
)
def test_a_job_only_moves_to_a_status_that_can_follow(known: str, observed: str, merged: str) -> None:
    assert merge_jobs(job(known), job(observed)).status == merged


@pytest.mark.parametrize(
    ("known", "observed", "merged"),
    [
        (job("Archived", end_time=TIME), job("InProgress"), "Archived"),
        (job("Archived", end_time=TIME), job("Stopping"), "Archived"),
        (job("Archived", end_time=TIME), job("Deleted", end_time=TIME), "Archived"),
        (job("Archived", end_time=TIME), job("Completed"), "Completed"),
        (job("Stopping"), job("Archived", end_time=TIME), "Archived"),
        (job("InProgress", end_time=TIME), job("Stopping"), "Stopping"),
    ],
)
def test_a_job_with_an_unknown_status_and_an_end_time_has_ended(
    known: Job, observed: Job, merged: str
) -> None:
    assert merge_jobs(known, observed).status == merged


@pytest.mark.parametrize(
    ("known", "observed", "merged"),
    [
        ("NotStarted", "InProgress", "InProgress"),
        ("NotStarted", "Warming", "Warming"),
        ("InProgress", "NotStarted", "InProgress"),
        ("InProgress", "Stopping", "Stopping"),
        ("Stopping", "InProgress", "Stopping"),
        ("Stopping", "Stopped", "Stopped"),
        ("Completed", "Failed", "Completed"),
        # Unlike a job, a phase keeps the first of several unknown statuses.
        ("Warming", "InProgress", "Warming"),
    ],
)
def test_a_phase_only_moves_to_a_status_that_can_follow(known: str, observed: str, merged: str) -> None:
    phase = merge_phases(Phase(known), Phase(observed))
    assert phase is not None
    assert phase.status == merged


@pytest.mark.parametrize(
    ("known", "observed", "merged"),
    [
        (None, Phase("InProgress", "a", "b"), Phase("InProgress", "a", "b")),
        (Phase("InProgress", "a", "b"), None, Phase("InProgress", "a", "b")),
        (Phase("InProgress", "a", "b"), Phase("Completed", "c", "d"), Phase("Completed", "c", "d")),
        (Phase("InProgress", "a", "b"), Phase("Completed"), Phase("Completed", "a")),
        (Phase("InProgress", None, "b"), Phase("InProgress", "c", "d"), Phase("InProgress", "c", "b")),
        (Phase("Completed", "a", "b"), Phase("InProgress", "c", "d"), Phase("Completed", "a", "b")),
    ],
)
def test_the_times_of_a_phase_are_those_of_its_newest_status_and_its_start_is_kept(
    known: Phase | None, observed: Phase | None, merged: Phase
) -> None:
    assert merge_phases(known, observed) == merged


def test_phases_are_in_the_order_of_bedrock() -> None:
    known = Job("arn:x/1", "n", "InProgress", {"training": Phase("NotStarted")})
    observed = Job("arn:x/1", "n", "InProgress", {"validation": Phase("Completed")})
    assert list(merge_jobs(known, observed).phases) == ["validation", "training"]


@pytest.mark.parametrize(
    ("known", "observed", "later"),
    [
        (TIME, EARLIER, TIME),
        (EARLIER, TIME, TIME),
        (None, TIME, TIME),
        (TIME, None, TIME),
        (None, None, None),
    ],
)
def test_the_later_modification_time_is_kept_across_time_zones(
    known: str | None, observed: str | None, later: str | None
) -> None:
    merged = merge_jobs(job(last_modified_time=known), job(last_modified_time=observed))
    assert merged.last_modified_time == later


@pytest.mark.parametrize(
    "name",
    [
        "base_model_arn",
        "customization_type",
        "creation_time",
        "end_time",
        "custom_model_arn",
        "custom_model_name",
    ],
)
def test_known_facts_are_kept_and_unknown_ones_are_added(name: str) -> None:
    assert getattr(merge_jobs(job(**{name: "a"}), job(**{name: "b"})), name) == "a"
    assert getattr(merge_jobs(job(), job(**{name: "b"})), name) == "b"
    assert getattr(merge_jobs(job(**{name: "a"}), job()), name) == "a"


def test_the_arn_and_the_name_stay() -> None:
    merged = merge_jobs(job(), Job("arn:y/1", "other", "InProgress"))
    assert (merged.arn, merged.name) == ("arn:x/1", "n")
