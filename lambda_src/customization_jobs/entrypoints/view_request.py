"""What somebody wants to see: which view, of which jobs, and how it is shown."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar

from customization_jobs.entrypoints.widget_context import WidgetContext
from customization_jobs.errors import Problem, ValidationException
from customization_jobs.listing.inputs import is_selecting, shortened

# The parameters that choose another view than the board.
FLEET = "fleet"
TRENDS = "trends"

_Query_co = TypeVar("_Query_co", covariant=True)


class _Contract(Protocol[_Query_co]):
    def check_text(
        self, parameters: Mapping[str, Sequence[str]], also: Sequence[str] = ()
    ) -> tuple[_Query_co, list[Problem]]: ...

    def check_json(
        self, payload: Mapping[str, Any], also: Sequence[str] = ()
    ) -> tuple[_Query_co, list[Problem]]: ...


class ViewRequest(NamedTuple):
    """A request for a view.

    Attributes
    ----------
    inputs : mapping
        The parameters that select the jobs.
    view : str or None
        `FLEET`, `TRENDS`, or None for the board.
    shown : WidgetContext
        How the view is shown.
    problems : sequence of Problem
        Problems with the value of the parameter that chooses the view.
    is_text : bool
        Whether the inputs are those of a URL, in which every value is text and can be repeated.
    """

    inputs: Mapping[str, Any]
    view: str | None
    shown: WidgetContext
    problems: Sequence[Problem] = ()
    is_text: bool = False

    @classmethod
    def from_json(cls, parameters: Mapping[str, Any], shown: WidgetContext) -> "ViewRequest":
        """Read parameters whose values have JSON's types."""
        view = _view(parameters)
        valid = view is None or parameters[view] is True
        problems = () if valid else _problem(parameters, view)
        return cls(_others(parameters, view), view, shown, problems)

    @classmethod
    def from_text(cls, parameters: Mapping[str, Sequence[str]], shown: WidgetContext) -> "ViewRequest":
        """Read the parameters of a URL."""
        view = _view(parameters)
        valid = view is None or parameters[view] == ["true"]
        problems = () if valid else _problem(parameters, view)
        return cls(_others(parameters, view), view, shown, problems, is_text=True)

    def check(self, contract: _Contract[_Query_co]) -> _Query_co:
        """Return the query that a contract makes of the inputs.

        Raises
        ------
        ValidationException
            Describes every problem.
        """
        query, problems = (contract.check_text if self.is_text else contract.check_json)(
            self.inputs, (FLEET, TRENDS)
        )
        if self.problems or problems:
            raise ValidationException.from_problems([*self.problems, *problems])
        return query

    @property
    def filters(self) -> Mapping[str, Any]:
        """The inputs that other views need to select the same jobs.

        The status is left out: jobs in progress, for example, have no trends.
        """
        return {
            name: value
            for name, value in self.inputs.items()
            if is_selecting(name) and name not in ("statusEquals", FLEET, TRENDS)
        }


def _view(parameters: Mapping[str, Any]) -> str | None:
    return next((view for view in (FLEET, TRENDS) if view in parameters), None)


def _others(parameters: Mapping[str, Any], view: str | None) -> Mapping[str, Any]:
    return {name: value for name, value in parameters.items() if name != view}


def _problem(parameters: Mapping[str, Any], view: str | None) -> Sequence[Problem]:
    given = parameters[str(view)]
    # A single value of a URL, as the caller wrote it.
    sent = given[0] if isinstance(given, list) and len(given) == 1 else given
    return (Problem(str(view), shortened(sent), "true, or omit it"),)
