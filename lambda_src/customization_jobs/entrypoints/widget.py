"""CloudWatch dashboard custom widgets: the answer is the job board, or another view, as HTML.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/add_custom_widget_dashboard_about.html
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from customization_jobs.entrypoints.base import EntryPoint
from customization_jobs.entrypoints.shown_jobs import DEFAULT_JOBS
from customization_jobs.entrypoints.view_request import FLEET, TRENDS, ViewRequest
from customization_jobs.entrypoints.views import Views
from customization_jobs.entrypoints.widget_context import WidgetContext, parameters_of
from customization_jobs.errors import CustomizationJobsError
from customization_jobs.jobs import MODEL_CUSTOMIZATION
from customization_jobs.reports.frame import View, view_links
from customization_jobs.timeouts import invocation_deadline

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


class WidgetEntryPoint(EntryPoint):
    """Answers custom widgets.

    Parameters
    ----------
    call_seconds : float
        Longest duration of one call to Bedrock.
    """

    def __init__(self, views: Views, *, call_seconds: float) -> None:
        self._views = views
        self._call_seconds = call_seconds

    def answer(self, event: Mapping[str, Any], context: "LambdaContext") -> str:
        """Return the newest jobs that the widget's parameters select as HTML.

        With `fleet: true`, they are jobs of the fleet, read from the table. With `trends: true`, return the
        trends of the jobs that the other parameters select.

        To `{"describe": true}`, return Markdown that describes the widget and its parameters.
        """
        if event.get("describe") is True:
            return self._description()
        request = ViewRequest.from_json(parameters_of(event), WidgetContext.from_event(event))
        deadline = invocation_deadline(context, self._call_seconds)
        return self._views.render(request, deadline, _links(request, context))

    def answer_error(self, error: CustomizationJobsError, event: Mapping[str, Any]) -> str:
        """Return the error as HTML. CloudWatch would show a generic sentence for a raised one."""
        return self._views.render_error(error, WidgetContext.from_event(event).theme)

    def _description(self) -> str:
        rows = "\n".join(f"| `{each.name}` | {_cell(each.allowed)} |" for each in self._views.inputs.values())
        if self._views.has_fleet:
            rows += (
                f"\n| `{FLEET}` | true: the jobs of all accounts and regions; needed for account and region |"
            )
        rows += f"\n| `{TRENDS}` | true: charts of the jobs that ended in the last 90 days |"
        return f"""\
## Model customization jobs

A live board of Amazon Bedrock's model customization jobs: status, phase, why it failed, age / limit,
expected end, type, base model, and a link to each job. It shows the newest {DEFAULT_JOBS} jobs; the
parameters select others. With `{TRENDS}`, it shows charts instead: the jobs that ended by week and status,
how long they took by type, and why they failed.

### Widget parameters

All are optional. Most are those of Bedrock's `{MODEL_CUSTOMIZATION.list_operation}`, and filters beyond.

| parameter | allowed |
|---|---|
{rows}

### Example parameters

``` yaml
statusEquals: InProgress
nameContains: support
maxResults: 50
```
"""


def _links(request: ViewRequest, context: "LambdaContext") -> str:
    """Link the board and the trends, keeping the filters. The fleet has no trends."""
    if request.view == FLEET:
        return ""
    is_trends, filters = request.view == TRENDS, request.filters
    views = (
        View("Jobs", filters, not is_trends),
        View("Last 90 days", {TRENDS: True, **filters}, is_trends),
    )
    return view_links(views, context.invoked_function_arn)


def _cell(text: str) -> str:
    # A pattern can contain Markdown's special characters.
    plain, matching, pattern = text.partition(" matching ")
    return f"{plain}{matching}`{pattern}`" if matching else plain
