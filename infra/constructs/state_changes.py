"""Bedrock's own events of jobs, handed to the watch as they come."""

from aws_cdk import Duration, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from constructs import Construct

from infra.dead_letters import DeadLetters
from infra.watch_function import WatchFunction


class StateChanges(Construct):
    """A rule on the account's default bus.

    Attributes
    ----------
    dead_letters : DeadLetters
        The events that EventBridge could not hand over; those for which the function raised are in its own.
    """

    def __init__(self, scope: Construct, construct_id: str, *, function: WatchFunction) -> None:
        super().__init__(scope, construct_id)
        self.dead_letters = DeadLetters(self, "DeadLetters")
        events.Rule(
            self,
            "Rule",
            description="Tells the watch of changes of model customization jobs",
            event_pattern=events.EventPattern(
                source=["aws.bedrock"],
                detail_type=["Model Customization Job State Change"],
                # A default bus can get events of other accounts and regions, and the watch is of one.
                account=[Stack.of(self).account],
                region=[function.bedrock_region],
            ),
            targets=[
                targets.LambdaFunction(
                    function.alias,
                    dead_letter_queue=self.dead_letters,
                    # EventBridge's own limits: an event that comes late does no harm, see docs/events.md.
                    max_event_age=Duration.hours(24),
                    retry_attempts=185,
                )
            ],
        )
