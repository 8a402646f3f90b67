"""Contract 2: API Gateway, answered in Bedrock's own wire format, errors too.

Two routes and one method need no router: Powertools' costs a tenth of a cold start (docs/decisions.md).
"""

import json
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from customization_jobs.bedrock import JobPages
from customization_jobs.errors import (
    CustomizationJobsError,
    InternalServerException,
    MethodNotAllowedException,
    ResourceNotFoundException,
    ValidationException,
)
from customization_jobs.observability import Observability
from customization_jobs.query import QueryContract

JOBS_PATH = "/model-customization-jobs"
OPENAPI_PATH = "/openapi.json"

Answer = dict[str, Any]


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
    """

    def __init__(
        self,
        bedrock: JobPages,
        contract: QueryContract,
        observability: Observability,
        *,
        openapi: Callable[[], Mapping[str, Any]],
    ) -> None:
        self._bedrock = bedrock
        self._contract = contract
        self._observability = observability
        self._openapi = openapi
        self._routes: Mapping[str, Callable[[Mapping[str, Any]], Answer]] = {
            JOBS_PATH: self._list,
            OPENAPI_PATH: self._document,
        }

    def answer(self, event: Mapping[str, Any]) -> Answer:
        """Answer one request with one call to Bedrock.

        Returns
        -------
        dict
            A proxy answer, of one form for both payloads. Its body is Bedrock's own JSON, or a problem (RFC
            9457) that Bedrock's clients read as the exception that its `title` names. Nothing is raised.
        """
        try:
            answer = self._route(event)(event)
        except CustomizationJobsError as error:
            answer = self._refuse(error)
        except Exception:
            self._observability.logger.exception("A bug: the error is not a named one")
            answer = self._refuse(
                InternalServerException("The service failed. Its log has the reason under this request's id.")
            )
        self._observability.note(status=str(answer["statusCode"]))
        return answer

    def _route(self, event: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], Answer]:
        method, path = _method_and_path(event)
        route = self._routes.get(path)
        if route is None:
            known = ", ".join(self._routes)
            raise ResourceNotFoundException(f"{path} does not exist; there are {known}.")
        if method != "GET":
            raise MethodNotAllowedException(f"{method} {path} is not allowed; allowed: GET.")
        return route

    def _list(self, event: Mapping[str, Any]) -> Answer:
        query = self._contract.from_text(_query_string(event))
        page = self._bedrock.list_page(query.parameters)
        self._observability.note(jobs=len(page.jobs))
        return _answer(HTTPStatus.OK, page.body.decode(), {"Content-Type": "application/json"})

    def _document(self, _: Mapping[str, Any]) -> Answer:
        return _answer(HTTPStatus.OK, _json(self._openapi()), {"Content-Type": "application/json"})

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
