"""Alarms on the export: that transitions are written in time, and a snapshot each day."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

from infra.constructs.alarms_factory import FIVE_MINUTES, REPEATED, AlarmFactory
from infra.constructs.alarms_function import faults_of
from infra.constructs.export import Export
from infra.constructs.metrics import filled_sum, service_metric

# Before the third attempt, as for late notifications. The attempts are 13 minutes apart.
_LATE = Duration.minutes(20)
# A day, and the time that a snapshot and its retries may take.
_MISSING_AFTER_HOURS = 26
_HOUR = Duration.hours(1)


def add_export_alarms(alarms: AlarmFactory, export: Export) -> None:
    """Add the alarms of the export function, of its queue and of the daily snapshot."""
    function = export.writer.function
    alarms.add(
        "ExportErrors",
        "The export function failed twice within 15 minutes. See its log.",
        faults_of(function),
        threshold=REPEATED,
    )
    alarms.add(
        "ExportLate",
        f"A transition has waited for {_LATE.to_minutes():.0f} minutes for its export: the export function "
        "fails, is throttled or is not invoked, or S3 refuses.",
        export.writer.queue.metric_approximate_age_of_oldest_message(
            period=FIVE_MINUTES, statistic="Maximum"
        ),
        threshold=_LATE.to_seconds(),
    )
    alarms.add_missing(
        "ExportSnapshotMissing",
        f"No snapshot of all jobs was exported within {_MISSING_AFTER_HOURS} h. See the log of the export "
        "function.",
        filled_sum(snapshots_exported(), period=_HOUR),
        period=_HOUR,
        periods=_MISSING_AFTER_HOURS,
    )


def snapshots_exported() -> cloudwatch.Metric:
    """Return a reference to the number of snapshots that are complete."""
    return service_metric("SnapshotsExported")
