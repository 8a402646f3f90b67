"""Building blocks of charts. One unit is one CSS pixel."""

import math
import unicodedata
from collections.abc import Iterator

from customization_jobs.reports.html import escape, text

# Estimates for bold text of 12 px, on the wide side. East Asian characters are as wide as they are high.
_CHARACTER = 8.2
_WIDE_CHARACTER = 13.0
_WIDE = frozenset("%@MWmw")
# Width of text that is not bold, as a share of these widths.
REGULAR = 0.85
_ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
# The height of a line of text.
LINE = 16


def chart(width: int, height: int, name: str, description: str, content: str) -> str:
    """Return a chart. Screen readers read its name and description, and a table has the same figures."""
    return (
        f'<svg class="chart" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-label="{escape(f"{name}. {description}")}">'
        f"<desc>{escape(description)}</desc>{content}</svg>"
    )


def rectangle(x: float, y: float, width: float, height: float, css_class: str) -> str:
    """Return a rectangle."""
    return (
        f'<rect class="{css_class}" x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" '
        f'height="{max(height, 0):.1f}"/>'
    )


def line(x1: float, y1: float, x2: float, y2: float, css_class: str) -> str:
    """Return a line."""
    return f'<line class="{css_class}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def label(x: float, y: float, words: str, css_class: str = "", anchor: str = "start") -> str:
    """Return a line of text, whose baseline is at `y`.

    Parameters
    ----------
    anchor : str
        Which part of the text is at `x`: "start", "middle" or "end".
    """
    return f'<text class="{css_class}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def group(title: str, content: str, css_class: str = "") -> str:
    """Return elements with a tooltip."""
    return f'<g class="{css_class}"><title>{escape(title)}</title>{content}</g>'


def text_width(words: str) -> float:
    """Estimate the width of a line of text."""
    return sum(map(_width, words))


def fitted(words: str, width: float) -> str:
    """Return text that is cut to a width."""
    words = text(words)
    if text_width(words) <= width:
        return words
    return f"{''.join(_leading(words, width - text_width(_ELLIPSIS)))}{_ELLIPSIS}"


def axis(maximum: float, steps: int = 4) -> list[int]:
    """Return round numbers from 0 up to the first that is not below the maximum, at most `steps` above 0."""
    step = next(each for each in _round_numbers() if each * steps >= maximum)
    return [step * number for number in range(max(math.ceil(maximum / step), 1) + 1)]


def _round_numbers() -> Iterator[int]:
    power = 1
    while True:
        yield from (power, 2 * power, 5 * power)
        power *= 10


def _leading(words: str, width: float) -> Iterator[str]:
    for character in words:
        width -= _width(character)
        if width < 0:
            return
        yield character


def _width(character: str) -> float:
    is_wide = character in _WIDE or unicodedata.east_asian_width(character) in "WF"
    return _WIDE_CHARACTER if is_wide else _CHARACTER
