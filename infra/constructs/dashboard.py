"""The CloudWatch dashboard: the live board, the jobs, and the health of the service."""

from collections.abc import Sequence
from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from botocore.session import Session
from constructs import Construct

from customization_jobs.watch.transition import Kind
from infra.constructs.function import BedrockFunction
from infra.constructs.metrics import service_metric, sweep_metric
from infra.settings.model import Settings

# A dashboard has 24 columns.
_FULL_WIDTH = 24
_THIRD = _FULL_WIDTH // 3
_HALF = _FULL_WIDTH // 2
_BOARD_HEIGHT = 12
_PERCENTILES = ("p50", "p95", "p99")
_FROM_ZERO = cloudwatch.YAxisProps(min=0)
_COUNT_FROM_ZERO = cloudwatch.YAxisProps(min=0, show_units=False)


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
        listing: BedrockFunction,
        watch: BedrockFunction,
        rest_api: apigateway.RestApi,
        settings: Settings,
    ) -> None:
        super().__init__(scope, construct_id)
        region = listing.bedrock_region
        rows = (
            [_board(listing)],
            _job_graphs(region, settings),
            _watch_graphs(region, settings.sweep_name),
            _api_graphs(rest_api.deployment_stage),
            [_function_graph("Listing function", listing), _function_graph("Watch function", watch)],
        )
        self.dashboard = cloudwatch.Dashboard(self, "Dashboard", default_interval=Duration.days(1))
        for row in rows:
            self.dashboard.add_widgets(*row)


def _board(listing: BedrockFunction) -> cloudwatch.IWidget:
    return cloudwatch.CustomWidget(
        title="Model customization jobs",
        function_arn=listing.alias.function_arn,
        width=_FULL_WIDTH,
        height=_BOARD_HEIGHT,
        update_on_refresh=True,
        # The board shows the current jobs, and its layout adapts to any width.
        update_on_time_range_change=False,
        update_on_resize=False,
    )


def _job_graphs(region: str, settings: Settings) -> Sequence[cloudwatch.IWidget]:
    def metric(name: str, label: str, status: str | None = None) -> cloudwatch.Metric:
        maximum = sweep_metric(name, region, settings.sweep_name, statistic="Maximum", status=status)
        return maximum.with_(label=label)

    age = metric("OldestInProgressAge", "oldest")
    return (
        cloudwatch.GraphWidget(
            title="Jobs by status",
            width=_THIRD,
            stacked=True,
            left=[metric("Jobs", status, status=status) for status in _job_statuses()],
            left_y_axis=_COUNT_FROM_ZERO,
        ),
        cloudwatch.GraphWidget(
            title="Oldest job in progress, hours",
            width=_THIRD,
            left=[
                cloudwatch.MathExpression(expression="age / 3600", using_metrics={"age": age}, label="oldest")
            ],
            left_annotations=[
                cloudwatch.HorizontalAnnotation(value=settings.in_progress_limit_hours, label="limit")
            ],
            left_y_axis=_COUNT_FROM_ZERO,
        ),
        cloudwatch.GraphWidget(
            title="Failed and completed in the last 24 hours",
            width=_THIRD,
            left=[
                metric("FailedLast24Hours", "failed").with_(color=cloudwatch.Color.RED),
                metric("CompletedLast24Hours", "completed").with_(color=cloudwatch.Color.GREEN),
            ],
            left_y_axis=_COUNT_FROM_ZERO,
        ),
    )


def _watch_graphs(region: str, sweep: str) -> Sequence[cloudwatch.IWidget]:
    return (
        cloudwatch.GraphWidget(
            title="Transitions published, by kind",
            width=_THIRD,
            stacked=True,
            left=[
                service_metric("TransitionsPublished", Region=region, Kind=str(kind)).with_(label=str(kind))
                for kind in Kind
            ],
            left_y_axis=_COUNT_FROM_ZERO,
        ),
        cloudwatch.GraphWidget(
            title="Bedrock events missed, recovered by the sweep",
            width=_THIRD,
            left=[service_metric("MissedEvents", Region=region).with_(label="missed")],
            left_y_axis=_COUNT_FROM_ZERO,
        ),
        cloudwatch.GraphWidget(
            title="Sweeps",
            width=_THIRD,
            left=[
                sweep_metric("SweepsCompleted", region, sweep).with_(label="completed"),
                sweep_metric("SweepsIncomplete", region, sweep).with_(label="incomplete"),
            ],
            left_y_axis=_COUNT_FROM_ZERO,
        ),
    )


def _api_graphs(stage: apigateway.Stage) -> Sequence[cloudwatch.IWidget]:
    return (
        cloudwatch.GraphWidget(
            title="API latency",
            width=_HALF,
            left=[stage.metric_latency(statistic=each, label=each) for each in _PERCENTILES],
            left_y_axis=_FROM_ZERO,
        ),
        cloudwatch.GraphWidget(
            title="API requests and errors",
            width=_HALF,
            left=[
                stage.metric_count(label="requests"),
                stage.metric_client_error(label="4xx", color=cloudwatch.Color.ORANGE),
                stage.metric_server_error(label="5xx", color=cloudwatch.Color.RED),
            ],
            left_y_axis=_COUNT_FROM_ZERO,
        ),
    )


def _function_graph(title: str, function: BedrockFunction) -> cloudwatch.IWidget:
    alias = function.alias
    return cloudwatch.GraphWidget(
        title=title,
        width=_HALF,
        left=[
            alias.metric_errors(label="errors", color=cloudwatch.Color.RED),
            alias.metric_throttles(label="throttles", color=cloudwatch.Color.ORANGE),
        ],
        right=[alias.metric_duration(statistic=each, label=f"duration {each}") for each in ("p50", "p99")],
        left_y_axis=_COUNT_FROM_ZERO,
        right_y_axis=_FROM_ZERO,
    )


def _job_statuses() -> list[str]:
    model = Session().get_service_model("bedrock")
    shape: Any = model.shape_for("ModelCustomizationJobStatus")
    statuses: list[str] = shape.enum
    return statuses
