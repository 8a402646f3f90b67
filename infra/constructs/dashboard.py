"""The CloudWatch dashboard: the live board, its trends, the jobs, and the health of the service."""

from collections.abc import Sequence
from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from botocore.session import Session
from constructs import Construct

from customization_jobs.watch.transition import Kind
from infra.constructs.dashboard_fleet import fleet_graphs
from infra.constructs.dashboard_health import COUNT_FROM_ZERO, FULL_WIDTH, THIRD, health_rows
from infra.constructs.function import BedrockFunction
from infra.constructs.metrics import service_metric, sweep_metric
from infra.constructs.monitored import Monitored
from infra.settings.model import Settings

_BOARD_HEIGHT = 12
# At full width, the trends need no scroll bar.
_TRENDS_HEIGHT = 14


class Dashboard(Construct):
    """A CloudWatch dashboard with the live board at the top.

    Attributes
    ----------
    dashboard : aws_cdk.aws_cloudwatch.Dashboard
        The dashboard.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        parts: Monitored,
        settings: Settings,
    ) -> None:
        super().__init__(scope, construct_id)
        region = parts.listing.bedrock_region
        rows = (
            [_board(parts.listing)],
            [_trends(parts.listing)],
            _job_graphs(region, settings),
            _watch_graphs(region, settings.sweep_name),
            *([fleet_graphs(parts.fleet_sweep)] if parts.fleet_sweep else []),
            *health_rows(parts),
        )
        self.dashboard = cloudwatch.Dashboard(self, "Dashboard", default_interval=Duration.days(1))
        for row in rows:
            self.dashboard.add_widgets(*row)


def _board(listing: BedrockFunction) -> cloudwatch.IWidget:
    return cloudwatch.CustomWidget(
        title="Model customization jobs",
        function_arn=listing.alias.function_arn,
        width=FULL_WIDTH,
        height=_BOARD_HEIGHT,
        update_on_refresh=True,
        # The board shows the current jobs, and its layout adapts to any width.
        update_on_time_range_change=False,
        update_on_resize=False,
    )


def _trends(listing: BedrockFunction) -> cloudwatch.IWidget:
    return cloudwatch.CustomWidget(
        # Even with a fleet, the trends cover only the function's own source.
        title=f"Jobs that ended in the last 90 days, {listing.bedrock_region}",
        function_arn=listing.alias.function_arn,
        params={"trends": True},
        width=FULL_WIDTH,
        height=_TRENDS_HEIGHT,
        # Each view reads all jobs: a dashboard that refreshes every 10 seconds would do so all day.
        update_on_refresh=False,
        update_on_time_range_change=False,
        # The charts are drawn for the widget's width.
        update_on_resize=True,
    )


def _job_graphs(region: str, settings: Settings) -> Sequence[cloudwatch.IWidget]:
    def metric(name: str, label: str, status: str | None = None) -> cloudwatch.Metric:
        maximum = sweep_metric(name, region, settings.sweep_name, statistic="Maximum", status=status)
        return maximum.with_(label=label)

    age = metric("OldestInProgressAge", "oldest")
    return (
        cloudwatch.GraphWidget(
            title="Jobs by status",
            width=THIRD,
            stacked=True,
            left=[metric("Jobs", status, status=status) for status in _job_statuses()],
            left_y_axis=COUNT_FROM_ZERO,
        ),
        cloudwatch.GraphWidget(
            title="Oldest job in progress, hours",
            width=THIRD,
            left=[
                cloudwatch.MathExpression(expression="age / 3600", using_metrics={"age": age}, label="oldest")
            ],
            left_annotations=[
                cloudwatch.HorizontalAnnotation(value=settings.in_progress_limit_hours, label="limit")
            ],
            left_y_axis=COUNT_FROM_ZERO,
        ),
        cloudwatch.GraphWidget(
            title="Failed and completed in the last 24 hours",
            width=THIRD,
            left=[
                metric("FailedLast24Hours", "failed").with_(color=cloudwatch.Color.RED),
                metric("CompletedLast24Hours", "completed").with_(color=cloudwatch.Color.GREEN),
            ],
            left_y_axis=COUNT_FROM_ZERO,
        ),
    )


def _watch_graphs(region: str, sweep: str) -> Sequence[cloudwatch.IWidget]:
    return (
        cloudwatch.GraphWidget(
            title="Transitions published, by kind",
            width=THIRD,
            stacked=True,
            left=[
                service_metric("TransitionsPublished", Region=region, Kind=str(kind)).with_(label=str(kind))
                for kind in Kind
            ],
            left_y_axis=COUNT_FROM_ZERO,
        ),
        cloudwatch.GraphWidget(
            title="Bedrock events missed, recovered by the sweep",
            width=THIRD,
            left=[service_metric("MissedEvents", Region=region).with_(label="missed")],
            left_y_axis=COUNT_FROM_ZERO,
        ),
        cloudwatch.GraphWidget(
            title="Sweeps",
            width=THIRD,
            left=[
                sweep_metric("SweepsCompleted", region, sweep).with_(label="completed"),
                sweep_metric("SweepsIncomplete", region, sweep).with_(label="incomplete"),
            ],
            left_y_axis=COUNT_FROM_ZERO,
        ),
    )


def _job_statuses() -> list[str]:
    model = Session().get_service_model("bedrock")
    shape: Any = model.shape_for("ModelCustomizationJobStatus")
    statuses: list[str] = shape.enum
    return statuses
