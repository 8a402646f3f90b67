import pytest
from hypothesis import given
from hypothesis import strategies as st

from customization_jobs.entrypoints.etags import is_known

ETAG = '"abc"'


@pytest.mark.parametrize(
    "header",
    [
        "*",
        " * ",
        ETAG,
        f"W/{ETAG}",
        f'"x", {ETAG}',
        f'W/"x,y",W/{ETAG},',
        f",, {ETAG}",
        f'"",\t{ETAG}',
        f"{ETAG}, x",
    ],
)
def test_a_tag_is_known_weak_or_not(header: str) -> None:
    assert is_known(header, ETAG)


@pytest.mark.parametrize(
    "header",
    [
        "abc",
        '"ab"',
        '"abcd"',
        f"w/{ETAG}",
        f'"x" {ETAG}',
        f"x, {ETAG}",
        f'"{ETAG}',
        "**",
        '"*"',
        "*, x",
        '"abc',
        "",
        ",",
    ],
)
def test_another_tag_is_not(header: str) -> None:
    assert not is_known(header, ETAG)


_TAGS = st.text(alphabet="abc,/W*", max_size=4).map(lambda text: f'"{text}"')


@given(tags=st.lists(st.tuples(st.booleans(), _TAGS), min_size=1), etag=_TAGS)
def test_a_list_knows_exactly_its_tags(tags: list[tuple[bool, str]], etag: str) -> None:
    header = ", ".join(f"W/{tag}" if is_weak else tag for is_weak, tag in tags)
    assert is_known(header, etag) == (etag in {tag for _, tag in tags})
