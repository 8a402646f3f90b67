from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customization_jobs.timestamps import (
    format_milliseconds,
    format_timestamp,
    parse_strict_timestamp,
    parse_timestamp,
    parse_timestamp_or_none,
)


def test_a_timestamp_without_a_zone_is_utc() -> None:
    assert parse_timestamp("2026-01-01T00:00:00") == datetime(2026, 1, 1, tzinfo=UTC)
    assert parse_timestamp("2026-01-01T01:00:00+01:00") == datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("value", [None, 5, "", "soon", ["2026-01-01T00:00:00Z"]])
def test_an_absent_or_malformed_timestamp_is_none(value: object) -> None:
    assert parse_timestamp_or_none(value) is None


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("2026-01-01T00:00:00", ""),
        ("2026-01-01T00:00:00 01:00", "in a URL, + is written %2B"),
        ("2026-02-30T00:00:00Z", "this date or time does not exist"),
        ("9999-12-31T23:59:59-14:00", "this date or time does not exist"),
        ("0999-12-31T23:59:59Z", "the year must be 1000 or later"),
        ("1000-01-01T00:00:00+00:01", "the year must be 1000 or later"),
    ],
)
def test_the_strict_parser_rejects_other_formats_with_a_hint(text: str, hint: str) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011 - the message may be empty
        parse_strict_timestamp(text)
    assert str(raised.value) == hint


def test_the_letters_may_be_in_lower_case() -> None:
    assert parse_strict_timestamp("2026-01-01t00:00:00z") == datetime(2026, 1, 1, tzinfo=UTC)


def test_the_first_year_is_1000() -> None:
    assert parse_strict_timestamp("1000-01-01T00:00:00Z") == datetime(1000, 1, 1, tzinfo=UTC)


@given(
    st.datetimes(min_value=datetime(1900, 1, 1)),  # noqa: DTZ001 - hypothesis takes bounds without a zone
    st.integers(-23 * 60, 23 * 60),
)
def test_timestamps_in_every_zone_are_parsed(naive: datetime, offset: int) -> None:
    aware = naive.replace(tzinfo=timezone(timedelta(minutes=offset)))
    try:
        expected = aware.astimezone(UTC)
    except OverflowError:
        return
    assert parse_strict_timestamp(aware.isoformat()) == expected


def test_a_timestamp_is_formatted_in_utc_to_the_second() -> None:
    aware = datetime(2026, 1, 1, 1, 0, 0, 999_999, tzinfo=timezone(timedelta(hours=1)))
    assert format_timestamp(aware) == "2026-01-01T00:00:00Z"


@given(st.lists(st.datetimes(timezones=st.timezones()), min_size=2))
def test_times_to_the_millisecond_sort_as_text(times: list[datetime]) -> None:
    texts = [format_milliseconds(each) for each in times]
    assert {len(each) for each in texts} == {len("2026-03-01T03:00:00.000Z")}
    assert sorted(texts) == [format_milliseconds(each) for each in sorted(times)]
