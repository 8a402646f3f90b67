"""Contract 2: API Gateway, answered in Bedrock's wire format, including errors.

A few routes that are only read need no router; Powertools' costs a tenth of a cold start (docs/decisions.md).
"""

import json
import re
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from customization_jobs.aws.bedrock import JobSource
from customization_jobs.entrypoints.base import EntryPoint
from customization_jobs.entrypoints.http_request import HttpRequest, base_path, method_of
from customization_jobs.entrypoints.paths import (
    FLEET_PATHS,
    JOBS_PATH,
    OPENAPI_PATH,
    OVERVIEW_PATH,
    PATHS,
    TIMELINE_PATH,
)
from customization_jobs.errors import (
    NO_FLEET,
    CustomizationJobsError,
    MethodNotAllowedException,
    ResourceNotFoundException,
    ValidationException,
    cut,
    encodable,
)
from customization_jobs.listing.inputs import unknown_names
from customization_jobs.listing.query import QueryContract
from customization_jobs.observability import Observability
from customization_jobs.timeouts import HTTP_SECONDS, Deadline, invocation_deadline

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from customization_jobs.entrypoints.fleet_http import FleetHttp
    from customization_jobs.reports.overview import OverviewReport
    from customization_jobs.reports.timeline import TimelineReport

# HEAD is answered as GET is, without the body.
METHODS = ("GET", "HEAD")
# An ARN contains slashes, which API Gateway passes on decoded.
_TIMELINE = re.compile(TIMELINE_PATH.replace("{jobIdentifier}", "(?P<identifier>.+)"))
# Committed, and compared in a test with what openapi/ generates.
OPENAPI_FILE = Path(__file__).parents[1] / "openapi.json"

Answer = dict[str, Any]


class HttpEntryPoint(EntryPoint):
    """Answers proxy events of REST APIs (payload 1.0), HTTP APIs and function URLs (payload 2.0).

    Parameters
    ----------
    overview, timeline : callable
        Create these reports when they are first requested.
    fleet : callable or None
        Creates what answers requests for the fleet. None: no fleet is set up.
    call_seconds : float
        Longest duration of one call to Bedrock.
    """

    def __init__(
        self,
        source: JobSource,
        contract: QueryContract,
        observability: Observability,
        *,
        overview: "Callable[[], OverviewReport]",
        timeline: "Callable[[], TimelineReport]",
        call_seconds: float,
        fleet: "Callable[[], FleetHttp] | None" = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._contract = contract
        self._observability = observability
        self._overview = overview
        self._timeline = timeline
        self._fleet = fleet
        self._call_seconds = call_seconds
        self._clock = clock
        self._routes: Mapping[str, Callable[[HttpRequest, Deadline], str]] = {
            JOBS_PATH: self._get_jobs,
            OVERVIEW_PATH: self._get_overview,
            OPENAPI_PATH: self._get_document,
            **dict.fromkeys(FLEET_PATHS, self._get_fleet),
        }

    def answer(self, event: Mapping[str, Any], context: "LambdaContext") -> Answer:
        """Answer a request; the proxy answer has the same form for both payloads.

        A list takes one call to Bedrock; a search and an overview as many as there is time for.
        """
        request = HttpRequest.from_event(event)
        get = self._route(request)
        deadline = invocation_deadline(context, self._call_seconds)
        body = get(request, deadline.within(HTTP_SECONDS - self._call_seconds, self._clock))
        return self._respond(request.method, HTTPStatus.OK, body, {"Content-Type": "application/json"})

    def answer_error(self, error: CustomizationJobsError, event: Any) -> Answer:
        """Return a problem (RFC 9457) that Bedrock's clients read as the exception that its `title` names."""
        name = type(error).__name__
        problem: dict[str, Any] = {
            "message": str(error),
            # Relative to the request's host, so that it leads to this API's document on every domain.
            "type": f"{base_path(event)}{OPENAPI_PATH}#/components/schemas/{name}",
            "title": name,
            "status": error.http_status,
            "detail": str(error),
        }
        if isinstance(error, ValidationException) and error.problems:
            problem["problems"] = [
                {"parameter": each.parameter, "sent": each.sent, "allowed": each.allowed}
                for each in error.problems
            ]
        headers = {"Content-Type": "application/problem+json", "x-amzn-ErrorType": name}
        if error.retry_after_seconds:
            headers["Retry-After"] = str(error.retry_after_seconds)
        if isinstance(error, MethodNotAllowedException):
            headers["Allow"] = ", ".join(METHODS)
        return self._respond(method_of(event), error.http_status, _json(problem), headers)

    def _route(self, request: HttpRequest) -> Callable[[HttpRequest, Deadline], str]:
        route = self._get_timeline if _TIMELINE.fullmatch(request.path) else self._routes.get(request.path)
        if route is None:
            path, available = cut(request.path), PATHS + (FLEET_PATHS if self._fleet else ())
            raise ResourceNotFoundException(f"{path} does not exist; available: {', '.join(available)}.")
        if request.method not in METHODS:
            rejected, allowed = cut(f"{request.method} {request.path}"), ", ".join(METHODS)
            raise MethodNotAllowedException(f"{rejected} is not allowed; allowed: {allowed}.")
        return route

    def _get_jobs(self, request: HttpRequest, deadline: Deadline) -> str:
        query = self._contract.from_text(request.query)
        page = query.source_from(self._source, deadline).list_page(query.parameters)
        self._observability.annotate(jobs=len(page.jobs))
        return page.body.decode()

    def _get_overview(self, request: HttpRequest, deadline: Deadline) -> str:
        report = self._overview()
        return _json(report.make(report.contract.from_text(request.query), deadline))

    def _get_timeline(self, request: HttpRequest, deadline: Deadline) -> str:
        if request.query:
            raise ValidationException.from_problems(unknown_names(request.query, ()))
        path = _TIMELINE.fullmatch(request.path)
        assert path  # noqa: S101 - the route was chosen by this match
        # Only some kinds of API decode the path. Decoding twice is safe: an identifier contains no %.
        return _json(self._timeline().find(unquote(path["identifier"]), deadline))

    def _get_fleet(self, request: HttpRequest, deadline: Deadline) -> str:
        if self._fleet is None:
            raise ResourceNotFoundException(NO_FLEET)
        return _json(self._fleet().get(request, deadline))

    def _get_document(self, request: HttpRequest, _: Deadline) -> str:
        document = json.loads(OPENAPI_FILE.read_bytes())
        if self._fleet:
            document = self._fleet().extend(document)
        return _json({**document, "servers": [{"url": request.base_url or "/"}]})

    def _respond(self, method: str, status: int, body: str, headers: Mapping[str, str]) -> Answer:
        self._observability.annotate(http_status=int(status))
        sent = "" if method == "HEAD" else body
        return {"statusCode": int(status), "headers": headers, "body": sent, "isBase64Encoded": False}


def _json(body: Mapping[str, Any]) -> str:
    # Lone surrogates become JSON's own escapes.
    return encodable(json.dumps(body, separators=(",", ":"), ensure_ascii=False))
