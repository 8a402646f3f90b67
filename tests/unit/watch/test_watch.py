"""What the watch publishes when nothing goes wrong."""

from typing import Any

from customization_jobs.watch.job_arn import job_key
from customization_jobs.watch.observation import from_summary
from customization_jobs.watch.run import Run
from tests.fakes import text
from tests.unit.watch.faults import FaultInjector
from tests.unit.watch.harness import DAY, HOUR, POLICY, SECOND, WatchHarness


def test_a_job_is_published_from_its_discovery_to_its_end(harness: WatchHarness) -> None:
    arn = harness.create(1)
    published = []
    for change in (
        {},
        {"validation": "InProgress", "training": "NotStarted"},
        {"validation": "Completed", "dataProcessing": "InProgress"},
        {"dataProcessing": "Completed", "training": "InProgress"},
        {"training": "Completed", "status": "Completed"},
    ):
        harness.now += HOUR
        harness.change(arn, **change)
        summary = harness.sweep()
        published.append(dict(summary.published))
    assert harness.published_kinds() == [
        "Discovered",
        "validation=InProgress",
        "validation=Completed",
        "dataProcessing=InProgress",
        "dataProcessing=Completed",
        "training=InProgress",
        "training=Completed",
        "Completed",
    ]
    assert [each["sequence"] for each in harness.published] == list(range(1, 9))
    assert published == [
        {"Discovered": 1},
        {"PhaseChanged": 1},
        {"PhaseChanged": 2},
        {"PhaseChanged": 2},
        {"PhaseChanged": 1, "Completed": 1},
    ]
    assert summary.missed_events == 1
    record = harness.existing_record(arn)
    assert (record.pending, record.claim) == ((), None)
    assert [each.id for each in record.timeline] == harness.published_ids()
    assert all(each.published for each in record.timeline)


def test_a_sweep_and_events_publish_each_transition_once(harness: WatchHarness) -> None:
    arn = harness.create(1)
    created = harness.event(arn)
    harness.deliver(created)
    harness.sweep()
    completed = harness.change(arn, "Completed")
    assert harness.deliver(completed).published == {"Completed": 1}
    assert harness.sweep().published == {}
    # Duplicate and outdated events change nothing.
    for event in (completed, created, completed):
        assert harness.deliver(event).published == {}
    assert harness.published_kinds() == ["Discovered", "Completed"]
    assert [each["foundBy"] for each in harness.published] == ["event", "event"]


def test_a_status_that_a_sweep_finds_first_counts_as_a_missed_event(harness: WatchHarness) -> None:
    one, other = harness.create(1), harness.create(2)
    harness.deliver(harness.event(one))
    harness.deliver(harness.change(one, "Completed"))
    late = harness.change(other, "Stopping")
    summary = harness.sweep()
    assert (summary.missed_events, dict(summary.published)) == (1, {"Discovered": 1, "Stopping": 1})
    assert harness.deliver(late).published == {}


def test_the_first_sweep_records_old_transitions_and_publishes_current_ones() -> None:
    harness = WatchHarness()
    arns = [
        harness.create(n, created=harness.now - 90 * DAY, status="Completed", endTime="2026-01-01T00:00:00Z")
        for n in range(250)
    ]
    arns.append(harness.create(990, created=harness.now - 2 * HOUR))
    stuck = harness.create(991, created=harness.now - 2 * DAY)
    summary = harness.sweep()
    assert (dict(summary.published), summary.missed_events) == ({"Stuck": 1}, 0)
    assert summary.recorded_only == 250 * 2 + 2
    assert harness.published_kinds(stuck) == ["Stuck"]
    for arn in arns:
        record = harness.existing_record(arn)
        assert record.timeline[0].kind == "Discovered"
        assert record.claim is None
        assert not any(each.published for each in record.timeline)
    # Later transitions of these jobs are published like those of any other job.
    harness.now += HOUR
    harness.change(arns[-1], "Failed")
    new = harness.create(1000)
    summary = harness.sweep()
    assert (harness.published_kinds(arns[-1]), harness.published_kinds(new)) == (["Failed"], ["Discovered"])
    assert summary.recorded_only == 0
    assert harness.sweep().published == {}


