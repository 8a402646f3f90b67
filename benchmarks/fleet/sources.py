"""The simulated sources: a few have many jobs, most have none, and some cannot be listed."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from math import inf
from random import Random
from typing import Any, NamedTuple

from customization_jobs.sources import Source

HUB, REGIONS = "100000000000", ("us-east-1", "us-west-2")
OWN = Source(HUB, REGIONS[0])
_MODELS = (
    "amazon.nova-lite-v1:0:300k",
    "amazon.nova-micro-v1:0:128k",
    "anthropic.claude-3-haiku-20240307-v1:0:200k",
)
_YEAR_SECONDS = 365 * 24 * 3600
_SHARE_WITH_JOBS, _SHARE_RUNNING = 0.3, 0.02
_FAILED, _STOPPED = 0.12, 0.2


class Fault(StrEnum):
    """What is wrong with a source."""

    ROLE = "its role is missing"
    POLICY = "a service control policy denies the list"
    THROTTLED = "Bedrock throttles every call"
    THROTTLED_ONCE = "Bedrock throttles the first attempt"
    SLOW = "Bedrock is slow"


# Shares of the sources. A missing role affects its account in all regions.
_SHARES = {
    Fault.ROLE: 0.03,
    Fault.POLICY: 0.02,
    Fault.THROTTLED: 0.02,
    Fault.THROTTLED_ONCE: 0.05,
    Fault.SLOW: 0.03,
}


class SimulatedJob(NamedTuple):
    """A job. Times are in whole seconds since the epoch; without an end it is in progress."""

    created: int
    number: int
    ended: int | None
    status: str

    def summary(self, source: Source) -> dict[str, Any]:
        """Return the summary as Bedrock lists it, some 1,000 bytes as JSON."""
        model, identity = _MODELS[self.number % len(_MODELS)], f"{self.number:012x}"
        account = f"arn:aws:bedrock:{source.region}:{source.account}"
        name = f"support-assistant-nightly-of-the-team-{self.number:06d}"
        started, changed = _text(self.created + 600), _text(self.ended or self.created + 1200)
        done = {"status": "Completed", "creationTime": _text(self.created), "lastModifiedTime": started}
        training = {"status": self.status, "creationTime": started, "lastModifiedTime": changed}
        details = {"validationDetails": done, "dataProcessingDetails": done, "trainingDetails": training}
        ended = {"endTime": changed} if self.ended else {}
        return {
            "jobArn": f"{account}:model-customization-job/{model}/{identity}",
            "baseModelArn": f"arn:aws:bedrock:{source.region}::foundation-model/{model}",
            "jobName": name,
            "status": self.status,
            "statusDetails": details,
            "lastModifiedTime": changed,
            "creationTime": _text(self.created),
            **ended,
            "customModelArn": f"{account}:custom-model/{model}/{identity}",
            "customModelName": f"{name}-model",
            "customizationType": "FINE_TUNING",
        }


@dataclass
class SimulatedSource:
    """A source, with its jobs from the oldest to the newest."""

    source: Source
    fault: Fault | None = None
    jobs: list[SimulatedJob] = field(default_factory=list)

    def page(
        self, size: int, token: str | None, *, descending: bool, after: float = 0, before: float = inf
    ) -> tuple[list[SimulatedJob], str | None]:
        """Return a page of jobs, and the token of the next one: the last job's creation time and number.

        Parameters
        ----------
        after, before : float
            Bounds of the creation time, inclusive.
        """
        start, end = bisect_left(self.jobs, (after,)), bisect_right(self.jobs, (before, inf))
        if token:
            created, number = map(int, token.split("-"))
            place = bisect_left(self.jobs, (created, number))
            start, end = (start, place) if descending else (place + 1, end)
        selected = (
            self.jobs[max(start, end - size) : end][::-1] if descending else self.jobs[start : start + size]
        )
        if len(selected) == end - start:
            return selected, None
        return selected, f"{selected[-1].created}-{selected[-1].number}"


class Fleet:
    """Accounts by regions, with jobs of the past year.

    Three in ten sources have jobs, in numbers proportional to 1/rank. The hub's own source has no fault.
    """

    def __init__(self, sources: int, jobs: int, random: Random, now: datetime | None = None) -> None:
        self.random = random
        self.now = int((now or datetime.now(UTC)).timestamp())
        accounts = [f"{int(HUB) + index:012d}" for index in range(sources // len(REGIONS))]
        self.accounts: Sequence[str] = accounts
        self.sources = {
            source: SimulatedSource(source)
            for source in (Source(account, region) for account in accounts for region in REGIONS)
        }
        self._numbers = 0
        self._add_faults()
        self._add_jobs(jobs)

    @property
    def number_of_jobs(self) -> int:
        """Number of all jobs, including those of sources that cannot be listed."""
        return sum(len(each.jobs) for each in self.sources.values())

    def with_fault(self, *faults: Fault) -> set[Source]:
        """Return the sources with one of these faults."""
        return {source for source, each in self.sources.items() if each.fault in faults}

    def add_jobs(self, source: Source, number: int) -> None:
        """Add jobs of the past year to a source."""
        jobs = self.sources[source].jobs
        for _ in range(number):
            is_running = self.random.random() < _SHARE_RUNNING
            age = self.random.randrange(60, 12 * 3600 if is_running else _YEAR_SECONDS)
            ended = None if is_running else self.now - age + min(age - 30, 4 * 3600)
            jobs.append(self._new_job(self.now - age, ended))
        jobs.sort()

    def change(self, number: int) -> None:
        """Change jobs: half of them are new, and the others are running ones that end."""
        listed = [each for each in self.sources.values() if each.jobs and each.fault in (None, Fault.SLOW)]
        weights = [len(each.jobs) for each in listed]
        for chosen in self.random.choices(listed, weights, k=number - number // 2):
            chosen.jobs.append(self._new_job(self.now, ended=None))
        running = [
            (each, index)
            for each in listed
            for index, job in enumerate(each.jobs)
            if job.ended is None and job.created < self.now
        ]
        for chosen, index in self.random.sample(running, min(number // 2, len(running))):
            status = "Failed" if self.random.random() < _FAILED else "Completed"
            chosen.jobs[index] = chosen.jobs[index]._replace(ended=self.now, status=status)

    def _add_faults(self) -> None:
        faulty = [account for account in self.accounts if account != HUB]
        self.random.shuffle(faulty)
        for fault, share in _SHARES.items():
            for _ in range(round(share * len(self.sources) / (len(REGIONS) if fault is Fault.ROLE else 1))):
                account = faulty.pop()
                regions = REGIONS if fault is Fault.ROLE else (self.random.choice(REGIONS),)
                for region in regions:
                    self.sources[Source(account, region)].fault = fault

    def _add_jobs(self, number: int) -> None:
        ranked = self.random.sample(sorted(self.sources), max(1, round(_SHARE_WITH_JOBS * len(self.sources))))
        weights = [1 / (rank + 1) for rank in range(len(ranked))]
        for chosen, of_source in Counter(self.random.choices(ranked, weights, k=number)).items():
            self.add_jobs(chosen, of_source)

    def _new_job(self, created: int, ended: int | None) -> SimulatedJob:
        self._numbers += 1
        if ended is None:
            return SimulatedJob(created, self._numbers, None, "InProgress")
        drawn = self.random.random()
        status = "Failed" if drawn < _FAILED else "Stopped" if drawn < _STOPPED else "Completed"
        return SimulatedJob(created, self._numbers, ended, status)


def _text(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
