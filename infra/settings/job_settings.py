"""The settings of the sweep and of the watch, one row each."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from customization_jobs.reports.sweep import ALL_JOBS, SWEEP_NAME
from customization_jobs.settings import TAG_KEY, TAG_KEY_ALLOWED
from infra.settings.rules import FUNCTION_TIMEOUT, REGION, optional, setting, text, whole_number
from infra.settings.schedule_expression import longest_interval_minutes
from infra.settings.service_rules import LIMITS, LIST_QUERY, SCHEDULE_EXPRESSION

# CloudWatch evaluates an alarm on hourly periods over a week at most.
LONGEST_ALARM_HOURS = 7 * 24


@dataclass(frozen=True, kw_only=True)
class JobSettings:
    """Which jobs are listed and watched, and when."""

    bedrock_region: str | None = setting(
        None,
        optional(REGION),
        "Region whose jobs are listed, and the only one in which the functions may list jobs. If null, the "
        "stack's region.",
    )
    schedule_expression: str = setting(
        "rate(15 minutes)",
        SCHEDULE_EXPRESSION,
        "When the sweep runs, in UTC: `rate(15 minutes)` or `cron(0 6 ? * MON-FRI *)`. A rate may be a week "
        "at most.",
    )
    schedule_flexible_minutes: int = setting(
        5,
        whole_number(0, 1440),
        "Length of the window after each scheduled time in which the sweep may start; 0 starts it on time.",
    )
    schedule_query: Mapping[str, Any] = setting(
        {},
        LIST_QUERY,
        "Inputs of the sweep's list calls, under Bedrock's names, such as `maxResults`. The watch must see "
        "every job, so a filter needs a separate schedule.",
    )
    sweep_name: str = setting(
        ALL_JOBS,
        text("1 to 64 letters, digits, dots, underscores and hyphens", SWEEP_NAME.pattern),
        "Value of the dimension `Sweep` in the metrics of the sweep.",
    )
    sweep_missing_after_hours: int | None = setting(
        None,
        optional(whole_number(1, LONGEST_ALARM_HOURS)),
        "Number of hours without a completed sweep after which an alarm is raised. If null, derived from the "
        "rate; required with a cron expression.",
    )
    in_progress_limit_hours: int = setting(
        24,
        whole_number(1, 8760),
        "Age from which a job in progress is too old: each sweep reports it, and the watch publishes `Stuck` "
        "once.",
    )
    watch_limits: Mapping[str, Any] = setting(
        {},
        LIMITS,
        "Limits in place of `inProgressLimitHours`, in seconds: `default`, `byCustomizationType`, "
        '`byBaseModel`, `byPhase`, such as `{"byBaseModel": {"nova-lite": 7200}, "byPhase": {"validation": '
        "3600}}`.",
    )
    watch_retention_days: int = setting(
        400,
        whole_number(1, 3653),
        "Number of days for which the watch keeps a job and its timeline after the job ends.",
    )
    watch_table_name: str | None = setting(
        None,
        optional(text("the name of a DynamoDB table", r"[A-Za-z0-9_.-]{3,255}")),
        "Table of the watch in place of the stack's own, such as one restored from a backup "
        "([operations.md](operations.md#restoring-the-table)). The stack's own table is kept, unused.",
    )
    watch_timeout_seconds: int = setting(
        300,
        FUNCTION_TIMEOUT,
        "Timeout of the watch function. The first sweep records every existing job.",
    )
    job_tags: str | None = setting(
        None,
        optional(text(f"the key of a tag, {TAG_KEY_ALLOWED}", TAG_KEY.pattern)),
        "Key of the tag whose value is the owner of a job, such as `team`. If set, the watch reads the tags "
        "of each job once, which needs `bedrock:ListTagsForResource`, and puts them into events, timelines, "
        "the overview and the board ([watch.md](watch.md#whose-job-it-is)).",
    )

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
