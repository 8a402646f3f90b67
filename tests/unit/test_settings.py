import pytest

from customization_jobs.limits import Limits
from customization_jobs.settings import Settings, SettingsError
from customization_jobs.sources import FleetChoice, Source


def test_defaults_need_only_a_region() -> None:
    assert Settings.from_environment({"AWS_REGION": "us-west-2"}) == Settings(
        region="us-west-2", function_region="us-west-2"
    )


def test_every_variable_is_read() -> None:
    environment = {
        "AWS_REGION": "eu-west-1",
        "BEDROCK_REGION": "us-west-2",
        "POWERTOOLS_SERVICE_NAME": "jobs",
        "POWERTOOLS_METRICS_NAMESPACE": "Jobs",
        "POWERTOOLS_LOG_LEVEL": "DEBUG",
        "IN_PROGRESS_LIMIT_SECONDS": "3600",
        "BEDROCK_CONNECT_TIMEOUT_SECONDS": "0.5",
        "BEDROCK_READ_TIMEOUT_SECONDS": "1.5",
        "BEDROCK_MAX_ATTEMPTS": "3",
        "WATCH_TABLE": "jobs",
        "WATCH_BUS": "arn:aws:events:us-west-2:111122223333:event-bus/watch",
        "WATCH_LIMITS": '{"default": 60}',
        "WATCH_RETENTION_DAYS": "30",
        "OWNER_TAG": "cost center",
        "NOTIFICATION_TOPIC": "arn:aws:sns:eu-west-1:111122223333:notifications",
        "CHAT_TOPIC": "arn:aws:sns:eu-west-1:111122223333:chat",
        "NOTIFICATION_DIGEST_ABOVE": "3",
        "EXPORT_BUCKET": "exports-111122223333",
        "EXPORT_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/111122223333/export-Queue_1",
        "LIST_CACHE_SECONDS": "5",
    }
    settings = Settings.from_environment(environment)
    assert settings == Settings(
        region="us-west-2",
        service_name="jobs",
        metrics_namespace="Jobs",
        log_level="DEBUG",
        limits=Limits(60),
        connect_timeout_seconds=0.5,
        read_timeout_seconds=1.5,
        max_attempts=3,
        watch_table="jobs",
        watch_bus=environment["WATCH_BUS"],
        watch_retention_days=30,
        owner_tag="cost center",
        function_region="eu-west-1",
        notification_topic=environment["NOTIFICATION_TOPIC"],
        chat_topic=environment["CHAT_TOPIC"],
        notification_digest_above=3,
        export_bucket=environment["EXPORT_BUCKET"],
        export_queue_url=environment["EXPORT_QUEUE_URL"],
        list_cache_seconds=5,
    )
    # Three attempts of five refused connections and one timeout each, with pauses of 1 and 2 s.
    assert settings.call_seconds == 3 * (6 * 0.5 + 1.5) + 3


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"AWS_REGION": ""}, "BEDROCK_REGION"),
        ({"POWERTOOLS_LOG_LEVEL": "LOUD"}, "POWERTOOLS_LOG_LEVEL is 'LOUD'; allowed: DEBUG"),
        ({"IN_PROGRESS_LIMIT_SECONDS": "1.5"}, "whole number above 0"),
        ({"IN_PROGRESS_LIMIT_SECONDS": "0"}, "IN_PROGRESS_LIMIT_SECONDS"),
        ({"BEDROCK_READ_TIMEOUT_SECONDS": "nan"}, "BEDROCK_READ_TIMEOUT_SECONDS is 'nan'"),
        ({"BEDROCK_READ_TIMEOUT_SECONDS": "inf"}, "BEDROCK_READ_TIMEOUT_SECONDS"),
        ({"BEDROCK_CONNECT_TIMEOUT_SECONDS": "soon"}, "BEDROCK_CONNECT_TIMEOUT_SECONDS is 'soon'"),
        ({"BEDROCK_MAX_ATTEMPTS": "-1"}, "BEDROCK_MAX_ATTEMPTS"),
        ({"LIST_CACHE_SECONDS": "0.5"}, "LIST_CACHE_SECONDS is '0.5'; allowed: a whole number above 0"),
        ({"WATCH_TABLE": "jobs table"}, "WATCH_TABLE is 'jobs table'; allowed: a name"),
        ({"WATCH_BUS": "watch"}, "WATCH_BUS is set and WATCH_TABLE is not"),
        ({"WATCH_LIMITS": '{"byPhase": {"lunch": 1}}'}, "WATCH_LIMITS: byPhase has 'lunch'; allowed: valid"),
        ({"WATCH_LIMITS": "["}, "WATCH_LIMITS: not JSON"),
        ({"WATCH_RETENTION_DAYS": "0"}, "WATCH_RETENTION_DAYS is '0'"),
        ({"OWNER_TAG": "team!"}, "OWNER_TAG is 'team!'; allowed: the key of a tag, 1 to 128 letters"),
        ({"NOTIFICATION_TOPIC": "my topic"}, "NOTIFICATION_TOPIC is 'my topic'"),
        ({"CHAT_TOPIC": "arn:aws:sns:::chat"}, "CHAT_TOPIC is set and NOTIFICATION_TOPIC is not"),
        ({"EXPORT_BUCKET": "exports/x"}, "EXPORT_BUCKET is 'exports/x'; allowed: a name"),
        ({"EXPORT_BUCKET": "exports"}, "EXPORT_BUCKET is set and WATCH_TABLE is not; the export needs both."),
        (
            {"EXPORT_BUCKET": "exports", "WATCH_TABLE": "jobs"},
            "EXPORT_BUCKET is set and EXPORT_QUEUE_URL is not; the export needs both.",
        ),
        ({"EXPORT_QUEUE_URL": "export"}, "EXPORT_QUEUE_URL is 'export'; allowed: the URL of an SQS queue."),
        ({"NOTIFICATION_DIGEST_ABOVE": "0"}, "NOTIFICATION_DIGEST_ABOVE is '0'"),
        ({"BEDROCK_READ_TIMEOUT_SECONDS": "8"}, "let one call take 29 s; allowed: at most 25 s"),
    ],
)
def test_the_message_names_an_invalid_variable(environment: dict[str, str], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        Settings.from_environment({"AWS_REGION": "us-east-1", **environment})


FLEET = '{"hub": "111122223333", "regions": ["us-east-1", "us-west-2"], "roleName": "Member"}'


def test_a_fleet_is_read_with_the_region_of_the_own_source() -> None:
    environment = {
        "AWS_REGION": "eu-west-1",
        "BEDROCK_REGION": "us-west-2",
        "WATCH_TABLE": "jobs",
        "FLEET": FLEET,
        "FLEET_LATE_AFTER_SECONDS": "900",
    }
    settings = Settings.from_environment(environment)
    assert settings.fleet == FleetChoice(
        Source("111122223333", "us-west-2"), ("us-east-1", "us-west-2"), role_name="Member"
    )
    assert settings.fleet_late_after_seconds == 900
    assert Settings.from_environment({**environment, "FLEET": ""}).fleet is None


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"FLEET": "{"}, "FLEET: not JSON; allowed: a JSON object."),
        ({"FLEET": '{"hub": "1"}'}, "FLEET: hub is '1'; allowed: the 12 digits of an account."),
        ({"FLEET": FLEET, "WATCH_TABLE": ""}, "FLEET is set and WATCH_TABLE is not"),
        (
            {"FLEET_LATE_AFTER_SECONDS": "0"},
            "FLEET_LATE_AFTER_SECONDS is '0'; allowed: a whole number above 0",
        ),
    ],
)
def test_an_invalid_fleet_is_named(environment: dict[str, str], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        Settings.from_environment({"AWS_REGION": "us-east-1", "WATCH_TABLE": "jobs", **environment})
