"""Moves simulated jobs through their phases as time passes, and creates new ones."""

import threading
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import cycle
from random import Random

from local.common.timestamps import truncate_to_milliseconds
from local.simulated_jobs.catalog import FAILURE_MESSAGES, MODELS, PROJECTS_BY_TEAM, tags_of
from local.simulated_jobs.job import END_STATUSES, PHASES, Job, Phase, first_phases, new_identifier

# Hold this while changing a job: Bedrock's operations run in other threads than the simulator.
JOBS_LOCK = threading.RLock()
# Mean durations in hours of Bedrock's time; each duration varies by up to half of its mean.
_PHASE_HOURS = (0.25, 0.75, 2.0)  # validation, data processing, training
_IMPORT_HOURS = 1.0
_STOPPING_HOURS = 0.5
_HOURS_BETWEEN_NEW_JOBS = 1.5
# Not the seed of the sample jobs, whose ids would be repeated.
SEED = 2027


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job will end, and in which phase. A job that completes goes through all phases."""

    status: str
    phase: int = len(PHASES)


# Used in turn, so that a short demonstration shows each of them; most jobs complete.
_OUTCOMES = (
    Outcome("Failed", 0),
    Outcome("Completed"),
    Outcome("Stopped", 1),
    Outcome("Completed"),
    Outcome("Failed", 2),
    Outcome("Completed"),
)


@dataclass(slots=True)
class _Plan:
    """The future of a job; `status` is the last one that was announced."""

    outcome: Outcome
    status: str
    next_step_at: datetime


class JobSimulator:
    """Moves the jobs of a store.

    Parameters
    ----------
    jobs : mutable mapping of str to Job
        The store, by name. Jobs that others create or stop are moved as well.
    on_status_change : callable
        Called with each job whose status changes, before the store shows the change: no reader sees a status
        before its event is sent. A job that others stop is the exception.
    speed : float
        The simulator's hours per real hour.
    region, account : str
        The location of new jobs.
    """

    def __init__(
        self,
        jobs: MutableMapping[str, Job],
        on_status_change: Callable[[Job], None],
        *,
        speed: float,
        region: str,
        account: str,
        now: datetime,
        seed: int = SEED,
    ) -> None:
        self._jobs = jobs
        self._on_status_change = on_status_change
        self._speed = speed
        self._region = region
        self._account = account
        # Not for secrets: each start simulates the same jobs on purpose.
        self._random = Random(seed)  # noqa: S311
        self._outcomes = cycle(_OUTCOMES)
        self._failure_messages = cycle(FAILURE_MESSAGES)
        self._plans: dict[str, _Plan] = {}
        self._ended = {name for name, job in tuple(jobs.items()) if job.status in END_STATUSES}
        self._start = self._next_job_at = now
        self._created = 0

    def advance(self, now: datetime) -> None:
        """Perform every step that is due."""
        with JOBS_LOCK:
            while self._next_job_at <= now:
                self._create(self._next_job_at)
                self._next_job_at += self._real_duration(_HOURS_BETWEEN_NEW_JOBS)
            for name, job in tuple(self._jobs.items()):
                if name not in self._ended:
                    self._move(job, now)

    def _move(self, job: Job, now: datetime) -> None:
        plan = self._plans.get(job.name) or self._make_plan(job)
        if job.status != plan.status:
            # A StopModelCustomizationJob request has changed it.
            plan.status, plan.next_step_at = job.status, now + self._real_duration(_STOPPING_HOURS)
            self._on_status_change(job)
        while plan.next_step_at <= now and job.name not in self._ended:
            job = self._step(job, plan)

    def _make_plan(self, job: Job) -> _Plan:
        outcome = next(self._outcomes)
        # A job cannot end in a phase that it has already passed.
        outcome = replace(outcome, phase=max(outcome.phase, _current_phase(job)))
        start = max(job.creation_time, self._start)
        plan = _Plan(outcome, job.status, start + self._real_duration(_hours_of_step(job)))
        self._plans[job.name] = plan
        return plan

    def _step(self, job: Job, plan: _Plan) -> Job:
        after = _next_state(job, plan.outcome, plan.next_step_at)
        if after.status == "Failed":
            after.failure_message = next(self._failure_messages)
        if after.status != job.status:
            plan.status = after.status
            self._on_status_change(after)
        self._jobs[job.name] = after
        if after.status in END_STATUSES:
            self._ended.add(job.name)
            del self._plans[job.name]
        plan.next_step_at += self._real_duration(_hours_of_step(after))
        return after

    def _create(self, at: datetime) -> None:
        self._created += 1
        team = self._random.choice(tuple(PROJECTS_BY_TEAM))
        name = f"{team}-{self._random.choice(PROJECTS_BY_TEAM[team])}-live-{self._created}"
        customization_type = self._random.choice([each for each in MODELS if each != "IMPORTED"])
        at = truncate_to_milliseconds(at)
        self._jobs[name] = Job(
            name=name,
            identifier=new_identifier(self._random),
            region=self._region,
            account=self._account,
            base_model_id=self._random.choice(MODELS[customization_type]),
            customization_type=customization_type,
            status="InProgress",
            creation_time=at,
            last_modified_time=at,
            end_time=None,
            custom_model_name=name,
            phases=first_phases(at),
            tags=tags_of(name),
        )

    def _real_duration(self, mean_hours: float) -> timedelta:
        return timedelta(hours=mean_hours * self._random.uniform(0.5, 1.5) / self._speed)


def _current_phase(job: Job) -> int:
    """Return the index of the first phase that is not completed; one past the last if there is none."""
    unfinished = (index for index, phase in enumerate(job.phases) if phase.status != "Completed")
    return next(unfinished, len(PHASES))


def _hours_of_step(job: Job) -> float:
    if job.status == "Stopping":
        return _STOPPING_HOURS
    phase = _current_phase(job)
    return _PHASE_HOURS[phase] if phase < len(PHASES) else _IMPORT_HOURS


def _next_state(job: Job, outcome: Outcome, at: datetime) -> Job:
    phase = _current_phase(job)
    if job.status == "Stopping":
        return _changed(job, "Stopped", phase, "Stopped", at)
    if outcome.status == "Stopped" and phase >= outcome.phase:
        return _changed(job, "Stopping", phase, "Stopping", at)
    if outcome.status == "Failed" and phase >= outcome.phase:
        return _changed(job, "Failed", phase, "Failed", at)
    if phase + 1 >= len(PHASES):
        return _changed(job, "Completed", phase, "Completed", at)
    return _changed(job, "InProgress", phase, "Completed", at)


def _changed(job: Job, status: str, phase: int, phase_status: str, at: datetime) -> Job:
    phases = list(job.phases)
    if phase < len(phases):
        phases[phase] = replace(phases[phase], status=phase_status, last_modified_time=at)
        if status == "InProgress":
            phases[phase + 1] = Phase("InProgress", at, at)
    return replace(
        job,
        status=status,
        phases=tuple(phases),
        last_modified_time=at,
        end_time=at if status in END_STATUSES else None,
    )
