from datetime import timedelta

import pytest

from customization_jobs.listing.position import Position, place_of
from tests.fakes import NOW, job

MINUTE = timedelta(minutes=1)


def test_a_place_is_the_creation_time_and_the_last_part_of_the_arn() -> None:
    assert place_of(job(10, created=NOW)) == (NOW, "00000000000a")


@pytest.mark.parametrize("descending", [True, False])
def test_a_listing_that_has_delivered_nothing_has_passed_nothing(*, descending: bool) -> None:
    position = Position(descending)
    assert not position.is_beyond(NOW)
    assert not position.has_passed((NOW, "a"))


@pytest.mark.parametrize(("descending", "step"), [(True, MINUTE), (False, -MINUTE)])
def test_a_listing_has_passed_the_times_before_its_position(*, descending: bool, step: timedelta) -> None:
    position = Position(descending)
    position.advance((NOW, "a"))
    assert position.is_beyond(NOW + step)
    assert position.has_passed((NOW + step, "b"))
    assert not position.is_beyond(NOW), "other jobs can have the same creation time"
    assert not position.is_beyond(NOW - step)
    assert not position.has_passed((NOW - step, "a"))


def test_jobs_with_the_creation_time_of_the_position_are_distinguished_by_id() -> None:
    position = Position(descending=True)
    position.advance((NOW, "a"))
    position.advance((NOW, "b"))
    passed = [job_id for job_id in ("a", "b", "c") if position.has_passed((NOW, job_id))]
    assert passed == ["a", "b"]
    position.advance((NOW - MINUTE, "c"))
    assert position.delivered == {"c"}, "earlier ids are no longer needed"
