"""Creates what answers agents."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from customization_jobs.aws.bedrock import Bedrock
from customization_jobs.entrypoints.documents import openapi_document
from customization_jobs.entrypoints.mcp_http import McpHttp
from customization_jobs.listing.query import QueryContract
from customization_jobs.mcp.answers import Document
from customization_jobs.mcp.job_tools import job_tools
from customization_jobs.mcp.report_tools import report_tools
from customization_jobs.mcp.server import McpServer
from customization_jobs.mcp.wait_tool import wait_tool
from customization_jobs.observability import Observability
from customization_jobs.wiring.reports import ReportParts

if TYPE_CHECKING:
    from customization_jobs.fleet.reports import FleetReports


def create_mcp(
    bedrock: Bedrock,
    contract: QueryContract,
    observability: Observability,
    reports: Callable[[], ReportParts],
    fleet: "Callable[[], FleetReports] | None",
) -> McpHttp:
    """Create the component that answers agents.

    Parameters
    ----------
    fleet : callable or None
        Creates the reports of the fleet. None: there is no fleet.
    """
    document = Document(openapi_document("", has_fleet=fleet is not None))
    tools = [
        *job_tools(document, bedrock, contract, lambda: reports().timeline),
        *report_tools(document, lambda: reports().overview, lambda: reports().trends),
        wait_tool(document, lambda: reports().overview, lambda: reports().timeline),
    ]
    if fleet:
        from customization_jobs.mcp.fleet_tools import fleet_tools  # noqa: PLC0415 - only with a fleet

        tools += fleet_tools(document, fleet)
    return McpHttp(McpServer(tools, lambda: datetime.now(UTC), has_fleet=fleet is not None), observability)
