"""Creates alarms that notify one topic."""

from typing import cast

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from constructs import Construct

MINUTE = Duration.minutes(1)
FIVE_MINUTES = Duration.minutes(5)
# Faults are counted in a window that slides with each evaluation, once a minute. One fault is not an
# incident: callers retry. The second one within the window raises the alarm.
FAULT_WINDOW = Duration.minutes(15)
REPEATED = 2
_ON_PRESENCE = (
    cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    cloudwatch.TreatMissingData.NOT_BREACHING,
)
_LONGEST_WARM_UP_MINUTES = 2880
_ON_ABSENCE = (cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD, cloudwatch.TreatMissingData.BREACHING)


class AlarmFactory:
    """Creates alarms in one scope. By default, they notify one topic when they are raised and resolved.

    Parameters
    ----------
    scope : Construct
        Parent of the alarms.
    topic : ITopic
        The topic to notify.
    runbook_url : str
        Address of the runbook, which has a section for each alarm.
    """

    def __init__(self, scope: Construct, topic: sns.ITopic, *, runbook_url: str) -> None:
        self._scope = scope
        self._runbook_url = runbook_url
        self._action = actions.SnsAction(topic)

    def add(
        self,
        construct_id: str,
        description: str,
        metric: cloudwatch.IMetric,
        *,
        threshold: float = 1,
        evaluation_periods: int = 1,
        datapoints_to_alarm: int | None = None,
        on_absence: bool = False,
        notify: bool = True,
    ) -> cloudwatch.Alarm:
        """Create an alarm; by default, one datapoint of 1 or more raises it.

        With `on_absence`, datapoints below the threshold and missing ones raise it. The description ends
        with the address of the section of the runbook whose heading is the construct id.
        """
        comparison, missing_data = _ON_ABSENCE if on_absence else _ON_PRESENCE
        alarm = cloudwatch.Alarm(
            self._scope,
            construct_id,
            alarm_description=f"{description} Runbook: {self._runbook_url}#{construct_id.lower()}",
            metric=metric,
            threshold=threshold,
            comparison_operator=comparison,
            evaluation_periods=evaluation_periods,
            datapoints_to_alarm=datapoints_to_alarm,
            treat_missing_data=missing_data,
        )
        if notify:
            alarm.add_alarm_action(self._action)
            alarm.add_ok_action(self._action)
        return alarm

    def add_missing(
        self,
        construct_id: str,
        description: str,
        completed: cloudwatch.IMetric,
        *,
        period: Duration,
        periods: int,
    ) -> None:
        """Create an alarm that is raised if nothing completed in a number of periods.

        Missing data raise it too: FILL may have nothing to fill if the metric has no datapoint in the range.
        """
        alarm = self.add(construct_id, description, completed, evaluation_periods=periods, on_absence=True)
        # On a first deployment, nothing has completed yet. Without the full wait, CloudWatch ends the warm-up
        # as soon as it has data, and FILL could count as data.
        resource = cast("cloudwatch.CfnAlarm", alarm.node.default_child)
        resource.warm_up_configuration = cloudwatch.CfnAlarm.WarmUpConfigurationProperty(
            warm_up_period_duration_in_minutes=min(periods * period.to_minutes(), _LONGEST_WARM_UP_MINUTES),
            only_start_evaluating_after_warm_up_period_ends=True,
        )
