"""Fetching the reasons of failures."""

import pytest

from tests.unit.watch.faults import FaultInjector
from tests.unit.watch.harness import DAY, WatchHarness


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
