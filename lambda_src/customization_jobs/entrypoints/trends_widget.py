"""The trends as a custom widget: widgets with the parameter `trends: true`."""

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from customization_jobs.entrypoints.widget_context import WidgetContext
from customization_jobs.errors import Problem, ValidationException
from customization_jobs.listing.inputs import shortened
from customization_jobs.reports.trends import TrendsReport
from customization_jobs.reports.trends_view import render_trends
from customization_jobs.timeouts import invocation_deadline

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

# Nobody waits longer for a picture. One call to Bedrock may still follow, and take its time.
_SECONDS = 8.0


class TrendsWidget:
    """Renders the trends.

    Parameters
    ----------
    call_seconds : float
        Longest duration of one call to Bedrock.
    """

    def __init__(
        self,
        report: TrendsReport,
        *,
        call_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._report = report
        self._call_seconds = call_seconds
        self._clock = clock

    def render(
        self, given: Mapping[str, Any], shown: WidgetContext, context: "LambdaContext", links: str
    ) -> str:
        """Return the trends of the jobs that the widget's parameters select as HTML.

        Parameters
        ----------
        given : mapping
            The parameters.
        links : str
            HTML of links to other views.

        Raises
        ------
        CustomizationJobsError
            As `TrendsReport.make`.
        """
        filters = {name: given[name] for name in given if name != "trends"}
        query, problems = self._report.contract.check_json(filters)
        if given["trends"] is not True:
            problems.insert(0, Problem("trends", shortened(given["trends"]), "true, or omit it"))
        if problems:
            raise ValidationException.from_problems(problems)
        deadline = invocation_deadline(context, self._call_seconds).within(_SECONDS, self._clock)
        trends = self._report.make(query, deadline)
        return render_trends(trends, filters=filters, theme=shown.theme, width=shown.width, links=links)
