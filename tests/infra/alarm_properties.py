"""Reads alarms of a template, and writes the properties that are expected of them."""

from typing import Any

from tests.infra.conftest import Synthesis

LAMBDA, API, SQS, STATES, EVENTS = "AWS/Lambda", "AWS/ApiGateway", "AWS/SQS", "AWS/States", "AWS/Events"
SERVICE = "BedrockCustomizationJobs"
Properties = dict[str, Any]


def alarms(stack: Synthesis) -> dict[str, Properties]:
    """Return the properties of each alarm by its construct id, without the 8 digits of the CDK's hash."""
    return {
        name.removeprefix("Alarms")[:-8]: alarm
        for name, alarm in stack.of_type("AWS::CloudWatch::Alarm").items()
    }


def metric(namespace: str, name: str, dimensions: Properties | None = None) -> Properties:
    described: Properties = {"Namespace": namespace, "MetricName": name}
    if dimensions:
        described["Dimensions"] = [{"Name": key, "Value": value} for key, value in sorted(dimensions.items())]
    return described


def service_metric(name: str, **dimensions: Any) -> Properties:
    return metric(SERVICE, name, {"service": "customization-jobs", **dimensions})


def on_metric(watched: Properties, *, period: int, statistic: str = "Sum") -> Properties:
    """Return the properties of an alarm on one metric."""
    return {**watched, "Period": period, "Statistic": statistic}


def on_expression(expression: str, *, period: int, **metrics: Properties) -> Properties:
    """Return the properties of an alarm on metric math."""
    result = {"Expression": expression, "Id": "expr_1", "ReturnData": True}
    queries = [
        {
            "Id": name,
            "MetricStat": {"Metric": each, "Period": period, "Stat": "Sum"},
            "ReturnData": False,
        }
        for name, each in metrics.items()
    ]
    return {"Metrics": [result, *queries]}


def on_sum(*metrics: Properties, period: int) -> Properties:
    """Return the properties of an alarm on a sum without gaps."""
    names = [f"m{number}" for number in range(len(metrics))]
    expression = " + ".join(f"FILL({name}, 0)" for name in names)
    return on_expression(expression, period=period, **dict(zip(names, metrics, strict=True)))


def alarm(
    stack: Synthesis,
    description: str,
    watched: Properties,
    *,
    periods: int = 1,
    notifies: bool = True,
    **properties: Any,
) -> Properties:
    """Return the expected properties of an alarm, by default raised by one datapoint of 1 or more."""
    topic = [stack.ref("AWS::SNS::Topic", "Alarms")]
    return {
        "AlarmDescription": description,
        "EvaluationPeriods": periods,
        "Threshold": 1,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching",
        **({"AlarmActions": topic, "OKActions": topic} if notifies else {}),
        **watched,
        **properties,
    }
