"""No caller can make the hub assume a role that the settings do not name."""

import contextlib
import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customization_jobs.aws.bedrock import Bedrock
from customization_jobs.dispatch import Handler
from customization_jobs.errors import CustomizationJobsError
from customization_jobs.observability import Observability
from customization_jobs.settings import Settings
from customization_jobs.sources import FleetChoice, Source
from customization_jobs.wiring.functions import create_handler
from tests.fakes import FakeContext
from tests.unit.conftest import Wire
from tests.unit.fleet.clients import FakeSts, FleetClients

HUB, MEMBER, REMOVED, EXCEPTED, FOREIGN = (digit * 12 for digit in "12345")
EAST, WEST = "us-east-1", "us-west-2"
ROLE = "Member"
ALLOWED = f"arn:aws:iam::{MEMBER}:role/{ROLE}"
WIDE = FleetChoice(Source(HUB, EAST), (EAST, WEST), (HUB, MEMBER, REMOVED, EXCEPTED), role_name=ROLE)
NARROW = WIDE._replace(
    accounts=(HUB, MEMBER, EXCEPTED),
    exceptions=frozenset({EXCEPTED, f"{MEMBER}/{WEST}"}),
)

ACCOUNTS = st.sampled_from([HUB, MEMBER, REMOVED, EXCEPTED, FOREIGN, "", "*", "٢" * 12, f"{MEMBER}:role/X"])
REGIONS = st.sampled_from([EAST, WEST, "eu-west-1", "", "us-east-1/..", "us-east-1\n"])
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)
SOURCES = st.builds(lambda account, region: f"{account}/{region}", ACCOUNTS, REGIONS)
ARNS = st.builds(
    lambda account, region: f"arn:aws:bedrock:{region}:{account}:model-customization-job/m/000000000001",
    ACCOUNTS,
    REGIONS,
)
STEPS = st.fixed_dictionaries(
    {
        "step": st.sampled_from(["source", "source", "source", "report"]) | ANY_JSON,
        "sweep": st.just("sweep") | ANY_JSON,
    },
    optional={"source": SOURCES | ANY_JSON, "tick": st.just({}) | ANY_JSON, "roleName": st.just("Admin")},
).map(lambda step: {"fleetSweep": step})
STATE_CHANGES = st.fixed_dictionaries(
    {
        "source": st.just("aws.bedrock"),
        "detail-type": st.just("Model Customization Job State Change"),
        "account": ACCOUNTS | ANY_JSON,
        "region": REGIONS | ANY_JSON,
        "detail": st.fixed_dictionaries(
            {"jobArn": ARNS, "jobStatus": st.sampled_from(["Failed", "InProgress"])}
        ),
    },
)
FILTERS = st.fixed_dictionaries({"account": ACCOUNTS, "region": REGIONS, "roleArn": st.just("arn:x")})
PATHS = st.sampled_from(
    ["/fleet/overview", "/fleet/coverage", "/fleet/model-customization-jobs", "/overview"]
)
REQUESTS = st.builds(
    lambda path, query: {
        "httpMethod": "GET",
        "path": path,
        "queryStringParameters": query,
        "multiValueQueryStringParameters": {name: [value] for name, value in query.items()},
        "requestContext": {"requestId": "1", "accountId": FOREIGN},
        "headers": {},
    },
    PATHS,
    FILTERS,
)
WORKFLOWS = FILTERS.map(lambda query: {"fleet": True, **query})
WAITS = FILTERS.map(
    lambda query: {"wait": {"query": query, "fleet": True, "taskToken": "t" * 20, "account": FOREIGN}}
)
TICKS = st.builds(lambda tick, query: {"schedule": tick, **query}, ANY_JSON, FILTERS)
EVENTS = st.one_of(STEPS, STEPS, STATE_CHANGES, STATE_CHANGES, REQUESTS, WORKFLOWS, WAITS, TICKS, ANY_JSON)

Create = Callable[[Settings, FleetChoice], Handler]


@pytest.fixture
def clients(monkeypatch: pytest.MonkeyPatch) -> FleetClients:
    clients = FleetClients(HUB, FakeSts())
    monkeypatch.setattr("customization_jobs.wiring.fleet.create_client", clients.create)
    return clients


@pytest.fixture
def create(
    dynamodb: Any,
    queue: str,
    bedrock: Bedrock,
    observability: Observability,
    wire: Wire,
    clients: FleetClients,
) -> Create:
    """Return a function that creates the handler of a fleet with these settings."""
    assert dynamodb
    assert queue
    assert clients
    wire.answer(json.dumps({"modelCustomizationJobSummaries": []}).encode())
    return lambda given, choice: create_handler(given._replace(fleet=choice), bedrock, observability)


@pytest.fixture
def watch_settings(settings: Settings) -> Settings:
    return settings._replace(watch_table="jobs", watch_bus="watch", owner_tag="owner")


def invoke(handler: Handler, event: Any) -> Any:
    return handler(event, cast("Any", FakeContext(timedelta(minutes=5))))


def discover(handler: Handler) -> list[str]:
    sources: list[str] = invoke(handler, {"fleetSweep": {"step": "discover", "sweep": "sweep"}})["sources"]
    return sources


def test_no_event_makes_the_hub_assume_another_role(
    create: Create, watch_settings: Settings, clients: FleetClients
) -> None:
    # The table still has the sources of earlier settings, which chose more.
    assert f"{REMOVED}/{EAST}" in discover(create(watch_settings, WIDE))
    handler = create(watch_settings, NARROW)

    @settings(max_examples=200, deadline=None)
    @given(EVENTS)
    def check(event: Any) -> None:
        with contextlib.suppress(CustomizationJobsError):
            invoke(handler, event)
        assert clients.sts
        assert clients.sts.role_arns() <= {ALLOWED}

    check()
    invoke(handler, {"fleetSweep": {"step": "source", "sweep": "sweep", "source": f"{MEMBER}/{EAST}"}})
    assert clients.sts
    assert clients.sts.role_arns() == {ALLOWED}, "the one role that the settings name is assumed"


