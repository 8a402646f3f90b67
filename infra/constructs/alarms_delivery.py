"""Alarms on everything that carries events and notifications, and on the table."""

from collections.abc import Iterable, Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb

from infra.constructs.alarms_factory import FAULT_WINDOW, FIVE_MINUTES, REPEATED, AlarmFactory
from infra.constructs.dead_letters import RETENTION, DeadLetters
from infra.constructs.metrics import filled_sum
from infra.constructs.rules import BusRule

# Days between the alarm and the end of the retention, when dead letters are deleted.
_DAYS_TO_ACT = 4


def add_delivery_alarms(alarms: AlarmFactory, rules: Sequence[BusRule], *, exported: bool) -> None:
    """Add the alarms of the rules, one of which delivers to the queue of the export if there is one."""
    target = (
        "the watch function, the notification queue or the export queue"
        if exported
        else "the watch function or the notification queue"
    )
    alarms.add(
        "DeliveryRetries",
        f"EventBridge repeated deliveries to {target} twice within 15 minutes: the target does not accept "
        "them.",
        filled_sum(*_rule_metrics(rules, "RetryInvocationAttempts"), period=FAULT_WINDOW),
        threshold=REPEATED,
    )
    alarms.add(
        "DeliveriesFailed",
        f"EventBridge gave up a delivery to {target}. See the dead-letter queues.",
        filled_sum(*_rule_metrics(rules, "FailedInvocations"), period=FIVE_MINUTES),
    )


def add_table_alarm(alarms: AlarmFactory, table: dynamodb.ITable) -> None:
    """Add the alarm on throttled requests.

    Without FILL, the alarm would stay raised: alarms on metrics of DynamoDB ignore missing data, and there is
    no datapoint without a throttled request.
    """
    throttles = (
        cloudwatch.Metric(
            namespace="AWS/DynamoDB",
            metric_name=name,
            dimensions_map={"TableName": table.table_name},
            statistic="Sum",
        )
        for name in ("ReadThrottleEvents", "WriteThrottleEvents")
    )
    alarms.add(
        "TableThrottles",
        "DynamoDB throttled requests to the table of jobs.",
        filled_sum(*throttles, period=FIVE_MINUTES),
    )


def _rule_metrics(rules: Sequence[BusRule], name: str) -> Iterable[cloudwatch.Metric]:
    return (rule.metric(name) for rule in rules)


def add_queue_alarms(alarms: AlarmFactory, construct_id: str, queue: DeadLetters) -> None:
    """Add the alarms of a dead-letter queue: on its first message, and before messages are deleted."""
    alarms.add(
        construct_id,
        f"A dead-letter queue is not empty. It holds {queue.holds}.",
        queue.metric_approximate_number_of_messages_visible(period=FIVE_MINUTES, statistic="Maximum"),
    )
    old = Duration.days(RETENTION.to_days() - _DAYS_TO_ACT)
    alarms.add(
        f"{construct_id}Old",
        f"A message in a dead-letter queue is {old.to_days():.0f} days old: it will be deleted in "
        f"{_DAYS_TO_ACT} days. The queue holds {queue.holds}.",
        queue.metric_approximate_age_of_oldest_message(period=FIVE_MINUTES, statistic="Maximum"),
        threshold=old.to_seconds(),
    )
