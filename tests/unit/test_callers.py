from collections.abc import Callable
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customization_jobs.callers import Caller, correlation_id, recognize
from customization_jobs.errors import UnknownEventException
from tests.fakes import FakeContext


@pytest.mark.parametrize(
    ("name", "caller"),
    [
        ("api-gateway-rest", Caller.REST_API),
        ("api-gateway-http", Caller.HTTP_API),
        ("function-url", Caller.HTTP_API),
        ("scheduler-with-input", Caller.SCHEDULE),
        ("scheduler-without-input", Caller.SCHEDULE),
        ("scheduled-rule", Caller.SCHEDULE),
        ("step-functions", Caller.WORKFLOW),
        ("bedrock-state-change", Caller.STATE_CHANGE),
        ("queue", Caller.NOTIFICATIONS),
        ("watch-event", Caller.NOTIFICATIONS),
        ("export", Caller.EXPORT),
        ("custom-widget", Caller.WIDGET),
        ("custom-widget-describe", Caller.WIDGET),
    ],
)
def test_each_real_event_is_recognized(event: Callable[[str], Any], name: str, caller: Caller) -> None:
    assert recognize(event(name)) is caller


@pytest.mark.parametrize(
    "event",
    [
        {"type": "REQUEST", "methodArn": "arn", "httpMethod": "GET", "path": "/", "requestContext": {}},
        {"type": "TOKEN", "methodArn": "arn", "authorizationToken": "secret"},
        {"version": "2.0", "type": "REQUEST", "routeArn": "arn", "requestContext": {"http": {}}},
    ],
)
def test_an_authorizers_event_is_not_a_request(event: dict[str, Any]) -> None:
    with pytest.raises(UnknownEventException) as rejected:
        recognize(event)
    assert "secret" not in str(rejected.value)


def test_a_widget_is_recognized_whatever_its_parameters_are_named() -> None:
    assert recognize({"schedule": {}, "source": "aws.events", "widgetContext": {}}) is Caller.WIDGET


@pytest.mark.parametrize(
    "payload",
    [
        None,
        {},
        {"maxResults": 1},
        {"statusEqual": "a misspelled input"},
        {"describe": False},
        {"overview": True},
    ],
)
def test_a_payload_without_names_of_other_events_is_a_workflow(payload: Any) -> None:
    assert recognize(payload) is Caller.WORKFLOW


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("load-balancer", "the keys body, headers, httpMethod"),
        ("bucket", "source 'aws.s3', detail-type 'Object Created'"),
    ],
)
def test_an_unknown_event_is_rejected_and_described(
    event: Callable[[str], Any], name: str, message: str
) -> None:
    with pytest.raises(UnknownEventException) as raised:
        recognize(event(name))
    assert message in str(raised.value)
    assert "This function handles" in str(raised.value)


@pytest.mark.parametrize(
    "payload",
    [
        {"version": "2.0", "requestContext": {}},
        {"version": "1.0", "requestContext": {"http": {"method": "GET"}}},
        {"source": "aws.events", "detail-type": "Another Event"},
        {"source": "another-source", "detail-type": "Scheduled Event"},
        {"source": "aws.bedrock", "detail-type": "Another Event"},
        {"source": "another-source", "detail-type": "Model Customization Job State Change"},
        {"source": "another-source", "detail-type": "Model Customization Job Failed"},
        {"Records": []},
        {"Records": {}},
        {"Records": ["aws:sqs"]},
        {"Records": [{"eventSource": "aws:s3"}]},
        {"Records": [{"eventSource": "aws:sqs"}, {"eventSource": "aws:s3"}]},
    ],
)
def test_an_event_with_only_some_marks_of_its_kind_is_rejected(payload: dict[str, Any]) -> None:
    with pytest.raises(UnknownEventException):
        recognize(payload)


@pytest.mark.parametrize(
    ("payload", "description"),
    [
        ({"Records": [{"EventSource": "aws:sns"}]}, "the keys Records, EventSource 'aws:sns'"),
        ({"Records": [], "n" * 50: 1}, f"the keys Records, {'n' * 40}"),
        ({"source": "s" * 100}, f"the keys source, source '{'s' * 80}'"),
        (
            {"Records": [], **{f"key-{number:02}": 1 for number in range(400_000)}},
            f"the keys Records, {', '.join(f'key-0{number}' for number in range(9))} and 399991 more",
        ),
    ],
)
def test_the_description_of_an_unknown_event_is_short(payload: dict[str, Any], description: str) -> None:
    with pytest.raises(UnknownEventException) as raised:
        recognize(payload)
    assert str(raised.value).startswith(f"Got an event with {description}. This function")


