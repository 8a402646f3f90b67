"""The metrics that the functions emit, as alarms and the dashboard reference them."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

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
