import io
import json

import pytest

from local.screen import Screen, compact, counts, duration


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_colour_is_for_terminals_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    file, terminal = io.StringIO(), Terminal()
    for stream in (file, terminal):
        Screen(stream).received("200 OK")
    assert file.getvalue() == "   < 200 OK\n"
    assert terminal.getvalue() == "   < \033[32m200 OK\033[0m\n"
    monkeypatch.setenv("NO_COLOR", "1")
    plain = Terminal()
    Screen(plain).received("200 OK")
    assert plain.getvalue() == file.getvalue()


def test_columns_are_aligned() -> None:
    stream = io.StringIO()
    Screen(stream).table(("A", "NAME"), [("long", "x"), ("b", "yy")])
    assert stream.getvalue().splitlines() == ["     A     NAME", "     long  x", "     b     yy"]


def test_more_jobs_than_fit_are_counted() -> None:
    job = {"creationTime": "2026-11-23T12:00:00.000Z", "status": "Failed", "jobName": "a", "jobArn": "arn"}
    stream = io.StringIO()
    Screen(stream).jobs([job] * 9)
    lines = stream.getvalue().splitlines()
    assert lines[1].split() == ["2026-11-23", "12:00", "Failed", "a", "-"]
    assert lines[-1].strip() == "... and 3 more"


def test_long_json_is_broken_between_members() -> None:
    stream = io.StringIO()
    payload = {f"name{number}": "value" * number for number in range(1, 9)}
    Screen(stream).sent(compact(payload))
    lines = stream.getvalue().splitlines()
    assert len(lines) > 1
    assert max(map(len, lines)) <= 96
    assert all(line.rstrip().endswith((",", "}")) for line in lines)
    assert json.loads(stream.getvalue().replace(">", "")) == payload


@pytest.mark.parametrize(
    ("seconds", "text"), [(59, "0 min"), (3600, "1 h"), (3660, "1 h 1 min"), (471600, "5 d 11 h")]
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_counts_leave_out_what_is_not_there() -> None:
    assert counts({"a": 1, "b": 0, "c": 3}).replace("\N{NO-BREAK SPACE}", " ") == "3 c, 1 a"
    assert counts({}) == "none"
