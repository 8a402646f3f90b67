"""Waits from their registration to their answer."""

import json
from typing import Any

import pytest

from customization_jobs.errors import BedrockTimeoutException, ValidationException, WatchUnavailableException
from customization_jobs.timeouts import Deadline
from customization_jobs.waits.waiter import waiter_id
from tests.unit.waits.harness import EXPIRES_AFTER, WaitsHarness
from tests.unit.watch.faults import FaultInjector
from tests.unit.watch.harness import SECOND

NO_JOBS = {"InProgress": 0, "Completed": 0, "Failed": 0, "Stopping": 0, "Stopped": 0}


def counts(**ended: int) -> dict[str, int]:
    return NO_JOBS | ended


def test_jobs_that_have_all_ended_are_answered_at_once_with_their_reasons(harness: WaitsHarness) -> None:
    harness.watch.create(1, status="Completed")
    failed = harness.watch.create(2, status="Failed")
    stopped = harness.watch.create(3, status="Stopped")
    harness.watch.failure_messages[failed] = "Internal error"
    assert harness.register("t") == {"waiting": 0, "done": True}
    output = harness.states.outputs["t"]
    assert output["counts"] == counts(Completed=1, Failed=1, Stopped=1)
    # The newest first, as the jobs are listed.
    stop, failure = output["endedBadly"]
    assert (failure["jobArn"], failure["status"], failure["jobName"]) == (failed, "Failed", "support-tone-2")
    assert (failure["failure"]["category"], failure["failure"]["message"]) == ("transient", "Internal error")
    assert stop == {"jobArn": stopped, "jobName": "support-tone-3", "status": "Stopped"}
    assert harness.rows.items == {}, "nothing is stored"


def test_the_event_that_ends_the_last_job_wakes_the_waiter(harness: WaitsHarness) -> None:
    first, second = harness.watch.create(1), harness.watch.create(2)
    assert harness.register("t") == {"waiting": 2, "done": False}
    calls = len(harness.bedrock.calls)
    harness.watch.failure_messages[second] = "Internal error"
    harness.deliver(harness.watch.change(second, "Failed"))
    assert harness.waits("t")
    harness.deliver(harness.watch.change(first, "Completed"))
    output = harness.states.outputs["t"]
    assert output["counts"] == counts(Completed=1, Failed=1)
    assert output["endedBadly"][0]["failure"]["message"] == "Internal error"
    assert harness.waiter("t") is None
    assert len(harness.bedrock.calls) == calls, "waiting costs no list call"


def test_the_sweep_that_finds_the_last_end_wakes_the_waiter(harness: WaitsHarness) -> None:
    arn = harness.watch.create(1)
    harness.register("t")
    harness.watch.change(arn, "Completed")
    assert harness.sweep()["waiters"] == {"waiting": 0, "done": 1}
    assert harness.states.outputs["t"]["counts"] == counts(Completed=1)


def test_only_jobs_that_the_query_selects_are_waited_for(harness: WaitsHarness) -> None:
    harness.watch.create(1)
    other = harness.watch.create(2, jobName="speech-2")
    harness.register("t", query={"nameContains": "speech"})
    harness.deliver(harness.watch.change(other, "Completed"))
    assert harness.states.outputs["t"]["counts"] == counts(Completed=1)


def test_filters_that_bedrock_lacks_select_the_jobs_too(harness: WaitsHarness) -> None:
    tuned = harness.watch.create(1, customizationType="FINE_TUNING")
    harness.watch.create(2, customizationType="DISTILLATION")
    harness.register("t", query={"where.customizationType": "FINE_TUNING", "where.status": ["InProgress"]})
    assert harness.waits("t")
    harness.deliver(harness.watch.change(tuned, "Completed"))
    assert harness.states.outputs["t"]["counts"] == counts(Completed=1)


@pytest.mark.parametrize(
    ("fail_on", "error", "cause"),
    [
        (
            ["Failed", "Stopped"],
            "JobsFailed",
            "1 of them with the status Failed: support-tone-1 (transient: Internal error).",
        ),
        (
            ["Stopped"],
            "JobsStopped",
            "1 of them with the status Stopped: support-tone-2.",
        ),
    ],
)
def test_a_job_with_a_status_of_fail_on_fails_the_wait_once_all_have_ended(
    harness: WaitsHarness, fail_on: list[str], error: str, cause: str
) -> None:
    failed, stopped = harness.watch.create(1), harness.watch.create(2)
    harness.register("t", failOn=fail_on)
    harness.watch.failure_messages[failed] = "Internal error"
    harness.deliver(harness.watch.change(failed, "Failed"))
    assert harness.waits("t")
    harness.deliver(harness.watch.change(stopped, "Stopped"))
    assert harness.states.errors["t"] == [error, f"All jobs have ended, {cause}"]


