"""The tools that exist only with a fleet."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from customization_jobs.aws.bedrock import Bedrock
from customization_jobs.aws.table import VersionedTable
from customization_jobs.listing.query import QueryContract
from customization_jobs.mcp.result import MAX_BYTES
from customization_jobs.observability import Observability
from customization_jobs.settings import Settings
from customization_jobs.wiring.functions import create_handler
from tests.unit.fleet.report_fleet import CHOICE, Fleet
from tests.unit.mcp.conftest import Agent


@pytest.fixture
def fleet(contract: QueryContract, dynamodb: Any) -> Fleet:
    return Fleet(contract, datetime.now(UTC), VersionedTable(dynamodb, "jobs"))


@pytest.fixture
def agent(
    fleet: Fleet,
    settings: Settings,
    bedrock: Bedrock,
    observability: Observability,
    event: Callable[[str], Any],
) -> Agent:
    with_fleet = settings._replace(watch_table="jobs", fleet=CHOICE)
    handler = create_handler(with_fleet, bedrock, observability, fleet_jobs=fleet.listed_jobs)
    return Agent(handler, event("api-gateway-rest"))


def test_a_fleet_adds_tools_and_instructions(agent: Agent) -> None:
    names = [each["name"] for each in agent.request("tools/list")["result"]["tools"]]
    assert names[6:] == ["list_fleet_jobs", "get_fleet_overview", "get_fleet_coverage"]
    assert "get_fleet_coverage says" in agent.request("initialize")["result"]["instructions"]


def test_the_jobs_of_the_fleet_have_their_source(agent: Agent) -> None:
    data = agent.data("list_fleet_jobs", maxResults=2)
    jobs = data["modelCustomizationJobSummaries"]
    assert len(jobs) == 2
    assert all({"account", "region", "jobName"} <= set(each) for each in jobs)
    assert data["coverage"]["sources"]
    following = agent.data("list_fleet_jobs", maxResults=2, nextToken=data["nextToken"])
    assert following["modelCustomizationJobSummaries"] != jobs


def test_a_list_of_the_fleet_has_twenty_jobs_by_default(agent: Agent, fleet: Fleet) -> None:
    fleet.listing.jobs.extend(fleet.listing.jobs[:])
    data = agent.data("list_fleet_jobs")
    assert (len(data["modelCustomizationJobSummaries"]), "nextToken" in data) == (20, True)
    assert fleet.listing.calls[-1][0] < MAX_BYTES


def test_the_overview_of_a_region_is_a_part_of_that_of_the_fleet(agent: Agent) -> None:
    whole = agent.data("get_fleet_overview")
    part = agent.data("get_fleet_overview", region="us-east-1", fields=["jobs"])
    assert set(part) == {"complete", "jobs", "coverage"}
    assert 0 < part["jobs"] <= whole["jobs"]
    assert 0 < part["coverage"]["sources"] < whole["coverage"]["sources"]


def test_the_coverage_has_pages(agent: Agent) -> None:
    first = agent.data("get_fleet_coverage", maxResults=1)
    second = agent.data("get_fleet_coverage", maxResults=1, nextToken=first["nextToken"])
    assert [len(first["sources"]), len(second["sources"])] == [1, 1]
    assert first["sources"] != second["sources"]


@pytest.mark.parametrize("tool", ["list_fleet_jobs", "get_fleet_overview", "get_fleet_coverage"])
def test_a_wrong_account_is_described_in_a_short_result(agent: Agent, tool: str) -> None:
    assert "account: got '1', allowed: 12 characters" in agent.error(tool, account="1")
    assert len(agent.call(tool)["content"][0]["text"]) < MAX_BYTES + 1000
