"""A transition that the watch publishes (docs/events.md), as the console describes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.demonstration.formatting import duration

# The kinds that Bedrock also sends an event for.
_KINDS_WITH_EVENT = ("Stopping", "Completed", "Failed", "Stopped")
_RETRIES = {
    True: "a retry may succeed",
    False: "a retry will not help",
    None: "whether a retry helps is unknown",
}
_PHASE_NAMES = {"validation": "validation", "dataProcessing": "data processing", "training": "training"}


@dataclass(frozen=True, slots=True)
class TransitionView:
    """One transition.

    Attributes
    ----------
    time : str
        The time of day at which it happened, UTC.
    status : str
        The status that the transition reached, which determines its color; else its kind.
    failure : str
        The reason why a job failed; else empty.
    """

    id: str
    kind: str
    job_arn: str
    job_name: str
    time: str
    description: str
    status: str
    failure: str
    found_by_sweep: bool

    @property
    def has_event(self) -> bool:
        """Whether Bedrock also sends an event for it."""
        return self.kind in _KINDS_WITH_EVENT

    def origin(self, *, missed: bool, duplicate: bool = False) -> str:
        """Describe how the watch learned of it."""
        if duplicate:
            return "published a second time"
        if missed:
            return "event missed, found by sweep"
        if not self.found_by_sweep:
            return "from Bedrock's event" if self.has_event else "found through an event"
        return "found by sweep before its event" if self.has_event else "found by sweep"


def parse_transition(event: Mapping[str, Any]) -> TransitionView:
    """Parse an event that the watch published."""
    detail = event["detail"]
    kind, job, transition = detail["kind"], detail["job"], detail["transition"]
    return TransitionView(
        id=detail["id"],
        kind=kind,
        job_arn=job["jobArn"],
        job_name=job["jobName"],
        time=detail["at"][11:19],
        description=_description(kind, transition),
        status=transition.get("to", kind),
        failure=_failure(detail.get("failure")),
        found_by_sweep=detail["foundBy"] == "sweep",
    )


def _description(kind: str, transition: Mapping[str, Any]) -> str:
    phase = _PHASE_NAMES.get(transition.get("phase", ""), "")
    if kind == "PhaseChanged":
        return f"{phase} {transition['to']}"
    if kind == "Stuck":
        age, limit = duration(transition["ageSeconds"]), duration(transition["limitSeconds"])
        return f"Stuck: {phase or 'in progress'} {age} (limit {limit})"
    if kind == "Late":
        expected = transition["expectedEnd"]
        return f"Late: expected by {expected['latest'][5:16].replace('T', ' ')} UTC"
    if kind == "Unstuck":
        return f"Unstuck: {transition['status']}"
    return str(kind)


def _failure(failure: Mapping[str, Any] | None) -> str:
    if failure is None:
        return ""
    retry = _RETRIES[failure["retryHelps"]]
    return f"{failure['category']}, {retry}: {failure.get('message') or failure['remedy']}"
