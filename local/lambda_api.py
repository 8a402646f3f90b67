"""Lambda's Invoke operation, so that the AWS CLI and the SDKs can call the function here."""

import json
import re
from collections import OrderedDict
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

from local.environment import FUNCTION_NAME, Environment, Event, Result, read_client_context, trace_header
from local.rest_api import ACCOUNT, Request, Response

if TYPE_CHECKING:
    from concurrent.futures import Future

PATH = re.compile(r"/2015-03-31/functions/(?P<name>[^/]+)/invocations")
_ARN = re.compile(
    r"(?:arn:[a-z-]+:lambda:[a-z0-9-]+:)?(?:\d{12}:)?(?:function:)?(?P<name>[\w-]+)(?::(?P<qualifier>.+))?"
)
_QUALIFIERS = ("$LATEST", "live")
_LARGEST_REQUEST_BYTES = {"RequestResponse": 6291556, "Event": 1048576}
_REMEMBERED = 100


class LambdaApi:
    """Answers Invoke for the one function there is; its alias `live` exists, too.

    What an asynchronous invocation came to is kept for a while: Lambda's destinations tell it in the cloud,
    `outcome` tells it here. A failed one is not tried again.
    """

    def __init__(self, environment: Environment, region: str) -> None:
        self._environment = environment
        self._region = region
        self._outcomes: OrderedDict[str, Future[Result]] = OrderedDict()

    def invoke(self, request: Request) -> Response:
        """Answer one Invoke request."""
        headers = {name.lower(): value for name, value in request.headers}
        kind = headers.get("x-amz-invocation-type", "RequestResponse")
        url = urlsplit(request.target)
        try:
            arn = self._function_arn(url.path, url.query)
            if kind not in ("RequestResponse", "Event", "DryRun"):
                raise _refusal(400, "InvalidParameterValueException", f"Unsupported invocation type: {kind}")
            event = self._event(request.body, headers, arn, kind)
        except _RefusalError as refusal:
            return refusal.response
        if kind == "DryRun":
            return Response(204, [], b"")
        if kind == "Event":
            self._remember(event.request_id, self._environment.submit(event))
            return Response(202, [("x-amzn-RequestId", event.request_id)], b"")
        result = self._environment.invoke(event)
        return Response(
            200,
            [
                ("Content-Type", "application/json"),
                ("x-amzn-RequestId", event.request_id),
                ("X-Amz-Executed-Version", "$LATEST"),
                *([("X-Amz-Function-Error", "Unhandled")] if result.failed else []),
            ],
            result.payload,
        )

    def outcome(self, request_id: str, patience_seconds: float) -> Response:
        """Wait for what an asynchronous invocation comes to."""
        if request_id not in self._outcomes:
            return _refusal(404, "ResourceNotFoundException", "No such invocation.").response
        try:
            result = self._outcomes[request_id].result(patience_seconds)
        except TimeoutError:
            return Response(202, [], b"")
        failed = [("X-Amz-Function-Error", "Unhandled")] if result.failed else []
        return Response(200, [("Content-Type", "application/json"), *failed], result.payload)

    def _function_arn(self, path: str, query: str) -> str:
        found = PATH.fullmatch(path)
        asked = unquote(found["name"]) if found else path
        parts = _ARN.fullmatch(asked)
        qualifier = parse_qs(query).get("Qualifier", [parts and parts["qualifier"]])[0]
        arn = f"arn:aws:lambda:{self._region}:{ACCOUNT}:function:"
        if not parts or parts["name"] != FUNCTION_NAME or qualifier not in (None, *_QUALIFIERS):
            wanted = f"{parts['name'] if parts else asked}{f':{qualifier}' if qualifier else ''}"
            message = f"Function not found: {arn}{wanted}. This one is named {FUNCTION_NAME}."
            raise _refusal(404, "ResourceNotFoundException", message)
        return f"{arn}{FUNCTION_NAME}{f':{qualifier}' if qualifier else ''}"

    def _event(self, body: bytes, headers: dict[str, str], arn: str, kind: str) -> Event:
        payload = body or b"{}"
        limit = _LARGEST_REQUEST_BYTES.get(kind)
        if limit and len(payload) > limit:
            size = f"{len(payload)} byte payload"
            message = f"{size} is too large for the {kind} invocation type (limit {limit} bytes)"
            raise _refusal(413, "RequestTooLargeException", message)
        try:
            json.loads(payload)
            context = read_client_context(headers.get("x-amz-client-context"))
        except ValueError as error:
            message = f"Could not parse request body into json: {error}"
            raise _refusal(400, "InvalidRequestContentException", message) from error
        trace = headers.get("x-amzn-trace-id") or trace_header()
        return Event(payload, arn, client_context=context, trace_header=trace)

    def _remember(self, request_id: str, result: "Future[Result]") -> None:
        self._outcomes[request_id] = result
        while len(self._outcomes) > _REMEMBERED:
            self._outcomes.popitem(last=False)


class _RefusalError(Exception):
    def __init__(self, response: Response) -> None:
        super().__init__(response.body.decode())
        self.response = response


def _refusal(status: int, name: str, message: str) -> _RefusalError:
    body = json.dumps({"Type": "User", "Message": message}).encode()
    return _RefusalError(
        Response(status, [("Content-Type", "application/json"), ("x-amzn-ErrorType", name)], body)
    )
