"""Retries, limits and logs of the state machine."""

from dataclasses import replace

from customization_jobs.errors import ERRORS
from infra.constructs.wait_for_jobs import RETRIED_ERRORS
from infra.settings.model import POLLS_PER_EXECUTION
from tests.infra.conftest import Synthesis
from tests.infra.wait_for_jobs.conftest import Waiter, page
from tests.infra.wait_for_jobs.interpreter import Answer, Silence


def test_the_polls_of_the_longest_wait_without_a_heartbeat_fit_in_the_history_of_an_execution(
    wait: Waiter, stack: Synthesis
) -> None:
    def events(*last_poll: Answer, times: int) -> int:
        return len(wait([*[Silence(), page(InProgress=1)] * times, Silence(), *last_poll]).events)

    poll = events(page(), times=2) - events(page(), times=1)
    further_page = events(page("a"), page(), times=1) - events(page(), times=1)
    # With one further page in each poll; an execution is ended at 25,000 events.
    assert POLLS_PER_EXECUTION * (poll + further_page) <= 25_000
    settings = stack.settings
    assert settings.wait_heartbeat_seconds * POLLS_PER_EXECUTION >= settings.wait_limit_seconds
    longest = replace(settings, wait_expiry_days=365)
    assert longest.wait_heartbeat_seconds * POLLS_PER_EXECUTION >= longest.wait_limit_seconds


def test_retries_are_jittered_limited_and_cover_every_transient_error(stack: Synthesis) -> None:
    states = stack.definition()["States"]
    (retry,) = states["List jobs"]["Retry"]
    assert states["Wait until all jobs have ended"]["Retry"] == [retry]
    assert retry == {
        "ErrorEquals": list(RETRIED_ERRORS),
        "IntervalSeconds": 2,
        "MaxAttempts": 6,
        "BackoffRate": 2,
        "MaxDelaySeconds": 60,
        "JitterStrategy": "FULL",
    }
    assert {error.__name__ for error in ERRORS if error.retry_helps} < set(RETRIED_ERRORS)
    assert "Lambda.TooManyRequestsException" in RETRIED_ERRORS


def test_the_hard_timeout_exceeds_the_longest_wait_by_an_hour_or_more(stack: Synthesis) -> None:
    definition = stack.definition()
    assert definition["TimeoutSeconds"] >= stack.settings.wait_limit_seconds + 3600
    assert definition["QueryLanguage"] == "JSONata"


def test_logs_and_traces_are_on_without_execution_data(stack: Synthesis) -> None:
    machine = stack.only("AWS::StepFunctions::StateMachine")
    assert machine["StateMachineType"] == "STANDARD"
    assert machine["TracingConfiguration"] == {"Enabled": True}
    logging = machine["LoggingConfiguration"]
    assert (logging["Level"], logging["IncludeExecutionData"]) == ("ALL", False)
    assert len(logging["Destinations"]) == 1
