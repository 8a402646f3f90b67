import itertools
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest

from customization_jobs.errors import WatchUnavailableException
from customization_jobs.watch.account import Account
from customization_jobs.watch.observation import from_summary
from customization_jobs.watch.watch import LEASE, in_threads
from tests.unit.watch.world import DAY, Killed, Line, World

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
Act = Callable[[World, Line | None], Account]


@pytest.fixture
def world() -> World:
    """Make a world that is watched already."""
    world = World()
    world.sweep()
    world.now += HOUR
    return world


def ids(world: World) -> list[str]:
    return [each["id"] for each in world.told]


def test_a_job_is_told_from_its_beginning_to_its_end(world: World) -> None:
    arn = world.create(1)
    told = []
    for change in (
        {},
        {"validation": "InProgress", "training": "NotStarted"},
        {"validation": "Completed", "dataProcessing": "InProgress"},
        {"dataProcessing": "Completed", "training": "InProgress"},
        {"training": "Completed", "status": "Completed"},
    ):
        world.now += HOUR
        world.change(arn, **change)
        account = world.sweep()
        told.append(dict(account.told))
    assert world.kinds() == [
        "Seen",
        "validation=InProgress",
        "validation=Completed",
        "dataProcessing=InProgress",
        "dataProcessing=Completed",
        "training=InProgress",
        "training=Completed",
        "Completed",
    ]
    assert [each["sequence"] for each in world.told] == list(range(1, 9))
    assert told == [
        {"Seen": 1},
        {"PhaseChanged": 1},
        {"PhaseChanged": 2},
        {"PhaseChanged": 2},
        {"PhaseChanged": 1, "Completed": 1},
    ]
    assert account.missed == 1
    record = world.record(arn)
    assert record is not None
    assert (record.pending, record.claim) == ((), None)
    assert [each.id for each in record.timeline] == ids(world)
    assert all(each.told for each in record.timeline)


def test_sweep_and_event_together_tell_once(world: World) -> None:
    arn = world.create(1)
    created = world.event(arn)
    world.deliver(created)
    world.sweep()
    completed = world.change(arn, "Completed")
    assert world.deliver(completed).told == {"Completed": 1}
    assert world.sweep().told == {}
    # Duplicates, late ones and those out of order change nothing.
    for event in (completed, created, completed):
        assert world.deliver(event).told == {}
    assert world.kinds() == ["Seen", "Completed"]
    assert [each["foundBy"] for each in world.told] == ["event", "event"]


def test_what_only_the_sweep_found_is_missed(world: World) -> None:
    one, other = world.create(1), world.create(2)
    world.deliver(world.event(one))
    world.deliver(world.change(one, "Completed"))
    late = world.change(other, "Stopping")
    account = world.sweep()
    assert (account.missed, dict(account.told)) == (1, {"Seen": 1, "Stopping": 1})
    assert world.deliver(late).told == {}


def test_the_first_sweep_records_what_is_old_and_tells_what_is_not() -> None:
    world = World()
    arns = [
        world.create(n, created=world.now - 90 * DAY, status="Completed", endTime="2026-01-01T00:00:00Z")
        for n in range(250)
    ]
    arns.append(world.create(990, created=world.now - 2 * HOUR))
    stuck = world.create(991, created=world.now - 2 * DAY)
    account = world.sweep()
    assert (dict(account.told), account.missed) == ({"Stuck": 1}, 0)
    assert account.untold == 250 * 2 + 2
    assert world.kinds(stuck) == ["Stuck"]
    for arn in arns:
        record = world.record(arn)
        assert record is not None
        assert record.timeline[0].kind == "Seen"
        assert not any(each.told for each in record.timeline)
    # From there on they are jobs as all others are.
    world.now += HOUR
    world.change(arns[-1], "Failed")
    new = world.create(1000)
    account = world.sweep()
    assert (world.kinds(arns[-1]), world.kinds(new)) == (["Failed"], ["Seen"])
    assert account.untold == 0
    assert world.sweep().told == {}


def test_what_ended_after_the_watch_began_is_told_though_the_job_is_old() -> None:
    world = World()
    arn = world.create(1, created=world.now - DAY)
    world.watch().begin()
    world.now += HOUR
    world.change(arn, "Failed")
    world.sweep()
    assert world.kinds() == ["Failed"]


def test_a_job_that_ended_longer_ago_than_records_are_kept_is_left_alone(world: World) -> None:
    world.create(1, created=world.now - 500 * DAY, status="Completed")
    world.sweep()
    assert world.table.items == {}


