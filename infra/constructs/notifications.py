"""Notifications: failed, stopped and stuck jobs as readable text, sent to a topic."""

import re

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from customization_jobs.watch.events import DETAIL_TYPE_PREFIX, SCHEMA_VERSION, SOURCE
from infra.constructs.dead_letters import DeadLetters
from infra.constructs.nag import acknowledge_email_subscriptions
from infra.constructs.notification_texts import NOTIFICATION_TEXTS
from infra.constructs.principals import account_service
from infra.constructs.rules import BusRule
from infra.settings.model import Settings

_EVENT_PATH = re.compile(r"<(\$\.[^>]+)>")


class Notifications(Construct):
    """A rule on the watch's bus for each kind of notification, and the topic that the rules publish to.

    Attributes
    ----------
    topic : aws_cdk.aws_sns.Topic
        The notification topic.
    dead_letters : DeadLetters
        Notifications that could not be delivered to the topic within a day.
    rules : tuple of BusRule
        One for each kind of notification.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, bus: events.EventBus, settings: Settings
    ) -> None:
        super().__init__(scope, construct_id)
        self.topic = sns.Topic(self, "Topic", enforce_ssl=True)
        acknowledge_email_subscriptions(self.topic)
        if settings.notification_email:
            self.topic.add_subscription(subscriptions.EmailSubscription(settings.notification_email))
        self.dead_letters = DeadLetters(
            self, "DeadLetters", holds="notifications that EventBridge could not deliver to their topic"
        )
        self._role = iam.Role(
            self,
            "Role",
            description="Publishes notifications about model customization jobs",
            assumed_by=account_service(self, "events"),
        )
        self.rules = tuple(self._add_rule(kind, bus) for kind in settings.notification_kinds)

    def _add_rule(self, kind: str, bus: events.EventBus) -> BusRule:
        rule = events.Rule(
            self,
            kind,
            event_bus=bus,
            description=f"Sends notifications about model customization jobs: {kind}",
            event_pattern=events.EventPattern(
                source=[SOURCE],
                detail_type=[DETAIL_TYPE_PREFIX + kind],
                detail={"version": [SCHEMA_VERSION]},
            ),
            targets=[
                targets.SnsTopic(
                    self.topic,
                    message=_message(NOTIFICATION_TEXTS[kind]),
                    # Not by the topic's policy, which would allow every EventBridge rule to publish.
                    authorize_using_role=True,
                    role=self._role,
                    dead_letter_queue=self.dead_letters,
                    max_event_age=Duration.hours(24),
                    retry_attempts=185,
                )
            ],
        )
        return BusRule(rule, bus)


def _message(text: str) -> events.RuleTargetInput:
    return events.RuleTargetInput.from_multiline_text(
        _EVENT_PATH.sub(lambda match: events.EventField.from_path(match[1]), text)
    )
