import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customization_jobs.reports.durations import Durations

SECONDS = st.floats(0, 400 * 86_400) | st.integers(0, 100).map(float)


def durations(values: list[float]) -> Durations:
    of = Durations()
    for value in values:
        of.add(value)
    return of


# A busy machine is no failure.
@settings(deadline=None)
@given(st.lists(SECONDS, min_size=1, max_size=200), st.sampled_from([1, 50, 90, 99, 100]))
def test_a_percentile_is_within_a_hundredth_of_the_exact_one(values: list[float], percent: int) -> None:
    exact = sorted(values)[max(1, math.ceil(percent * len(values) / 100)) - 1]
    told = durations(values).percentile(percent)
    assert told is not None
    # What is below a second is 0.
    assert abs(told - exact) <= max(exact * 0.01 + 1e-6, 1 if exact < 1 else 0)


def test_one_duration_is_told_exactly() -> None:
    of = durations([12_345.0])
    assert [of.percentile(percent) for percent in (50, 99)] == [12_345.0, 12_345.0]


def test_without_durations_there_is_no_percentile() -> None:
    assert Durations().percentile(50) is None


@pytest.mark.parametrize(("seconds", "told"), [(-5.0, 0.0), (0.2, 0.0), (1e12, 946_080_000.0)])
def test_what_cannot_be_is_counted_at_the_ends(seconds: float, told: float) -> None:
    assert durations([seconds]).percentile(50) == told


def test_memory_does_not_grow_with_their_number() -> None:
    of = durations([1.01**n for n in range(2_500)])
    assert of.count == 2_500
    assert len(of._buckets) <= 1_060  # noqa: SLF001 - its size is what it promises
