"""Bedrock's events of the members: the bus to which rules in their accounts send them."""

from aws_cdk import CfnResource
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from constructs import Construct

from infra.constructs.dead_letters import DeadLetters
from infra.constructs.rules import MAX_EVENT_AGE, RETRY_ATTEMPTS, BusRule
from infra.constructs.state_changes import BEDROCK, STATE_CHANGE
from infra.constructs.watch_function import WatchFunction


class MemberEvents(Construct):
    """A bus that accepts Bedrock's state changes from the organization, and a rule that delivers them.

    Events of accounts that are not in the fleet are refused by the watch function.

    Attributes
    ----------
    bus : aws_cdk.aws_events.EventBus
        The bus.
    rules : tuple of BusRule
        The rule.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        function: WatchFunction,
        dead_letters: DeadLetters,
        organization_id: str,
    ) -> None:
        super().__init__(scope, construct_id)
        self.bus = events.EventBus(
            self, "Bus", description="State changes of model customization jobs in the members of the fleet"
        )
        self._accept_events_of(organization_id)
        rule = events.Rule(
            self,
            "Rule",
            event_bus=self.bus,
            description="Delivers state changes of model customization jobs in members to the watch function",
            event_pattern=events.EventPattern(source=[BEDROCK], detail_type=[STATE_CHANGE]),
            targets=[
                targets.LambdaFunction(
                    function.alias,
                    dead_letter_queue=dead_letters,
                    max_event_age=MAX_EVENT_AGE,
                    retry_attempts=RETRY_ATTEMPTS,
                )
            ],
        )
        self.rules = (BusRule(rule, self.bus),)

    def _accept_events_of(self, organization_id: str) -> None:
        # Not through the CDK's own class, which prints a warning about a property that is not used here.
        CfnResource(
            self,
            "Policy",
            type="AWS::Events::EventBusPolicy",
            properties={
                "EventBusName": self.bus.event_bus_name,
                "StatementId": "AllowStateChangesOfTheOrganization",
                "Statement": {
                    "Effect": "Allow",
                    "Principal": "*",
                    "Action": "events:PutEvents",
                    "Resource": self.bus.event_bus_arn,
                    # Without the last condition, a request without either would meet the second.
                    "Condition": {
                        "StringEquals": {"aws:PrincipalOrgID": organization_id},
                        "ForAllValues:StringEquals": {
                            "events:source": BEDROCK,
                            "events:detail-type": STATE_CHANGE,
                        },
                        "Null": {"events:source": "false", "events:detail-type": "false"},
                    },
                },
            },
        )
