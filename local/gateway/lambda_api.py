"""Lambda's Invoke operation, for the AWS CLI and the SDKs."""

import base64
import json
import re
from collections import OrderedDict
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote

from local.common.identifiers import ACCOUNT, FUNCTION_NAME
from local.gateway.http_messages import Request, Response
from local.gateway.lambda_environment import Invocation, LambdaEnvironment, Result, new_trace_header

if TYPE_CHECKING:
    from collections.abc import Mapping
    from concurrent.futures import Future

INVOKE_PATH = re.compile(r"/2015-03-31/functions/(?P<name>[^/]+)/invocations")
# Not Lambda's: the results of asynchronous invocations, by request id.
RESULTS_PATH = "/_local/invocations/"
_ARN = re.compile(
    r"(?:arn:[a-z-]+:lambda:[a-z0-9-]+:)?(?:\d{12}:)?(?:function:)?(?P<name>[\w-]+)(?::(?P<qualifier>.+))?"
)
_QUALIFIERS = ("$LATEST", "live")
_LARGEST_REQUEST_BYTES = {"RequestResponse": 6291556, "Event": 1048576}
_KEPT_RESULTS = 100


class LambdaApi:
    """Invokes the one function and its alias `live`.

    The results of the last asynchronous invocations are kept for `result`, in place of Lambda's destinations.
    Asynchronous invocations that fail are not retried.
    """

    def __init__(self, environment: LambdaEnvironment, region: str) -> None:
        self._environment = environment
        self._region = region
        self._results: OrderedDict[str, Future[Result]] = OrderedDict()

    def invoke(self, request: Request) -> Response:
        """Answer one Invoke request."""
        headers = {name.lower(): value for name, value in request.headers}
        invocation_type = headers.get("x-amz-invocation-type", "RequestResponse")
        try:
            invocation = self._invocation(request, headers, invocation_type)
        except _RefusalError as refusal:
            return refusal.response
        if invocation_type == "DryRun":
            return Response(204, [], b"")
        if invocation_type == "Event":
            self._keep(invocation.request_id, self._environment.submit(invocation))
            return Response(202, [("x-amzn-RequestId", invocation.request_id)], b"")
        own_headers = [
            ("x-amzn-RequestId", invocation.request_id),
            ("X-Amz-Executed-Version", "$LATEST"),
        ]
        return _result_response(self._environment.invoke(invocation), own_headers)

    def result(self, request_id: str, wait_seconds: float) -> Response:
        """Wait for the result of an asynchronous invocation; 202 if it is still running then."""
        invoked = self._results.get(request_id)
        if invoked is None:
            return _refusal(404, "ResourceNotFoundException", "No such invocation.").response
        try:
            return _result_response(invoked.result(wait_seconds), [])
        except TimeoutError:
            return Response(202, [], b"")

    def _invocation(self, request: Request, headers: dict[str, str], invocation_type: str) -> Invocation:
        arn = self._function_arn(request.path, request.query)
        if invocation_type not in ("RequestResponse", "Event", "DryRun"):
            message = f"Unsupported invocation type: {invocation_type}"
            raise _refusal(400, "InvalidParameterValueException", message)
        payload = request.body or b"{}"
        _check_size(payload, invocation_type)
        try:
            json.loads(payload)
            context = _client_context(headers.get("x-amz-client-context"))
        except (ValueError, RecursionError) as error:
            message = f"Could not parse request body into json: {error}"
            raise _refusal(400, "InvalidRequestContentException", message) from error
        trace_header = headers.get("x-amzn-trace-id") or new_trace_header()
        return Invocation(payload, arn, client_context=context, trace_header=trace_header)

    def _function_arn(self, path: str, query: str) -> str:
        match = INVOKE_PATH.fullmatch(path)
        requested = unquote(match["name"]) if match else path
        parts = _ARN.fullmatch(requested)
        qualifier = parse_qs(query).get("Qualifier", [parts and parts["qualifier"]])[0]
        suffix = f":{qualifier}" if qualifier else ""
        arn = f"arn:aws:lambda:{self._region}:{ACCOUNT}:function:"
        if not parts or parts["name"] != FUNCTION_NAME or qualifier not in (None, *_QUALIFIERS):
            name = f"{parts['name'] if parts else requested}{suffix}"
            message = f"Function not found: {arn}{name}. The only function here is {FUNCTION_NAME}."
            raise _refusal(404, "ResourceNotFoundException", message)
        return f"{arn}{FUNCTION_NAME}{suffix}"

    def _keep(self, request_id: str, result: "Future[Result]") -> None:
        self._results[request_id] = result
        while len(self._results) > _KEPT_RESULTS:
            self._results.popitem(last=False)


def _check_size(payload: bytes, invocation_type: str) -> None:
    limit = _LARGEST_REQUEST_BYTES.get(invocation_type)
    if limit and len(payload) > limit:
        raise _refusal(
            413,
            "RequestTooLargeException",
            f"{len(payload)} byte payload is too large for the {invocation_type} invocation type "
            f"(limit {limit} bytes)",
        )


def _result_response(result: Result, own_headers: list[tuple[str, str]]) -> Response:
    failed = [("X-Amz-Function-Error", "Unhandled")] if result.failed else []
    return Response(200, [("Content-Type", "application/json"), *own_headers, *failed], result.payload)


def _client_context(header: str | None) -> "Mapping[str, Any] | None":
    if not header:
        return None
    try:
        context = json.loads(base64.b64decode(header, validate=True))
    except ValueError as error:
        raise ValueError("Client context must be the base64 of a JSON object.") from error
    if not isinstance(context, dict):
        raise ValueError("Client context must be a JSON object.")  # noqa: TRY004 - one error for all bad headers
    return context


class _RefusalError(Exception):
    def __init__(self, response: Response) -> None:
        super().__init__(response.body.decode())
        self.response = response


def _refusal(status: int, name: str, message: str) -> _RefusalError:
    body = json.dumps({"Type": "User", "Message": message}).encode()
    return _RefusalError(
        Response(status, [("Content-Type", "application/json"), ("x-amzn-ErrorType", name)], body)
    )
