"""One state waits for the watch. It is replaced by polls if the watch is silent, and at the deadline."""

from typing import Any

from infra.constructs.wait_for_jobs import WATCH_IS_SILENT
from tests.infra.conftest import Synthesis
from tests.infra.wait_for_jobs.conftest import NO_JOBS, Waiter, ended, page
from tests.infra.wait_for_jobs.interpreter import Execution, Heartbeats, Silence, Woken

REQUEST = {"failOn": [], "atLeast": 0, "follow": False}


def states(execution: Execution) -> list[str]:
    return [
        event["stateEnteredEventDetails"]["name"]
        for event in execution.events
        if "stateEnteredEventDetails" in event
    ]


def test_the_answer_of_the_watch_is_the_output(wait: Waiter) -> None:
    output = ended(Completed=3) | {"endedBadly": [{"jobName": "tone-1", "status": "Failed"}]}
    execution = wait([Woken(output)], query={"nameContains": "tune"})
    assert (execution.status, execution.output) == ("SUCCEEDED", output)
    assert execution.payloads == [{"wait": {"query": {"nameContains": "tune"}, **REQUEST}}]
    assert all(execution.tokens)


def test_a_wait_enters_three_states_however_long_it_takes(wait: Waiter) -> None:
    execution = wait([Woken(ended(Completed=1), seconds=36 * 3600)])
    assert states(execution) == [
        "Is the input valid?",
        "Wait until all jobs have ended",
        "All jobs have ended",
    ]


def test_the_options_are_passed_to_the_watch(wait: Waiter) -> None:
    options = {"failOn": ["Failed"], "atLeast": 2, "follow": True}
    execution = wait([Woken(ended())], **options)
    assert execution.payloads == [{"wait": {"query": {}, **options}}]


def test_the_functions_receive_the_execution_as_correlation_id(wait: Waiter) -> None:
    execution = wait([Silence(), page(Completed=1)])
    assert len(execution.contexts) == 2
    for context in execution.contexts:
        arn = context["custom"]["correlationId"]
        assert arn.startswith("arn:aws:states:us-east-1:123456789012:execution:")


def test_a_silent_watch_is_replaced_by_one_poll_for_each_missed_heartbeat(
    wait: Waiter, stack: Synthesis
) -> None:
    execution = wait([Silence(), page(InProgress=1), Silence(), page(Completed=1)])
    assert (execution.status, execution.output) == ("SUCCEEDED", ended(Completed=1))
    assert execution.waits == [stack.settings.wait_heartbeat_seconds] * 2
    assert execution.payloads == [{"wait": {"query": {}, **REQUEST}}, {}] * 2
    assert states(execution).count(WATCH_IS_SILENT) == 2
    assert len(set(execution.tokens)) == 2


def test_the_heartbeat_covers_the_time_between_the_ends_of_two_sweeps(stack: Synthesis) -> None:
    settings = stack.settings
    gap = 3600 * settings.missing_after_hours + settings.watch_timeout_seconds
    assert settings.wait_heartbeat_seconds == gap


def test_all_pages_of_a_poll_are_read_and_their_jobs_added(wait: Waiter) -> None:
    execution = wait(
        [
            Silence(),
            page("a", Completed=2, Failed=1),
            page("b", Completed=3),
            page(Completed=1, Failed=1, Stopped=1, Paused=4),
        ],
        query={"statusEquals": "Completed", "maxResults": 3},
    )
    assert execution.output == {
        "counts": NO_JOBS | {"Completed": 6, "Failed": 2, "Stopped": 1, "Paused": 4},
        "endedBadly": [
            {"jobArn": "arn:Failed-0", "jobName": "Failed", "status": "Failed"},
            {"jobArn": "arn:Failed-0", "jobName": "Failed", "status": "Failed"},
            {"jobArn": "arn:Stopped-0", "jobName": "Stopped", "status": "Stopped"},
        ],
    }
    query = {"statusEquals": "Completed", "maxResults": 3}
    assert execution.payloads[1:] == [query, {**query, "nextToken": "a"}, {**query, "nextToken": "b"}]


def test_a_poll_describes_at_most_twenty_jobs(wait: Waiter) -> None:
    execution = wait([Silence(), page("a", Failed=15), page(Failed=15)])
    assert len(execution.output["endedBadly"]) == 20
    assert execution.output["counts"]["Failed"] == 30


def test_an_active_job_ends_a_poll_and_the_next_starts_with_the_first_page(wait: Waiter) -> None:
    answers = [Silence(), page("a", Completed=5), page("b", InProgress=1), Silence(), page(Completed=7)]
    execution = wait(answers)
    assert execution.output == ended(Completed=7)
    assert execution.payloads[1::3] == [{}, {}]
    assert execution.payloads[2] == {"nextToken": "a"}


def test_a_poll_that_finds_too_few_jobs_waits_again(wait: Waiter) -> None:
    execution = wait([Silence(), page(Completed=1), Woken(ended(Completed=2))], atLeast=2)
    assert (execution.status, execution.output) == ("SUCCEEDED", ended(Completed=2))


def test_the_last_poll_is_at_the_deadline(wait: Waiter) -> None:
    execution = wait([Heartbeats(), page(Completed=1)], timeoutSeconds=40)
    assert (execution.status, execution.waits) == ("SUCCEEDED", [40])
    assert WATCH_IS_SILENT not in states(execution)


def test_the_summaries_are_not_passed_on(wait: Waiter) -> None:
    answer: dict[str, Any] = page(Completed=1)
    answer["modelCustomizationJobSummaries"] = [{"jobName": "x" * 1000}] * 200
    execution = wait([Silence(), answer])
    passed_on = [
        event["stateExitedEventDetails"]["output"]
        for event in execution.events
        if "stateExitedEventDetails" in event
    ]
    assert max(map(len, passed_on)) < 200
