"""The dashboard: how the jobs are, how the service is, and the jobs themselves."""

from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from botocore.session import Session
from constructs import Construct

from customization_jobs.watch.transition import Kind
from infra.function import BedrockFunction
from infra.metrics import own_metric, sweep_metric
from infra.settings import Settings

# A dashboard is so many columns wide.
_WIDTH = 24
_THIRD = _WIDTH // 3
_HALF = _WIDTH // 2
_BOARD_HEIGHT = 12
_PERCENTILES = ("p50", "p95", "p99")


class Dashboard(Construct):
    """A CloudWatch dashboard, with the live board at its top.

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
        self._region, self._sweep = listing.bedrock_region, settings.sweep_name
        self._limit_hours = settings.in_progress_limit_hours
        self.dashboard = cloudwatch.Dashboard(self, "Dashboard", default_interval=Duration.days(1))
        self.dashboard.add_widgets(
            cloudwatch.CustomWidget(
                title="Model customization jobs",
                function_arn=listing.alias.function_arn,
                width=_WIDTH,
                height=_BOARD_HEIGHT,
                update_on_refresh=True,
                # The board shows the jobs as they are now, and fits any width.
                update_on_time_range_change=False,
                update_on_resize=False,
            )
        )
        self.dashboard.add_widgets(self._by_status(), self._oldest(), self._ended())
        self.dashboard.add_widgets(self._told(), self._missed(), self._sweeps())
        self.dashboard.add_widgets(*_of_api(rest_api))
        self.dashboard.add_widgets(
            _of_function("Listing function", listing), _of_function("Watch function", watch)
        )

    def _of_sweep(
        self, name: str, label: str, statistic: str = "Maximum", status: str | None = None
    ) -> cloudwatch.Metric:
        metric = sweep_metric(name, self._region, self._sweep, statistic=statistic, status=status)
        return metric.with_(label=label)

    def _by_status(self) -> cloudwatch.GraphWidget:
        return cloudwatch.GraphWidget(
            title="Jobs by status",
            width=_THIRD,
            stacked=True,
            left=[self._of_sweep("Jobs", status, status=status) for status in _statuses()],
            left_y_axis=cloudwatch.YAxisProps(min=0, show_units=False),
        )

    def _oldest(self) -> cloudwatch.GraphWidget:
        age = self._of_sweep("OldestInProgressAge", "oldest")
        return cloudwatch.GraphWidget(
            title="Oldest job in progress, hours",
            width=_THIRD,
            left=[
                cloudwatch.MathExpression(expression="age / 3600", using_metrics={"age": age}, label="oldest")
            ],
            left_annotations=[cloudwatch.HorizontalAnnotation(value=self._limit_hours, label="limit")],
            left_y_axis=cloudwatch.YAxisProps(min=0, show_units=False),
        )

    def _ended(self) -> cloudwatch.GraphWidget:
        return cloudwatch.GraphWidget(
            title="Failed and completed in the last 24 hours",
            width=_THIRD,
            left=[
                self._of_sweep("FailedLast24Hours", "failed").with_(color=cloudwatch.Color.RED),
                self._of_sweep("CompletedLast24Hours", "completed").with_(color=cloudwatch.Color.GREEN),
            ],
            left_y_axis=cloudwatch.YAxisProps(min=0, show_units=False),
        )

    def _told(self) -> cloudwatch.GraphWidget:
        return cloudwatch.GraphWidget(
            title="Transitions told, by kind",
            width=_THIRD,
            stacked=True,
            left=[
                own_metric("TransitionsTold", Region=self._region, Kind=str(kind)).with_(label=str(kind))
                for kind in Kind
            ],
            left_y_axis=cloudwatch.YAxisProps(min=0, show_units=False),
        )

    def _missed(self) -> cloudwatch.GraphWidget:
        return cloudwatch.GraphWidget(
            title="Events of Bedrock that only a sweep made up for",
            width=_THIRD,
            left=[own_metric("MissedEvents", Region=self._region).with_(label="missed")],
            left_y_axis=cloudwatch.YAxisProps(min=0, show_units=False),
        )

    def _sweeps(self) -> cloudwatch.GraphWidget:
        return cloudwatch.GraphWidget(
            title="Sweeps",
            width=_THIRD,
            left=[
                self._of_sweep("SweepsCompleted", "completed", "Sum"),
                self._of_sweep("SweepsIncomplete", "cut by the deadline", "Sum"),
            ],
            left_y_axis=cloudwatch.YAxisProps(min=0, show_units=False),
        )


def _statuses() -> list[str]:
    model = Session().get_service_model("bedrock")
    shape: Any = model.shape_for("ModelCustomizationJobStatus")
    statuses: list[str] = shape.enum
    return statuses


def _of_api(rest_api: apigateway.RestApi) -> list[cloudwatch.IWidget]:
    stage = rest_api.deployment_stage
    return [
        cloudwatch.GraphWidget(
            title="API latency",
            width=_HALF,
            left=[stage.metric_latency(statistic=each, label=each) for each in _PERCENTILES],
            left_y_axis=cloudwatch.YAxisProps(min=0),
        ),
        cloudwatch.GraphWidget(
            title="API requests and errors",
            width=_HALF,
            left=[
                stage.metric_count(label="requests"),
                stage.metric_client_error(label="4xx", color=cloudwatch.Color.ORANGE),
                stage.metric_server_error(label="5xx", color=cloudwatch.Color.RED),
            ],
            left_y_axis=cloudwatch.YAxisProps(min=0, show_units=False),
        ),
    ]


def _of_function(title: str, function: BedrockFunction) -> cloudwatch.GraphWidget:
    alias = function.alias
    return cloudwatch.GraphWidget(
        title=title,
        width=_HALF,
        left=[
            alias.metric_errors(label="errors", color=cloudwatch.Color.RED),
            alias.metric_throttles(label="throttles", color=cloudwatch.Color.ORANGE),
        ],
        right=[alias.metric_duration(statistic=each, label=f"duration {each}") for each in ("p50", "p99")],
        left_y_axis=cloudwatch.YAxisProps(min=0, show_units=False),
        right_y_axis=cloudwatch.YAxisProps(min=0),
    )
