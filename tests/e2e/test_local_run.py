import json
import re
import signal
import socket
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from local.common.http_client import call
from local.common.identifiers import FUNCTION_NAME
from local.common.server_process import HOST, listening_socket
from local.processes import logs
from local.processes.process_group import ProcessGroup
from local.simulated_jobs.sample_jobs import sample_jobs
from tests.e2e.conftest import embedded_credentials, eventually

if TYPE_CHECKING:
    from tests.e2e.conftest import Run

    Start = Callable[..., Run]

SERVING = "Serving. Press Ctrl-C to stop."


def _free_port() -> int:
    with listening_socket(0) as listener:
        port: int = listener.getsockname()[1]
        return port


def _urls(output: str) -> list[str]:
    return sorted(set(re.findall(r"http://127\.0\.0\.1:\d+", output)))


def _closed(url: str) -> bool:
    with socket.socket() as client:
        return client.connect_ex((HOST, int(url.rpartition(":")[2]))) != 0


def test_once_demonstrates_the_three_callers_and_leaves_no_process(start: "Start") -> None:
    code, output, errors = start("--once").end()
    assert (code, errors) == (0, "")
    assert "200 OK" in output
    assert "5 jobs, more available through nextToken" in output
    assert "202 Accepted" in output
    expected = Counter(job.status for job in sample_jobs())
    assert re.search(
        rf"Jobs by Status +{expected['Completed']} Completed, {expected['Failed']} Failed, ", output
    )
    assert re.search(r"SweepsCompleted +1\n", output)
    assert output.count("job in progress longer than its limit") == 3
    assert output.count("job failed  ") == 3
    assert "6 jobs; counts: 6 InProgress" in output
    assert output.endswith("All callers succeeded.\n")
    assert max(map(len, output.splitlines())) <= 100
    assert "\033" not in output, "only terminals get color"
    urls = _urls(output)
    assert len(urls) == 3
    assert all(map(_closed, urls))


def test_once_shows_each_transition_that_the_watch_publishes_once(start: "Start") -> None:
    code, output, _ = start("--once", "--speed", "1500").end()
    assert code == 0
    lines = re.findall(r"^   \d\d:\d\d:\d\d  (\S+) +(.+)$", output, re.MULTILINE)
    assert len(lines) == len(set(lines))
    conclusion = re.search(
        r"The watch published (\d+) transitions, each once; the sweep found (\d+) ", output
    )
    assert conclusion
    assert int(conclusion[1]) == len(lines)
    missed = [text for _, text in lines if text.endswith(", event missed, found by sweep")]
    assert int(conclusion[2]) == len(missed) > 0
    assert any(text.endswith(", from Bedrock's event") for _, text in lines)
    assert sum(text.startswith("Stuck: ") for _, text in lines) == 3
    assert re.search(r"^ {13}\S+, a retry (may succeed|will not help): ", output, re.MULTILINE)
    failed = next(job for job, text in lines if text.startswith("Failed, "))
    assert re.search(rf"^   < Mail: FAILED {failed}: [a-z ]+ \(\S+, \S+\)$", output, re.MULTILINE)
    assert f"\n     The model customization job {failed} failed.\n" in output
    assert re.search(rf"^   < Chat \(Slack, Teams\): FAILED `{failed}`: [a-z ]+$", output, re.MULTILINE)
    assert "\n     Next steps:\n     - " in output


def test_the_simulation_can_be_off(start: "Start") -> None:
    code, output, _ = start("--once", "--speed", "0").end()
    assert code == 0
    assert "The watch published 3 transitions, each once; the sweep found 0 " in output


def test_an_invalid_speed_is_explained(start: "Start") -> None:
    code, _, error = start("--speed", "-1").end()
    assert code == 2
    assert error.endswith("error: argument --speed: must be a number from 0 to 100000\n")


