import json
from collections.abc import Callable
from typing import Any, cast

import pytest

from customization_jobs.entrypoints.state_change import StateChangeEntryPoint
from customization_jobs.errors import ValidationException, WatchUnavailableException
from customization_jobs.observability import Observability
from customization_jobs.sources import Source
from customization_jobs.watch.watch import Watch
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


MEMBER = "222233334444"


@pytest.fixture
def members() -> dict[Source, WatchHarness]:
    """Return the watches of the members whose events have arrived."""
    return {}


@pytest.fixture
def answer_of_fleet(
    harness: WatchHarness, members: dict[Source, WatchHarness], observability: Observability
) -> Answer:
    def member_watch(source: Source) -> Watch:
        if source.account != MEMBER:
            raise ValidationException(f"{source} is not a source of this fleet.")
        return members.setdefault(source, WatchHarness()).watch()

    def send(event: dict[str, Any]) -> dict[str, Any]:
        entry_point = StateChangeEntryPoint(
            harness.watch(),
            observability,
            region="us-east-1",
            member_watch=member_watch,
            own_account="111122223333",
        )
        return entry_point.answer(event, cast("Any", FakeContext()))

    return send


def of_source(event: dict[str, Any], account: str, region: str) -> dict[str, Any]:
    """Return an event as Bedrock publishes it in another source."""
    moved = json.dumps(event).replace("111122223333", account).replace("us-east-1", region)
    return dict(json.loads(moved))


def test_an_event_of_a_member_goes_to_its_watch_and_is_counted_for_its_region(
    answer_of_fleet: Answer,
    harness: WatchHarness,
    members: dict[Source, WatchHarness],
    event: Callable[[str], Any],
    lines: Callable[[], tuple[Lines, Lines]],
) -> None:
    sent = of_source(event("bedrock-state-change"), MEMBER, "us-west-2")
    assert answer_of_fleet(sent)["published"] == {"Discovered": 1, "Failed": 1}
    assert list(members) == [Source(MEMBER, "us-west-2")]
    assert harness.published == []
    assert {line["Region"] for line in lines()[0]} == {"us-west-2"}


def test_an_event_of_the_own_source_goes_to_its_watch_also_if_it_names_no_source(
    answer_of_fleet: Answer, harness: WatchHarness, event: Callable[[str], Any]
) -> None:
    sent = event("bedrock-state-change")
    without = {name: value for name, value in sent.items() if name not in ("account", "region")}
    assert answer_of_fleet(without)["published"] == {"Discovered": 1, "Failed": 1}
    assert answer_of_fleet(sent)["published"] == {}
    assert harness.published


@pytest.mark.parametrize(
    "change",
    [
        {"account": "999988887777"},
        {"account": "x"},
        {"account": MEMBER, "region": "us-east-1/../eu-west-1"},
        {"account": {"id": MEMBER}},
        {"account": MEMBER},
    ],
)
def test_an_event_of_a_foreign_account_or_about_a_job_of_another_is_refused_and_not_raised(
    answer_of_fleet: Answer, harness: WatchHarness, event: Callable[[str], Any], change: dict[str, Any]
) -> None:
    refused = answer_of_fleet({**event("bedrock-state-change"), **change})["refused"]
    assert refused["error"] == "ValidationException"
    assert harness.published == []