def test_the_correlation_id_of_a_state_change_is_its_event_id(event: Callable[[str], Any]) -> None:
    state_change = event("bedrock-state-change")
    context = cast("Any", FakeContext())
    assert correlation_id(Caller.STATE_CHANGE, state_change, context) == state_change["id"]


def test_the_correlation_id_of_one_event_of_the_watch_is_its_id_and_that_of_a_batch_is_the_request(
    event: Callable[[str], Any],
) -> None:
    context = cast("Any", FakeContext())
    watch_event = event("watch-event")
    assert correlation_id(Caller.NOTIFICATIONS, watch_event, context) == watch_event["id"]
    assert correlation_id(Caller.NOTIFICATIONS, event("queue"), context) == FakeContext.aws_request_id


@pytest.mark.parametrize(("payload", "type_name"), [([], "list"), ("{}", "str"), (1, "int"), (True, "bool")])
def test_a_payload_that_is_not_an_object_is_rejected(payload: Any, type_name: str) -> None:
    with pytest.raises(UnknownEventException) as raised:
        recognize(payload)
    assert str(raised.value) == (
        f"Got an event of type {type_name}. This function handles API Gateway proxy requests (payload 1.0 "
        'and 2.0), EventBridge schedules (an input with "schedule", or a "Scheduled Event"), Bedrock\'s '
        'events of detail type "Model Customization Job State Change", events of the source '
        '"bedrock-customization-jobs" (also in the records of an SQS queue), exports ("export"), CloudWatch '
        'custom widgets ("widgetContext", or {"describe": true}), and the inputs of '
        "ListModelCustomizationJobs as a JSON object from Step Functions or a direct invocation."
    )


def test_values_of_an_unknown_event_are_not_repeated() -> None:
    with pytest.raises(UnknownEventException) as raised:
        recognize({"Records": "secret", "headers": {"authorization": "secret"}})
    assert "secret" not in str(raised.value)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)
_NAMES = st.sampled_from(
    [
        "source",
        "detail-type",
        "detail",
        "requestContext",
        "httpMethod",
        "version",
        "schedule",
        "Records",
        "export",
        "widgetContext",
    ]
)


@given(st.dictionaries(_NAMES, _JSON) | _JSON)
def test_any_json_is_recognized_or_rejected_by_name(payload: Any) -> None:
    try:
        assert recognize(payload) in Caller
    except UnknownEventException as error:
        assert str(error)  # noqa: PT017 - both outcomes are right, any other exception is not


def test_a_step_of_a_fleets_sweep_is_recognized_by_its_one_name_and_correlated_by_its_sweep() -> None:
    event = {"fleetSweep": {"step": "report", "sweep": "execution-1"}}
    assert recognize(event) is Caller.FLEET_SWEEP
    context = cast("Any", FakeContext())
    assert correlation_id(Caller.FLEET_SWEEP, event, context) == "execution-1"
    assert correlation_id(Caller.FLEET_SWEEP, {"fleetSweep": {}}, context) == FakeContext.aws_request_id


@pytest.mark.parametrize("event", [{"fleetSweep": 1}, {"fleetSweep": {}, "maxResults": 1}])
def test_an_input_of_a_workflow_is_not_a_step_of_a_fleets_sweep(event: dict[str, Any]) -> None:
    assert recognize(event) is Caller.WORKFLOW


@pytest.mark.parametrize("name", ["queue", "watch-event"])
def test_the_export_function_exports_the_watchs_events(event: Callable[[str], Any], name: str) -> None:
    sent = event(name)
    assert recognize(sent, Caller.EXPORT) is Caller.EXPORT
    context = cast("Any", FakeContext())
    expected = sent.get("id", FakeContext.aws_request_id)
    assert correlation_id(Caller.EXPORT, sent, context) == expected


@pytest.mark.parametrize(
    "name", ["api-gateway-rest", "scheduler-with-input", "bedrock-state-change", "export"]
)
def test_the_export_function_recognizes_other_events_as_every_function(
    event: Callable[[str], Any], name: str
) -> None:
    assert recognize(event(name), Caller.EXPORT) is recognize(event(name))


def test_all_invocations_of_a_snapshot_are_correlated_by_its_time(event: Callable[[str], Any]) -> None:
    context = cast("Any", FakeContext())
    assert correlation_id(Caller.EXPORT, event("export"), context) == "2026-03-01T03:00:00Z"


@pytest.mark.parametrize("event", [{"export": "csv"}, {"export": {}, "maxResults": 1}])
def test_an_input_of_a_workflow_is_no_export(event: dict[str, Any]) -> None:
    assert recognize(event) is Caller.WORKFLOW
