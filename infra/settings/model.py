"""The stack's settings: read from the CDK context, checked, and never read anywhere else."""

import difflib
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal, NoReturn

from botocore.session import Session

from customization_jobs.query import QueryContract
from customization_jobs.settings import LONGEST_CALL_SECONDS
from customization_jobs.sweep import ALL_JOBS, SELECTING
from customization_jobs.watch.limits import Limits
from infra.schedule_expression import ScheduleExpressionError, longest_interval_minutes

# The one key of the context that is ours; everything else there belongs to the CDK.
CONTEXT_KEY = "customizationJobs"
# CloudWatch's limit of what an alarm on hours looks back at.
_WEEK_HOURS = 7 * 24
# A Standard execution ends by force at 25,000 history events; a poll writes nine, each further page seven.
POLLS_IN_ONE_EXECUTION = 1000
# What the function needs beside its longest Bedrock call: a cold start, and the reserve to write its answer.
_TIME_BESIDE_THE_CALL_SECONDS = 5
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
# What people can be told of.
NEWS_KINDS = ("Failed", "Stopped", "Stuck")
# How CodeDeploy can move an alias, by the CDK's names.
ALL_AT_ONCE = "ALL_AT_ONCE"
RELEASES = (
    ALL_AT_ONCE,
    *(f"CANARY_10_PERCENT_{minutes}_MINUTES" for minutes in (5, 10, 15, 30)),
    "LINEAR_10_PERCENT_EVERY_1_MINUTE",
    *(f"LINEAR_10_PERCENT_EVERY_{minutes}_MINUTES" for minutes in (2, 3, 10)),
)


class SettingsError(Exception):
    """A setting is unknown or bad; the message names it, what was given, and what is allowed."""


@dataclass(frozen=True)
class _Allowed:
    words: str
    test: Callable[[Any], bool]


def _whole(least: int, most: int) -> _Allowed:
    # `type` and not `isinstance`: true is an int to Python, and no number to anyone else.
    return _Allowed(
        f"a whole number from {least} to {most}", lambda value: type(value) is int and least <= value <= most
    )


def _one_of(*values: Any) -> _Allowed:
    words = " or ".join(map(str, values))
    return _Allowed(words, lambda value: type(value) is type(values[0]) and value in values)


def _text(words: str, pattern: str) -> _Allowed:
    return _Allowed(words, lambda value: isinstance(value, str) and bool(re.fullmatch(pattern, value)))


def _optional(allowed: _Allowed) -> _Allowed:
    return _Allowed(f"{allowed.words}, or null", lambda value: value is None or allowed.test(value))


