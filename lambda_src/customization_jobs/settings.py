"""The environment, read once into a frozen object: nothing else in the function reads it."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

# API Gateway REST gives up after 29 s (its documented limit); an answer must be on its way well before that.
LONGEST_CALL_SECONDS = 25.0
# The connect timeout counts anew for each address of a name (urllib3); AWS endpoints have a handful.
_ADDRESSES = 6
# botocore's standard retries wait up to 1, 2, 4, ... 20 s between attempts (botocore/retries/standard.py).
_LONGEST_BACKOFF_SECONDS = 20
# A table's or a bus's name, or its ARN.
_NAME = re.compile(r"[A-Za-z0-9._-]{1,256}|arn:[A-Za-z0-9:/._-]{1,1020}")


class SettingsError(Exception):
    """A variable of the environment is missing or bad; the message names it and says what is allowed."""


@dataclass(frozen=True)
class Settings:
    """What the function is configured with.

    Attributes
    ----------
    region : str
        Where Bedrock is asked: `BEDROCK_REGION`, else the function's own `AWS_REGION`.
    service_name : str
        `POWERTOOLS_SERVICE_NAME`: names logs, traces and the `service` dimension of metrics.
    metrics_namespace : str
        `POWERTOOLS_METRICS_NAMESPACE`.
    log_level : str
        `POWERTOOLS_LOG_LEVEL`: DEBUG, INFO, WARNING, ERROR or CRITICAL.
    in_progress_limit_seconds : int
        `IN_PROGRESS_LIMIT_SECONDS`: a job in progress for longer is reported by each sweep.
    connect_timeout_seconds, read_timeout_seconds : float
        `BEDROCK_CONNECT_TIMEOUT_SECONDS` and `BEDROCK_READ_TIMEOUT_SECONDS`, of one attempt.
    max_attempts : int
        `BEDROCK_MAX_ATTEMPTS`: the first attempt and its retries.
    watch_table : str or None
        `WATCH_TABLE`: the DynamoDB table of the watch, by name or ARN. Alone it is only read.
    watch_bus : str or None
        `WATCH_BUS`: the EventBridge bus that transitions are told to. With it the function is the watch.
    watch_limits : str or None
        `WATCH_LIMITS`: limits of jobs in progress as JSON, see `watch.limits.Limits.from_json`.
        `IN_PROGRESS_LIMIT_SECONDS` is their default.
    watch_retention_days : int
        `WATCH_RETENTION_DAYS`: how long the table keeps a job after its end.
    function_region : str or None
        `AWS_REGION`: where the function runs, and with it the table and the bus.
    """

    region: str
    service_name: str = "customization-jobs"
    metrics_namespace: str = "BedrockCustomizationJobs"
    log_level: str = "INFO"
    in_progress_limit_seconds: int = 24 * 60 * 60
    connect_timeout_seconds: float = 1.0
    read_timeout_seconds: float = 5.0
    max_attempts: int = 2
    watch_table: str | None = None
    watch_bus: str | None = None
    watch_limits: str | None = None
    watch_retention_days: int = 400
    function_region: str | None = None

    @property
    def longest_call_seconds(self) -> float:
        """The time one Bedrock call can take: every attempt times out, every wait between is the longest.

        In every attempt all addresses but the last are dead and the last does not answer. Not counted is a
        server that sends its answer in drips, because the read timeout counts anew for each.
        """
        waits = sum(min(2.0**retry, _LONGEST_BACKOFF_SECONDS) for retry in range(self.max_attempts - 1))
        attempt = _ADDRESSES * self.connect_timeout_seconds + self.read_timeout_seconds
        return self.max_attempts * attempt + waits

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Read and check the variables.

        Raises
        ------
        SettingsError
            A variable is missing, or its value is not allowed.
        """
        region = environment.get("BEDROCK_REGION") or environment.get("AWS_REGION")
        if not region:
            raise SettingsError("Neither BEDROCK_REGION nor AWS_REGION is set; set one, such as us-east-1.")
        level = environment.get("POWERTOOLS_LOG_LEVEL", cls.log_level)
        levels = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
        if level not in levels:
            raise SettingsError(f"POWERTOOLS_LOG_LEVEL is {level!r}; allowed: {', '.join(levels)}.")
        settings = cls(
            region=region,
            service_name=environment.get("POWERTOOLS_SERVICE_NAME", cls.service_name),
            metrics_namespace=environment.get("POWERTOOLS_METRICS_NAMESPACE", cls.metrics_namespace),
            log_level=level,
            in_progress_limit_seconds=int(
                _number(environment, "IN_PROGRESS_LIMIT_SECONDS", cls.in_progress_limit_seconds, whole=True)
            ),
            connect_timeout_seconds=_number(
                environment, "BEDROCK_CONNECT_TIMEOUT_SECONDS", cls.connect_timeout_seconds
            ),
            read_timeout_seconds=_number(
                environment, "BEDROCK_READ_TIMEOUT_SECONDS", cls.read_timeout_seconds
            ),
            max_attempts=int(_number(environment, "BEDROCK_MAX_ATTEMPTS", cls.max_attempts, whole=True)),
            watch_table=_name(environment, "WATCH_TABLE"),
            watch_bus=_name(environment, "WATCH_BUS"),
            watch_limits=environment.get("WATCH_LIMITS") or None,
            watch_retention_days=int(
                _number(environment, "WATCH_RETENTION_DAYS", cls.watch_retention_days, whole=True)
            ),
            function_region=environment.get("AWS_REGION"),
        )
        if settings.watch_bus and not settings.watch_table:
            raise SettingsError("WATCH_BUS is set and WATCH_TABLE is not; the watch needs both.")
        if settings.watch_limits:
            _check_limits(settings.watch_limits)
        if settings.longest_call_seconds > LONGEST_CALL_SECONDS:
            raise SettingsError(
                "BEDROCK_CONNECT_TIMEOUT_SECONDS, BEDROCK_READ_TIMEOUT_SECONDS and BEDROCK_MAX_ATTEMPTS "
                f"let one call take {settings.longest_call_seconds:g} s; at most {LONGEST_CALL_SECONDS:g} s "
                "are allowed, because API Gateway gives up after 29 s."
            )
        return settings


def _name(environment: Mapping[str, str], name: str) -> str | None:
    text = environment.get(name)
    if text and not _NAME.fullmatch(text):
        raise SettingsError(f"{name} is {text!r}; allowed: a name of letters, digits and ._-, or an ARN.")
    return text or None


def _check_limits(text: str) -> None:
    # Only who has such limits pays for what reads them.
    from customization_jobs.watch.limits import Limits  # noqa: PLC0415

    try:
        Limits.from_json(text, default=1)
    except ValueError as error:
        raise SettingsError(f"WATCH_LIMITS: {error}.") from error


def _number(environment: Mapping[str, str], name: str, default: float, *, whole: bool = False) -> float:
    text = environment.get(name)
    if text is None:
        return default
    try:
        value: float = int(text) if whole else float(text)
    except ValueError:
        value = 0
    if not 0 < value < float("inf"):
        kind = "whole number" if whole else "number"
        raise SettingsError(f"{name} is {text!r}; allowed: a {kind} above 0.")
    return value
