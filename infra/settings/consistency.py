"""Checks of settings that depend on each other; each value alone is allowed."""

from collections.abc import Iterator
from json import dumps

from infra.settings.job_settings import LONGEST_ALARM_HOURS
from infra.settings.model import Settings
from infra.settings.schedule_expression import longest_interval_minutes


def inconsistencies(settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield the name of each field that does not fit the others, and what is allowed instead."""
    interval = longest_interval_minutes(settings.schedule_expression)
    if interval is None:
        yield from _cron(settings)
    else:
        yield from _rate(settings, interval)
    yield from _retention(settings, interval)
    yield from _wait(settings)
    yield from _fleet(settings)
    yield from _environment(settings)


def _cron(settings: Settings) -> Iterator[tuple[str, str]]:
    if settings.sweep_missing_after_hours is None:
        allowed = "with a cron expression, the longest time between two sweeps in hours, from 1 to"
        yield "sweep_missing_after_hours", f"{allowed} {LONGEST_ALARM_HOURS}"


def _rate(settings: Settings, interval_minutes: int) -> Iterator[tuple[str, str]]:
    longest_gap = interval_minutes + settings.schedule_flexible_minutes
    if settings.missing_after_hours * 60 < longest_gap:
        allowed = (
            f"at least the {longest_gap} minutes that can pass between two sweeps (scheduleExpression, "
            "scheduleFlexibleMinutes); otherwise the alarm would be raised between them"
        )
        yield "sweep_missing_after_hours", allowed
    if settings.missing_after_hours > LONGEST_ALARM_HOURS:
        yield "schedule_expression", "a rate of a week at most, because no alarm covers a longer time"


def _retention(settings: Settings, interval_minutes: int | None) -> Iterator[tuple[str, str]]:
    if interval_minutes is not None:
        longest_gap = interval_minutes + settings.schedule_flexible_minutes
    else:
        longest_gap = (settings.sweep_missing_after_hours or 0) * 60
    minutes_per_day = 24 * 60
    if settings.watch_retention_days * minutes_per_day < longest_gap:
        allowed = (
            f"at least {-(-longest_gap // minutes_per_day)}, because {longest_gap} minutes can pass between "
            "two sweeps, and a job that ended longer ago than the retention is not published"
        )
        yield "watch_retention_days", allowed


def _wait(settings: Settings) -> Iterator[tuple[str, str]]:
    if settings.watch_retention_days < settings.wait_expiry_days:
        allowed = f"at least waitExpiryDays, {settings.wait_expiry_days}: waits need the records of jobs"
        yield "watch_retention_days", allowed
    if settings.wait_timeout_hours * 3600 > settings.wait_limit_seconds:
        allowed = (
            f"at most {settings.wait_limit_seconds // 3600} with waitExpiryDays {settings.wait_expiry_days}"
        )
        yield "wait_timeout_hours", allowed


# Share of the 4 KB of a function's environment. The other variables need some 1,000 bytes.
_MOST_VARIABLE_BYTES = 3000
_IN_VARIABLES = (
    *("fleet_regions", "fleet_accounts", "fleet_organizational_units", "fleet_except"),
    *("watch_limits", "job_tags"),
)
_FLEET_ONLY = ("fleet_accounts", "fleet_organizational_units", "fleet_except", "fleet_organization_id")


def _fleet(settings: Settings) -> Iterator[tuple[str, str]]:
    if not settings.has_fleet:
        for name in _FLEET_ONLY:
            if getattr(settings, name):
                yield name, "nothing without fleetRegions, which make the stack watch a fleet"
        return
    if settings.has_other_accounts and settings.fleet_organization_id is None:
        yield "fleet_organization_id", "the organization, because the fleet has other accounts"
    if settings.chooses_organization and settings.fleet_organizational_units:
        yield (
            "fleet_organizational_units",
            'none with fleetAccounts "organization", which chooses all accounts; fleetExcept leaves some out',
        )


def _environment(settings: Settings) -> Iterator[tuple[str, str]]:
    # Written without spaces, as the CDK writes it.
    fleet = {"FLEET": dumps(settings.fleet_choice("0" * 12), separators=(",", ":"))}
    variables = {
        **(fleet if settings.has_fleet else {}),
        **settings.watch_limits_variable,
        **settings.owner_tag_variable,
    }
    size = sum(len(f"{name}{value}".encode()) for name, value in variables.items())
    if size > _MOST_VARIABLE_BYTES:
        longest = max(_IN_VARIABLES, key=lambda name: len(dumps(getattr(settings, name), default=str)))
        allowed = (
            f"less: the choice of the fleet, watchLimits and jobTags take {size} bytes of a function's "
            f"environment, which is limited to 4 KB, so at most {_MOST_VARIABLE_BYTES}. Organizational units "
            "take less than their accounts, and a default limit less than many"
        )
        yield longest, allowed
