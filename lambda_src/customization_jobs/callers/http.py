"""Contract 2: API Gateway, answered in Bedrock's own wire format, errors too.

Four routes and one method need no router: Powertools' costs a tenth of a cold start (docs/decisions.md).
"""

import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote

from customization_jobs.bedrock import JobPages
from customization_jobs.errors import (
    CustomizationJobsError,
    InternalServerException,
    MethodNotAllowedException,
    Problem,
    ResourceNotFoundException,
    ValidationException,
)
from customization_jobs.observability import Observability
from customization_jobs.query import QueryContract

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from customization_jobs.callers.overview import Overviews
    from customization_jobs.timeline import TimelineFinder

JOBS_PATH = "/model-customization-jobs"
OPENAPI_PATH = "/openapi.json"
OVERVIEW_PATH = "/overview"
TIMELINE_PATH = f"{JOBS_PATH}/{{jobIdentifier}}/timeline"
_PATHS = (JOBS_PATH, TIMELINE_PATH, OVERVIEW_PATH, OPENAPI_PATH)
_TIMELINE_BEFORE, _TIMELINE_AFTER = TIMELINE_PATH.split("{jobIdentifier}")
# Everything between the two: an ARN has slashes, which API Gateway hands over decoded.
_TIMELINE_ROUTE = re.compile(f"{_TIMELINE_BEFORE}.+{_TIMELINE_AFTER}")
# API Gateway gives up after 29 s: two are for the start of the function, and for the answer on its way.
_PATIENCE_SECONDS = 27.0
# What is left of the function's own time for the answer itself.
_ANSWERING_SECONDS = 1.0

_JSON_HEADERS = {"Content-Type": "application/json"}

Answer = dict[str, Any]
# Tells, at any time, for how long another call to Bedrock may still be begun.
TimeLeft = Callable[[], float]