def test_a_wait_for_no_job_succeeds_at_once(harness: WaitsHarness) -> None:
    assert harness.register("t") == {"waiting": 0, "done": True}
    assert harness.states.outputs["t"] == {"counts": counts(), "endedBadly": []}


@pytest.mark.parametrize("found_by", ["event", "sweep"])
def test_a_wait_continues_until_enough_jobs_have_appeared(harness: WaitsHarness, found_by: str) -> None:
    harness.register("t", atLeast=1, query={"nameContains": "tone"})
    harness.watch.create(7, jobName="speech")
    arn = harness.watch.create(1)
    late = harness.watch.create(2)
    if found_by == "event":
        harness.deliver(harness.watch.event(arn))
    else:
        harness.sweep()
    waiter = harness.waiter("t")
    assert waiter is not None
    assert len(waiter.pending) == 1
    assert not waiter.is_open
    harness.deliver(harness.watch.change(arn, "Completed"))
    harness.deliver(harness.watch.change(late, "Completed"))
    assert harness.states.outputs["t"]["counts"] == counts(Completed=1)


def test_a_job_that_has_ended_when_it_appears_counts(harness: WaitsHarness) -> None:
    harness.register("t", atLeast=2)
    for number in (1, 2):
        harness.deliver(harness.watch.event(harness.watch.create(number, status="Completed")))
        # A repeated event adds nothing.
        harness.deliver(harness.watch.event(next(iter(harness.watch.jobs))))
    assert harness.states.outputs["t"]["counts"] == counts(Completed=2)


def test_new_jobs_do_not_prolong_a_wait(harness: WaitsHarness) -> None:
    arn = harness.watch.create(1)
    harness.register("t")
    harness.watch.create(2)
    harness.sweep()
    harness.deliver(harness.watch.change(arn, "Completed"))
    assert harness.states.outputs["t"]["counts"] == counts(Completed=1)


@pytest.mark.parametrize("found_by", ["event", "sweep"])
def test_new_jobs_prolong_a_wait_that_follows(harness: WaitsHarness, found_by: str) -> None:
    first = harness.watch.create(1)
    harness.register("t", follow=True)
    second = harness.watch.create(2)
    if found_by == "event":
        harness.deliver(harness.watch.event(second))
    else:
        harness.sweep()
    harness.deliver(harness.watch.change(first, "Completed"))
    harness.sweep()
    assert harness.waits("t")
    harness.deliver(harness.watch.change(second, "Completed"))
    assert harness.states.outputs["t"]["counts"] == counts(Completed=2)


def test_a_waiter_expires_by_name(harness: WaitsHarness) -> None:
    harness.watch.create(1)
    harness.register("expired")
    harness.register("too few", query={"nameContains": "speech"}, atLeast=2)
    harness.watch.now += EXPIRES_AFTER - SECOND
    harness.sweep()
    assert harness.waits("expired")
    harness.watch.now += SECOND
    harness.sweep()
    expiry = "2026-03-31T12:00:00Z"
    assert harness.states.errors == {
        "expired": [
            "WaitExpired",
            f"Jobs that had not ended when the wait expired at {expiry}: 1.",
        ],
        "too few": ["NoSuchJobs", f"Jobs that matched the query until {expiry}: 0; atLeast is 2."],
    }
    assert harness.sweep()["waiters"] == {"waiting": 0, "done": 0}


def test_each_sweep_sends_a_heartbeat_to_all_that_wait(harness: WaitsHarness) -> None:
    harness.watch.create(1)
    harness.register("a")
    harness.register("b")
    assert harness.sweep()["waiters"] == {"waiting": 2, "done": 0}
    assert sorted(harness.states.heartbeats) == ["a", "b"]


def test_the_waiter_of_a_dead_execution_is_dropped(harness: WaitsHarness) -> None:
    arn = harness.watch.create(1)
    for token in ("found by a heartbeat", "found by its answer"):
        harness.register(token)
    harness.states.waiting.clear()
    harness.deliver(harness.watch.change(arn, "Completed"))
    assert harness.waiter("found by its answer") is None
    other = harness.watch.create(2)
    harness.register("found by a heartbeat 2")
    harness.states.waiting.clear()
    harness.sweep()
    assert harness.waiter("found by a heartbeat 2") is None
    assert not harness.states.outputs
    assert harness.deliver(harness.watch.change(other, "Completed")) == 0


