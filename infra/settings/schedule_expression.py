"""The grammar of EventBridge Scheduler's recurring expressions, which no tool checks before deployment."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

_MINUTES = {"minute": 1, "hour": 60, "day": 1440}
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


class ScheduleExpressionError(ValueError):
    """The expression is not one that EventBridge Scheduler would accept for a sweep; says what is allowed."""


@dataclass(frozen=True)
class _CronField:
    name: str
    least: int
    most: int
    words: Mapping[str, int] = field(default_factory=dict)
    special: str = r"(?!)"  # matches nothing

    def accepts(self, text: str) -> bool:
        return all(self._accepts_item(item) for item in text.split(","))

    def _accepts_item(self, item: str) -> bool:
        if re.fullmatch(self.special, item):
            return True
        span, slash, step = item.partition("/")
        if slash and not re.fullmatch(r"0*[1-9]\d*", step):
            return False
        if span == "*":
            return True
        numbers = [self._number(end) for end in span.split("-")]
        return len(numbers) <= 2 and all(number is not None for number in numbers)  # noqa: PLR2004 - a range

    def _number(self, text: str) -> int | None:
        number = self.words.get(text.upper(), int(text) if re.fullmatch(r"\d{1,4}", text) else None)
        return number if number is not None and self.least <= number <= self.most else None


_DAY_OF_MONTH, _DAY_OF_WEEK = 2, 4
_CRON: Sequence[_CronField] = (
    _CronField("minutes", 0, 59),
    _CronField("hours", 0, 23),
    _CronField("day-of-month", 1, 31, special=r"\?|L|LW|([1-9]|[12]\d|3[01])W"),
    _CronField("month", 1, 12, {name: number for number, name in enumerate(_MONTHS, 1)}),
    _CronField(
        "day-of-week",
        1,
        7,
        {name: number for number, name in enumerate(_DAYS, 1)},
        special=r"\?|L|[1-7]L|[1-7]#[1-5]",
    ),
    _CronField("year", 1970, 2199),
)


def longest_interval_minutes(expression: str) -> int | None:
    """Check `expression` and tell how far apart its sweeps are.

    Parameters
    ----------
    expression : str
        `rate(value unit)` or `cron(minutes hours day-of-month month day-of-week year)`. `at(...)` is
        refused: a sweep that runs once would leave the alarm for missing sweeps raised for ever.

    Returns
    -------
    int or None
        The minutes of a rate; None for a cron expression, whose sweeps need not be evenly apart.

    Raises
    ------
    ScheduleExpressionError
        The expression is not allowed.
    """
    rate = re.fullmatch(r"rate\(([1-9]\d*) (minute|hour|day)(s?)\)", expression)
    if rate:
        value, unit, plural = int(rate[1]), rate[2], rate[3]
        if (value == 1) == bool(plural):
            raise ScheduleExpressionError(f"rate({value} {unit}{'' if plural else 's'})")
        return value * _MINUTES[unit]
    cron = re.fullmatch(r"cron\((.*)\)", expression)
    if cron:
        _check_cron(cron[1].split(" "))
        return None
    raise ScheduleExpressionError(
        "rate(value minutes|hours|days), such as rate(15 minutes) or rate(1 hour), "
        "or cron(minutes hours day-of-month month day-of-week year), such as cron(0 6 ? * MON-FRI *)"
    )


def _check_cron(parts: Sequence[str]) -> None:
    if len(parts) != len(_CRON):
        names = " ".join(part.name for part in _CRON)
        raise ScheduleExpressionError(f"cron with {len(_CRON)} fields, one space apart: {names}")
    for kind, text in zip(_CRON, parts, strict=True):
        if not kind.accepts(text):
            raise ScheduleExpressionError(
                f"in the field {kind.name} {kind.least}-{kind.most}, lists, ranges, steps and *"
            )
    if (parts[_DAY_OF_MONTH] == "?") == (parts[_DAY_OF_WEEK] == "?"):
        raise ScheduleExpressionError("? in exactly one of the fields day-of-month and day-of-week")
