"""The schedule of the sweep, in which the watch function lists all jobs."""

import json
from collections.abc import Mapping
from typing import Any

from aws_cdk import Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets
from constructs import Construct

from infra.constructs.fleet_sweep import FleetSweep
from infra.constructs.principals import account_service
from infra.constructs.watch_function import WatchFunction
from infra.settings.model import Settings

# The next tick finds everything that an older one could report.
_MAXIMUM_TICK_AGE = Duration.hours(1)


class Schedule(Construct):
    """Invokes the watch function on a schedule; with a fleet, starts the fleet's sweep instead.

    EventBridge Scheduler invokes asynchronously. It retries a tick that it cannot deliver; Lambda retries a
    tick for which the function raises. Both end in the same dead-letter queue.

    The state machine of the fleet's sweep receives the same tick. If it could not be delivered, a replay
    sends the tick to the watch function, which sweeps the hub's own jobs.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        function: WatchFunction,
        fleet_sweep: FleetSweep | None,
        settings: Settings,
    ) -> None:
        super().__init__(scope, construct_id)
        window = settings.schedule_flexible_minutes
        role = self._create_role(
            "Starts the sweep of the fleet on a schedule"
            if fleet_sweep
            else "Invokes the watch function on a schedule"
        )
        tick = json.dumps(_tick(settings.sweep_name, settings.schedule_query))
        delivery: dict[str, Any] = {
            "role": role,
            "input": scheduler.ScheduleTargetInput.from_text(tick),
            "dead_letter_queue": function.dead_letters,
            "max_event_age": _MAXIMUM_TICK_AGE,
            "retry_attempts": 10,
        }
        target = (
            targets.StepFunctionsStartExecution(fleet_sweep.state_machine, **delivery)
            if fleet_sweep
            else targets.LambdaInvoke(function.alias, **delivery)
        )
        schedule = scheduler.Schedule(
            self,
            "Schedule",
            description="Sweeps the model customization jobs",
            schedule=scheduler.ScheduleExpression.expression(settings.schedule_expression),
            time_window=scheduler.TimeWindow.flexible(Duration.minutes(window))
            if window
            else scheduler.TimeWindow.off(),
            target=target,
        )
        # Without the role's policy, the first tick could fail.
        schedule.node.add_dependency(role)
        if fleet_sweep:
            schedule.node.add_dependency(fleet_sweep.children)

    def _create_role(self, description: str) -> iam.Role:
        group = Stack.of(self).format_arn(
            service="scheduler", resource="schedule-group", resource_name="default"
        )
        return iam.Role(
            self,
            "Role",
            description=description,
            assumed_by=account_service(self, "scheduler", source_arn=group),
        )


def _tick(sweep: str, query: Mapping[str, Any]) -> dict[str, Any]:
    """Return the event of one tick. Scheduler replaces its context attributes, which are written in <>."""
    return {
        "schedule": {
            "arn": scheduler.ContextAttribute.schedule_arn,
            "scheduledTime": scheduler.ContextAttribute.scheduled_time,
            "executionId": scheduler.ContextAttribute.execution_id,
            "attemptNumber": scheduler.ContextAttribute.attempt_number,
        },
        "sweep": sweep,
        "query": dict(query),
    }
