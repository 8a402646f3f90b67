"""Reading settings, and the rule of each."""

import json
import re
from typing import Any

import pytest
from aws_cdk import aws_codedeploy as codedeploy

from customization_jobs.notify.kinds import KINDS
from infra.settings.context import CONTEXT_KEY, SettingsError, read_settings
from infra.settings.model import DEPLOYMENT_CONFIGURATIONS, Settings
from tests.infra.conftest import cdk_context


def read(**given: Any) -> Settings:
    return read_settings({CONTEXT_KEY: given})


def refusal(**given: Any) -> str:
    with pytest.raises(SettingsError) as error:
        read(**given)
    return str(error.value)


@pytest.mark.parametrize(
    ("given", "addresses"),
    [
        (None, ()),
        ("a@example.com", ("a@example.com",)),
        ([], ()),
        (["a@example.com", "b@example.com"], ("a@example.com", "b@example.com")),
    ],
)
def test_notifications_go_to_any_number_of_addresses(given: Any, addresses: tuple[str, ...]) -> None:
    assert tuple(read(notificationEmail=given).notification_emails) == addresses


def test_chat_is_off_on_or_connected_to_channels() -> None:
    assert read().chat is False
    for chat in (False, True, {"slack": SLACK}, {"teams": TEAMS}, {"slack": SLACK, "teams": TEAMS}):
        assert read(chat=chat).chat == chat


def test_every_kind_with_a_text_can_be_chosen() -> None:
    assert tuple(read(notificationKinds=list(KINDS)).notification_kinds) == tuple(KINDS)


def test_every_setting_has_a_valid_default() -> None:
    assert read_settings({}) == Settings()


def test_the_settings_of_cdk_json_are_valid() -> None:
    read_settings(cdk_context())


