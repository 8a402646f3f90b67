"""What a dashboard says about a custom widget, besides the widget's parameters."""

from collections.abc import Mapping
from typing import Any, NamedTuple

# What a dashboard adds to the parameters.
_NOT_PARAMETERS = ("widgetContext", "describe")
# The width of a widget whose event has none, or an invalid one.
_DEFAULT_WIDTH = 1200
_MAX_WIDTH = 100_000


class WidgetContext(NamedTuple):
    """How a widget is shown.

    Attributes
    ----------
    theme : object
        "light", "dark", or anything.
    width : int
        In pixels.
    """

    theme: object
    width: int

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> "WidgetContext":
        """Read the context from a dashboard's event, in which it can be any JSON."""
        context = event.get("widgetContext")
        known = context if isinstance(context, Mapping) else {}
        return cls(known.get("theme"), _width(known.get("width")))


def parameters_of(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return the widget's parameters."""
    return {name: value for name, value in event.items() if name not in _NOT_PARAMETERS}


def _width(given: object) -> int:
    if isinstance(given, bool) or not isinstance(given, int | float):
        return _DEFAULT_WIDTH
    return int(given) if 0 < given < _MAX_WIDTH else _DEFAULT_WIDTH
