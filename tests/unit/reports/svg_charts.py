"""Reads charts, and checks what every chart must be."""

from collections.abc import Iterator
from xml.etree import ElementTree as ET

from customization_jobs.reports.charts.svg import text_width

# What a chart consists of: no script, no style, no reference to anything outside of it.
TAGS = {"svg", "desc", "g", "title", "rect", "line", "text"}
ATTRIBUTES = {
    *("class", "viewBox", "width", "height", "role", "aria-label"),
    *("x", "y", "x1", "y1", "x2", "y2", "text-anchor"),
}
_TOLERANCE = 0.06


def read(svg: str) -> ET.Element:
    """Parse a chart as XML, which is stricter than HTML, and check that it is one and draws within itself."""
    chart = ET.fromstring(svg)  # noqa: S314 - made by this project
    assert chart.tag == "svg"
    assert (chart.get("role"), bool(chart.get("aria-label"))) == ("img", True)
    left, top, width, height = map(float, str(chart.get("viewBox")).split())
    assert (left, top) == (0, 0)
    for element in chart.iter():
        assert element.tag in TAGS
        assert set(element.attrib) <= ATTRIBUTES
        for low, high, limit in _extents(element, width, height):
            assert low >= -_TOLERANCE
            assert high <= limit + _TOLERANCE
            assert low <= high
    return chart


def texts(chart: ET.Element) -> list[str]:
    """Return the texts of a chart."""
    return [each.text or "" for each in chart.iter("text")]


def titles(chart: ET.Element) -> list[str]:
    """Return the tooltips of a chart."""
    return [each.text or "" for each in chart.iter("title")]


def of_class(chart: ET.Element, css_class: str) -> list[ET.Element]:
    """Return the elements with a class."""
    return [each for each in chart.iter() if css_class in str(each.get("class")).split()]


def number(element: ET.Element, name: str) -> float:
    """Return an attribute as a number."""
    return float(element.attrib[name])


def _extents(
    element: ET.Element, chart_width: float, chart_height: float
) -> Iterator[tuple[float, float, float]]:
    """Yield from where to where an element extends, and how far it may, in both directions."""
    if element.tag == "rect":
        x, y = number(element, "x"), number(element, "y")
        yield x, x + number(element, "width"), chart_width
        yield y, y + number(element, "height"), chart_height
    elif element.tag == "line":
        for axis, limit in (("x", chart_width), ("y", chart_height)):
            ends = sorted((number(element, f"{axis}1"), number(element, f"{axis}2")))
            yield ends[0], ends[1], limit
    elif element.tag == "text":
        x, width = number(element, "x"), 0.85 * text_width(element.text or "")
        start = x - width * {"start": 0, "middle": 0.5, "end": 1}[element.attrib["text-anchor"]]
        yield start, start + width, chart_width
        yield number(element, "y") - 9, number(element, "y") + 3, chart_height