@pytest.mark.parametrize("stop_signal", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_stopped(stop_signal: signal.Signals, start: "Start") -> None:
    port = _free_port()
    run = start("--port", str(port))
    output = run.read_until(SERVING)
    url = f"http://{HOST}:{port}"
    page = call(f"{url}/model-customization-jobs?maxResults=3").json()
    assert len(page["modelCustomizationJobSummaries"]) == 3
    invoked = call(f"{url}/2015-03-31/functions/{FUNCTION_NAME}/invocations", method="POST", body={})
    assert invoked.json()["counts"]["Stopping"] == 2
    code, rest, errors = run.end(stop_signal)
    assert (code, errors) == (0, "")
    assert rest.endswith("\nStopped.\n")
    assert len(_urls(output)) == 3
    assert all(map(_closed, _urls(output)))


def test_a_large_log_is_rotated_while_the_function_writes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "LARGEST_BYTES", 5_000)
    with ProcessGroup(region="us-east-1", logs=tmp_path) as processes:
        log = processes.gateway.output
        sizes = []
        for _ in range(30):
            assert call(f"{processes.gateway.url}/overview?maxResult=5").status == 400
            sizes.append(log.stat().st_size)
            processes.check()
    assert 5_000 < max(sizes) < 10_000
    assert sum(size > 5_000 for size in sizes) > 1, "it was rotated more than once"
    for each in (log, logs.previous_log(log)):
        assert all(isinstance(json.loads(line), dict) for line in each.read_text().splitlines())


def test_it_can_be_stopped_while_it_starts(start: "Start") -> None:
    run = start("--port", str(_free_port()))
    run.read_until("Starting ...")
    assert run.end(signal.SIGINT) == (0, "\nStopped.\n", "")


def test_no_process_outlives_a_run_that_was_killed(start: "Start") -> None:
    run = start("--port", str(_free_port()))
    output = run.read_until(SERVING)
    run.end(signal.SIGKILL)
    assert eventually(lambda: all(map(_closed, _urls(output))))


def test_a_port_in_use_is_explained(start: "Start") -> None:
    with listening_socket(0) as in_use:
        port = in_use.getsockname()[1]
        code, _, error = start("--port", str(port)).end()
    assert code == 1
    assert re.fullmatch(rf"Port {port} is already in use\. Choose another one: make run PORT=\d+\n", error)


def test_a_process_that_cannot_start_is_explained(start: "Start") -> None:
    code, _, error = start("--once", BEDROCK_MAX_ATTEMPTS="none").end()
    assert code == 1
    assert error.startswith(
        "The local gateway exited unexpectedly (exit code 1). The last lines of build/local/"
    )
    assert "BEDROCK_MAX_ATTEMPTS is 'none'" in error
    assert "local/run.py" not in error, "no traceback of the run"


def test_without_credentials_the_real_bedrock_is_not_called(start: "Start") -> None:
    code, _, error = start("--once", "--bedrock", "aws", AWS_REGION="us-east-1").end()
    assert code == 1
    assert error.startswith("No AWS credentials were found.")
    assert "Traceback" not in error


def test_without_a_region_the_real_bedrock_is_not_called(start: "Start") -> None:
    code, _, error = start(
        "--once", "--bedrock", "aws", AWS_ACCESS_KEY_ID="local", AWS_SECRET_ACCESS_KEY="local"
    ).end()
    assert code == 1
    assert error.startswith("No AWS region is set.")


def test_an_unknown_profile_is_explained(start: "Start") -> None:
    code, _, error = start("--once", "--bedrock", "aws", AWS_PROFILE="nobody").end()
    assert code == 1
    assert error == "The AWS credentials cannot be used: The config profile (nobody) could not be found\n"


def test_the_users_bedrock_is_called_with_the_users_credentials(start: "Start", bedrock_url: str) -> None:
    code, output, errors = start("--once", "--bedrock", "aws", **embedded_credentials(bedrock_url)).end()
    assert (code, errors) == (0, "")
    assert "AWS, with your credentials, region us-east-1" in output
    assert len(_urls(output)) == 1, "no embedded Bedrock was started"


def test_the_embedded_bedrock_is_called_whatever_the_users_variables_are(start: "Start") -> None:
    own = {"AWS_PROFILE": "nobody", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}
    code, output, errors = start("--once", HTTP_PROXY="http://127.0.0.1:9", **own).end()
    assert (code, errors) == (0, "")
    assert output.endswith("All callers succeeded.\n")


def test_once_fails_when_a_caller_fails(start: "Start") -> None:
    nowhere = embedded_credentials(f"http://{HOST}:{_free_port()}")
    code, output, _ = start("--once", "--bedrock", "aws", BEDROCK_MAX_ATTEMPTS="1", **nowhere).end()
    assert code == 1
    assert "< 503: " in output
    assert output.count("BedrockUnavailableException") >= 2
    assert "Not all callers succeeded." in output
