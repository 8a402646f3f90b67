"""Tools on the jobs of the service's own account and region."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from customization_jobs.aws.bedrock import JobSource
from customization_jobs.errors import Problem, ValidationException
from customization_jobs.jobs import FAILED, MODEL_CUSTOMIZATION
from customization_jobs.listing.fields import FieldNames, Fields, shape_names, unchanged
from customization_jobs.listing.inputs import FIELDS, shortened, unknown_names
from customization_jobs.listing.query import QueryContract
from customization_jobs.mcp.answers import DEFAULT_ROWS, Document, fitting_page, parsed
from customization_jobs.mcp.arguments import Arguments, input_schema
from customization_jobs.mcp.tool import Tool
from customization_jobs.timeouts import Deadline

if TYPE_CHECKING:
    from customization_jobs.reports.timeline import TimelineReport

# What an agent usually needs of a job. Phases are in its timeline.
_DEFAULT_FIELDS = Fields(
    [
        "jobName",
        "jobArn",
        "status",
        "customizationType",
        "baseModelArn",
        "customModelName",
        "creationTime",
        "endTime",
        "account",
        "region",
    ]
)
# Operations of the OpenAPI document.
_LIST = MODEL_CUSTOMIZATION.list_operation
_TIMELINE = "GetModelCustomizationJobTimeline"
JOB = "job"
JOB_SCHEMA = {
    JOB: {
        "type": "string",
        "description": "The job's name, or its ARN (jobArn). Of several with a name: the newest.",
    }
}
_FAILURE = {
    "type": "object",
    "required": ["job", "failed"],
    "properties": {
        "job": {"type": "object", "description": "Its last known state."},
        "failed": {"type": "boolean", "description": "If false, there is no failure to explain."},
        "failure": {
            "type": "object",
            "description": "Absent if no reason is recorded. retryHelps says whether the same job, created "
            "again unchanged, can succeed (null: unknown); remedy what to do; message what Bedrock reported.",
        },
    },
}


class ListJobs:
    """Lists jobs."""

    def __init__(self, source: JobSource, contract: QueryContract, arguments: Arguments) -> None:
        self._source = source
        self._contract = contract
        self._arguments = arguments

    def __call__(self, given: Mapping[str, Any], _: datetime, deadline: Deadline) -> Mapping[str, Any]:
        """Return one page of jobs, as `GET /model-customization-jobs` does."""
        # A token contains the time to which relative times refer.
        query, form = parsed(self._arguments, given, self._contract.check_json, self._names)
        form = default_form(form)
        source = query.source_from(self._source, deadline)

        def page_of(rows: int) -> Mapping[str, Any]:
            page = source.list_page({**query.parameters, "maxResults": rows})
            token = {"nextToken": page.next_token} if page.next_token else {}
            return {MODEL_CUSTOMIZATION.summaries: list(map(form, page.jobs)), **token}

        return fitting_page(page_of, wanted_rows(query.parameters), deadline)

    def _names(self) -> FieldNames:
        return FieldNames(shape_names(self._contract.summary))


class GetTimeline:
    """Finds timelines."""

    def __init__(self, timeline: "Callable[[], TimelineReport]") -> None:
        self._timeline = timeline

    def __call__(self, given: Mapping[str, Any], _: datetime, deadline: Deadline) -> Mapping[str, Any]:
        """Return the timeline of a job, the last transition first."""
        problems = unknown_names(given, (JOB, FIELDS))
        fields = None
        if FIELDS in given:
            fields, wrong = FieldNames(self._timeline().fields).select_json(given[FIELDS])
            problems += wrong
        timeline = find_job(self._timeline(), given, problems, deadline)
        # Whatever does not fit is cut off at the end.
        last_first = {**timeline, "transitions": timeline["transitions"][::-1]}
        data: Mapping[str, Any] = fields.of(last_first) if fields else last_first
        return data


class ExplainFailure:
    """Explains why jobs failed."""

    def __init__(self, timeline: "Callable[[], TimelineReport]") -> None:
        self._timeline = timeline

    def __call__(self, given: Mapping[str, Any], _: datetime, deadline: Deadline) -> Mapping[str, Any]:
        """Return a job with the reason of its failure, as the watch has recorded it."""
        timeline = find_job(self._timeline(), given, unknown_names(given, (JOB,)), deadline)
        job = timeline["job"]
        if job["status"] != FAILED:
            return {"job": job, "failed": False}
        reasons = [
            each["details"]["failure"] for each in timeline["transitions"] if "failure" in each["details"]
        ]
        # The last one explains a failure that was recorded without its reason.
        return {"job": job, "failed": True, **({"failure": reasons[-1]} if reasons else {})}


def find_job(
    timeline: "TimelineReport", given: Mapping[str, Any], problems: list[Problem], deadline: Deadline
) -> Mapping[str, Any]:
    """Return the timeline of the job that arguments name, unless there are problems.

    Raises
    ------
    ValidationException
        Describes every problem.
    CustomizationJobsError
        As `TimelineReport.find`.
    """
    job = _job_of(given, problems)
    try:
        return timeline.find(job, deadline)
    except ValidationException as error:
        renamed = [Problem(JOB, each.sent, each.allowed) for each in error.problems]
        raise ValidationException.from_problems(renamed) from None


def _job_of(given: Mapping[str, Any], problems: list[Problem]) -> str:
    job = given.get(JOB)
    if not isinstance(job, str):
        sent = shortened(job) if JOB in given else "nothing"
        problems = [*problems, Problem(JOB, sent, "the name or the ARN of a model customization job")]
    if problems:
        raise ValidationException.from_problems(problems)
    return str(job)


def default_form(form: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return the given form of a job, or the default one if `fields` selects none."""
    return _DEFAULT_FIELDS.of if form is unchanged else form


def wanted_rows(inputs: Mapping[str, Any]) -> int:
    """Return the number of rows that a query requests."""
    return int(inputs.get("maxResults", DEFAULT_ROWS))


def job_tools(
    document: Document,
    source: JobSource,
    contract: QueryContract,
    timeline: "Callable[[], TimelineReport]",
) -> list[Tool]:
    """Return the tools."""
    jobs = document.arguments(_LIST)
    of_timeline = {**JOB_SCHEMA, FIELDS: document.arguments(_TIMELINE).schemas[FIELDS]}
    return [
        Tool(
            "list_jobs",
            "List model customization jobs",
            "Lists Amazon Bedrock model customization (fine-tuning) jobs that match all given filters, "
            "newest first. Use it to find jobs; for counts use get_overview. If the result has nextToken, "
            "there are more.",
            input_schema(jobs.schemas),
            document.data(_LIST),
            ListJobs(source, contract, jobs),
        ),
        Tool(
            "explain_failure",
            "Explain why a job failed",
            "Returns why a failed job failed: the category, what to do about it (remedy), and whether "
            "creating the same job again can succeed (retryHelps). Use it first when somebody asks about a "
            "failure.",
            input_schema(JOB_SCHEMA, [JOB]),
            _FAILURE,
            ExplainFailure(timeline),
        ),
        Tool(
            "get_timeline",
            "Show a job's timeline",
            "Returns everything recorded about one job: its state and phases, when it is expected to end, "
            "where it is stuck, and all its transitions, the last one first.",
            input_schema(of_timeline, [JOB]),
            document.data(_TIMELINE),
            GetTimeline(timeline),
        ),
    ]
