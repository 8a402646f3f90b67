"""The fleet's part of the OpenAPI document, which the function serves if a fleet is set up."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from customization_jobs.entrypoints.paths import FLEET_COVERAGE_PATH, FLEET_JOBS_PATH, FLEET_OVERVIEW_PATH
from customization_jobs.errors import (
    InternalServerException,
    MethodNotAllowedException,
    NotAcceptableException,
    ValidationException,
    WatchUnavailableException,
)
from customization_jobs.fleet.coverage import DeniedBy, State
from customization_jobs.fleet.coverage_summary import MAX_GAPS
from customization_jobs.fleet.inputs import coverage_contract, overview_contract
from customization_jobs.fleet.job_report import SOURCE_FIELDS
from customization_jobs.fleet.overview import FleetOverview
from customization_jobs.fleet.query import FleetQueryContract
from customization_jobs.jobs import MODEL_CUSTOMIZATION
from customization_jobs.listing.fields import shape_names
from customization_jobs.listing.query import QueryContract
from openapi.answers import Answer
from openapi.errors import error_response
from openapi.operations import JOBS_TAG, get, parameter, shape_schema
from openapi.schemas import COUNTS, NUMBER, SCHEMAS, TEXT, TIME, TIME_OR_NULL, Schema, listed, ref, structure

if TYPE_CHECKING:
    from botocore.model import OperationModel

_ERRORS = (
    ValidationException,
    MethodNotAllowedException,
    NotAcceptableException,
    InternalServerException,
    WatchUnavailableException,
)
_COVERAGE_ROW = structure(
    {
        "account": TEXT,
        "region": TEXT,
        "state": {**TEXT, "examples": list(map(str, State))},
        "deniedBy": {**TEXT, "description": "What denied access.", "examples": list(map(str, DeniedBy))},
        "reason": {**TEXT, "description": "Why the source is not listed."},
        "since": {**TIME, "description": "Since when the source has been in this state."},
        "asOf": {**TIME, "description": "Start of the last complete listing. Absent if there was none."},
        "jobs": {**NUMBER, "description": "Jobs in the last complete listing."},
    },
    "A source, which is one account in one region, and whether its jobs could be listed.",
    optional=("deniedBy", "reason", "asOf", "jobs"),
)
_COVERAGE = structure(
    {
        "complete": {
            "type": "boolean",
            "description": "Whether there are sources, all are listed, and the accounts are up to date.",
        },
        "sources": {**NUMBER, "description": "Number of the sources that account and region select."},
        "byState": {**COUNTS, "description": "Number of sources in each state."},
        "oldestAsOf": {**TIME_OR_NULL, "description": "The oldest of the last complete listings."},
        "accountsAsOf": {
            **TIME,
            "description": "When AWS Organizations last reported the accounts. Absent without it.",
        },
        "gaps": listed(ref("SourceCoverage"), f"The first {MAX_GAPS} sources that are not listed."),
        "moreGaps": {**NUMBER, "description": "Number of further sources that are not listed."},
    },
    "Which sources an answer covers. Figures do not include jobs of sources that were never listed.",
    optional=("accountsAsOf",),
)
_JOBS = {
    MODEL_CUSTOMIZATION.summaries: listed(ref("FleetJobSummary")),
    "nextToken": {**TEXT, "description": "If there are more jobs."},
    "asOf": {
        "type": "object",
        "additionalProperties": TIME_OR_NULL,
        "description": "When the sources of these jobs were last listed. Null if only events reported them.",
    },
    "coverage": ref("Coverage"),
}


def fleet_document(operation: "OperationModel") -> dict[str, Any]:
    """Return the paths and components that the fleet adds to `openapi_document`."""
    contract = QueryContract(operation)
    return {
        "paths": {
            FLEET_JOBS_PATH: _path(
                "ListFleetModelCustomizationJobs",
                "List model customization jobs of all accounts and regions",
                "The last known states from the table, by default the newest jobs first.",
                contract.with_inputs(FleetQueryContract(contract).inputs),
                Answer(
                    "One page of jobs, and which sources it covers",
                    ref("FleetJobs"),
                    row="job",
                    line="each job",
                    fields=(*shape_names(contract.summary), *SOURCE_FIELDS),
                    has_pages=True,
                    has_coverage=True,
                ),
            ),
            FLEET_OVERVIEW_PATH: _path(
                "GetFleetOverview",
                "Get an overview of all accounts and regions",
                "Adds up the last complete listing of each source, also of those that are not listed now.",
                overview_contract(contract),
                Answer(
                    "The fields of the overview, and which sources they cover",
                    ref("FleetOverview"),
                    row="figure",
                    line="the whole overview",
                    fields=FleetOverview.fields,
                    has_coverage=True,
                    is_dated=True,
                ),
            ),
            FLEET_COVERAGE_PATH: _path(
                "GetFleetCoverage",
                "Get the accounts and regions, and whether their jobs could be listed",
                "The summary is of the sources that account and region select; state selects rows.",
                coverage_contract(contract),
                Answer(
                    "One page of sources, ordered by account and region",
                    ref("FleetCoverage"),
                    row="source",
                    line="each source",
                    has_pages=True,
                    has_coverage=True,
                    is_dated=True,
                ),
            ),
        },
        "components": {
            "schemas": _schemas(operation),
            # Without a fleet, the error occurs only together with another one of the same status.
            "responses": {WatchUnavailableException.__name__: error_response([WatchUnavailableException])},
        },
    }


def _path(
    operation_id: str,
    summary: str,
    description: str,
    contract: QueryContract,
    answer: Answer,
) -> dict[str, Any]:
    return get(
        JOBS_TAG,
        operation_id=operation_id,
        summary=summary,
        description=description,
        parameters=[parameter(each) for each in contract.inputs.values()],
        answer=answer,
        errors=_ERRORS,
    )


def _schemas(operation: "OperationModel") -> Mapping[str, Schema]:
    shapes: dict[str, Any] = {}
    shape_schema(operation.output_shape, shapes)
    answer: Any = operation.output_shape
    job = shapes[answer.members[MODEL_CUSTOMIZATION.summaries].member.name]
    overview = SCHEMAS["Overview"]
    figures = {name: each for name, each in overview["properties"].items() if name != "byOwner"}
    figures["complete"] = {"type": "boolean", "description": "Whether all selected sources are listed."}
    return {
        "SourceCoverage": _COVERAGE_ROW,
        "Coverage": _COVERAGE,
        "FleetJobSummary": {
            **job,
            # A job whose record is not readable is listed with the fields of the index.
            "required": ["jobArn", "account", "region"],
            "properties": {**job["properties"], "account": TEXT, "region": TEXT},
        },
        "FleetJobs": structure(_JOBS, optional=("nextToken",)),
        "FleetOverview": structure({**figures, "coverage": ref("Coverage")}, optional=("malformed",)),
        "FleetCoverage": structure(
            {
                "asOf": TIME,
                "coverage": ref("Coverage"),
                "sources": listed(ref("SourceCoverage")),
                "nextToken": {**TEXT, "description": "If there are more sources."},
            },
            optional=("nextToken",),
        ),
    }
