import re
import signal
import socket
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from local.client import call
from local.environment import FUNCTION_NAME
from local.lifeline import HOST, listening_socket
from local.seed import believable_jobs
from tests.e2e.conftest import embedded_credentials, eventually

if TYPE_CHECKING:
    from tests.e2e.conftest import Run

    Start = Callable[..., Run]

SERVING = "Serving. Ctrl-C stops it."


def _free_port() -> int:
    with listening_socket(0) as listener:
        port: int = listener.getsockname()[1]
        return port


def _urls(said: str) -> list[str]:
    return sorted(set(re.findall(r"http://127\.0\.0\.1:\d+", said)))


def _deserted(url: str) -> bool:
    with socket.socket() as client:
        return client.connect_ex((HOST, int(url.rpartition(":")[2]))) != 0


def test_once_plays_the_three_callers_and_leaves_nothing_behind(start: "Start") -> None:
    code, said, complaints = start("--once").end()
    assert (code, complaints) == (0, "")
    assert "200 OK" in said
    assert "5 jobs, more behind nextToken" in said
    assert "202 Accepted" in said
    truth = Counter(job.status for job in believable_jobs())
    assert re.search(rf"Jobs by Status +{truth['Completed']} Completed, {truth['Failed']} Failed, ", said)
    assert re.search(r"SweepsCompleted +1\n", said)
    assert said.count("job in progress longer than its limit") == 3
    assert said.count("job failed  ") == 3
    assert "6 jobs, counts: 6 InProgress" in said
    assert said.endswith("All three were answered.\n")
    assert max(map(len, said.splitlines())) <= 100
    assert "\033" not in said, "colour is for terminals"
    urls = _urls(said)
    assert len(urls) == 3
    assert all(map(_deserted, urls))


def test_once_shows_what_the_watch_tells_each_transition_once(start: "Start") -> None:
    code, said, _ = start("--once", "--speed", "1500").end()
    assert code == 0
    lines = re.findall(r"^   \d\d:\d\d:\d\d  (\S+) +(.+)$", said, re.MULTILINE)
    assert len(lines) == len(set(lines))
    conclusion = re.search(r"The watch told (\d+) transitions, each once; the events missed (\d+) ", said)
    assert conclusion
    assert int(conclusion[1]) == len(lines)
    missed = [what for _, what in lines if what.endswith(", missed by the events, found by the sweep")]
    assert int(conclusion[2]) == len(missed) > 0
    assert any(what.endswith(", told by its event") for _, what in lines)
    assert sum(what.startswith("Stuck: ") for _, what in lines) == 3
    assert re.search(r"^ {13}\S+, a retry (helps|does not help): ", said, re.MULTILINE)


def test_time_can_stand_still(start: "Start") -> None:
    code, said, _ = start("--once", "--speed", "0").end()
    assert code == 0
    assert "The watch told 3 transitions, each once; the events missed 0 " in said


def test_a_bad_speed_is_a_sentence(start: "Start") -> None:
    code, _, complaint = start("--speed", "-1").end()
    assert code == 2
    assert complaint.endswith("error: argument --speed: a number from 0 to 100000\n")


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_told_to_stop(told: signal.Signals, start: "Start") -> None:
    port = _free_port()
    run = start("--port", str(port))
    said = run.read_until(SERVING)
    url = f"http://{HOST}:{port}"
    page = call(f"{url}/model-customization-jobs?maxResults=3").json()
    assert len(page["modelCustomizationJobSummaries"]) == 3
    invoked = call(f"{url}/2015-03-31/functions/{FUNCTION_NAME}/invocations", method="POST", body={})
    assert invoked.json()["counts"]["Stopping"] == 2
    code, rest, complaints = run.end(told)
    assert (code, complaints) == (0, "")
    assert rest.endswith("\nStopped.\n")
    assert len(_urls(said)) == 3
    assert all(map(_deserted, _urls(said)))


def test_it_can_be_stopped_while_it_starts(start: "Start") -> None:
    run = start("--port", str(_free_port()))
    run.read_until("Starting ...")
    assert run.end(signal.SIGINT) == (0, "\nStopped.\n", "")


def test_no_process_outlives_a_run_that_was_killed(start: "Start") -> None:
    run = start("--port", str(_free_port()))
    said = run.read_until(SERVING)
    run.end(signal.SIGKILL)
    assert eventually(lambda: all(map(_deserted, _urls(said))))


def test_a_taken_port_is_a_sentence(start: "Start") -> None:
    with listening_socket(0) as taken:
        port = taken.getsockname()[1]
        code, _, complaint = start("--port", str(port)).end()
    assert code == 1
    assert re.fullmatch(rf"Port {port} is taken\. Choose another: make run PORT=\d+\n", complaint)


def test_a_part_that_cannot_start_says_why(start: "Start") -> None:
    code, _, complaint = start("--once", BEDROCK_MAX_ATTEMPTS="none").end()
    assert code == 1
    assert complaint.startswith("The local gateway ended by itself (exit code 1). The end of build/local/")
    assert "BEDROCK_MAX_ATTEMPTS is 'none'" in complaint
    assert "local/run.py" not in complaint, "no traceback of the run itself"


def test_without_credentials_the_real_bedrock_is_not_asked(start: "Start") -> None:
    code, _, complaint = start("--once", "--bedrock", "aws", AWS_REGION="us-east-1").end()
    assert code == 1
    assert complaint.startswith("No AWS credentials were found.")
    assert "Traceback" not in complaint


def test_without_a_region_the_real_bedrock_is_not_asked(start: "Start") -> None:
    code, _, complaint = start(
        "--once", "--bedrock", "aws", AWS_ACCESS_KEY_ID="local", AWS_SECRET_ACCESS_KEY="local"
    ).end()
    assert code == 1
    assert complaint.startswith("No AWS region is set.")


def test_an_unknown_profile_is_a_sentence(start: "Start") -> None:
    code, _, complaint = start("--once", "--bedrock", "aws", AWS_PROFILE="nobody").end()
    assert code == 1
    assert complaint == "The AWS credentials cannot be used: The config profile (nobody) could not be found\n"


def test_the_users_own_bedrock_is_asked_with_the_users_own_credentials(
    start: "Start", bedrock_url: str
) -> None:
    code, said, complaints = start("--once", "--bedrock", "aws", **embedded_credentials(bedrock_url)).end()
    assert (code, complaints) == (0, "")
    assert "AWS, with your credentials, region us-east-1" in said
    assert len(_urls(said)) == 1, "no embedded Bedrock was started"


def test_the_embedded_bedrock_is_asked_whatever_the_users_own_variables_are(start: "Start") -> None:
    own = {"AWS_PROFILE": "nobody", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}
    code, said, complaints = start("--once", HTTP_PROXY="http://127.0.0.1:9", **own).end()
    assert (code, complaints) == (0, "")
    assert said.endswith("All three were answered.\n")


def test_once_fails_when_a_caller_is_not_answered(start: "Start") -> None:
    nowhere = embedded_credentials(f"http://{HOST}:{_free_port()}")
    code, said, _ = start("--once", "--bedrock", "aws", BEDROCK_MAX_ATTEMPTS="1", **nowhere).end()
    assert code == 1
    assert "< 503: " in said
    assert said.count("BedrockUnavailableException") >= 2
    assert "Not all were answered." in said
