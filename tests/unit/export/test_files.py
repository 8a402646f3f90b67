"""Files: gzipped JSON Lines that are the same bytes for the same rows."""

import gzip
import json
import time
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customization_jobs.export.files import ExportFiles, JsonLines, name_of
from tests.unit.export.in_memory import InMemoryBucket

ROW = {"text": 'größe "名前"\n\u2028', "number": 5, "none": None, "tags": {"a": "b"}}


def test_each_row_is_a_line_of_json_in_utf_8() -> None:
    lines = JsonLines([ROW, ROW])
    text = gzip.decompress(lines.content()).decode()
    assert [json.loads(line) for line in text.removesuffix("\n").split("\n")] == [ROW, ROW]
    assert lines.rows == 2


def test_the_same_rows_are_the_same_bytes_at_any_time(monkeypatch: pytest.MonkeyPatch) -> None:
    first = JsonLines([ROW]).content()
    later = time.time() + 1000
    monkeypatch.setattr("time.time", lambda: later)
    assert JsonLines([ROW]).content() == first
    assert JsonLines([ROW, ROW]).content() != first


def test_a_number_that_json_does_not_have_is_not_written() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        JsonLines([{"number": float("nan")}])


def test_a_file_is_in_its_partition_and_is_reported_once_it_is_written() -> None:
    written: list[Any] = []
    bucket = InMemoryBucket()
    files = ExportFiles(bucket, lambda *file: written.append(file))
    files.write("transitions", "2026-03-01", "name", JsonLines([ROW]))
    key = "kind=transitions/date=2026-03-01/name.jsonl.gz"
    assert list(bucket.contents) == [key]
    assert written == [("transitions", key, 1)]


@given(st.lists(st.text(max_size=3)), st.lists(st.text(max_size=3)))
def test_names_are_the_same_for_the_same_parts_alone(first: list[str], second: list[str]) -> None:
    assert (name_of(first) == name_of(second)) is (first == second)
    assert len(name_of(first)) == 32


def test_memory_does_not_grow_with_the_rows_but_with_their_compressed_size() -> None:
    tracemalloc.start()
    try:
        JsonLines({**ROW, "number": number} for number in range(20_000)).content()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # The rows are 1.5 MB.
    assert peak < 700_000
