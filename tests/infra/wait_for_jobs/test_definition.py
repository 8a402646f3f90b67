"""Retries, limits and logs of the state machine."""

from customization_jobs.errors import ERRORS
from infra.constructs.wait_for_jobs import RETRIED_ERRORS
from infra.settings.model import POLLS_PER_EXECUTION
from tests.infra.conftest import Synthesis
from tests.infra.wait_for_jobs.conftest import Waiter, page


def test_the_polls_of_the_longest_wait_fit_in_the_history_of_an_execution(wait: Waiter) -> None:
    two_polls, three_polls = (len(wait([*[page(InProgress=1)] * n, page()]).events) for n in (2, 3))
    further_page = len(wait([page(InProgress=1), page(InProgress=1), page("a"), page()]).events) - two_polls
    # With two further pages in each poll; an execution is ended at 25,000 events.
    assert POLLS_PER_EXECUTION * (three_polls - two_polls + 2 * further_page) <= 25_000


def test_retries_are_jittered_limited_and_cover_every_transient_error(stack: Synthesis) -> None:
    (retry,) = stack.definition()["States"]["List jobs"]["Retry"]
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
