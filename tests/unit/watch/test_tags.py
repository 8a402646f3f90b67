"""Reading the tags of jobs: once, and never at the expense of a transition."""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customization_jobs.errors import AccessDeniedException, CustomizationJobsError, ThrottlingException
from customization_jobs.timeouts import LEASE
from customization_jobs.watch.job_arn import job_key
from customization_jobs.watch.observation import from_summary
from customization_jobs.watch.run import Run
from customization_jobs.watch.tags import TagReader, select_tags
from tests.fakes import NOW
from tests.unit.watch.faults import FaultInjector, Killed
from tests.unit.watch.harness import DAY, WatchHarness
from tests.unit.watch.scenarios import INVOCATIONS, Invocation, busy_harness, started_harness


@pytest.fixture
def harness() -> WatchHarness:
    return started_harness("team")


def tag_reads(harness: WatchHarness, faults: FaultInjector) -> int:
    harness.sweep(faults)
    return faults.calls.count("list_tags")


def test_tags_are_read_once_and_are_in_every_event(harness: WatchHarness) -> None:
    arn = harness.create(1)
    harness.tags[arn] = {"team": "search", "stage": "test"}
    assert tag_reads(harness, FaultInjector()) == 1
    harness.tags[arn] = {"team": "other"}
    harness.change(arn, "Completed")
    assert tag_reads(harness, FaultInjector()) == 0
    assert [(each["kind"], each["owner"], each["tags"]) for each in harness.published] == [
        ("Discovered", "search", {"team": "search", "stage": "test"}),
        ("Completed", "search", {"team": "search", "stage": "test"}),
    ]


def test_a_job_without_the_tag_has_no_owner(harness: WatchHarness) -> None:
    harness.tags[harness.create(1)] = {"stage": "test"}
    harness.tags[harness.create(2)] = {"team": ""}
    harness.create(3)
    assert tag_reads(harness, FaultInjector()) == 3
    assert [each["tags"] for each in harness.published] == [{"stage": "test"}, {"team": ""}, {}]
    assert not any("owner" in each for each in harness.published)
    assert tag_reads(harness, FaultInjector()) == 0


def test_without_an_owner_tag_recorded_tags_are_kept_and_not_published(harness: WatchHarness) -> None:
    arn = harness.create(1)
    harness.tags[arn] = {"team": "search"}
    harness.sweep()
    harness.owner_tag = None
    harness.change(arn, "Completed")
    assert tag_reads(harness, FaultInjector()) == 0
    assert not {"tags", "owner"} & set(harness.published[-1])
    assert harness.existing_record(arn).tags == {"team": "search"}


def test_tags_of_an_event_with_the_short_arn_are_read_by_the_next_sweep(harness: WatchHarness) -> None:
    arn = harness.create(1)
    harness.tags[arn] = {"team": "search"}
    event = harness.event(arn)
    short = {**event, "detail": {**event["detail"], "jobArn": job_key(arn)}}
    faults = FaultInjector()
    assert harness.deliver(short, faults).published == {"Discovered": 1}
    assert "list_tags" not in faults.calls
    assert tag_reads(harness, FaultInjector()) == 1
    assert harness.existing_record(arn).tags == {"team": "search"}
    harness.deliver(harness.change(arn, "Completed"))
    assert harness.published[-1]["owner"] == "search"


def test_tags_of_jobs_from_before_the_watch_are_read_after_everything_is_published() -> None:
    harness = WatchHarness(owner_tag="team")
    old = harness.create(1, status="Completed", created=NOW - 9 * DAY)
    new = harness.create(2)
    harness.tags = {old: {"team": "search"}, new: {"team": "support"}}
    faults = FaultInjector()
    assert tag_reads(harness, faults) == 2
    assert faults.calls[-2:] == ["list_tags", "put"]
    assert harness.existing_record(old).tags == {"team": "search"}
    assert tag_reads(harness, FaultInjector()) == 0


@pytest.mark.parametrize("error", [AccessDeniedException("no"), ThrottlingException("slow down")])
def test_failed_reads_stop_after_three_are_reported_once_and_publish_everything(
    error: CustomizationJobsError,
) -> None:
    harness = started_harness()
    for number in range(20):
        harness.create(number)
    calls: list[str] = []
    reported: list[CustomizationJobsError] = []

    def fail(arn: str) -> list[Any]:
        calls.append(arn)
        raise error

    watch = harness.watch(tags=TagReader(fail, "team", on_failure=reported.append))
    run = Run()
    summary = watch.observe(map(from_summary, harness.jobs.values()), run)
    summary.add(watch.read_unread_tags(run))
    assert (summary.published, summary.errors) == ({"Discovered": 20}, [])
    assert len(calls) == 3
    assert reported == [error]
    assert harness.sleeps == []
    harness.owner_tag = "team"
    assert tag_reads(harness, FaultInjector()) == 20


def test_slow_reads_end_when_the_time_for_them_is_spent(harness: WatchHarness) -> None:
    seconds = iter(range(0, 10_000, 4))
    reader = TagReader(lambda _: [], "team", clock=lambda: next(seconds))
    reads = reader.start()
    arns = [harness.create(number) for number in range(20)]
    harness.owner_tag = None
    harness.sweep()
    done = [reads.complete(harness.existing_record(arn), lambda record: record) for arn in arns]
    # Each takes 4 of 30 seconds.
    assert sum(each is not None for each in done) == 8


