"""The function's configuration, read once from the environment. No other module reads the environment."""

import os
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from customization_jobs.backoff import longest_pause
from customization_jobs.limits import Limits
from customization_jobs.timeouts import MAX_CALL_SECONDS

if TYPE_CHECKING:
    from customization_jobs.sources import FleetChoice

# The connect timeout applies anew to each address of a host name (urllib3). AWS endpoints have a few.
_ADDRESSES = 6
# botocore's standard retries pause for up to 1, 2, 4, ... 20 s (botocore/retries/standard.py).
_BOTOCORE_MAX_PAUSE_SECONDS = 20.0
# Name or ARN of a table, a bus or a topic.
_NAME = re.compile(r"[A-Za-z0-9._-]{1,256}|arn:[A-Za-z0-9:/._-]{1,1020}")
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html
_QUEUE_URL = re.compile(r"https?://[A-Za-z0-9._:-]{1,255}/[0-9]{12}/[A-Za-z0-9_-]{1,80}")
# A tag's key as in Bedrock's model, except that spaces are the only white space allowed.
TAG_KEY = re.compile(r"[a-zA-Z0-9 ._:/=+@-]{1,128}")
TAG_KEY_ALLOWED = "1 to 128 letters, digits, spaces and ._:/=+@-"
_LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_DAY_SECONDS = 24 * 60 * 60

# A setting, another one that it needs, and the feature that needs both.
_NEEDS = (
    ("watch_bus", "watch_table", "the watch"),
    ("fleet", "watch_table", "the fleet"),
    ("chat_topic", "notification_topic", "chat"),
    ("export_bucket", "watch_table", "the export"),
    ("export_bucket", "export_queue_url", "the export"),
)


class SettingsError(Exception):
    """An environment variable is missing or invalid; the message names it and says what is allowed."""


