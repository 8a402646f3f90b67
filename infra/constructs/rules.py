"""EventBridge rules, and the metrics of their deliveries."""

from collections.abc import Iterable
from dataclasses import dataclass

from aws_cdk import Duration, Fn
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from customization_jobs.jobs import EVENT_SOURCE, EVENT_VERSION
from customization_jobs.watch.events import DETAIL_TYPE_PREFIX

# EventBridge's own maximum, with the attempts that it makes in that time by default.
MAX_EVENT_AGE = Duration.hours(24)
RETRY_ATTEMPTS = 185


@dataclass(frozen=True, slots=True)
class BusRule:
    """A rule and its bus.

    Attributes
    ----------
    bus : EventBus or None
        None for the default bus of the account.
    """

    rule: events.Rule
    bus: events.EventBus | None

    def metric(self, name: str) -> cloudwatch.Metric:
        """Return a reference to a metric of the rule, summed.

        Metrics of rules on the default bus have one dimension, metrics of other rules have two. The `Ref` of
        a rule on another bus is `bus|rule`.
        """
        rule_name = self.rule.rule_name
        dimensions = (
            {"EventBusName": self.bus.event_bus_name, "RuleName": Fn.select(1, Fn.split("|", rule_name))}
            if self.bus
            else {"RuleName": rule_name}
        )
        return cloudwatch.Metric(
            namespace="AWS/Events", metric_name=name, dimensions_map=dimensions, statistic="Sum"
        )


def transitions_to_queue(
    scope: Construct,
    bus: events.EventBus,
    kinds: Iterable[str],
    queue: sqs.Queue,
    *,
    dead_letters: sqs.Queue,
    description: str,
) -> BusRule:
    """Create a rule with the id `Rule` that sends transitions of the given kinds to a queue."""
    rule = events.Rule(
        scope,
        "Rule",
        event_bus=bus,
        description=description,
        event_pattern=events.EventPattern(
            source=[EVENT_SOURCE],
            # Full names, because the detail types of a fleet's source events begin with the same words.
            detail_type=[DETAIL_TYPE_PREFIX + kind for kind in kinds],
            detail={"version": [EVENT_VERSION]},
        ),
        targets=[
            targets.SqsQueue(
                queue,
                dead_letter_queue=dead_letters,
                max_event_age=MAX_EVENT_AGE,
                retry_attempts=RETRY_ATTEMPTS,
            )
        ],
    )
    return BusRule(rule, bus)
