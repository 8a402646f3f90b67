"""How the simulated jobs move, by a clock that the test sets."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from local.common.identifiers import ACCOUNT, REGION
from local.simulated_jobs.catalog import FAILURE_MESSAGES
from local.simulated_jobs.job import END_STATUSES, Job
from local.simulated_jobs.job_simulator import JOBS_LOCK, JobSimulator
from local.simulated_jobs.sample_jobs import sample_jobs

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
RANKS = {"NotStarted": 0, "InProgress": 1, "Stopping": 2, **dict.fromkeys(END_STATUSES, 3)}


class SimulatorHarness:
    """A store, its simulator, and the status changes that it announced."""

    def __init__(self, count: int = 20, speed: float = 1.0, seed: int = 2026) -> None:
        self.jobs = {job.name: job for job in sample_jobs(count, now=START)}
        self.announced: list[Job] = []
        self.now = START
        self.simulator = JobSimulator(
            self.jobs, self._announce, speed=speed, region=REGION, account=ACCOUNT, now=START, seed=seed
        )

    def _announce(self, job: Job) -> None:
        stored = self.jobs[job.name]
        assert stored is job or stored.status != job.status, "announced before it is visible"
        self.announced.append(job)

    def after(self, hours: float) -> dict[str, Job]:
        self.now += timedelta(hours=hours)
        self.simulator.advance(self.now)
        return dict(self.jobs)


def _steps(simulation: SimulatorHarness, hours: float, count: int) -> Iterator[dict[str, Job]]:
    return (simulation.after(hours) for _ in range(count))


def _moved_forward(before: Job, after: Job) -> bool:
    pairs = [(before.status, after.status)]
    pairs += [(one.status, other.status) for one, other in zip(before.phases, after.phases, strict=True)]
    return all(RANKS[one] <= RANKS[other] for one, other in pairs)


@given(st.integers(0, 1000), st.lists(st.floats(0.01, 3), min_size=1, max_size=20))
def test_jobs_move_forward_and_each_status_change_is_announced_once(seed: int, hours: list[float]) -> None:
    simulation = SimulatorHarness(seed=seed)
    before = dict(simulation.jobs)
    first = {name: job.status for name, job in before.items()}
    for step in hours:
        after = simulation.after(step)
        assert all(_moved_forward(job, after[name]) for name, job in before.items())
        before = after
    announced = [(job.name, job.status) for job in simulation.announced]
    assert len(announced) == len(set(announced))
    last = {job.name: job.status for job in simulation.announced}
    for name, job in simulation.jobs.items():
        assert last.get(name, first.get(name, "InProgress")) == job.status


def test_every_job_ends_and_new_jobs_appear() -> None:
    simulation = SimulatorHarness()
    seeded = set(simulation.jobs)
    after = list(_steps(simulation, 0.5, 60))[-1]
    assert all(after[name].status in END_STATUSES for name in seeded)
    new = [job for name, job in after.items() if name not in seeded]
    assert 10 <= len(new) <= 40
    assert {job.status for job in new} >= {"Completed", "Failed", "Stopped", "InProgress"}
    assert {len(job.phases) for job in new} == {3}


def test_the_times_of_a_job_are_consistent() -> None:
    simulation = SimulatorHarness()
    for job in list(_steps(simulation, 0.25, 100))[-1].values():
        assert (job.end_time is not None) == (job.status in END_STATUSES)
        assert job.creation_time <= job.last_modified_time <= simulation.now
        started = [phase.creation_time for phase in job.phases if phase.creation_time]
        assert started == sorted(started)


def test_a_failed_job_has_one_of_bedrocks_failure_messages() -> None:
    simulation = SimulatorHarness(0)
    simulation.after(60)
    failed = [job for job in simulation.announced if job.status == "Failed"]
    assert {job.detail()["failureMessage"] for job in failed} == set(FAILURE_MESSAGES)
    assert all(job.phases[-1].status in ("Failed", "NotStarted") for job in failed)
    assert not any(job.failure_message for job in simulation.announced if job.status != "Failed")


def test_a_job_is_stopping_before_it_is_stopped() -> None:
    simulation = SimulatorHarness(0)
    simulation.after(60)
    statuses_by_job: dict[str, list[str]] = {}
    for job in simulation.announced:
        statuses_by_job.setdefault(job.name, []).append(job.status)
    assert {tuple(statuses) for statuses in statuses_by_job.values()} <= {
        ("Completed",),
        ("Failed",),
        ("Stopping",),
        ("Stopping", "Stopped"),
    }


def test_a_job_stopped_by_a_request_is_announced_and_ends() -> None:
    simulation = SimulatorHarness(0)
    (job,) = simulation.after(0).values()
    with JOBS_LOCK:
        job.status = "Stopping"
    simulation.after(0)
    assert [(each.name, each.status) for each in simulation.announced] == [(job.name, "Stopping")]
    simulation.after(2)
    assert (job.name, "Stopped") in [(each.name, each.status) for each in simulation.announced]


def test_the_speed_divides_every_duration() -> None:
    slow, fast = SimulatorHarness(), SimulatorHarness(speed=900)
    slow.after(9)
    fast.after(9 / 900)
    assert [(job.name, job.status) for job in slow.announced] == [
        (job.name, job.status) for job in fast.announced
    ]
    assert slow.announced


def test_jobs_that_have_ended_do_not_change() -> None:
    simulation = SimulatorHarness(200)
    ended = {name: job for name, job in simulation.jobs.items() if job.status in END_STATUSES}
    after = simulation.after(100)
    assert all(after[name] is job for name, job in ended.items())


def test_new_jobs_have_other_ids_than_the_sample_jobs() -> None:
    jobs = {job.name: job for job in sample_jobs(now=START)}
    simulator = JobSimulator(jobs, lambda _: None, speed=1000, region=REGION, account=ACCOUNT, now=START)
    simulator.advance(START + timedelta(hours=1))
    identifiers = [job.identifier for job in jobs.values()]
    assert any("-live-" in name for name in jobs)
    assert len(set(identifiers)) == len(identifiers)
