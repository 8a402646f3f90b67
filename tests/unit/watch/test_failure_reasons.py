"""Fetching the reasons of failures."""

import pytest

from tests.fakes import text
from tests.unit.watch.faults import FaultInjector
from tests.unit.watch.harness import DAY, HOUR, WatchHarness


def test_the_reason_of_a_failure_is_fetched_once_and_only_for_new_failures(harness: WatchHarness) -> None:
    faults = FaultInjector()
    old = harness.create(1, status="Failed", created=harness.now - 9 * DAY)
    completed = harness.create(2, status="Completed")
    failed = harness.create(3, status="Failed")
    message = "Unable to parse Amazon S3 file: a.jsonl."
    harness.failure_messages = dict.fromkeys((old, completed, failed), message)
    harness.sweep(faults)
    harness.sweep(faults)
    assert faults.calls.count("get_job") == 1
    assert harness.published[-1]["failure"]["category"] == "data-format"
    assert harness.published[-1]["failure"]["message"] == message


def test_a_reason_in_an_event_is_not_fetched(harness: WatchHarness) -> None:
    faults = FaultInjector()
    arn = harness.create(1)
    harness.failure_messages[arn] = "The moon was in the wrong house"
    harness.deliver(harness.change(arn, "Failed"), faults)
    assert "get_job" not in faults.calls
    failure = harness.published[-1]["failure"]
    assert (failure["category"], failure["message"]) == ("unknown", "The moon was in the wrong house")


@pytest.mark.parametrize(
    ("is_slow", "cause"),
    [(True, "BedrockTimeoutException"), (False, "Bedrock returned no message")],
)
def test_a_failure_without_a_reason_is_published(
    harness: WatchHarness,
    is_slow: bool,  # noqa: FBT001 - a case
    cause: str,
) -> None:
    harness.change(harness.create(1), "Failed")
    # The calls are baseline, get_many, get_job.
    summary = harness.sweep(FaultInjector(fail_at={3} if is_slow else set()))
    assert harness.published_kinds() == ["Discovered", "Failed"]
    assert summary.errors == []
    failure = harness.published[-1]["failure"]
    assert (failure["category"], failure["message"]) == ("unknown", None)
    assert failure["remedy"] == f"The reason could not be fetched ({cause}). Open the job in the console."


def test_a_reason_that_could_not_be_fetched_is_published_by_the_next_sweep(harness: WatchHarness) -> None:
    arn = harness.create(1)
    harness.failure_messages[arn] = "Internal error"
    harness.change(arn, "Failed")
    # The calls are baseline, get_many, get_job.
    harness.sweep(FaultInjector(fail_at={3}))
    assert harness.published[-1]["failure"]["retryHelps"] is None
    # Bedrock does not answer a second time.
    assert harness.sweep(FaultInjector(fail_at={3})).published == {}
    assert harness.sweep().published == {"FailureExplained": 1}
    explained = harness.published[-1]
    assert (explained["kind"], explained["transition"]) == ("FailureExplained", {"scope": "job"})
    assert explained["failure"]["message"] == "Internal error"
    assert explained["failure"]["retryHelps"] is True
    faults = FaultInjector()
    assert harness.sweep(faults).published == {}
    assert harness.deliver(harness.event(arn)).published == {}
    assert "get_job" not in faults.calls


def test_a_reason_that_an_event_brings_later_is_published(harness: WatchHarness) -> None:
    arn = harness.create(1)
    failed = harness.change(arn, "Failed")
    harness.sweep()
    assert harness.deliver(failed).published == {}
    failed["detail"]["failureMessage"] = "Unable to parse a.jsonl"
    harness.now += 2 * DAY
    assert harness.deliver(failed).published == {"FailureExplained": 1}
    assert harness.published[-1]["failure"]["category"] == "data-format"
    assert harness.deliver(failed).published == {}


def test_sweeps_ask_for_a_reason_for_a_day(harness: WatchHarness) -> None:
    harness.change(harness.create(1), "Failed")
    harness.sweep()
    calls = []
    for _ in range(3):
        harness.now += 11 * HOUR
        faults = FaultInjector()
        assert harness.sweep(faults).published == {}
        calls.append(faults.calls.count("get_job"))
    assert calls == [1, 1, 0]


def test_the_reason_of_a_failure_from_before_the_watch_is_not_published(harness: WatchHarness) -> None:
    arn = harness.create(1, created=harness.now - 2 * DAY)
    harness.jobs[arn] |= {"status": "Failed", "endTime": text(harness.now - DAY)}
    harness.sweep()
    harness.failure_messages[arn] = "Internal error"
    assert harness.deliver(harness.event(arn)).published == {}
    assert harness.sweep().published == {}
    assert harness.published == []
