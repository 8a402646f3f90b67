"""Contract 2: API Gateway, answered in Bedrock's own wire format, errors too."""

import json
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from aws_lambda_powertools.event_handler.api_gateway import (
    APIGatewayHttpResolver,
    APIGatewayRestResolver,
    Response,
)
from aws_lambda_powertools.event_handler.exceptions import NotFoundError

from customization_jobs.bedrock import JobPages
from customization_jobs.callers.recognise import Caller
from customization_jobs.errors import (
    CustomizationJobsError,
    InternalServerException,
    MethodNotAllowedException,
    ResourceNotFoundException,
    ValidationException,
)
from customization_jobs.observability import Observability
from customization_jobs.query import QueryContract

if TYPE_CHECKING:
    from aws_lambda_powertools.event_handler.api_gateway import ApiGatewayResolver
    from aws_lambda_powertools.utilities.typing import LambdaContext

JOBS_PATH = "/model-customization-jobs"
OPENAPI_PATH = "/openapi.json"
_PATHS = (JOBS_PATH, OPENAPI_PATH)


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
        self._resolvers: dict[Caller, ApiGatewayResolver] = {
            Caller.REST_API: self._routed(APIGatewayRestResolver())
        }

    def answer(self, event: Mapping[str, Any], context: "LambdaContext", caller: Caller) -> dict[str, Any]:
        """Answer one request with one call to Bedrock.

        Returns
        -------
        dict
            API Gateway's proxy answer. Its body is Bedrock's own JSON, or a problem (RFC 9457) that Bedrock's
            clients read as the exception that its `title` names. Nothing is raised.
        """
        if caller not in self._resolvers:
            # The stack's API is a REST API; the other kind is made when it first calls.
            self._resolvers[caller] = self._routed(APIGatewayHttpResolver())
        answer: dict[str, Any] = self._resolvers[caller].resolve(dict(event), context)
        self._observability.note(status=answer["statusCode"])
        return answer

    def _routed(self, resolver: "ApiGatewayResolver") -> "ApiGatewayResolver":
        @resolver.get(JOBS_PATH)
        def list_jobs() -> "Response[str]":
            return self._list(resolver.current_event.raw_event)

        def no_route(_: NotFoundError) -> "Response[str]":
            return self._no_route(resolver.current_event.http_method, resolver.current_event.path)

        resolver.get(OPENAPI_PATH)(self._document)
        resolver.exception_handler(NotFoundError)(no_route)
        resolver.exception_handler(CustomizationJobsError)(self._refuse)
        resolver.exception_handler(Exception)(self._fail)
        return resolver

    def _list(self, event: Mapping[str, Any]) -> "Response[str]":
        query = self._contract.from_text(_query_string(event))
        page = self._bedrock.list_page(query.parameters)
        self._observability.note(jobs=len(page.jobs))
        return _json(HTTPStatus.OK, "application/json", page.answer)

    def _document(self) -> "Response[str]":
        return _json(HTTPStatus.OK, "application/json", self._openapi())

    def _no_route(self, method: str, path: str) -> "Response[str]":
        if path in _PATHS:
            allowed = f"{method} {path} is not allowed; allowed: GET."
            return self._refuse(MethodNotAllowedException(allowed), {"Allow": "GET"})
        return self._refuse(
            ResourceNotFoundException(f"{path} does not exist; there are {', '.join(_PATHS)}.")
        )

    def _fail(self, error: Exception) -> "Response[str]":
        self._observability.logger.error("A bug: the error is not a named one", exc_info=error)
        return self._refuse(
            InternalServerException("The service failed. Its log has the reason under this request's id.")
        )

    def _refuse(
        self, error: CustomizationJobsError, headers: Mapping[str, str] | None = None
    ) -> "Response[str]":
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
        retry = {"Retry-After": str(error.retry_after_seconds)} if error.retry_after_seconds else {}
        return _json(
            error.http_status,
            "application/problem+json",
            problem,
            {"x-amzn-ErrorType": name, **retry, **(headers or {})},
        )


def _query_string(event: Mapping[str, Any]) -> Mapping[str, Sequence[str]]:
    if "rawQueryString" in event:
        # In payload 2.0 the map joins repeated values by commas: the raw string is the truth.
        parameters = parse_qs(event["rawQueryString"], keep_blank_values=True)
    else:
        parameters = event.get("multiValueQueryStringParameters") or {}
    # A presigned URL carries its signature beside the query; API Gateway has checked it.
    return {name: values for name, values in parameters.items() if not name.startswith("X-Amz-")}


def _json(
    status: int, content_type: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> "Response[str]":
    return Response(
        status_code=status,
        content_type=content_type,
        body=json.dumps(body, separators=(",", ":"), ensure_ascii=False),
        headers=dict(headers or {}),
    )
