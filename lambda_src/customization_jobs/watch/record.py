"""What the table holds of a job: its last known state, and all that happened to it."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from customization_jobs.watch.observation import Job
from customization_jobs.watch.transition import Kind, Transition


@dataclass(frozen=True, slots=True)
class Claim:
    """Someone's word that they publish what is pending, good until a moment.

    Attributes
    ----------
    by : str
        Who; a new word for each claim.
    until : datetime
        After it anybody may publish what is still pending.
    """

    by: str
    until: datetime


@dataclass(frozen=True, slots=True)
class JobRecord:
    """The last known state of a job.

    Attributes
    ----------
    job : Job
        As it was last seen; never goes backwards.
    version : int
        Counts the writes, and guards each one. 0 before the first.
    timeline : tuple of Transition
        What happened, in the order of `sequence`: told, or never to be told.
    pending : tuple of Transition
        What happened and is not yet known to be published.
    claim : Claim or None
        Who publishes what is pending.
    """

    job: Job
    version: int = 0
    timeline: tuple[Transition, ...] = ()
    pending: tuple[Transition, ...] = ()
    claim: Claim | None = None

    @property
    def transitions(self) -> tuple[Transition, ...]:
        """All that happened, pending or not, in order."""
        return tuple(sorted((*self.timeline, *self.pending), key=lambda each: each.sequence))

    @property
    def stuck(self) -> frozenset[str]:
        """The scopes, "job" or a phase, in which the job is longer than its limit."""
        scopes: dict[Kind, set[str]] = {Kind.STUCK: set(), Kind.UNSTUCK: set()}
        for each in (*self.timeline, *self.pending):
            if each.kind in scopes:
                scopes[each.kind].add(each.scope)
        return frozenset(scopes[Kind.STUCK] - scopes[Kind.UNSTUCK])

    def has(self, transition_id: str) -> bool:
        """Tell whether this happened already."""
        return any(each.id == transition_id for each in (*self.timeline, *self.pending))

    def claimed(self, now: datetime) -> bool:
        """Tell whether what is pending is another one's to publish."""
        return bool(self.pending) and self.claim is not None and now < self.claim.until

    def after(self, found: tuple[Transition, ...], *, news: bool) -> "JobRecord":
        """Take in what happened: as pending if it is news, else straight into the timeline."""
        if news:
            return replace(self, pending=(*self.pending, *found))
        return replace(self, timeline=(*self.timeline, *found))

    def published(self, ids: AbstractSet[str]) -> "JobRecord":
        """Take out of what is pending what was published, and the claim with the last of it."""
        told = tuple(replace(each, told=True) for each in self.pending if each.id in ids)
        pending = tuple(each for each in self.pending if each.id not in ids)
        timeline = tuple(sorted((*self.timeline, *told), key=lambda each: each.sequence))
        return replace(self, timeline=timeline, pending=pending, claim=self.claim if pending else None)

    def to_json(self) -> dict[str, Any]:
        """Write everything but the version, which the table holds beside it."""
        claim = self.claim and {"by": self.claim.by, "until": self.claim.until.isoformat()}
        return {
            "job": self.job.to_json(),
            "timeline": [each.to_json() for each in self.timeline],
            "pending": [each.to_json() for each in self.pending],
            "claim": claim,
        }

    @classmethod
    def from_json(cls, written: Mapping[str, Any], version: int) -> "JobRecord":
        """Read what `to_json` wrote."""
        claim = written["claim"]
        return cls(
            job=Job.from_json(written["job"]),
            version=version,
            timeline=tuple(map(Transition.from_json, written["timeline"])),
            pending=tuple(map(Transition.from_json, written["pending"])),
            claim=claim and Claim(claim["by"], datetime.fromisoformat(claim["until"])),
        )
