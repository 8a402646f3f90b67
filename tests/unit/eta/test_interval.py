from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customization_jobs.eta.interval import MIN_JOBS, MIN_LONGER_JOBS, Interval, interval, interval_at_age


@pytest.mark.parametrize("number", range(MIN_JOBS, 400))
def test_a_new_duration_is_inside_with_a_probability_of_90_to_95_percent(number: int) -> None:
    durations = [float(10 * each) for each in range(1, number + 1)]
    found = interval(durations)
    assert found is not None
    # A new duration falls into each of the n + 1 gaps between the past ones with the same probability.
    new = [5.0 + 10 * gap for gap in range(number + 1)]
    inside = Fraction(sum(found.shortest <= each <= found.longest for each in new), number + 1)
    assert Fraction(90, 100) <= inside < Fraction(95, 100)
    assert found.jobs == number


def test_fewer_than_19_durations_have_no_interval() -> None:
    assert MIN_JOBS == 19
    assert interval([1.0] * 18) is None
    assert interval([1.0] * 19) == Interval(1.0, 1.0, 19)


@pytest.mark.parametrize("longer", range(MIN_LONGER_JOBS, MIN_JOBS))
def test_a_duration_beyond_an_age_is_inside_with_a_probability_of_90_to_95_percent(longer: int) -> None:
    durations = [*[1.0] * 50, *(float(10 * each) for each in range(1, longer + 1))]
    found = interval_at_age(durations, 2.0)
    assert found is not None
    assert (found.shortest, found.jobs) == (2.0, longer)
    new = [5.0 + 10 * gap for gap in range(longer + 1)]
    inside = Fraction(sum(found.shortest <= each <= found.longest for each in new), longer + 1)
    assert Fraction(90, 100) <= inside < Fraction(95, 100)


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (-1.0, Interval(5.0, 96.0, 100)),
        (0.0, Interval(5.0, 96.0, 100)),
        (50.0, Interval(52.0, 99.0, 50)),
        (81.0, Interval(82.0, 100.0, 19)),
        (82.0, Interval(82.0, 100.0, 18)),
        (91.0, Interval(91.0, 100.0, 9)),
        (92.0, None),
        (100.0, None),
    ],
)
def test_only_longer_durations_count_at_an_age(age: float, expected: Interval | None) -> None:
    assert interval_at_age([float(each) for each in range(1, 101)], age) == expected


@given(st.lists(st.integers(0, 10**9), max_size=60).map(sorted), st.integers(-10, 10**9))
def test_an_interval_never_begins_before_the_age(durations: list[int], age: int) -> None:
    found = interval_at_age(durations, age)
    assert (found is None) == (sum(each > age for each in durations) < MIN_LONGER_JOBS)
    assert found is None or age <= found.shortest <= found.longest <= durations[-1]