def test_a_stuck_job_is_told_once_and_so_is_its_end(world: World) -> None:
    arn = world.create(1)
    world.change(arn, validation="Completed", training="InProgress")
    world.sweep()
    world.now += 12 * HOUR
    assert world.sweep().told == {}
    world.now += SECOND
    assert world.sweep().told == {"Stuck": 1}
    phase = world.told[-1]["transition"]
    assert phase == {
        "scope": "training",
        "phase": "training",
        "ageSeconds": 12 * 3600 + 1,
        "limitSeconds": 12 * 3600,
    }
    world.now += DAY
    assert world.sweep().told == {"Stuck": 1}
    assert world.told[-1]["transition"]["scope"] == "job"
    assert world.sweep().told == {}
    record = world.record(arn)
    assert record is not None
    assert record.stuck == {"job", "training"}
    world.change(arn, training="Completed")
    assert world.sweep().told == {"PhaseChanged": 1, "Unstuck": 1}
    assert world.deliver(world.change(arn, "Completed")).told == {"Completed": 1, "Unstuck": 1}
    assert world.kinds()[-1] == "Unstuck"


def test_an_old_event_makes_no_job_stuck(world: World) -> None:
    arn = world.create(1)
    event = world.event(arn)
    world.now += 3 * DAY
    assert world.deliver(event).told == {"Seen": 1}


def test_the_reason_is_asked_for_a_new_failure_alone(world: World) -> None:
    line = Line()
    old = world.create(1, status="Failed", created=world.now - 9 * DAY)
    done = world.create(2, status="Completed")
    failed = world.create(3, status="Failed")
    world.messages = dict.fromkeys((old, done, failed), "Unable to parse Amazon S3 file: a.jsonl.")
    world.sweep(line)
    world.sweep(line)
    assert line.calls.count("get_job") == 1
    assert world.told[-1]["failure"]["category"] == "data-format"
    assert world.told[-1]["failure"]["message"].startswith("Unable to parse")


def test_an_event_brings_its_reason_along(world: World) -> None:
    line = Line()
    arn = world.create(1)
    world.messages[arn] = "The moon was in the wrong house"
    world.deliver(world.change(arn, "Failed"), line)
    assert "get_job" not in line.calls
    failure = world.told[-1]["failure"]
    assert (failure["category"], failure["message"]) == ("unknown", "The moon was in the wrong house")


@pytest.mark.parametrize(
    ("slow", "remedy"), [(True, "BedrockTimeoutException"), (False, "Bedrock gives none")]
)
def test_a_failure_is_told_though_its_reason_cannot_be_had(
    world: World,
    slow: bool,  # noqa: FBT001 - a case
    remedy: str,
) -> None:
    arn = world.create(1)
    world.change(arn, "Failed")
    # begin, get_many, get_job
    world.sweep(Line(refused={3} if slow else set()))
    assert world.kinds() == ["Seen", "Failed"]
    failure = world.told[-1]["failure"]
    assert (failure["category"], failure["message"]) == ("unknown", None)
    assert remedy in failure["remedy"]


def busy_world() -> World:
    """Make a world where a sweep and an event each have work to do, on one job and on others."""
    world = World()
    world.sweep()
    world.now += HOUR
    first, second = world.create(1), world.create(2)
    world.sweep()
    world.now += 13 * HOUR
    world.change(first, "Failed", validation="Completed", training="Failed")
    world.change(second, training="InProgress")
    world.create(3, status="Stopping")
    world.now += HOUR
    return world


def by_sweep(world: World, line: Line | None) -> Account:
    return world.sweep(line)


def by_event(world: World, line: Line | None) -> Account:
    return world.deliver(world.event(next(iter(world.jobs))), line)


def told_without_trouble(act: Act) -> list[str]:
    world = busy_world()
    act(world, None)
    world.sweep()
    return sorted(ids(world))


def calls_of(act: Act) -> int:
    line = Line()
    act(busy_world(), line)
    return len(line.calls)


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
    world = busy_world()
    with pytest.raises(Killed):
        act(world, Line(kill_at=number, answered=answered))
    before = Counter(ids(world))
    world.now += LEASE
    world.sweep()
    assert sorted(set(ids(world))) == told_without_trouble(act)
    assert all(record.pending == () for arn in world.jobs if (record := world.record(arn)))
    # Told twice is at most what was published and not recorded, and under its own id.
    again = {id_ for id_, times in Counter(ids(world)).items() if times > 1}
    assert again <= set(before)
    count = len(world.told)
    world.sweep()
    assert len(world.told) == count


@pytest.mark.parametrize(("act", "number", "answered"), EVERY_CALL)
def test_a_call_that_fails_is_made_up_for(
    act: Act,
    number: int,
    answered: bool,  # noqa: FBT001 - a case
) -> None:
    world = busy_world()
    try:
        account = act(world, Line(refused={number}, answered=answered))
    except WatchUnavailableException:
        pass
    else:
        # A reason that cannot be had keeps nobody from telling.
        assert account.errors or account.told
    world.now += LEASE
    world.sweep()
    assert sorted(set(ids(world))) == told_without_trouble(act)
    assert all(record.pending == () for arn in world.jobs if (record := world.record(arn)))


def test_a_write_whose_answer_was_lost_is_known_as_ones_own(world: World) -> None:
    arn = world.create(1)
    # begin, get_many, put (and its repetition is a conflict), get, publish, put (as before), get
    line = Line(repeated={3, 6})
    account = world.sweep(line)
    assert (dict(account.told), account.busy, account.errors) == ({"Seen": 1}, 0, [])
    assert line.calls == ["begin", "get_many", "put", "get", "publish", "put", "get"]
    record = world.record(arn)
    assert record is not None
    assert (len(record.timeline), record.pending) == (1, ())


