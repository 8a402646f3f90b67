"""The board as a page: the local gateway does what a CloudWatch dashboard does with a custom widget."""

import functools
import html
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from local.common.identifiers import ACCOUNT
from local.common.service_model import service_model
from local.gateway.http_messages import Response

PATH = "/"
# The REST API has this path too: browsers, which accept HTML, get the page, and all others the API's JSON.
TRENDS_PATH = "/trends"
REFRESH_SECONDS = 10
# Only the page's own styles are allowed: no script runs, even if the board failed to escape something.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action "
# A form would be emptied while somebody fills it in, and trends change slowly.
_SLOW_REFRESH_SECONDS = 60
# The one parameter that belongs to the page and not to the widget.
_THEME = "theme"
_FLEET = "fleet"
_TRENDS = "trends"
# Parameters that only one of the views has.
_OF_THE_BOARD = ("statusEquals", "maxResults", "nextToken", "sortBy", "sortOrder")
_LINKS = (
    ("Overview", "/overview"),
    ("Jobs as JSON", "/model-customization-jobs"),
    ("OpenAPI", "/openapi.json"),
)
_FLEET_LINKS = (
    ("Overview", "/fleet/overview"),
    ("Coverage", "/fleet/coverage"),
    ("Jobs as JSON", "/fleet/model-customization-jobs"),
    ("OpenAPI", "/openapi.json"),
)
_FIELDS = (("account", "Account", "[0-9]{12}"), ("region", "Region", "[a-z]{2,}(-[a-z]+)+-[0-9]+"))


