"""CloudWatch alarms, and the topic that they notify."""

from collections.abc import Mapping

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from constructs import Construct

from infra.constructs.alarm_topic import AlarmTopic
from infra.constructs.api import STAGE, Api
from infra.constructs.dead_letters import DeadLetters
from infra.constructs.function import BedrockFunction
from infra.constructs.metrics import sweep_metric
from infra.settings.model import Settings

_MINUTE = Duration.minutes(1)
_FIVE_MINUTES = Duration.minutes(5)
_HOUR = Duration.hours(1)
_AT_LEAST = cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
# Share of the timeout from which an invocation is reported.
_NEAR_TIMEOUT = 0.9


class Alarms(Construct):
    """Alarms on the functions, the API, the sweep and the dead-letter queues.

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
        listing: BedrockFunction,
        watch: BedrockFunction,
        api: Api,
        dead_letters: Mapping[str, DeadLetters],
        settings: Settings,
    ) -> None:
        super().__init__(scope, construct_id)
        self.topic = AlarmTopic(self, "Topic", email=settings.alarm_email)
        self._add_function_alarms("Function", "listing", listing)
        self._add_function_alarms("Watch", "watch", watch)
        self._add_api_alarm(api)
        self._add_sweep_alarms(watch.bedrock_region, settings)
        self._add_dead_letter_alarms(dead_letters)
        self.listing_rollback_alarms = (
            self._add_function_rollback_alarm("FunctionRollback", "listing", listing),
            self._add_api_rollback_alarm(api.name),
        )
        self.watch_rollback_alarms = (self._add_function_rollback_alarm("WatchRollback", "watch", watch),)

    def _add_function_alarms(self, prefix: str, name: str, function: BedrockFunction) -> None:
        alias = function.alias
        self._add_alarm(
            f"{prefix}Errors",
            f"The {name} function failed in two of three periods of five minutes. See its log.",
            alias.metric_errors(period=_FIVE_MINUTES, statistic="Sum"),
            evaluation_periods=3,
            datapoints_to_alarm=2,
        )
        self._add_alarm(
            f"{prefix}Throttles",
            f"Lambda throttled the {name} function: no concurrency is left for it.",
            alias.metric_throttles(period=_FIVE_MINUTES, statistic="Sum"),
        )
        self._add_alarm(
            f"{prefix}NearTimeout",
            f"An invocation of the {name} function took 90 % of its timeout or more.",
            alias.metric_duration(period=_FIVE_MINUTES, statistic="Maximum"),
            threshold=function.timeout.to_milliseconds() * _NEAR_TIMEOUT,
        )

    def _add_api_alarm(self, api: Api) -> None:
        self._add_alarm(
            "ApiServerErrors",
            "The API answered with 5xx in two of three periods of five minutes. See its access log.",
            api.rest_api.deployment_stage.metric_server_error(period=_FIVE_MINUTES, statistic="Sum"),
            evaluation_periods=3,
            datapoints_to_alarm=2,
        )

    def _add_sweep_alarms(self, region: str, settings: Settings) -> None:
        self._add_alarm(
            "SweepMissing",
            f"No sweep completed within {settings.missing_after_hours} h. See the log of the watch function.",
            sweep_metric("SweepsCompleted", region, settings.sweep_name, period=_HOUR),
            comparison=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
            evaluation_periods=settings.missing_after_hours,
            # Without a sweep there is no datapoint at all.
            missing_data=cloudwatch.TreatMissingData.BREACHING,
        )
        self._add_alarm(
            "SweepIncomplete",
            "A sweep ran out of time, so its metrics are incomplete.",
            sweep_metric("SweepsIncomplete", region, settings.sweep_name, period=_FIVE_MINUTES),
        )

    def _add_dead_letter_alarms(self, dead_letters: Mapping[str, DeadLetters]) -> None:
        for construct_id, queue in dead_letters.items():
            self._add_alarm(
                construct_id,
                f"A dead-letter queue is not empty. It holds {queue.holds}.",
                queue.metric_approximate_number_of_messages_visible(
                    period=_FIVE_MINUTES, statistic="Maximum"
                ),
            )

    def _add_function_rollback_alarm(
        self, construct_id: str, name: str, function: BedrockFunction
    ) -> cloudwatch.Alarm:
        # Only the new version: errors of the old one must not roll back the deployment that fixes them.
        function_name = function.version.lambda_.function_name
        dimensions = {
            "FunctionName": function_name,
            "Resource": f"{function_name}:{function.alias.alias_name}",
            "ExecutedVersion": function.version.version,
        }
        return self._add_alarm(
            construct_id,
            f"The new version of the {name} function failed in two of five minutes: CodeDeploy rolls back "
            "its deployment.",
            cloudwatch.Metric(
                namespace="AWS/Lambda",
                metric_name="Errors",
                dimensions_map=dimensions,
                period=_MINUTE,
                statistic="Sum",
            ),
            evaluation_periods=5,
            datapoints_to_alarm=2,
        )

    def _add_api_rollback_alarm(self, api_name: str) -> cloudwatch.Alarm:
        return self._add_alarm(
            "ApiRollback",
            "The API answered with 5xx in two of five minutes: CodeDeploy rolls back a deployment in "
            "progress.",
            # By name instead of reference, because the API depends on the alias and the alias on this alarm.
            cloudwatch.Metric(
                namespace="AWS/ApiGateway",
                metric_name="5XXError",
                dimensions_map={"ApiName": api_name, "Stage": STAGE},
                period=_MINUTE,
                statistic="Sum",
            ),
            evaluation_periods=5,
            datapoints_to_alarm=2,
        )

    def _add_alarm(
        self,
        construct_id: str,
        description: str,
        metric: cloudwatch.IMetric,
        *,
        threshold: float = 1,
        comparison: cloudwatch.ComparisonOperator = _AT_LEAST,
        evaluation_periods: int = 1,
        datapoints_to_alarm: int | None = None,
        missing_data: cloudwatch.TreatMissingData = cloudwatch.TreatMissingData.NOT_BREACHING,
    ) -> cloudwatch.Alarm:
        alarm = cloudwatch.Alarm(
            self,
            construct_id,
            alarm_description=description,
            metric=metric,
            threshold=threshold,
            comparison_operator=comparison,
            evaluation_periods=evaluation_periods,
            datapoints_to_alarm=datapoints_to_alarm,
            treat_missing_data=missing_data,
        )
        notify = actions.SnsAction(self.topic)
        alarm.add_alarm_action(notify)
        alarm.add_ok_action(notify)
        return alarm
