"""Sample jobs: what an account of a few busy teams holds after three months."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random
from typing import TypeVar

from local.common.identifiers import ACCOUNT, REGION
from local.common.timestamps import truncate_to_milliseconds
from local.simulated_jobs.catalog import FAILURE_MESSAGES, MODELS, PROJECTS_BY_TEAM, tags_of
from local.simulated_jobs.job import END_STATUSES, Job, Phase, new_identifier

# Every 40th job has the creation time of the job before it, as jobs started by a script do.
_SHARED_TIME_EVERY = 40
# How the duration of a job divides: validation, data processing, training.
_PHASE_SHARES = (0.1, 0.2, 0.7)
# The least age of the last change: the watch publishes changes of the last minutes before its start.
_QUIET_TIME = timedelta(minutes=6)
# The probability that a job starts from a custom model, if there is one.
_CUSTOM_MODEL_PROBABILITY = 0.1
_T = TypeVar("_T")
SEED = 2026


@dataclass(frozen=True, slots=True)
class _History:
    """The course of one job; dates and phases of the job are derived from it."""

    status: str
    age_hours: float
    hours: float  # from its creation until it ended, or until now
    customization_type: str = "FINE_TUNING"
    phase: int = 2  # the phase that is in progress, failed, or was stopped


# These come first, so that a demonstration has findings on any day.
_RECENT_HISTORIES = (
    _History("InProgress", 3, 3),
    _History("Failed", 5, 2.5, phase=0),
    _History("Completed", 9, 6),
    _History("InProgress", 52, 52, "CONTINUED_PRE_TRAINING"),
    _History("Stopping", 7, 7, "DISTILLATION"),
    _History("Failed", 14, 11, "REINFORCEMENT_FINE_TUNING"),
    _History("Stopped", 30, 4, phase=1),
    _History("Completed", 16, 1, "IMPORTED"),
    _History("InProgress", 0.2, 0.2, phase=0),
    _History("InProgress", 77, 77, "REINFORCEMENT_FINE_TUNING"),
    _History("Completed", 20, 14, "DISTILLATION"),
    _History("Failed", 26, 8, phase=1),
    _History("InProgress", 1.5, 1.5, phase=1),
    _History("InProgress", 131, 131, "DISTILLATION"),
    _History("Stopping", 12, 12),
)


def sample_jobs(
    count: int = 260,
    *,
    now: datetime | None = None,
    seed: int = SEED,
    region: str = REGION,
    account: str = ACCOUNT,
) -> list[Job]:
    """Generate jobs, in no particular order; the same arguments give the same jobs.

    The first fifteen cover every status, every customization type, failures of the last 24 hours and jobs in
    progress for days; the others ended within the last three months. Some share a creation time.

    Parameters
    ----------
    now : datetime or None
        All dates are relative to it; the current time if None.
    """
    factory = _JobFactory(now or datetime.now(UTC), seed, region, account)
    for history in islice(factory.histories(), count):
        factory.add(history)
    return factory.jobs


class _JobFactory:
    """Makes jobs from histories, with names and parent models that depend on the jobs made before."""

    def __init__(self, now: datetime, seed: int, region: str, account: str) -> None:
        self.jobs: list[Job] = []
        self._runs: Counter[tuple[str, str]] = Counter()
        self._models: defaultdict[str, list[str]] = defaultdict(list)
        self._now = now
        # Not for secrets: each start generates the same jobs on purpose.
        self._random = Random(seed)  # noqa: S311
        self._region = region
        self._account = account

    def histories(self) -> Iterator[_History]:
        yield from _RECENT_HISTORIES
        while True:
            yield _History(
                status=self._choose(END_STATUSES, (84, 11, 5)),
                age_hours=self._random.uniform(48, 90 * 24),
                hours=self._random.uniform(1, 30),
                customization_type=self._choose(tuple(MODELS), (60, 12, 14, 8, 6)),
                phase=self._choose((0, 1, 2), (35, 20, 45)),
            )

    def add(self, history: _History) -> None:
        created = self._creation_time(history)
        ended = min(created + timedelta(hours=history.hours), self._now - _QUIET_TIME)
        phases = () if history.customization_type == "IMPORTED" else _phases(history, created, ended)
        model = self._random.choice(MODELS[history.customization_type])
        name = self._unused_name(created)
        identifier = new_identifier(self._random)
        self.jobs.append(
            Job(
                name=name,
                identifier=identifier,
                region=self._region,
                account=self._account,
                base_model_id=model,
                parent_model=self._parent_model(model),
                customization_type=history.customization_type,
                status=history.status,
                creation_time=created,
                last_modified_time=ended,
                end_time=ended if history.status in END_STATUSES else None,
                custom_model_name=name,
                phases=phases,
                failure_message=self._random.choice(FAILURE_MESSAGES) if history.status == "Failed" else None,
                tags=tags_of(name),
            )
        )
        if history.status == "Completed" and history.customization_type != "IMPORTED":
            self._models[model].append(identifier)

    def _creation_time(self, history: _History) -> datetime:
        if len(self.jobs) % _SHARED_TIME_EVERY == _SHARED_TIME_EVERY - 1:
            return self.jobs[-1].creation_time
        return truncate_to_milliseconds(self._now - timedelta(hours=history.age_hours))

    def _unused_name(self, created: datetime) -> str:
        """Compose team, project and day, with a run number if that name is taken."""
        team = self._random.choice(tuple(PROJECTS_BY_TEAM))
        stem, day = f"{team}-{self._random.choice(PROJECTS_BY_TEAM[team])}", f"{created:%Y%m%d}"
        self._runs[stem, day] += 1
        run = self._runs[stem, day]
        return f"{stem}{f'-{run}' if run > 1 else ''}-{day}"

    def _parent_model(self, model: str) -> str | None:
        custom_models = self._models[model]
        if custom_models and self._random.random() < _CUSTOM_MODEL_PROBABILITY:
            return self._random.choice(custom_models)
        return None

    def _choose(self, values: Sequence[_T], weights: Sequence[int]) -> _T:
        return self._random.choices(values, weights)[0]


def _phases(history: _History, created: datetime, until: datetime) -> tuple[Phase, ...]:
    """Divide the job's duration among the phases that it has reached."""
    last = len(_PHASE_SHARES) - 1 if history.status == "Completed" else history.phase
    scale = sum(_PHASE_SHARES[: last + 1])
    phases = []
    start = created
    for index, share in enumerate(_PHASE_SHARES):
        if index > last:
            phases.append(Phase("NotStarted"))
            continue
        end = until if index == last else start + (until - created) * (share / scale)
        phases.append(Phase(history.status if index == last else "Completed", start, end))
        start = end
    return tuple(phases)