def test_an_old_job_that_ends_after_the_watch_started_is_published() -> None:
    harness = WatchHarness()
    arn = harness.create(1, created=harness.now - DAY)
    harness.watch().start()
    harness.now += HOUR
    harness.change(arn, "Failed")
    harness.sweep()
    assert harness.published_kinds() == ["Failed"]


def test_the_baseline_is_read_once_in_an_execution_environment(harness: WatchHarness) -> None:
    faults = FaultInjector()
    watch = harness.watch(faults)
    assert watch.start() == watch.start() == harness.table.baseline
    watch.observe([])
    assert faults.calls == ["baseline"]


def test_a_job_whose_record_would_have_expired_is_ignored(harness: WatchHarness) -> None:
    harness.create(1, created=harness.now - 500 * DAY, status="Completed")
    harness.sweep()
    assert harness.table.items == {}


def test_a_stuck_job_and_its_end_are_each_published_once(harness: WatchHarness) -> None:
    arn = harness.create(1)
    harness.change(arn, validation="Completed", training="InProgress")
    harness.sweep()
    harness.now += 12 * HOUR
    assert harness.sweep().published == {}
    harness.now += SECOND
    assert harness.sweep().published == {"Stuck": 1}
    assert harness.published[-1]["transition"] == {
        "scope": "training",
        "phase": "training",
        "ageSeconds": 12 * 3600 + 1,
        "limitSeconds": 12 * 3600,
        "age": "12 h",
        "limit": "12 h",
    }
    harness.now += DAY
    assert harness.sweep().published == {"Stuck": 1}
    assert harness.published[-1]["transition"] == {
        "scope": "job",
        "phase": "training",
        "ageSeconds": 36 * 3600 + 1,
        "limitSeconds": 24 * 3600,
        "age": "1 d 12 h",
        "limit": "1 d",
    }
    assert harness.sweep().published == {}
    assert harness.existing_record(arn).stuck == {"job", "training"}
    harness.change(arn, training="Completed")
    assert harness.sweep().published == {"PhaseChanged": 1, "Unstuck": 1}
    assert harness.published[-1]["transition"] == {
        "scope": "training",
        "phase": "training",
        "status": "Completed",
    }
    assert harness.deliver(harness.change(arn, "Completed")).published == {"Completed": 1, "Unstuck": 1}
    assert harness.published[-1]["kind"] == "Unstuck"
    assert harness.published[-1]["transition"] == {"scope": "job", "status": "Completed"}


def test_an_outdated_event_does_not_make_a_job_stuck(harness: WatchHarness) -> None:
    event = harness.event(harness.create(1))
    harness.now += 3 * DAY
    assert harness.deliver(event).published == {"Discovered": 1}


def test_an_observation_that_adds_nothing_is_not_written(harness: WatchHarness) -> None:
    harness.create(1)
    harness.sweep()
    faults = FaultInjector()
    harness.sweep(faults)
    assert faults.calls == ["baseline", "get_many", "pending_keys"]


def test_a_new_fact_is_written_without_publishing_anything(harness: WatchHarness) -> None:
    arn = harness.create(1)
    harness.sweep()
    harness.jobs[arn]["customizationType"] = "FINE_TUNING"
    faults = FaultInjector()
    assert harness.sweep(faults).published == {}
    assert faults.calls == ["baseline", "get_many", "put", "pending_keys"]
    assert harness.existing_record(arn).job.customization_type == "FINE_TUNING"


def test_several_observations_of_a_job_are_processed_in_order(harness: WatchHarness) -> None:
    arn = harness.create(1)
    first = from_summary(harness.jobs[arn])
    harness.change(arn, "Completed")
    harness.watch().observe([first, from_summary(harness.jobs[arn]), first])
    assert harness.published_kinds() == ["Discovered", "Completed"]


def test_jobs_are_read_a_hundred_at_a_time_until_the_time_has_run_out(harness: WatchHarness) -> None:
    for number in range(350):
        harness.create(number)
    faults = FaultInjector()
    watch = harness.watch(faults)
    summary = watch.observe(
        map(from_summary, harness.jobs.values()), Run(lambda: len(harness.published) >= 200)
    )
    assert (summary.published["Discovered"], summary.skipped) == (200, 150)
    assert faults.calls.count("get_many") == 2


