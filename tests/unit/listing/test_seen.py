from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from customization_jobs.listing.seen import PageKeys, SeenJobs
from tests.fakes import NOW, job

# Few distinct jobs, each with one creation time, or none.
_jobs = st.integers(0, 12).map(
    lambda number: (
        {**job(number), "creationTime": "nope"}
        if number > 10
        else job(number, created=NOW - timedelta(minutes=number // 3))
    )
)
_summaries = st.one_of(_jobs, st.sampled_from([None, 5, [], {}, {"jobArn": "nope"}]))


@given(st.lists(st.lists(_summaries, max_size=6), max_size=8))
def test_it_is_a_set_of_jobs_whatever_their_times(pages: list[list[Any]]) -> None:
    seen, expected = SeenJobs(), set[int]()
    for page in map(PageKeys.of, pages):
        assert seen.find(page) == expected & set(page.keys)
        assert seen.add(page) == set(page.keys) - expected
        expected |= set(page.keys)


def test_a_job_is_recognized_by_its_arn_and_anything_else_by_its_content() -> None:
    page = PageKeys.of(
        [job(1, status="Failed"), job(1, status="Completed"), {"a": 1, "b": 2}, {"b": 2, "a": 1}]
    )
    assert page.arns == [job(1)["jobArn"], job(1)["jobArn"], None, None]
    assert page.keys[0] == page.keys[1]
    assert page.keys[2] == page.keys[3]
    assert len(set(page.keys)) == 2
