"""The embedded AWS with several accounts: roles, faults of sources, and events of members."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from moto.bedrock.models import bedrock_backends
from moto.events.models import events_backends
from moto.iam.models import iam_backends
from moto.sqs.models import sqs_backends
from werkzeug.test import Client, TestResponse

from local.common.fleet import MEMBERS, ROLE_NAME, FleetSource, fleet_regions, fleet_sources
from local.common.identifiers import ACCOUNT, REGION
from local.embedded_aws.application import EmbeddedAws
from local.embedded_aws.bedrock import bedrock_application
from local.embedded_aws.job_events import event_entry
from local.embedded_aws.member_events import forward_to
from local.embedded_aws.organization import (
    ORGANIZATIONS_TARGET,
    SecurityTokens,
    organizations_application,
)
from local.embedded_aws.signing import authorization, signed_scope
from local.embedded_aws.source_faults import SOURCE_FAULTS_PATH, SourceFaults
from local.embedded_aws.watch_resources import MEMBER_BUS
from local.simulated_jobs.sample_jobs import sample_jobs

PATH = "/model-customization-jobs"
HUB, *MEMBER_SOURCES = fleet_sources(REGION)
MEMBER = FleetSource(next(iter(MEMBERS)), "us-west-2")
ROLE = f"arn:aws:iam::{MEMBER.account}:role/{ROLE_NAME}"


@pytest.fixture
def client() -> Iterator[Client]:
    for backends in (bedrock_backends, events_backends, iam_backends, sqs_backends):
        backends.reset()
    jobs = [
        job
        for number, source in enumerate((HUB, *MEMBER_SOURCES), 1)
        for job in sample_jobs(number, **source._asdict())
    ]
    bedrock = SourceFaults(bedrock_application(jobs))
    services: Any = {
        ORGANIZATIONS_TARGET: organizations_application(REGION),
        "sts": SecurityTokens(bedrock.role_fault),
    }
    yield Client(EmbeddedAws(bedrock, region=REGION, account=ACCOUNT, members=MEMBER_SOURCES, more=services))
    for backends in (bedrock_backends, events_backends, iam_backends, sqs_backends):
        backends.reset()


def assume(client: Client, role: str = ROLE) -> TestResponse:
    form = {"Action": "AssumeRole", "Version": "2011-06-15", "RoleArn": role, "RoleSessionName": "sweep"}
    return client.post(
        "/",
        data=urlencode(form),
        headers={
            "Authorization": authorization(REGION, "sts"),
            "Content-Type": "application/x-www-form-urlencoded",
        },
    )


def access_key(client: Client, account: str) -> str:
    if account == ACCOUNT:
        return "local"
    answer = assume(client, f"arn:aws:iam::{account}:role/{ROLE_NAME}").get_data(as_text=True)
    return answer.partition("<AccessKeyId>")[2].partition("</AccessKeyId>")[0]


def list_jobs(client: Client, source: FleetSource, key: str | None = None) -> TestResponse:
    key = key or access_key(client, source.account)
    return client.get(PATH, headers={"Authorization": authorization(source.region, "bedrock", key)})


def set_fault(client: Client, name: object, fault: str) -> TestResponse:
    return client.post(f"{SOURCE_FAULTS_PATH}{name}", json={"fault": fault})


def test_the_credentials_of_a_role_reach_the_jobs_of_its_account(client: Client) -> None:
    for number, source in enumerate((HUB, *MEMBER_SOURCES), 1):
        jobs = json.loads(list_jobs(client, source).get_data())["modelCustomizationJobSummaries"]
        assert len(jobs) == number
        for job in jobs:
            assert job["jobArn"].split(":")[3:5] == [source.region, source.account]


def test_the_organization_has_the_hub_the_members_and_a_closed_account(client: Client) -> None:
    headers = {
        "X-Amz-Target": f"{ORGANIZATIONS_TARGET}.ListAccounts",
        "Authorization": authorization(REGION, "organizations"),
    }
    accounts = json.loads(client.post("/", data="{}", headers=headers).get_data())["Accounts"]
    states = {each["Id"]: each["State"] for each in accounts}
    assert {account for account, state in states.items() if state == "ACTIVE"} == {ACCOUNT, *MEMBERS}
    assert "SUSPENDED" in states.values()


@pytest.mark.parametrize(
    "role", [ROLE.replace(ROLE_NAME, "Administrator"), ROLE.replace(MEMBER.account, "111111111111")]
)
def test_no_other_role_can_be_assumed(role: str, client: Client) -> None:
    denied = assume(client, role)
    assert denied.status_code == 403
    assert b"<Code>AccessDenied</Code>" in denied.get_data()
    assert f"sts:AssumeRole on resource: {role}</Message>" in denied.get_data(as_text=True)


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("roleMissing", f"on resource: {ROLE}</Message>"),
        ("trust", "because no role trust policy allows the sts:AssumeRole action</Message>"),
    ],
)
def test_a_role_can_be_hidden(fault: str, message: str, client: Client) -> None:
    assert set_fault(client, MEMBER.account, fault).status_code == 200
    denied = assume(client)
    assert denied.status_code == 403
    assert message in denied.get_data(as_text=True)
    client.delete(f"{SOURCE_FAULTS_PATH}{MEMBER.account}")
    assert assume(client).status_code == 200


@pytest.mark.parametrize(
    ("fault", "status", "error", "message"),
    [
        ("serviceControlPolicy", 403, "AccessDeniedException", "explicit deny in a service control policy"),
        ("permissions", 403, "AccessDeniedException", "because no identity-based policy allows"),
        ("regionNotEnabled", 403, "UnrecognizedClientException", "security token"),
        ("throttled", 429, "ThrottlingException", "Too many requests"),
    ],
)
def test_a_source_can_be_hidden(fault: str, status: int, error: str, message: str, client: Client) -> None:
    key = access_key(client, MEMBER.account)
    set_fault(client, MEMBER, fault)
    hidden = list_jobs(client, MEMBER, key)
    assert (hidden.status_code, hidden.headers["x-amzn-ErrorType"]) == (status, error)
    assert message in json.loads(hidden.get_data())["message"]
    for other in (HUB, MEMBER._replace(region=REGION)):
        assert list_jobs(client, other).status_code == 200
    client.delete(f"{SOURCE_FAULTS_PATH}{MEMBER}")
    assert list_jobs(client, MEMBER, key).status_code == 200


def test_other_operations_of_a_hidden_source_answer(client: Client) -> None:
    key = access_key(client, MEMBER.account)
    (job, *_) = json.loads(list_jobs(client, MEMBER, key).get_data())["modelCustomizationJobSummaries"]
    set_fault(client, MEMBER, "throttled")
    headers = {"Authorization": authorization(MEMBER.region, "bedrock", key)}
    assert client.get(f"{PATH}/{job['jobName']}", headers=headers).status_code == 200


def test_a_slow_source_answers_late(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("local.embedded_aws.source_faults.time.sleep", pauses.append)
    client.post(f"{SOURCE_FAULTS_PATH}{HUB}", json={"fault": "slow", "delaySeconds": 9})
    assert list_jobs(client, HUB).status_code == 200
    assert max(pauses) == 9


def test_an_unknown_fault_is_explained(client: Client) -> None:
    refused = set_fault(client, MEMBER, "sleepy")
    assert refused.status_code == 400
    assert json.loads(refused.get_data())["message"].startswith("Unknown fault 'sleepy'; allowed: serv")


def test_events_of_members_keep_their_account_and_region(client: Client) -> None:
    assert client.get("/_local/ready").status_code == 200
    bus = events_backends[ACCOUNT][REGION]
    bus.create_event_bus(name=MEMBER_BUS)
    queue = sqs_backends[ACCOUNT][REGION].create_queue("queue")
    bus.put_rule(name="all", event_bus_arn=MEMBER_BUS, event_pattern='{"source": ["aws.bedrock"]}')
    bus.put_targets("all", MEMBER_BUS, [{"Id": "queue", "Arn": queue.queue_arn}])
    (job,) = sample_jobs(1, **MEMBER._asdict())
    forward_to(HUB, MEMBER)(event_entry(job))
    (message,) = sqs_backends[ACCOUNT][REGION].receive_message("queue", 1, 0, 0)
    event = json.loads(message.body)
    assert (event["account"], event["region"]) == MEMBER
    assert event["detail"]["jobArn"] == job.job_arn
    assert event["resources"] == [job.job_arn]


@pytest.mark.parametrize(("region", "regions"), [("us-east-1", 2), ("us-west-2", 2), ("eu-central-1", 2)])
def test_the_region_of_the_run_is_one_of_two(region: str, regions: int) -> None:
    assert fleet_regions(region)[0] == region
    assert len(set(fleet_regions(region))) == regions
    assert fleet_sources(region)[0] == (ACCOUNT, region)
    assert len(set(fleet_sources(region))) == 6


def test_a_scope_names_key_region_and_service() -> None:
    assert signed_scope(authorization("us-east-1", "sts", "KEY")) == ("KEY", "us-east-1", "sts")
    assert signed_scope("") == ("", "", "")
