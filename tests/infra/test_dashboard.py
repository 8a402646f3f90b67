"""The dashboard."""

import json
from typing import Any

from customization_jobs.fleet.coverage import State
from customization_jobs.watch.transition import Kind
from tests.infra.conftest import Synthesis


def widgets(stack: Synthesis) -> list[dict[str, Any]]:
    body = stack.only("AWS::CloudWatch::Dashboard")["DashboardBody"]["Fn::Join"][1]
    text = "".join(part if isinstance(part, str) else f"({_reference(part)})" for part in body)
    found: list[dict[str, Any]] = json.loads(text)["widgets"]
    return found


def _reference(value: dict[str, Any]) -> str:
    """Return the logical id that a reference names, however it is wrapped."""
    ((kind, target),) = value.items()
    if kind == "Ref":
        return str(target)
    if kind == "Fn::GetAtt":
        return ".".join(target)
    return _reference(target[1])


def test_the_board_and_its_trends_invoke_the_alias_of_the_listing_function(stack: Synthesis) -> None:
    board, trends = (each for each in widgets(stack) if each["type"] == "custom")
    assert board["properties"]["endpoint"] == f"({stack.logical_id('AWS::Lambda::Alias', 'Listing')})"
    assert board["properties"]["updateOn"] == {"refresh": True, "resize": False, "timeRange": False}
    assert (board["width"], board["y"]) == (24, 0)
    assert "params" not in board["properties"]
    assert trends["properties"] == {
        "title": "Jobs that ended in the last 90 days, (AWS::Region)",
        "endpoint": board["properties"]["endpoint"],
        "params": {"trends": True},
        "updateOn": {"refresh": False, "resize": True, "timeRange": False},
    }
    assert (trends["width"], trends["y"]) == (24, board["height"])


def metrics(widget: dict[str, Any]) -> list[str]:
    """Return name and statistic, or the expression, of each metric of a widget."""
    return [
        f"{each[1]} {each[-1].get('stat', 'Average')}" if isinstance(each[0], str) else each[0]["expression"]
        for each in widget["properties"].get("metrics", [])
    ]


def test_the_dashboard_shows_jobs_transitions_and_the_health_of_the_service(stack: Synthesis) -> None:
    shown = {each["properties"]["title"]: metrics(each) for each in widgets(stack)}
    function = ["Errors Sum", "Throttles Sum", "Duration p50", "Duration p99"]
    faults = ["ServiceErrors Sum", "BedrockErrors Sum", "ExpectedErrors Sum"]
    assert shown == {
        "Model customization jobs": [],
        "Jobs that ended in the last 90 days, (AWS::Region)": [],
        "Jobs by status": ["Jobs Maximum"] * 5,
        "Oldest job in progress, hours": ["age / 3600", "OldestInProgressAge Maximum"],
        "Failed and completed in the last 24 hours": [
            "FailedLast24Hours Maximum",
            "CompletedLast24Hours Maximum",
        ],
        "Transitions published, by kind": ["TransitionsPublished Sum"] * len(Kind),
        "Bedrock events missed, recovered by the sweep": ["MissedEvents Sum"],
        "Sweeps": ["SweepsCompleted Sum", "SweepsIncomplete Sum"],
        "API latency": ["Latency p50", "Latency p95", "Latency p99"],
        "API requests and errors": ["Count SampleCount", "4XXError Sum", "5XXError Sum"],
        "Listing function": function,
        "Watch function": function,
        "Faults of the listing function": faults,
        "Faults of the watch function": faults,
        "Waiting executions": [
            "ExecutionsFailed Sum",
            "ExecutionsTimedOut Sum",
            "ExecutionsAborted Sum",
            "ExecutionThrottled Sum",
            "Jobs-WaitResults Sum",
        ],
        "Deliveries of EventBridge": [
            line
            for number, name in enumerate(
                (
                    "RetryInvocationAttempts",
                    "FailedInvocations",
                    "InvocationsSentToDlq",
                    "InvocationsFailedToBeSentToDlq",
                )
            )
            for line in (
                f"SUM([{', '.join(f'r{number}_{rule}' for rule in range(2))}])",
                *[f"{name} Sum"] * 2,
            )
        ],
        "Throttled requests to the table": ["ReadThrottleEvents Sum", "WriteThrottleEvents Sum"],
        "Dead letters": ["ApproximateNumberOfMessagesVisible Maximum"] * 3,
        "Age of the oldest dead letter, seconds": ["ApproximateAgeOfOldestMessage Maximum"] * 3,
    }


def test_the_metrics_have_the_dimensions_that_the_functions_emit(other_stack: Synthesis) -> None:
    shown = [
        dict(zip(each[2:-1:2], each[3:-1:2], strict=True)) | {"name": each[1]}
        for widget in widgets(other_stack)
        for each in widget["properties"].get("metrics", [])
        if each[0] == "BedrockCustomizationJobs"
    ]
    base = {"service": "customization-jobs", "Region": "us-west-2"}
    assert base | {"Sweep": "support", "Status": "InProgress", "name": "Jobs"} in shown
    assert base | {"Sweep": "support", "name": "OldestInProgressAge"} in shown
    assert base | {"name": "MissedEvents"} in shown
    assert base | {"Kind": "Stuck", "name": "TransitionsPublished"} in shown


def test_the_age_of_the_oldest_job_is_shown_with_its_limit(other_stack: Synthesis) -> None:
    (age,) = (each for each in widgets(other_stack) if "Oldest" in each["properties"]["title"])
    assert age["properties"]["annotations"] == {
        "horizontal": [{"label": "limit", "value": 6, "yAxis": "left"}]
    }


def test_a_fleet_adds_a_row_about_its_sources_and_sweeps(stack: Synthesis, fleet_stack: Synthesis) -> None:
    def shown(synthesis: Synthesis) -> dict[str, list[str]]:
        return {each["properties"]["title"]: metrics(each) for each in widgets(synthesis)}

    before, after = shown(stack), shown(fleet_stack)
    assert {title: found for title, found in after.items() if title not in before} == {
        "Sources of the fleet, by state": ["FleetSources Maximum"] * len(State),
        "Sources that went dark": ["FleetSourcesDark Maximum"],
        "Sweeps of the fleet": [
            "FleetSweepsCompleted Sum",
            "FleetSweepsSkipped Sum",
            "ExecutionsFailed Sum",
            "ExecutionsTimedOut Sum",
            "ExecutionsAborted Sum",
            "ExecutionThrottled Sum",
        ],
    }
    assert before.keys() < after.keys()
    (by_state,) = (each for each in widgets(fleet_stack) if "by state" in each["properties"]["title"])
    dimensions = [
        dict(zip(each[2:-1:2], each[3:-1:2], strict=True)) for each in by_state["properties"]["metrics"]
    ]
    assert dimensions == [{"State": str(state), "service": "customization-jobs"} for state in State]
