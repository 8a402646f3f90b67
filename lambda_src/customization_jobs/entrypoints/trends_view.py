"""The trends as a view."""

import time
from collections.abc import Callable

from customization_jobs.entrypoints.view_request import ViewRequest
from customization_jobs.reports.trends import TrendsReport
from customization_jobs.reports.trends_view import render_trends
from customization_jobs.timeouts import Deadline

# Nobody waits longer for a chart. A call to Bedrock that begins before then may end later.
_SECONDS = 8.0


class TrendsView:
    """Renders the trends."""

    def __init__(self, report: TrendsReport, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._report = report
        self._clock = clock

    def render(self, request: ViewRequest, deadline: Deadline, links: str) -> str:
        """Return the trends of the jobs that the inputs select as HTML.

        Parameters
        ----------
        links : str
            HTML of links to other views.

        Raises
        ------
        CustomizationJobsError
            As `TrendsReport.make`.
        """
        query = request.check(self._report.contract)
        trends = self._report.make(query, deadline.within(_SECONDS, self._clock))
        shown = request.shown
        return render_trends(
            trends, filters=request.inputs, theme=shown.theme, width=shown.width, links=links
        )
