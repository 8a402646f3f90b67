import itertools
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest

from customization_jobs.errors import WatchUnavailableException
from customization_jobs.timeouts import LEASE
from customization_jobs.watch.observation import from_summary
from customization_jobs.watch.parallel import in_threads
from customization_jobs.watch.summary import WatchSummary
from tests.unit.watch.harness import DAY, FaultInjector, Killed, WatchHarness

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
Act = Callable[[WatchHarness, FaultInjector | None], WatchSummary]


@pytest.fixture
def harness() -> WatchHarness:
    """Make a harness that is watched already."""
    harness = WatchHarness()
    harness.sweep()
    harness.now += HOUR
    return harness


def ids(harness: WatchHarness) -> list[str]:
    return [each["id"] for each in harness.published]


def test_a_job_is_told_from_its_beginning_to_its_end(harness: WatchHarness) -> None:
    arn = harness.create(1)
    told = []
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
        told.append(dict(summary.published))
    assert harness.kinds() == [
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
    assert told == [
        {"Discovered": 1},
        {"PhaseChanged": 1},
        {"PhaseChanged": 2},
        {"PhaseChanged": 2},
        {"PhaseChanged": 1, "Completed": 1},
    ]
    assert summary.missed_events == 1
    record = harness.record(arn)
    assert record is not None
    assert (record.pending, record.claim) == ((), None)
    assert [each.id for each in record.timeline] == ids(harness)
    assert all(each.published for each in record.timeline)


def test_sweep_and_event_together_tell_once(harness: WatchHarness) -> None:
    arn = harness.create(1)
    created = harness.event(arn)
    harness.deliver(created)
    harness.sweep()
    completed = harness.change(arn, "Completed")
    assert harness.deliver(completed).published == {"Completed": 1}
    assert harness.sweep().published == {}
    # Duplicates, late ones and those out of order change nothing.
    for event in (completed, created, completed):
        assert harness.deliver(event).published == {}
    assert harness.kinds() == ["Discovered", "Completed"]
    assert [each["foundBy"] for each in harness.published] == ["event", "event"]


def test_what_only_the_sweep_found_is_missed(harness: WatchHarness) -> None:
    one, other = harness.create(1), harness.create(2)
    harness.deliver(harness.event(one))
    harness.deliver(harness.change(one, "Completed"))
    late = harness.change(other, "Stopping")
    summary = harness.sweep()
    assert (summary.missed_events, dict(summary.published)) == (1, {"Discovered": 1, "Stopping": 1})
    assert harness.deliver(late).published == {}


def test_the_first_sweep_records_what_is_old_and_tells_what_is_not() -> None:
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
    assert harness.kinds(stuck) == ["Stuck"]
    for arn in arns:
        record = harness.record(arn)
        assert record is not None
        assert record.timeline[0].kind == "Discovered"
        assert not any(each.published for each in record.timeline)
    # From there on they are jobs as all others are.
    harness.now += HOUR
    harness.change(arns[-1], "Failed")
    new = harness.create(1000)
    summary = harness.sweep()
    assert (harness.kinds(arns[-1]), harness.kinds(new)) == (["Failed"], ["Discovered"])
    assert summary.recorded_only == 0
    assert harness.sweep().published == {}


def test_what_ended_after_the_watch_began_is_told_though_the_job_is_old() -> None:
    harness = WatchHarness()
    arn = harness.create(1, created=harness.now - DAY)
    harness.watch().start()
    harness.now += HOUR
    harness.change(arn, "Failed")
    harness.sweep()
    assert harness.kinds() == ["Failed"]


def test_a_job_that_ended_longer_ago_than_records_are_kept_is_left_alone(harness: WatchHarness) -> None:
    harness.create(1, created=harness.now - 500 * DAY, status="Completed")
    harness.sweep()
    assert harness.table.items == {}


def test_a_stuck_job_is_told_once_and_so_is_its_end(harness: WatchHarness) -> None:
    arn = harness.create(1)
    harness.change(arn, validation="Completed", training="InProgress")
    harness.sweep()
    harness.now += 12 * HOUR
    assert harness.sweep().published == {}
    harness.now += SECOND
    assert harness.sweep().published == {"Stuck": 1}
    phase = harness.published[-1]["transition"]
    assert phase == {
        "scope": "training",
        "phase": "training",
        "ageSeconds": 12 * 3600 + 1,
        "limitSeconds": 12 * 3600,
    }
    harness.now += DAY
    assert harness.sweep().published == {"Stuck": 1}
    assert harness.published[-1]["transition"]["scope"] == "job"
    assert harness.sweep().published == {}
    record = harness.record(arn)
    assert record is not None
    assert record.stuck == {"job", "training"}
    harness.change(arn, training="Completed")
    assert harness.sweep().published == {"PhaseChanged": 1, "Unstuck": 1}
    assert harness.deliver(harness.change(arn, "Completed")).published == {"Completed": 1, "Unstuck": 1}
    assert harness.kinds()[-1] == "Unstuck"


def test_an_old_event_makes_no_job_stuck(harness: WatchHarness) -> None:
    arn = harness.create(1)
    event = harness.event(arn)
    harness.now += 3 * DAY
    assert harness.deliver(event).published == {"Discovered": 1}


def test_the_reason_is_asked_for_a_new_failure_alone(harness: WatchHarness) -> None:
    faults = FaultInjector()
    old = harness.create(1, status="Failed", created=harness.now - 9 * DAY)
    done = harness.create(2, status="Completed")
    failed = harness.create(3, status="Failed")
    harness.messages = dict.fromkeys((old, done, failed), "Unable to parse Amazon S3 file: a.jsonl.")
    harness.sweep(faults)
    harness.sweep(faults)
    assert faults.calls.count("get_job") == 1
    assert harness.published[-1]["failure"]["category"] == "data-format"
    assert harness.published[-1]["failure"]["message"].startswith("Unable to parse")


def test_an_event_brings_its_reason_along(harness: WatchHarness) -> None:
    faults = FaultInjector()
    arn = harness.create(1)
    harness.messages[arn] = "The moon was in the wrong house"
    harness.deliver(harness.change(arn, "Failed"), faults)
    assert "get_job" not in faults.calls
    failure = harness.published[-1]["failure"]
    assert (failure["category"], failure["message"]) == ("unknown", "The moon was in the wrong house")


@pytest.mark.parametrize(
    ("slow", "remedy"), [(True, "BedrockTimeoutException"), (False, "Bedrock gives none")]
)
def test_a_failure_is_told_though_its_reason_cannot_be_had(
    harness: WatchHarness,
    slow: bool,  # noqa: FBT001 - a case
    remedy: str,
) -> None:
    arn = harness.create(1)
    harness.change(arn, "Failed")
    # begin, get_many, get_job
    harness.sweep(FaultInjector(refused={3} if slow else set()))
    assert harness.kinds() == ["Discovered", "Failed"]
    failure = harness.published[-1]["failure"]
    assert (failure["category"], failure["message"]) == ("unknown", None)
    assert remedy in failure["remedy"]


def busy_world() -> WatchHarness:
    """Make a harness where a sweep and an event each have work to do, on one job and on others."""
    harness = WatchHarness()
    harness.sweep()
    harness.now += HOUR
    first, second = harness.create(1), harness.create(2)
    harness.sweep()
    harness.now += 13 * HOUR
    harness.change(first, "Failed", validation="Completed", training="Failed")
    harness.change(second, training="InProgress")
    harness.create(3, status="Stopping")
    harness.now += HOUR
    return harness


def by_sweep(harness: WatchHarness, faults: FaultInjector | None) -> WatchSummary:
    return harness.sweep(faults)


def by_event(harness: WatchHarness, faults: FaultInjector | None) -> WatchSummary:
    return harness.deliver(harness.event(next(iter(harness.jobs))), faults)


def told_without_trouble(act: Act) -> list[str]:
    harness = busy_world()
    act(harness, None)
    harness.sweep()
    return sorted(ids(harness))


def calls_of(act: Act) -> int:
    faults = FaultInjector()
    act(busy_world(), faults)
    return len(faults.calls)


EVERY_CALL = [
    (act, number, answered)
    for act in (by_sweep, by_event)
    for number in range(1, calls_of(act) + 1)
    for answered in (False, True)
]


@pytest.mark.parametrize(("act", "number", "answered"), EVERY_CALL)
def test_dying_at_any_call_loses_nothing_and_repeats_only_what_may_have_been_told(
    act: Act,
    number: int,
    answered: bool,  # noqa: FBT001 - a case
) -> None:
    harness = busy_world()
    with pytest.raises(Killed):
        act(harness, FaultInjector(kill_at=number, answered=answered))
    before = Counter(ids(harness))
    harness.now += LEASE
    harness.sweep()
    assert sorted(set(ids(harness))) == told_without_trouble(act)
    assert all(record.pending == () for arn in harness.jobs if (record := harness.record(arn)))
    # Told twice is at most what was published and not recorded, and under its own id.
    again = {id_ for id_, times in Counter(ids(harness)).items() if times > 1}
    assert again <= set(before)
    count = len(harness.published)
    harness.sweep()
    assert len(harness.published) == count


@pytest.mark.parametrize(("act", "number", "answered"), EVERY_CALL)
def test_a_call_that_fails_is_made_up_for(
    act: Act,
    number: int,
    answered: bool,  # noqa: FBT001 - a case
) -> None:
    harness = busy_world()
    try:
        summary = act(harness, FaultInjector(refused={number}, answered=answered))
    except WatchUnavailableException:
        pass
    else:
        # A reason that cannot be had keeps nobody from telling.
        assert summary.errors or summary.published
    harness.now += LEASE
    harness.sweep()
    assert sorted(set(ids(harness))) == told_without_trouble(act)
    assert all(record.pending == () for arn in harness.jobs if (record := harness.record(arn)))


def test_a_write_whose_answer_was_lost_is_known_as_ones_own(harness: WatchHarness) -> None:
    arn = harness.create(1)
    # begin, get_many, put (and its repetition is a conflict), get, publish, put (as before), get
    faults = FaultInjector(repeated={3, 6})
    summary = harness.sweep(faults)
    assert (dict(summary.published), summary.busy, summary.errors) == ({"Discovered": 1}, 0, [])
    assert faults.calls == ["baseline", "get_many", "put", "get", "publish", "put", "get"]
    record = harness.record(arn)
    assert record is not None
    assert (len(record.timeline), record.pending) == (1, ())


def test_what_the_bus_refuses_is_pending_and_told_by_the_next(harness: WatchHarness) -> None:
    arn = harness.create(1)
    harness.change(arn, "Stopping", training="InProgress")
    harness.flaky = {2}
    summary = harness.sweep()
    assert harness.kinds() == ["Discovered", "Stopping"]
    assert (summary.failed, len(summary.errors)) == (1, 1)
    assert "1 of 3 events: ThrottlingException" in str(summary.errors[0])
    record = harness.record(arn)
    assert record is not None
    assert [each.kind for each in record.pending] == ["PhaseChanged"]
    # At once, not only when the claim has run out.
    assert harness.deliver(harness.event(arn)).published == {"PhaseChanged": 1}
    record = harness.record(arn)
    assert record is not None
    assert [each.sequence for each in record.timeline] == [1, 2, 3]
    assert sorted(each["sequence"] for each in harness.published) == [1, 2, 3]


@pytest.mark.parametrize(
    ("act", "other", "number"),
    [
        (act, other, number)
        for act, other in itertools.product((by_sweep, by_event), repeat=2)
        for number in range(1, calls_of(act) + 1)
    ],
)
def test_two_at_once_tell_once(act: Act, other: Act, number: int) -> None:
    harness = busy_world()
    expected = told_without_trouble(by_sweep)

    def meanwhile() -> None:
        other(harness, None)

    act(harness, FaultInjector(kill_at=number, meanwhile=meanwhile))
    harness.sweep()
    assert sorted(ids(harness)) == expected


def test_news_on_a_job_that_another_one_tells_of_just_now_wait(harness: WatchHarness) -> None:
    arn = harness.create(1)
    stopping = harness.change(arn, "Stopping")
    summaries = []

    def meanwhile() -> None:
        summaries.append(harness.deliver(stopping))
        harness.change(arn, "Stopped")
        summaries.append(harness.deliver(harness.event(arn)))

    # begin, get_many, put, publish
    harness.deliver(stopping, FaultInjector(kill_at=4, meanwhile=meanwhile))
    assert [each.busy for each in summaries] == [0, 1]
    assert harness.kinds() == ["Discovered", "Stopping"]
    assert harness.deliver(harness.event(arn)).published == {"Stopped": 1}


def test_a_claim_that_ran_out_stops_its_holder_from_publishing(harness: WatchHarness) -> None:
    arn = harness.create(1)

    def meanwhile() -> None:
        harness.now += LEASE
        harness.deliver(harness.event(arn))

    # begin, get_many, put: the environment was frozen on its way there.
    faults = FaultInjector(
        kill_at=3, meanwhile=lambda: setattr(harness, "now", harness.now + timedelta(minutes=5))
    )
    summary = harness.sweep(faults)
    assert summary.failed == 1
    assert harness.published == []
    assert harness.sweep().published == {"Discovered": 1}
    stopping = harness.change(arn, "Stopping")
    # begin, get_many, put, publish: and here it was published by another one, and by this one too.
    harness.deliver(stopping, FaultInjector(kill_at=4, meanwhile=meanwhile))
    assert harness.kinds() == ["Discovered", "Stopping", "Stopping"]
    record = harness.record(arn)
    assert record is not None
    assert (len(record.timeline), record.pending) == (2, ())


def test_when_nearly_everything_fails_the_rest_is_not_asked_for(harness: WatchHarness) -> None:
    for number in range(300):
        harness.create(number)
    faults = FaultInjector(refused=set(range(3, 10_000)))
    with pytest.raises(WatchUnavailableException):
        harness.sweep(faults)
    assert len(faults.calls) < 110


def test_one_job_that_fails_does_not_keep_the_others(harness: WatchHarness) -> None:
    arns = [harness.create(number) for number in range(3)]
    summary = harness.sweep(FaultInjector(refused={4}))
    assert (dict(summary.published), summary.failed) == ({"Discovered": 2}, 1)
    assert harness.kinds(arns[1]) == []
    assert harness.sweep().published == {"Discovered": 1}


def test_a_job_twice_in_one_round_is_one_job(harness: WatchHarness) -> None:
    arn = harness.create(1)
    first = from_summary(harness.jobs[arn])
    harness.change(arn, "Completed")
    harness.watch().observe([first, from_summary(harness.jobs[arn]), first])
    assert harness.kinds() == ["Discovered", "Completed"]


def test_what_there_is_no_time_for_is_counted(harness: WatchHarness) -> None:
    for number in range(250):
        harness.create(number)
    answers = iter([False, True, True])
    summary = harness.watch().observe(map(from_summary, harness.jobs.values()), lambda: next(answers))
    assert (summary.published["Discovered"], summary.skipped) == (100, 150)


def test_threads_do_the_same_at_a_time() -> None:
    begun: list[int] = []

    def in_each_thread() -> Callable[[], None]:
        return lambda: begun.append(1)

    parallel = in_threads(in_each_thread)
    assert list(parallel(lambda n: n * n, range(20))) == [n * n for n in range(20)]
    assert 1 <= len(begun) <= 8
    assert list(parallel(lambda n: -n, [1])) == [-1]
