"""The settings of the stack, one row each: name, default, rule and description."""

import json
import math
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Any, Literal

from customization_jobs.notify.kinds import KINDS
from customization_jobs.reports.sweep import ALL_JOBS, SWEEP_NAME
from customization_jobs.settings import TAG_KEY, TAG_KEY_ALLOWED
from customization_jobs.timeouts import MIN_FUNCTION_TIMEOUT_SECONDS
from infra.settings.notification_rules import CHAT, EMAILS
from infra.settings.rules import (
    EMAIL,
    REGION,
    TRUE_OR_FALSE,
    Rule,
    one_of,
    optional,
    subset_of,
    text,
    whole_number,
)
from infra.settings.schedule_expression import longest_interval_minutes
from infra.settings.service_rules import LIMITS, LIST_QUERY, SCHEDULE_EXPRESSION

_DEFAULT_NOTIFICATION_KINDS = ("Failed", "Stopped", "Stuck")
# The CDK's names of CodeDeploy's predefined deployment configurations for Lambda.
ALL_AT_ONCE = "ALL_AT_ONCE"
DEPLOYMENT_CONFIGURATIONS = (
    ALL_AT_ONCE,
    *(f"CANARY_10_PERCENT_{minutes}_MINUTES" for minutes in (5, 10, 15, 30)),
    "LINEAR_10_PERCENT_EVERY_1_MINUTE",
    *(f"LINEAR_10_PERCENT_EVERY_{minutes}_MINUTES" for minutes in (2, 3, 10)),
)
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
# CloudWatch evaluates an alarm on hourly periods over a week at most.
LONGEST_ALARM_HOURS = 7 * 24
# A Standard execution is ended at 25,000 history events. A wait that ends in a poll writes some 20.
POLLS_PER_EXECUTION = 1000
_TIMEOUT = whole_number(MIN_FUNCTION_TIMEOUT_SECONDS, 900)


