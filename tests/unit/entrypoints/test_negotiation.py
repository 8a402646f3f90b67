"""`Accept`, against a small model that is written from RFC 9110 and shares nothing with the parser."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customization_jobs.entrypoints.http_answer import CSV, JSON, NDJSON, choose_form
from customization_jobs.errors import NotAcceptableException

SENT = {JSON: {"charset=utf-8"}, CSV: {"charset=utf-8", "header=present"}, NDJSON: {"charset=utf-8"}}


def chosen(accept: str | None) -> str | None:
    try:
        return choose_form(accept)
    except NotAcceptableException:
        return None


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        (None, JSON),
        ("", JSON),
        (" , ", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("text/*", CSV),
        ("text/csv", CSV),
        ("TEXT/Csv", CSV),
        ("application/x-ndjson", NDJSON),
        ("application/json, text/csv, application/x-ndjson", JSON),
        ("text/csv, application/json", JSON),
        ("text/csv, */*;q=0.1", CSV),
        ("text/csv;q=0.9, application/json;q=0.8", CSV),
        ("text/csv ; Q=0.9 ,,\tapplication/json; q=0.8,", CSV),
        ("text/csv;;q=0.9, application/json;q=0.8", CSV),
        # The most specific range wins, whatever its weight.
        ("application/*, application/json;q=0.1, text/csv;q=0.5", NDJSON),
        ("*/*, application/json;q=0", CSV),
        ("*/*, application/json;q=0, text/*;q=0", NDJSON),
        ("text/*;q=0, text/csv", CSV),
        ("text/csv;q=0, text/csv;charset=UTF-8;q=0.5", CSV),
        ("text/csv, text/csv;charset=utf-8;q=0, application/json;q=0.1", JSON),
        ("application/json, application/json;charset=utf-8;q=0.1, text/csv;q=0.5", CSV),
        ('text/csv;charset="utf-8"', CSV),
        ('text/csv;charset="u\\tf-8"', CSV),
        ("text/csv;header=present;charset=utf-8", CSV),
        ("application/json;charset=utf-8", JSON),
        ("application/json;q=0.000, text/csv;q=1.000", CSV),
        # Browsers
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", JSON),
        # Nothing is acceptable.
        ("text/html", None),
        ("image/*, application/xml;q=0.9", None),
        ("*/*;q=0", None),
        ("text/csv;q=0", None),
        ("text/csv;header=absent", None),
        ("text/csv;charset=iso-8859-1", None),
        ('text/html;a=",text/csv"', None),
    ],
)
def test_the_preferred_form_is_chosen(accept: str | None, form: str | None) -> None:
    assert chosen(accept) == form


@pytest.mark.parametrize(
    "accept",
    [
        # The default of Java's HttpURLConnection.
        "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2",
        "text",
        "text/",
        "/csv",
        "*/csv",
        "text /csv",
        "text/csv text/html",
        "text/csv;q=2",
        "text/csv;q=-1",
        "text/csv;q=0.1234",
        "text/csv;q=1.001",
        "text/csv;q=\u0661",
        "text/csv;q",
        "text/csv;a b",
        'text/csv;a="',
        'text/csv;a="b\\"',
        "text/html, \u20ac/x",
        "text/csv\n",
    ],
)
def test_a_malformed_header_is_ignored(accept: str) -> None:
    assert chosen(accept) == JSON


def test_the_error_lists_the_forms() -> None:
    with pytest.raises(NotAcceptableException, match=f"{JSON}, {CSV}, {NDJSON}"):
        choose_form("text/html")


_WEIGHTS = st.sampled_from(["0", "0.0", "0.3", "0.30", "0.5", "0.999", "1", "1.0", None])
_PARAMETERS = st.lists(
    st.sampled_from(["charset=utf-8", "header=present", "charset=latin1", "v=1"]),
    max_size=2,
    unique_by=lambda each: each.partition("=")[0],
)
_RANGES = st.tuples(
    st.sampled_from([JSON, CSV, NDJSON, "application/*", "text/*", "*/*", "text/html", "image/*"]),
    _PARAMETERS,
    _WEIGHTS,
)


def model(ranges: list[tuple[str, list[str], str | None]]) -> str | None:
    """Choose as RFC 9110, section 12.5.1, says: for each form, the most specific range that matches."""
    weights = {}
    for form, sent in SENT.items():
        levels = [(form, 2), (form.split("/")[0] + "/*", 1), ("*/*", 0)]
        found = [
            (level, len(parameters), float(weight or 1))
            for (name, level), (given_name, parameters, weight) in itertools.product(levels, ranges)
            if name == given_name and set(parameters) <= sent
        ]
        weights[form] = max(found)[2] if found else 0
    best = max(weights.values())
    return next(form for form in SENT if weights[form] == best) if best > 0 else None


@given(ranges=st.lists(_RANGES, min_size=1, max_size=6), data=st.data())
def test_the_choice_is_that_of_the_model(
    ranges: list[tuple[str, list[str], str | None]], data: st.DataObject
) -> None:
    space = st.sampled_from(["", " ", "\t", "  "])
    elements = []
    for name, parameters, weight in ranges:
        parts = [*parameters, *([f"q={weight}"] if weight else [])]
        parts = data.draw(st.permutations(parts))
        name_as_written = data.draw(st.sampled_from([name, name.upper()]))
        written = [f"{data.draw(space)};{data.draw(space)}{part}" for part in parts]
        elements.append(f"{data.draw(space)}{name_as_written}{''.join(written)}{data.draw(space)}")
    assert chosen(",".join(elements)) == model(ranges)


@given(st.text(alphabet='aq/*;,="\\ \t01.-\u00e9', max_size=30) | st.text(max_size=20))
def test_any_header_is_answered(accept: str) -> None:
    assert chosen(accept) in (None, JSON, CSV, NDJSON)


@pytest.mark.parametrize(
    "part", ["a/b;", "a/b; ", ";", "a/b;c=d", 'a/b;c="d\\"', " ", ",", "\\", "a/b,", '"']
)
def test_a_long_header_is_answered(part: str) -> None:
    # With a pattern that backtracks, this would not end.
    for accept in (f"a/b;{part * 20_000}", part * 20_000):
        assert chosen(accept) in (None, JSON)
