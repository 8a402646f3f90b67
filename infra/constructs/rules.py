"""EventBridge rules, and the metrics of their deliveries."""

from dataclasses import dataclass

from aws_cdk import Fn
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events


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
