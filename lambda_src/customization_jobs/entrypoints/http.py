"""Contract 2: API Gateway, answered in Bedrock's wire format, including errors.

A few read-only routes need no router; that of Powertools takes a tenth of a cold start (docs/decisions.md).
"""

import re
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from customization_jobs.aws.bedrock import JobSource
from customization_jobs.entrypoints.base import EntryPoint
from customization_jobs.entrypoints.http_answer import (
    JSON,
    Answer,
    Content,
    Rows,
    choose_form,
    failure,
    success,
)
from customization_jobs.entrypoints.http_request import (
    HttpRequest,
    base_path,
    method_of,
    path_of,
    principal_of,
)
from customization_jobs.entrypoints.paths import (
    BOARD_PATH,
    FLEET_PATHS,
    JOBS_PATH,
    MCP_METHODS,
    MCP_PATH,
    METHODS,
    MODEL_PATH,
    OPENAPI_PATH,
    OVERVIEW_PATH,
    PATHS,
    TIMELINE_PATH,
    TRENDS_PATH,
    methods_of,
)
from customization_jobs.errors import (
    NO_FLEET,
    CustomizationJobsError,
    MethodNotAllowedException,
    ResourceNotFoundException,
    cut,
)
from customization_jobs.jobs import MODEL_CUSTOMIZATION
from customization_jobs.listing.inputs import FIELDS, unknown_names
from customization_jobs.listing.query import QueryContract
from customization_jobs.observability import Observability
from customization_jobs.timeouts import HTTP_SECONDS, Deadline, invocation_deadline

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from customization_jobs.entrypoints.board_page import BoardPage
    from customization_jobs.entrypoints.fleet_http import FleetHttp
    from customization_jobs.entrypoints.mcp_http import McpHttp
    from customization_jobs.reports.overview import OverviewReport
    from customization_jobs.reports.timeline import TimelineReport
    from customization_jobs.reports.trends import TrendsReport

# An ARN contains slashes, which API Gateway passes on decoded.
_TIMELINE = re.compile(TIMELINE_PATH.replace("{jobIdentifier}", "(?P<identifier>.+)"))
_JOBS = "model-customization-jobs"
# The paths, besides timelines, whose answers can have several forms.
_NEGOTIATED = (JOBS_PATH, OVERVIEW_PATH, TRENDS_PATH, *FLEET_PATHS)


