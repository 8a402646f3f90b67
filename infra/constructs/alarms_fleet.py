"""Alarms on the fleet: sources that became inaccessible, failed sweeps, accounts that could not be read."""

from typing import TYPE_CHECKING, cast

from customization_jobs.fleet.coverage_summary import ACCOUNTS_STALE_AFTER
from infra.constructs.alarms_factory import FIVE_MINUTES, AlarmFactory
from infra.constructs.fleet_sweep import FleetSweep
from infra.constructs.metrics import execution_metric, filled_sum, service_metric

if TYPE_CHECKING:
    from aws_cdk import aws_cloudwatch as cloudwatch

# Every way in which an execution of a state machine ends without success.
_FAILURES = ("ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted")


def add_fleet_alarms(alarms: AlarmFactory, sweep: FleetSweep, *, discovers_accounts: bool) -> None:
    """Add the alarms of the fleet; the one on the age of its accounts only if they are discovered."""
    dark = alarms.add(
        "FleetSourceDark",
        "A source of the fleet that had been listed cannot be listed any more: access is denied, or two "
        "sweeps in a row failed. What happens there is not known.",
        service_metric("FleetSourcesDark", statistic="Maximum"),
    )
    _keep_state_between_sweeps(dark)
    if discovers_accounts:
        stale = alarms.add(
            "FleetAccountsStale",
            "AWS Organizations has not reported the accounts of the fleet for 3 hours: accounts that joined "
            "since are not watched.",
            service_metric("FleetAccountsAge", statistic="Maximum"),
            threshold=ACCOUNTS_STALE_AFTER.total_seconds(),
        )
        _keep_state_between_sweeps(stale)
    alarms.add(
        "FleetSweepFailed",
        "A sweep of the fleet failed, timed out or was aborted: sources were left out, or its report is "
        "missing.",
        filled_sum(*(execution_metric(sweep.state_machine, name) for name in _FAILURES), period=FIVE_MINUTES),
    )


def _keep_state_between_sweeps(alarm: "cloudwatch.Alarm") -> None:
    # Each sweep emits the metric. Without a datapoint, nothing has changed.
    resource = cast("cloudwatch.CfnAlarm", alarm.node.default_child)
    resource.treat_missing_data = "ignore"
