"""Widgets of the dashboard about the fleet: what it covers, and its sweeps."""

from collections.abc import Sequence

from aws_cdk import aws_cloudwatch as cloudwatch

from customization_jobs.fleet.coverage import State
from infra.constructs.dashboard_health import COUNT_FROM_ZERO, THIRD, execution_metrics
from infra.constructs.fleet_sweep import FleetSweep
from infra.constructs.metrics import service_metric


def fleet_graphs(sweep: FleetSweep) -> Sequence[cloudwatch.IWidget]:
    """Return the row of widgets."""
    return (
        cloudwatch.GraphWidget(
            title="Sources of the fleet, by state",
            width=THIRD,
            stacked=True,
            left=[
                service_metric("FleetSources", statistic="Maximum", State=str(state)).with_(label=str(state))
                for state in State
            ],
            left_y_axis=COUNT_FROM_ZERO,
        ),
        cloudwatch.GraphWidget(
            title="Sources that went dark",
            width=THIRD,
            left=[
                service_metric("FleetSourcesDark", statistic="Maximum").with_(
                    label="dark", color=cloudwatch.Color.RED
                )
            ],
            left_y_axis=COUNT_FROM_ZERO,
        ),
        cloudwatch.GraphWidget(
            title="Sweeps of the fleet",
            width=THIRD,
            left=[
                service_metric("FleetSweepsCompleted").with_(label="completed"),
                service_metric("FleetSweepsSkipped").with_(label="skipped: another one ran"),
                *execution_metrics(sweep.state_machine),
            ],
            left_y_axis=COUNT_FROM_ZERO,
        ),
    )
