"""A fleet through the handler, with the organization, the roles, the table and the bus that moto emulates."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from customization_jobs.aws.bedrock import Bedrock
from customization_jobs.dispatch import Handler
from customization_jobs.errors import FleetNotCoveredException
from customization_jobs.observability import Observability
from customization_jobs.settings import Settings
from customization_jobs.sources import FleetChoice, Source
from customization_jobs.waits.waiter import waiter_id
from customization_jobs.wiring.functions import create_handler
from tests.fakes import FakeBedrock, FakeContext, text
from tests.unit.aws.moto_clients import moto_client, received
from tests.unit.conftest import Lines
from tests.unit.fleet.clients import FleetClients, client_error
from tests.unit.fleet.harness import summary

HUB = "123456789012"  # moto's
EAST = "us-east-1"
DAY = timedelta(days=1)


@pytest.fixture
def own(bedrock: Bedrock, monkeypatch: pytest.MonkeyPatch) -> FakeBedrock:
    own = FakeBedrock()
    monkeypatch.setattr(bedrock, "list_page", own.list_page)
    return own


@pytest.fixture
def clients(monkeypatch: pytest.MonkeyPatch) -> FleetClients:
    clients = FleetClients(HUB)
    monkeypatch.setattr("customization_jobs.wiring.fleet.create_client", clients.create)
    return clients


@pytest.fixture
def member(queue: str) -> str:
    """Create an organization with one more account than the hub's, and return that."""
    assert queue, "moto runs"
    organizations = moto_client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    created = organizations.create_account(AccountName="member", Email="member@example.com")
    account: str = created["CreateAccountStatus"]["AccountId"]
    return account


@pytest.fixture
def handler(
    fleet_dynamodb: Any,
    member: str,
    own: FakeBedrock,
    clients: FleetClients,
    settings: Settings,
    bedrock: Bedrock,
    observability: Observability,
) -> Handler:
    assert fleet_dynamodb
    assert member
    assert not own.jobs
    assert not clients.created
    choice = FleetChoice(Source(HUB, EAST), (EAST,), organization=True, role_name="Member")
    given = settings._replace(watch_table="jobs", watch_bus="watch", owner_tag="team", fleet=choice)
    return create_handler(given, bedrock, observability)


def invoke(handler: Handler, event: Any) -> Any:
    return handler(event, cast("Any", FakeContext(timedelta(minutes=5))))


def step(handler: Handler, name: str, sweep: str, **fields: Any) -> Any:
    return invoke(handler, {"fleetSweep": {"step": name, "sweep": sweep, **fields}})


def sweep(handler: Handler, name: str) -> dict[str, Any]:
    """Run a sweep as the state machine does, and return the answers of its steps."""
    sources = step(handler, "discover", name)["sources"]
    answers = {source: step(handler, "source", name, source=source, tick={}) for source in sources}
    return {**answers, "report": step(handler, "report", name)}


def event_of(job: dict[str, Any], account: str, status: str) -> dict[str, Any]:
    now = text(datetime.now(UTC))
    return {
        "version": "0",
        "id": "0e6b5a0c-5f27-4b5d-8f0f-0123456789ab",
        "source": "aws.bedrock",
        "detail-type": "Model Customization Job State Change",
        "account": account,
        "region": EAST,
        "time": now,
        "resources": [job["jobArn"]],
        "detail": {**job, "jobStatus": status, "lastModifiedTime": now, "endTime": now},
    }


def published(queue: str) -> list[tuple[str, str, str]]:
    """Return kind, account and region of each event, and check that the detail and the event agree."""
    found = []
    for event in received(queue):
        detail = event["detail"]
        if "job" in detail:
            arn = detail["job"]["jobArn"]
            assert event["resources"] == [arn]
            _, _, _, region, account, _ = arn.split(":", 5)
            found.append((detail["kind"], account, region))
        else:
            found.append((detail["kind"], detail["source"]["account"], detail["source"]["region"]))
    return sorted(found)


def test_a_fleet_is_discovered_swept_and_reported(
    handler: Handler,
    member: str,
    own: FakeBedrock,
    clients: FleetClients,
    queue: str,
    lines: Callable[[], tuple[Lines, Lines]],
) -> None:
    source, name = clients.source(member, EAST), f"{member}/{EAST}"
    old = summary(Source(member, EAST), 1, created=datetime.now(UTC) - DAY, status="Completed")
    source.jobs.jobs.append(old)
    own.jobs.append(summary(Source(HUB, EAST), 1, created=datetime.now(UTC) - DAY, status="Completed"))

    first = sweep(handler, "first")
    assert set(first) == {f"{HUB}/{EAST}", name, "report"}
    assert first["report"]["byState"]["listed"] == 2
    assert first[name]["watch"] == {"published": {}, "missedEvents": 0, "recordedOnly": 2}
    assert published(queue) == [], "what is older than the watch of a source is only recorded"

    # A job starts and fails; only the sweep notices it.
    failed = summary(
        Source(member, EAST), 2, created=datetime.now(UTC) + timedelta(minutes=1), status="Failed"
    )
    source.jobs.jobs.append(failed)
    source.messages[failed["jobArn"]] = "The number of tokens exceeds the limit of 20000000 tokens."
    source.tags[failed["jobArn"]] = {"team": "search"}
    second = sweep(handler, "second")
    assert second[name]["watch"]["published"] == {"Discovered": 1, "Failed": 1}
    assert published(queue) == [("Discovered", member, EAST), ("Failed", member, EAST)]
    # The reason and the owner were read with the member's credentials: no other Bedrock knows them.
    record = moto_client("dynamodb").scan(TableName="jobs")["Items"]
    (body,) = [each["record"]["S"] for each in record if each.get("jobName", {}).get("S") == "support-tone-2"]
    assert '"search"' in body
    assert '"category":"unknown"' not in body
    assert {each.session_token for each in clients.given}

    _, logged = lines()
    written = str(logged)
    for credentials in clients.given:
        assert not [each for each in credentials[:3] if each in written], "logs have no credentials"
    assert {each["correlation_id"] for each in logged} == {"first", "second"}