def test_the_command_line_overrides_the_file() -> None:
    settings = read_settings(
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


def test_an_unknown_setting_is_refused_with_the_nearest_known_one() -> None:
    assert refusal(memoryMegabyte=512) == (
        "customizationJobs.memoryMegabyte (given 512) is not a setting. Did you mean memoryMegabytes?"
    )


def test_an_unknown_setting_without_a_similar_one_is_refused_with_all_names() -> None:
    assert "Known: bedrockRegion, scheduleExpression," in refusal(zzz=1)


def test_an_unknown_setting_on_the_command_line_is_refused() -> None:
    with pytest.raises(SettingsError, match="Did you mean snapStart"):
        read_settings({"customizationJobs.snapstart": "true"})


def test_the_settings_must_be_an_object() -> None:
    with pytest.raises(SettingsError, match=r"customizationJobs is \[1\]; allowed: an object of settings"):
        read_settings({CONTEXT_KEY: [1]})


NOTIFICATION_KINDS = (
    "a list of Failed, Stopped, Stuck, Unstuck, Late, Completed, FailureExplained, each at most once"
)
EMAILS = "an e-mail address, a list of different ones, or null"
CHAT = (
    'true, false, or the ids of a channel for each client: `{"slack": {"workspaceId", "channelId"}, '
    '"teams": {"teamId", "tenantId", "channelId"}}`, one or both'
)
SLACK = {"workspaceId": "T0123ABCD", "channelId": "C0123ABCD"}
TEAMS = {
    "teamId": "0a1b2c3d-0000-4000-8000-000000000001",
    "tenantId": "0a1b2c3d-0000-4000-8000-000000000002",
    "channelId": "19%3Aabc%40thread.tacv2",
}
ACCOUNTS = (
    '"organization", or a list of at most 150 different account ids (a function\'s environment is limited to '
    "4 KB; for more, use organizational units)"
)
FLEET_REGIONS = "a list of different region names, such as us-east-1"
UNITS = "a list of different ids of organizational units, such as ou-ab12-cdef3456"
EXCEPTIONS = "a list of different account ids, or ACCOUNT/REGION, such as 111122223333/us-east-1"
ORGANIZATION_ID = "the id of an organization, such as o-a1b2c3d4e5, or null"
ROLE_NAME = "1 to 58 letters, digits, dots, underscores and hyphens"
REGION = "a region name, such as us-east-1, or null"
RUNBOOK_URL = "an address of 1 to 500 characters without spaces and without #"
EMAIL = "an e-mail address, or null"
RETENTION = (
    "1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, "
    "1096, 1827, 2192, 2557, 2922, 3288 or 3653"
)
EXPRESSION = "a rate or cron expression of EventBridge Scheduler"


@pytest.mark.parametrize(
    ("name", "given", "allowed"),
    [
        ("bedrockRegion", "US East", REGION),
        ("bedrockRegion", 1, REGION),
        ("scheduleExpression", 15, EXPRESSION),
        ("scheduleExpression", None, EXPRESSION),
        ("scheduleExpression", "rate(5 minute)", "rate(5 minutes)"),
        ("scheduleFlexibleMinutes", -1, "a whole number from 0 to 1440"),
        (
            "scheduleQuery",
            "all",
            "a JSON object of inputs of `ListModelCustomizationJobs` that do not filter",
        ),
        ("sweepMissingAfterHours", 169, "a whole number from 1 to 168, or null"),
        ("sweepName", "a b", "1 to 64 letters, digits, dots, underscores and hyphens"),
        ("inProgressLimitHours", 0, "a whole number from 1 to 8760"),
        ("export", "daily", "true or false"),
        ("exportRetentionDays", 6, "a whole number from 7 to 3653"),
        ("waitExpiryDays", 366, "a whole number from 1 to 365"),
        ("listCacheSeconds", 61, "a whole number from 0 to 60"),
        ("waitTimeoutHours", "2d", "a whole number from 1 to 8760"),
        ("alarmEmail", "nobody", EMAIL),
        ("runbookUrl", "", RUNBOOK_URL),
        ("runbookUrl", "docs/runbook.md#top", RUNBOOK_URL),
        ("runbookUrl", "our runbook", RUNBOOK_URL),
        ("runbookUrl", "x" * 501, RUNBOOK_URL),
        ("apiRequestsPerSecond", 0, "a whole number from 1 to 10000"),
        ("apiBurst", True, "a whole number from 1 to 5000"),
        ("apiBurst", 5001, "a whole number from 1 to 5000"),
        ("apiAccountLogRole", "yes", "true or false"),
        ("listingReservedConcurrency", 0, "a whole number from 1 to 10000, or null"),
        ("memoryMegabytes", 64, "a whole number from 128 to 10240"),
        ("timeoutSeconds", 29, "a whole number from 30 to 900"),
        ("snapStart", 1, "true or false"),
        ("watchLimits", 3600, "a JSON object of limits in seconds"),
        ("jobTags", "", "the key of a tag, 1 to 128 letters, digits, spaces and ._:/=+@-, or null"),
        ("jobTags", ["team"], "the key of a tag, 1 to 128 letters, digits, spaces and ._:/=+@-, or null"),
        ("watchRetentionDays", 0, "a whole number from 1 to 3653"),
        ("watchTimeoutSeconds", 901, "a whole number from 30 to 900"),
        ("fleetRegions", "us-east-1", FLEET_REGIONS),
        ("fleetRegions", ["US East"], FLEET_REGIONS),
        ("fleetRegions", ["us-east-1", "us-east-1"], FLEET_REGIONS),
        ("fleetAccounts", "all", ACCOUNTS),
        ("fleetAccounts", None, ACCOUNTS),
        ("fleetAccounts", ["organization"], ACCOUNTS),
        ("fleetAccounts", [111122223333], ACCOUNTS),
        ("fleetAccounts", ["11112222333"], ACCOUNTS),
        ("fleetAccounts", ["111122223333", "111122223333"], ACCOUNTS),
        ("fleetAccounts", [f"{number:012}" for number in range(151)], ACCOUNTS),
        ("fleetOrganizationalUnits", ["r-ab12"], UNITS),
        ("fleetOrganizationalUnits", "ou-ab12-cdef3456", UNITS),
        ("fleetExcept", ["us-east-1"], EXCEPTIONS),
        ("fleetExcept", ["111122223333/"], EXCEPTIONS),
        ("fleetExcept", ["111122223333/US East"], EXCEPTIONS),
        ("fleetOrganizationId", "a1b2c3d4e5", ORGANIZATION_ID),
        ("fleetRoleName", "role/Member", ROLE_NAME),
        ("fleetRoleName", "x" * 59, ROLE_NAME),
        ("fleetConcurrency", 0, "a whole number from 1 to 1000"),
        ("fleetDistributedAbove", 41, "a whole number from 0 to 40"),
        ("notificationKinds", ["Failed", "PhaseChanged"], NOTIFICATION_KINDS),
        ("notificationKinds", ["Failed", "Failed"], NOTIFICATION_KINDS),
        ("notificationKinds", "Failed", NOTIFICATION_KINDS),
        ("notificationEmail", "nobody", EMAILS),
        ("notificationEmail", ["a@example.com", "nobody"], EMAILS),
        ("notificationEmail", ["a@example.com", "a@example.com"], EMAILS),
        ("notificationEmail", 1, EMAILS),
        ("notificationDigestAbove", 0, "a whole number from 1 to 1000"),
        ("notificationDigestAbove", 1001, "a whole number from 1 to 1000"),
        ("chat", None, CHAT),
        ("chat", "slack", CHAT),
        ("chat", {}, CHAT),
        ("chat", {"discord": SLACK}, CHAT),
        ("chat", {"slack": "C0123ABCD"}, CHAT),
        ("chat", {"slack": {"channelId": "C0123ABCD"}}, CHAT),
        ("chat", {"slack": {**SLACK, "name": "alerts"}}, CHAT),
        ("chat", {"slack": {**SLACK, "channelId": "#alerts"}}, CHAT),
        ("chat", {"slack": {**SLACK, "workspaceId": "t0123abcd"}}, CHAT),
        ("chat", {"slack": SLACK, "teams": {**TEAMS, "teamId": "my team"}}, CHAT),
        ("chat", {"teams": {**TEAMS, "channelId": "19:abc@thread.tacv2"}}, CHAT),
        ("chat", {"teams": {**TEAMS, "channelId": f"19%3A{'a' * 255}%40thread"}}, CHAT),
        ("logEncryption", "none", "aws or kms"),
        (
            "logRetentionDays",
            30.0,
            RETENTION,
        ),
        ("removalPolicy", "snapshot", "destroy or retain"),
        ("allowUncompiledBundle", None, "true or false"),
    ],
)
def test_an_invalid_value_is_refused_with_what_is_allowed(name: str, given: Any, allowed: str) -> None:
    value = json.dumps(given)
    shown = value if len(value) <= 400 else f"{value[:400]}... ({len(value)} characters)"
    assert refusal(**{name: given}) == f"customizationJobs.{name} is {shown}; allowed: {allowed}."


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("bedrockRegion", "us-gov-west-1"),
        ("scheduleFlexibleMinutes", 0),
        ("scheduleFlexibleMinutes", 1440),
        ("sweepMissingAfterHours", 168),
        ("memoryMegabytes", 128),
        ("memoryMegabytes", 10_240),
        ("timeoutSeconds", 30),
        ("fleetRegions", ["us-gov-west-1", "us-gov-east-1"]),
        ("fleetConcurrency", 1000),
        ("fleetDistributedAbove", 0),
        ("fleetRoleName", "x" * 58),
        ("notificationKinds", []),
        ("notificationKinds", ["Stuck", "Failed"]),
        ("alarmEmail", "someone@example.com"),
        ("runbookUrl", "x" * 500),
        ("logRetentionDays", 3653),
    ],
)
def test_the_bounds_are_allowed(name: str, given: Any) -> None:
    read(**{name: given})


