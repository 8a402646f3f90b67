"""Renders what a route found in the form that the client requests: the bytes and headers of the answer."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, urlencode

from customization_jobs.entrypoints.http_request import HttpRequest
from customization_jobs.entrypoints.paths import OPENAPI_PATH
from customization_jobs.errors import (
    CustomizationJobsError,
    NotAcceptableException,
    ValidationException,
    encodable,
)

if TYPE_CHECKING:
    from customization_jobs.listing.fields import Fields

JSON, CSV, NDJSON = "application/json", "text/csv", "application/x-ndjson"
# In the order that applies to clients without a preference.
CONTENT_TYPES = {JSON: JSON, CSV: f"{CSV}; charset=utf-8; header=present", NDJSON: NDJSON}
# The parameters of media types that a client may request. JSON is always in UTF-8.
_OFFERED = {
    JSON: {"charset": "utf-8"},
    CSV: {"charset": "utf-8", "header": "present"},
    NDJSON: {"charset": "utf-8"},
}
# Values of `Accept` that are known to prefer JSON.
_PREFERRING_JSON = (None, "", "*/*", JSON)

Answer = dict[str, Any]
Headers = dict[str, str]


class Rows(NamedTuple):
    """The rows of CSV and the lines of NDJSON.

    Attributes
    ----------
    name : str
        The field of the answer that lists them.
    fields : callable
        Returns the fields that a row can have; see `FieldNames`.
    selected : Fields or None
        The fields that a row has. None: all.
    """

    name: str
    fields: Callable[[], Iterable[str]]
    selected: "Fields | None" = None


class Content(NamedTuple):
    """What a route found, before it is rendered.

    Attributes
    ----------
    name : str
        Name of a file that contains it.
    data : mapping
        The answer. Empty if the received JSON is passed on unparsed.
    received : bytes or None
        The JSON as received, unless `data` was changed or made here.
    rows : Rows or None
        None: `data` is one line of NDJSON, and each figure in it is a row of CSV.
    next_token : str or None
        Where the next page begins, if there is one.
    coverage : mapping or None
        The coverage summary of a fleet.
    is_dated : bool
        Whether the data contains the current time, so that it always differs.
    age_seconds : int or None
        How long ago it was requested from Bedrock, if it comes from a cache.
    """

    name: str
    data: Mapping[str, Any]
    received: bytes | None = None
    rows: Rows | None = None
    next_token: str | None = None
    coverage: Mapping[str, Any] | None = None
    is_dated: bool = False
    age_seconds: int | None = None

    def changed(self, data: Mapping[str, Any]) -> "Content":
        """Return the same with other data."""
        return self._replace(data=data, received=None)

    def only(self, fields: "Fields | None") -> "Content":
        """Return the same with only these fields of the answer, or with all."""
        return self if fields is None else self.changed(fields.of(self.data))


def choose_form(accept: str | None) -> str:
    """Return the media type that an `Accept` header prefers, by default JSON.

    Raises
    ------
    NotAcceptableException
        No offered media type is acceptable.
    """
    if accept in _PREFERRING_JSON:
        return JSON
    from customization_jobs.entrypoints.negotiation import preferred  # noqa: PLC0415 - not for plain JSON

    form = preferred(str(accept), _OFFERED)
    if form is None:
        forms = ", ".join(CONTENT_TYPES)
        raise NotAcceptableException(f"The header Accept allows none of the forms of this answer: {forms}.")
    return form


def success(request: HttpRequest, content: Content, form: str, more: Mapping[str, str]) -> Answer:
    """Return the answer with status 200; 304 without a body if `If-None-Match` has its tag.

    Parameters
    ----------
    form : str
        One of `CONTENT_TYPES`.
    more : mapping of str to str
        Further headers.
    """
    body = _body(content, form)
    # Sent with 304 too: the coverage can change when the rows do not, and API Gateway adds a type if none is
    # sent.
    headers: Headers = {"Content-Type": CONTENT_TYPES[form], **more}
    if form == CSV:
        headers["Content-Disposition"] = f'attachment; filename="{content.name}.csv"'
    if form != JSON:
        headers |= _what_rows_leave_out(request, content)
    if content.age_seconds is not None:
        headers["Age"] = str(content.age_seconds)
    if not content.is_dated:
        # Strong, and thus different for different forms, even if the bytes were the same.
        # MD5 takes two thirds of the time of BLAKE2, and nobody gains by a forged tag.
        digest = hashlib.md5(body, usedforsecurity=False)
        digest.update(form.encode())
        etag = f'"{digest.hexdigest()}"'
        headers["ETag"] = etag
        if _is_known(request.headers.get("if-none-match"), etag):
            return proxy_answer(HTTPStatus.NOT_MODIFIED, "", headers)
    return proxy_answer(HTTPStatus.OK, body.decode(), headers)


def failure(error: CustomizationJobsError, base_path: str, more: Mapping[str, str]) -> Answer:
    """Return a problem (RFC 9457) that Bedrock's clients read as the exception that its `title` names.

    Parameters
    ----------
    base_path : str
        The path of the API's root.
    more : mapping of str to str
        Further headers.
    """
    name = type(error).__name__
    problem: dict[str, Any] = {
        "message": str(error),
        # Relative to the request's host, so that it leads to this API's document on every domain.
        "type": f"{base_path}{OPENAPI_PATH}#/components/schemas/{name}",
        "title": name,
        "status": error.http_status,
        "detail": str(error),
    }
    if isinstance(error, ValidationException) and error.problems:
        problem["problems"] = [
            {"parameter": each.parameter, "sent": each.sent, "allowed": each.allowed}
            for each in error.problems
        ]
    headers: Headers = {"Content-Type": "application/problem+json", **error_headers(error), **more}
    return proxy_answer(error.http_status, _json(problem), headers)


def error_headers(error: CustomizationJobsError) -> Headers:
    """Return the headers of an error in any form."""
    headers: Headers = {"x-amzn-ErrorType": type(error).__name__}
    if seconds := error.choose_retry_after():
        headers["Retry-After"] = str(seconds)
    return headers


def proxy_answer(status: int, body: str, headers: Mapping[str, str]) -> Answer:
    """Return an answer in the form of both payload versions.

    An answer to HEAD has a body too: API Gateway does not send it, but makes its length the `Content-Length`.
    """
    return {"statusCode": int(status), "headers": headers, "body": body, "isBase64Encoded": False}


def _body(content: Content, form: str) -> bytes:
    if form == JSON:
        return _json(content.data).encode() if content.received is None else content.received
    rows = [content.data] if content.rows is None else content.data.get(content.rows.name, ())
    if form == NDJSON:
        return "".join(f"{_json(row)}\n" for row in rows).encode()
    from customization_jobs.entrypoints.tables import figures, table  # noqa: PLC0415 - not for plain JSON
    from customization_jobs.listing.fields import FieldNames  # noqa: PLC0415 - as above

    if content.rows is None:
        return figures(content.data).encode()
    return table(FieldNames(content.rows.fields()).columns(content.rows.selected), rows).encode()


def _what_rows_leave_out(request: HttpRequest, content: Content) -> Headers:
    """Return the next page and the coverage, which are not part of rows."""
    headers: Headers = {}
    if token := content.next_token:
        query = urlencode({**request.query, "nextToken": [token]}, doseq=True, errors="replace")
        headers["Link"] = f'<{quote(request.base_url, safe="/:[]")}{request.path}?{query}>; rel="next"'
        # Bedrock does not document the characters of its tokens, and a header allows only some. The link
        # takes all.
        if token.isascii() and token.isprintable():
            headers["Next-Token"] = token
    if coverage := content.coverage:
        states = "".join(f"; {state}={number}" for state, number in coverage["byState"].items())
        word = "complete" if coverage["complete"] else "incomplete"
        headers["Coverage"] = f"{word}; sources={coverage['sources']}{states}"
    return headers


def _is_known(if_none_match: str | None, etag: str) -> bool:
    if not if_none_match:
        return False
    from customization_jobs.entrypoints.etags import is_known  # noqa: PLC0415 - only with the header

    return is_known(if_none_match, etag)


def _json(body: Any) -> str:
    # Lone surrogates become JSON's own escapes.
    return encodable(json.dumps(body, separators=(",", ":"), ensure_ascii=False))
