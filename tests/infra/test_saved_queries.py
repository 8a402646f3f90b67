"""Saved queries: they read the lines that the real code writes."""

import io
import json
import re
from contextlib import redirect_stdout, suppress
from itertools import product
from typing import Any, cast

import pytest

from customization_jobs.errors import CustomizationJobsError
from infra.constructs.saved_queries import API_ACCESS, LISTING, SAVED_QUERIES, WATCH, SavedQuery
from tests.fakes import FakeContext
from tests.infra.conftest import Synthesis
from tests.infra.incidents import emissions
from tests.infra.incidents.emissions import BUG, DENIED, HEALTHY, OUT_OF_TIME, TABLE_DOWN, Call

COMMANDS = {"fields", "filter", "stats", "sort", "limit"}
_FUNCTIONS = {"avg", "bin", "count", "ispresent", "latest", "max"}
# `m` is a unit: 5m are five minutes.
_WORDS = COMMANDS | _FUNCTIONS | {"and", "as", "asc", "by", "desc", "in", "like", "m", "not", "or"}
CALLS = (Call.SWEEP, Call.STATE_CHANGE, Call.REQUEST, Call.WAIT)
FAULTS = (HEALTHY, DENIED, TABLE_DOWN, BUG, OUT_OF_TIME)
BY_NAME = {query.name: query for query in SAVED_QUERIES}


def fields(text: str) -> set[str]:
    """Return the fields of the log that a query reads."""
    introduced = set(re.findall(r"\bas (\w+)", text))
    without_texts = re.sub(r'"[^"]*"|/[^/\n]+/|@\w+', "", text)
    words = set(re.findall(r"[A-Za-z_][\w.]*", without_texts))
    return words - _WORDS - introduced


@pytest.fixture(scope="module")
def log() -> list[dict[str, Any]]:
    """Return the log lines of the real handler under each fault."""
    # Another name, because a logger of the same name keeps writing to the output that it found first.
    settings = emissions._SETTINGS._replace(log_level="INFO", service_name="saved-queries")  # noqa: SLF001
    written = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(written):
        patch.setattr(emissions, "_SETTINGS", settings)
        for call, fault in product(CALLS, FAULTS):
            handler = emissions._handler(call, fault)  # noqa: SLF001 - as the table of incidents does
            context = FakeContext(fault.remaining, function_name="function", function_version="1")
            with suppress(CustomizationJobsError):
                handler(call.event, cast("Any", context))
    lines = map(json.loads, written.getvalue().splitlines())
    return [line for line in lines if "message" in line]


def of_functions() -> list[SavedQuery]:
    platform = "Timeouts, crashes and failed starts"
    return [
        query
        for query in SAVED_QUERIES
        if set(query.log_groups) & {LISTING, WATCH} and query.name != platform
    ]


def test_queries_about_the_functions_read_fields_and_messages_that_the_code_writes(
    log: list[dict[str, Any]],
) -> None:
    known = {name for line in log for name in line}
    messages = {line["message"] for line in log}
    for query in of_functions():
        assert fields(query.text) <= known, query.name
        for message in re.findall(r'message (?:= |in \[)"([^"]+)"', query.text):
            assert message in messages, query.name


def test_a_refusal_of_bedrock_is_found_with_its_details(log: list[dict[str, Any]]) -> None:
    query = BY_NAME["Refusals and failures of Bedrock"]
    names = json.loads(re.findall(r"error in (\[.+\])", query.text)[0])
    found = [line for line in log if line["message"] == "Invocation failed" and line["error"] in names]
    assert {line["caller"] for line in found} >= {"schedule", "rest-api", "wait"}
    assert all(line["details"] for line in found if line["error"] == "AccessDeniedException")


def test_the_query_of_the_api_reads_fields_of_the_access_log(stack: Synthesis) -> None:
    access_log = json.loads(stack.only("AWS::ApiGateway::Stage")["AccessLogSetting"]["Format"])
    query = BY_NAME["Server errors of the API"]
    assert query.log_groups == (API_ACCESS,)
    assert fields(query.text) <= set(access_log)


def test_a_query_has_known_commands_and_shows_the_newest_or_most_frequent_first() -> None:
    for query in SAVED_QUERIES:
        commands = [part.split()[0] for part in query.text.split("\n| ")]
        assert set(commands) <= COMMANDS
        assert "sort" in commands


def test_the_queries_are_in_the_folder_of_the_stack(every_part_stack: Synthesis) -> None:
    names = [query["Name"] for query in every_part_stack.of_type("AWS::Logs::QueryDefinition").values()]
    assert sorted(names) == sorted(f"Jobs/{query.name}" for query in SAVED_QUERIES)


def test_a_stack_without_hooks_a_fleet_the_export_or_single_sign_on_has_no_query_about_them(
    other_stack: Synthesis,
) -> None:
    missing = (
        *("Failed self-checks of new versions", "Sweeps of the fleet that failed"),
        *("Exports that failed", "Server errors with single sign-on"),
    )
    names = {query["Name"] for query in other_stack.of_type("AWS::Logs::QueryDefinition").values()}
    assert names == {f"Jobs/{name}" for name in BY_NAME if name not in missing}
