"""A waiter: a workflow that waits for jobs to end, and what is known of them. Pure values."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from customization_jobs.jobs import FAILED, STOPPED
from customization_jobs.watch.job import Job

# What a waiter waits for while jobs that do not exist yet can prolong its wait.
NEW_JOBS = "#jobs"
# How many jobs that ended badly an answer describes. The counts include the others.
MAX_ENDED_BADLY = 20
# Of Bedrock's message, so that 20 of them fit into an item of the table and an output of 256 KiB.
_MAX_MESSAGE = 300
# How many jobs a waiter knows. About 12 characters each, so that it fits into an item of 400 KB.
MAX_JOBS = 20_000
_BAD = (FAILED, STOPPED)


class EndedJob(NamedTuple):
    """A job that has ended.

    Attributes
    ----------
    failure : mapping or None
        `Failure.to_json`, if the reason is known.
    """

    key: str
    arn: str
    name: str
    status: str
    failure: Mapping[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the form in which an answer describes the job."""
        described = {"jobArn": self.arn, "jobName": self.name, "status": self.status}
        if not self.failure:
            return described
        message = self.failure.get("message")
        cut = message[:_MAX_MESSAGE] if isinstance(message, str) else None
        return described | {"failure": {**self.failure, "message": cut}}


class Waiter(NamedTuple):
    """A waiter.

    Attributes
    ----------
    token : str
        Identifies the waiting state; empty once the waiter is done.
    query : mapping
        The query as JSON.
    fail_on, at_least, follow
        As in `WaitRequest`.
    expires_at : datetime
        When the waiter is given up.
    pending : tuple of str
        Keys of the jobs that have not ended, as far as known. The first is the one that is waited for: it
        alone leads to the waiter, so that the end of any other job costs nothing.
    known : frozenset of str
        Keys of the jobs that have ended, kept only while new jobs can be added.
    ended : mapping of str to int
        Number of ended jobs by status.
    ended_badly : tuple of mapping
        The first few that failed or were stopped.
    fleet : bool
        Whether the waiter waits for jobs of all sources of the fleet, and not of the hub's own source alone.
    coverage : mapping or None
        Of a wait for the fleet: the coverage of the selected sources at the registration.
    version : int
        Number of writes; 0 before the first.
    """

    token: str
    query: Mapping[str, Any]
    fail_on: tuple[str, ...]
    at_least: int
    follow: bool
    expires_at: datetime
    pending: tuple[str, ...] = ()
    known: frozenset[str] = frozenset()
    ended: Mapping[str, int] = {}
    ended_badly: tuple[Mapping[str, Any], ...] = ()
    fleet: bool = False
    coverage: Mapping[str, Any] | None = None
    version: int = 0

    @property
    def id(self) -> str:
        """A hash of the token: a state that registers twice is one waiter."""
        return waiter_id(self.token)

    @property
    def total(self) -> int:
        """Number of jobs, ended or not."""
        return len(self.pending) + sum(self.ended.values())

    @property
    def is_open(self) -> bool:
        """Whether jobs that appear later are added."""
        return self.follow or self.total < self.at_least

    @property
    def awaits(self) -> str:
        """What leads to this waiter: the key of a job, or `NEW_JOBS`."""
        return NEW_JOBS if self.is_open or not self.pending else self.pending[0]

    def with_jobs(self, jobs: Iterable[Job]) -> "Waiter":
        """Add jobs that are not known yet, as long as the waiter is open, and knows fewer than 20,000."""
        waiter, known = self, self.known.union(self.pending)
        for job in jobs:
            if waiter.is_open and job.key not in known and len(known) < MAX_JOBS:
                waiter, known = waiter._replace(pending=(*waiter.pending, job.key)), known | {job.key}
        return waiter

    def with_ended(self, jobs: Iterable[EndedJob]) -> "Waiter":
        """Count jobs that have ended, which are no longer pending."""
        by_key = {job.key: job for job in jobs}
        if not by_key:
            return self
        ended = dict(self.ended)
        badly = list(self.ended_badly)
        for job in by_key.values():
            ended[job.status] = ended.get(job.status, 0) + 1
            if job.status in _BAD and len(badly) < MAX_ENDED_BADLY:
                badly.append(job.to_json())
        waiter = self._replace(
            pending=tuple(key for key in self.pending if key not in by_key),
            known=self.known | by_key.keys(),
            ended=ended,
            ended_badly=tuple(badly),
        )
        return waiter if waiter.is_open else waiter._replace(known=frozenset())

    def to_json(self) -> dict[str, Any]:
        """Return everything but the version, which the table stores separately."""
        known = self.pending or tuple(self.known)
        prefix = known[0].rpartition("/")[0] + "/" if known else ""
        return {
            "token": self.token,
            "query": dict(self.query),
            "failOn": list(self.fail_on),
            "atLeast": self.at_least,
            "follow": self.follow,
            "expiresAt": self.expires_at.isoformat(),
            # Jobs of one account and region have this prefix in common.
            "prefix": prefix,
            "pending": _without(prefix, self.pending),
            "known": _without(prefix, sorted(self.known)),
            "ended": dict(self.ended),
            "endedBadly": list(self.ended_badly),
            **({"fleet": True} if self.fleet else {}),
            **({"coverage": dict(self.coverage)} if self.coverage else {}),
        }

    @classmethod
    def from_json(cls, written: Mapping[str, Any], version: int) -> "Waiter":
        """Read what `to_json` returned, in this version or a newer one."""
        prefix = written["prefix"]
        return cls(
            token=written["token"],
            query=written["query"],
            fail_on=tuple(written["failOn"]),
            at_least=written["atLeast"],
            follow=written["follow"],
            expires_at=datetime.fromisoformat(written["expiresAt"]),
            pending=tuple(_with(prefix, written["pending"])),
            known=frozenset(_with(prefix, written["known"])),
            ended=written["ended"],
            ended_badly=tuple(written["endedBadly"]),
            fleet=written.get("fleet") is True,
            coverage=written.get("coverage"),
            version=version,
        )


def waiter_id(token: str) -> str:
    """Return the id of the waiter with a task token: 32 hexadecimal digits."""
    return hashlib.blake2b(token.encode(), digest_size=16).hexdigest()


def _without(prefix: str, keys: Iterable[str]) -> list[str]:
    """Shorten the keys with the prefix. Others stay, and cannot be confused with these: ids have no colon."""
    return [key.removeprefix(prefix) for key in keys]


def _with(prefix: str, written: Iterable[str]) -> list[str]:
    return [each if ":" in each else prefix + each for each in written]
