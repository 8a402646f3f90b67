"""All alarms, and the topic that they notify."""

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra.constructs.alarm_topic import AlarmTopic
from infra.constructs.alarms_delivery import add_delivery_alarms, add_queue_alarms, add_table_alarm
from infra.constructs.alarms_export import add_export_alarms
from infra.constructs.alarms_factory import FAULT_WINDOW, MINUTE, REPEATED, AlarmFactory
from infra.constructs.alarms_fleet import add_fleet_alarms
from infra.constructs.alarms_function import add_function_alarms, add_rollback_alarms
from infra.constructs.alarms_notifications import add_notification_alarms
from infra.constructs.alarms_sweep import add_sweep_alarms
from infra.constructs.alarms_wait import add_wait_alarms
from infra.constructs.api import STAGE, Api
from infra.constructs.metrics import filled_sum
from infra.constructs.monitored import Monitored
from infra.constructs.single_sign_on import SingleSignOnApi
from infra.settings.model import Settings


class Alarms(Construct):
    """Alarms on every part of the stack. docs/runbook.md says what to do about each.

    Attributes
    ----------
    topic : AlarmTopic
        Notified when an alarm is raised and when it returns to OK.
    listing_rollback_alarms, watch_rollback_alarms : tuple of Alarm
        Alarms that roll back a deployment of the function. Their periods are short, because a canary lasts
        minutes.
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
        self.topic = AlarmTopic(self, "Topic", email=settings.alarm_email)
        alarms = AlarmFactory(self, self.topic, runbook_url=settings.runbook_url)
        add_function_alarms(alarms, "Function", "listing", parts.listing)
        add_function_alarms(alarms, "Watch", "watch", parts.watch)
        _add_api_alarm(alarms, parts.api)
        if parts.single_sign_on:
            _add_single_sign_on_alarm(alarms, parts.single_sign_on)
        add_sweep_alarms(alarms, parts.watch.bedrock_region, settings)
        add_wait_alarms(alarms, parts.wait, parts.wait_results, watch=parts.watch, listing=parts.listing)
        if parts.fleet_sweep:
            add_fleet_alarms(alarms, parts.fleet_sweep, discovers_accounts=settings.discovers_accounts)
        add_table_alarm(alarms, parts.table)
        add_delivery_alarms(alarms, parts.rules, exported=parts.export is not None)
        add_notification_alarms(alarms, parts.notifications)
        if parts.export:
            add_export_alarms(alarms, parts.export)
        for alarm_id, queue in parts.dead_letters.items():
            add_queue_alarms(alarms, alarm_id, queue)
        self.listing_rollback_alarms = (
            *add_rollback_alarms(alarms, "Function", "listing", parts.listing),
            _add_api_rollback_alarm(alarms, parts.api.name),
        )
        self.watch_rollback_alarms = add_rollback_alarms(alarms, "Watch", "watch", parts.watch)


def _add_api_alarm(alarms: AlarmFactory, api: Api) -> None:
    alarms.add(
        "ApiServerErrors",
        "The API answered with 5xx at least twice within 15 minutes. See its access log.",
        filled_sum(api.rest_api.deployment_stage.metric_server_error(statistic="Sum"), period=FAULT_WINDOW),
        threshold=REPEATED,
    )


def _add_single_sign_on_alarm(alarms: AlarmFactory, api: SingleSignOnApi) -> None:
    alarms.add(
        "SingleSignOnServerErrors",
        "The API with single sign-on answered with 5xx at least twice within 15 minutes. See its access log.",
        filled_sum(api.stage.metric_server_error(statistic="Sum"), period=FAULT_WINDOW),
        threshold=REPEATED,
    )


def _add_api_rollback_alarm(alarms: AlarmFactory, api_name: str) -> cloudwatch.Alarm:
    return alarms.add(
        "ApiRollback",
        "The API answered with 5xx in two of five minutes: CodeDeploy rolls back a deployment in progress.",
        # By name instead of reference, because the API depends on the alias and the alias on this alarm.
        cloudwatch.Metric(
            namespace="AWS/ApiGateway",
            metric_name="5XXError",
            dimensions_map={"ApiName": api_name, "Stage": STAGE},
            period=MINUTE,
            statistic="Sum",
        ),
        # The metric does not distinguish versions, so one answer of the old version must not raise the alarm.
        evaluation_periods=5,
        datapoints_to_alarm=2,
        notify=False,
    )
