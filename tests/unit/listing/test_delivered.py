from customization_jobs.listing.delivered import REMEMBERED_JOBS, Delivered
from tests.fakes import job


def delivered_of(*jobs: object) -> Delivered:
    """Return what a token restores after the jobs were delivered in the middle of a page."""
    delivered = Delivered()
    for each in jobs:
        delivered.add(each)
    return Delivered(list(delivered.ids), list(delivered.unidentified))


def test_a_job_is_skipped_by_its_arn_whatever_else_changes() -> None:
    delivered = delivered_of(job(1, status="InProgress"))
    assert delivered.skip(job(1, status="Completed", creationTime="nope"))
    assert not delivered.skip(job(2))


def test_a_summary_without_an_arn_is_skipped_as_often_as_it_was_delivered() -> None:
    delivered = delivered_of(None, None, {"jobArn": "nope"})
    assert [delivered.skip(None) for _ in range(3)] == [True, True, False]
    assert [delivered.skip({"jobArn": each}) for each in ("nope", "nope", "other")] == [True, False, False]


def test_a_summary_without_an_arn_is_skipped_only_on_the_page_that_is_read_again() -> None:
    delivered = delivered_of(None, job(1))
    delivered.turn_page()
    assert not delivered.skip(None)
    assert delivered.skip(job(1))
    restored = Delivered(list(delivered.ids), list(delivered.unidentified))
    assert not restored.skip(None)
    assert not restored.add(None), "it is delivered, but is no progress"
    assert restored.skip(job(1))


def test_the_last_jobs_before_a_page_are_remembered() -> None:
    delivered = delivered_of(*(job(number) for number in range(REMEMBERED_JOBS + 1)))
    delivered.turn_page()
    restored = Delivered(list(delivered.ids), [])
    assert len(restored.ids) == REMEMBERED_JOBS
    assert [restored.skip(job(number)) for number in (0, 1, REMEMBERED_JOBS)] == [False, True, True]


def test_jobs_with_lone_surrogates_have_ids() -> None:
    delivered = delivered_of({"jobArn": "arn:\ud800"}, ["\ud800"])
    assert delivered.skip({"jobArn": "arn:\ud800"})
    assert delivered.skip(["\ud800"])
