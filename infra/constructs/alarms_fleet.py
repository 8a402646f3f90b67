"""Alarms on the sweep of the fleet: that it ends, and that it still sees what it saw."""

from typing import TYPE_CHECKING, cast

from infra.constructs.alarms_factory import FIVE_MINUTES, AlarmFactory
from infra.constructs.fleet_sweep import FleetSweep
from infra.constructs.metrics import execution_metric, filled_sum, service_metric

if TYPE_CHECKING:
    from aws_cdk import aws_cloudwatch as cloudwatch

# Every way in which an execution of a state machine ends without success.
_FAILURES = ("ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted")


def add_fleet_alarms(alarms: AlarmFactory, sweep: FleetSweep) -> None:
    """Add the alarms of the fleet."""
    dark = alarms.add(
        "FleetSourceDark",
        "A source of the fleet that had been listed cannot be listed any more: access is denied, or two "
        "sweeps in a row failed. What happens there is not known.",
        service_metric("FleetSourcesDark", statistic="Maximum"),
    )
    # Each sweep counts the sources that are dark. Without a datapoint, nothing has changed.
    resource = cast("cloudwatch.CfnAlarm", dark.node.default_child)
    resource.treat_missing_data = "ignore"
    alarms.add(
        "FleetSweepFailed",
        "A sweep of the fleet failed, timed out or was aborted: sources were left out, or its report is "
        "missing.",
        filled_sum(*(execution_metric(sweep.state_machine, name) for name in _FAILURES), period=FIVE_MINUTES),
    )
