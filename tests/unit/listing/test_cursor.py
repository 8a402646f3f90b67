import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customization_jobs.listing.cursor import Cursor, CursorError, fingerprint
from customization_jobs.listing.position import place_of
from customization_jobs.listing.query import JobQuery
from tests.fakes import NOW, job


def test_a_token_is_read_back_whole() -> None:
    cursor = Cursor.start(JobQuery({"statusEquals": "Failed"}).ordered())
    cursor.position.advance(place_of(job(1)))
    cursor.position.advance(place_of(job(2)))
    assert Cursor.from_token(cursor.to_token()) == cursor


def test_a_token_fits_a_url() -> None:
    token = Cursor.start(JobQuery({}).ordered()).to_token()
    assert token.isascii()
    assert not set(token) & set(" +/&?#%")


@given(st.text() | st.binary().map(lambda raw: base64.urlsafe_b64encode(raw).decode()) | st.integers())
def test_anything_else_is_no_token(token: object) -> None:
    with pytest.raises(CursorError):
        Cursor.from_token(token)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=6)
)


@given(st.lists(_JSON, min_size=6, max_size=6))
def test_json_of_the_wrong_types_is_no_token(parts: list[object]) -> None:
    token = base64.urlsafe_b64encode(json.dumps(parts).encode()).decode()
    with pytest.raises(CursorError):
        Cursor.from_token(token)


def test_a_fingerprint_names_filters_and_order_only() -> None:
    base = JobQuery({"statusEquals": "Failed", "creationTimeAfter": NOW})
    assert fingerprint(base) == fingerprint(JobQuery({**base.parameters, "maxResults": 3, "nextToken": "t"}))
    for change in ({"statusEquals": "Stopped"}, {"sortOrder": "Ascending"}, {"nameContains": "a"}):
        assert fingerprint(base) != fingerprint(JobQuery({**base.parameters, **change}))
