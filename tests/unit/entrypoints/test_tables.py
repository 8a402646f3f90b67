import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customization_jobs.entrypoints.tables import figures, table
from customization_jobs.errors import encodable

FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "\0=1",
    "\uff1d1",
    "\uff0b1",
    "\uff0d1",
    "\uff201",
]


def read(text: str) -> list[list[str]]:
    text.encode()
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def test_a_table_is_as_rfc_4180_says() -> None:
    rows = [{"name": 'a "b", c', "n": 5}, {"name": "x\r\ny", "n": -1.5}, {}]
    assert table(["name", "n"], rows) == 'name,n\r\n"a ""b"", c",5\r\n"x\r\ny",-1.5\r\n,\r\n'


def test_a_table_without_rows_has_its_header() -> None:
    assert table(["a", "b.c"], []) == "a,b.c\r\n"


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        ("", ""),
        (True, "true"),
        (-5, "-5"),
        (0.1, "0.1"),
        ({"a": ["ö", None]}, '{"a":["ö",null]}'),
        ([], "[]"),
        ("\ud800", "\\ud800"),
        (["\ud800"], '["\\ud800"]'),
        ("'quoted", "'quoted"),
        ("1-1", "1-1"),
    ],
)
def test_a_cell_is_text_or_json(value: Any, cell: str) -> None:
    assert read(table(["x", "y"], [{"x": value, "y": 1}]))[1] == [cell, "1"]


@pytest.mark.parametrize("formula", FORMULAS)
def test_formulas_are_defused_in_every_cell(formula: str) -> None:
    assert read(table(["x"], [{"x": formula}]))[1] == [f"'{formula}"]
    assert read(figures({"a": {formula: formula}}))[1] == ["a", f"'{formula}", f"'{formula}"]
    assert read(figures({formula: 1}))[1] == [f"'{formula}", "", "1"]


def test_paths_lead_into_objects_and_nowhere_else() -> None:
    rows = [{"a": {"b": 1}}, {"a": "text"}, {"a": [1]}, {"a.b": 2}, "text", None, 5, ["a"]]
    assert read(table(["a.b", "a"], rows))[1:] == [
        *(["1", '{"b":1}'], ["", "text"], ["", "[1]"], ["", ""]),
        *([["", ""]] * 4),
    ]


def test_figures_have_a_line_for_each_single_value() -> None:
    answer = {
        "asOf": "now",
        "oldest": None,
        "byStatus": {"Failed": 2, "a.b": 1},
        "empty": {},
        "stuck": {"count": 1, "jobs": [{"jobName": "x", "end": {"similarBy": ["type"]}}]},
    }
    assert read(figures(answer)) == [
        ["section", "name", "value"],
        ["asOf", "", "now"],
        ["oldest", "", ""],
        ["byStatus", "Failed", "2"],
        ["byStatus", "a.b", "1"],
        ["stuck", "count", "1"],
        ["stuck", "jobs.0.jobName", "x"],
        ["stuck", "jobs.0.end.similarBy.0", "type"],
    ]


_TEXTS = st.text(alphabet=st.characters(exclude_categories=())) | st.sampled_from(
    [*FORMULAS, '"', '","', "\r\n", ",", "'", '=HYPERLINK("http://x","y")', "\u2028", "\ufeff", "\ud83d"]
)
_VALUES = _TEXTS | st.integers() | st.booleans() | st.none() | st.lists(_TEXTS, max_size=2)


@given(st.lists(st.fixed_dictionaries({}, optional=dict.fromkeys("abc", _VALUES)), max_size=6))
def test_a_table_is_read_back_as_it_was_written_and_no_cell_is_a_formula(rows: list[dict[str, Any]]) -> None:
    header, *lines = read(table(list("abc"), rows))
    assert header == list("abc")
    assert len(lines) == len(rows)
    for row, line in zip(rows, lines, strict=True):
        for name, cell in zip("abc", line, strict=True):
            value = row.get(name)
            if isinstance(value, str):
                text = encodable(value)
                assert cell in (text, f"'{text}")
                assert not cell.startswith(tuple("=+-@\t\r\n\0\uff1d\uff0b\uff0d\uff20"))
                assert cell == text or text.startswith(tuple("=+-@\t\r\n\0\uff1d\uff0b\uff0d\uff20"))
            else:
                assert (
                    cell == ""
                    if value is None
                    else json.loads(cell) == json.loads(encodable(json.dumps(value)))
                )
