"""The board's page, the one answer of the API that is not data."""

from collections.abc import Iterable
from typing import Any

from customization_jobs.entrypoints.view_request import TRENDS
from customization_jobs.listing.inputs import Input
from openapi.operations import parameter

_HTML: dict[str, Any] = {"text/html": {"schema": {"type": "string"}}}


def board_path(tag: str, inputs: Iterable[Input]) -> dict[str, Any]:
    """Return the path of the page."""
    trends = {"name": TRENDS, "in": "query", "description": "Shows the trends.", "schema": {"const": "true"}}
    theme = {"name": "theme", "in": "query", "schema": {"enum": ["light", "dark"]}}
    page = {"description": "A page without scripts.", "content": _HTML}
    error = {"description": "A page that says why there is no board.", "content": _HTML}
    return {
        "get": {
            "operationId": "GetBoard",
            "tags": [tag],
            "summary": "Get the board as a page",
            "description": "For browsers: the newest jobs that the parameters select. Errors are pages too.",
            "parameters": [*map(parameter, inputs), trends, theme],
            "responses": {"200": page, "4XX": error, "5XX": error},
        }
    }
