import threading
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customization_jobs.aws.bedrock import Page
from customization_jobs.errors import (
    InternalServerException,
    ThrottlingException,
    UnexpectedAnswerException,
)
from customization_jobs.listing.scan import TwoEndedScan
from customization_jobs.timeouts import Deadline
from tests.fakes import NOW, FakeBedrock, Job, job


def jobs(count: int) -> list[Job]:
    return [job(number, created=NOW - timedelta(minutes=number)) for number in range(count)]


ENDLESS = Deadline(lambda: 1e9)


def scan_all(
    source: FakeBedrock, deadline: Deadline = ENDLESS, **parameters: Any
) -> tuple[TwoEndedScan, list[str]]:
    scan = TwoEndedScan(source, {"maxResults": 10, **parameters}, deadline, sleep=lambda _: None)
    return scan, [each["jobArn"] for page in scan for each in page]


def arns(of: list[Job]) -> list[str]:
    return sorted(each["jobArn"] for each in of)


@pytest.mark.parametrize("count", [0, 1, 10])
def test_one_page_is_one_call(count: int) -> None:
    source = FakeBedrock(jobs(count))
    scan, found = scan_all(source)
    assert (sorted(found), scan.complete, scan.pages_read) == (arns(source.jobs), True, 1)


def test_both_ends_share_the_work() -> None:
    source = FakeBedrock(jobs(400))
    scan, found = scan_all(source)
    assert (sorted(found), scan.complete) == (arns(source.jobs), True)
    orders = [call["sortOrder"] for call in source.calls]
    assert {orders.count("Ascending"), orders.count("Descending")} <= set(range(15, 27))
    # Where they meet, up to one page each way is read in vain.
    assert scan.pages_read <= 42


def test_two_calls_are_under_way_at_once() -> None:
    meeting = threading.Barrier(2, timeout=5)

    class Slow(FakeBedrock):
        def list_page(self, parameters: Mapping[str, Any]) -> Page:
            page = super().list_page(parameters)
            if len(self.calls) in (2, 3):
                meeting.wait()
            return page

    _, found = scan_all(Slow(jobs(30)))
    assert len(found) == 30


def test_a_token_is_one_place_in_one_order() -> None:
    source = FakeBedrock(jobs(50))
    token = source.list_page({"maxResults": 20, "sortOrder": "Ascending"}).next_token
    scan, found = scan_all(source, nextToken=token, sortOrder="Ascending")
    assert (sorted(found), scan.complete) == (arns(source.jobs[:30]), True)
    assert {call["sortOrder"] for call in source.calls} == {"Ascending"}


def test_the_deadline_leaves_it_incomplete() -> None:
    times = iter([1.0, 0.1, 0.0])
    scan, found = scan_all(FakeBedrock(jobs(400)), Deadline(lambda: next(times)))
    assert scan.complete is False
    assert 0 < len(found) < 400


def test_one_token_twice_does_not_loop_for_ever() -> None:
    class Stuck(FakeBedrock):
        def list_page(self, parameters: Mapping[str, Any]) -> Page:
            self.calls.append(dict(parameters))
            return Page({"modelCustomizationJobSummaries": [], "nextToken": "again"})

    with pytest.raises(UnexpectedAnswerException, match="twice"):
        scan_all(Stuck())


@pytest.mark.parametrize("failing_call", [1, 2, 5])
def test_an_error_ends_it(failing_call: int) -> None:
    def fail(source: FakeBedrock) -> None:
        if len(source.calls) == failing_call:
            raise InternalServerException("broken")

    with pytest.raises(InternalServerException):
        scan_all(FakeBedrock(jobs(400), before_page=fail))


def test_throttled_at_once_it_raises() -> None:
    def throttle(_: FakeBedrock) -> None:
        raise ThrottlingException("slow down")

    with pytest.raises(ThrottlingException):
        scan_all(FakeBedrock(jobs(400), before_page=throttle))


