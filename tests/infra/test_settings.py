import dataclasses
import json
import re
from typing import Any

import pytest
from aws_cdk import aws_codedeploy as codedeploy

from infra import settings as module
from infra.settings import CONTEXT_KEY, Settings, SettingsError
from tests.infra.conftest import cdk_context


def read(**given: Any) -> Settings:
    return Settings.from_context({CONTEXT_KEY: given})


def refusal(**given: Any) -> str:
    with pytest.raises(SettingsError) as error:
        read(**given)
    return str(error.value)


def test_defaults_need_nothing() -> None:
    assert Settings.from_context({}) == Settings()


def test_the_settings_of_cdk_json_are_allowed() -> None:
    Settings.from_context(cdk_context())


def test_every_setting_is_checked_and_documented() -> None:
    names = {each.name for each in dataclasses.fields(Settings)}
    assert set(module._ALLOWED) == names  # noqa: SLF001 - the table must be whole
    assert set(re.findall(r"^    (\w+) : ", Settings.__doc__ or "", re.MULTILINE)) == names


def test_the_command_line_goes_before_the_file() -> None:
    settings = Settings.from_context(
        {
            CONTEXT_KEY: {"memoryMegabytes": 256, "logRetentionDays": 7},
            "customizationJobs.memoryMegabytes": "512",
            "customizationJobs.snapStart": "true",
            "customizationJobs.scheduleExpression": "rate(1 hour)",
            "@aws-cdk/core:something": True,
        }
    )
    assert (settings.memory_megabytes, settings.log_retention_days, settings.snap_start) == (512, 7, True)
    assert settings.schedule_expression == "rate(1 hour)"


def test_an_unknown_setting_is_named_with_the_nearest_known_one() -> None:
    message = refusal(memoryMegabyte=512)
    assert message == (
        "customizationJobs.memoryMegabyte is not a setting (it was given 512). Did you mean memoryMegabytes?"
    )


def test_an_unknown_setting_like_no_other_is_answered_with_all_names() -> None:
    assert "Known: bedrockRegion, scheduleExpression," in refusal(zzz=1)


def test_an_unknown_setting_of_the_command_line_is_refused() -> None:
    with pytest.raises(SettingsError, match="Did you mean snapStart"):
        Settings.from_context({"customizationJobs.snapstart": "true"})


def test_the_settings_must_be_an_object() -> None:
    with pytest.raises(SettingsError, match=r"customizationJobs is \[1\]; allowed: an object of settings"):
        Settings.from_context({CONTEXT_KEY: [1]})


@pytest.mark.parametrize(
    ("name", "given", "allowed"),
    [
        ("bedrockRegion", "US East", "the name of a region, such as us-east-1, or null"),
        ("bedrockRegion", 1, "the name of a region, such as us-east-1, or null"),
        ("scheduleExpression", 15, "a text"),
        ("scheduleExpression", "rate(5 minute)", "rate(5 minutes)"),
        ("scheduleFlexibleMinutes", -1, "a whole number from 0 to 1440"),
        ("scheduleQuery", "all", "a JSON object"),
        ("sweepMissingAfterHours", 169, "a whole number from 1 to 168, or null"),
        ("sweepName", "a b", "1 to 64 letters, digits and ._-"),
        ("inProgressLimitHours", 0, "a whole number from 1 to 8760"),
        ("waitFirstPollSeconds", 0, "a whole number from 1 to 86400"),
        ("waitLongestPollSeconds", 1.5, "a whole number from 1 to 86400"),
        ("waitTimeoutHours", "2d", "a whole number from 1 to 8760"),
        ("alarmEmail", "nobody", "an e-mail address, or null"),
        ("apiRequestsPerSecond", 0, "a whole number from 1 to 10000"),
        ("apiBurst", True, "a whole number from 1 to 5000"),
        ("apiAccountLogRole", "yes", "true or false"),
        ("memoryMegabytes", 64, "a whole number from 128 to 10240"),
        ("timeoutSeconds", 29, "a whole number from 30 to 900"),
        ("snapStart", 1, "true or false"),
        ("watchLimits", 3600, "a JSON object"),
        ("watchRetentionDays", 0, "a whole number from 1 to 3653"),
        ("watchTimeoutSeconds", 901, "a whole number from 30 to 900"),
        ("newsKinds", ["Failed", "Seen"], "a list of Failed, Stopped, Stuck, each once"),
        ("newsKinds", ["Failed", "Failed"], "a list of Failed, Stopped, Stuck, each once"),
        ("newsKinds", "Failed", "a list of Failed, Stopped, Stuck, each once"),
        ("newsEmail", "nobody", "an e-mail address, or null"),
        ("logEncryption", "none", "aws or kms"),
        ("removalPolicy", "snapshot", "destroy or retain"),
        ("allowUncompiledBundle", None, "true or false"),
    ],
)
def test_a_bad_value_is_refused_with_what_is_allowed(name: str, given: Any, allowed: str) -> None:
    assert refusal(**{name: given}) == f"customizationJobs.{name} is {json.dumps(given)}; allowed: {allowed}."


