from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customization_jobs.callers import Caller, recognize
from customization_jobs.errors import UnknownEventException


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
        ("custom-widget", Caller.WIDGET),
        ("custom-widget-describe", Caller.WIDGET),
    ],
)
def test_each_real_event_has_its_caller(event: Callable[[str], Any], name: str, caller: Caller) -> None:
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
    with pytest.raises(UnknownEventException) as refused:
        recognize(event)
    assert "secret" not in str(refused.value)


def test_a_widgets_parameters_can_have_any_name() -> None:
    assert recognize({"schedule": {}, "source": "aws.events", "widgetContext": {}}) is Caller.WIDGET


@pytest.mark.parametrize(
    "payload",
    [
        None,
        {},
        {"maxResults": 1},
        {"statusEqual": "a typing error"},
        {"describe": False},
        {"overview": True},
    ],
)
def test_a_plain_payload_is_a_workflows(payload: Any) -> None:
    assert recognize(payload) is Caller.WORKFLOW


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("load-balancer", "the keys body, headers, httpMethod"),
        ("queue", "the keys Records, eventSource 'aws:sqs'"),
        ("bucket", "source 'aws.s3', detail-type 'Object Created'"),
    ],
)
def test_another_event_is_refused_and_told_what_it_is(
    event: Callable[[str], Any], name: str, told: str
) -> None:
    with pytest.raises(UnknownEventException) as refused:
        recognize(event(name))
    assert told in str(refused.value)
    assert "This function handles" in str(refused.value)


@pytest.mark.parametrize(("payload", "told"), [([], "list"), ("{}", "str"), (1, "int"), (True, "bool")])
def test_what_is_no_object_is_refused(payload: Any, told: str) -> None:
    with pytest.raises(UnknownEventException, match=f"an event of type {told}"):
        recognize(payload)


def test_values_of_an_unknown_event_are_not_repeated() -> None:
    with pytest.raises(UnknownEventException) as refused:
        recognize({"Records": "secret", "headers": {"authorization": "secret"}})
    assert "secret" not in str(refused.value)


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
        "widgetContext",
    ]
)


@given(st.dictionaries(_NAMES, _JSON) | _JSON)
def test_any_json_has_a_caller_or_a_named_error(payload: Any) -> None:
    try:
        assert recognize(payload) in Caller
    except UnknownEventException as refused:
        assert str(refused)  # noqa: PT017 - either end is right, a third one is not