class HttpEntryPoint(EntryPoint):
    """Answers proxy events of REST APIs (payload 1.0), HTTP APIs and function URLs (payload 2.0).

    Parameters
    ----------
    overview, timeline, trends : callable
        Create these reports when they are first requested.
    mcp : callable
        Creates what answers agents.
    board : callable
        Creates what answers requests for the board's page.
    cached : JobSource or None
        Answers lists without filters in place of the source. None: nothing is cached.
    fleet : callable or None
        Creates what answers requests for the fleet. None: no fleet is set up.
    call_seconds : float
        Longest duration of one call to Bedrock.
    """

    def __init__(  # noqa: PLR0913 - its collaborators, by name
        self,
        source: JobSource,
        contract: QueryContract,
        observability: Observability,
        *,
        overview: "Callable[[], OverviewReport]",
        timeline: "Callable[[], TimelineReport]",
        trends: "Callable[[], TrendsReport]",
        mcp: "Callable[[], McpHttp]",
        board: "Callable[[], BoardPage]",
        call_seconds: float,
        cached: JobSource | None = None,
        fleet: "Callable[[], FleetHttp] | None" = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._cached = cached or source
        self._contract = contract
        self._observability = observability
        self._overview = overview
        self._timeline = timeline
        self._trends = trends
        self._mcp = mcp
        self._board = board
        self._fleet = fleet
        self._call_seconds = call_seconds
        self._clock = clock
        self._routes: Mapping[str, Callable[[HttpRequest, Deadline], Content]] = {
            JOBS_PATH: self._get_jobs,
            OVERVIEW_PATH: self._get_overview,
            TRENDS_PATH: self._get_trends,
            OPENAPI_PATH: self._get_openapi,
            MODEL_PATH: self._get_model,
            **dict.fromkeys(FLEET_PATHS, self._get_fleet),
        }

    def answer(self, event: Mapping[str, Any], context: "LambdaContext") -> Answer:
        """Answer a request; the proxy answer has the same form for both payloads.

        A list takes one call to Bedrock; a search, an overview and trends as many as there is time for.
        """
        if principal := principal_of(event):
            # Only in the log, whose retention the operator chooses, and not in traces.
            self._observability.logger.append_keys(principal=principal)
        request = HttpRequest.from_event(event)
        deadline = invocation_deadline(context, self._call_seconds).within(
            HTTP_SECONDS - self._call_seconds, self._clock
        )
        if _is_message(request.method, request.path):
            return self._annotated(self._mcp().answer(request, event, deadline))
        if request.path == BOARD_PATH:
            _check_method(request)
            return self._annotated(self._board().answer(request, deadline))
        get = self._route(request)
        vary = _vary(request.path)
        form = choose_form(request.headers.get("accept")) if vary else JSON
        return self._annotated(success(request, get(request, deadline), form, vary))

    def answer_error(self, error: CustomizationJobsError, event: Any) -> Answer:
        """Return the error as a problem document; for the board's page, as a page."""
        method, path = method_of(event), path_of(event)
        if _is_message(method, path):
            from customization_jobs.entrypoints.mcp_http import failure_answer  # noqa: PLC0415 - not for jobs

            return self._annotated(failure_answer(error, event))
        is_method = isinstance(error, MethodNotAllowedException)
        allow = {"Allow": ", ".join(methods_of(path))} if is_method else {}
        if path == BOARD_PATH:
            return self._annotated(self._board().answer_error(error, allow))
        return self._annotated(failure(error, base_path(event), {**allow, **_vary(path)}))

    def _route(self, request: HttpRequest) -> Callable[[HttpRequest, Deadline], Content]:
        route = self._get_timeline if _TIMELINE.fullmatch(request.path) else self._routes.get(request.path)
        if route is None and request.path != MCP_PATH:
            path, available = cut(request.path), (*PATHS, MCP_PATH, *(FLEET_PATHS if self._fleet else ()))
            raise ResourceNotFoundException(f"{path} does not exist; available: {', '.join(available)}.")
        if route is None or request.method not in METHODS:
            raise _not_allowed(request)
        return route

    def _get_jobs(self, request: HttpRequest, deadline: Deadline) -> Content:
        query, problems = self._contract.check_text(request.inputs, (FIELDS,))
        fields = request.select_fields(self._job_fields, problems)
        # A search takes many calls; with pages from a cache, its answer would have no single age.
        source = self._source if query.search else self._cached
        page = query.source_from(source, deadline).list_page(query.parameters)
        if fields is None and page.passes_unread and choose_form(request.headers.get("accept")) == JSON:
            self._observability.annotate(jobs=page.number_of_arns)
            return Content(_JOBS, {}, received=page.body, age_seconds=page.age_seconds)
        self._observability.annotate(jobs=len(page.jobs))
        jobs = MODEL_CUSTOMIZATION.summaries
        content = Content(
            _JOBS,
            page.answer,
            received=page.body or None,
            rows=Rows(jobs, self._job_fields, fields),
            next_token=page.next_token,
            age_seconds=page.age_seconds,
        )
        if fields is None:
            return content
        return content.changed({**page.answer, jobs: list(map(fields.of, page.jobs))})

    def _job_fields(self) -> list[str]:
        from customization_jobs.listing.fields import shape_names  # noqa: PLC0415 - not for plain JSON

        return shape_names(self._contract.summary)

    def _get_overview(self, request: HttpRequest, deadline: Deadline) -> Content:
        return self._get_figures("overview", self._overview(), request, deadline)

    def _get_trends(self, request: HttpRequest, deadline: Deadline) -> Content:
        return self._get_figures("trends", self._trends(), request, deadline)

    def _get_figures(
        self, name: str, report: "OverviewReport | TrendsReport", request: HttpRequest, deadline: Deadline
    ) -> Content:
        query, problems = report.contract.check_text(request.inputs, (FIELDS,))
        fields = request.select_fields(lambda: report.fields, problems, always=("complete",))
        return Content(name, report.make(query, deadline), is_dated=True).only(fields)

    def _get_timeline(self, request: HttpRequest, deadline: Deadline) -> Content:
        report = self._timeline()
        fields = request.select_fields(lambda: report.fields, unknown_names(request.inputs, (FIELDS,)))
        path = _TIMELINE.fullmatch(request.path)
        assert path  # noqa: S101 - the route was chosen by this match
        # Only some kinds of API decode the path. Decoding twice is safe: an identifier contains no %.
        timeline = report.find(unquote(path["identifier"]), deadline)
        rows = Rows("transitions", lambda: report.transition_fields)
        return Content("timeline", timeline, rows=rows).only(fields)

    def _get_fleet(self, request: HttpRequest, deadline: Deadline) -> Content:
        if self._fleet is None:
            raise ResourceNotFoundException(NO_FLEET)
        return self._fleet().get(request, deadline)

    def _get_openapi(self, request: HttpRequest, _: Deadline) -> Content:
        from customization_jobs.entrypoints.documents import openapi_document  # noqa: PLC0415 - not for jobs

        document = openapi_document(
            request.base_url, has_fleet=self._fleet is not None, has_token=request.has_token
        )
        return Content("openapi", document)

    def _get_model(self, _request: HttpRequest, _: Deadline) -> Content:
        from customization_jobs.entrypoints.documents import service_model  # noqa: PLC0415 - not for jobs

        return Content("service-2", service_model(has_fleet=self._fleet is not None))

    def _annotated(self, answer: Answer) -> Answer:
        self._observability.annotate(http_status=answer["statusCode"])
        return answer


def _is_message(method: str, path: str) -> bool:
    return path == MCP_PATH and method in MCP_METHODS


def _check_method(request: HttpRequest) -> None:
    if request.method not in METHODS:
        raise _not_allowed(request)


def _not_allowed(request: HttpRequest) -> MethodNotAllowedException:
    rejected, allowed = cut(f"{request.method} {request.path}"), ", ".join(methods_of(request.path))
    return MethodNotAllowedException(f"{rejected} is not allowed; allowed: {allowed}.")


def _vary(path: str) -> Mapping[str, str]:
    """Return the header that says on what the answer for a path depends; empty if it has only one form."""
    is_negotiated = path in _NEGOTIATED or _TIMELINE.fullmatch(path)
    return {"Vary": "Accept"} if is_negotiated else {}
