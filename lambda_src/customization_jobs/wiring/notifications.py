"""Creates what publishes notifications."""

from customization_jobs.aws.clients import create_client
from customization_jobs.aws.topic import Topic
from customization_jobs.entrypoints.notifications import NotificationsEntryPoint
from customization_jobs.errors import UnknownEventException
from customization_jobs.observability import Observability
from customization_jobs.settings import Settings


def create_notifications(settings: Settings, observability: Observability) -> NotificationsEntryPoint:
    """Create the entry point of the notification function.

    Raises
    ------
    UnknownEventException
        The function publishes no notifications.
    """
    if settings.notification_topic is None:
        raise UnknownEventException(
            "This function publishes no notifications: NOTIFICATION_TOPIC is not set. Send the events of "
            "the watch, and the records of their queue, to the notification function."
        )
    client = create_client(settings, "sns")
    return NotificationsEntryPoint(
        Topic(client, settings.notification_topic),
        Topic(client, settings.chat_topic) if settings.chat_topic else None,
        observability,
        digest_above=settings.notification_digest_above,
        call_seconds=settings.call_seconds,
    )