def test_throttled_it_narrows_to_one_walk_then_waits_longer_each_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("random.uniform", lambda _, most: most)
    throttled = 0

    def throttle(source: FakeBedrock) -> None:
        nonlocal throttled
        if len(source.calls) > 4 and throttled < 7:
            throttled += 1
            raise ThrottlingException("slow down")

    source = FakeBedrock(jobs(400), before_page=throttle)
    waits: list[float] = []
    scan = TwoEndedScan(source, {"maxResults": 10}, ENDLESS, sleep=waits.append)
    found = [each["jobArn"] for page in scan for each in page]
    assert (sorted(found), scan.complete) == (arns(source.jobs), True)
    # The first one narrowed; the second may have been on its way already.
    assert waits == [2, 4, 8, 16, 20, 20]
    after = source.calls[4 + 7 + 1 :]
    assert len({call["sortOrder"] for call in after}) == 1


def test_a_pause_leaves_the_reserve(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.uniform", lambda _, most: most)
    remaining = 8.0

    def throttle(source: FakeBedrock) -> None:
        if len(source.calls) > 1:
            raise ThrottlingException("slow down")

    def sleep(seconds: float) -> None:
        nonlocal remaining
        remaining -= seconds + 0.001

    source = FakeBedrock(jobs(400), before_page=throttle)
    scan = TwoEndedScan(source, {"maxResults": 10}, Deadline(lambda: remaining), sleep=sleep)
    assert sum(len(page) for page in scan) == 10
    assert scan.complete is False
    assert -0.1 < remaining <= 0


created_minutes = st.lists(
    # Skewed on purpose: most jobs bunched, many at the very same instant.
    st.one_of(st.integers(0, 3), st.integers(0, 50), st.integers(0, 100_000)),
    max_size=80,
)


@settings(max_examples=300, deadline=None)
@given(
    created=created_minutes,
    page_size=st.integers(1, 12),
    keyed=st.booleans(),
    unsettled_ties=st.booleans(),
    arrivals=st.lists(st.integers(0, 3), max_size=30),
    throttled=st.sets(st.integers(2, 40)),
)
def test_it_equals_the_truth(
    *,
    created: list[int],
    page_size: int,
    keyed: bool,
    unsettled_ties: bool,
    arrivals: list[int],
    throttled: set[int],
) -> None:
    truth = [job(number, created=NOW - timedelta(minutes=minutes)) for number, minutes in enumerate(created)]
    coming = list(arrivals)
    lock = threading.Lock()

    class Busy(FakeBedrock):
        def list_page(self, parameters: Mapping[str, Any]) -> Page:
            with lock:
                if unsettled_ties and parameters["sortOrder"] == "Ascending":
                    # Of jobs of one instant, scan orders give the same one first.
                    return self._flipped(parameters)
                return super().list_page(parameters)

        def _flipped(self, parameters: Mapping[str, Any]) -> Page:
            flip = str.maketrans("0123456789abcdef", "fedcba9876543210")
            flipped = FakeBedrock(
                [{**each, "jobArn": each["jobArn"].translate(flip)} for each in self.jobs],
                keyed=self.keyed,
                before_page=lambda _: self._note(parameters),
            )
            page = flipped.list_page(parameters)
            for each in page.jobs:
                each["jobArn"] = each["jobArn"].translate(flip)
            return page

        def _note(self, parameters: Mapping[str, Any]) -> None:
            self.calls.append(dict(parameters))
            self.before_page(self)

    def trouble(source: FakeBedrock) -> None:
        if len(source.calls) in throttled:
            raise ThrottlingException("slow down")
        for _ in range(coming.pop() if coming else 0):
            number = len(source.jobs)
            source.jobs.append(job(number, created=NOW + timedelta(minutes=1 + number // 3)))

    source = Busy(list(truth), keyed=keyed, before_page=trouble)
    scan, found = scan_all(source, maxResults=page_size)
    assert scan.complete
    assert len(found) == len(set(found)), "nothing twice"
    assert set(arns(truth)) <= set(found), "nothing lost"
    assert set(found) <= set(arns(source.jobs))
