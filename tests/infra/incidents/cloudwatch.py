"""Metrics in memory, and the alarms of a template evaluated over them, minute by minute."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from infra.constructs.api import STAGE
from tests.infra.conftest import Synthesis
from tests.infra.incidents.alarm_states import Rule, State, next_state
from tests.infra.incidents.metric_math import Series, evaluate

# Namespace, name and dimensions.
MetricId = tuple[str, str, frozenset[tuple[str, str]]]


def metric_id(namespace: str, name: str, dimensions: Mapping[str, str]) -> MetricId:
    return namespace, name, frozenset(dimensions.items())


@dataclass(frozen=True, slots=True)
class Behavior:
    """What CloudWatch does, but does not document.

    Attributes
    ----------
    extra_points : int
        Datapoints that it retrieves besides those of the evaluation periods.
    fills_empty : bool
        Whether FILL fills a series that has no datapoint at all.
    """

    extra_points: int
    fills_empty: bool


BEHAVIORS = tuple(
    Behavior(extra_points, fills_empty) for extra_points in (1, 4) for fills_empty in (True, False)
)


@dataclass
class Metrics:
    """Values by metric and minute, each with the minute from which it is visible."""

    _values: dict[MetricId, dict[int, list[tuple[int, float]]]] = field(default_factory=dict)

    def put(self, metric: MetricId, minute: int, value: float, *, delay: int) -> None:
        self._values.setdefault(metric, {}).setdefault(minute, []).append((minute + delay, value))

    def statistic(self, metric: MetricId, statistic: str, window: range, now: int) -> float | None:
        """Return the sum or the maximum of a window as it is known now; None without a value."""
        minutes = self._values.get(metric, {})
        known = [value for minute in window for visible, value in minutes.get(minute, ()) if visible <= now]
        return _statistic(statistic, known) if known else None

    def highest(self, metric: MetricId, statistic: str) -> float:
        """Return a number that no window exceeds."""
        minutes = self._values.get(metric, {}).values()
        return _statistic(statistic, [0.0, *(value for minute in minutes for _, value in minute)])


def _statistic(name: str, values: Sequence[float]) -> float:
    return sum(values) if name == "Sum" else max(values)


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm of a template.

    Attributes
    ----------
    metrics : dict of str to tuple
        Metric and statistic by the name in the expression.
    expression : str
        Metric math; the name of the only metric if the alarm has none.
    period : int
        Minutes.
    warm_up : int
        Minutes after its creation in which the alarm does not evaluate.
    notifies : bool
        Whether it has an action.
    """

    name: str
    metrics: Mapping[str, tuple[MetricId, str]]
    expression: str
    period: int
    rule: Rule
    threshold: float
    comparison: str
    warm_up: int
    notifies: bool

    def points(self, metrics: Metrics, now: int, behavior: Behavior) -> Sequence[bool | None]:
        """Return whether each datapoint of the evaluation range breaches. The range slides with the time."""
        count = self.rule.periods + behavior.extra_points
        windows = [
            range(now - self.period * age, now - self.period * (age - 1)) for age in range(count, 0, -1)
        ]
        series: dict[str, Series] = {
            name: [metrics.statistic(metric, statistic, window, now) for window in windows]
            for name, (metric, statistic) in self.metrics.items()
        }
        values = evaluate(self.expression, series, fills_empty=behavior.fills_empty)
        return [None if value is None else self._breaches(value) for value in values]

    def can_be_raised(self, metrics: Metrics) -> bool:
        """Return whether any evaluation could raise the alarm, which saves the time to try."""
        highest = sum(metrics.highest(metric, statistic) for metric, statistic in self.metrics.values())
        return self.comparison == "LessThanThreshold" or highest >= self.threshold

    def states(
        self, metrics: Metrics, minutes: range, behavior: Behavior, *, created: int | None = None
    ) -> Iterator[tuple[int, State]]:
        """Yield the state at each minute. Without `created`, the alarm has been evaluated for long."""
        state = State.INSUFFICIENT_DATA
        for minute in minutes:
            if created is None or minute >= created + self.warm_up:
                state = next_state(self.points(metrics, minute, behavior), self.rule, state)
            yield minute, state

    def _breaches(self, value: float) -> bool:
        if self.comparison == "LessThanThreshold":
            return value < self.threshold
        assert self.comparison == "GreaterThanOrEqualToThreshold"
        return value >= self.threshold


def read_alarms(stack: Synthesis) -> dict[str, Alarm]:
    """Return the alarms of a stack by their construct id."""
    found = (
        _read_alarm(name.removeprefix("Alarms")[:-8], properties)
        for name, properties in stack.of_type("AWS::CloudWatch::Alarm").items()
    )
    return {alarm.name: alarm for alarm in found}


def _read_alarm(name: str, properties: Mapping[str, Any]) -> Alarm:
    metrics, expression, seconds = _read_metrics(properties)
    periods = properties["EvaluationPeriods"]
    return Alarm(
        name=name,
        metrics=metrics,
        expression=expression,
        period=seconds // 60,
        rule=Rule(periods, properties.get("DatapointsToAlarm", periods), properties["TreatMissingData"]),
        threshold=properties["Threshold"],
        comparison=properties["ComparisonOperator"],
        warm_up=properties.get("WarmUpConfiguration", {}).get("WarmUpPeriodDurationInMinutes", 0),
        notifies="AlarmActions" in properties,
    )


def _read_metrics(properties: Mapping[str, Any]) -> tuple[dict[str, tuple[MetricId, str]], str, int]:
    if "MetricName" in properties:
        metric = _read_metric(properties), properties["Statistic"]
        return {"m": metric}, "m", properties["Period"]
    (expression,) = (query["Expression"] for query in properties["Metrics"] if "Expression" in query)
    queries = {query["Id"]: query["MetricStat"] for query in properties["Metrics"] if "MetricStat" in query}
    (seconds,) = {query["Period"] for query in queries.values()}
    return (
        {name: (_read_metric(query["Metric"]), query["Stat"]) for name, query in queries.items()},
        expression,
        seconds,
    )


def _read_metric(properties: Mapping[str, Any]) -> MetricId:
    dimensions = {each["Name"]: resolve(each["Value"]) for each in properties.get("Dimensions", [])}
    return metric_id(properties["Namespace"], properties["MetricName"], dimensions)


def resolve(value: Any) -> str:
    """Return a name in place of a value that CloudFormation resolves at deployment.

    A reference becomes the logical id, an attribute `id.attribute`, and the region us-east-1.
    """
    match value:
        case str():
            name = value
        case {"Ref": reference}:
            name = _resolve_reference(reference)
        case {"Fn::GetAtt": [logical_id, attribute]}:
            name = f"{logical_id}.{attribute}"
        case {"Fn::Join": [separator, parts]}:
            name = str(separator).join(map(resolve, parts))
        case {"Fn::Select": [1, {"Fn::Split": ["|", {"Ref": rule}]}]}:
            name = str(rule)
        case _:
            raise NotImplementedError(value)
    return name


def _resolve_reference(reference: str) -> str:
    if reference == "AWS::Region":
        return "us-east-1"
    return STAGE if "DeploymentStage" in reference else reference