class Settings(NamedTuple):
    """The function's configuration.

    Attributes
    ----------
    region : str
        Region whose jobs are listed: `BEDROCK_REGION`, or `AWS_REGION` if that is not set.
    service_name : str
        `POWERTOOLS_SERVICE_NAME`: `service` in logs, traces and metric dimensions.
    metrics_namespace : str
        `POWERTOOLS_METRICS_NAMESPACE`.
    log_level : str
        `POWERTOOLS_LOG_LEVEL`: DEBUG, INFO, WARNING, ERROR or CRITICAL.
    limits : Limits
        `WATCH_LIMITS` as JSON (`Limits.from_json`), with `IN_PROGRESS_LIMIT_SECONDS` as the default limit.
    connect_timeout_seconds, read_timeout_seconds : float
        `BEDROCK_CONNECT_TIMEOUT_SECONDS` and `BEDROCK_READ_TIMEOUT_SECONDS`, for each attempt.
    max_attempts : int
        `BEDROCK_MAX_ATTEMPTS`, including the first.
    watch_table : str or None
        `WATCH_TABLE`: name or ARN of the watch's DynamoDB table. Without a bus it is only read.
    watch_bus : str or None
        `WATCH_BUS`: name or ARN of the EventBridge bus for transitions. If set, the function is the watch.
    watch_retention_days : int
        `WATCH_RETENTION_DAYS`: how long the table keeps a job after its end.
    wait_expiry_days : int
        `WAIT_EXPIRY_DAYS`: the longest time that a waiter waits.
    owner_tag : str or None
        `OWNER_TAG`: key of the tag whose value is the owner of a job. If set, the watch reads tags.
    function_region : str or None
        `AWS_REGION`: region of the function, its table, its bus and its topics.
    notification_topic : str or None
        `NOTIFICATION_TOPIC`: ARN of the SNS topic of notifications. If set, the function publishes them.
    chat_topic : str or None
        `CHAT_TOPIC`: ARN of the SNS topic of chat messages.
    notification_digest_above : int
        `NOTIFICATION_DIGEST_ABOVE`: more events of one kind than this share one notification.
    export_bucket : str or None
        `EXPORT_BUCKET`: name of the bucket of the export. If set, the function exports.
    export_queue_url : str or None
        `EXPORT_QUEUE_URL`: URL of the queue through which an export continues in another invocation.
    fleet : FleetChoice or None
        `FLEET` as JSON (`FleetChoice.from_json`). None: the function's own source is the only one.
    fleet_late_after_seconds : int
        `FLEET_LATE_AFTER_SECONDS`: age from which the listing of a source is too old.
    list_cache_seconds : int
        `LIST_CACHE_SECONDS`: how long a list may be answered from a cache. 0: there is no cache.
    """

    region: str
    service_name: str = "customization-jobs"
    metrics_namespace: str = "BedrockCustomizationJobs"
    log_level: str = "INFO"
    limits: Limits = Limits(_DAY_SECONDS)
    connect_timeout_seconds: float = 1.0
    read_timeout_seconds: float = 5.0
    max_attempts: int = 2
    watch_table: str | None = None
    watch_bus: str | None = None
    watch_retention_days: int = 400
    wait_expiry_days: int = 30
    owner_tag: str | None = None
    function_region: str | None = None
    notification_topic: str | None = None
    chat_topic: str | None = None
    notification_digest_above: int = 10
    export_bucket: str | None = None
    export_queue_url: str | None = None
    fleet: "FleetChoice | None" = None
    fleet_late_after_seconds: int = 3600
    list_cache_seconds: int = 0

    @property
    def call_seconds(self) -> float:
        """Longest duration of one call to Bedrock: every attempt times out after the longest pause.

        In each attempt all addresses but the last refuse to connect, and the last does not answer. A server
        that sends its answer in small pieces can take longer: the read timeout applies to each piece.
        """
        pauses = sum(
            longest_pause(retry, base=1.0, cap=_BOTOCORE_MAX_PAUSE_SECONDS)
            for retry in range(self.max_attempts - 1)
        )
        attempt = _ADDRESSES * self.connect_timeout_seconds + self.read_timeout_seconds
        return self.max_attempts * attempt + pauses

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Read and validate the environment.

        Raises
        ------
        SettingsError
            A variable is missing or invalid.
        """
        region = environment.get("BEDROCK_REGION") or environment.get("AWS_REGION")
        if not region:
            raise SettingsError("Neither BEDROCK_REGION nor AWS_REGION is set; set one, such as us-east-1.")
        default = cls(region)
        settings = cls(
            region=region,
            service_name=environment.get("POWERTOOLS_SERVICE_NAME", default.service_name),
            metrics_namespace=environment.get("POWERTOOLS_METRICS_NAMESPACE", default.metrics_namespace),
            log_level=_log_level(environment, default.log_level),
            limits=_limits(environment),
            connect_timeout_seconds=_number(
                environment, "BEDROCK_CONNECT_TIMEOUT_SECONDS", default.connect_timeout_seconds
            ),
            read_timeout_seconds=_number(
                environment, "BEDROCK_READ_TIMEOUT_SECONDS", default.read_timeout_seconds
            ),
            max_attempts=_whole_number(environment, "BEDROCK_MAX_ATTEMPTS", default.max_attempts),
            watch_table=_name(environment, "WATCH_TABLE"),
            watch_bus=_name(environment, "WATCH_BUS"),
            watch_retention_days=_whole_number(
                environment, "WATCH_RETENTION_DAYS", default.watch_retention_days
            ),
            wait_expiry_days=_whole_number(environment, "WAIT_EXPIRY_DAYS", default.wait_expiry_days),
            owner_tag=_text(environment, "OWNER_TAG", TAG_KEY, f"the key of a tag, {TAG_KEY_ALLOWED}"),
            function_region=environment.get("AWS_REGION"),
            notification_topic=_name(environment, "NOTIFICATION_TOPIC"),
            chat_topic=_name(environment, "CHAT_TOPIC"),
            notification_digest_above=_whole_number(
                environment, "NOTIFICATION_DIGEST_ABOVE", default.notification_digest_above
            ),
            export_bucket=_name(environment, "EXPORT_BUCKET"),
            export_queue_url=_text(environment, "EXPORT_QUEUE_URL", _QUEUE_URL, "the URL of an SQS queue"),
            fleet=_fleet(environment, region),
            fleet_late_after_seconds=_whole_number(
                environment, "FLEET_LATE_AFTER_SECONDS", default.fleet_late_after_seconds
            ),
            list_cache_seconds=_whole_number(environment, "LIST_CACHE_SECONDS", default.list_cache_seconds),
        )
        settings._check_combinations()
        return settings

    def _check_combinations(self) -> None:
        for name, needed, purpose in _NEEDS:
            if getattr(self, name) and not getattr(self, needed):
                raise SettingsError(
                    f"{name.upper()} is set and {needed.upper()} is not; {purpose} needs both."
                )
        if self.call_seconds > MAX_CALL_SECONDS:
            raise SettingsError(
                "BEDROCK_CONNECT_TIMEOUT_SECONDS, BEDROCK_READ_TIMEOUT_SECONDS and BEDROCK_MAX_ATTEMPTS "
                f"let one call take {self.call_seconds:g} s; allowed: at most {MAX_CALL_SECONDS:g} s, "
                "because API Gateway gives up after 29 s."
            )


def _log_level(environment: Mapping[str, str], default: str) -> str:
    level = environment.get("POWERTOOLS_LOG_LEVEL", default)
    if level not in _LOG_LEVELS:
        raise SettingsError(f"POWERTOOLS_LOG_LEVEL is {level!r}; allowed: {', '.join(_LOG_LEVELS)}.")
    return level


def _limits(environment: Mapping[str, str]) -> Limits:
    default = _whole_number(environment, "IN_PROGRESS_LIMIT_SECONDS", _DAY_SECONDS)
    try:
        return Limits.from_json(environment.get("WATCH_LIMITS"), default)
    except ValueError as error:
        raise SettingsError(f"WATCH_LIMITS: {error}.") from error


def _fleet(environment: Mapping[str, str], region: str) -> "FleetChoice | None":
    text = environment.get("FLEET")
    if not text:
        return None
    from customization_jobs.sources import FleetChoice  # noqa: PLC0415 - only with a fleet

    try:
        return FleetChoice.from_json(text, region)
    except ValueError as error:
        raise SettingsError(f"FLEET: {error}.") from error


def _name(environment: Mapping[str, str], name: str) -> str | None:
    return _text(environment, name, _NAME, "a name of letters, digits and ._-, or an ARN")


def _text(environment: Mapping[str, str], name: str, pattern: re.Pattern[str], allowed: str) -> str | None:
    text = environment.get(name)
    if text and not pattern.fullmatch(text):
        raise SettingsError(f"{name} is {text!r}; allowed: {allowed}.")
    return text or None


def _number(environment: Mapping[str, str], name: str, default: float) -> float:
    text = environment.get(name)
    if text is None:
        return default
    try:
        value = float(text)
    except ValueError:
        value = 0
    if not 0 < value < float("inf"):
        raise SettingsError(f"{name} is {text!r}; allowed: a number above 0.")
    return value


def _whole_number(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name)
    if text is None:
        return default
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value <= 0:
        raise SettingsError(f"{name} is {text!r}; allowed: a whole number above 0.")
    return value