def test_published_transitions_are_passed_on_and_refused_ones_are_not(harness: WatchHarness) -> None:
    arn = harness.create(1, status="Completed")
    harness.bus.refused = {2}
    passed_on: list[Any] = []
    watch = harness.watch(on_published=passed_on.append)
    watch.observe([from_summary(harness.jobs[arn])])
    assert [(each.job.arn, each.transition.kind) for each in passed_on] == [(arn, "Discovered")]


def test_a_late_event_of_a_job_whose_record_has_expired_publishes_nothing(harness: WatchHarness) -> None:
    arn = harness.create(1)
    created = harness.event(arn)
    harness.sweep()
    harness.now += HOUR
    failed = harness.change(arn, "Failed")
    harness.sweep()
    harness.now += POLICY.retention
    # DynamoDB has deleted the record.
    harness.table.items.clear()
    for event in (created, failed):
        assert harness.deliver(event).published == {}
    assert harness.sweep().published == {}
    assert harness.table.items == {}


def test_a_job_that_hangs_in_stopping_is_stuck_until_it_ends(harness: WatchHarness) -> None:
    arn = harness.create(1)
    harness.sweep()
    harness.now += 2 * DAY
    harness.sweep()
    harness.deliver(harness.change(arn, "Stopping"))
    assert harness.published_kinds() == ["Discovered", "Stuck", "Stopping", "Unstuck"]
    # The age of the job no longer matters.
    harness.now += DAY
    assert harness.sweep().published == {}
    harness.now += SECOND
    assert harness.sweep().published == {"Stuck": 1}
    assert harness.published[-1]["transition"] == {
        "scope": "job",
        "ageSeconds": 24 * 3600 + 1,
        "limitSeconds": 24 * 3600,
        "age": "1 d",
        "limit": "1 d",
        "status": "Stopping",
    }
    assert harness.existing_record(arn).stuck == {"job"}
    assert harness.sweep().published == {}
    harness.change(arn, "Stopped")
    assert harness.sweep().published == {"Stopped": 1, "Unstuck": 1}
    assert harness.published[-1]["transition"] == {"scope": "job", "status": "Stopped"}
    assert harness.existing_record(arn).stuck == frozenset()
    assert harness.sweep().published == {}


def test_a_job_that_is_first_seen_hanging_in_stopping_is_stuck(harness: WatchHarness) -> None:
    arn = harness.create(1, status="Stopping", lastModifiedTime=text(harness.now))
    without_time = harness.create(2, status="Stopping")
    harness.now += DAY + SECOND
    harness.sweep()
    assert harness.published_kinds(arn) == ["Discovered", "Stopping", "Stuck"]
    assert harness.published_kinds(without_time) == ["Discovered", "Stopping"]


def test_events_and_lists_with_different_forms_of_the_arn_make_one_job(harness: WatchHarness) -> None:
    one, other = harness.create(1), harness.create(2)

    def short_event(arn: str) -> dict[str, Any]:
        event = harness.event(arn)
        event["detail"]["jobArn"] = event["resources"][0] = job_key(arn)
        return event

    # One job is first seen by an event, the other by a sweep.
    harness.deliver(short_event(one))
    harness.sweep()
    harness.change(one, "Completed")
    harness.change(other, "Failed")
    for arn in (one, other):
        harness.deliver(short_event(arn))
    assert harness.sweep().published == {}
    assert len(harness.table.items) == 2
    kinds = [(job_key(each["job"]["jobArn"]), each["kind"]) for each in harness.published]
    assert kinds == [
        (job_key(one), "Discovered"),
        (job_key(other), "Discovered"),
        (job_key(one), "Completed"),
        (job_key(other), "Failed"),
    ]
    # The longer form is kept: Bedrock's operations do not accept the shorter one.
    assert [harness.existing_record(arn).job.arn for arn in (one, other)] == [one, other]


def test_two_forms_of_an_arn_in_one_page_are_one_job(harness: WatchHarness) -> None:
    arn = harness.create(1)
    short = {**harness.jobs[arn], "jobArn": job_key(arn)}
    summary = harness.watch().observe([from_summary(short), from_summary(harness.jobs[arn])])
    assert (summary.published, summary.failed) == ({"Discovered": 1}, 0)
