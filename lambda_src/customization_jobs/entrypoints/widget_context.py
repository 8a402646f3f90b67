"""What a dashboard says about a custom widget, beside the widget's parameters."""

from collections.abc import Mapping
from typing import Any, NamedTuple

# What a dashboard adds to the parameters.
_NOT_PARAMETERS = ("widgetContext", "describe")
# Of a widget that says nothing, or nonsense.
_DEFAULT_WIDTH = 1200


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
        """Read it from a dashboard's event, in which it can be any JSON."""
        context = event.get("widgetContext")
        known = context if isinstance(context, Mapping) else {}
        width = known.get("width")
        is_width = isinstance(width, int | float) and not isinstance(width, bool) and 0 < width < 1e6  # noqa: PLR2004
        return cls(known.get("theme"), int(width) if is_width else _DEFAULT_WIDTH)


def parameters_of(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return the widget's parameters."""
    return {name: value for name, value in event.items() if name not in _NOT_PARAMETERS}
