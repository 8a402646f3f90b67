import contextlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

import pytest

from customization_jobs import errors
from customization_jobs.dispatch import Handler
from tests.fakes import FakeContext
from tests.unit.conftest import Lines, Wire

EMPTY = b'{"modelCustomizationJobSummaries": []}'
Counted = list[tuple[str, dict[str, str]]]


def counted(metrics: Lines) -> Counted:
    """Return the name and the dimensions of each error metric."""
    found = []
    for line in metrics:
        (directive,) = line["_aws"]["CloudWatchMetrics"]
        (metric,) = directive["Metrics"]
        assert (metric["Unit"], line[metric["Name"]]) == ("Count", [1.0])
        (names,) = directive["Dimensions"]
        found.append((metric["Name"], {name: line[name] for name in names if name != "service"}))
    return found


def by_function(name: str) -> Counted:
    function = {"FunctionName": "customization-jobs"}
    return [(name, function), (name, {**function, "Version": "7"})]


def by_error(name: str, error: str, caller: str) -> Counted:
    return [(name, {"Region": "us-east-1", "Error": error, "Caller": caller}), *by_function(name)]


@pytest.fixture
def metrics_of(handler: Handler, lines: Callable[[], tuple[Lines, Lines]]) -> Callable[[Any], Counted]:
    def invoke(event: Any) -> Counted:
        with contextlib.suppress(errors.CustomizationJobsError):
            handler(event, cast("Any", FakeContext(timedelta(minutes=1))))
        metrics, _ = lines()
        return counted(metrics)

    return invoke


MetricsOf = Callable[[Any], Counted]


@pytest.mark.parametrize(
    ("status", "error"),
    [(403, "AccessDeniedException"), (429, "ThrottlingException"), (500, "InternalServerException")],
)
def test_an_error_of_bedrock_answered_over_http_is_counted(
    metrics_of: MetricsOf, wire: Wire, event: Callable[[str], Any], status: int, error: str
) -> None:
    wire.answer(b'{"message": "no"}', status, {"x-amzn-ErrorType": error})
    assert metrics_of(event("api-gateway-rest")) == by_error("BedrockErrors", error, "rest-api")


def test_an_error_of_bedrock_raised_to_lambda_is_expected_too(metrics_of: MetricsOf, wire: Wire) -> None:
    wire.answer(b'{"message": "no"}', 429, {"x-amzn-ErrorType": "ThrottlingException"})
    expected = by_error("BedrockErrors", "ThrottlingException", "workflow") + by_function("ExpectedErrors")
    assert metrics_of({}) == expected


def test_an_error_of_bedrock_shown_in_a_widget_is_counted(metrics_of: MetricsOf, wire: Wire) -> None:
    wire.answer(b'{"message": "no"}', 403, {"x-amzn-ErrorType": "AccessDeniedException"})
    assert metrics_of({"widgetContext": {}}) == by_error("BedrockErrors", "AccessDeniedException", "widget")


def test_a_callers_mistake_is_only_expected_and_only_if_raised(
    metrics_of: MetricsOf, event: Callable[[str], Any]
) -> None:
    assert metrics_of({"maxResults": 0}) == by_function("ExpectedErrors")
    assert metrics_of([]) == by_function("ExpectedErrors")
    request = {**event("api-gateway-rest"), "path": "/nowhere"}
    assert metrics_of(request) == []


def test_an_unhandled_exception_is_the_services_fault(metrics_of: MetricsOf, wire: Wire) -> None:
    wire.fail(KeyError("bug"))
    assert metrics_of({}) == by_error("ServiceErrors", "InternalServerException", "workflow")


def test_a_success_is_not_counted(metrics_of: MetricsOf, wire: Wire) -> None:
    wire.answer(EMPTY)
    assert metrics_of({}) == []


def test_every_error_has_an_origin() -> None:
    origins = {error.__name__: error.origin.name for error in errors.ERRORS}
    assert origins == {
        "ValidationException": "CALLER",
        "AccessDeniedException": "BEDROCK",
        "ThrottlingException": "BEDROCK",
        "InternalServerException": "BEDROCK",
        "UnexpectedAnswerException": "BEDROCK",
        "BedrockUnavailableException": "BEDROCK",
        "BedrockTimeoutException": "BEDROCK",
        "WatchUnavailableException": "SERVICE",
        "FleetNotCoveredException": "CALLER",
        "ResourceNotFoundException": "CALLER",
        "MethodNotAllowedException": "CALLER",
        "NotAcceptableException": "CALLER",
        "UnknownEventException": "CALLER",
    }
