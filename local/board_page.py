"""The board as a page of its own: what a dashboard does with a custom widget, done by the local gateway."""

import html
import time
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from local.constraints import service_model
from local.rest_api import ACCOUNT, Response

PATH = "/"
REFRESH_SECONDS = 10
# Nothing but the style in the page itself: were there a hole in the board, no script would come through it.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
# Of the page, not of the widget.
_THEME = "theme"
_LINKS = (
    ("Overview", "/overview"),
    ("Jobs as JSON", "/model-customization-jobs"),
    ("OpenAPI", "/openapi.json"),
)


class BoardPage:
    """One request for the page: the event for the function, and what becomes of its answer.

    Parameters
    ----------
    target : str
        The request's path and query. Its parameters are those of the widget, and `theme`: light or dark.
    """

    def __init__(self, target: str) -> None:
        self._given = parse_qs(urlsplit(target).query, keep_blank_values=True)
        self._theme = self._given.pop(_THEME, [""])[0]

    def event(self) -> dict[str, Any]:
        """Build the event that a dashboard sends, as AWS documents it, the parameters beside the context."""
        now = int(time.time() * 1000)
        parameters = {name: _typed(values) for name, values in self._given.items()}
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
                # A dashboard knows its theme, this page leaves it to the browser.
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
        """Put the function's HTML into a page."""
        if not isinstance(answer, str):
            return self.failure("The function did not answer with HTML.")
        return self._page(200, answer)

    def failure(self, why: str) -> Response:
        """Say that there is no board."""
        return self._page(502, f"<p>{html.escape(why)}</p>")

    def _page(self, status: int, board: str) -> Response:
        theme = self._theme if self._theme in ("light", "dark") else "auto"
        page = f"""<!doctype html>
<html lang="en" class="{theme}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="{REFRESH_SECONDS}">
<title>Model customization jobs</title>
<style>{_STYLE}</style>
</head>
<body>
<header><h1>Model customization jobs</h1><nav aria-label="Status">{self._filters()}</nav></header>
<main>{board}</main>
<footer><span>Refreshed every {REFRESH_SECONDS} seconds</span><nav aria-label="More">{_links()}</nav></footer>
</body>
</html>
"""
        headers = [
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Security-Policy", _POLICY),
            ("Cache-Control", "no-store"),
        ]
        return Response(status, headers, page.encode())

    def _filters(self) -> str:
        """Link to each status, whatever else the page is filtered by stays."""
        now = self._given.get("statusEquals", [None])[0]
        return "".join(
            f'<a href="{html.escape(self._href(status))}"{" aria-current=page" if status == now else ""}>'
            f"{html.escape(_words(status))}</a>"
            for status in (None, *_statuses())
        )

    def _href(self, status: str | None) -> str:
        kept: Mapping[str, Sequence[str]] = {
            name: values for name, values in self._given.items() if name not in ("statusEquals", "nextToken")
        }
        query = {
            **kept,
            **({"statusEquals": [status]} if status else {}),
            **({_THEME: [self._theme]} if self._theme else {}),
        }
        return f"{PATH}?{urlencode(query, doseq=True)}" if query else PATH


def _typed(values: Sequence[str]) -> Any:
    """Make of a parameter what a dashboard's JSON would have: a number is a number."""
    if len(values) != 1:
        return list(values)
    text = values[0]
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else text  # noqa: PLR2004 - no giant


def _statuses() -> Sequence[str]:
    shape: Any = service_model().operation_model("ListModelCustomizationJobs").input_shape
    statuses: Sequence[str] = shape.members["statusEquals"].enum
    return statuses


def _words(status: str | None) -> str:
    return {None: "All", "InProgress": "In progress"}.get(status, status or "")


def _links() -> str:
    return "".join(f'<a href="{path}">{name}</a>' for name, path in _LINKS)


_LIGHT = "--page:#f2f4f7;--card:#ffffff;--edge:#dfe3e8;--ink:#16191f;--dim:#5f6b7a;--accent:#0560b6"
_DARK = "--page:#0d131b;--card:#161d27;--edge:#2b3644;--ink:#e6e9ee;--dim:#98a5b5;--accent:#6cb6ff"
_STYLE = f"""
html{{{_LIGHT};color-scheme:light;background:var(--page);color:var(--ink)}}
html.dark{{{_DARK};color-scheme:dark}}
@media (prefers-color-scheme:dark){{html.auto{{{_DARK};color-scheme:dark}}}}
body{{max-width:1320px;margin:0 auto;padding:28px 24px;font:14px/1.5 "Helvetica Neue",Roboto,Arial,sans-serif}}
header{{display:flex;flex-wrap:wrap;gap:12px 24px;align-items:center;justify-content:space-between;margin-bottom:16px}}
h1{{margin:0;font-size:22px;font-weight:700;letter-spacing:-.01em}}
nav{{display:flex;flex-wrap:wrap;gap:4px}}
header nav a{{padding:5px 12px;border-radius:999px;color:var(--dim);text-decoration:none;font-size:13px}}
header nav a:hover{{color:var(--ink);background:var(--card)}}
header nav a[aria-current]{{color:var(--accent);background:var(--card);box-shadow:inset 0 0 0 1px var(--edge);font-weight:600}}
main{{background:var(--card);border:1px solid var(--edge);border-radius:12px;padding:16px 18px}}
footer{{display:flex;flex-wrap:wrap;gap:8px 24px;justify-content:space-between;margin-top:14px;color:var(--dim);font-size:12px}}
footer nav{{gap:16px}}
footer a{{color:var(--dim)}}
"""  # noqa: E501 - a rule a line
