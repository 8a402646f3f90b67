"""Settings that depend on each other."""

import json
from typing import Any

import pytest

from customization_jobs.sources import FleetChoice, Source
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


ORGANIZATION = {
    "fleetRegions": ["us-east-1"],
    "fleetAccounts": "organization",
    "fleetOrganizationId": "o-a1b2c3d4e5",
}


@pytest.mark.parametrize(
    ("given", "other_accounts"),
    [
        ({}, False),
        ({"fleetRegions": ["us-east-1"]}, False),
        (ORGANIZATION, True),
        ({**ORGANIZATION, "fleetAccounts": [f"{number:012}" for number in range(150)]}, True),
        ({**ORGANIZATION, "fleetAccounts": [], "fleetOrganizationalUnits": ["ou-ab12-cdef3456"]}, True),
        ({**ORGANIZATION, "fleetExcept": ["111122223333", "111122224444/us-east-1"]}, True),
    ],
)
def test_a_fleet_has_regions_and_may_have_other_accounts(given: Any, *, other_accounts: bool) -> None:
    settings = read(**given)
    assert settings.has_fleet is bool(given)
    assert settings.has_other_accounts is other_accounts


def test_other_accounts_require_the_organization() -> None:
    refused = "fleetOrganizationId is null; allowed: the organization, because the fleet has other accounts."
    for chosen in (
        {"fleetAccounts": "organization"},
        {"fleetAccounts": ["111122223333"]},
        {"fleetOrganizationalUnits": ["ou-ab12-cdef3456"]},
    ):
        assert refusal(fleetRegions=["us-east-1"], **chosen).endswith(refused)


def test_the_organization_leaves_no_units_to_choose() -> None:
    message = refusal(**ORGANIZATION, fleetOrganizationalUnits=["ou-ab12-cdef3456"])
    assert 'allowed: none with fleetAccounts "organization", which chooses all accounts' in message


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("fleetAccounts", "organization"),
        ("fleetOrganizationalUnits", ["ou-ab12-cdef3456"]),
        ("fleetExcept", ["111122223333"]),
        ("fleetOrganizationId", "o-a1b2c3d4e5"),
    ],
)
def test_a_choice_of_accounts_requires_regions(name: str, given: Any) -> None:
    assert f"customizationJobs.{name} is " in refusal(**{name: given})
    assert "allowed: nothing without fleetRegions" in refusal(**{name: given})


def test_the_choice_of_a_fleet_fits_in_the_environment_of_a_function() -> None:
    accounts = [f"{number:012}" for number in range(150)]
    message = refusal(**{**ORGANIZATION, "fleetAccounts": accounts, "fleetExcept": accounts[:60]})
    assert message.endswith(
        "allowed: with the other settings of the fleet, at most 3000 characters (a function's environment is "
        "limited to 4 KB); use organizational units."
    )
    assert len(message) > 2000
    longest = {**ORGANIZATION, "fleetAccounts": accounts, "fleetExcept": accounts[:20]}
    assert FleetChoice.from_json(json.dumps(read(**longest).fleet_choice("1" * 12)), "us-east-1")


def test_a_listing_is_late_after_two_intervals_and_the_longest_sweep() -> None:
    assert read(**ORGANIZATION).late_after_seconds == 2 * 20 * 60 + 3000
    cron = {**WEEKDAYS, "sweepMissingAfterHours": 73}
    assert read(**ORGANIZATION, **cron).late_after_seconds == 2 * 73 * 3600 + 3000


def test_the_function_reads_the_choice_of_the_settings() -> None:
    settings = read(
        fleetRegions=["us-east-1", "us-west-2"],
        fleetAccounts=["111122223333"],
        fleetOrganizationalUnits=["ou-ab12-cdef3456"],
        fleetExcept=["111122224444", "111122223333/us-west-2"],
        fleetOrganizationId="o-a1b2c3d4e5",
        fleetRoleName="Other",
    )
    choice = FleetChoice.from_json(json.dumps(settings.fleet_choice("999988887777")), "us-east-1")
    assert choice == FleetChoice(
        own=Source("999988887777", "us-east-1"),
        regions=("us-east-1", "us-west-2"),
        accounts=("111122223333",),
        organizational_units=("ou-ab12-cdef3456",),
        exceptions=frozenset({"111122224444", "111122223333/us-west-2"}),
        role_name="Other",
    )
    whole = FleetChoice.from_json(json.dumps(read(**ORGANIZATION).fleet_choice("9" * 12)), "us-east-1")
    assert (whole.organization, whole.accounts, whole.is_discovered) == (True, (), True)
