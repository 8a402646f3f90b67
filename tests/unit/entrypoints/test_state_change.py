from collections.abc import Callable
from typing import Any, cast

import pytest

from customization_jobs.entrypoints.state_change import StateChangeEntryPoint
from customization_jobs.errors import WatchUnavailableException
from customization_jobs.observability import Observability
from tests.fakes import FakeContext, job
from tests.unit.conftest import Lines, metric_values
from tests.unit.watch.faults import FaultInjector
from tests.unit.watch.harness import WatchHarness

ARN = job(7)["jobArn"]
Answer = Callable[..., dict[str, Any]]


@pytest.fixture
def harness() -> WatchHarness:
    return WatchHarness()


@pytest.fixture
def answer(harness: WatchHarness, observability: Observability) -> Answer:
    def send(event: dict[str, Any], faults: FaultInjector | None = None) -> dict[str, Any]:
        entry_point = StateChangeEntryPoint(harness.watch(faults), observability, region="us-east-1")
        return entry_point.answer(event, cast("Any", FakeContext()))

    return send


def test_an_event_is_published_and_counted_once(
    answer: Answer,
    harness: WatchHarness,
    observability: Observability,
    event: Callable[[str], Any],
    lines: Callable[[], tuple[Lines, Lines]],
) -> None:
    expected = {"jobArn": ARN, "status": "Failed", "published": {"Discovered": 1, "Failed": 1}}
    assert answer(event("bedrock-state-change")) == expected
    assert answer(event("bedrock-state-change")) == {**expected, "published": {}}
    observability.logger.info("Invocation ended")
    metrics, logged = lines()
    assert logged[-1]["job"] == ARN
    assert {line["Region"] for line in metrics} == {"us-east-1"}
    assert metric_values(metrics, "Kind") == {
        ("TransitionsPublished", "Discovered"): 1,
        ("TransitionsPublished", "Failed"): 1,
    }
    assert harness.published[-1]["failure"]["category"] == "token-limit"


def test_an_event_that_could_not_be_processed_raises(answer: Answer, event: Callable[[str], Any]) -> None:
    # The calls are baseline, get_many, put, publish.
    with pytest.raises(WatchUnavailableException, match="1 of 2 events"):
        answer(event("bedrock-state-change"), FaultInjector(fail_at={4}))
    assert answer(event("bedrock-state-change"))["published"] == {"Discovered": 1}


@pytest.mark.parametrize("foreign", [{"detail": {}}, {"region": "us-west-2"}])
def test_an_event_of_no_job_of_the_region_is_refused_by_name_and_not_retried(
    answer: Answer,
    harness: WatchHarness,
    event: Callable[[str], Any],
    lines: Callable[[], tuple[Lines, Lines]],
    foreign: dict[str, Any],
) -> None:
    refused = answer({**event("bedrock-state-change"), **foreign, "resources": []})["refused"]
    assert refused["error"] == "ValidationException"
    metrics, logged = lines()
    assert [(each["level"], each["message"]) for each in logged] == [("WARNING", "Event refused")]
    assert {name: logged[0][name] for name in ("error", "reason")} == refused
    assert (metrics, harness.table.items, harness.published) == ([], {}, [])


def test_an_event_for_a_claimed_job_raises_and_succeeds_later(answer: Answer, harness: WatchHarness) -> None:
    arn = harness.create(1)

    def meanwhile() -> None:
        with pytest.raises(WatchUnavailableException, match="holds the claim"):
            answer(harness.change(arn, "Completed"))

    harness.sweep(FaultInjector(interrupt_at=4, interruption=meanwhile))
    assert answer(harness.event(arn))["published"] == {"Completed": 1}
