"""The grammar of EventBridge Scheduler's recurring expressions, which no tool checks before deployment."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_RATE = re.compile(r"rate\((?P<value>[1-9]\d*) (?P<unit>minute|hour|day)(?P<plural>s?)\)")
_CRON = re.compile(r"cron\((?P<fields>.*)\)")
_MINUTES = {"minute": 1, "hour": 60, "day": 1440}
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


class ScheduleExpressionError(ValueError):
    """EventBridge Scheduler would refuse the expression, or it does not recur; states what is allowed."""


def longest_interval_minutes(expression: str) -> int | None:
    """Check `expression` and return the longest time between two sweeps.

    Parameters
    ----------
    expression : str
        `rate(value unit)` or `cron(minutes hours day-of-month month day-of-week year)`. `at(...)` is
        refused: a sweep that runs once would leave the alarm for missing sweeps raised permanently.

    Returns
    -------
    int or None
        The minutes of a rate. None for a cron expression, whose sweeps need not be evenly spaced.

    Raises
    ------
    ScheduleExpressionError
        The expression is not allowed.
    """
    if rate := _RATE.fullmatch(expression):
        return _rate_minutes(int(rate["value"]), rate["unit"], plural=bool(rate["plural"]))
    if cron := _CRON.fullmatch(expression):
        _check_cron(cron["fields"].split(" "))
        return None
    raise ScheduleExpressionError(
        "rate(value minutes|hours|days), such as rate(15 minutes) or rate(1 hour), "
        "or cron(minutes hours day-of-month month day-of-week year), such as cron(0 6 ? * MON-FRI *)"
    )


def _rate_minutes(value: int, unit: str, *, plural: bool) -> int:
    correct_unit = unit if value == 1 else f"{unit}s"
    if plural != (value != 1):
        raise ScheduleExpressionError(f"rate({value} {correct_unit})")
    return value * _MINUTES[unit]


def _check_cron(texts: Sequence[str]) -> None:
    if len(texts) != len(_CRON_FIELDS):
        names = " ".join(each.name for each in _CRON_FIELDS)
        raise ScheduleExpressionError(
            f"cron with {len(_CRON_FIELDS)} fields, separated by single spaces: {names}"
        )
    for cron_field, text in zip(_CRON_FIELDS, texts, strict=True):
        if not cron_field.accepts(text):
            raise ScheduleExpressionError(
                f"in the field {cron_field.name} {cron_field.minimum}-{cron_field.maximum}, "
                "lists, ranges, steps and *"
            )
    by_name = {each.name: text for each, text in zip(_CRON_FIELDS, texts, strict=True)}
    if (by_name["day-of-month"] == "?") == (by_name["day-of-week"] == "?"):
        raise ScheduleExpressionError("? in exactly one of the fields day-of-month and day-of-week")


@dataclass(frozen=True)
class _CronField:
    """One field of a cron expression: a list of items, each a value, a range or `*`, with an optional step.

    Attributes
    ----------
    names : sequence of str
        Names that stand for numbers, such as MON.
    special : str
        Regular expression of the items that only this field allows; the default matches nothing.
    """

    name: str
    minimum: int
    maximum: int
    names: Sequence[str] = ()
    special: str = r"(?!)"

    def accepts(self, text: str) -> bool:
        return all(self._accepts_item(item) for item in text.split(","))

    def _accepts_item(self, item: str) -> bool:
        if re.fullmatch(self.special, item):
            return True
        values, slash, step = item.partition("/")
        if slash and not re.fullmatch(r"0*[1-9]\d*", step):
            return False
        return values == "*" or self._accepts_range(values)

    def _accepts_range(self, values: str) -> bool:
        first, dash, last = values.partition("-")
        return self._accepts_value(first) and (not dash or self._accepts_value(last))

    def _accepts_value(self, value: str) -> bool:
        if value.upper() in self.names:
            return True
        return bool(re.fullmatch(r"\d{1,4}", value)) and self.minimum <= int(value) <= self.maximum


_CRON_FIELDS = (
    _CronField("minutes", 0, 59),
    _CronField("hours", 0, 23),
    _CronField("day-of-month", 1, 31, special=r"\?|L|LW|([1-9]|[12]\d|3[01])W"),
    _CronField("month", 1, 12, names=_MONTHS),
    _CronField("day-of-week", 1, 7, names=_WEEKDAYS, special=r"\?|L|[1-7]L|[1-7]#[1-5]"),
    _CronField("year", 1970, 2199),
)
