"""Each waiter to each of its ends, by boto3 and by the AWS CLI."""

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from botocore.exceptions import ParamValidationError, WaiterError

from client_model.files import client_files
from local.common.http_client import HttpResponse
from local.common.identifiers import ACCOUNT
from local.demonstration.function_client import FunctionClient, failed
from tests.contract.real_clients.client.conftest import REGION, ROOT

if TYPE_CHECKING:
    from local.processes.process_group import ProcessGroup
    from tests.contract.real_clients.client.conftest import RunAws
    from tests.contract.real_clients.client.signed_gateway import SignedGateway

EVENT = json.loads((ROOT / "tests" / "events" / "bedrock-state-change.json").read_text())
ENDED, OTHERS = ("Completed", "Failed", "Stopped"), ("InProgress", "Stopping")
# Of the function, and of API Gateway itself.
PASSING = {
    429: "ThrottlingException",
    500: "InternalServerException",
    502: "UnexpectedAnswerException",
    503: "WatchUnavailableException",
    504: "InternalServerErrorException",
}
NOT_PASSING = {400: "ValidationException", 403: "AccessDeniedException", 405: "MethodNotAllowedException"}


@pytest.fixture(autouse=True)
def answers(gateway: "SignedGateway") -> Iterator[list[HttpResponse]]:
    """Return the list of answers to give in place of the service's own; a test fails if it leaves some."""
    yield gateway.instead
    unused = len(gateway.instead)
    gateway.instead.clear()
    assert unused == 0


def error(status: int, name: str) -> HttpResponse:
    return HttpResponse(status, {"x-amzn-ErrorType": name}, json.dumps({"message": "why"}).encode())


def ok(body: object) -> HttpResponse:
    return HttpResponse(200, {"Content-Type": "application/json"}, json.dumps(body).encode())


def overview(*, complete: bool = True, **counts: int) -> HttpResponse:
    by_status = {**dict.fromkeys((*ENDED, *OTHERS), 0), **counts}
    return ok({"complete": complete, "jobs": sum(counts.values()), "byStatus": by_status})


class Job:
    """A job that the watch knows from Bedrock's events only."""

    def __init__(self, watch_url: str) -> None:
        identifier = uuid4().hex[:12]
        kind = "model-customization-job/amazon.nova-lite-v1:0:300k"
        self.arn = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:{kind}/{identifier}"
        self._function = FunctionClient(watch_url)

    def becomes(self, status: str) -> None:
        """Have the watch receive Bedrock's event about it."""
        detail = {**EVENT["detail"], "jobArn": self.arn, "jobName": "waited-for", "jobStatus": status}
        if status in OTHERS:
            del detail["endTime"]
        event = {**EVENT, "account": ACCOUNT, "region": REGION, "resources": [self.arn], "detail": detail}
        answer = self._function.invoke(event)
        assert not failed(answer), answer.text
        assert answer.json()["status"] == status


@pytest.fixture
def job(fleet: "ProcessGroup") -> Job:
    assert fleet.watch
    return Job(fleet.watch.url)


def wait(client: Any, waiter: str, attempts: int = 5, **inputs: Any) -> None:
    client.get_waiter(waiter).wait(WaiterConfig={"Delay": 0, "MaxAttempts": attempts}, **inputs)


@pytest.fixture
def while_waiting(
    client: Any, gateway: "SignedGateway", monkeypatch: pytest.MonkeyPatch
) -> Callable[..., None]:
    """Wait, and do something after the first poll."""

    def run(waiter: str, then: Callable[[], None], **inputs: Any) -> None:
        polls = 0
        answer = gateway.answer

        def count(sent: Any) -> HttpResponse:
            nonlocal polls
            response = answer(sent)
            polls += 1
            if polls == 1:
                then()
            return response

        monkeypatch.setattr(gateway, "answer", count)
        wait(client, waiter, **inputs)
        assert polls == 2

    return run


def test_the_waiters_wait_for_two_days(client: Any) -> None:
    assert client.waiter_names == ["job_completed", "job_ended", "jobs_ended"]
    for name in client.waiter_names:
        config = client.get_waiter(name).config
        assert (config.delay, config.delay * config.max_attempts) == (60, 2 * 24 * 60 * 60)


@pytest.mark.parametrize("status", ENDED)
@pytest.mark.parametrize("known", [True, False])
def test_job_ended_succeeds_with_each_end(
    status: str,
    known: bool,  # noqa: FBT001 - a case
    while_waiting: Callable[..., None],
    job: Job,
) -> None:
    if known:
        job.becomes("InProgress")
    while_waiting("job_ended", lambda: job.becomes(status), jobIdentifier=job.arn)


@pytest.mark.parametrize("waiter", ["job_ended", "job_completed"])
@pytest.mark.parametrize("status", [*OTHERS, None])
def test_a_job_that_does_not_end_is_waited_for_until_the_last_attempt(
    waiter: str, status: str | None, client: Any, job: Job
) -> None:
    if status:
        job.becomes(status)
    with pytest.raises(WaiterError, match="Max attempts exceeded") as raised:
        wait(client, waiter, jobIdentifier=job.arn)
    last: Any = raised.value.last_response
    assert last["job"]["status"] == status if status else "ResourceNotFoundException" in str(last)


def test_job_completed_succeeds(while_waiting: Callable[..., None], job: Job) -> None:
    job.becomes("InProgress")
    while_waiting("job_completed", lambda: job.becomes("Completed"), jobIdentifier=job.arn)