def test_a_state_that_registers_again_is_one_waiter(harness: WaitsHarness) -> None:
    arn = harness.watch.create(1)
    harness.register("t")
    assert harness.register_again("t") == {"waiting": 1, "done": False}
    assert len(harness.rows.items) == 1
    harness.deliver(harness.watch.change(arn, "Completed"))
    assert harness.register_again("t") == {"waiting": 0, "done": True}
    assert harness.states.outputs["t"]["counts"] == counts(Completed=1)


def test_the_record_of_the_watch_is_believed_if_the_list_lags_behind(harness: WaitsHarness) -> None:
    arn = harness.watch.create(1)
    before = dict(harness.watch.jobs[arn])
    harness.deliver(harness.watch.change(arn, "Completed"))
    harness.watch.jobs[arn] = before
    assert harness.register("t") == {"waiting": 0, "done": True}


def test_thousands_who_wait_for_one_job_are_all_woken(harness: WaitsHarness) -> None:
    arn = harness.watch.create(1)
    for number in range(2000):
        harness.register(str(number))
    calls = len(harness.bedrock.calls)
    assert harness.deliver(harness.watch.change(arn, "Completed")) == 2000
    assert len(harness.states.outputs) == 2000
    assert len(harness.bedrock.calls) == calls


def test_one_who_waits_for_thousands_of_jobs_reads_each_once(harness: WaitsHarness) -> None:
    arns = [harness.watch.create(number) for number in range(3000)]
    harness.register("t")
    reads = writes = 0
    for arn in arns[:-1]:
        faults = FaultInjector()
        harness.deliver(harness.watch.change(arn, "Completed"), faults)
        reads += faults.calls.count("get_many")
        writes += faults.calls.count("put")
    assert harness.waits("t")
    # Two writes and one read are the watch's own.
    assert writes - 2 * 2999 <= 3000
    harness.deliver(harness.watch.change(arns[-1], "Completed"))
    assert harness.states.outputs["t"]["counts"] == counts(Completed=3000)


def test_the_end_of_a_job_that_is_not_first_costs_nothing(harness: WaitsHarness) -> None:
    arns = [harness.watch.create(number) for number in range(10)]
    harness.register("t")
    waiter = harness.waiter("t")
    assert waiter is not None
    not_first = next(arn for arn in arns if arn.rpartition("/")[2] not in waiter.pending[0])
    assert harness.deliver(harness.watch.change(not_first, "Completed")) == 0


def test_a_sweep_finds_the_waiter_that_the_index_did_not_have_yet(harness: WaitsHarness) -> None:
    arn = harness.watch.create(1)
    harness.rows.lags = True
    harness.register("t")
    assert harness.deliver(harness.watch.change(arn, "Completed")) == 0
    harness.rows.catch_up()
    harness.sweep()
    assert harness.states.outputs["t"]["counts"] == counts(Completed=1)


def test_a_job_that_ends_while_the_waiter_is_stored_is_not_missed(harness: WaitsHarness) -> None:
    arn = harness.watch.create(1)
    harness.sweep()
    # The calls are get_many, put, and get_many again.
    faults = FaultInjector(
        interrupt_at=2, interruption=lambda: harness.deliver(harness.watch.change(arn, "Completed"))
    )
    assert harness.register("t", faults) == {"waiting": 0, "done": True}
    assert harness.states.outputs["t"]["counts"] == counts(Completed=1)


def test_a_job_that_ends_while_the_stored_waiter_is_checked_is_not_missed(harness: WaitsHarness) -> None:
    arn = harness.watch.create(1)
    harness.sweep()
    harness.rows.lags = True
    # The calls are get_many, put, and get_many again, which must not be stale.
    faults = FaultInjector(
        interrupt_at=3, interruption=lambda: harness.deliver(harness.watch.change(arn, "Completed"))
    )
    assert harness.register("t", faults) == {"waiting": 0, "done": True}


def test_an_event_that_could_not_wake_all_is_raised_and_repeated(harness: WaitsHarness) -> None:
    arn = harness.watch.create(1)
    for token in ("a", "b", "c"):
        harness.register(token)
    event = harness.watch.change(arn, "Completed")
    # The watch makes 5 calls; then come query, query, get_many, and get_many, answer and put for each waiter.
    with pytest.raises(WatchUnavailableException, match="throttled"):
        harness.deliver(event, FaultInjector(fail_at={13}))
    assert sorted(harness.states.outputs) == ["a", "c"]
    harness.deliver(event)
    assert sorted(harness.states.outputs) == ["a", "b", "c"]


