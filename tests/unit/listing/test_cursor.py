import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customization_jobs.listing.cursor import Cursor, CursorError, fingerprint
from customization_jobs.listing.position import place_of
from customization_jobs.listing.query import JobQuery
from tests.fakes import NOW, job

QUERY = JobQuery({"statusEquals": "Failed", "sortBy": "CreationTime", "sortOrder": "Descending"})
TIME = "2026-03-01T12:00:00+00:00"
VALID_PARTS = [1, "16e70a63f5b1b9a4", "page-2", True, TIME, ["000000000001"]]


def encode(parts: list[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode()


def test_decoding_a_token_restores_the_cursor() -> None:
    cursor = Cursor.start(QUERY)
    assert Cursor.from_token(cursor.to_token()) == cursor
    cursor.position.advance(place_of(job(1)))
    cursor.position.advance(place_of(job(2)))
    assert Cursor.from_token(cursor.to_token()) == cursor


def test_a_token_is_compact_json_in_url_safe_base64() -> None:
    cursor = Cursor.start(QUERY)
    cursor.position.advance(place_of(job(2)))
    cursor.position.advance(place_of(job(1)))
    decoded = base64.urlsafe_b64decode(cursor.to_token()).decode()
    ids = '["000000000001","000000000002"]'
    assert decoded == f'[1,"{fingerprint(QUERY)}",null,true,"{TIME}",{ids}]'


def test_a_token_uses_the_url_safe_alphabet_and_needs_no_escaping() -> None:
    cursor = Cursor(fingerprint(QUERY), "~~~>>>???" * 3 + "Größe", Cursor.start(QUERY).position)
    token = cursor.to_token()
    assert set("-_") <= set(token)
    assert token.isascii()
    assert not set(token) & set(" +/&?#%")
    assert Cursor.from_token(token) == cursor


@given(st.text() | st.binary().map(lambda raw: base64.urlsafe_b64encode(raw).decode()) | st.integers())
def test_arbitrary_values_are_rejected(token: object) -> None:
    with pytest.raises(CursorError, match=r"^not a token of this service$"):
        Cursor.from_token(token)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=6)
)


@given(st.lists(_JSON, min_size=6, max_size=6))
def test_json_of_other_types_is_rejected(parts: list[object]) -> None:
    with pytest.raises(CursorError):
        Cursor.from_token(encode(parts))


def test_the_parts_that_the_next_test_changes_are_valid() -> None:
    assert Cursor.from_token(encode(VALID_PARTS)).page_token == "page-2"


@pytest.mark.parametrize(
    ("index", "part"),
    [
        (0, 2),
        (1, None),
        (2, 5),
        (3, 1),
        (3, None),
        (4, "2026-03-01T12:00:00"),
        (4, 1772366400),
        (5, "000000000001"),
        (5, None),
        (5, [1]),
    ],
)
def test_one_part_of_another_type_is_rejected(index: int, part: object) -> None:
    parts = [*VALID_PARTS[:index], part, *VALID_PARTS[index + 1 :]]
    with pytest.raises(CursorError):
        Cursor.from_token(encode(parts))


@pytest.mark.parametrize("foreign", ["!", " ", "\n", "+", "é"])
def test_a_token_with_a_character_outside_its_alphabet_is_rejected(foreign: str) -> None:
    token = encode(VALID_PARTS)
    with pytest.raises(CursorError):
        Cursor.from_token(f"{token[:8]}{foreign}{token[8:]}")


def test_a_fingerprint_identifies_filters_and_order_but_not_the_page() -> None:
    base = JobQuery({"statusEquals": "Failed", "creationTimeAfter": NOW})
    assert len(fingerprint(base)) == 16
    assert fingerprint(base) == fingerprint(JobQuery({**base.parameters, "maxResults": 3, "nextToken": "t"}))
    for change in ({"statusEquals": "Stopped"}, {"sortOrder": "Ascending"}, {"nameContains": "a"}):
        assert fingerprint(base) != fingerprint(JobQuery({**base.parameters, **change}))


def test_a_fingerprint_does_not_depend_on_the_order_in_which_inputs_are_given() -> None:
    reordered = JobQuery(dict(reversed(list(QUERY.parameters.items()))))
    assert list(reordered.parameters) != list(QUERY.parameters)
    assert fingerprint(reordered) == fingerprint(QUERY)