def test_the_limits_are_checked_as_the_function_checks_them() -> None:
    message = refusal(watchLimits={"byPhase": {"packing": 60}})
    assert 'watchLimits is {"byPhase": {"packing": 60}}; allowed:' in message
    assert "byPhase has 'packing'; allowed: validation, dataProcessing, training" in message
    assert "default is 0" in refusal(watchLimits={"default": 0})
    read(watchLimits={"default": 60, "byBaseModel": {"nova-lite": 7200}})


def test_a_release_is_one_that_the_cdk_knows() -> None:
    assert "allowed: ALL_AT_ONCE or CANARY_10_PERCENT_5_MINUTES or" in refusal(release="CANARY")
    for name in module.RELEASES:
        assert hasattr(codedeploy.LambdaDeploymentConfig, name)


def test_a_retention_that_cloudwatch_does_not_know_is_refused() -> None:
    assert "allowed: 1 or 3 or 5 or 7 or" in refusal(logRetentionDays=10)


def test_the_alarm_for_missing_sweeps_must_outlast_the_time_between_two() -> None:
    hourly = {"scheduleExpression": "rate(1 hour)", "scheduleFlexibleMinutes": 5}
    message = refusal(**hourly, sweepMissingAfterHours=1)
    assert "customizationJobs.sweepMissingAfterHours is 1; allowed: at least the 65 minutes" in message
    assert read(**hourly, sweepMissingAfterHours=3).missing_after_hours == 3
    assert read(**hourly).missing_after_hours == 2
    assert read(scheduleExpression="rate(15 minutes)").missing_after_hours == 1


def test_how_far_apart_the_sweeps_of_a_cron_expression_are_must_be_told() -> None:
    weekdays = {"scheduleExpression": "cron(0 6 ? * MON-FRI *)"}
    assert "sweepMissingAfterHours is null; allowed: beside a cron expression, the hours" in refusal(
        **weekdays
    )
    assert read(**weekdays, sweepMissingAfterHours=73).missing_after_hours == 73


def test_no_alarm_looks_back_further_than_a_week() -> None:
    assert "a rate of a week at most" in refusal(scheduleExpression="rate(8 days)")


def test_the_sweeps_query_is_checked_as_the_function_checks_it() -> None:
    message = refusal(scheduleQuery={"statusEqual": "Failed", "maxResults": 0})
    assert "did you mean statusEquals?" in message
    assert "a whole number from 1 to 1000" in message
    read(scheduleQuery={"maxResults": 500})


def test_the_sweep_of_the_watch_sees_every_job() -> None:
    message = refusal(scheduleQuery={"statusEquals": "Failed"}, sweepName="failed")
    assert "no input that selects, because the watch has to see every job" in message


def test_the_first_wait_is_not_longer_than_the_longest() -> None:
    message = refusal(waitFirstPollSeconds=61, waitLongestPollSeconds=60, waitTimeoutHours=1)
    assert message.endswith("waitFirstPollSeconds is 61; allowed: at most waitLongestPollSeconds, 60.")


def test_a_wait_must_fit_into_the_history_of_one_execution() -> None:
    message = refusal(waitLongestPollSeconds=60, waitTimeoutHours=17)
    assert "waitTimeoutHours is 17; allowed: at most 16 with waitLongestPollSeconds 60" in message
    assert read(waitLongestPollSeconds=60, waitTimeoutHours=16).wait_limit_seconds == 60_000
