"""What every view has in common: its root element with the style and the theme, and links to the other views.

The views are HTML fragments for the custom widgets of CloudWatch dashboards. They need neither scripts nor
other servers, and no ids: a page may contain several of them.
"""

import html
import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple


class View(NamedTuple):
    """A view, as links name it.

    Attributes
    ----------
    name : str
        What is written on the link.
    parameters : mapping
        The widget's parameters that show it.
    is_current : bool
        Whether it is the one that is shown.
    """

    name: str
    parameters: Mapping[str, Any]
    is_current: bool = False


def framed(content: str, theme: object, styles: Sequence[str]) -> str:
    """Return a fragment with one root element.

    Parameters
    ----------
    theme : object
        "light" or "dark"; for any other value the reader's system decides.
    styles : sequence of str
        Names of style sheets beside this module.
    """
    css_class = theme if theme in ("light", "dark") else "auto"
    # Each style sheet in an element of its own, so that a page can allow it by its hash.
    # cwdb-no-default-styles excludes this widget from the dashboard's own style of tables and links.
    style = "".join(map(style_element, styles))
    return f'<div class="jobboard {css_class} cwdb-no-default-styles">{style}{content}</div>'


def view_links(views: Sequence[View], function_arn: str) -> str:
    """Return links that replace the widget's content, which is done by CloudWatch's element `cwdb-action`.

    `cwdb-action` applies to the element before it, and calls a function with the parameters inside it.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/add_custom_widget_dashboard_interactivity.html
    """
    endpoint = html.escape(function_arn, quote=True)
    return f'<div class="views">{"".join(_link(view, endpoint) for view in views)}</div>' if views else ""


def _link(view: View, endpoint: str) -> str:
    name = html.escape(view.name)
    if view.is_current:
        return f'<b aria-current="page">{name}</b>'
    parameters = html.escape(json.dumps(view.parameters))
    action = f'<cwdb-action action="call" display="widget" endpoint="{endpoint}">{parameters}</cwdb-action>'
    return f'<a class="btn">{name}</a>{action}'


def style_element(name: str) -> str:
    """Return a style sheet beside this module as an element."""
    return f"<style>{stylesheet(name)}</style>"


@cache
def stylesheet(name: str) -> str:
    """Return the text of a style sheet beside this module."""
    return Path(__file__).with_name(name).read_text(encoding="utf-8")
