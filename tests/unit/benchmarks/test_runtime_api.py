import json
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.bundles import RUNTIME
from benchmarks.contenders import BARE, CALL, EMPTY, WrongAnswerError, check, request
from benchmarks.lambda_process import LambdaProcess, LambdaProcessError, peak_megabytes

HANDLERS = """
def echo(event, context):
    return {"event": event, "remaining": context.get_remaining_time_in_millis()}

def fail(event, context):
    raise LookupError("of the handler")
"""


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    (tmp_path / "handlers.py").write_text(HANDLERS, encoding="utf-8")
    return tmp_path


def process(bundle: Path, handler: str) -> LambdaProcess:
    # The runtime interface client of the development environment: this interpreter finds it by itself.
    return LambdaProcess(sys.executable, bundle, bundle / RUNTIME, handler, "http://127.0.0.1:9")


def test_the_real_runtime_client_takes_events_one_after_the_other(bundle: Path) -> None:
    with process(bundle, "handlers.echo") as running:
        running.wait_until_ready()
        for number in range(2):
            answer = json.loads(running.invoke({"number": number}).body)
            assert answer["event"] == {"number": number}
            assert 800_000 < answer["remaining"] <= 900_000
        assert running.cpu_seconds() > 0
        assert running.peak_megabytes() > 1


@pytest.mark.parametrize(
    ("handler", "said"), [("handlers.fail", "LookupError"), ("missing.handler", "No module named 'missing'")]
)
def test_what_fails_is_told_and_not_measured(bundle: Path, handler: str, said: str) -> None:
    with process(bundle, handler) as running, pytest.raises(LambdaProcessError, match=said):
        running.invoke({})


def test_peak_memory_is_read_from_the_processs_status() -> None:
    assert peak_megabytes("Name:\tpython\nVmPeak:\t 9 kB\nVmHWM:\t   50000 kB\nVmRSS:\t 4 kB\n") == 51.2


def listed(jobs: list[Any], status: int = 200) -> bytes:
    body = json.dumps({"modelCustomizationJobSummaries": jobs})
    return json.dumps({"statusCode": status, "body": body}).encode()


def test_only_a_right_answer_passes() -> None:
    job: dict[str, Any] = {"statusDetails": {}}
    check(BARE, listed([job, job]), 2)
    check(EMPTY, listed([]), 2)
    check(CALL, b'{"jobs": 2}', 2)
    for body in (
        listed([job]),
        listed([{}, {}]),
        listed([job, job], 500),
        b'{"statusCode": 502, "body": ""}',
    ):
        with pytest.raises(WrongAnswerError):
            check(BARE, body, 2)
    with pytest.raises(WrongAnswerError):
        check(CALL, b'{"jobs": 1}', 2)


def test_the_event_asks_for_so_many_jobs_in_both_of_api_gateways_spellings() -> None:
    event = request(100)
    assert event["queryStringParameters"] == {"maxResults": "100"}
    assert event["multiValueQueryStringParameters"] == {"maxResults": ["100"]}
