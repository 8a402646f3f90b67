"""CloudWatch's documented rule for the state of an alarm.

Source: "Configuring how CloudWatch alarms treat missing data" and "Alarm evaluation" in the CloudWatch User
Guide. CloudWatch retrieves more datapoints than the evaluation periods; how many more is not documented.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class State(StrEnum):
    """The states of an alarm."""

    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


Treatment = Literal["missing", "ignore", "breaching", "notBreaching"]


@dataclass(frozen=True, slots=True)
class Rule:
    """When an alarm is raised.

    Attributes
    ----------
    periods : int
        `EvaluationPeriods`.
    to_alarm : int
        `DatapointsToAlarm`.
    treatment : str
        `TreatMissingData`.
    """

    periods: int
    to_alarm: int
    treatment: Treatment


def next_state(points: Sequence[bool | None], rule: Rule, current: State) -> State:
    """Return the state after one evaluation.

    Parameters
    ----------
    points : sequence of bool or None
        Whether each datapoint of the evaluation range breaches the threshold, oldest first; None if it is
        missing.
    """
    existing = [point for point in points if point is not None]
    if len(existing) >= rule.periods:
        # The most recent points that exist are evaluated, so no missing one counts.
        return _state(sum(existing[-rule.periods :]), rule)
    if rule.treatment in ("breaching", "notBreaching"):
        filled = rule.periods - len(existing) if rule.treatment == "breaching" else 0
        return _state(sum(existing) + filled, rule)
    if not all(existing):
        return _state(sum(existing), rule)
    return _state_of_breaching_points(points, rule, current)


def _state(breaching: int, rule: Rule) -> State:
    return State.ALARM if breaching >= rule.to_alarm else State.OK


def _state_of_breaching_points(points: Sequence[bool | None], rule: Rule, current: State) -> State:
    """Return the state if every existing point breaches, and too few exist."""
    if rule.treatment == "ignore":
        return current
    age = next((len(points) - index for index, point in enumerate(points) if point), 0)
    # "Premature": the oldest breaching point is at least as old as the number that raises the alarm.
    return State.ALARM if age >= rule.to_alarm else State.INSUFFICIENT_DATA