class BoardPage:
    """One request for the page: builds the event for the function, and the page from its answer.

    Parameters
    ----------
    target : str
        The request's path and query. The query holds the widget's parameters and `theme`: light or dark.
    """

    def __init__(self, target: str) -> None:
        self._parameters = parse_qs(urlsplit(target).query, keep_blank_values=True)
        self._theme = self._parameters.pop(_THEME, [""])[0]
        self._is_trends = urlsplit(target).path == TRENDS_PATH
        self._is_fleet = _FLEET in self._parameters
        # The form sends its empty fields too.
        for name, *_ in _FIELDS if self._is_fleet else ():
            if self._parameters.get(name) == [""]:
                del self._parameters[name]

    def event(self) -> dict[str, Any]:
        """Build the event that a dashboard sends: the widget's parameters and its context."""
        now = int(time.time() * 1000)
        parameters = {name: _json_value(values) for name, values in self._parameters.items()}
        if self._parameters.get(_FLEET) == ["true"]:
            parameters[_FLEET] = True
        if self._is_trends:
            parameters[_TRENDS] = True
        return {
            **parameters,
            "widgetContext": {
                "dashboardName": "local",
                "widgetId": "widget-1",
                "accountId": ACCOUNT,
                "locale": "en",
                "timezone": {"label": "UTC", "offsetISO": "+00:00", "offsetInMinutes": 0},
                "period": 300,
                "isAutoPeriod": True,
                "timeRange": {"mode": "relative", "start": now - 10_800_000, "end": now},
                # A dashboard sends its own theme; by default this page follows the browser's.
                "theme": self._theme or "auto",
                "linkCharts": True,
                "title": "Model customization jobs",
                "forms": {"all": {}},
                "params": parameters,
                "width": 1200,
                "height": 800,
            },
        }

    def response(self, answer: Any) -> Response:
        """Put the function's HTML into the page."""
        if not isinstance(answer, str):
            return self.failure("The function did not return HTML.")
        return self._page(200, answer)

    def failure(self, reason: str) -> Response:
        """Return a page that says why there is no board."""
        return self._page(502, f"<p>{html.escape(reason)}</p>")

    def _page(self, status: int, board: str) -> Response:
        theme = self._theme if self._theme in ("light", "dark") else "auto"
        refresh = _SLOW_REFRESH_SECONDS if self._is_fleet or self._is_trends else REFRESH_SECONDS
        page = f"""<!doctype html>
<html lang="en" class="{theme}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="{refresh}">
<title>Model customization jobs</title>
<style>{_style()}</style>
</head>
<body>
<header><h1>Model customization jobs</h1>{self._view_links()}{self._status_links()}</header>
{self._form()}<main>{board}</main>
<footer><span>Refreshes every {refresh} seconds</span>{self._more_links()}</footer>
</body>
</html>
"""
        headers = [
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Security-Policy", _POLICY + ("'self'" if self._is_fleet else "'none'")),
            ("Cache-Control", "no-store"),
        ]
        return Response(status, headers, page.encode())

    def _form(self) -> str:
        """Return a form for the account and the region of the fleet's board, keeping the other filters."""
        if not self._is_fleet:
            return ""
        fields = "".join(
            f'<label>{label} <input name="{name}" pattern="{pattern}" '
            f'value="{html.escape(self._parameters.get(name, [""])[0])}"></label>'
            for name, label, pattern in _FIELDS
        )
        shown = {"nextToken", *(name for name, *_ in _FIELDS)}
        kept = {name: values for name, values in self._parameters.items() if name not in shown}
        kept |= {_THEME: [self._theme]} if self._theme else {}
        hidden = "".join(
            f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
            for name, values in kept.items()
            for value in values
        )
        return f'<form action="{PATH}" method="get">{hidden}{fields}<button>Filter</button></form>\n'

    def _more_links(self) -> str:
        links = _FLEET_LINKS if self._is_fleet else _LINKS
        joined = "".join(f'<a href="{path}">{name}</a>' for name, path in links)
        return f'<nav aria-label="More">{joined}</nav>'

    def _view_links(self) -> str:
        """Link to the other view, keeping the filters. The trends are not of the fleet."""
        if self._is_fleet:
            return ""
        kept = {name: values for name, values in self._parameters.items() if name not in _OF_THE_BOARD}
        kept |= {_THEME: [self._theme]} if self._theme else {}
        query = f"?{urlencode(kept, doseq=True)}" if kept else ""
        links = "".join(
            f'<a href="{html.escape(path + query)}"{" aria-current=page" if is_current else ""}>{name}</a>'
            for path, name, is_current in (
                (PATH, "Jobs", not self._is_trends),
                (TRENDS_PATH, "Last 90 days", self._is_trends),
            )
        )
        return f'<nav aria-label="View">{links}</nav>'

    def _status_links(self) -> str:
        """Link to each status, keeping the other filters."""
        if self._is_trends:
            return ""
        current = self._parameters.get("statusEquals", [None])[0]
        links = "".join(
            f'<a href="{html.escape(self._href(status))}"{" aria-current=page" if status == current else ""}>'
            f"{html.escape(_label(status))}</a>"
            for status in (None, *_statuses())
        )
        return f'<nav aria-label="Status">{links}</nav>'

    def _href(self, status: str | None) -> str:
        kept: Mapping[str, Sequence[str]] = {
            name: values
            for name, values in self._parameters.items()
            if name not in ("statusEquals", "nextToken")
        }
        query = {
            **kept,
            **({"statusEquals": [status]} if status else {}),
            **({_THEME: [self._theme]} if self._theme else {}),
        }
        return f"{PATH}?{urlencode(query, doseq=True)}" if query else PATH


def _json_value(values: Sequence[str]) -> Any:
    """Convert a query parameter to the type that it has in a dashboard's JSON."""
    if len(values) != 1:
        return list(values)
    text = values[0]
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else text  # noqa: PLR2004 - no giant


def _statuses() -> Sequence[str]:
    shape: Any = service_model().operation_model("ListModelCustomizationJobs").input_shape
    statuses: Sequence[str] = shape.members["statusEquals"].enum
    return statuses


def _label(status: str | None) -> str:
    return {None: "All", "InProgress": "In progress"}.get(status, status or "")


@functools.cache
def _style() -> str:
    return Path(__file__).with_suffix(".css").read_text(encoding="utf-8")
