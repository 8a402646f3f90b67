"""The grammar of schedule expressions."""

import pytest

from infra.settings.schedule_expression import ScheduleExpressionError, longest_interval_minutes


@pytest.mark.parametrize(
    ("expression", "minutes"),
    [
        ("rate(1 minute)", 1),
        ("rate(5 minutes)", 5),
        ("rate(1 hour)", 60),
        ("rate(12 hours)", 720),
        ("rate(1 day)", 1440),
        ("rate(7 days)", 10080),
    ],
)
def test_the_interval_of_a_rate_is_returned(expression: str, minutes: int) -> None:
    assert longest_interval_minutes(expression) == minutes


@pytest.mark.parametrize(
    "expression",
    [
        "cron(0 6 ? * MON-FRI *)",
        "cron(0/15 * * * ? *)",
        "cron(*/5 8-17 * * ? *)",
        "cron(15 10 ? * 6L 2026-2030)",
        "cron(0 0 L * ? *)",
        "cron(0 0 LW * ? *)",
        "cron(0 0 3W * ? *)",
        "cron(0 8 ? JAN,jul 2#1 *)",
        "cron(0,30 8-10/2 1,15 1-3 ? 2026)",
    ],
)
def test_cron_expressions_are_accepted(expression: str) -> None:
    assert longest_interval_minutes(expression) is None


@pytest.mark.parametrize(
    ("expression", "allowed"),
    [
        ("rate(5 minute)", r"^rate\(5 minutes\)$"),
        ("rate(1 hours)", r"^rate\(1 hour\)$"),
        ("rate(0 minutes)", "rate\\(value"),
        ("rate(1.5 hours)", "rate\\(value"),
        ("rate(5  minutes)", "rate\\(value"),
        ("rate(5 weeks)", "rate\\(value"),
        ("at(2026-12-01T00:00:00)", "rate\\(value"),
        ("every day", "rate\\(value"),
        ("cron(0 6 * * *)", "6 fields"),
        ("cron(0  6 ? * MON *)", "6 fields"),
        ("cron(60 6 ? * MON *)", "minutes 0-59"),
        ("cron(x 6 ? * MON *)", "minutes 0-59"),
        ("cron(0 24 ? * MON *)", "hours 0-23"),
        ("cron(0 1-2-3 ? * MON *)", "hours 0-23"),
        ("cron(0 6 32 * ? *)", "day-of-month 1-31"),
        ("cron(0 6 1 13 ? *)", "month 1-12"),
        ("cron(0 6 1 JANUARY ? *)", "month 1-12"),
        ("cron(0 6 ? * 8 *)", "day-of-week 1-7"),
        ("cron(0 6 ? * MON 1969)", "year 1970-2199"),
        ("cron(0 6 ? * MON 02026)", "year 1970-2199"),
        ("cron(-5 6 ? * MON *)", "minutes 0-59"),
        ("cron(5- 6 ? * MON *)", "minutes 0-59"),
        ("cron(0/0 6 ? * MON *)", "minutes 0-59"),
        ("cron(0, 6 ? * MON *)", "minutes 0-59"),
        ("cron(0 6 * * * *)", r"\? in exactly one"),
        ("cron(0 6 ? * ? *)", r"\? in exactly one"),
        ("cron(0 6 1 * MON *)", r"\? in exactly one"),
    ],
)
def test_other_expressions_are_refused_with_what_is_allowed(expression: str, allowed: str) -> None:
    with pytest.raises(ScheduleExpressionError, match=allowed):
        longest_interval_minutes(expression)
