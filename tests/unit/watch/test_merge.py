from customization_jobs.watch.job import Job
from customization_jobs.watch.merge import merge_jobs

TIME, EARLIER = "2026-03-01T10:00:00Z", "2026-03-01T10:30:00+01:00"


def job(status: str = "InProgress", **fields: str | None) -> Job:
    return Job("arn:x/1", "n", status, **fields)  # type: ignore[arg-type]


def test_the_later_modification_time_is_kept_across_time_zones() -> None:
    for known, observed in ((TIME, EARLIER), (EARLIER, TIME), (None, TIME), (TIME, None)):
        merged = merge_jobs(job(last_modified_time=known), job(last_modified_time=observed))
        assert merged.last_modified_time == TIME
    assert merge_jobs(job(), job()).last_modified_time is None


def test_known_facts_are_kept_and_unknown_ones_are_added() -> None:
    known = job(base_model_arn="a", customization_type=None)
    merged = merge_jobs(known, job(base_model_arn="b", customization_type="FINE_TUNING"))
    assert (merged.base_model_arn, merged.customization_type) == ("a", "FINE_TUNING")