_TRUE_OR_FALSE = _Allowed("true or false", lambda value: isinstance(value, bool))
_EMAIL = _text("an e-mail address", r"[^@\s]+@[^@\s]+")
_TIMEOUT = _whole(int(LONGEST_CALL_SECONDS) + _TIME_BESIDE_THE_CALL_SECONDS, 900)
_ALLOWED = {
    "bedrock_region": _optional(_text("the name of a region, such as us-east-1", r"[a-z]{2,}(-[a-z]+)+-\d+")),
    "schedule_expression": _text("a text", ".*"),
    "schedule_flexible_minutes": _whole(0, 1440),
    "schedule_query": _Allowed("a JSON object", lambda value: isinstance(value, dict)),
    "sweep_name": _text("1 to 64 letters, digits and ._-", r"[A-Za-z0-9._-]{1,64}"),
    "sweep_missing_after_hours": _optional(_whole(1, _WEEK_HOURS)),
    "in_progress_limit_hours": _whole(1, 8760),
    "watch_limits": _Allowed("a JSON object", lambda value: isinstance(value, Mapping)),
    "watch_retention_days": _whole(1, 3653),
    "watch_timeout_seconds": _TIMEOUT,
    "news_kinds": _Allowed(
        f"a list of {', '.join(NEWS_KINDS)}, each once",
        lambda value: (
            isinstance(value, list | tuple)
            and all(each in NEWS_KINDS for each in value)
            and len(set(value)) == len(value)
        ),
    ),
    "news_email": _optional(_EMAIL),
    "wait_first_poll_seconds": _whole(1, 86_400),
    "wait_longest_poll_seconds": _whole(1, 86_400),
    "wait_timeout_hours": _whole(1, 8760),
    "alarm_email": _optional(_EMAIL),
    "api_requests_per_second": _whole(1, 10_000),
    "api_burst": _whole(1, 5_000),
    "api_account_log_role": _TRUE_OR_FALSE,
    "memory_megabytes": _whole(128, 10_240),
    "timeout_seconds": _TIMEOUT,
    "release": _one_of(*RELEASES),
    "snap_start": _TRUE_OR_FALSE,
    "log_retention_days": _one_of(*RETENTION_DAYS),
    "log_encryption": _one_of("aws", "kms"),
    "removal_policy": _one_of("destroy", "retain"),
    "allow_uncompiled_bundle": _TRUE_OR_FALSE,
}


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a user can choose. In `cdk.json` the names are in camelCase: `scheduleExpression`.

    Attributes
    ----------
    bedrock_region : str or None
        The region whose jobs are listed, and the only one that the function's role may ask. None: the stack's
        own.
    schedule_expression : str
        When the sweep runs, in UTC: `rate(15 minutes)` or `cron(0 6 ? * MON-FRI *)`.
    schedule_flexible_minutes : int
        The window after each due time in which the sweep may start; 0 starts it on time.
    schedule_query : mapping
        Inputs of the sweep's list calls, under Bedrock's own names, such as `maxResults`. None that selects:
        the watch has to see every job. Another schedule may select.
    sweep_name : str
        The sweep's dimension in the metrics.
    sweep_missing_after_hours : int or None
        An alarm is raised after so many whole hours without a complete sweep. None: what the rate leaves
        between two sweeps; beside a cron expression it must be given.
    in_progress_limit_hours : int
        A job in progress for longer is reported by each sweep, and told once as stuck.
    watch_limits : mapping
        Other limits of jobs in progress, in seconds: `default`, `byCustomizationType`, `byBaseModel`,
        `byPhase`, such as `{"byBaseModel": {"nova-lite": 7200}, "byPhase": {"validation": 3600}}`.
    watch_retention_days : int
        How long the watch remembers a job, and its timeline, after its end.
    watch_timeout_seconds : int
        The watch function's timeout: a first sweep writes down every job there is.
    news_kinds : list
        Which news of jobs is sent to people: `Failed`, `Stopped`, `Stuck`, or none.
    news_email : str or None
        Who is sent the news. AWS sends a message to confirm first.
    wait_first_poll_seconds : int
        The wait-for-jobs state machine waits so long before it asks again, then twice as long each time ...
    wait_longest_poll_seconds : int
        ... up to this.
    wait_timeout_hours : int
        When an execution without a `timeoutSeconds` of its own gives up.
    alarm_email : str or None
        Who is told about alarms. AWS sends a message to confirm first.
    api_requests_per_second : int
        The rate above which API Gateway answers 429.
    api_burst : int
        How many requests may come at once.
    api_account_log_role : bool
        Make the role that API Gateway writes its logs with. It is one for a whole account and region: false
        where it exists already and another owner manages it.
    memory_megabytes : int
        The functions' memory, and with it their share of a processor.
    timeout_seconds : int
        The listing function's timeout: at least what one Bedrock call takes at worst, with all its retries.
    release : str
        How CodeDeploy moves callers to a new version: `CANARY_10_PERCENT_5_MINUTES` (or `10`, `15`, `30`),
        `LINEAR_10_PERCENT_EVERY_1_MINUTE` (or `2_MINUTES`, `3_MINUTES`, `10_MINUTES`), rolled back by alarms;
        `ALL_AT_ONCE` asks no alarm.
    snap_start : bool
        Start new instances of the functions from a snapshot.
    log_retention_days : int
        How long all log groups keep their lines.
    log_encryption : str
        `aws`: by a key that CloudWatch Logs owns. `kms`: by a customer managed key that the stack makes.
    removal_policy : str
        What becomes of the watch's table, the log groups and their key when the stack is removed: `destroy`
        or `retain`, which protects the table from deletion too.
    allow_uncompiled_bundle : bool
        Ship the functions without compiled bytecode where no Python of Lambda's version is at hand. Each cold
        start then takes about three times as long.
    """

    bedrock_region: str | None = None
    schedule_expression: str = "rate(15 minutes)"
    schedule_flexible_minutes: int = 5
    schedule_query: Mapping[str, Any] = field(default_factory=dict)
    sweep_name: str = ALL_JOBS
    sweep_missing_after_hours: int | None = None
    in_progress_limit_hours: int = 24
    watch_limits: Mapping[str, Any] = field(default_factory=dict)
    watch_retention_days: int = 400
    watch_timeout_seconds: int = 300
    news_kinds: Sequence[str] = NEWS_KINDS
    news_email: str | None = None
    wait_first_poll_seconds: int = 30
    wait_longest_poll_seconds: int = 600
    wait_timeout_hours: int = 48
    alarm_email: str | None = None
    api_requests_per_second: int = 10
    api_burst: int = 20
    api_account_log_role: bool = True
    memory_megabytes: int = 1024
    timeout_seconds: int = 60
    release: str = "CANARY_10_PERCENT_5_MINUTES"
    snap_start: bool = False
    log_retention_days: int = 30
    log_encryption: Literal["aws", "kms"] = "aws"
    removal_policy: Literal["destroy", "retain"] = "destroy"
    allow_uncompiled_bundle: bool = False

    @property
    def watch_limits_variable(self) -> dict[str, str]:
        """What tells a function the limits: nothing where there are none but the default."""
        return {"WATCH_LIMITS": json.dumps(dict(self.watch_limits))} if self.watch_limits else {}

    @property
    def missing_after_hours(self) -> int:
        """After how many hours without a complete sweep the alarm is raised."""
        if self.sweep_missing_after_hours is not None:
            return self.sweep_missing_after_hours
        interval = longest_interval_minutes(self.schedule_expression) or 0
        return math.ceil((interval + self.schedule_flexible_minutes) / 60)

    @property
    def wait_limit_seconds(self) -> int:
        """The longest `timeoutSeconds` that fits in one execution's history."""
        return self.wait_longest_poll_seconds * POLLS_IN_ONE_EXECUTION

    @classmethod
    def from_context(cls, context: Mapping[str, Any]) -> "Settings":
        """Read the settings from all of the CDK's context.

        Parameters
        ----------
        context : mapping
            `customizationJobs` is the object in `cdk.json`; `customizationJobs.NAME`, from the command line
            (`-c customizationJobs.memoryMegabytes=512`), goes before it.

        Raises
        ------
        SettingsError
            A setting is unknown, or its value is not allowed.
        """
        given = context.get(CONTEXT_KEY, {})
        if not isinstance(given, Mapping):
            raise SettingsError(f"{CONTEXT_KEY} is {json.dumps(given)}; allowed: an object of settings.")
        prefix = f"{CONTEXT_KEY}."
        overrides = {
            key.removeprefix(prefix): _from_command_line(value)
            for key, value in context.items()
            if key.startswith(prefix)
        }
        names = {_camel(setting.name): setting.name for setting in fields(cls)}
        values: dict[str, Any] = {}
        for name, value in {**given, **overrides}.items():
            if name not in names:
                nearest = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
                hint = f" Did you mean {nearest[0]}?" if nearest else f" Known: {', '.join(names)}."
                raise SettingsError(
                    f"{prefix}{name} is not a setting (it was given {json.dumps(value)}).{hint}"
                )
            values[names[name]] = value
        settings = cls(**values)
        settings._check()
        return settings

    def _check(self) -> None:
        for name, allowed in _ALLOWED.items():
            if not allowed.test(getattr(self, name)):
                self._refuse(name, allowed.words)
        self._check_schedule()
        self._check_query()
        self._check_wait()
        self._check_limits()

    def _check_schedule(self) -> None:
        try:
            interval = longest_interval_minutes(self.schedule_expression)
        except ScheduleExpressionError as error:
            self._refuse("schedule_expression", str(error))
        if self.sweep_missing_after_hours is None and interval is None:
            self._refuse(
                "sweep_missing_after_hours",
                "beside a cron expression, the hours that lie between two sweeps at most, from 1 to 168",
            )
        if interval is not None and self.missing_after_hours * 60 < interval + self.schedule_flexible_minutes:
            self._refuse(
                "sweep_missing_after_hours",
                f"at least the {interval + self.schedule_flexible_minutes} minutes that can lie between two "
                "sweeps (scheduleExpression, scheduleFlexibleMinutes), or the alarm would come between them",
            )
        if self.missing_after_hours > _WEEK_HOURS:
            self._refuse("schedule_expression", "a rate of a week at most: no alarm looks back further")

    def _check_query(self) -> None:
        if not self.schedule_query:
            return
        model = Session().get_service_model("bedrock")
        contract = QueryContract(model.operation_model("ListModelCustomizationJobs"))
        _, problems = contract.check_json(self.schedule_query)
        if problems:
            self._refuse("schedule_query", f"Bedrock's own inputs; {'; '.join(map(str, problems))}")
        if SELECTING.intersection(self.schedule_query):
            self._refuse(
                "schedule_query",
                "no input that selects, because the watch has to see every job; another schedule may select",
            )

    def _check_wait(self) -> None:
        if self.wait_first_poll_seconds > self.wait_longest_poll_seconds:
            self._refuse(
                "wait_first_poll_seconds", f"at most waitLongestPollSeconds, {self.wait_longest_poll_seconds}"
            )
        if self.wait_timeout_hours * 3600 > self.wait_limit_seconds:
            self._refuse(
                "wait_timeout_hours",
                f"at most {self.wait_limit_seconds // 3600} with waitLongestPollSeconds "
                f"{self.wait_longest_poll_seconds}, because the history of an execution is limited",
            )

    def _check_limits(self) -> None:
        try:
            Limits.from_json(json.dumps(self.watch_limits), self.in_progress_limit_hours * 3600)
        except ValueError as error:
            self._refuse("watch_limits", f"seconds by name; it {error}")

    def _refuse(self, name: str, allowed: str) -> NoReturn:
        given = json.dumps(getattr(self, name), default=str)
        raise SettingsError(f"{CONTEXT_KEY}.{_camel(name)} is {given}; allowed: {allowed}.") from None


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(map(str.title, others))


def _from_command_line(value: Any) -> Any:
    # `-c name=value` gives texts; numbers, true, false, null and objects are written as JSON.
    try:
        return json.loads(value)
    except (TypeError, ValueError):
        return value