@pytest.mark.parametrize("account", [REMOVED, EXCEPTED, FOREIGN])
@pytest.mark.parametrize("region", [EAST, WEST])
def test_each_source_that_is_not_chosen_is_refused_by_name(
    create: Create, watch_settings: Settings, clients: FleetClients, account: str, region: str
) -> None:
    discover(create(watch_settings, WIDE))
    handler = create(watch_settings, NARROW)
    source = f"{account}/{region}"
    with pytest.raises(CustomizationJobsError, match=f"{source} is not a source of this fleet"):
        invoke(handler, {"fleetSweep": {"step": "source", "sweep": "s", "source": source}})
    arn = f"arn:aws:bedrock:{region}:{account}:model-customization-job/m/000000000001"
    event = {
        "source": "aws.bedrock",
        "detail-type": "Model Customization Job State Change",
        "account": account,
        "region": region,
        "detail": {"jobArn": arn, "jobStatus": "Failed"},
    }
    assert invoke(handler, event)["refused"]["error"] == "ValidationException"
    assert "sts" not in clients.created


@pytest.mark.parametrize(
    ("account", "region", "arn_account", "arn_region"),
    [
        (MEMBER, EAST, FOREIGN, EAST),
        (MEMBER, EAST, HUB, EAST),
        (MEMBER, EAST, MEMBER, WEST),
        (MEMBER, EAST, MEMBER, ""),
        (MEMBER, EAST, "", EAST),
        (HUB, EAST, MEMBER, EAST),
        ("x", EAST, HUB, EAST),
    ],
)
def test_an_event_about_a_job_of_another_source_is_refused(
    create: Create,
    watch_settings: Settings,
    clients: FleetClients,
    account: str,
    region: str,
    arn_account: str,
    arn_region: str,
) -> None:
    handler = create(watch_settings, WIDE)
    discover(handler)
    arn = f"arn:aws:bedrock:{arn_region}:{arn_account}:model-customization-job/m/000000000001"
    event = {
        "source": "aws.bedrock",
        "detail-type": "Model Customization Job State Change",
        "account": account,
        "region": region,
        "detail": {"jobArn": arn, "jobStatus": "Failed"},
    }
    assert invoke(handler, event)["refused"]["error"] == "ValidationException"
    assert "sts" not in clients.created


def test_an_account_that_the_organization_lost_is_refused_after_the_next_discovery(
    create: Create, watch_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    choice = WIDE._replace(accounts=(), organization=True)
    accounts = [MEMBER, FOREIGN]
    monkeypatch.setattr("customization_jobs.aws.organization.Organization.accounts", lambda _: accounts)
    handler = create(watch_settings, choice)
    discover(handler)
    step = {"fleetSweep": {"step": "source", "sweep": "sweep", "source": f"{FOREIGN}/{EAST}"}}
    assert invoke(handler, step)["state"] == "listed"
    accounts.remove(FOREIGN)
    lost = create(
        watch_settings, choice._replace(organization=False, organizational_units=("ou-abcd-12345678",))
    )
    monkeypatch.setattr("customization_jobs.aws.organization.Organization.accounts_in", lambda *_: accounts)
    discover(lost)
    with pytest.raises(CustomizationJobsError, match="is not a source of this fleet"):
        invoke(lost, step)


def test_the_listing_function_never_assumes_a_role(
    create: Create, watch_settings: Settings, clients: FleetClients
) -> None:
    discover(create(watch_settings, WIDE))
    handler = create(watch_settings._replace(watch_bus=None), WIDE)
    clients.created.clear()

    @settings(max_examples=200, deadline=None)
    @given(EVENTS)
    def check(event: Any) -> None:
        with contextlib.suppress(CustomizationJobsError):
            invoke(handler, event)
        assert "sts" not in clients.created

    check()
    for step in ("discover", "report"):
        with pytest.raises(CustomizationJobsError, match="This function is not the watch"):
            invoke(handler, {"fleetSweep": {"step": step, "sweep": "sweep"}})


@pytest.mark.parametrize("region", ["us-east-1", None])
@pytest.mark.parametrize("service", ["customization-jobs", "Jobs of team \U0001f600 & more", "x" * 300, ""])
def test_sessions_say_who_called_in_characters_that_sts_accepts(
    create: Create, watch_settings: Settings, clients: FleetClients, service: str, region: str | None
) -> None:
    handler = create(watch_settings._replace(service_name=service, function_region=region), WIDE)
    discover(handler)
    invoke(handler, {"fleetSweep": {"step": "source", "sweep": "sweep", "source": f"{MEMBER}/{EAST}"}})
    assert clients.sts
    (requested,) = clients.sts.requested
    # The patterns of AWS STS's API reference.
    assert re.fullmatch(r"[\w+=,.@-]{2,64}", requested["RoleSessionName"], re.ASCII)
    assert requested["RoleSessionName"].endswith(HUB)
    tags = {tag["Key"]: tag["Value"] for tag in requested["Tags"]}
    assert tags["Hub"] == f"{HUB}/us-east-1"
    assert all(re.fullmatch(r"[\w .:/=+@-]{0,256}", value, re.ASCII) for value in tags.values())
    assert requested["DurationSeconds"] == 3600
