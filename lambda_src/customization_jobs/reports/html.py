"""Building blocks of the board's HTML. **Every value is untrusted input** and passes through `escape`."""

import html
from datetime import datetime
from typing import NamedTuple

from customization_jobs.listing.inputs import shortened

# Shown for an absent value.
NOTHING = "\N{EN DASH}"
# The longest ARN in Bedrock's model has 1,011 characters.
_MAX_TEXT_LENGTH = 1011


class Mark(NamedTuple):
    """How a status is shown: a CSS class, a symbol (not everyone distinguishes colors), and words."""

    css_class: str
    symbol: str
    words: str


def text(value: object) -> str:
    """Return any value as text, cut if it is long; a dash if it is absent."""
    if value is None or value == "":
        return NOTHING
    return value[:_MAX_TEXT_LENGTH] if isinstance(value, str) else shortened(value)


def escape(value: object) -> str:
    """Return any value as text that is safe in a page and in a quoted attribute."""
    return html.escape(text(value), quote=True)


def pill(mark: Mark) -> str:
    """Return a small label."""
    return f'<span class="pill {mark.css_class}"><i>{mark.symbol}</i>{escape(mark.words)}</span>'


def chip(mark: Mark, count: int) -> str:
    """Return a label with a count."""
    return (
        f'<span class="chip {mark.css_class}"><i>{mark.symbol}</i><b>{count}</b> {escape(mark.words)}</span>'
    )


def small(markup: str) -> str:
    """Return markup as a line in small print."""
    return f'<span class="small">{markup}</span>'


def filter_value(name: str, value: object) -> str:
    """Return a filter and its value."""
    shown = value.isoformat() if isinstance(value, datetime) else value
    if isinstance(value, bool):
        shown = str(value).lower()
    elif isinstance(value, list):
        shown = ", ".join(map(str, value))
    return f"{escape(name)} <b><bdi>{escape(shown)}</bdi></b>"


def model(arn: object) -> str:
    """Return a model by the end of its ARN, with the whole ARN as the tooltip."""
    kind, _, identifier = text(arn).partition("/")
    shown = f"<bdi>{escape(identifier or arn)}</bdi>"
    if kind.endswith(":custom-model"):
        family, _, custom = identifier.rpartition("/")
        shown = f"<bdi>{escape(family)}</bdi>" + small(f"through custom model <bdi>{escape(custom)}</bdi>")
    return f'<span class="model" title="{escape(arn)}">{shown}</span>'
