"""The record of a job: its last known state and all its transitions."""

from collections import Counter
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any, NamedTuple

from customization_jobs.jobs import STOPPING
from customization_jobs.watch.job import Job
from customization_jobs.watch.transition import Kind, Transition

_FIELDS = ("job", "timeline", "pending", "claim", "tags")


class Claim(NamedTuple):
    """A lease on publishing the pending transitions of a job.

    Attributes
    ----------
    owner : str
        Unique for each claim.
    until : datetime
        Afterwards any invocation may publish what is still pending.
    """

    owner: str
    until: datetime


class JobRecord(NamedTuple):
    """The record of a job.

    Attributes
    ----------
    job : Job
        Last known state; never moves backward.
    version : int
        Number of writes, which guards each write; 0 before the first.
    timeline : tuple of Transition
        Transitions that are published, or never will be, ordered by `sequence`.
    pending : tuple of Transition
        Transitions that are not yet known to be published.
    claim : Claim or None
        Held while the pending transitions are being published; None if there are none.
    unknown_fields : mapping
        Fields that a newer version has written; they are kept.
    tags : mapping of str to str or None
        None if they have not been read.
    position : str or None
        Where the stored record is listed; None if it is not, because an older version wrote it.
    """

    job: Job
    version: int = 0
    timeline: tuple[Transition, ...] = ()
    pending: tuple[Transition, ...] = ()
    claim: Claim | None = None
    unknown_fields: Mapping[str, Any] = {}
    tags: Mapping[str, str] | None = None
    position: str | None = None

    @property
    def transitions(self) -> tuple[Transition, ...]:
        """All transitions, pending or not, in order."""
        return tuple(sorted((*self.timeline, *self.pending), key=lambda each: each.sequence))

    @property
    def stuck(self) -> frozenset[str]:
        """Scopes, "job" or a phase, in which the job exceeds its limit."""
        # A job can be stuck twice: in progress, and then in Stopping.
        return frozenset(Counter(self._scopes(Kind.STUCK)) - Counter(self._scopes(Kind.UNSTUCK)))

    @property
    def stopping_since(self) -> str | None:
        """When the job began to stop, as far as the watch knows."""
        return next((each.at for each in self.transitions if each.kind == Kind.STOPPING), None)

    @property
    def is_stuck_in_stopping(self) -> bool:
        """Whether the job exceeded its limit while it was stopping."""
        return any(
            each.kind == Kind.STUCK and each.details.get("status") == STOPPING for each in self.transitions
        )

    @property
    def unexplained_since(self) -> str | None:
        """When the job failed, if its failure was found by the watch, and its reason could not be fetched."""
        failures = [each for each in self.transitions if "failure" in each.details]
        is_unexplained = failures and all(each.details["failure"]["message"] is None for each in failures)
        return failures[0].at if is_unexplained else None

    @property
    def failure(self) -> Mapping[str, Any] | None:
        """Why the job failed, as `Failure.to_json`; None if it did not fail, or nothing is known."""
        failures = [each.details["failure"] for each in self.transitions if "failure" in each.details]
        # The last one explains a failure that was recorded without its reason.
        return failures[-1] if failures else None

    def has(self, transition_id: str) -> bool:
        """Whether a transition is recorded."""
        return any(each.id == transition_id for each in (*self.timeline, *self.pending))

    def is_claimed(self, now: datetime) -> bool:
        """Whether the lease of a claim has not expired."""
        return self.claim is not None and now < self.claim.until

    def is_claimed_by(self, owner: str) -> bool:
        """Whether `owner` wrote the claim."""
        return self.claim is not None and self.claim.owner == owner

    def updated(self, job: Job, tags: Mapping[str, str] | None) -> "JobRecord":
        """Replace the state of the job, and add its tags if they are not known yet."""
        return self._replace(job=job, tags=tags if self.tags is None else self.tags)

    def with_recorded(self, transition: Transition) -> "JobRecord":
        """Add a transition that is not to be published."""
        return self._replace(timeline=(*self.timeline, transition))

    def with_pending(self, transition: Transition) -> "JobRecord":
        """Add a transition to publish."""
        return self._replace(pending=(*self.pending, transition))

    def with_published(self, ids: AbstractSet[str]) -> "JobRecord":
        """Move published transitions from pending to the timeline; the claim ends with the last of them."""
        published = tuple(each._replace(published=True) for each in self.pending if each.id in ids)
        pending = tuple(each for each in self.pending if each.id not in ids)
        timeline = tuple(sorted((*self.timeline, *published), key=lambda each: each.sequence))
        return self._replace(timeline=timeline, pending=pending, claim=self.claim if pending else None)

    def to_json(self) -> dict[str, Any]:
        """Return everything but the version and the position, which the table stores separately."""
        claim = self.claim and {"owner": self.claim.owner, "until": self.claim.until.isoformat()}
        return {
            **self.unknown_fields,
            "job": self.job.to_json(),
            "timeline": [each.to_json() for each in self.timeline],
            "pending": [each.to_json() for each in self.pending],
            "claim": claim,
            **({} if self.tags is None else {"tags": dict(self.tags)}),
        }

    @classmethod
    def from_json(cls, written: Mapping[str, Any], version: int) -> "JobRecord":
        """Read what `to_json` returned, in this version or a newer one."""
        claim = written["claim"]
        return cls(
            job=Job.from_json(written["job"]),
            version=version,
            timeline=tuple(map(Transition.from_json, written["timeline"])),
            pending=tuple(map(Transition.from_json, written["pending"])),
            claim=claim and Claim(claim["owner"], datetime.fromisoformat(claim["until"])),
            unknown_fields={name: value for name, value in written.items() if name not in _FIELDS},
            tags=_tags_or_none(written.get("tags")),
        )

    def _scopes(self, kind: str) -> list[str]:
        return [each.scope for each in (*self.timeline, *self.pending) if each.kind == kind]


def _tags_or_none(written: object) -> dict[str, str] | None:
    # Malformed tags are read again from Bedrock: the record must stay readable without its tags.
    if not isinstance(written, Mapping):
        return None
    return {key: value for key, value in written.items() if isinstance(value, str)}
