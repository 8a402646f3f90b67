"""Notifications: the rule, the function and the topics between the watch's bus and people."""

from collections.abc import Mapping, Sequence

from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra.constructs.chat import ChatChannels
from infra.constructs.dead_letters import DeadLetters
from infra.constructs.logs import Logs
from infra.constructs.nag import acknowledge_email_subscriptions
from infra.constructs.notification_function import NotificationFunction
from infra.constructs.rules import BusRule, transitions_to_queue
from infra.settings.model import Settings


class Notifications(Construct):
    """A rule sends events of the bus to a queue, and a function publishes them to the topics.

    Attributes
    ----------
    topic : aws_cdk.aws_sns.Topic
        The topic of texts for people.
    chat_topic : aws_cdk.aws_sns.Topic or None
        The topic of chat messages, if chat is on.
    publisher : NotificationFunction
        The function and its queue.
    dead_letters : DeadLetters
        Events that EventBridge could not deliver to the queue within a day, or that the function could not
        publish.
    rules : tuple of BusRule
        The rule; none without kinds.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        bus: events.EventBus,
        code: lambda_.Code,
        logs: Logs,
        settings: Settings,
    ) -> None:
        super().__init__(scope, construct_id)
        self.topic = self._create_topic("Topic")
        for address in settings.notification_emails:
            self.topic.add_subscription(subscriptions.EmailSubscription(address))
        self.chat_topic = self._create_topic("ChatTopic") if settings.chat else None
        if self.chat_topic and isinstance(settings.chat, Mapping):
            ChatChannels(self, "Chat", topic=self.chat_topic, channels=settings.chat)
        self.dead_letters = DeadLetters(
            self,
            "DeadLetters",
            holds="events of the watch that nobody was notified of: undelivered or unpublished",
        )
        topics = {"NOTIFICATION_TOPIC": self.topic}
        self.publisher = NotificationFunction(
            self,
            "Publisher",
            topics=topics | ({"CHAT_TOPIC": self.chat_topic} if self.chat_topic else {}),
            dead_letters=self.dead_letters,
            code=code,
            logs=logs,
            settings=settings,
        )
        self.rules = self._create_rules(bus, settings.notification_kinds)

    def _create_topic(self, construct_id: str) -> sns.Topic:
        topic = sns.Topic(self, construct_id, enforce_ssl=True)
        acknowledge_email_subscriptions(topic)
        return topic

    def _create_rules(self, bus: events.EventBus, kinds: Sequence[str]) -> tuple[BusRule, ...]:
        if not kinds:
            return ()
        rule = transitions_to_queue(
            self,
            bus,
            kinds,
            self.publisher.queue,
            dead_letters=self.dead_letters,
            description="Sends transitions of model customization jobs to the notification function's queue",
        )
        return (rule,)
