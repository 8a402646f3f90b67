"""A transition: one change of a job's state, with the same id whoever finds it."""

import hashlib
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from customization_jobs.watch.job_arn import job_key


class Kind(StrEnum):
    """Kinds of transition that this version finds. Consumers match on these names."""

    DISCOVERED = "Discovered"
    PHASE_CHANGED = "PhaseChanged"
    STOPPING = "Stopping"
    COMPLETED = "Completed"
    FAILED = "Failed"
    STOPPED = "Stopped"
    STUCK = "Stuck"
    UNSTUCK = "Unstuck"
    FAILURE_EXPLAINED = "FailureExplained"
    LATE = "Late"


# Bedrock publishes events of these kinds too. If a sweep is first to find one, Bedrock's event was missed.
PUBLISHED_BY_BEDROCK = frozenset({Kind.STOPPING, Kind.COMPLETED, Kind.FAILED, Kind.STOPPED})
# Scope of a transition of the whole job. Other scopes are phases.
JOB = "job"


class FoundBy(StrEnum):
    """What found a transition first."""

    SWEEP = "sweep"
    EVENT = "event"


class Transition(NamedTuple):
    """One change of a job's state.

    Attributes
    ----------
    id : str
        32 hexadecimal digits, the same for the same transition however often it is published. Consumers use
        it to drop duplicates.
    kind, found_by : str
        A `Kind` and a `FoundBy`, or what a newer version has recorded.
    at : str
        ISO 8601 time of the change according to Bedrock, or of its discovery if Bedrock gives none.
    sequence : int
        Position among the job's transitions, from 1. EventBridge does not preserve order.
    scope : str
        "job", or the phase that changed.
    details : mapping
        JSON. PhaseChanged: `phase`, `from`, `to`. Stuck: `phase`, `ageSeconds`, `limitSeconds`, both in words
        as `age`, `limit`, and `status` if that is Stopping. Unstuck: `phase`, `status`. Failed and
        FailureExplained: `failure`. Late: `phase`, and `expectedEnd`, the interval that the job has outlived.
    published : bool
        False while pending, and permanently for transitions from before the watch started.
    """

    id: str
    kind: str
    at: str
    found_by: str
    sequence: int
    scope: str = JOB
    details: Mapping[str, Any] = {}
    published: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the form in which records and timelines contain it."""
        return {
            "id": self.id,
            "sequence": self.sequence,
            "kind": str(self.kind),
            "at": self.at,
            "foundBy": str(self.found_by),
            "scope": self.scope,
            "details": dict(self.details),
            "published": self.published,
        }

    @classmethod
    def from_json(cls, written: Mapping[str, Any]) -> "Transition":
        """Read what `to_json` returned, in this version or a newer one."""
        return cls(
            id=written["id"],
            kind=written["kind"],
            at=written["at"],
            found_by=written["foundBy"],
            sequence=written["sequence"],
            scope=written["scope"],
            details=written["details"],
            published=written["published"],
        )


def transition_id(job_arn: str, kind: str, scope: str = JOB, value: str = "") -> str:
    """Return the id of a transition: a hash of the job, the kind, the scope and the value reached.

    It is the same for each form of the job's ARN.
    """
    # None of the parts can contain a line break.
    parts = f"{job_key(job_arn)}\n{kind}\n{scope}\n{value}"
    return hashlib.blake2b(parts.encode(), digest_size=16).hexdigest()