def test_a_listing_that_is_cut_off_is_an_error(harness: WaitsHarness) -> None:
    for number in range(1200):
        harness.watch.create(number)
    with pytest.raises(BedrockTimeoutException, match="Narrow the query"):
        harness.register("t", deadline=Deadline(lambda: 0))
    assert harness.rows.items == {}


def test_a_sweep_without_time_leaves_the_waiters_to_the_next(harness: WaitsHarness) -> None:
    harness.watch.create(1)
    harness.register("t")
    assert harness.sweep(deadline=Deadline(lambda: 0))["waiters"] == {"waiting": 0, "done": 0}
    assert harness.waits("t")


def test_an_unreadable_waiter_is_an_error_that_names_it(harness: WaitsHarness) -> None:
    arn = harness.watch.create(1)
    harness.register("t")
    (key,) = harness.rows.items
    version, _, unfinished = harness.rows.items[key]
    harness.rows.items[key] = (version, '{"token": 7}', unfinished)
    with pytest.raises(WatchUnavailableException, match="is not readable by this version"):
        harness.deliver(harness.watch.change(arn, "Completed"))
    with pytest.raises(WatchUnavailableException, match="is not readable by this version"):
        harness.sweep()


def test_an_unreadable_waiter_does_not_stop_the_others(harness: WaitsHarness) -> None:
    arn = harness.watch.create(1)
    for token in ("a", "unreadable", "b"):
        harness.register(token)
    key = f"#wait/{waiter_id('unreadable')}"
    version, _, unfinished = harness.rows.items[key]
    harness.rows.items[key] = (version, '{"token": 7}', unfinished)
    with pytest.raises(WatchUnavailableException, match="is not readable by this version"):
        harness.sweep()
    assert sorted(harness.states.heartbeats) == ["a", "b"]
    with pytest.raises(WatchUnavailableException, match="is not readable by this version"):
        harness.deliver(harness.watch.change(arn, "Completed"))
    assert sorted(harness.states.outputs) == ["a", "b"]


def test_an_answer_does_not_wait_for_reasons_when_the_time_has_run_out(harness: WaitsHarness) -> None:
    failed = harness.watch.create(1, status="Failed")
    harness.watch.failure_messages[failed] = "Internal error"
    faults = FaultInjector()
    harness.register("t", faults, deadline=Deadline(lambda: 0))
    assert "get_job" not in faults.calls
    assert harness.states.outputs["t"]["endedBadly"][0]["jobArn"] == failed


def test_the_longest_messages_fit_into_an_output_and_an_item(harness: WaitsHarness) -> None:
    for number in range(20):
        failed = harness.watch.create(number, status="Failed")
        harness.watch.failure_messages[failed] = "\N{GRINNING FACE}" * 5000
    running = harness.watch.create(20)
    harness.register("t")
    # The item of a waiter for 20,000 jobs has 100,000 bytes left.
    ((_, stored, _),) = harness.rows.items.values()
    assert len(stored) < 100_000
    harness.deliver(harness.watch.change(running, "Completed"))
    assert len(json.dumps(harness.states.outputs["t"])) < 256 * 1024


def test_a_wait_for_too_many_jobs_is_refused(harness: WaitsHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("customization_jobs.waits.registration.MAX_JOBS", 2)
    for number in range(3):
        harness.watch.create(number, status="InProgress" if number else "Completed")
    harness.register("two of three are in progress")
    with pytest.raises(ValidationException, match="query: got 3 jobs to remember, allowed: at most 2"):
        harness.register("all are remembered", follow=True)


def test_at_most_twenty_jobs_are_described_and_all_are_counted(harness: WaitsHarness) -> None:
    for number in range(30):
        harness.watch.create(number, status="Failed")
    harness.register("output")
    output: Any = harness.states.outputs["output"]
    assert (len(output["endedBadly"]), output["counts"]["Failed"]) == (20, 30)
    harness.register("error", failOn=["Failed"])
    error, cause = harness.states.errors["error"]
    assert error == "JobsFailed"
    assert cause.startswith("All jobs have ended, 30 of them with the status Failed: support-tone-")
    assert cause.endswith("; and 10 more.")
