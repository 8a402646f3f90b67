import base64
import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customization_jobs.listing.cursor import Cursor, CursorError, fingerprint
from customization_jobs.listing.delivered import Delivered
from customization_jobs.listing.inputs import Input
from customization_jobs.listing.loops import LoopGuard
from customization_jobs.listing.query import JobQuery, QueryContract
from tests.fakes import NOW, job

QUERY = JobQuery({"statusEquals": "Failed", "sortBy": "CreationTime", "sortOrder": "Descending"})
VALID_HEADER: list[Any] = [2, "16e70a63f5b1b9a4", "page-2", 5, 0, "00112233445566ff", 1]
TWO_IDS = b"12345678abcdefgh"


@pytest.fixture(scope="session")
def page_tokens(contract: QueryContract) -> Input:
    return contract.inputs["nextToken"]


def encode(header: Any, ids: bytes = TWO_IDS) -> str:
    """Encode a token with a correct checksum, as anyone can."""
    content = json.dumps(header).encode() + b"\n" + ids
    return base64.urlsafe_b64encode(hashlib.blake2b(content, digest_size=8).digest() + content).decode()


def cursor_in_a_page() -> Cursor:
    delivered = Delivered()
    for each in (job(1), job(2), None, {"jobName": "a"}):
        delivered.add(each)
    return Cursor(fingerprint(QUERY), "page-2", delivered, LoopGuard(5, 1, "00112233445566ff"))


@pytest.mark.parametrize("cursor", [Cursor.start(QUERY), cursor_in_a_page()])
def test_decoding_a_token_restores_the_cursor(cursor: Cursor, page_tokens: Input) -> None:
    assert Cursor.from_token(cursor.to_token(), page_tokens) == cursor


def test_a_restored_cursor_recognizes_the_delivered_jobs(page_tokens: Input) -> None:
    delivered = Cursor.from_token(cursor_in_a_page().to_token(), page_tokens).delivered
    page = [job(1), None, job(3), None, {"jobName": "a"}, job(2)]
    assert [delivered.skip(each) for each in page] == [True, True, False, False, True, True]


def test_a_token_is_a_checksum_and_compact_json_and_ids_in_url_safe_base64() -> None:
    decoded = base64.urlsafe_b64decode(cursor_in_a_page().to_token())
    header, _, ids = decoded[8:].partition(b"\n")
    assert header.decode() == f'[2,"{fingerprint(QUERY)}","page-2",5,1,"00112233445566ff",2]'
    assert len(ids) == 4 * 8
    assert decoded[:8] == hashlib.blake2b(decoded[8:], digest_size=8).digest()


def test_a_token_uses_the_url_safe_alphabet_and_needs_no_escaping(page_tokens: Input) -> None:
    cursor = Cursor(fingerprint(QUERY), "~~~>>>???" * 3 + "Größe")
    token = cursor.to_token()
    assert set("-_") <= set(token)
    assert token.isascii()
    assert not set(token) & set(" +/&?#%")
    assert Cursor.from_token(token, page_tokens) == cursor


@given(st.text() | st.binary().map(lambda raw: base64.urlsafe_b64encode(raw).decode()) | st.integers())
def test_arbitrary_values_are_rejected(page_tokens: Input, token: object) -> None:
    with pytest.raises(CursorError, match=r"^not a token of this service$"):
        Cursor.from_token(token, page_tokens)


def test_a_token_with_any_character_replaced_is_rejected(page_tokens: Input) -> None:
    token = cursor_in_a_page().to_token()
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_="
    for index, character in enumerate(token):
        for other in alphabet.replace(character, ""):
            with pytest.raises(CursorError):
                Cursor.from_token(token[:index] + other + token[index + 1 :], page_tokens)


def test_a_token_with_any_bit_of_its_bytes_flipped_is_rejected(page_tokens: Input) -> None:
    decoded = base64.urlsafe_b64decode(cursor_in_a_page().to_token())
    for bit in range(8 * len(decoded)):
        damaged = bytearray(decoded)
        damaged[bit // 8] ^= 1 << bit % 8
        with pytest.raises(CursorError):
            Cursor.from_token(base64.urlsafe_b64encode(damaged).decode(), page_tokens)


def test_a_token_that_was_cut_or_extended_is_rejected(page_tokens: Input) -> None:
    token = cursor_in_a_page().to_token()
    for damaged in [*(token[:end] for end in range(len(token))), token + "A", token + "AAAA", token * 2]:
        with pytest.raises(CursorError):
            Cursor.from_token(damaged, page_tokens)


def test_a_token_of_the_first_version_is_rejected(page_tokens: Input) -> None:
    parts = [1, fingerprint(QUERY), "page-2", True, "2026-03-01T12:00:00+00:00", ["000000000001"]]
    with pytest.raises(CursorError):
        Cursor.from_token(base64.urlsafe_b64encode(json.dumps(parts).encode()).decode(), page_tokens)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=7)
)


