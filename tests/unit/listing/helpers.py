"""Lists of jobs, the orders in which Bedrock could send them, and complete scans."""

import json
import zlib
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from customization_jobs.listing.scan import ParallelScan
from customization_jobs.timeouts import Deadline
from tests.fakes import NOW, FakeBedrock, Job, job, text

ENDLESS = Deadline(lambda: 1e9)
Order = Callable[[Job, bool], list[Any]]
Sent = Callable[[Job], Any]


def make_jobs(count: int, *, apart: timedelta = timedelta(minutes=1)) -> list[Job]:
    """Make jobs at regular intervals, newest first."""
    return [job(number, created=NOW - apart * number) for number in range(count)]


def scan_all(
    source: FakeBedrock, deadline: Deadline = ENDLESS, **parameters: Any
) -> tuple[ParallelScan, list[str]]:
    """Run a scan with pages of 10 jobs; return it and the ARNs that it found."""
    scan = ParallelScan(source, {"maxResults": 10, **parameters}, deadline, sleep=lambda _: None)
    return scan, [each["jobArn"] for page in scan for each in page]


def arns(jobs: list[Job]) -> list[str]:
    """Return the sorted ARNs of jobs."""
    return sorted(each["jobArn"] for each in jobs)


def contents(jobs: Iterable[Any]) -> Counter[str]:
    """Return how often each summary occurs, for summaries of any JSON."""
    return Counter(json.dumps(each, sort_keys=True) for each in jobs)


def _chance(*parts: Any) -> int:
    return zlib.crc32(repr(parts).encode())


def coarse_order(seconds: float, *, unsettled: bool) -> Order:
    """Order jobs by multiples of some seconds. Ties are in any order, or in a different one to each walk."""

    def place(each: Job, descending: bool) -> list[Any]:  # noqa: FBT001 - the type of an order
        created = datetime.fromisoformat(each["creationTime"]).timestamp()
        return [created // seconds, _chance(each["jobArn"], descending and unsettled), each["jobArn"]]

    return place


def broken_order(seed: int, share: int) -> Order:
    """Order jobs by time, except that one of `share` jobs is anywhere."""

    def place(each: Job, _: bool) -> list[Any]:  # noqa: FBT001 - the type of an order
        created = datetime.fromisoformat(each["creationTime"])
        chance = _chance(seed, each["jobArn"])
        if chance % share == 0:
            created = NOW - timedelta(seconds=chance % 10_000)
        return [created.timestamp(), each["jobArn"]]

    return place


orders = st.one_of(
    st.builds(coarse_order, st.sampled_from([0.001, 1, 60, 3600]), unsettled=st.booleans()),
    st.builds(broken_order, st.integers(0, 1000), st.sampled_from([1, 2, 5, 20])),
)
# Seconds before NOW. Deliberately skewed: most jobs are close together, and many have the same creation time.
ages = st.one_of(
    st.integers(0, 3),
    st.floats(0, 5).map(lambda seconds: round(seconds, 3)),
    st.integers(0, 200),
    st.integers(0, 100_000),
)
_anything: st.SearchStrategy[Any] = (
    st.none()
    | st.booleans()
    | st.integers(0, 2)
    | st.sampled_from(["", "nope", "arn", text(NOW - timedelta(seconds=100))])
    | st.just([])
)


def _mangled(each: Job, damage: tuple[str, Any]) -> Any:
    name, value = damage
    if name == "all":
        return value
    return {key: part for key, part in each.items() if key != name} if name == "no" else {**each, name: value}


_damages = st.tuples(st.sampled_from(["all", *job()]), _anything)


@st.composite
def damage(draw: st.DrawFn) -> Sent:
    """Draw which jobs are sent malformed: without a field, with another value, or as another type."""
    damages = draw(st.dictionaries(st.integers(0, 60), _damages, max_size=6))

    def sent(each: Job) -> Any:
        number = int(each["jobArn"][-12:], 16)
        return _mangled(each, damages[number]) if number in damages else each

    return sent
