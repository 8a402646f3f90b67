"""Settings that depend on each other."""

from tests.infra.test_settings import read, refusal

WEEKDAYS = {"scheduleExpression": "cron(0 6 ? * MON-FRI *)"}


def test_the_alarm_for_missing_sweeps_must_exceed_the_time_between_two() -> None:
    hourly = {"scheduleExpression": "rate(1 hour)", "scheduleFlexibleMinutes": 5}
    message = refusal(**hourly, sweepMissingAfterHours=1)
    assert "customizationJobs.sweepMissingAfterHours is 1; allowed: at least the 65 minutes" in message
    assert read(**hourly, sweepMissingAfterHours=3).missing_after_hours == 3


def test_the_time_until_a_sweep_is_missing_is_derived_from_the_rate() -> None:
    assert read(scheduleExpression="rate(1 hour)", scheduleFlexibleMinutes=5).missing_after_hours == 2
    assert read(scheduleExpression="rate(1 hour)", scheduleFlexibleMinutes=0).missing_after_hours == 1
    assert read(scheduleExpression="rate(15 minutes)").missing_after_hours == 1


def test_a_cron_expression_requires_the_time_until_a_sweep_is_missing() -> None:
    assert refusal(**WEEKDAYS).endswith(
        "sweepMissingAfterHours is null; allowed: with a cron expression, the longest time between two "
        "sweeps in hours, from 1 to 168."
    )
    assert read(**WEEKDAYS, sweepMissingAfterHours=73).missing_after_hours == 73


def test_a_rate_is_a_week_at_most() -> None:
    assert "a rate of a week at most" in refusal(scheduleExpression="rate(8 days)")
    read(scheduleExpression="rate(7 days)", scheduleFlexibleMinutes=0)


def test_a_wait_must_end_before_it_expires() -> None:
    message = refusal(waitExpiryDays=2, waitTimeoutHours=49)
    assert message.endswith("waitTimeoutHours is 49; allowed: at most 48 with waitExpiryDays 2.")
    assert read(waitExpiryDays=2, waitTimeoutHours=48).wait_limit_seconds == 2 * 86_400


def test_the_watch_must_keep_jobs_for_as_long_as_can_pass_between_two_sweeps() -> None:
    weekly = {"scheduleExpression": "rate(7 days)", "scheduleFlexibleMinutes": 0}
    assert refusal(**weekly, watchRetentionDays=6).endswith(
        "watchRetentionDays is 6; allowed: at least 7, because 10080 minutes can pass between two sweeps, "
        "and a job that ended longer ago than the retention is not published."
    )
    assert read(**weekly, watchRetentionDays=7, waitExpiryDays=7).watch_retention_days == 7
    assert "allowed: at least 2, because 1445 minutes" in refusal(
        scheduleExpression="rate(1 day)", scheduleFlexibleMinutes=5, watchRetentionDays=1
    )
    read(
        scheduleExpression="rate(15 minutes)",
        sweepMissingAfterHours=100,
        watchRetentionDays=1,
        waitExpiryDays=1,
        waitTimeoutHours=24,
    )


def test_the_time_between_two_sweeps_of_a_cron_expression_is_that_until_one_is_missing() -> None:
    assert "allowed: at least 4, because 4380 minutes" in refusal(
        **WEEKDAYS, sweepMissingAfterHours=73, watchRetentionDays=3
    )
    read(**WEEKDAYS, sweepMissingAfterHours=73, watchRetentionDays=4, waitExpiryDays=4)


def test_the_records_of_jobs_outlive_the_waits_for_them() -> None:
    message = refusal(watchRetentionDays=29)
    assert message.endswith("is 29; allowed: at least waitExpiryDays, 30: waits need the records of jobs.")
    read(watchRetentionDays=30)