@given(_JSON | st.lists(_JSON, min_size=7, max_size=7), st.binary(max_size=16))
def test_json_of_other_types_is_rejected(page_tokens: Input, header: object, ids: bytes) -> None:
    with pytest.raises(CursorError):
        Cursor.from_token(encode(header, ids), page_tokens)


def test_the_header_that_the_next_test_changes_is_valid(page_tokens: Input) -> None:
    assert Cursor.from_token(encode(VALID_HEADER), page_tokens) == Cursor(
        "16e70a63f5b1b9a4",
        "page-2",
        Delivered([b"12345678"], [b"abcdefgh"]),
        LoopGuard(5, 0, VALID_HEADER[5]),
    )


@pytest.mark.parametrize(
    ("index", "part"),
    [
        (0, 1),
        (1, None),
        (2, 5),
        (3, True),
        (3, -1),
        (3, "5"),
        (4, None),
        (4, 0.5),
        (5, 1772366400),
        (6, None),
        (6, -1),
    ],
)
def test_one_part_of_another_type_is_rejected(page_tokens: Input, index: int, part: object) -> None:
    header = [*VALID_HEADER[:index], part, *VALID_HEADER[index + 1 :]]
    with pytest.raises(CursorError):
        Cursor.from_token(encode(header), page_tokens)


@pytest.mark.parametrize("page_token", ["a" * 2048, "!/+=", "Größe"])
def test_a_page_token_that_bedrocks_model_allows_is_accepted(page_tokens: Input, page_token: str) -> None:
    header = [*VALID_HEADER[:2], page_token, *VALID_HEADER[3:]]
    assert Cursor.from_token(encode(header), page_tokens).page_token == page_token


@pytest.mark.parametrize("page_token", ["", "a" * 2049, "a" * 5_000_000, "a\r\nb", "a b", "a\n"])
def test_a_page_token_that_bedrocks_model_forbids_is_rejected(page_tokens: Input, page_token: str) -> None:
    with pytest.raises(CursorError):
        Cursor.from_token(encode([*VALID_HEADER[:2], page_token, *VALID_HEADER[3:]]), page_tokens)


@pytest.mark.parametrize(("ids", "is_accepted"), [(4000, True), (4001, False), (7800, False)])
def test_a_token_has_at_most_4000_ids(page_tokens: Input, ids: int, *, is_accepted: bool) -> None:
    token = encode(VALID_HEADER, b"12345678" * ids)
    if is_accepted:
        assert len(Cursor.from_token(token, page_tokens).delivered.unidentified) == ids - 1
        return
    with pytest.raises(CursorError):
        Cursor.from_token(token, page_tokens)


def test_ids_of_another_length_are_rejected(page_tokens: Input) -> None:
    with pytest.raises(CursorError):
        Cursor.from_token(encode(VALID_HEADER, TWO_IDS + b"1"), page_tokens)


def test_a_token_stays_small_over_many_pages(page_tokens: Input) -> None:
    cursor = Cursor.start(QUERY)
    for number in range(10_000):
        cursor.delivered.add(job(number))
        if number % 50 == 0:
            cursor.delivered.turn_page()
    assert len(cursor.to_token()) < 4000
    assert len(Cursor.from_token(cursor.to_token(), page_tokens).delivered.ids) < 250


def test_a_token_stays_small_on_one_page_that_is_read_again_and_again(page_tokens: Input) -> None:
    cursor = Cursor.start(QUERY)
    for number in range(10_000):
        cursor.delivered.add(job(number))
        cursor.delivered.add([number])
    restored = Cursor.from_token(cursor.to_token(), page_tokens)
    assert (len(restored.delivered.ids), len(restored.delivered.unidentified)) == (2000, 2000)
    assert restored.delivered.skip(job(9_999))
    assert restored.delivered.skip([9_999])


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
