"""The watch's events (docs/events.md), read for the screen."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.screen import duration

# The kinds for which Bedrock, too, sends an event.
_OF_BEDROCK = ("Stopping", "Completed", "Failed", "Stopped")
_PHASES = {"validation": "validation", "dataProcessing": "data processing", "training": "training"}


@dataclass(frozen=True, slots=True)
class Told:
    """One transition.

    Attributes
    ----------
    id, kind, arn, name : str
        The transition's id and kind, its job's ARN and name.
    time : str
        When it happened, UTC.
    what : str
        In words.
    word : str
        The status that it is about, for its colour.
    reason : str
        Why a job failed; else empty.
    by_sweep : bool
        Whether the sweep found it.
    """

    id: str
    kind: str
    arn: str
    name: str
    time: str
    what: str
    word: str
    reason: str
    by_sweep: bool

    @property
    def has_event(self) -> bool:
        """Whether Bedrock has an event for it."""
        return self.kind in _OF_BEDROCK

    def found(self, *, missed: bool, again: bool = False) -> str:
        """Tell how it was found."""
        if again:
            return "told a second time"
        if missed:
            return "missed by the events, found by the sweep"
        if not self.by_sweep:
            return "told by its event" if self.has_event else "found by an event"
        return "found by the sweep, ahead of its event" if self.has_event else "found by the sweep"


def read(event: Mapping[str, Any]) -> Told:
    """Read one of the watch's events."""
    detail = event["detail"]
    kind, job, transition = detail["kind"], detail["job"], detail["transition"]
    return Told(
        id=detail["id"],
        kind=kind,
        arn=job["jobArn"],
        name=job["jobName"],
        time=detail["at"][11:19],
        what=_what(kind, transition),
        word=transition.get("to", kind),
        reason=_reason(detail.get("failure")),
        by_sweep=detail["foundBy"] == "sweep",
    )


def _what(kind: str, transition: Mapping[str, Any]) -> str:
    phase = _PHASES.get(transition.get("phase", ""), "")
    if kind == "PhaseChanged":
        return f"{phase} {transition['to']}"
    if kind == "Stuck":
        age, limit = duration(transition["ageSeconds"]), duration(transition["limitSeconds"])
        return f"Stuck: {phase or 'in progress'} {age} of {limit}"
    if kind == "Unstuck":
        return f"Unstuck: {transition['status']}"
    return kind


def _reason(failure: Mapping[str, Any] | None) -> str:
    if failure is None:
        return ""
    retry = "a retry helps" if failure["retryHelps"] else "a retry does not help"
    said = failure.get("message") or failure["remedy"]
    return f"{failure['category']}, {retry}: {said}"