class HttpCaller:
    """Answers proxy events of REST APIs (payload 1.0), HTTP APIs and function URLs (payload 2.0).

    Parameters
    ----------
    bedrock : JobPages
        Where jobs come from.
    contract : QueryContract
        What a query may be.
    observability : Observability
        Told the status of each answer.
    openapi : callable
        Makes the OpenAPI document.
    overviews, timelines : callable
        Make who answers these routes, on their first request.
    longest_call_seconds : float
        What one call to Bedrock can take: no further one is begun with less time left than this.
    clock : callable
        Seconds that only go forward.
    """

    def __init__(
        self,
        bedrock: JobPages,
        contract: QueryContract,
        observability: Observability,
        *,
        openapi: Callable[[], Mapping[str, Any]],
        overviews: Callable[[], "Overviews"],
        timelines: Callable[[], "TimelineFinder"],
        longest_call_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._bedrock = bedrock
        self._contract = contract
        self._observability = observability
        self._openapi = openapi
        self._overviews = overviews
        self._timelines = timelines
        self._longest_call_seconds = longest_call_seconds
        self._clock = clock
        self._routes: Mapping[str, Callable[[Mapping[str, Any], TimeLeft], Answer]] = {
            JOBS_PATH: self._list,
            OVERVIEW_PATH: self._overview,
            OPENAPI_PATH: self._document,
        }

    def answer(self, event: Mapping[str, Any], context: "LambdaContext") -> Answer:
        """Answer one request: a list with one call to Bedrock, an overview with as many as there is time for.

        Returns
        -------
        dict
            A proxy answer, of one form for both payloads. Its body is Bedrock's own JSON, or a problem (RFC
            9457) that Bedrock's clients read as the exception that its `title` names. Nothing is raised.
        """
        try:
            answer = self._route(event)(event, self._time_left(context))
        except CustomizationJobsError as error:
            answer = self._refuse(error)
        except Exception:
            self._observability.logger.exception("A bug: the error is not a named one")
            answer = self._refuse(
                InternalServerException("The service failed. Its log has the reason under this request's id.")
            )
        self._observability.note(status=str(answer["statusCode"]))
        return answer

    def _route(self, event: Mapping[str, Any]) -> Callable[[Mapping[str, Any], TimeLeft], Answer]:
        method, path = _method_and_path(event)
        route = self._timeline if _TIMELINE_ROUTE.fullmatch(path) else self._routes.get(path)
        if route is None:
            known = ", ".join(_PATHS)
            raise ResourceNotFoundException(f"{path} does not exist; there are {known}.")
        if method != "GET":
            raise MethodNotAllowedException(f"{method} {path} is not allowed; allowed: GET.")
        return route

    def _list(self, event: Mapping[str, Any], _: TimeLeft) -> Answer:
        query = self._contract.from_text(_query_string(event))
        page = self._bedrock.list_page(query.parameters)
        self._observability.note(jobs=len(page.jobs))
        return _answer(HTTPStatus.OK, page.body.decode(), _JSON_HEADERS)

    def _overview(self, event: Mapping[str, Any], time_left: TimeLeft) -> Answer:
        overviews = self._overviews()
        query = overviews.contract.from_text(_query_string(event))
        return _answer(HTTPStatus.OK, _json(overviews.make(query, time_left)), _JSON_HEADERS)

    def _timeline(self, event: Mapping[str, Any], time_left: TimeLeft) -> Answer:
        if unknown := _query_string(event):
            raise ValidationException.from_problems(
                [Problem(name[:80], "an unknown name", "no parameter but the path's") for name in unknown]
            )
        _, path = _method_and_path(event)
        # The kinds of API differ in whether they decode a path; what is decoded already has no % in it.
        identifier = unquote(path.removeprefix(_TIMELINE_BEFORE).removesuffix(_TIMELINE_AFTER))
        return _answer(HTTPStatus.OK, _json(self._timelines().find(identifier, time_left)), _JSON_HEADERS)

    def _time_left(self, context: "LambdaContext") -> TimeLeft:
        latest = self._clock() + _PATIENCE_SECONDS

        def left() -> float:
            until_timeout = context.get_remaining_time_in_millis() / 1000 - _ANSWERING_SECONDS
            return min(latest - self._clock(), until_timeout) - self._longest_call_seconds

        return left

    def _document(self, _event: Mapping[str, Any], _time_left: TimeLeft) -> Answer:
        return _answer(HTTPStatus.OK, _json(self._openapi()), _JSON_HEADERS)

    def _refuse(self, error: CustomizationJobsError) -> Answer:
        name = type(error).__name__
        self._observability.note_error(error)
        problem: dict[str, Any] = {
            "message": str(error),
            # Relative to the request, so that it leads to the API's own document on every stage and domain.
            "type": f"openapi.json#/components/responses/{name}",
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
            headers["Allow"] = "GET"
        return _answer(error.http_status, _json(problem), headers)


def _method_and_path(event: Mapping[str, Any]) -> tuple[str, str]:
    if "httpMethod" in event:
        return event["httpMethod"], event.get("path") or "/"
    context = event["requestContext"]
    path, stage = event.get("rawPath") or "/", f"/{context.get('stage')}"
    # In payload 2.0 the path begins with the stage, unless that is nameless or a domain stands for it.
    return context["http"]["method"], path.removeprefix(stage) if path.startswith(f"{stage}/") else path


def _query_string(event: Mapping[str, Any]) -> Mapping[str, Sequence[str]]:
    if "rawQueryString" in event:
        # In payload 2.0 the map joins repeated values by commas: the raw string is the truth.
        parameters = parse_qs(event["rawQueryString"], keep_blank_values=True)
    elif event.get("multiValueQueryStringParameters"):
        parameters = event["multiValueQueryStringParameters"]
    else:
        # API Gateway sends both maps or none; an event made by hand may have this one alone.
        parameters = {name: [value] for name, value in (event.get("queryStringParameters") or {}).items()}
    # A presigned URL carries its signature beside the query; API Gateway has checked it.
    return {name: values for name, values in parameters.items() if not name.startswith("X-Amz-")}


def _answer(status: int, body: str, headers: Mapping[str, str]) -> Answer:
    return {"statusCode": int(status), "headers": headers, "body": body, "isBase64Encoded": False}


def _json(body: Mapping[str, Any]) -> str:
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False)
