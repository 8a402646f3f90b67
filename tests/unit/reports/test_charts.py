import re
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customization_jobs.reports.charts.bars import Bar, bars
from customization_jobs.reports.charts.columns import Column, Part, stacked_columns
from customization_jobs.reports.charts.ranges import Range, duration_ranges
from customization_jobs.reports.charts.svg import axis, fitted, text_width
from tests.unit.reports.svg_charts import number, of_class, read, texts, titles
from tests.unit.reports.test_board_markup import PAYLOADS

HOUR = 3600
# Characters that XML cannot contain are left to the tests of the whole view, which is HTML.
names = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn")), max_size=80) | st.sampled_from(
    [payload for payload in PAYLOADS if payload.isprintable()]
)
widths = st.integers(320, 1280)
counts = st.integers(0, 3) | st.integers(0, 10_000_000)


def columns(totals: list[tuple[int, int, int]], width: int = 1200) -> Any:
    drawn = stacked_columns(
        [
            Column(
                f"{n} Feb",
                "so far" if n == len(totals) - 1 else "",
                f"Week {n}",
                [
                    Part(f"part-{word}", word, count)
                    for word, count in zip(("a", "b", "c"), each, strict=True)
                ],
            )
            for n, each in enumerate(totals)
        ],
        name="Jobs",
        description="By week.",
        width=width,
    )
    return read(drawn)


# A slow machine is not a failure.
@settings(deadline=None)
@given(st.lists(st.tuples(counts, counts, counts), min_size=14, max_size=14), widths)
def test_columns_stay_within_the_chart_and_are_as_high_as_their_counts(
    totals: list[tuple[int, int, int]], width: int
) -> None:
    chart = columns(totals, width)
    heights = [
        [number(each, "height") for each in of_class(chart, f"part-{word}") if each.tag == "rect"]
        for word in ("a", "b", "c")
    ]
    for position, found in enumerate(heights):
        expected = [each[position] for each in totals if each[position]]
        assert len(found) == len(expected)
        largest = max(expected, default=0)
        for height, count in zip(found, expected, strict=True):
            assert height == pytest.approx(max(found) * count / largest, abs=0.11)
    assert titles(chart) == [f"Week {n}: {a:,} a, {b:,} b, {c:,} c" for n, (a, b, c) in enumerate(totals)]


def test_parts_are_stacked_without_gaps_from_the_bottom_up() -> None:
    chart = columns([(3, 2, 1), (0, 0, 0)])
    rects = list(chart.iter("rect"))
    assert [each.get("class") for each in rects] == ["part-a", "part-b", "part-c"]
    bottoms = [number(each, "y") + number(each, "height") for each in rects]
    assert bottoms[1:] == pytest.approx([number(each, "y") for each in rects[:-1]], abs=0.11)
    (ground,) = (each for each in of_class(chart, "grid") if number(each, "y1") == bottoms[0])
    assert ground.tag == "line"


def test_each_column_has_its_total_and_each_high_part_its_number() -> None:
    found = texts(columns([(100, 50, 1), (0, 0, 0)]))
    assert {"100", "50", "151", "0 Feb", "1 Feb", "so far"} <= set(found)
    assert "1" not in found


def test_only_the_column_with_a_note_is_drawn_as_incomplete() -> None:
    chart = columns([(1, 1, 1)] * 14)
    (partial,) = of_class(chart, "partial")
    assert [each.text for each in partial.iter("title")] == ["Week 13: 1 a, 1 b, 1 c"]
    assert "so far" in [each.text for each in partial.iter("text")]


@pytest.mark.parametrize("width", [320, 400, 600, 1200])
def test_no_labels_of_columns_overlap(width: int) -> None:
    chart = columns([(1234, 5678, 12)] * 14, width)
    by_line: dict[float, list[tuple[float, float]]] = {}
    for each in chart.iter("text"):
        if each.get("text-anchor") == "middle":
            half = text_width(each.text or "") / 2
            x = number(each, "x")
            by_line.setdefault(number(each, "y"), []).append((x - half, x + half))
    assert any(len(line) > 1 for line in by_line.values())
    for line in by_line.values():
        line.sort()
        assert all(one[1] <= other[0] for one, other in pairwise(line))
    assert "13 Feb" in texts(chart)


seconds = st.integers(0, 30 * 365 * 24 * HOUR)
ranges = st.builds(
    lambda name, jobs, three: Range(name, jobs, *sorted(three)),
    names,
    st.integers(1, 10_000_000),
    st.tuples(seconds, seconds, seconds),
)


