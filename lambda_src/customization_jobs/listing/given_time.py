"""Times and durations as callers write them."""

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from customization_jobs.timestamps import parse_strict_timestamp

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

TIME_ALLOWED = (
    "an ISO 8601 time with a zone, such as 2026-01-31T12:00:00Z or 2026-01-31T12:00[Europe/Berlin], or how "
    "long ago, such as -7d or P7D"
)
DURATION_ALLOWED = (
    "a duration of weeks, days, hours, minutes and seconds, such as 90m, 2h, 7d, PT2H or P1DT12H"
)
# ISO 8601, without months and years, whose length varies.
_ISO_DURATION = re.compile(
    r"P(?=.)(?:([0-9]{1,6})W)?(?:([0-9]{1,6})D)?(?:T(?=.)(?:([0-9]{1,6})H)?(?:([0-9]{1,6})M)?(?:([0-9]{1,9})S)?)?"
)
_SHORT_DURATION = re.compile("([0-9]{1,9})([smhdw])")
_UNITS = ("weeks", "days", "hours", "minutes", "seconds")
_SHORT_UNITS = {unit[0]: unit for unit in _UNITS}
# The machine's own zone, which some systems name in addition to those of IANA.
_LOCAL_ZONE = "localtime"
# RFC 9557, without further suffixes. Only with a time of day may an offset precede the zone.
_ZONED = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:T([0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?)"
    r"(Z|[+-][0-9]{2}:[0-9]{2})?)?\[([A-Za-z0-9_+/-]{1,64})\]"
)
# Bedrock has no older jobs, and durations up to this can be subtracted from today.
_MAX_AGO = timedelta(days=36_500)


class RelativeTime(NamedTuple):
    """A time before that of the query.

    Attributes
    ----------
    text : str
        As the caller wrote it.
    """

    text: str
    ago: timedelta

    def at(self, now: datetime) -> datetime:
        """Return the time."""
        return now - self.ago


def parse_given_time(text: str) -> datetime | RelativeTime:
    """Parse a complete date and time with an offset or a zone, a date with a zone, or a relative time.

    A date with a zone is its midnight. Of a local time that occurs twice, the first is meant.

    Raises
    ------
    ValueError
        The text is anything else. The message is a hint, or empty.
    """
    if text.startswith(("-", "P")):
        return _parse_relative(text)
    if match := _ZONED.fullmatch(text):
        return _parse_zoned(*match.groups())
    if _SHORT_DURATION.fullmatch(text):
        raise ValueError(f"write -{text}")
    if _ZONED.fullmatch(text.replace(" ", "+")):
        raise ValueError("in a URL, + is written %2B")
    return parse_strict_timestamp(text)


def parse_duration(text: str) -> timedelta:
    """Parse a duration.

    Raises
    ------
    ValueError
        The text is not a duration. The message is a hint, or empty.
    """
    if text.startswith("P") and re.search("[YM]", text.partition("T")[0]):
        raise ValueError("months and years differ in length, so write days")
    try:
        duration = _duration(text)
    except OverflowError:
        duration = timedelta.max
    if duration > _MAX_AGO:
        raise ValueError(f"at most {_MAX_AGO.days} days")
    return duration


def _duration(text: str) -> timedelta:
    if match := _SHORT_DURATION.fullmatch(text):
        return timedelta(**{_SHORT_UNITS[match[2]]: int(match[1])})
    if match := _ISO_DURATION.fullmatch(text):
        numbers = zip(_UNITS, match.groups(), strict=True)
        return timedelta(**{unit: int(number) for unit, number in numbers if number})
    raise ValueError


def _parse_relative(text: str) -> RelativeTime:
    return RelativeTime(text, parse_duration(text.removeprefix("-")))


def _parse_zoned(date: str, time: str | None, offset: str | None, zone: str) -> datetime:
    known = _zone(zone)
    try:
        given = datetime.fromisoformat(f"{date}T{time or '00:00'}{offset or ''}")
        utc = (given if offset else given.replace(tzinfo=known)).astimezone(UTC)
        shown = utc.astimezone(known)
    except (ValueError, OverflowError):
        raise ValueError("this date or time does not exist") from None
    if not offset and shown.replace(tzinfo=None) != given:
        raise ValueError(f"the clocks in {zone} skip this time")
    # By RFC 9557, Z before a zone does not state the zone's offset.
    if offset and offset != "Z" and shown.utcoffset() != given.utcoffset():
        raise ValueError("the offset is not that of the zone at this time")
    return _strict(utc)


def _zone(name: str) -> "ZoneInfo":
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - reads files, and few times name a zone

    try:
        if name != _LOCAL_ZONE:
            return ZoneInfo(name)
    # The name of a folder of the database is an IsADirectoryError on some systems.
    except (KeyError, ValueError, OSError):
        pass
    raise ValueError(_unknown_zone(name))


def _strict(utc: datetime) -> datetime:
    """Return a time that is also allowed without the name of a zone."""
    return parse_strict_timestamp(utc.isoformat())


def _unknown_zone(zone: str) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - imported only when there is an error
    from zoneinfo import available_timezones  # noqa: PLC0415

    closest = get_close_matches(zone, sorted(available_timezones()), 1)
    return f"no time zone is named {zone}" + (f", did you mean {closest[0]}?" if closest else "")
