"""The metrics that the functions and the state machines emit, as alarms and the dashboard reference them."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_stepfunctions as sfn

from infra.constructs.function import METRICS_NAMESPACE, SERVICE_NAME

_FIVE_MINUTES = Duration.minutes(5)


def service_metric(
    name: str, *, statistic: str = "Sum", period: Duration = _FIVE_MINUTES, **dimensions: str
) -> cloudwatch.Metric:
    """Return a reference to a metric of the service, which always has the dimension `service`."""
    return cloudwatch.Metric(
        namespace=METRICS_NAMESPACE,
        metric_name=name,
        dimensions_map={"service": SERVICE_NAME, **dimensions},
        period=period,
        statistic=statistic,
    )


def sweep_metric(
    name: str,
    region: str,
    sweep: str,
    *,
    statistic: str = "Sum",
    period: Duration = _FIVE_MINUTES,
    status: str | None = None,
) -> cloudwatch.Metric:
    """Return a reference to a metric that each sweep emits."""
    by_status = {"Status": status} if status else {}
    return service_metric(name, statistic=statistic, period=period, Region=region, Sweep=sweep, **by_status)


def execution_metric(machine: sfn.IStateMachine, name: str) -> cloudwatch.Metric:
    """Return a reference to a metric of a state machine's executions, summed."""
    return cloudwatch.Metric(
        namespace="AWS/States",
        metric_name=name,
        dimensions_map={"StateMachineArn": machine.state_machine_arn},
        statistic="Sum",
    )


def filled_sum(*metrics: cloudwatch.Metric, period: Duration) -> cloudwatch.MathExpression:
    """Return the sum of metrics, which is 0 where there is no datapoint.

    An alarm on a metric with gaps evaluates older datapoints in place of the missing ones, so that it is
    raised late or is resolved late. Without gaps, it evaluates exactly its own periods.
    """
    names = {f"m{number}": metric for number, metric in enumerate(metrics)}
    return cloudwatch.MathExpression(
        expression=" + ".join(f"FILL({name}, 0)" for name in names),
        using_metrics=dict(names),
        period=period,
    )


def service_faults(
    errors: cloudwatch.Metric, *, period: Duration, **dimensions: str
) -> cloudwatch.MathExpression:
    """Return the number of invocations of a function that failed through the service's own fault.

    Lambda's `Errors` include timeouts, crashes and failures to start, which the function cannot report
    itself, but also the mistakes of callers and Bedrock's refusals (`ExpectedErrors`). `ServiceErrors`
    include faults that are answered instead of raised. A fault that is raised counts in both, so the larger
    number is the result.

    Parameters
    ----------
    errors : Metric
        `Errors` of the function or of one version.
    period : Duration
        Period of the result.
    dimensions : str
        Dimensions of the function's own metrics for the same function or version.
    """
    failed = "(FILL(errors, 0) - FILL(expected, 0))"
    reported = "FILL(reported, 0)"
    return cloudwatch.MathExpression(
        expression=f"IF({failed} > {reported}, {failed}, {reported})",
        using_metrics={
            "errors": errors,
            "expected": service_metric("ExpectedErrors", period=period, **dimensions),
            "reported": service_metric("ServiceErrors", period=period, **dimensions),
        },
        period=period,
    )
