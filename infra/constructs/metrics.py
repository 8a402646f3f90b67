"""The metrics that the functions write, as alarms and the dashboard look at them."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

from infra.function import METRICS_NAMESPACE, SERVICE_NAME

_FIVE_MINUTES = Duration.minutes(5)


def own_metric(
    name: str, *, statistic: str = "Sum", period: Duration = _FIVE_MINUTES, **dimensions: str
) -> cloudwatch.Metric:
    """Name one of our metrics; `service` is a dimension of all of them."""
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
    """Name one of the metrics that each sweep leaves."""
    of_status = {"Status": status} if status else {}
    return own_metric(name, statistic=statistic, period=period, Region=region, Sweep=sweep, **of_status)
