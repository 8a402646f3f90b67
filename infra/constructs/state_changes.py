"""The rule that delivers Bedrock's state-change events to the watch function."""

from aws_cdk import Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from constructs import Construct

from infra.constructs.dead_letters import DeadLetters
from infra.constructs.rules import MAX_EVENT_AGE, RETRY_ATTEMPTS, BusRule
from infra.constructs.watch_function import WatchFunction

BEDROCK = "aws.bedrock"
STATE_CHANGE = "Model Customization Job State Change"


class StateChanges(Construct):
    """A rule on the account's default bus.

    Attributes
    ----------
    dead_letters : DeadLetters
        Events that EventBridge could not deliver. Events for which the function raised are in the queue of
        the function.
    rules : tuple of BusRule
        The rule.
    """

    def __init__(self, scope: Construct, construct_id: str, *, function: WatchFunction) -> None:
        super().__init__(scope, construct_id)
        self.dead_letters = DeadLetters(
            self,
            "DeadLetters",
            holds="Bedrock events that EventBridge could not deliver to the watch function",
        )
        rule = events.Rule(
            self,
            "Rule",
            description="Delivers state changes of model customization jobs to the watch function",
            event_pattern=events.EventPattern(
                source=[BEDROCK],
                detail_type=[STATE_CHANGE],
                # A default bus can receive events of other accounts and regions, which the watch must ignore.
                account=[Stack.of(self).account],
                region=list(function.bedrock_regions),
            ),
            targets=[
                targets.LambdaFunction(
                    function.alias,
                    dead_letter_queue=self.dead_letters,
                    # EventBridge's maximum: late events are harmless, see docs/events.md.
                    max_event_age=MAX_EVENT_AGE,
                    retry_attempts=RETRY_ATTEMPTS,
                )
            ],
        )
        self.rules = (BusRule(rule, bus=None),)