def test_what_the_bus_refuses_is_pending_and_told_by_the_next(world: World) -> None:
    arn = world.create(1)
    world.change(arn, "Stopping", training="InProgress")
    world.flaky = {2}
    account = world.sweep()
    assert world.kinds() == ["Seen", "Stopping"]
    assert (account.failed, len(account.errors)) == (1, 1)
    assert "1 of 3 events: ThrottlingException" in str(account.errors[0])
    record = world.record(arn)
    assert record is not None
    assert [each.kind for each in record.pending] == ["PhaseChanged"]
    # At once, not only when the claim has run out.
    assert world.deliver(world.event(arn)).told == {"PhaseChanged": 1}
    record = world.record(arn)
    assert record is not None
    assert [each.sequence for each in record.timeline] == [1, 2, 3]
    assert sorted(each["sequence"] for each in world.told) == [1, 2, 3]


@pytest.mark.parametrize(
    ("act", "other", "number"),
    [
        (act, other, number)
        for act, other in itertools.product((by_sweep, by_event), repeat=2)
        for number in range(1, calls_of(act) + 1)
    ],
)
def test_two_at_once_tell_once(act: Act, other: Act, number: int) -> None:
    world = busy_world()
    expected = told_without_trouble(by_sweep)

    def meanwhile() -> None:
        other(world, None)

    act(world, Line(kill_at=number, meanwhile=meanwhile))
    world.sweep()
    assert sorted(ids(world)) == expected


def test_news_on_a_job_that_another_one_tells_of_just_now_wait(world: World) -> None:
    arn = world.create(1)
    stopping = world.change(arn, "Stopping")
    accounts = []

    def meanwhile() -> None:
        accounts.append(world.deliver(stopping))
        world.change(arn, "Stopped")
        accounts.append(world.deliver(world.event(arn)))

    # begin, get_many, put, publish
    world.deliver(stopping, Line(kill_at=4, meanwhile=meanwhile))
    assert [each.busy for each in accounts] == [0, 1]
    assert world.kinds() == ["Seen", "Stopping"]
    assert world.deliver(world.event(arn)).told == {"Stopped": 1}


def test_a_claim_that_ran_out_stops_its_holder_from_publishing(world: World) -> None:
    arn = world.create(1)

    def meanwhile() -> None:
        world.now += LEASE
        world.deliver(world.event(arn))

    # begin, get_many, put: the environment was frozen on its way there.
    line = Line(kill_at=3, meanwhile=lambda: setattr(world, "now", world.now + timedelta(minutes=5)))
    account = world.sweep(line)
    assert account.failed == 1
    assert world.told == []
    assert world.sweep().told == {"Seen": 1}
    stopping = world.change(arn, "Stopping")
    # begin, get_many, put, publish: and here it was published by another one, and by this one too.
    world.deliver(stopping, Line(kill_at=4, meanwhile=meanwhile))
    assert world.kinds() == ["Seen", "Stopping", "Stopping"]
    record = world.record(arn)
    assert record is not None
    assert (len(record.timeline), record.pending) == (2, ())


def test_when_nearly_everything_fails_the_rest_is_not_asked_for(world: World) -> None:
    for number in range(300):
        world.create(number)
    line = Line(refused=set(range(3, 10_000)))
    with pytest.raises(WatchUnavailableException):
        world.sweep(line)
    assert len(line.calls) < 110


def test_one_job_that_fails_does_not_keep_the_others(world: World) -> None:
    arns = [world.create(number) for number in range(3)]
    account = world.sweep(Line(refused={4}))
    assert (dict(account.told), account.failed) == ({"Seen": 2}, 1)
    assert world.kinds(arns[1]) == []
    assert world.sweep().told == {"Seen": 1}


def test_a_job_twice_in_one_round_is_one_job(world: World) -> None:
    arn = world.create(1)
    first = from_summary(world.jobs[arn])
    world.change(arn, "Completed")
    world.watch().observe([first, from_summary(world.jobs[arn]), first])
    assert world.kinds() == ["Seen", "Completed"]


def test_what_there_is_no_time_for_is_counted(world: World) -> None:
    for number in range(250):
        world.create(number)
    answers = iter([False, True, True])
    account = world.watch().observe(map(from_summary, world.jobs.values()), lambda: next(answers))
    assert (account.told["Seen"], account.left) == (100, 150)


def test_threads_do_the_same_at_a_time() -> None:
    begun: list[int] = []

    def in_each_thread() -> Callable[[], None]:
        return lambda: begun.append(1)

    parallel = in_threads(in_each_thread)
    assert list(parallel(lambda n: n * n, range(20))) == [n * n for n in range(20)]
    assert 1 <= len(begun) <= 8
    assert list(parallel(lambda n: -n, [1])) == [-1]
