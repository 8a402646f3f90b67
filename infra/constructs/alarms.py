"""The alarms, and the topic that tells people about them."""

from collections.abc import Mapping

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.api import STAGE, Api
from infra.function import BedrockFunction
from infra.metrics import sweep_metric
from infra.settings import Settings

_MINUTE = Duration.minutes(1)
_FIVE_MINUTES = Duration.minutes(5)
_NEAR_THE_TIMEOUT = 0.9
# By the alarm: what lies in its queue.
_DEAD_LETTERS = {
    "DeadLetters": "Ticks or events for which the watch function raised, or ticks that did not reach it,",
    "EventDeadLetters": "Bedrock's events that did not reach the watch function",
    "NewsDeadLetters": "Texts for people that their topic did not take",
}
_AT_LEAST = cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD


class Alarms(Construct):
    """Watches the functions, the API, the sweep and the queues of dead letters.

    Attributes
    ----------
    topic : aws_cdk.aws_sns.Topic
        Where alarms are published, when they are raised and when they are over.
    of_listing_release, of_watch_release : tuple of Alarm
        What undoes a release: quick ones, as they have the minutes of a canary only.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        listing: BedrockFunction,
        watch: BedrockFunction,
        api: Api,
        dead_letters: Mapping[str, sqs.Queue],
        settings: Settings,
    ) -> None:
        super().__init__(scope, construct_id)
        self.topic = self._make_topic(settings.alarm_email)
        self._watch_function("Function", "listing", listing)
        self._watch_function("Watch", "watch", watch)
        self._watch_api(api)
        self._watch_sweep(watch, settings)
        self._watch_dead_letters(dead_letters)
        self.of_listing_release = (
            self._watch_release("FunctionRelease", "listing", listing),
            self._watch_api_release(api.name),
        )
        self.of_watch_release = (self._watch_release("WatchRelease", "watch", watch),)

    def _make_topic(self, email: str | None) -> sns.Topic:
        # No key: SNS encrypts what it stores by itself, and its AWS managed key is closed to CloudWatch.
        topic = sns.Topic(self, "Topic", enforce_ssl=True)
        # A policy of our own takes the place of the default one, which let the account's alarms publish.
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="AlarmsOfThisAccount",
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
            )
        )
        if email:
            topic.add_subscription(subscriptions.EmailSubscription(email))
        return topic

    def _watch_function(self, prefix: str, name: str, function: BedrockFunction) -> None:
        alias, near = function.alias, function.timeout.to_milliseconds() * _NEAR_THE_TIMEOUT
        self._alarm(
            f"{prefix}Errors",
            f"The {name} function failed in two of three periods; its log has the reasons.",
            alias.metric_errors(period=_FIVE_MINUTES, statistic="Sum"),
            evaluation_periods=3,
            datapoints_to_alarm=2,
        )
        self._alarm(
            f"{prefix}Throttles",
            f"Lambda refused to invoke the {name} function: its concurrency, or the account's, is used up.",
            alias.metric_throttles(period=_FIVE_MINUTES, statistic="Sum"),
        )
        self._alarm(
            f"{prefix}NearTimeout",
            f"The {name} function ran for nearly as long as its timeout allows.",
            alias.metric_duration(period=_FIVE_MINUTES, statistic="Maximum"),
            threshold=near,
        )

    def _watch_release(self, construct_id: str, name: str, function: BedrockFunction) -> cloudwatch.Alarm:
        # Of the new version alone: errors of the old one must not undo the release that mends them.
        new_version = {
            "FunctionName": function.version.lambda_.function_name,
            "Resource": f"{function.version.lambda_.function_name}:{function.alias.alias_name}",
            "ExecutedVersion": function.version.version,
        }
        return self._alarm(
            construct_id,
            f"The {name} function's newest version failed in two of five minutes: its release is undone.",
            cloudwatch.Metric(
                namespace="AWS/Lambda",
                metric_name="Errors",
                dimensions_map=new_version,
                period=_MINUTE,
                statistic="Sum",
            ),
            evaluation_periods=5,
            datapoints_to_alarm=2,
        )

    def _watch_api(self, api: Api) -> None:
        self._alarm(
            "ApiServerErrors",
            "The API answered with 5xx in two of three periods.",
            # Of the stage, as throttling and logs are.
            api.rest_api.deployment_stage.metric_server_error(period=_FIVE_MINUTES, statistic="Sum"),
            evaluation_periods=3,
            datapoints_to_alarm=2,
        )

    def _watch_dead_letters(self, dead_letters: Mapping[str, sqs.Queue]) -> None:
        for construct_id, queue in dead_letters.items():
            self._alarm(
                construct_id,
                f"{_DEAD_LETTERS[construct_id]} failed for good and lie in a dead-letter queue.",
                queue.metric_approximate_number_of_messages_visible(
                    period=_FIVE_MINUTES, statistic="Maximum"
                ),
            )

    def _watch_api_release(self, api_name: str) -> cloudwatch.Alarm:
        return self._alarm(
            "ApiRelease",
            "The API answered with 5xx in two of five minutes: a release that is under way is undone.",
            # By names, not by references: the API waits for the alias, the alias for its release's alarms.
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

    def _watch_sweep(self, function: BedrockFunction, settings: Settings) -> None:
        self._alarm(
            "SweepMissing",
            "No sweep was completed for too long.",
            sweep_metric(
                "SweepsCompleted", function.bedrock_region, settings.sweep_name, period=Duration.hours(1)
            ),
            comparison=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
            evaluation_periods=settings.missing_after_hours,
            # No sweep, no metric: silence is the very thing to tell.
            missing=cloudwatch.TreatMissingData.BREACHING,
        )
        self._alarm(
            "SweepIncomplete",
            "A sweep ran out of time, so its figures are partial.",
            sweep_metric("SweepsIncomplete", function.bedrock_region, settings.sweep_name),
        )

    def _alarm(
        self,
        construct_id: str,
        description: str,
        metric: cloudwatch.IMetric,
        *,
        threshold: float = 1,
        comparison: cloudwatch.ComparisonOperator = _AT_LEAST,
        evaluation_periods: int = 1,
        datapoints_to_alarm: int | None = None,
        missing: cloudwatch.TreatMissingData = cloudwatch.TreatMissingData.NOT_BREACHING,
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
            treat_missing_data=missing,
        )
        action = actions.SnsAction(self.topic)
        alarm.add_alarm_action(action)
        alarm.add_ok_action(action)
        return alarm
