from pathlib import Path

import pytest

from local.processes import logs
from local.processes.logs import previous_log, rotate


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(logs, "LARGEST_BYTES", 10)
    return tmp_path / "watch.err.log"


def test_a_small_log_stays_as_it_is(log: Path) -> None:
    log.write_bytes(b"0123456789")
    rotate(log)
    assert log.read_bytes() == b"0123456789"
    assert not previous_log(log).exists()


def test_a_large_log_continues_in_an_empty_file(log: Path) -> None:
    with log.open("ab", buffering=0) as process:
        for content in (b"the oldest lines", b"older lines"):
            process.write(content)
            rotate(log)
        process.write(b"new")
    assert log.read_bytes() == b"new"
    assert previous_log(log).read_bytes() == b"older lines"
    assert previous_log(log).name == "watch.err.1.log"