def test_the_deadline_ends_the_reads(harness: WatchHarness) -> None:
    harness.owner_tag = None
    harness.create(1)
    harness.sweep()
    harness.owner_tag = "team"
    faults = FaultInjector()
    watch, run = harness.watch(faults), Run()
    watch.observe(map(from_summary, harness.jobs.values()), run)
    run.out_of_time = lambda: True
    watch.read_unread_tags(run)
    assert "list_tags" not in faults.calls


def test_a_table_that_fails_is_spared(harness: WatchHarness) -> None:
    harness.owner_tag = None
    for number in range(10):
        harness.create(number)
    harness.sweep()
    harness.owner_tag = "team"
    # The calls are baseline, get_many, pending_keys, list_tags, put.
    faults = FaultInjector(fail_at={5})
    summary = harness.sweep(faults)
    assert (faults.calls.count("list_tags"), summary.failed) == (1, 1)
    assert tag_reads(harness, FaultInjector()) == 10


def test_a_failure_of_one_job_does_not_stop_the_reads_of_others(harness: WatchHarness) -> None:
    arns = [harness.create(number) for number in range(10)]
    for arn in arns[:5]:
        harness.tags[arn] = None
    harness.sweep()
    assert [harness.existing_record(arn).tags for arn in arns] == [*[None] * 5, *[{}] * 5]
    assert [type(each).__name__ for each in harness.unread] == ["ValidationException"]


EVERY_CALL = [
    (invocation, number, takes_effect)
    for invocation in INVOCATIONS
    for number in range(1, 25)
    for takes_effect in (False, True)
]


def ids(harness: WatchHarness) -> list[str]:
    return sorted(set(harness.published_ids()))


@pytest.mark.parametrize(("invocation", "number", "takes_effect"), EVERY_CALL)
@pytest.mark.parametrize("dies", [True, False])
def test_no_fault_at_any_call_loses_a_transition_or_the_tags(
    invocation: Invocation,
    number: int,
    takes_effect: bool,  # noqa: FBT001 - a case
    dies: bool,  # noqa: FBT001 - a case
) -> None:
    expected = busy_harness()
    invocation(expected, None)
    expected.sweep()
    harness = busy_harness()
    harness.owner_tag = "team"
    harness.tags = {arn: {"team": arn[-1]} for arn in harness.jobs}
    faults = FaultInjector(takes_effect=takes_effect)
    faults.kill_at, faults.fail_at = (number, set()) if dies else (0, {number})
    try:
        summary = invocation(harness, faults)
    except Killed:
        pass
    except CustomizationJobsError:
        assert faults.calls == ["baseline"]
    else:
        if not dies and faults.calls[number - 1 : number] == ["list_tags"]:
            assert (summary.failed, summary.busy) == (0, 0)
            # The same invocation has published everything that it publishes without the fault.
            without_fault = busy_harness()
            invocation(without_fault, None)
            assert ids(harness) == ids(without_fault)
    harness.now += LEASE
    harness.sweep()
    assert ids(harness) == ids(expected)
    assert all(harness.existing_record(arn).tags == harness.tags[arn] for arn in harness.jobs)


def test_a_failed_read_does_not_delay_the_transition(harness: WatchHarness) -> None:
    arn = harness.create(1)
    harness.tags[arn] = {"team": "search"}
    # The calls are baseline, get_many, list_tags, put, publish, put, pending_keys, list_tags, put.
    faults = FaultInjector(fail_at={3, 8})
    summary = harness.sweep(faults)
    assert faults.calls.count("list_tags") == 2
    assert (dict(summary.published), summary.errors) == ({"Discovered": 1}, [])
    assert not {"tags", "owner"} & set(harness.published[0])
    assert harness.sweep().published == {}
    assert harness.existing_record(arn).tags == {"team": "search"}


TEXT = st.text(st.characters(), max_size=300)
TAGS: st.SearchStrategy[Any] = st.lists(
    st.one_of(st.fixed_dictionaries({"key": TEXT, "value": TEXT}), st.none(), st.integers(), st.just({})),
    max_size=80,
)


@given(listed=TAGS)
def test_hostile_tags_are_encodable_and_bounded(listed: list[Any]) -> None:
    tags = select_tags(listed, "team")
    json.dumps(tags, ensure_ascii=False).encode()
    assert len(tags) <= 50
    assert all(0 < len(key) <= 128 and len(value) <= 256 for key, value in tags.items())


def test_the_owner_is_kept_among_too_many_tags() -> None:
    listed = [{"key": f"a{number:03}", "value": "x"} for number in range(200)]
    tags = select_tags([*listed, {"key": "team", "value": "search"}], "team")
    assert len(tags) == 50
    assert tags["team"] == "search"


def test_at_most_500_tags_of_old_jobs_are_read_in_a_sweep_those_in_progress_first(
    harness: WatchHarness,
) -> None:
    harness.owner_tag = None
    for number in range(600):
        harness.create(number, status="Completed", created=NOW - timedelta(days=9))
    active = harness.create(600, created=NOW - timedelta(days=9))
    harness.sweep()
    harness.owner_tag = "team"
    assert tag_reads(harness, FaultInjector()) == 500
    assert harness.existing_record(active).tags == {}
    assert tag_reads(harness, FaultInjector()) == 101