def _setting(default: Any, rule: Rule, description: str) -> Any:
    return field(default_factory=lambda: copy(default), metadata={"rule": rule, "description": description})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The user's choices. `context.read_settings` reads and checks them; docs/settings.md lists them."""

    bedrock_region: str | None = _setting(
        None,
        optional(REGION),
        "Region whose jobs are listed, and the only one in which the functions may list jobs. If null, the "
        "stack's region.",
    )
    schedule_expression: str = _setting(
        "rate(15 minutes)",
        SCHEDULE_EXPRESSION,
        "When the sweep runs, in UTC: `rate(15 minutes)` or `cron(0 6 ? * MON-FRI *)`. A rate may be a week "
        "at most.",
    )
    schedule_flexible_minutes: int = _setting(
        5,
        whole_number(0, 1440),
        "Length of the window after each scheduled time in which the sweep may start; 0 starts it on time.",
    )
    schedule_query: Mapping[str, Any] = _setting(
        {},
        LIST_QUERY,
        "Inputs of the sweep's list calls, under Bedrock's names, such as `maxResults`. The watch must see "
        "every job, so a filter needs a separate schedule.",
    )
    sweep_name: str = _setting(
        ALL_JOBS,
        text("1 to 64 letters, digits, dots, underscores and hyphens", SWEEP_NAME.pattern),
        "Value of the dimension `Sweep` in the metrics of the sweep.",
    )
    sweep_missing_after_hours: int | None = _setting(
        None,
        optional(whole_number(1, LONGEST_ALARM_HOURS)),
        "Number of hours without a completed sweep after which an alarm is raised. If null, derived from the "
        "rate; required with a cron expression.",
    )
    in_progress_limit_hours: int = _setting(
        24,
        whole_number(1, 8760),
        "Age from which a job in progress is too old: each sweep reports it, and the watch publishes `Stuck` "
        "once.",
    )
    watch_limits: Mapping[str, Any] = _setting(
        {},
        LIMITS,
        "Limits in place of `inProgressLimitHours`, in seconds: `default`, `byCustomizationType`, "
        '`byBaseModel`, `byPhase`, such as `{"byBaseModel": {"nova-lite": 7200}, "byPhase": {"validation": '
        "3600}}`.",
    )
    watch_retention_days: int = _setting(
        400,
        whole_number(1, 3653),
        "Number of days for which the watch keeps a job and its timeline after the job ends.",
    )
    watch_table_name: str | None = _setting(
        None,
        optional(text("the name of a DynamoDB table", r"[A-Za-z0-9_.-]{3,255}")),
        "Table of the watch in place of the stack's own, such as one restored from a backup "
        "([operations.md](operations.md#restoring-the-table)). The stack's own table is kept, unused.",
    )
    watch_timeout_seconds: int = _setting(
        300,
        _TIMEOUT,
        "Timeout of the watch function. The first sweep records every existing job.",
    )
    job_tags: str | None = _setting(
        None,
        optional(text(f"the key of a tag, {TAG_KEY_ALLOWED}", TAG_KEY.pattern)),
        "Key of the tag whose value is the owner of a job, such as `team`. If set, the watch reads the tags "
        "of each job once, which needs `bedrock:ListTagsForResource`, and puts them into events, timelines, "
        "the overview and the board ([watch.md](watch.md#whose-job-it-is)).",
    )
    notification_kinds: Sequence[str] = _setting(
        _DEFAULT_NOTIFICATION_KINDS,
        subset_of(tuple(KINDS)),
        "Kinds of transitions of which people are notified.",
    )
    notification_email: str | Sequence[str] | None = _setting(
        None,
        EMAILS,
        "Addresses subscribed to the notification topic. AWS sends each a message to confirm it.",
    )
    notification_digest_above: int = _setting(
        10,
        whole_number(1, 1000),
        "More transitions of one kind than this, found within a minute, share one notification with a table.",
    )
    chat: bool | Mapping[str, Mapping[str, str]] = _setting(
        False,  # noqa: FBT003 - the default of the setting
        CHAT,
        "Whether notifications are also published to a topic for chat. With ids, the stack also connects the "
        "channel with Amazon Q Developer in chat applications, which must have been authorized once for the "
        "Slack workspace or the Teams tenant ([operations.md](operations.md#chat)).",
    )
    wait_expiry_days: int = _setting(
        30,
        whole_number(1, 365),
        "Number of days after which a wait for jobs fails with `WaitExpired` or `NoSuchJobs`; also the "
        "longest `timeoutSeconds` of the wait-for-jobs state machine.",
    )
    wait_timeout_hours: int = _setting(
        48,
        whole_number(1, 8760),
        "Timeout of an execution of the state machine whose input has no `timeoutSeconds`.",
    )
    alarm_email: str | None = _setting(
        None,
        optional(EMAIL),
        "Address subscribed to the alarm topic. AWS sends it a message to confirm the subscription.",
    )
    runbook_url: str = _setting(
        "docs/runbook.md",
        text("an address of 1 to 500 characters without spaces and without #", r"[^\s#]{1,500}"),
        "Address of the runbook, with which the description of each alarm ends. For organizations that "
        "publish docs/runbook.md elsewhere, such as `https://wiki.example.com/customization-jobs/runbook`.",
    )
    api_requests_per_second: int = _setting(
        10,
        whole_number(1, 10_000),
        "Request rate above which API Gateway answers 429.",
    )
    api_burst: int = _setting(
        20,
        whole_number(1, 5_000),
        "Number of requests that API Gateway accepts at once.",
    )
    api_account_log_role: bool = _setting(
        False,  # noqa: FBT003 - the default of the setting
        TRUE_OR_FALSE,
        "Whether to create the role with which API Gateway writes logs, and to set it for all APIs of the "
        "account in this region, in place of an existing one. An account that has none needs it: `make "
        "deploy` says so.",
    )
    listing_reserved_concurrency: int | None = _setting(
        None,
        optional(whole_number(1, 10_000)),
        "Number of concurrent invocations that are reserved for the listing function and also limit it, so "
        "that the API cannot use up those of the account, which the watch needs too. Lambda requires that "
        "100 remain unreserved. If null, nothing is reserved or limited; `make deploy` says when that puts "
        "the watch at risk.",
    )
    memory_megabytes: int = _setting(
        1024,
        whole_number(128, 10_240),
        "Memory of each function. Its share of a CPU is proportional to it.",
    )
    timeout_seconds: int = _setting(
        60,
        _TIMEOUT,
        "Timeout of the listing function. The minimum covers the longest Bedrock call, retries included.",
    )
    deployment_configuration: str = _setting(
        "CANARY_10_PERCENT_5_MINUTES",
        one_of(*DEPLOYMENT_CONFIGURATIONS),
        "How CodeDeploy shifts traffic to a new version. Alarms roll back a canary or linear deployment; "
        "`ALL_AT_ONCE` ignores alarms.",
    )
    snap_start: bool = _setting(
        False,  # noqa: FBT003 - the default of the setting
        TRUE_OR_FALSE,
        "Whether new instances of the functions start from a snapshot (Lambda SnapStart).",
    )
    log_retention_days: int = _setting(
        30,
        one_of(*RETENTION_DAYS),
        "Number of days for which all log groups keep their events.",
    )
    log_encryption: Literal["aws", "kms"] = _setting(
        "aws",
        one_of("aws", "kms"),
        "Key that encrypts the logs: one that CloudWatch Logs owns (`aws`), or a customer managed key that "
        "the stack creates (`kms`).",
    )
    removal_policy: Literal["destroy", "retain"] = _setting(
        "destroy",
        one_of("destroy", "retain"),
        "Whether the table, the log groups and their key are deleted with the stack. `retain` also protects "
        "the table from deletion.",
    )
    allow_uncompiled_bundle: bool = _setting(
        False,  # noqa: FBT003 - the default of the setting
        TRUE_OR_FALSE,
        "Whether to deploy without compiled bytecode when Lambda's Python version is not installed. Cold "
        "starts then take about three times as long.",
    )

    @property
    def notification_emails(self) -> Sequence[str]:
        """The addresses subscribed to the notification topic."""
        given = self.notification_email or ()
        return (given,) if isinstance(given, str) else given

    @property
    def watch_limits_variable(self) -> dict[str, str]:
        """Environment variable that passes the limits to a function; empty if only the default applies."""
        return {"WATCH_LIMITS": json.dumps(dict(self.watch_limits))} if self.watch_limits else {}

    @property
    def owner_tag_variable(self) -> dict[str, str]:
        """Environment variable that passes `job_tags` to a function; empty if tags are not read."""
        return {"OWNER_TAG": self.job_tags} if self.job_tags else {}

    @property
    def missing_after_hours(self) -> int:
        """Number of hours without a completed sweep after which the alarm is raised."""
        if self.sweep_missing_after_hours is not None:
            return self.sweep_missing_after_hours
        interval = longest_interval_minutes(self.schedule_expression) or 0
        return math.ceil((interval + self.schedule_flexible_minutes) / 60)

    @property
    def wait_limit_seconds(self) -> int:
        """The longest `timeoutSeconds` of a wait."""
        return self.wait_expiry_days * 86_400

    @property
    def wait_heartbeat_seconds(self) -> int:
        """The longest time between two heartbeats of a watch that works: one sweep's end to another's.

        Also long enough that the polls of a wait without heartbeats fit in the history of one execution.
        """
        longest_gap = self.missing_after_hours * 3600 + self.watch_timeout_seconds
        return max(longest_gap, -(-self.wait_limit_seconds // POLLS_PER_EXECUTION))
