"""Answers that are not errors: the forms in which they can be sent, and their headers."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from customization_jobs.entrypoints.http_answer import CSV, JSON, NDJSON
from customization_jobs.listing.inputs import FIELDS

_TEXT = {"type": "string"}
_HEADERS: Mapping[str, dict[str, Any]] = {
    "ETag": {"description": "Identifies the bytes of the answer in this form.", "schema": _TEXT},
    "Vary": {"description": "The form depends on this header.", "schema": {"const": "Accept"}},
    "Link": {"description": "With CSV and NDJSON: the next page, if there is one.", "schema": _TEXT},
    "Next-Token": {"description": "With CSV and NDJSON: nextToken, if there are more.", "schema": _TEXT},
    "Content-Disposition": {"description": "With CSV: a file name.", "schema": _TEXT},
    "Age": {
        "description": "How many seconds ago Bedrock was asked, if the answer comes from the cache.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "Coverage": {
        "description": "With CSV and NDJSON: complete or incomplete, and the numbers of sources by state.",
        "schema": {"type": "string", "examples": ["incomplete; sources=6; listed=4; denied=1; late=1"]},
    },
}
_IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "description": "ETags of answers that the client has; one of them is answered with 304.",
    "schema": _TEXT,
}


class Answer(NamedTuple):
    """What a path answers if there is no error.

    Attributes
    ----------
    schema : mapping
        Schema of the JSON.
    row, line : str
        What a row of CSV and a line of NDJSON is; empty if there is JSON only.
    fields : sequence of str
        What `fields` can select.
    is_dated : bool
        Whether the answer has no ETag, because it contains the current time.
    can_be_cached : bool
        Whether the answer can come from the cache.
    """

    description: str
    schema: Mapping[str, Any]
    row: str = ""
    line: str = ""
    fields: tuple[str, ...] = ()
    has_pages: bool = False
    has_coverage: bool = False
    is_dated: bool = False
    can_be_cached: bool = False

    def parameters(self) -> list[dict[str, Any]]:
        """Return the parameters that choose how the answer is sent."""
        return [
            *([self._fields_parameter()] if self.fields else []),
            *([] if self.is_dated else [_IF_NONE_MATCH]),
        ]

    def responses(self) -> dict[str, Any]:
        """Return the responses that are not errors."""
        headers = self._headers()
        ok = {"description": self.description, "headers": headers, "content": self._content()}
        not_modified = {"description": "If-None-Match has the ETag of the answer.", "headers": headers}
        return {"200": ok} if self.is_dated else {"200": ok, "304": not_modified}

    def _headers(self) -> dict[str, Any]:
        are_sent = {
            "ETag": not self.is_dated,
            "Vary": bool(self.row),
            "Content-Disposition": bool(self.row),
            "Link": self.has_pages,
            "Next-Token": self.has_pages,
            "Coverage": self.has_coverage,
            "Age": self.can_be_cached,
        }
        return {name: _HEADERS[name] for name, is_sent in are_sent.items() if is_sent}

    def _content(self) -> dict[str, Any]:
        content: dict[str, Any] = {JSON: {"schema": dict(self.schema)}}
        if self.row:
            content[CSV] = {"schema": {**_TEXT, "description": f"A header, and a row for each {self.row}."}}
            content[NDJSON] = {"schema": {**_TEXT, "description": f"A line of JSON for {self.line}."}}
        return content

    def _fields_parameter(self) -> dict[str, Any]:
        return {
            "name": FIELDS,
            "in": "query",
            "description": "The fields to send. Without it, all are sent.",
            "style": "form",
            "explode": False,
            "schema": {"type": "array", "minItems": 1, "items": {"enum": list(self.fields)}},
        }
