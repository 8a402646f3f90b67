"""The alarms, and the topic that tells people about them."""

from aws_cdk import Duration, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.function import METRICS_NAMESPACE, SERVICE_NAME, ListingFunction
from infra.settings import Settings

_FIVE_MINUTES = Duration.minutes(5)
_NEAR_THE_TIMEOUT = 0.9
_AT_LEAST = cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD


class Alarms(Construct):
    """Watches the function, the API and the sweep.

    Attributes
    ----------
    topic : aws_cdk.aws_sns.Topic
        Where alarms are published, when they are raised and when they are over.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        function: ListingFunction,
        rest_api: apigateway.RestApi,
        dead_letters: sqs.Queue,
        settings: Settings,
    ) -> None:
        super().__init__(scope, construct_id)
        self.topic = self._make_topic(settings.alarm_email)
        self._watch_function(function)
        self._watch_api(rest_api)
        self._watch_sweep(function, dead_letters, settings)

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

    def _watch_function(self, function: ListingFunction) -> None:
        alias, near = function.alias, function.timeout.to_milliseconds() * _NEAR_THE_TIMEOUT
        self._alarm(
            "FunctionErrors",
            "The listing function failed in two of three periods; its log has the reasons.",
            alias.metric_errors(period=_FIVE_MINUTES, statistic="Sum"),
            evaluation_periods=3,
            datapoints_to_alarm=2,
        )
        self._alarm(
            "FunctionThrottles",
            "Lambda refused to invoke the listing function: its concurrency, or the account's, is used up.",
            alias.metric_throttles(period=_FIVE_MINUTES, statistic="Sum"),
        )
        self._alarm(
            "FunctionNearTimeout",
            "The listing function ran for nearly as long as its timeout allows.",
            alias.metric_duration(period=_FIVE_MINUTES, statistic="Maximum"),
            threshold=near,
        )

    def _watch_api(self, rest_api: apigateway.RestApi) -> None:
        self._alarm(
            "ApiServerErrors",
            "The API answered with 5xx in two of three periods.",
            # Of the stage, as throttling and logs are.
            rest_api.deployment_stage.metric_server_error(period=_FIVE_MINUTES, statistic="Sum"),
            evaluation_periods=3,
            datapoints_to_alarm=2,
        )

    def _watch_sweep(self, function: ListingFunction, dead_letters: sqs.Queue, settings: Settings) -> None:
        self._alarm(
            "DeadLetters",
            "Ticks of the schedule failed for good and lie in the dead-letter queue.",
            dead_letters.metric_approximate_number_of_messages_visible(
                period=_FIVE_MINUTES, statistic="Maximum"
            ),
        )
        self._alarm(
            "SweepMissing",
            "No sweep was completed for too long.",
            _sweep_metric("SweepsCompleted", function.bedrock_region, settings.sweep_name, Duration.hours(1)),
            comparison=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
            evaluation_periods=settings.missing_after_hours,
            # No sweep, no metric: silence is the very thing to tell.
            missing=cloudwatch.TreatMissingData.BREACHING,
        )
        self._alarm(
            "SweepIncomplete",
            "A sweep ran out of time, so its figures are partial.",
            _sweep_metric("SweepsIncomplete", function.bedrock_region, settings.sweep_name, _FIVE_MINUTES),
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
    ) -> None:
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


def _sweep_metric(name: str, region: str, sweep: str, period: Duration) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace=METRICS_NAMESPACE,
        metric_name=name,
        dimensions_map={"service": SERVICE_NAME, "Region": region, "Sweep": sweep},
        period=period,
        statistic="Sum",
    )
