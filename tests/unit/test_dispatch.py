import importlib
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest

from customization_jobs import errors
from customization_jobs.aws.bedrock import Bedrock
from customization_jobs.aws.clients import Credentials, create_client
from customization_jobs.observability import Observability
from customization_jobs.settings import Settings, SettingsError
from customization_jobs.watch.watch import Watch
from customization_jobs.wiring.functions import create_handler
from tests.fakes import FakeContext, client_context, job
from tests.unit.conftest import Invoke, Wire

if TYPE_CHECKING:
    from botocore.client import BaseClient


@pytest.mark.parametrize(
    ("name", "caller", "correlation_id"),
    [
        ("api-gateway-rest", "rest-api", "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"),
        ("api-gateway-http", "http-api", "JKJaXmPLvHcESHA="),
        ("function-url", "http-api", "1f2e3d4c-0000-4000-8000-000000000002"),
        ("scheduler-with-input", "schedule", "d32c5kddcf5bb8c3"),
        ("scheduler-without-input", "schedule", "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa"),
        ("scheduled-rule", "schedule", "89d1a02d-5ec7-412e-82f5-13505f849b41"),
        ("step-functions", "workflow", "8f3c9d2e-0000-4000-8000-000000000001"),
        ("custom-widget", "widget", "8f3c9d2e-0000-4000-8000-000000000001"),
    ],
)
def test_every_invocation_is_logged_with_its_callers_id(
    invoke: Invoke, event: Callable[[str], Any], name: str, caller: str, correlation_id: str
) -> None:
    _, logged = invoke(event(name))
    last = logged[-1]
    assert last["message"] == "Invocation ended"
    assert (last["caller"], last["correlation_id"]) == (caller, correlation_id)
    assert last["function_request_id"] == "8f3c9d2e-0000-4000-8000-000000000001"
    assert isinstance(last["cold_start"], bool)
    assert last["duration_ms"] >= 0
    assert last["status"] == "succeeded"
    assert last.get("http_status") == (200 if caller.endswith("api") else None)
    assert "error" not in last


def test_a_workflow_passes_its_execution_in_the_client_context(invoke: Invoke) -> None:
    execution = "arn:aws:states:us-east-1:111122223333:execution:wait:run"
    _, logged = invoke({}, client_context=client_context(correlationId=execution))
    assert logged[-1]["correlation_id"] == execution


@pytest.mark.parametrize("custom", [None, {}, {"correlationId": 5}, "text", ["correlationId"]])
def test_without_an_id_in_the_client_context_the_request_id_is_logged(invoke: Invoke, custom: Any) -> None:
    context = client_context()
    context.custom = custom
    _, logged = invoke({}, client_context=context)
    assert logged[-1]["correlation_id"] == "8f3c9d2e-0000-4000-8000-000000000001"


def test_log_keys_of_one_invocation_are_absent_from_the_next(
    invoke: Invoke, event: Callable[[str], Any]
) -> None:
    invoke({"maxResults": 0})
    _, logged = invoke(event("scheduler-with-input"))
    assert not {"error", "reason"} & set(logged[-1])


def test_an_unknown_event_is_a_named_error(invoke: Invoke, event: Callable[[str], Any]) -> None:
    raised, logged = invoke(event("queue"))
    assert type(raised) is errors.UnknownEventException
    assert (logged[0]["message"], logged[0]["level"]) == ("Invocation failed", "WARNING")
    assert logged[-1]["error"] == "UnknownEventException"


@pytest.mark.parametrize("payload", [{"maxResults": 0}, {"schedule": {}, "query": {"maxResults": 0}}])
def test_errors_are_raised_to_workflows_and_schedules(invoke: Invoke, payload: Any) -> None:
    raised, logged = invoke(payload)
    assert type(raised) is errors.ValidationException
    assert logged[-1]["reason"] == "maxResults: got 0, allowed: a whole number from 1 to 1000"


def test_an_unexpected_exception_is_raised_as_a_named_error_without_details(
    invoke: Invoke, wire: Wire
) -> None:
    wire.answers = [RuntimeError("inner secret")]
    raised, logged = invoke({})
    assert type(raised) is errors.InternalServerException
    request_id = "8f3c9d2e-0000-4000-8000-000000000001"
    assert str(raised) == f"The service failed. Its log has the reason under request id {request_id}."
    assert isinstance(raised.__cause__, RuntimeError)
    assert (logged[0]["message"], logged[-1]["error"]) == ("Unhandled exception", "InternalServerException")
    assert "inner secret" in logged[0]["exception"]


