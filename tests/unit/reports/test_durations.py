import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customization_jobs.reports.durations import Durations

SECONDS = st.floats(0, 400 * 86_400) | st.integers(0, 100).map(float)


def durations(values: list[float]) -> Durations:
    histogram = Durations()
    for value in values:
        histogram.add(value)
    return histogram


# A slow machine is not a failure.
@settings(deadline=None)
@given(st.lists(SECONDS, min_size=1, max_size=200), st.sampled_from([1, 50, 90, 99, 100]))
def test_a_percentile_is_within_one_percent_of_the_exact_one(values: list[float], percent: int) -> None:
    exact = sorted(values)[max(1, math.ceil(percent * len(values) / 100)) - 1]
    percentile = durations(values).percentile(percent)
    assert percentile is not None
    # Durations below a second count as 0.
    assert abs(percentile - exact) <= max(exact * 0.01 + 1e-6, 1 if exact < 1 else 0)


def test_the_percentiles_of_a_single_duration_are_exact() -> None:
    single = durations([12_345.0])
    assert [single.percentile(percent) for percent in (50, 99)] == [12_345.0, 12_345.0]


def test_without_durations_there_is_no_percentile() -> None:
    assert Durations().percentile(50) is None


@pytest.mark.parametrize(("seconds", "counted"), [(-5.0, 0.0), (0.2, 0.0), (1e12, 946_080_000.0)])
def test_durations_out_of_range_count_as_its_ends(seconds: float, counted: float) -> None:
    assert durations([seconds]).percentile(50) == counted


def test_the_number_of_buckets_is_bounded() -> None:
    histogram = durations([1.01**n for n in range(2_500)])
    assert histogram.count == 2_500
    assert len(histogram.buckets) <= 1_060
