"""The life of the embedded Bedrock's jobs: as time passes they go through their phases, and new ones come."""

import string
import threading
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import cycle
from random import Random

from local.jobs import PHASES, Job, Phase
from local.seed import MODELS, REASONS, TEAMS

# Whoever changes jobs holds it, so that no change undoes another. Bedrock's operations are in other threads.
CHANGING = threading.RLock()
_ID_LETTERS = string.ascii_lowercase + string.digits
_ENDED = ("Completed", "Failed", "Stopped")
# In hours of Bedrock's own time, give or take a half: validation, data processing, training.
_PHASE_HOURS = (0.25, 0.75, 2.0)
_IMPORT_HOURS = 1.0
_STOPPING_HOURS = 0.5
_NEW_JOB_HOURS = 1.5


@dataclass(frozen=True, slots=True)
class Fate:
    """How a job is going to end, and the phase of which it does not come out."""

    status: str
    phase: int = len(PHASES)


# One after the other, so that each is met soon: as accounts go, most jobs complete.
_FATES = (
    Fate("Failed", 0),
    Fate("Completed"),
    Fate("Stopped", 1),
    Fate("Completed"),
    Fate("Failed", 2),
    Fate("Completed"),
)


@dataclass(slots=True)
class _Course:
    """What is known of a job's future. `status` is the one that was told last."""

    fate: Fate
    status: str
    due: datetime


class Life:
    """Moves the jobs of a store.

    Parameters
    ----------
    jobs : mutable mapping of str to Job
        The store, by name. Whoever else creates or stops jobs in it finds them moved as well.
    tell : callable
        Told each job whose status changes, before the store shows it: nobody sees it ahead of its event.
    speed : float
        How much faster than Bedrock's own the jobs' time goes.
    region, account : str
        Where new jobs are.
    now : datetime
        When it begins.
    seed : int
        Another seed, other jobs.
    """

    def __init__(
        self,
        jobs: MutableMapping[str, Job],
        tell: Callable[[Job], None],
        *,
        speed: float,
        region: str,
        account: str,
        now: datetime,
        seed: int = 2026,
    ) -> None:
        self._jobs = jobs
        self._tell = tell
        self._speed = speed
        self._region = region
        self._account = account
        # Not for secrets: the same lives at each start are the point.
        self._random = Random(seed)  # noqa: S311
        self._fates = cycle(_FATES)
        self._reasons = cycle(REASONS)
        self._courses: dict[str, _Course] = {}
        self._ended = {name for name, job in tuple(jobs.items()) if job.status in _ENDED}
        self._start = self._next_job = now
        self._created = 0

    def advance(self, now: datetime) -> None:
        """Let happen whatever is due by now."""
        with CHANGING:
            while self._next_job <= now:
                self._create(self._next_job)
                self._next_job += self._lasting(_NEW_JOB_HOURS)
            for name, job in tuple(self._jobs.items()):
                if name not in self._ended:
                    self._move(job, now)

    def _move(self, job: Job, now: datetime) -> None:
        course = self._courses.get(job.name) or self._begin(job)
        if job.status != course.status:
            # Someone has stopped it.
            course.status, course.due = job.status, now + self._lasting(_STOPPING_HOURS)
            self._tell(job)
        while course.due <= now and job.name not in self._ended:
            job = self._step(job, course)

    def _begin(self, job: Job) -> _Course:
        fate = next(self._fates)
        if fate.phase < _phase(job):
            # It is past that already.
            fate = replace(fate, phase=_phase(job))
        began = max(job.creation_time, self._start)
        course = self._courses[job.name] = _Course(fate, job.status, began + self._lasting(_hours(job)))
        return course

    def _step(self, job: Job, course: _Course) -> Job:
        after = _after(job, course.fate, course.due)
        if after.status == "Failed":
            after.failure_message = next(self._reasons)
        if after.status != job.status:
            course.status = after.status
            self._tell(after)
        self._jobs[job.name] = after
        if after.status in _ENDED:
            self._ended.add(job.name)
            del self._courses[job.name]
        course.due += self._lasting(_hours(after))
        return after

    def _create(self, at: datetime) -> None:
        self._created += 1
        team = self._random.choice(tuple(TEAMS))
        name = f"{team}-{self._random.choice(TEAMS[team])}-live-{self._created}"
        kind = self._random.choice([each for each in MODELS if each != "IMPORTED"])
        at = at.replace(microsecond=at.microsecond // 1000 * 1000)
        self._jobs[name] = Job(
            name=name,
            identifier="".join(self._random.choices(_ID_LETTERS, k=12)),
            region=self._region,
            account=self._account,
            base_model_id=self._random.choice(MODELS[kind]),
            customization_type=kind,
            status="InProgress",
            creation_time=at,
            last_modified_time=at,
            end_time=None,
            custom_model_name=name,
            phases=(Phase("InProgress", at, at), *(Phase("NotStarted") for _ in PHASES[1:])),
        )

    def _lasting(self, hours: float) -> timedelta:
        return timedelta(hours=hours * self._random.uniform(0.5, 1.5) / self._speed)


def utc_now() -> datetime:
    """Return the present."""
    return datetime.now(UTC)


def _phase(job: Job) -> int:
    """Return the number of the phase that a job is in; where Bedrock tells none, one behind the last."""
    under_way = (number for number, phase in enumerate(job.phases) if phase.status != "Completed")
    return next(under_way, len(PHASES))


def _hours(job: Job) -> float:
    if job.status == "Stopping":
        return _STOPPING_HOURS
    phase = _phase(job)
    return _PHASE_HOURS[phase] if phase < len(PHASES) else _IMPORT_HOURS


def _after(job: Job, fate: Fate, at: datetime) -> Job:
    """Return the job one step further on."""
    phase = _phase(job)
    if job.status == "Stopping":
        return _with(job, "Stopped", phase, "Stopped", at)
    if fate.status == "Stopped" and phase >= fate.phase:
        return _with(job, "Stopping", phase, "Stopping", at)
    if fate.status == "Failed" and phase >= fate.phase:
        return _with(job, "Failed", phase, "Failed", at)
    if phase + 1 >= len(PHASES):
        return _with(job, "Completed", phase, "Completed", at)
    return _with(job, "InProgress", phase, "Completed", at)


def _with(job: Job, status: str, phase: int, phase_status: str, at: datetime) -> Job:
    phases = list(job.phases)
    if phase < len(phases):
        phases[phase] = replace(phases[phase], status=phase_status, last_modified_time=at)
        if status == "InProgress":
            phases[phase + 1] = Phase("InProgress", at, at)
    ended = at if status in _ENDED else None
    return replace(job, status=status, phases=tuple(phases), last_modified_time=at, end_time=ended)