def test_tokens_and_credentials_are_not_logged(
    settings: Settings,
    observability: Observability,
    watch: Watch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    credentials = Credentials("any", "key-secret", "session-secret", datetime.now(UTC))
    client = create_client(settings, "bedrock", credentials=credentials)
    wire = Wire()
    client.meta.events.register("before-send", wire.send)
    wire.answer(b'{"message": "page-secret is bad"}', 400, {"x-amzn-ErrorType": "ValidationException"})
    handler = create_handler(settings, Bedrock(client), observability, watch=watch)
    request = {"schedule": {}, "sweep": "rest", "query": {"nextToken": "page-secret"}}
    with pytest.raises(errors.ValidationException):
        handler(request, cast("Any", FakeContext()))
    assert wire.requests[0].headers["X-Amz-Security-Token"] == b"session-secret", "it was sent"
    assert "secret" not in capsys.readouterr().out


@pytest.mark.parametrize(("spare_seconds", "continues"), [(0.1, True), (-0.1, False)])
@pytest.mark.parametrize("event", [{}, {"schedule": {}}])
def test_no_page_is_requested_without_time_for_the_longest_call(
    settings: Settings,
    observability: Observability,
    client: "BaseClient",
    watch: Watch,
    wire: Wire,
    event: Any,
    *,
    spare_seconds: float,
    continues: bool,
) -> None:
    page = {"modelCustomizationJobSummaries": [job(1)], "nextToken": "page-2"}
    wire.answer(json.dumps(page).encode())
    wire.answer(b'{"modelCustomizationJobSummaries": []}')
    handler = create_handler(settings, Bedrock(client), observability, watch=watch)
    remaining = timedelta(seconds=settings.call_seconds + 1 + spare_seconds)
    answer = handler(event, cast("Any", FakeContext(remaining)))
    if event:
        assert answer["complete"] is continues
    else:
        assert answer.get("stoppedBy") == (None if continues else "deadline")


def test_the_error_contract_lists_every_error() -> None:
    classes = {
        name: value
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, errors.CustomizationJobsError)
    }
    assert set(errors.ERRORS) == set(classes.values()) - {errors.CustomizationJobsError}
    assert {error.__name__: (error.http_status, error.retry_helps) for error in errors.ERRORS} == {
        "ValidationException": (400, False),
        "AccessDeniedException": (403, False),
        "ThrottlingException": (429, True),
        "InternalServerException": (500, True),
        "UnexpectedAnswerException": (502, True),
        "BedrockUnavailableException": (503, True),
        "BedrockTimeoutException": (504, True),
        "WatchUnavailableException": (503, True),
        "FleetNotCoveredException": (503, True),
        "ResourceNotFoundException": (404, False),
        "MethodNotAllowedException": (405, False),
        "NotAcceptableException": (406, False),
        "UnknownEventException": (400, False),
    }


def test_errors_of_a_widget_are_shown_and_logged(invoke: Invoke) -> None:
    answer, logged = invoke({"maxResults": 0, "widgetContext": {}})
    assert "a whole number from 1 to 1000" in answer
    assert logged[-1]["error"] == "ValidationException"


def test_an_unexpected_exception_is_shown_in_a_widget_without_details(invoke: Invoke, wire: Wire) -> None:
    wire.answers = [RuntimeError("inner secret")]
    answer, _ = invoke({"widgetContext": {}})
    assert "InternalServerException" in answer
    assert "inner secret" not in answer


def test_the_handler_module_reads_its_settings_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "customization_jobs.handler", raising=False)
    module = importlib.import_module("customization_jobs.handler")
    with pytest.raises(errors.UnknownEventException):
        module.lambda_handler([], FakeContext())


def test_a_missing_region_is_reported_at_init(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_REGION")
    monkeypatch.delitem(sys.modules, "customization_jobs.handler", raising=False)
    with pytest.raises(SettingsError, match="BEDROCK_REGION"):
        importlib.import_module("customization_jobs.handler")