def test_a_member_that_is_denied_is_published_once_and_once_when_it_is_back(
    handler: Handler, member: str, clients: FleetClients, queue: str
) -> None:
    source, name = clients.source(member, EAST), f"{member}/{EAST}"
    sweep(handler, "first")
    source.error = client_error(
        "AccessDeniedException",
        "User: arn:aws:sts::1:assumed-role/Member/s is not authorized to perform: "
        "bedrock:ListModelCustomizationJobs with an explicit deny in a service control policy",
        "ListModelCustomizationJobs",
    )
    second = sweep(handler, "second")
    assert second[name]["state"] == "denied"
    assert "control policy of the organization" in second[name]["reason"]
    assert second["report"]["byState"] == {"listed": 1, "denied": 1, "throttled": 0, "failed": 0, "late": 0}
    sweep(handler, "third")
    source.error = None
    assert sweep(handler, "fourth")["report"]["byState"]["listed"] == 2
    assert published(queue) == [("SourceBack", member, EAST), ("SourceDark", member, EAST)]


def test_events_of_members_are_processed_and_others_refused(
    handler: Handler,
    member: str,
    clients: FleetClients,
    queue: str,
    lines: Callable[[], tuple[Lines, Lines]],
) -> None:
    sweep(handler, "first")
    job = summary(Source(member, EAST), 3, created=datetime.now(UTC), status="Failed")
    source = clients.source(member, EAST)
    source.messages[job["jobArn"]] = "Out of memory."
    source.tags[job["jobArn"]] = {"team": "search"}
    answer = invoke(handler, event_of(job, member, "Failed"))
    assert answer["published"] == {"Discovered": 1, "Failed": 1}
    assert invoke(handler, event_of(job, member, "Failed"))["published"] == {}
    assert published(queue) == [("Discovered", member, EAST), ("Failed", member, EAST)]

    foreign = summary(Source("999988887777", EAST), 3)
    refused = invoke(handler, event_of(foreign, "999988887777", "Failed"))["refused"]
    assert "999988887777/us-east-1 is not a source of this fleet" in refused["reason"]
    stolen = invoke(handler, event_of(foreign, member, "Failed"))["refused"]
    assert "the source of the event" in stolen["reason"]
    own = summary(Source(HUB, EAST), 3, created=datetime.now(UTC))
    assert invoke(handler, event_of(own, HUB, "Completed"))["published"] == {"Discovered": 1, "Completed": 1}
    assert published(queue) == [("Completed", HUB, EAST), ("Discovered", HUB, EAST)]
    assert not [each for each in clients.given if each.secret_key in str(lines()[1])]


def test_a_second_sweep_does_not_run_beside_the_first(handler: Handler) -> None:
    assert step(handler, "discover", "first")["running"] is False
    assert step(handler, "discover", "second") == {"running": True, "sources": []}
    assert step(handler, "discover", "first")["running"] is False, "a step can be repeated"
    step(handler, "report", "first")
    assert step(handler, "discover", "second")["running"] is False


def pending(token: str) -> list[str]:
    key = {"jobArn": {"S": f"#wait/{waiter_id(token)}"}}
    item = moto_client("dynamodb").get_item(TableName="jobs", Key=key)["Item"]
    return list(json.loads(item["record"]["S"])["pending"])


def test_a_wait_for_a_member_needs_its_listing_and_is_joined_by_the_jobs_of_its_sweep(
    handler: Handler, member: str, clients: FleetClients
) -> None:
    wait = {"fleet": True, "query": {"account": member}, "atLeast": 2, "taskToken": "t"}
    sweep(handler, "first")
    with pytest.raises(FleetNotCoveredException, match="no source with account 999988887777"):
        invoke(handler, {"wait": {**wait, "query": {"account": "999988887777"}}})
    assert invoke(handler, {"wait": wait}) == {"waiting": 0, "done": False}
    source = clients.source(member, EAST)
    # Older than the watch of the source, so that nothing is published about it.
    old = summary(Source(member, EAST), 1, created=datetime.now(UTC) - DAY / 2, status="InProgress")
    source.jobs.jobs.append(old)
    assert sweep(handler, "second")[f"{member}/{EAST}"]["watch"]["published"] == {}
    assert len(pending("t")) == 1

    source.error = client_error("AccessDeniedException", "no", "ListModelCustomizationJobs")
    sweep(handler, "third")
    with pytest.raises(FleetNotCoveredException, match=f"{member}/{EAST} is denied"):
        invoke(handler, {"wait": {**wait, "taskToken": "other"}})
