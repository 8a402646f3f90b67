"""The sweep: a schedule on which the watch looks at all jobs."""

import json
from collections.abc import Mapping
from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets
from constructs import Construct

from infra.settings import Settings
from infra.watch_function import WatchFunction

# A tick that is an hour late tells nothing that the next one does not tell better.
_OLDEST_TICK = Duration.hours(1)


class Schedule(Construct):
    """Invokes the watch on a schedule.

    The Scheduler invokes asynchronously: its own retries and dead-letter queue hold a tick that could not be
    handed over. A tick that was handed over and raised is retried by Lambda, and ends in the same queue.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, function: WatchFunction, settings: Settings
    ) -> None:
        super().__init__(scope, construct_id)
        flexible = settings.schedule_flexible_minutes
        scheduler.Schedule(
            self,
            "Schedule",
            description="Sweeps the model customization jobs",
            schedule=scheduler.ScheduleExpression.expression(settings.schedule_expression),
            time_window=scheduler.TimeWindow.flexible(Duration.minutes(flexible))
            if flexible
            else scheduler.TimeWindow.off(),
            target=targets.LambdaInvoke(
                function.alias,
                input=scheduler.ScheduleTargetInput.from_text(
                    json.dumps(tick(settings.sweep_name, settings.schedule_query))
                ),
                dead_letter_queue=function.dead_letters,
                max_event_age=_OLDEST_TICK,
                retry_attempts=10,
            ),
        )


def tick(sweep: str, query: Mapping[str, Any]) -> dict[str, Any]:
    """Give the event of one tick; the Scheduler puts its own values in place of what stands in <>."""
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