def test_limits_are_checked_as_the_function_checks_them() -> None:
    message = refusal(watchLimits={"byPhase": {"packing": 60}})
    assert 'watchLimits is {"byPhase": {"packing": 60}}; allowed: limits in seconds: ' in message
    assert "byPhase has 'packing'; allowed: validation, dataProcessing, training" in message
    assert "default is 0" in refusal(watchLimits={"default": 0})
    read(watchLimits={"default": 60, "byBaseModel": {"nova-lite": 7200}})


def test_the_deployment_configurations_are_those_of_the_cdk() -> None:
    message = refusal(deploymentConfiguration="CANARY")
    assert "allowed: ALL_AT_ONCE, CANARY_10_PERCENT_5_MINUTES, " in message
    known = {name for name in dir(codedeploy.LambdaDeploymentConfig) if re.match("ALL|CANARY|LINEAR", name)}
    assert set(DEPLOYMENT_CONFIGURATIONS) == known


def test_the_query_of_the_sweep_is_checked_as_the_function_checks_it() -> None:
    message = refusal(scheduleQuery={"statusEqual": "Failed", "maxResults": 0})
    assert "did you mean statusEquals?" in message
    assert "a whole number from 1 to 1000" in message
    read(scheduleQuery={"maxResults": 500})


def test_the_query_of_the_sweep_must_not_filter_jobs() -> None:
    message = refusal(scheduleQuery={"statusEquals": "Failed"}, sweepName="failed")
    assert "no input that filters jobs, because the watch must see every job" in message


