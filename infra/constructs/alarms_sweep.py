"""Alarms on the sweep: that it runs, and that it sees every job."""

import math

from aws_cdk import Duration

from infra.constructs.alarms_factory import FIVE_MINUTES, AlarmFactory
from infra.constructs.metrics import filled_sum, sweep_metric
from infra.settings.job_settings import LONGEST_ALARM_HOURS
from infra.settings.model import Settings
from infra.settings.schedule_expression import longest_interval_minutes

# CloudWatch allows periods below an hour up to a day in total, and a week beyond.
_SHORT_PERIODS_MINUTES = 24 * 60
_LONGEST_MINUTES = LONGEST_ALARM_HOURS * 60
# A datapoint can arrive this much later than the end of its sweep.
_DATAPOINT_MARGIN_MINUTES = 5


def missing_after_minutes(settings: Settings) -> int:
    """Return the length of the window in which a sweep must complete.

    It is the setting, and at least the longest time between the datapoints of two sweeps: the time between
    their starts, the longest duration of a sweep, and the delay of its datapoint.
    """
    interval = longest_interval_minutes(settings.schedule_expression)
    configured = settings.missing_after_hours * 60
    starts = configured if interval is None else interval + settings.schedule_flexible_minutes
    datapoints = starts + math.ceil(settings.longest_sweep_seconds / 60) + _DATAPOINT_MARGIN_MINUTES
    return min(max(configured, datapoints), _LONGEST_MINUTES)


def add_sweep_alarms(alarms: AlarmFactory, region: str, settings: Settings) -> None:
    """Add the alarms of the sweep that `settings` schedule."""
    _add_missing_alarm(alarms, region, settings)
    alarms.add(
        "SweepIncomplete",
        "A sweep ran out of time: jobs were left out, and its metrics are incomplete.",
        filled_sum(sweep_metric("SweepsIncomplete", region, settings.sweep_name), period=FIVE_MINUTES),
    )


def _add_missing_alarm(alarms: AlarmFactory, region: str, settings: Settings) -> None:
    minutes = missing_after_minutes(settings)
    period = FIVE_MINUTES if minutes <= _SHORT_PERIODS_MINUTES else Duration.hours(1)
    periods = math.ceil(minutes / period.to_minutes())
    alarms.add_missing(
        "SweepMissing",
        f"No sweep completed within {settings.missing_after_hours} h. See the log of the watch function.",
        filled_sum(sweep_metric("SweepsCompleted", region, settings.sweep_name), period=period),
        period=period,
        periods=periods,
    )
