"""The Lambda functions."""

from typing import Any

import pytest

from customization_jobs import __version__
from customization_jobs.limits import Limits
from customization_jobs.settings import Settings as FunctionSettings
from tests.infra.conftest import Synthesis


def function_of(stack: Synthesis, prefix: str) -> dict[str, Any]:
    return stack.only("AWS::Lambda::Function", prefix)


@pytest.mark.parametrize(("name", "timeout"), [("Listing", 60), ("Watch", 300)])
def test_each_function_is_arm64_python_traced_and_logs_json_to_its_own_group(
    stack: Synthesis, name: str, timeout: int
) -> None:
    function = function_of(stack, name)
    assert function["Architectures"] == ["arm64"]
    assert (function["Runtime"], function["Handler"]) == (
        "python3.13",
        "customization_jobs.handler.lambda_handler",
    )
    assert function["TracingConfig"] == {"Mode": "Active"}
    assert function["LoggingConfig"] == {
        "LogFormat": "JSON",
        "LogGroup": stack.ref("AWS::Logs::LogGroup", name),
    }
    assert (function["MemorySize"], function["Timeout"]) == (1024, timeout)
    assert function["Role"] == stack.arn("AWS::IAM::Role", f"{name}Role")
    assert "SnapStart" not in function


@pytest.mark.parametrize(("name", "verb"), [("Listing", "Lists"), ("Watch", "Watches")])
def test_the_description_of_each_function_states_the_version(stack: Synthesis, name: str, verb: str) -> None:
    purpose = f"{verb} Amazon Bedrock model customization jobs"
    assert function_of(stack, name)["Description"] == f"{purpose} (version {__version__})"
    # The role's description has no version, so that a release does not update the role.
    assert stack.only("AWS::IAM::Role", f"{name}Role")["Description"] == purpose


def test_both_functions_run_the_same_bundle_and_handler(stack: Synthesis) -> None:
    listing, watch = function_of(stack, "Listing"), function_of(stack, "Watch")
    for name in ("Code", "Handler", "Runtime", "Architectures"):
        assert listing[name] == watch[name]


def resolved(environment: dict[str, Any]) -> dict[str, str]:
    """Replace each reference by the logical id that it refers to."""
    return {name: value if isinstance(value, str) else value["Ref"] for name, value in environment.items()}


def test_the_functions_read_the_environment_that_the_stack_sets(other_stack: Synthesis) -> None:
    common: dict[str, Any] = {
        "region": "us-west-2",
        "watch_table": "restored",
        "owner_tag": "team",
        "limits": Limits(6 * 3600, by_phase={"validation": 600}),
    }
    expected = {
        "Listing": FunctionSettings(**common, list_cache_seconds=5),
        "Watch": FunctionSettings(
            **common,
            watch_bus=other_stack.logical_id("AWS::Events::EventBus"),
            watch_retention_days=30,
            wait_expiry_days=10,
        ),
    }
    defaults = FunctionSettings(region="us-west-2")
    for name, settings in expected.items():
        environment = resolved(function_of(other_stack, name)["Environment"]["Variables"])
        assert FunctionSettings.from_environment(environment) == settings
        assert environment["POWERTOOLS_SERVICE_NAME"] == defaults.service_name
        assert environment["POWERTOOLS_METRICS_NAMESPACE"] == defaults.metrics_namespace
        assert environment["MALLOC_ARENA_MAX"] == "1"


def test_only_the_watch_function_has_the_bus_and_the_retention(stack: Synthesis) -> None:
    listing = function_of(stack, "Listing")["Environment"]["Variables"]
    watch = function_of(stack, "Watch")["Environment"]["Variables"]
    assert set(watch) - set(listing) == {"WAIT_EXPIRY_DAYS", "WATCH_BUS", "WATCH_RETENTION_DAYS"}
    assert "WATCH_TABLE" in listing
    assert {"WATCH_LIMITS", "LIST_CACHE_SECONDS"}.isdisjoint(listing)


def test_bedrocks_region_defaults_to_the_stacks_region(stack: Synthesis) -> None:
    for name in ("Listing", "Watch"):
        variables = function_of(stack, name)["Environment"]["Variables"]
        assert variables["BEDROCK_REGION"] == {"Ref": "AWS::Region"}


def test_the_default_timeout_exceeds_the_longest_bedrock_call(stack: Synthesis) -> None:
    assert stack.settings.timeout_seconds > FunctionSettings(region="any").call_seconds + 5


def test_concurrency_is_reserved_only_for_the_listing_function_and_only_if_set(
    stack: Synthesis, other_stack: Synthesis
) -> None:
    def reserved(synthesis: Synthesis) -> dict[str, Any]:
        functions = synthesis.of_type("AWS::Lambda::Function")
        name = "ReservedConcurrentExecutions"
        return {key: each[name] for key, each in functions.items() if name in each}

    assert reserved(stack) == {}
    assert reserved(other_stack) == {other_stack.logical_id("AWS::Lambda::Function", "Listing"): 50}


def test_settings_choose_memory_timeouts_and_snapstart(other_stack: Synthesis) -> None:
    for name, timeout in (("Listing", 120), ("Watch", 600)):
        function = function_of(other_stack, name)
        assert (function["MemorySize"], function["Timeout"]) == (512, timeout)
        assert function["SnapStart"] == {"ApplyOn": "PublishedVersions"}
