"""A request of API Gateway: method, path, query string and address, from either payload version."""

import base64
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qs

from customization_jobs.errors import Problem, ValidationException, encodable
from customization_jobs.listing.inputs import FIELDS

if TYPE_CHECKING:
    from customization_jobs.listing.fields import Fields

# OpenID Connect limits a subject to 255 characters. The ARN of a role's session has fewer than this.
_MAX_PRINCIPAL_LENGTH = 300


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
    headers : mapping of str to str
        By names in lower case. Values of a repeated header are joined by commas.
    has_token : bool
        Whether API Gateway has authorized the request by a JWT.
    """

    method: str
    path: str
    query: Mapping[str, Sequence[str]]
    base_url: str
    headers: Mapping[str, str]
    has_token: bool = False

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> "HttpRequest":
        """Read a proxy event of a REST API (payload 1.0), an HTTP API or a function URL (payload 2.0)."""
        # Parameters named X-Amz-* sign a presigned URL. API Gateway has checked the signature.
        query = {name: values for name, values in _query(event).items() if not name.startswith("X-Amz-")}
        has_token = bool(_authorized_by("jwt", event))
        return cls(method_of(event), path_of(event), query, _base_url(event), headers_of(event), has_token)

    @property
    def inputs(self) -> Mapping[str, Sequence[str]]:
        """The query without `fields`."""
        return {name: values for name, values in self.query.items() if name != FIELDS}

    def select_fields(
        self, names: Callable[[], Iterable[str]], problems: Sequence[Problem], always: Sequence[str] = ()
    ) -> "Fields | None":
        """Return the fields that the request selects; None, for all fields, if it selects none.

        Parameters
        ----------
        names : callable
            Returns the available fields; see `FieldNames`.
        problems : sequence of Problem
            Problems of the other inputs.

        Raises
        ------
        ValidationException
            Describes all problems, of the other inputs and of the fields.
        """
        fields = None
        if FIELDS in self.query:
            from customization_jobs.listing.fields import FieldNames  # noqa: PLC0415 - not for plain JSON

            fields, wrong = FieldNames(names(), always=always).select_text(self.query[FIELDS])
            problems = [*problems, *wrong]
        if problems:
            raise ValidationException.from_problems(problems)
        return fields


def path_of(event: Mapping[str, Any]) -> str:
    """Return the path of a proxy event, which may be malformed, without the stage."""
    without_stage = _sent_path(event).removeprefix(base_path(event))
    path = event.get("path") if "httpMethod" in event else without_stage
    return path if isinstance(path, str) and path else "/"


def method_of(event: Mapping[str, Any]) -> str:
    """Return the method of a proxy event, which may be malformed."""
    http = event["requestContext"].get("http")
    method = event.get("httpMethod") or (http.get("method") if isinstance(http, Mapping) else None)
    return method if isinstance(method, str) else ""


def headers_of(event: Mapping[str, Any]) -> dict[str, str]:
    """Return the headers of a proxy event, which may be malformed, by names in lower case."""
    # Payload 1.0 has every value of a repeated header in this map only.
    multiple, single = event.get("multiValueHeaders"), event.get("headers")
    if isinstance(multiple, Mapping):
        return {
            name.lower(): ", ".join(map(str, values))
            for name, values in multiple.items()
            if isinstance(values, list)
        }
    given = single if isinstance(single, Mapping) else {}
    return {name.lower(): value for name, value in given.items() if isinstance(value, str)}


def body_of(event: Mapping[str, Any]) -> bytes:
    """Return the body of a proxy event, which may be malformed; empty if it has none."""
    body = event.get("body")
    if not isinstance(body, str):
        return b""
    try:
        return base64.b64decode(body) if event.get("isBase64Encoded") else body.encode()
    except ValueError:
        # Lone surrogates, or no base64: only a hand-written event has them.
        return b""


def base_path(event: Mapping[str, Any]) -> str:
    """Return the path of the API's root, such as `/prod`, from a proxy event, which may be malformed.

    The path of a request starts with the stage, except for the default stage and behind custom domains.
    """
    stage = f"/{event['requestContext'].get('stage')}"
    return stage if _sent_path(event).startswith(f"{stage}/") else ""


def principal_of(event: Mapping[str, Any]) -> str | None:
    """Return who sent a request, from a proxy event, which may be malformed; None if the event does not say.

    With a JWT, it is the claim `sub`; with a signature, the ARN of the user or of the role's session.
    """
    claims = _authorized_by("jwt", event).get("claims")
    if isinstance(claims, Mapping):
        principal = claims.get("sub")
    else:
        identity = event["requestContext"].get("identity")
        signed = identity if isinstance(identity, Mapping) else _authorized_by("iam", event)
        principal = signed.get("userArn")
    return encodable(principal[:_MAX_PRINCIPAL_LENGTH]) if principal and isinstance(principal, str) else None


def _authorized_by(kind: str, event: Mapping[str, Any]) -> Mapping[str, Any]:
    authorizer = event["requestContext"].get("authorizer")
    found = authorizer.get(kind) if isinstance(authorizer, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _sent_path(event: Mapping[str, Any]) -> str:
    path = event["requestContext"].get("path") if "httpMethod" in event else event.get("rawPath")
    return path if isinstance(path, str) else ""


def _base_url(event: Mapping[str, Any]) -> str:
    domain = event["requestContext"].get("domainName")
    if not isinstance(domain, str):
        return base_path(event)
    headers = event.get("headers") or {}
    # API Gateway always sets this header to https. The local gateway serves http.
    is_http = "http" in (headers.get("X-Forwarded-Proto"), headers.get("x-forwarded-proto"))
    return f"{'http' if is_http else 'https'}://{domain}{base_path(event)}"


def _query(event: Mapping[str, Any]) -> Mapping[str, Sequence[str]]:
    if "rawQueryString" in event:
        # Payload 2.0 also has a map, but joins repeated values with commas, which values can contain too.
        return parse_qs(event["rawQueryString"], keep_blank_values=True)
    if multiple := event.get("multiValueQueryStringParameters"):
        values: Mapping[str, Sequence[str]] = multiple
        return values
    # API Gateway sends both maps or neither; a hand-written event may have only this one.
    return {name: [value] for name, value in (event.get("queryStringParameters") or {}).items()}
