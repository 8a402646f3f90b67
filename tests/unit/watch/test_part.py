from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customization_jobs.watch.part import Part
from tests.fakes import NOW
from tests.unit.watch.harness import HOUR

ARNS = [f"arn:{number}" for number in range(1000)]


def parts(size: float) -> list[Part]:
    return [Part(number * size, size) for number in range(round(1 / size))]


@pytest.mark.parametrize("size", [1, 1 / 2, 1 / 8, 1 / 64])
def test_each_job_belongs_to_one_part(size: float) -> None:
    counts = [sum(part.contains(arn) for arn in ARNS) for part in parts(size)]
    assert sum(counts) == len(ARNS)
    # The hashes distribute jobs evenly enough.
    assert max(counts) < 1.2 * size * len(ARNS) + 20


def test_a_part_that_was_cut_is_halved_and_goes_on_from_its_start() -> None:
    assert Part().shorter() == Part(0, 0.5)
    assert Part(0.5, 0.25).shorter() == Part(0.5, 0.125)
    assert Part(0.5, 1 / 64).shorter() == Part(0.5, 1 / 64)


def test_the_last_part_is_followed_by_parts_of_twice_the_size() -> None:
    assert Part().following() == Part()
    assert Part(0, 0.25).following() == Part(0.25, 0.25)
    assert Part(0.75, 0.25).following() == Part(0, 0.5)
    assert Part(0.5, 0.5).following() == Part()


@given(st.lists(st.booleans(), max_size=40))
def test_the_parts_of_uncut_sweeps_leave_no_gap(cuts: list[bool]) -> None:
    part, observed_to = Part(), 0.0
    for is_cut in cuts:
        assert part.start == observed_to
        assert Part.from_json(part.to_json()) == part
        if is_cut:
            part = part.shorter()
        else:
            observed_to = (part.start + part.size) % 1
            part = part.following()


def test_jobs_that_ended_long_before_a_complete_sweep_are_known() -> None:
    first = Part().recorded(Part().at(NOW), NOW)
    assert first == Part(known_until=NOW - 25 * HOUR, all_at=NOW)
    assert first.is_known(NOW - 26 * HOUR)
    assert not first.is_known(NOW - 24 * HOUR)
    assert not first.is_known(None), "it has not ended"
    assert not Part().is_known(NOW - 26 * HOUR)
    assert Part.from_json(first.to_json()) == first


def test_the_time_until_which_jobs_are_known_moves_on_with_complete_sweeps_of_all_jobs() -> None:
    first = Part().recorded(Part().at(NOW), NOW)
    assert first.recorded(first.at(NOW + HOUR / 2), NOW + HOUR / 2) == first, "a write in an hour is enough"
    second = first.recorded(first.at(NOW + HOUR), NOW + HOUR)
    assert second == first._replace(known_until=NOW - 24 * HOUR)
    half = first._replace(size=0.5)
    assert half.recorded(half.at(NOW + HOUR), NOW + HOUR) == half


def test_once_a_day_all_jobs_are_observed() -> None:
    first = Part().recorded(Part().at(NOW), NOW)
    assert first.at(NOW + 23 * HOUR).known_until == first.known_until
    later = NOW + 24 * HOUR
    assert first.at(later).known_until is None
    assert first.recorded(first.at(later), later) == Part(known_until=NOW - HOUR, all_at=later)


def test_with_a_fleet_all_jobs_are_observed_until_each_has_a_position() -> None:
    unlisted = Part().recorded(Part().at(NOW), NOW)
    assert unlisted.at(NOW + HOUR, listed=True).known_until is None
    listed = unlisted.recorded(unlisted.at(NOW + HOUR, listed=True), NOW + HOUR)
    assert Part.from_json(listed.to_json()) == listed
    assert listed.at(NOW + 2 * HOUR, listed=True).known_until == NOW - 24 * HOUR
    without_fleet = listed.recorded(listed.at(NOW + 26 * HOUR), NOW + 26 * HOUR)
    assert without_fleet.at(NOW + 27 * HOUR, listed=True).known_until is None


@pytest.mark.parametrize("hours", [-1, 1])
def test_the_times_of_a_wrong_clock_mean_all_jobs(hours: int) -> None:
    wrong = Part(known_until=NOW - (25 - hours) * HOUR, all_at=NOW + min(hours, 0) * -HOUR)
    assert wrong.at(NOW).known_until is None


@pytest.mark.parametrize(
    "written",
    [{}, {"start": 0.5}, {"start": "0", "size": 1}, {"start": 1, "size": 1}, {"start": 0, "size": 0}],
)
def test_an_unreadable_part_means_all_jobs(written: dict[str, Any]) -> None:
    assert Part.from_json(written) == Part()
