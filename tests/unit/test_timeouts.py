from datetime import timedelta
from typing import Any, cast

import pytest

from customization_jobs import timeouts
from customization_jobs.timeouts import Deadline, invocation_deadline
from tests.fakes import FakeContext


def test_the_time_limits_follow_from_that_of_api_gateway() -> None:
    assert (timeouts.HTTP_SECONDS, timeouts.MAX_CALL_SECONDS, timeouts.RESPONSE_SECONDS) == (27, 25, 1)
    assert timeouts.MIN_FUNCTION_TIMEOUT_SECONDS == 30


def test_a_lease_covers_two_calls_and_ends_before_the_first_retry_by_lambda() -> None:
    assert timedelta(seconds=26) == timeouts.LEASE_MARGIN
    assert 2 * timeouts.LEASE_MARGIN < timeouts.LEASE < timedelta(minutes=1)


@pytest.mark.parametrize(("seconds_left", "passed"), [(0.1, False), (0, True), (-1, True)])
def test_a_deadline_passes_when_no_time_is_left(seconds_left: float, *, passed: bool) -> None:
    assert Deadline(lambda: seconds_left).has_passed() is passed


def test_the_deadline_of_an_invocation_leaves_time_for_a_call_and_the_response() -> None:
    context = FakeContext(timedelta(seconds=60))
    deadline = invocation_deadline(cast("Any", context), call_seconds=12)
    assert deadline.seconds_left() == 60 - 12 - 1
    context.remaining = timedelta(seconds=12.5)
    assert deadline.seconds_left() == -0.5


def test_the_earlier_of_two_deadlines_applies() -> None:
    now = 100.0
    deadline = Deadline(lambda: 5).within(3, clock=lambda: now)
    assert deadline.seconds_left() == 3
    now = 102.0
    assert deadline.seconds_left() == 1
    assert Deadline(lambda: 5).within(30, clock=lambda: now).seconds_left() == 5


def test_a_deadline_can_leave_a_share_of_the_time() -> None:
    left = [100.0]
    earlier = Deadline(lambda: left[0]).reserving(0.1)
    assert earlier.seconds_left() == 90
    left[0] = 10
    assert earlier.has_passed()
    left[0] = -5
    assert Deadline(lambda: left[0]).reserving(0.1).seconds_left() == -5
