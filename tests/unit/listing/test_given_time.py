"""Times and durations as callers write them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from customization_jobs.listing.given_time import RelativeTime, parse_duration, parse_given_time
from tests.fakes import NOW

ZONES = sorted(available_timezones() - {"localtime"})
FIRST, LAST = datetime(1950, 1, 1), datetime(2090, 1, 1)  # noqa: DTZ001 - local times


@pytest.mark.parametrize(
    ("text", "ago"),
    [
        ("-7d", timedelta(days=7)),
        ("P7D", timedelta(days=7)),
        ("-P7D", timedelta(days=7)),
        ("-2w", timedelta(weeks=2)),
        ("P2W", timedelta(weeks=2)),
        ("-90m", timedelta(minutes=90)),
        ("PT90M", timedelta(minutes=90)),
        ("-45s", timedelta(seconds=45)),
        ("P1DT2H3M4S", timedelta(days=1, hours=2, minutes=3, seconds=4)),
        ("-0s", timedelta()),
        ("-36500d", timedelta(days=36_500)),
    ],
)
def test_a_relative_time_is_that_long_before_the_query(text: str, ago: timedelta) -> None:
    parsed = parse_given_time(text)
    assert parsed == RelativeTime(text, ago)
    assert isinstance(parsed, RelativeTime)
    assert parsed.at(NOW) == NOW - ago
    assert parse_duration(text.removeprefix("-")) == ago


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("P1M", "months and years differ in length"),
        ("P1Y2D", "months and years differ in length"),
        ("7d", "write -7d"),
        ("-36501d", "at most 36500 days"),
        ("-999999999w", "at most 36500 days"),
        ("P999999W", "at most 36500 days"),
        ("-P1M", "months and years differ in length"),
        ("P", ""),
        ("PT", ""),
        ("P1DT", ""),
        ("P1H", ""),
        ("P7d", ""),
        ("P1.5D", ""),
        ("--7d", ""),
        ("- 7d", ""),
        ("-7", ""),
        ("-7D", ""),
        ("-", ""),
        ("-\u0667d", ""),
    ],
)
def test_other_texts_are_not_relative_times(text: str, hint: str) -> None:
    with pytest.raises(ValueError, match=f"^{hint}"):
        parse_given_time(text)


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-01-31T12:00[Europe/Berlin]", datetime(2026, 1, 31, 11, tzinfo=UTC)),
        ("2026-07-31T12:00[Europe/Berlin]", datetime(2026, 7, 31, 10, tzinfo=UTC)),
        ("2026-01-31[America/New_York]", datetime(2026, 1, 31, 5, tzinfo=UTC)),
        ("2026-01-31T12:00:01.5[Asia/Kolkata]", datetime(2026, 1, 31, 6, 30, 1, 500_000, tzinfo=UTC)),
        ("2026-01-31T12:00+01:00[Europe/Berlin]", datetime(2026, 1, 31, 11, tzinfo=UTC)),
        ("2026-03-29T02:30Z[Europe/Berlin]", datetime(2026, 3, 29, 2, 30, tzinfo=UTC)),
        ("2026-01-31T12:00Z[Europe/Berlin]", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        # When clocks go back, a time occurs twice: the first one counts, unless an offset selects one.
        ("2026-10-25T02:30[Europe/Berlin]", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("2026-10-25T02:30+01:00[Europe/Berlin]", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
    ],
)
def test_a_time_in_a_zone(text: str, utc: datetime) -> None:
    parsed = parse_given_time(text)
    assert parsed == utc
    assert isinstance(parsed, datetime)
    assert parsed.utcoffset() == timedelta()


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("2026-03-29T02:30[Europe/Berlin]", "the clocks in Europe/Berlin skip this time"),
        ("2026-01-31T12:00+02:00[Europe/Berlin]", "the offset is not that of the zone at this time"),
        ("2026-01-31[Europe/Berlim]", "no time zone is named Europe/Berlim, did you mean Europe/Berlin?"),
        ("2026-01-31[localtime]", "no time zone is named localtime"),
        ("2026-01-31T12:00+99:99[UTC]", "this date or time does not exist"),
        ("2026-01-31T12:00 01:00[Europe/Berlin]", "in a URL, \\+ is written %2B"),
        ("2026-01-31[Europe]", "no time zone is named Europe"),
        ("2026-01-31[../../etc/passwd]", ""),
        ("2026-01-31[/etc/passwd]", "no time zone is named /etc/passwd"),
        ("2026-02-30[Europe/Berlin]", "this date or time does not exist"),
        ("0001-01-01[Asia/Tokyo]", "this date or time does not exist"),
        ("2026-01-31T25:00[Europe/Berlin]", "this date or time does not exist"),
        ("2026-01-31", ""),
        ("2026-01-31T12:00:00", ""),
        ("2026-01-31+01:00[Europe/Berlin]", ""),
        ("2026-01-31T12[Europe/Berlin]", ""),
        ("2026-01-31T12:00[Europe/Berlin][u-ca=hebrew]", ""),
    ],
)
def test_other_texts_are_not_times(text: str, hint: str) -> None:
    with pytest.raises(ValueError, match=f"^{hint.replace('?', '[?]')}"):
        parse_given_time(text)


@given(st.datetimes(FIRST, LAST), st.sampled_from(ZONES))
def test_a_local_time_is_what_the_clocks_of_the_zone_show(local: datetime, zone: str) -> None:
    try:
        parsed = parse_given_time(f"{local.isoformat()}[{zone}]")
    except ValueError as error:
        assert "skip this time" in str(error)  # noqa: PT017 - only some local times exist
        first = local.replace(tzinfo=ZoneInfo(zone))
        assert first.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) != local
        return
    assert isinstance(parsed, datetime)
    assert parsed.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == local
    earlier = parsed - timedelta(hours=1)
    assert earlier.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != local, "the first of two"


@given(st.datetimes(FIRST, LAST, timezones=st.timezones()))
def test_a_complete_time_with_its_offset_and_zone_is_itself(time: datetime) -> None:
    offset = time.utcoffset()
    zone = str(time.tzinfo)
    # ISO 8601 has offsets in minutes, and zones before 1972 had others.
    assume(offset is not None and offset.seconds % 60 == 0 and zone in ZONES)
    assume(time.astimezone(UTC).astimezone(time.tzinfo).replace(tzinfo=None) == time.replace(tzinfo=None))
    assert parse_given_time(f"{time.isoformat()}[{zone}]") == time.astimezone(UTC)


NUMBERS = st.integers(0, 10**9 - 1).map(str)
DURATIONS = st.builds("{}{}".format, NUMBERS, st.sampled_from("smhdw")) | st.builds(
    "P{}W{}DT{}H{}M{}S".format, *[st.integers(0, 999_999).map(str)] * 4, NUMBERS
)


@given(st.text(max_size=40) | DURATIONS | DURATIONS.map("-{}".format))
def test_any_text_is_a_time_or_a_value_error(text: str) -> None:
    for parse in (parse_given_time, parse_duration):
        try:
            parse(text)
        except ValueError as error:
            assert type(error) is ValueError  # noqa: PT017 - any text may be a time
