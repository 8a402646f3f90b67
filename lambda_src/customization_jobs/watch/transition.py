"""One thing that happened to a job, named the same whoever finds it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What can happen to a job; consumers match on these words."""

    SEEN = "Seen"
    PHASE_CHANGED = "PhaseChanged"
    STOPPING = "Stopping"
    COMPLETED = "Completed"
    FAILED = "Failed"
    STOPPED = "Stopped"
    STUCK = "Stuck"
    UNSTUCK = "Unstuck"


# The kinds that Bedrock's own events tell too: a sweep that finds one has found an event that was missed.
TOLD_BY_BEDROCK = frozenset({Kind.STOPPING, Kind.COMPLETED, Kind.FAILED, Kind.STOPPED})
# The scope of what concerns the whole job; other scopes are names of phases.
JOB = "job"


class Source(StrEnum):
    """Who saw it."""

    SWEEP = "sweep"
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class Transition:
    """One thing that happened to a job.

    Attributes
    ----------
    id : str
        32 hexadecimal digits. The same transition of the same job has the same id whoever finds it and
        however often it is told, so a consumer drops by it.
    kind : Kind
        What happened.
    at : str
        When, ISO 8601: by Bedrock's clock where Bedrock says it, else when it was found.
    found_by : Source
        Who found it first.
    sequence : int
        Its place among the transitions of its job, from 1, without gaps: the order that EventBridge does not
        keep.
    scope : str
        "job", or the name of the phase that it is about.
    details : mapping
        As JSON: for a change of phase `phase`, `from`, `to`; for stuck `phase`, `ageSeconds`, `limitSeconds`;
        for unstuck `phase`, `status`; for a failure that is told `failure`.
    told : bool
        Whether it was published. False while it is pending, and for ever for what was over before the watch
        began.
    """

    id: str
    kind: Kind
    at: str
    found_by: Source
    sequence: int
    scope: str = JOB
    details: Mapping[str, Any] = field(default_factory=dict)
    told: bool = False

    def to_json(self) -> dict[str, Any]:
        """Write it as the record and the timeline hold it."""
        return {
            "id": self.id,
            "sequence": self.sequence,
            "kind": str(self.kind),
            "at": self.at,
            "foundBy": str(self.found_by),
            "scope": self.scope,
            "details": dict(self.details),
            "told": self.told,
        }

    @classmethod
    def from_json(cls, written: Mapping[str, Any]) -> "Transition":
        """Read what `to_json` wrote."""
        return cls(
            id=written["id"],
            kind=Kind(written["kind"]),
            at=written["at"],
            found_by=Source(written["foundBy"]),
            sequence=written["sequence"],
            scope=written["scope"],
            details=written["details"],
            told=written["told"],
        )


def transition_id(job_arn: str, kind: Kind, scope: str = JOB, value: str = "") -> str:
    """Name a transition by what it is: the job, the kind, the scope and the value that was reached."""
    # An ARN, a kind, a phase and a status have no line break in them.
    named = f"{job_arn}\n{kind}\n{scope}\n{value}"
    return hashlib.blake2b(named.encode(), digest_size=16).hexdigest()
