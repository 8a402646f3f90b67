"""A request of API Gateway: method, path and query string, from either payload version."""

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
    """

    method: str
    path: str
    query: Mapping[str, Sequence[str]]

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> "HttpRequest":
        """Read a proxy event of a REST API (payload 1.0), an HTTP API or a function URL (payload 2.0)."""
        # A presigned URL carries its signature beside the query; API Gateway has checked it.
        query = {name: values for name, values in _query(event).items() if not name.startswith("X-Amz-")}
        if "httpMethod" in event:
            return cls(event["httpMethod"], event.get("path") or "/", query)
        context = event["requestContext"]
        return cls(context["http"]["method"], _path_without_stage(event), query)


def _path_without_stage(event: Mapping[str, Any]) -> str:
    path, stage = event.get("rawPath") or "/", f"/{event['requestContext'].get('stage')}"
    # In payload 2.0 the path starts with the stage, except for the default stage and for custom domains.
    return path.removeprefix(stage) if path.startswith(f"{stage}/") else path


def _query(event: Mapping[str, Any]) -> Mapping[str, Sequence[str]]:
    if "rawQueryString" in event:
        # The map of payload 2.0 joins repeated values with commas, which is ambiguous.
        return parse_qs(event["rawQueryString"], keep_blank_values=True)
    if multiple := event.get("multiValueQueryStringParameters"):
        values: Mapping[str, Sequence[str]] = multiple
        return values
    # API Gateway sends both maps or neither; a hand-written event may have only this one.
    return {name: [value] for name, value in (event.get("queryStringParameters") or {}).items()}