_JWT = {"issuer": "https://login.example.com/tenant/", "audience": ["customization-jobs"]}


@pytest.mark.parametrize(
    "jwt",
    [
        None,
        _JWT,
        {**_JWT, "scopes": [], "origins": []},
        {**_JWT, "scopes": ["jobs/read", "https://api.example.com/jobs.read"]},
        {**_JWT, "origins": ["https://jobs.example.com", "https://a:8443", "http://localhost:3000"]},
    ],
)
def test_single_sign_on_needs_an_issuer_and_an_audience(jwt: Any) -> None:
    assert read(jwt=jwt).jwt == jwt


@pytest.mark.parametrize(
    ("jwt", "said"),
    [
        ({}, "allowed: an https address without a query as `issuer`, which is required."),
        ({**_JWT, "audience": []}, "as `audience`, which is required."),
        ({"issuer": _JWT["issuer"]}, "a list of 1 to 50 different audiences"),
        ({**_JWT, "issuer": "http://login.example.com"}, 'as `issuer`, which is "http://login.example.com".'),
        ({**_JWT, "issuer": "https://login.example.com?x=1"}, "an https address without a query"),
        ({**_JWT, "issuer": 5}, "as `issuer`, which is 5."),
        ({**_JWT, "audience": "customization-jobs"}, "as `audience`"),
        ({**_JWT, "audience": ["a", "a"]}, "as `audience`"),
        ({**_JWT, "audience": [str(n) for n in range(51)]}, "as `audience`"),
        ({**_JWT, "scopes": ["two words"]}, 'as `scopes`, which is ["two words"].'),
        ({**_JWT, "scopes": [str(n) for n in range(11)]}, "a list of at most 10 different scopes"),
        ({**_JWT, "scope": "a"}, "issuer, audience, scopes, origins in the object, and not scope."),
        *(
            ({**_JWT, "origins": [origin]}, "as `origins`")
            for origin in (
                *("*", "https://*", "https://*.example.com", "null", "https://jobs.example.com/"),
                *("http://jobs.example.com", "https://Jobs.example.com", "jobs.example.com", "https://a b"),
            )
        ),
        ({**_JWT, "origins": "https://jobs.example.com"}, "as `origins`"),
        (True, "an object such as"),
        ("https://login.example.com", "an object such as"),
    ],
)
def test_an_unusable_single_sign_on_is_refused_with_what_is_allowed(jwt: Any, said: str) -> None:
    message = refusal(jwt=jwt)
    assert message.startswith("customizationJobs.jwt is ")
    assert said in message
