"""A CloudWatch dashboard's custom widget: the answer is a board of jobs as HTML.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/add_custom_widget_dashboard_about.html
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from customization_jobs.bedrock import JobPages
from customization_jobs.board import Board
from customization_jobs.errors import CustomizationJobsError, ValidationException
from customization_jobs.observability import Observability
from customization_jobs.query import QueryContract
from customization_jobs.summaries import LimitOf

# What a reader takes in, and a widget of usual height shows with a little scrolling.
_DEFAULT_JOBS = 25
# What a dashboard adds to the widget's parameters.
_NOT_PARAMETERS = ("widgetContext", "describe")


class WidgetCaller:
    """Answers the custom widgets of CloudWatch dashboards.

    Parameters
    ----------
    bedrock : JobPages
        Where jobs come from.
    contract : QueryContract
        What the widget's parameters may be.
    observability : Observability
        Told how many jobs were shown.
    limit_of : callable
        How many seconds a job may be in progress.
    now : callable
        The clock.
    """

    def __init__(
        self,
        bedrock: JobPages,
        contract: QueryContract,
        observability: Observability,
        *,
        limit_of: LimitOf,
        now: Callable[[], datetime],
    ) -> None:
        self._bedrock = bedrock
        self._contract = contract
        self._observability = observability
        self._limit_of = limit_of
        self._now = now

    def answer(self, event: Mapping[str, Any]) -> str:
        """Show the jobs that the widget's parameters select, the newest first, with one call to Bedrock.

        Returns
        -------
        str
            HTML; to `{"describe": true}`, Markdown that says what the widget is and takes. What is wrong with
            a parameter, or with Bedrock, is shown too and not raised: CloudWatch would hide it behind a
            sentence of its own.
        """
        if event.get("describe") is True:
            return self._description()
        context = event["widgetContext"]
        board = Board(self._now(), self._limit_of, context.get("theme"))
        given = {name: value for name, value in event.items() if name not in _NOT_PARAMETERS}
        try:
            query = self._contract.from_json(given)
            page = self._bedrock.list_page({"maxResults": _DEFAULT_JOBS, **query.ordered().parameters})
        except ValidationException as error:
            self._observability.note_error(error)
            return board.problem("The widget's parameters need mending", str(error), error.problems)
        except CustomizationJobsError as error:
            self._observability.note_error(error)
            title = "The jobs cannot be shown now" if error.retry_helps else "The jobs cannot be shown"
            return board.problem(title, f"{type(error).__name__}: {error}")
        self._observability.note(jobs=len(page.jobs))
        return board.jobs(page.jobs, filters=query.parameters, more=page.next_token is not None)

    def _description(self) -> str:
        rows = "\n".join(
            f"| `{each.name}` | {_cell(each.allowed)} |" for each in self._contract.inputs.values()
        )
        return f"""\
## Model customization jobs

A live board of Amazon Bedrock's model customization jobs: status, phase, age against its limit, type, base
model, and a link to each job. The newest {_DEFAULT_JOBS} jobs come first; the parameters select others.

### Widget parameters

All are optional, and those of Bedrock's `ListModelCustomizationJobs`.

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


def _cell(text: str) -> str:
    # A pattern can hold what Markdown takes for markup.
    plain, matching, pattern = text.partition(" matching ")
    return f"{plain}{matching}`{pattern}`" if matching else plain
