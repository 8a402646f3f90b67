"""The schedule of the export's snapshots."""

import json

from aws_cdk import Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets
from constructs import Construct

from infra.constructs.dead_letters import DeadLetters
from infra.constructs.principals import account_service

# Shortly after the day begins, in UTC, which is the day of the snapshot's files.
_DAILY = "cron(10 0 * * ? *)"
_MAXIMUM_AGE = Duration.hours(6)


class ExportSchedule(Construct):
    """Invokes the export function once a day.

    Scheduler replaces its context attribute with the scheduled time, which is the same for each attempt, so
    that a repeated snapshot overwrites its own files.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        function: lambda_.Function,
        dead_letters: DeadLetters,
    ) -> None:
        super().__init__(scope, construct_id)
        role = self._create_role(function, dead_letters)
        snapshot = {"export": {"snapshot": scheduler.ContextAttribute.scheduled_time}}
        schedule = scheduler.Schedule(
            self,
            "Schedule",
            description="Exports a snapshot of the model customization jobs",
            schedule=scheduler.ScheduleExpression.expression(_DAILY),
            time_window=scheduler.TimeWindow.off(),
            target=targets.LambdaInvoke(
                function,
                # The CDK would also allow every version of the function.
                role=role.without_policy_updates(),
                input=scheduler.ScheduleTargetInput.from_text(json.dumps(snapshot)),
                dead_letter_queue=dead_letters,
                max_event_age=_MAXIMUM_AGE,
                retry_attempts=10,
            ),
        )
        # Without the role's policy, the first snapshot could fail.
        schedule.node.add_dependency(role)

    def _create_role(self, function: lambda_.Function, dead_letters: DeadLetters) -> iam.Role:
        group = Stack.of(self).format_arn(
            service="scheduler", resource="schedule-group", resource_name="default"
        )
        role = iam.Role(
            self,
            "Role",
            description="Invokes the export function on a schedule",
            assumed_by=account_service(self, "scheduler", source_arn=group),
        )
        role.add_to_policy(
            iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=[function.function_arn])
        )
        dead_letters.grant_send_messages(role)
        return role
