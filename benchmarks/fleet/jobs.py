"""The simulated jobs of a fleet: few sources have many, most have none, and few jobs are in progress."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from benchmarks.fleet.virtual_time import START
from customization_jobs.sources import Source

# Share of the sources that have jobs. The number of jobs falls with the rank of a source, as 1 / rank^0.8.
_WITH_JOBS = 0.15
_SKEW = 0.8
# Whatever the number of all jobs: those in progress, and those that ended within the last day.
IN_PROGRESS, ENDED_RECENTLY = 200, 250
_DAYS = 390
_MODELS = ("amazon.nova-lite-v1:0:300k", "amazon.nova-micro-v1:0:128k", "amazon.titan-text-lite-v1:0:4k")
_HOUR = timedelta(hours=1)


@dataclass(slots=True)
class SimulatedJob:
    """A job, whose summary is built when it is listed."""

    number: int
    created: datetime
    status: str
    ended: datetime | None

    def summary(self, source: Source) -> dict[str, Any]:
        """Return the summary in Bedrock's format, with all fields."""
        model = _MODELS[self.number % len(_MODELS)]
        account = f"arn:aws:bedrock:{source.region}:{source.account}"
        identity = f"{self.number * 2_654_435_761 % 16**12:012x}"
        name = f"support-assistant-nightly-{self.number:06d}"
        training = "Completed" if self.status == "Completed" else self.status
        changed = self.ended or self.created + _HOUR
        phases = (("validation", "Completed"), ("dataProcessing", "Completed"), ("training", training))
        summary = {
            "jobArn": f"{account}:model-customization-job/{model}/{identity}",
            "baseModelArn": f"arn:aws:bedrock:{source.region}::foundation-model/{model}",
            "jobName": name,
            "status": self.status,
            "statusDetails": {
                f"{phase}Details": {
                    "status": status,
                    "creationTime": _text(self.created),
                    "lastModifiedTime": _text(changed),
                }
                for phase, status in phases
            },
            "lastModifiedTime": _text(changed),
            "creationTime": _text(self.created),
            "customModelArn": f"{account}:custom-model/{model}/{identity}",
            "customModelName": f"{name}-model",
            "customizationType": "FINE_TUNING",
        }
        return {**summary, "endTime": _text(self.ended)} if self.ended else summary


class FleetJobs:
    """The jobs of each source, in the order of their creation.

    Parameters
    ----------
    sources : sequence of Source
        Those that may have jobs.
    number : int
        Number of jobs of all of them.
    """

    def __init__(self, sources: Sequence[Source], number: int, random: Random) -> None:
        self._random = random
        self._last_number = 0
        self.by_source: dict[Source, list[SimulatedJob]] = {}
        with_jobs = sources[: max(1, round(_WITH_JOBS * len(sources)))]
        weights = [1 / rank**_SKEW for rank in range(1, len(with_jobs) + 1)]
        self._sources, self._weights = with_jobs, weights
        in_progress = min(IN_PROGRESS, number // 5)
        ended_recently = min(ENDED_RECENTLY, number // 4)
        for _ in range(number - in_progress - ended_recently):
            created = START - timedelta(days=random.uniform(3, _DAYS))
            self._add(created, created + random.uniform(1, 12) * _HOUR)
        for _ in range(ended_recently):
            ended = START - random.uniform(0.1, 24) * _HOUR
            self._add(ended - random.uniform(1, 12) * _HOUR, ended)
        for _ in range(in_progress):
            self._add(START - random.uniform(0.1, 8) * _HOUR, None)
        for jobs in self.by_source.values():
            jobs.sort(key=lambda job: job.created)

    def __len__(self) -> int:
        """Return the number of jobs."""
        return sum(map(len, self.by_source.values()))

    def change(self, number: int, now: datetime) -> None:
        """End jobs that are in progress, up to a half of the number, and create jobs for the rest."""
        running = [job for jobs in self.by_source.values() for job in jobs if job.ended is None]
        ending = self._random.sample(running, min(len(running), number // 2))
        for job in ending:
            job.ended, job.status = now, self._final_status()
        for _ in range(number - len(ending)):
            self._add(now - timedelta(seconds=self._random.uniform(0, 600)), None)

    def _add(self, created: datetime, ended: datetime | None) -> None:
        self._last_number += 1
        status = self._final_status() if ended else "InProgress"
        job = SimulatedJob(self._last_number, created, status, ended)
        (source,) = self._random.choices(self._sources, self._weights)
        self.by_source.setdefault(source, []).append(job)

    def _final_status(self) -> str:
        return self._random.choices(("Completed", "Failed", "Stopped"), (80, 12, 8))[0]


def _text(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{time.microsecond // 1000:03d}Z"