@pytest.mark.parametrize("status", ["Failed", "Stopped"])
def test_job_completed_fails(status: str, while_waiting: Callable[..., None], job: Job) -> None:
    job.becomes("InProgress")
    with pytest.raises(WaiterError, match=f'terminal failure state: .*"{status}"') as raised:
        while_waiting("job_completed", lambda: job.becomes(status), jobIdentifier=job.arn)
    last: Any = raised.value.last_response
    assert last["job"]["status"] == status


@pytest.mark.parametrize(
    "running",
    [
        overview(InProgress=1, Completed=3),
        overview(Stopping=1, Completed=3),
        # A status that Bedrock may add.
        overview(Queued=1, Completed=3),
        overview(complete=False, Completed=3),
    ],
)
def test_jobs_ended_succeeds_when_all_jobs_were_read_and_have_ended(
    running: HttpResponse, client: Any, answers: list[HttpResponse], gateway: "SignedGateway"
) -> None:
    answers += [running, running, overview(Completed=3, Failed=2, Stopped=1)]
    wait(client, "jobs_ended")
    # The answer after `running` is that of the service itself.
    answers.append(running)
    wait(client, "jobs_ended", whereStatus=list(ENDED), creationTimeAfter="-90d")
    assert gateway.passed[-1].startswith("/overview?where.status=Completed&where.status=Failed&")


def test_jobs_ended_succeeds_if_there_are_no_jobs(client: Any) -> None:
    wait(client, "jobs_ended", attempts=1, nameContains="no-such-job")


def test_jobs_ended_gives_up_after_the_last_attempt(client: Any) -> None:
    with pytest.raises(WaiterError, match="Max attempts exceeded"):
        wait(client, "jobs_ended")


WAITERS: dict[str, dict[str, Any]] = {
    "jobs_ended": {},
    "job_ended": {"jobIdentifier": "a"},
    "job_completed": {"jobIdentifier": "a"},
}


@pytest.mark.parametrize("waiter", WAITERS)
def test_an_error_that_passes_does_not_end_a_wait(
    waiter: str, client: Any, answers: list[HttpResponse]
) -> None:
    end = ok({"job": {"status": "Completed"}}) if WAITERS[waiter] else overview(Completed=1)
    answers += [*(error(status, name) for status, name in PASSING.items()), end]
    wait(client, waiter, attempts=len(answers), **WAITERS[waiter])


@pytest.mark.parametrize("waiter", WAITERS)
@pytest.mark.parametrize("status", NOT_PASSING)
def test_another_error_ends_a_wait(
    waiter: str, status: int, client: Any, answers: list[HttpResponse]
) -> None:
    answers.append(error(status, NOT_PASSING[status]))
    with pytest.raises(WaiterError, match=rf"An error occurred \({NOT_PASSING[status]}\): why"):
        wait(client, waiter, **WAITERS[waiter])


@pytest.fixture(scope="module")
def aws_wait(aws: "RunAws", tmp_path_factory: pytest.TempPathFactory) -> "RunAws":
    """Run `aws customization-jobs wait`, with few attempts and no delay, for which it has no options."""
    folder = tmp_path_factory.mktemp("models")
    (name, text), *_ = (
        (name, text) for name, text in client_files(has_fleet=True).items() if "waiters" in name.name
    )
    waiters = json.loads(text)
    for waiter in waiters["waiters"].values():
        waiter |= {"delay": 0, "maxAttempts": 2}
    (folder / name).parent.mkdir(parents=True)
    (folder / name).write_text(json.dumps(waiters))
    return lambda *arguments: aws("wait", *arguments, AWS_DATA_PATH=str(folder))


@pytest.mark.parametrize(
    ("waiter", "status", "message"),
    [
        ("job-ended", "Completed", None),
        ("job-ended", "Failed", None),
        ("job-ended", "Stopped", None),
        ("job-ended", "InProgress", "Max attempts exceeded"),
        ("job-ended", None, "Max attempts exceeded"),
        ("job-completed", "Completed", None),
        ("job-completed", "Failed", 'terminal failure state: For expression "job.status" we matched'),
        ("job-completed", "Stopped", 'terminal failure state: For expression "job.status" we matched'),
        ("job-completed", "Stopping", "Max attempts exceeded"),
        ("job-completed", None, "Max attempts exceeded"),
    ],
)
def test_the_command_line_waits_for_a_job(
    waiter: str, status: str | None, message: str | None, aws_wait: "RunAws", job: Job
) -> None:
    if status:
        job.becomes(status)
    done = aws_wait(waiter, "--job-identifier", job.arn)
    assert (done.returncode, done.stdout) == (255 if message else 0, "")
    assert message in done.stderr if message else done.stderr == ""


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--where-status", *ENDED), None),
        (("--name-contains", "no-such-job"), None),
        ((), "Waiter JobsEnded failed: Max attempts exceeded"),
        (("--where-status", "Ended"), "Waiter JobsEnded failed: An error occurred (ValidationException)"),
    ],
)
def test_the_command_line_waits_for_jobs(
    options: tuple[str, ...], message: str | None, aws_wait: "RunAws"
) -> None:
    done = aws_wait("jobs-ended", *options)
    assert (done.returncode, done.stdout) == (255 if message else 0, "")
    assert message in done.stderr if message else done.stderr == ""


def test_a_waiter_for_a_job_without_a_name_is_refused_at_once(client: Any, aws: "RunAws") -> None:
    for waiter in ("job_ended", "job_completed"):
        with pytest.raises(ParamValidationError, match="valid min length: 1"):
            client.get_waiter(waiter).wait(jobIdentifier="")
    refused = aws("wait", "job-ended", "--job-identifier", "")
    assert refused.returncode != 0
    assert "valid min length: 1" in refused.stderr
