"""The schedule of the sweep, and retries of its ticks."""

import json

from customization_jobs.callers import Caller, recognize
from tests.infra.conftest import Synthesis


def test_the_input_of_a_tick_identifies_the_tick_and_states_sweep_and_query(
    stack: Synthesis, other_stack: Synthesis
) -> None:
    tick = json.loads(stack.only("AWS::Scheduler::Schedule")["Target"]["Input"])
    assert tick == {
        "schedule": {
            "arn": "<aws.scheduler.schedule-arn>",
            "scheduledTime": "<aws.scheduler.scheduled-time>",
            "executionId": "<aws.scheduler.execution-id>",
            "attemptNumber": "<aws.scheduler.attempt-number>",
        },
        "sweep": "all-jobs",
        "query": {},
    }
    other = json.loads(other_stack.only("AWS::Scheduler::Schedule")["Target"]["Input"])
    assert other == {**tick, "sweep": "support", "query": {"maxResults": 500}}


def test_the_function_recognizes_a_tick(stack: Synthesis) -> None:
    assert recognize(json.loads(stack.only("AWS::Scheduler::Schedule")["Target"]["Input"])) is Caller.SCHEDULE


def test_the_schedule_has_a_window_retries_and_a_dead_letter_queue(stack: Synthesis) -> None:
    schedule = stack.only("AWS::Scheduler::Schedule")
    assert schedule["ScheduleExpression"] == "rate(15 minutes)"
    assert schedule["ScheduleExpressionTimezone"] == "Etc/UTC"
    assert schedule["FlexibleTimeWindow"] == {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 5}
    target = schedule["Target"]
    assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": 3600, "MaximumRetryAttempts": 10}
    assert target["DeadLetterConfig"] == {"Arn": stack.arn("AWS::SQS::Queue", "Watch")}


def test_the_first_tick_waits_for_the_permission_to_invoke(stack: Synthesis) -> None:
    schedule = stack.resources[stack.logical_id("AWS::Scheduler::Schedule")]
    assert stack.logical_id("AWS::IAM::Policy", "SweepRole") in schedule["DependsOn"]


def test_the_schedule_can_be_exact(other_stack: Synthesis) -> None:
    schedule = other_stack.only("AWS::Scheduler::Schedule")
    assert schedule["ScheduleExpression"] == "cron(0 6 ? * MON-FRI *)"
    assert schedule["FlexibleTimeWindow"] == {"Mode": "OFF"}


def test_lambda_retries_a_tick_that_fails_and_sends_it_to_the_same_queue(stack: Synthesis) -> None:
    config = stack.only("AWS::Lambda::EventInvokeConfig")
    queue = stack.arn("AWS::SQS::Queue", "Watch")
    assert config["DestinationConfig"] == {"OnFailure": {"Destination": queue}}
    assert (config["MaximumRetryAttempts"], config["MaximumEventAgeInSeconds"]) == (2, 3600)
    assert stack.logical_id("AWS::Lambda::Alias", "Watch") in json.dumps(config["Qualifier"])
