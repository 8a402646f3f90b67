"""A request of API Gateway: method, path, query string and address, from either payload version."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import parse_qs


class HttpRequest(NamedTuple):
    """A request.

    Attributes
    ----------
    path : str
        Without the stage.
    query : mapping of str to sequence of str
        Every value of each name.
    base_url : str
        Address of the API's root, without a slash at the end, such as
        `https://abc.execute-api.us-east-1.amazonaws.com/prod`; empty if the event has no domain.
    """

    method: str
    path: str
    query: Mapping[str, Sequence[str]]
    base_url: str

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> "HttpRequest":
        """Read a proxy event of a REST API (payload 1.0), an HTTP API or a function URL (payload 2.0)."""
        # Parameters named X-Amz-* sign a presigned URL. API Gateway has checked the signature.
        query = {name: values for name, values in _query(event).items() if not name.startswith("X-Amz-")}
        without_stage = _sent_path(event).removeprefix(base_path(event))
        path = event.get("path") if "httpMethod" in event else without_stage
        return cls(method_of(event), path or "/", query, _base_url(event))


def method_of(event: Mapping[str, Any]) -> str:
    """Return the method of a proxy event, which may be malformed."""
    http = event["requestContext"].get("http")
    method = event.get("httpMethod") or (http.get("method") if isinstance(http, Mapping) else None)
    return method if isinstance(method, str) else ""


def base_path(event: Mapping[str, Any]) -> str:
    """Return the path of the API's root, such as `/prod`, from a proxy event, which may be malformed.

    The path of a request starts with the stage, except for the default stage and behind custom domains.
    """
    stage = f"/{event['requestContext'].get('stage')}"
    return stage if _sent_path(event).startswith(f"{stage}/") else ""


def _sent_path(event: Mapping[str, Any]) -> str:
    path = event["requestContext"].get("path") if "httpMethod" in event else event.get("rawPath")
    return path if isinstance(path, str) else ""


def _base_url(event: Mapping[str, Any]) -> str:
    domain = event["requestContext"].get("domainName")
    if not isinstance(domain, str):
        return base_path(event)
    headers = event.get("headers") or {}
    # API Gateway sets it, always to https. The local gateway serves http.
    is_http = "http" in (headers.get("X-Forwarded-Proto"), headers.get("x-forwarded-proto"))
    return f"{'http' if is_http else 'https'}://{domain}{base_path(event)}"


def _query(event: Mapping[str, Any]) -> Mapping[str, Sequence[str]]:
    if "rawQueryString" in event:
        # The map of payload 2.0 joins repeated values with commas, which is ambiguous.
        return parse_qs(event["rawQueryString"], keep_blank_values=True)
    if multiple := event.get("multiValueQueryStringParameters"):
        values: Mapping[str, Sequence[str]] = multiple
        return values
    # API Gateway sends both maps or neither; a hand-written event may have only this one.
    return {name: [value] for name, value in (event.get("queryStringParameters") or {}).items()}
