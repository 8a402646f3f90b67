"""The board as a page for browsers: the route /board of the HTTP API."""

import html
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from customization_jobs.entrypoints.http_answer import Answer, error_headers, proxy_answer
from customization_jobs.entrypoints.http_request import HttpRequest
from customization_jobs.entrypoints.paths import (
    FLEET_COVERAGE_PATH,
    FLEET_JOBS_PATH,
    FLEET_OVERVIEW_PATH,
    JOBS_PATH,
    OPENAPI_PATH,
    OVERVIEW_PATH,
)
from customization_jobs.entrypoints.view_request import FLEET, TRENDS, ViewRequest
from customization_jobs.entrypoints.views import Views
from customization_jobs.entrypoints.widget_context import WidgetContext
from customization_jobs.errors import CustomizationJobsError, encodable
from customization_jobs.reports.board_cells import status_mark
from customization_jobs.reports.page import Link, Page, content_security_policy
from customization_jobs.timeouts import Deadline

# The one parameter that belongs to the page and not to the view.
_THEME = "theme"
_WIDTH = 1200
_JOBS = "jobs"
# Seconds until a page reloads. Reloading empties the fleet's form while somebody fills it in, and trends
# change slowly.
_REFRESH = {_JOBS: 30, FLEET: 60, TRENDS: 300}
_MORE = (("Overview", OVERVIEW_PATH), ("Jobs as JSON", JOBS_PATH), ("OpenAPI", OPENAPI_PATH))
_MORE_OF_FLEET = (
    ("Overview", FLEET_OVERVIEW_PATH),
    ("Coverage", FLEET_COVERAGE_PATH),
    ("Jobs as JSON", FLEET_JOBS_PATH),
    ("OpenAPI", OPENAPI_PATH),
)
# Name, label and pattern of the fields of the fleet's form.
_FIELDS = (("account", "Account", "[0-9]{12}"), ("region", "Region", "[a-z]{2,}(-[a-z]+)+-[0-9]+"))
_OF_THE_FLEET = tuple(name for name, *_ in _FIELDS)

Query = Mapping[str, Sequence[str]]


class BoardPage:
    """Answers requests for the page. Its query string has the parameters of a widget, and `theme`.

    Parameters
    ----------
    statuses : sequence of str
        The known statuses of jobs.
    """

    def __init__(self, views: Views, statuses: Sequence[str]) -> None:
        self._views = views
        self._statuses = statuses

    def answer(self, request: HttpRequest, deadline: Deadline) -> Answer:
        """Return the page that the request selects.

        Raises
        ------
        CustomizationJobsError
            As `Views.render`.
        """
        given = _given(request.query)
        theme = request.query.get(_THEME, [""])[0]
        kept = {_THEME: [theme]} if theme else {}
        shown = ViewRequest.from_text(given, WidgetContext(theme, _WIDTH))
        view = self._views.render(shown, deadline)
        is_fleet = shown.view == FLEET
        page = Page(
            theme,
            _REFRESH[shown.view or _JOBS],
            self._navigation(shown, given, kept),
            [Link(name, path.removeprefix("/")) for name, path in (_MORE_OF_FLEET if is_fleet else _MORE)],
            _form(given, kept) if is_fleet else "",
        )
        headers = _headers(has_form=is_fleet)
        return proxy_answer(HTTPStatus.OK, encodable(page.render(view)), headers)

    def answer_error(self, error: CustomizationJobsError, more: Mapping[str, str]) -> Answer:
        """Return a page that says why there is no board, and links to the board of all jobs.

        Parameters
        ----------
        more : mapping of str to str
            Further headers.
        """
        page = Page(refresh_seconds=_REFRESH[_JOBS] if error.retry_helps else None, more=[Link("Jobs", "?")])
        view = self._views.render_error(error, page.theme)
        headers = {**error_headers(error), **more, **_headers(has_form=False)}
        return proxy_answer(error.http_status, encodable(page.render(view)), headers)

    def _navigation(self, shown: ViewRequest, given: Query, kept: Query) -> Mapping[str, Sequence[Link]]:
        views = {"View": self._view_links(shown, kept)}
        return views if shown.view == TRENDS else {**views, "Status": self._status_links(given, kept)}

    def _view_links(self, shown: ViewRequest, kept: Query) -> Sequence[Link]:
        """Link to the other views, keeping the filters."""
        filters = {name: values for name, values in shown.filters.items() if name not in _OF_THE_FLEET}
        links = [
            Link("Jobs", _address(filters, kept), shown.view is None),
            Link("Last 90 days", _address({TRENDS: ["true"]}, filters, kept), shown.view == TRENDS),
        ]
        if self._views.has_fleet:
            links.append(Link("Fleet", _address({FLEET: ["true"]}, filters, kept), shown.view == FLEET))
        return links

    def _status_links(self, given: Query, kept: Query) -> Sequence[Link]:
        """Link to each status, keeping the other filters."""
        name = "statusEquals"
        others = {each: values for each, values in given.items() if each not in (name, "nextToken")}
        current = given.get(name)
        of_statuses = (
            Link(status_mark(status).words, _address(others, {name: [status]}, kept), current == [status])
            for status in self._statuses
        )
        return [Link("All", _address(others, kept), current is None), *of_statuses]


def _given(query: Query) -> Query:
    """Return the parameters of the view."""
    given = {name: values for name, values in query.items() if name != _THEME}
    if FLEET in given:
        # The form sends its empty fields too.
        return {name: v for name, v in given.items() if name not in _OF_THE_FLEET or list(v) != [""]}
    return given


def _form(given: Query, kept: Query) -> str:
    """Return a form for the account and the region of the fleet's board, keeping the other filters."""
    fields = "".join(
        f'<label>{label} <input name="{name}" pattern="{pattern}" '
        f'value="{html.escape(given.get(name, [""])[0])}"></label>'
        for name, label, pattern in _FIELDS
    )
    others = {name: values for name, values in given.items() if name not in ("nextToken", *_OF_THE_FLEET)}
    hidden = "".join(
        f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
        for name, value in _pairs((others, kept))
    )
    return f'<form method="get">{hidden}{fields}<button>Filter</button></form>\n'


def _address(*queries: Query) -> str:
    """Return the address of this page with another query string."""
    return f"?{urlencode(list(_pairs(queries)), errors='replace')}"


def _pairs(queries: Iterable[Query]) -> Iterable[tuple[str, str]]:
    for query in queries:
        for name, values in query.items():
            yield from ((name, value) for value in values)


def _headers(*, has_form: bool) -> dict[str, Any]:
    return {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": content_security_policy(has_form=has_form),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }
