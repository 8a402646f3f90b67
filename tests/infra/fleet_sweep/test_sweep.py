"""The sweep of the fleet: what it invokes, in either mode, and how it ends."""

from collections.abc import Callable
from typing import Any

import pytest

from customization_jobs.errors import (
    AccessDeniedException,
    ThrottlingException,
    ValidationException,
    WatchUnavailableException,
)
from tests.infra.fleet_sweep.interpreter import Step, Sweep, run
from tests.infra.state_machines.interpreter import EXECUTION, LambdaServiceError

SOURCES = [f"11112222333{number}/us-east-1" for number in range(4)]
COVERAGE = {"sources": 4, "published": 1}
MODES = pytest.mark.parametrize("distributed", [False, True], ids=["inline", "distributed"])
Answer = Callable[[Step], Any]


def function(*, sources: list[str] | None = None, bad: dict[str, Any] | None = None) -> Answer:
    """Return a watch function that lists all sources but the bad ones, for which it returns or raises."""

    def answer(step: Step) -> Any:
        if step["step"] == "discover":
            found = SOURCES if sources is None else sources
            return {"running": False, "sources": found}
        if step["step"] == "report":
            return COVERAGE
        listed = {"source": step["source"], "state": "listed"}
        return (bad or {}).get(step["source"], listed)

    return answer


def above(distributed: bool) -> str:  # noqa: FBT001 - reads well in the calls
    """Return the number of sources above which a sweep is distributed."""
    return "0" if distributed else "40"


def map_of(*, distributed: bool) -> str:
    return "Sweep distributed" if distributed else "Sweep inline"


def assert_complete(sweep: Sweep) -> None:
    assert (sweep.status, sweep.output) == ("SUCCEEDED", COVERAGE)
    assert sweep.sources == SOURCES
    assert [each["step"] for each in (sweep.steps[0], sweep.steps[-1])] == ["discover", "report"]


@MODES
def test_every_source_is_swept_once_between_discovery_and_report(*, distributed: bool) -> None:
    sweep = run(function(), DistributedAbove=above(distributed))
    assert_complete(sweep)
    assert map_of(distributed=distributed) in sweep.states
    assert map_of(distributed=not distributed) not in sweep.states
    assert sweep.states[-3:] == ["Report coverage", "Did the map end?", "Every source was attempted"]
    assert {each["sweep"] for each in sweep.steps} == {EXECUTION}


@MODES
def test_all_invocations_of_a_sweep_have_one_correlation_id(*, distributed: bool) -> None:
    (correlation_id,) = run(function(), DistributedAbove=above(distributed)).correlation_ids
    assert correlation_id.startswith("arn:aws:states:us-east-1:123456789012:execution:")


@MODES
def test_each_source_waits_up_to_three_seconds(*, distributed: bool) -> None:
    many = [f"1111222233{number:02}/us-east-1" for number in range(30)]
    waits = run(function(sources=many), DistributedAbove=above(distributed)).waits
    assert len(waits) == 30
    assert set(waits) <= set(range(4))
    assert len(set(waits)) > 1


@MODES
def test_no_more_sources_than_the_setting_are_swept_at_once(*, distributed: bool) -> None:
    many = [f"1111222233{number:02}/us-east-1" for number in range(20)]
    sweep = run(function(sources=many), DistributedAbove=above(distributed), Concurrency="3")
    assert 1 < sweep.most_at_once <= 3
    assert len(sweep.sources) == 20


@MODES
def test_a_source_that_fails_in_any_way_ends_no_other(*, distributed: bool) -> None:
    failures: list[Any] = [
        {"state": "denied"},
        AccessDeniedException("denied"),
        ThrottlingException("throttled"),
        ValidationException("not a source of the fleet"),
        ValueError("a bug"),
        LambdaServiceError("AccessDeniedException"),
        {},
        None,
        "text",
    ]
    bad = {f"44445555666{number}/us-east-1": failure for number, failure in enumerate(failures)}
    sources = sorted([*SOURCES, *bad])
    sweep = run(function(sources=sources, bad=bad), DistributedAbove=above(distributed))
    assert (sweep.status, sweep.output) == ("SUCCEEDED", COVERAGE)
    assert sweep.sources == sources


@MODES
def test_even_if_all_sources_fail_the_sweep_reports(*, distributed: bool) -> None:
    bad = dict.fromkeys(SOURCES, RuntimeError("down"))
    assert_complete(run(function(bad=bad), DistributedAbove=above(distributed)))


def test_an_inline_source_that_fails_is_a_plain_result() -> None:
    sweep = run(function(bad={SOURCES[2]: ValueError("a bug " * 200)}))
    (exited,) = (
        event["stateExitedEventDetails"]["output"]
        for event in sweep.events
        if event.get("stateExitedEventDetails", {}).get("name") == "The source was not swept"
    )
    assert f'"source":"{SOURCES[2]}"' in exited
    assert '"state":"failed"' in exited
    assert '"error":"ValueError"' in exited
    # A cause is cut to 500 characters, so that 40 causes fit into a state.
    assert len(exited) < 700


@MODES
@pytest.mark.parametrize("error", ["TooManyRequestsException", "ServiceException"])
def test_errors_of_lambda_itself_are_tried_again(error: str, *, distributed: bool) -> None:
    bad = {SOURCES[2]: LambdaServiceError(error)}
    sweep = run(function(bad=bad), DistributedAbove=above(distributed))
    assert (sweep.status, sweep.output) == ("SUCCEEDED", COVERAGE)
    assert len(sweep.retries) == 5
    assert sweep.sources.count(SOURCES[2]) == 6


def test_errors_of_the_function_are_left_to_the_next_sweep() -> None:
    sweep = run(function(bad={SOURCES[2]: ThrottlingException("throttled")}))
    assert sweep.retries == []


def test_a_sweep_that_still_runs_is_not_doubled() -> None:
    sweep = run(lambda _: {"running": True, "sources": []})
    assert sweep.status == "SUCCEEDED"
    assert [each["step"] for each in sweep.steps] == ["discover"]
    assert sweep.states == ["Discover sources", "Is a sweep running?", "Another sweep is running"]


def test_no_sources_are_reported_too() -> None:
    sweep = run(function(sources=[]))
    assert [each["step"] for each in sweep.steps] == ["discover", "report"]
    assert sweep.status == "SUCCEEDED"


def test_a_discovery_that_fails_fails_the_sweep_by_its_name() -> None:
    sweep = run(lambda _: AccessDeniedException("organizations:ListAccounts is denied"))
    assert (sweep.status, sweep.error) == ("FAILED", "AccessDeniedException")
    assert [each["step"] for each in sweep.steps] == ["discover"]


def test_discovery_and_report_are_tried_again() -> None:
    failures = {"discover": 2, "report": 3}

    def answer(step: Step) -> Any:
        if failures.get(step["step"], 0) > 0:
            failures[step["step"]] -= 1
            return WatchUnavailableException("again")
        return function()(step)

    sweep = run(answer)
    assert (sweep.status, len(sweep.retries)) == ("SUCCEEDED", 5)


def test_a_report_that_fails_fails_the_sweep_by_its_name() -> None:
    def answer(step: Step) -> Any:
        return ValidationException("no") if step["step"] == "report" else function()(step)

    sweep = run(answer)
    assert (sweep.status, sweep.error) == ("FAILED", "ValidationException")


@MODES
def test_a_map_that_fails_is_reported_and_then_fails_the_sweep(*, distributed: bool) -> None:
    """The items of a map must be a list: anything else fails the map itself."""
    broken: Any = "not a list"
    sweep = run(function(sources=broken), DistributedAbove=above(distributed))
    assert (sweep.status, sweep.error) == ("FAILED", "SweepFailed")
    assert str(sweep.cause).startswith("States.QueryEvaluationError: ")
    assert [each["step"] for each in sweep.steps] == ["discover", "report"]
    assert sweep.states[-2:] == ["Did the map end?", "The map failed"]
