"""Alarms on notifications: that they are published in time, and reach their subscribers."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

from infra.constructs.alarms_factory import FIVE_MINUTES, REPEATED, AlarmFactory
from infra.constructs.alarms_function import faults_of
from infra.constructs.metrics import filled_sum
from infra.constructs.notifications import Notifications

# After the third attempt, SQS no longer counts a message in the age of the oldest. The attempts are seven
# minutes apart, so the alarm must be raised before the third.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
_LATE = Duration.minutes(10)


def add_notification_alarms(alarms: AlarmFactory, notifications: Notifications) -> None:
    """Add the alarms of the notification function, of its queue and of the topics."""
    function = notifications.publisher.function
    alarms.add(
        "NotificationErrors",
        "The notification function failed twice within 15 minutes. See its log.",
        faults_of(function),
        threshold=REPEATED,
    )
    alarms.add(
        "NotificationsLate",
        f"An event has waited for {_LATE.to_minutes():.0f} minutes for its notification: the notification "
        "function fails, is throttled or is not invoked, or SNS refuses.",
        notifications.publisher.queue.metric_approximate_age_of_oldest_message(
            period=FIVE_MINUTES, statistic="Maximum"
        ),
        threshold=_LATE.to_seconds(),
    )
    alarms.add(
        "NotificationsFailed",
        "SNS gave up the delivery of a notification to a subscriber.",
        filled_sum(*_failed_deliveries(notifications), period=FIVE_MINUTES),
    )


def _failed_deliveries(notifications: Notifications) -> list[cloudwatch.Metric]:
    topics = (notifications.topic, notifications.chat_topic)
    return [topic.metric_number_of_notifications_failed() for topic in topics if topic]
