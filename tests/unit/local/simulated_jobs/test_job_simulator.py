"""How the embedded jobs move, by a clock of the test."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.bedrock_events import LOST_EVERY, StateChanges, entry
from local.jobs import Job
from local.life import CHANGING, Life
from local.seed import ACCOUNT, REASONS, REGION, believable_jobs

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
ENDED = ("Completed", "Failed", "Stopped")
RANKS = {"NotStarted": 0, "InProgress": 1, "Stopping": 2, **dict.fromkeys(ENDED, 3)}


class World:
    """A store, its life, and what was told."""

    def __init__(self, count: int = 20, speed: float = 1.0, seed: int = 2026) -> None:
        self.jobs = {job.name: job for job in believable_jobs(count, now=START)}
        self.told: list[Job] = []
        self.now = START
        self.life = Life(
            self.jobs, self._tell, speed=speed, region=REGION, account=ACCOUNT, now=START, seed=seed
        )

    def _tell(self, job: Job) -> None:
        stored = self.jobs[job.name]
        assert stored is job or stored.status != job.status, "told before it can be seen"
        self.told.append(job)

    def after(self, hours: float) -> dict[str, Job]:
        self.now += timedelta(hours=hours)
        self.life.advance(self.now)
        return dict(self.jobs)


def _steps(world: World, hours: float, count: int) -> Iterator[dict[str, Job]]:
    return (world.after(hours) for _ in range(count))


def _moved_on(before: Job, after: Job) -> bool:
    pairs = [(before.status, after.status)]
    pairs += [(one.status, other.status) for one, other in zip(before.phases, after.phases, strict=True)]
    return all(RANKS[one] <= RANKS[other] for one, other in pairs)


@given(st.integers(0, 1000), st.lists(st.floats(0.01, 3), min_size=1, max_size=20))
def test_jobs_only_go_forwards_and_each_change_of_status_is_told_once(seed: int, hours: list[float]) -> None:
    world = World(seed=seed)
    before = dict(world.jobs)
    first = {name: job.status for name, job in before.items()}
    for step in hours:
        after = world.after(step)
        assert all(_moved_on(job, after[name]) for name, job in before.items())
        before = after
    told = [(job.name, job.status) for job in world.told]
    assert len(told) == len(set(told))
    last = {job.name: job.status for job in world.told}
    for name, job in world.jobs.items():
        assert last.get(name, first.get(name, "InProgress")) == job.status


def test_every_job_ends_and_new_ones_come() -> None:
    world = World()
    seeded = set(world.jobs)
    after = list(_steps(world, 0.5, 60))[-1]
    assert all(after[name].status in ENDED for name in seeded)
    new = [job for name, job in after.items() if name not in seeded]
    assert 10 <= len(new) <= 40
    assert {job.status for job in new} >= {"Completed", "Failed", "Stopped", "InProgress"}
    assert {len(job.phases) for job in new} == {3}


def test_times_agree() -> None:
    world = World()
    for job in list(_steps(world, 0.25, 100))[-1].values():
        assert (job.end_time is not None) == (job.status in ENDED)
        assert job.creation_time <= job.last_modified_time <= world.now
        started = [phase.creation_time for phase in job.phases if phase.creation_time]
        assert started == sorted(started)


def test_a_failed_job_says_why_as_bedrock_does() -> None:
    world = World(0)
    world.after(60)
    failed = [job for job in world.told if job.status == "Failed"]
    assert {job.detail()["failureMessage"] for job in failed} == set(REASONS)
    assert all(job.phases[-1].status in ("Failed", "NotStarted") for job in failed)
    assert not any(job.failure_message for job in world.told if job.status != "Failed")


def test_a_stopped_job_is_stopping_first() -> None:
    world = World(0)
    world.after(60)
    told: dict[str, list[str]] = {}
    for job in world.told:
        told.setdefault(job.name, []).append(job.status)
    assert {tuple(statuses) for statuses in told.values()} <= {
        ("Completed",),
        ("Failed",),
        ("Stopping",),
        ("Stopping", "Stopped"),
    }


def test_a_job_that_someone_stops_is_told_and_ends() -> None:
    world = World(0)
    (job,) = world.after(0).values()
    with CHANGING:
        job.status = "Stopping"
    world.after(0)
    assert [(each.name, each.status) for each in world.told] == [(job.name, "Stopping")]
    world.after(2)
    assert (job.name, "Stopped") in [(each.name, each.status) for each in world.told]


def test_the_speed_is_a_factor() -> None:
    slow, fast = World(), World(speed=900)
    slow.after(9)
    fast.after(9 / 900)
    assert [(job.name, job.status) for job in slow.told] == [(job.name, job.status) for job in fast.told]
    assert slow.told


def test_what_ended_before_stays_as_it_is() -> None:
    world = World(200)
    ended = {name: job for name, job in world.jobs.items() if job.status in ENDED}
    after = world.after(100)
    assert all(after[name] is job for name, job in ended.items())


def test_every_third_event_is_lost_and_the_log_says_which(capsys: pytest.CaptureFixture[str]) -> None:
    sent: list[object] = []
    changes = StateChanges(sent.append)
    jobs = believable_jobs(9, now=START)
    for job in jobs:
        changes.tell(job)
    log = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["event"] for line in log] == ["sent", "sent", "lost"] * 3
    assert [line["jobName"] for line in log] == [job.name for job in jobs]
    assert sent == [entry(job) for number, job in enumerate(jobs, 1) if number % LOST_EVERY]


def test_an_event_is_as_bedrock_sends_it() -> None:
    job = next(job for job in believable_jobs(20, now=START) if job.status == "Failed")
    written = entry(job)
    detail = json.loads(written["Detail"])
    assert (written["Source"], written["DetailType"], written["Resources"]) == (
        "aws.bedrock",
        "Model Customization Job State Change",
        [job.job_arn],
    )
    assert (detail["jobArn"], detail["jobStatus"]) == (job.job_arn, "Failed")
    assert detail["failureMessage"] == job.failure_message
    assert not {"status", "statusDetails"} & set(detail)
