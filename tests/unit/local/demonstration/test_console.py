import io
import json

import pytest

from local.demonstration.console import Console
from local.demonstration.formatting import compact_json


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_only_terminals_get_color(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    file, terminal = io.StringIO(), Terminal()
    for stream in (file, terminal):
        Console(stream).received("200 OK")
    assert file.getvalue() == "   < 200 OK\n"
    assert terminal.getvalue() == "   < \033[32m200 OK\033[0m\n"
    monkeypatch.setenv("NO_COLOR", "1")
    plain = Terminal()
    Console(plain).received("200 OK")
    assert plain.getvalue() == file.getvalue()


def test_columns_are_aligned() -> None:
    stream = io.StringIO()
    Console(stream).table(("A", "NAME"), [("long", "x"), ("b", "yy")])
    assert stream.getvalue().splitlines() == ["     A     NAME", "     long  x", "     b     yy"]


def test_further_jobs_are_counted() -> None:
    job = {"creationTime": "2026-11-23T12:00:00.000Z", "status": "Failed", "jobName": "a", "jobArn": "arn"}
    stream = io.StringIO()
    Console(stream).jobs([job] * 9)
    lines = stream.getvalue().splitlines()
    assert lines[1].split() == ["2026-11-23", "12:00", "Failed", "a", "-"]
    assert lines[-1].strip() == "... and 3 more"


def test_long_json_is_wrapped_between_members() -> None:
    stream = io.StringIO()
    payload = {f"name{number}": "value" * number for number in range(1, 9)}
    Console(stream).sent(compact_json(payload))
    lines = stream.getvalue().splitlines()
    assert len(lines) > 1
    assert max(map(len, lines)) <= 96
    assert all(line.rstrip().endswith((",", "}")) for line in lines)
    assert json.loads(stream.getvalue().replace(">", "")) == payload


def test_a_transition_is_aligned_and_its_detail_is_wrapped() -> None:
    stream = io.StringIO()
    console = Console(stream)
    console.transition("11:59:30", "support-tone-7", "Failed", "from Bedrock's event", status="Failed")
    console.detail("permissions: " + "word " * 30)
    lines = stream.getvalue().splitlines()
    assert lines[0] == f"   11:59:30  {'support-tone-7':<33}  Failed, from Bedrock's event"
    assert len(lines) == 3
    assert all(line.startswith(" " * 13) and len(line) <= 96 for line in lines[1:])