# A slow machine is not a failure.
@settings(deadline=None)
@given(st.lists(ranges, min_size=1, max_size=12), widths)
def test_ranges_stay_within_the_chart_and_are_proportional(rows: list[Range], width: int) -> None:
    chart = read(duration_ranges(rows, name="Durations", description="By type.", width=width))
    spreads, medians = of_class(chart, "spread"), of_class(chart, "median")
    assert len(spreads) == len(medians) == len(rows)
    reaches = [each for each in of_class(chart, "reach") if each.get("y1") == each.get("y2")]
    ends = [number(each, "x2") for each in reaches]
    longest = max(row.p99 for row in rows)
    for row, spread, reach, end in zip(rows, spreads, reaches, ends, strict=True):
        assert number(reach, "x1") == pytest.approx(number(spread, "x"), abs=0.11)
        if longest:
            assert end == pytest.approx(max(ends) * row.p99 / longest, abs=0.11)
            assert number(spread, "x") == pytest.approx(max(ends) * row.p50 / longest, abs=0.11)
            right = number(spread, "x") + number(spread, "width")
            assert right == pytest.approx(max(ends) * row.p90 / longest, abs=0.21)


def test_the_figures_of_a_range_are_written() -> None:
    row = Range("Fine-tuning", 1200, 6 * HOUR, 20 * HOUR, 28 * HOUR)
    chart = read(duration_ranges([row], name="Durations", description="By type.", width=500))
    assert texts(chart)[:3] == [
        "Fine-tuning",
        "1,200 jobs",
        "p50 6 h \N{MIDDLE DOT} p90 20 h \N{MIDDLE DOT} p99 1 d 4 h",
    ]
    assert texts(chart)[3:] == ["0", "12 h", "1 d", "1 d 12 h"]
    (title,) = titles(chart)
    assert title.startswith("Fine-tuning: p50 6 h")


@pytest.mark.parametrize("longest", [0, 1, 59, 61, HOUR, 30 * HOUR, 400 * 24 * HOUR, 30 * 365 * 24 * HOUR])
def test_an_axis_of_durations_has_few_round_numbers(longest: int) -> None:
    row = Range("", 1, 0, 0, longest)
    ticks = texts(read(duration_ranges([row], name="Durations", description="By type.", width=500)))[3:]
    assert 2 <= len(ticks) <= 5
    assert ticks[0] == "0"
    assert all(re.fullmatch(r"\d+ (min|h|d)|\d+ d 12 h", each) for each in ticks[1:])


bar_rows = st.builds(Bar, names, names.map(lambda name: name[:12]), st.floats(0, 1), st.just("bad"))


# A slow machine is not a failure.
@settings(deadline=None)
@given(st.lists(bar_rows, min_size=1, max_size=12), widths)
def test_bars_stay_within_the_chart_and_are_as_long_as_their_shares(rows: list[Bar], width: int) -> None:
    chart = read(bars(rows, name="Failures", description="By category.", width=width))
    lengths = [number(each, "width") for each in of_class(chart, "bad")]
    assert lengths == pytest.approx([row.share * width for row in rows], abs=0.06)


@pytest.mark.parametrize("maximum", [0, 1, 2, 3, 4, 5, 7, 40, 41, 99, 12_345, 10**9])
def test_an_axis_of_counts_has_few_round_numbers_up_to_the_maximum(maximum: int) -> None:
    ticks = axis(maximum)
    assert ticks[0] == 0
    assert ticks[-1] >= maximum
    assert 2 <= len(ticks) <= 5
    assert len(ticks) == 2 or ticks[-2] < maximum
    step = ticks[1]
    assert [step * n for n in range(len(ticks))] == ticks
    assert re.fullmatch("[125]0*", str(step))


@given(st.text(max_size=100), st.floats(30, 400))
def test_text_that_does_not_fit_is_cut_and_says_so(words: str, width: float) -> None:
    shown = fitted(words, width)
    assert text_width(shown) <= width
    if shown != (words or "\N{EN DASH}"):
        assert shown.endswith("\N{HORIZONTAL ELLIPSIS}")
        assert words.startswith(shown[:-1])


def test_wide_characters_take_more_room() -> None:
    assert text_width("\N{CJK UNIFIED IDEOGRAPH-6F22}") > text_width("a")
    assert len(fitted("\N{CJK UNIFIED IDEOGRAPH-6F22}" * 50, 200)) < len(fitted("a" * 50, 200))
