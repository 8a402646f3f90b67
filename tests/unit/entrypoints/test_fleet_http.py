"""The fleet's routes, with the table that moto emulates. Answers match the schemas of the document."""

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from customization_jobs.aws.bedrock import Bedrock
from customization_jobs.aws.table import VersionedTable
from customization_jobs.dispatch import Handler
from customization_jobs.entrypoints.documents import (
    FLEET_MODEL_FILE,
    FLEET_OPENAPI_FILE,
    MODEL_FILE,
    OPENAPI_FILE,
)
from customization_jobs.entrypoints.paths import FLEET_PATHS, MCP_PATH, PATHS
from customization_jobs.errors import WatchUnavailableException
from customization_jobs.listing.query import QueryContract
from customization_jobs.observability import Observability
from customization_jobs.settings import Settings
from customization_jobs.wiring.functions import create_handler
from tests.contract.test_answers import check
from tests.fakes import FakeContext
from tests.unit.fleet.report_fleet import CHOICE, Fleet

JOBS, OVERVIEW, COVERAGE = FLEET_PATHS
LISTED = {"account": "111122223333"}
Get = Callable[..., dict[str, Any]]


@pytest.fixture
def fleet(contract: QueryContract, dynamodb: Any) -> Fleet:
    return Fleet(contract, datetime.now(UTC), VersionedTable(dynamodb, "jobs"))


@pytest.fixture
def fleet_settings(settings: Settings) -> Settings:
    return settings._replace(watch_table="jobs", fleet=CHOICE)


def sender(handler: Handler, event: Callable[[str], Any]) -> Get:
    def send(path: str, method: str = "GET", accept: str = "*/*", **query: str) -> dict[str, Any]:
        request = event("api-gateway-rest")
        request["multiValueHeaders"] = {**request["multiValueHeaders"], "Accept": [accept]}
        request |= {"httpMethod": method, "path": path, "queryStringParameters": query or None}
        request["multiValueQueryStringParameters"] = {name: [value] for name, value in query.items()} or None
        answer: dict[str, Any] = handler(request, cast("Any", FakeContext()))
        return answer

    return send


@pytest.fixture
def get(
    fleet: Fleet,
    fleet_settings: Settings,
    bedrock: Bedrock,
    observability: Observability,
    event: Callable[[str], Any],
) -> Get:
    handler = create_handler(fleet_settings, bedrock, observability, fleet_jobs=fleet.listed_jobs)
    return sender(handler, event)


@pytest.fixture
def document(get: Get) -> Any:
    return json.loads(get("/openapi.json")["body"])


def body(answer: dict[str, Any]) -> Any:
    assert answer["headers"]["Content-Type"] == "application/json"
    return json.loads(answer["body"])


def test_jobs_of_all_sources_are_listed(get: Get, document: Any) -> None:
    answer = get(JOBS, maxResults="4")
    found = body(answer)
    jobs = found["modelCustomizationJobSummaries"]
    assert [each["account"] for each in jobs] == ["111122223333"] * 4
    assert set(found["asOf"]) == {"111122223333/us-east-1", "111122223333/us-west-2"}
    assert found["coverage"]["sources"] == 6
    check(answer, JOBS, document)
    rest = get(JOBS, nextToken=found["nextToken"])
    assert len(body(rest)["modelCustomizationJobSummaries"]) == 11
    check(rest, JOBS, document)


def test_account_region_and_bedrocks_inputs_select_jobs(get: Get) -> None:
    found = body(get(JOBS, account="444455556666", region="us-west-2", statusEquals="Failed"))
    (job,) = found["modelCustomizationJobSummaries"]
    assert (job["account"], job["region"], job["status"]) == ("444455556666", "us-west-2", "Failed")
    (gap,) = found["coverage"]["gaps"]
    assert gap["deniedBy"] == "serviceControlPolicy"


@pytest.mark.parametrize("query", [{}, {"account": "0" * 12}, LISTED, {"region": "us-west-2"}])
def test_an_overview_matches_its_schema(get: Get, document: Any, query: dict[str, str]) -> None:
    answer = get(OVERVIEW, **query)
    assert body(answer)["complete"] is body(answer)["coverage"]["complete"] is (query == LISTED)
    check(answer, OVERVIEW, document)


@pytest.mark.parametrize("query", [{}, {"state": "denied"}, {"maxResults": "2"}, {"account": "0" * 12}])
def test_the_coverage_matches_its_schema(get: Get, document: Any, query: dict[str, str]) -> None:
    answer = get(COVERAGE, **query)
    assert ("nextToken" in body(answer)) == ("maxResults" in query)
    check(answer, COVERAGE, document)


COVERAGE_HEADER = "incomplete; sources=6; listed=3; denied=1; throttled=0; failed=0; late=2"


@pytest.mark.parametrize("path", FLEET_PATHS)
@pytest.mark.parametrize("form", ["text/csv", "application/x-ndjson"])
@pytest.mark.parametrize(
    ("query", "header"),
    [
        ({}, COVERAGE_HEADER),
        (LISTED, "complete; sources=2; listed=2; denied=0; throttled=0; failed=0; late=0"),
        ({"account": "0" * 12}, "incomplete; sources=0; listed=0; denied=0; throttled=0; failed=0; late=0"),
    ],
)
def test_rows_never_lose_the_coverage(
    get: Get, document: Any, path: str, form: str, query: dict[str, str], header: str
) -> None:
    answer = get(path, accept=form, **query)
    assert answer["headers"]["Coverage"] == header
    assert answer["headers"]["Vary"] == "Accept"
    assert ("ETag" in answer["headers"]) == (path == JOBS)
    check(answer, path, document)


def rows(answer: dict[str, Any]) -> list[dict[str, str]]:
    assert answer["headers"]["Content-Type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer["body"], newline=""), strict=True))


def test_jobs_in_csv_have_their_source_and_are_continued_by_the_token(get: Get) -> None:
    first = get(JOBS, accept="text/csv", maxResults="9", fields="region,account,jobName")
    assert list(rows(first)[0]) == ["region", "account", "jobName"]
    token = first["headers"]["Next-Token"]
    assert first["headers"]["Link"].endswith(f'&nextToken={token}>; rel="next"')
    second = get(JOBS, accept="text/csv", maxResults="9", nextToken=token)
    assert list(rows(second)[0])[-2:] == ["account", "region"]
    assert len(rows(first)) + len(rows(second)) == 15
    assert "Next-Token" not in second["headers"]


def test_only_the_named_fields_of_the_jobs_are_sent(get: Get) -> None:
    found = body(get(JOBS, maxResults="1", fields="account,status"))
    assert found["modelCustomizationJobSummaries"] == [{"account": "111122223333", "status": "InProgress"}]
    assert {"asOf", "coverage", "nextToken"} <= found.keys()


def test_figures_are_never_without_their_coverage(get: Get) -> None:
    found = body(get(OVERVIEW, fields="byStatus"))
    assert list(found) == ["complete", "byStatus", "coverage"]
    figures = {
        (each["section"], each["name"]): each["value"] for each in rows(get(OVERVIEW, accept="text/csv"))
    }
    assert figures["coverage", "byState.denied"] == "1"
    assert figures["coverage", "gaps.0.deniedBy"] == "serviceControlPolicy"
    assert figures["complete", ""] == "false"


def test_the_coverage_in_rows_has_a_row_for_each_source(get: Get) -> None:
    first = get(COVERAGE, accept="text/csv", maxResults="4")
    found = rows(first)
    assert [each["state"] for each in found] == ["listed", "listed", "listed", "denied"]
    assert list(found[0]) == ["account", "region", "state", "deniedBy", "reason", "since", "asOf", "jobs"]
    rest = get(COVERAGE, accept="application/x-ndjson", nextToken=first["headers"]["Next-Token"])
    assert [json.loads(line)["state"] for line in rest["body"].splitlines()] == ["late", "late"]


@pytest.mark.parametrize("path", FLEET_PATHS)
def test_a_form_that_there_is_not_is_refused(get: Get, document: Any, path: str) -> None:
    answer = get(path, accept="text/html")
    assert answer["statusCode"] == 406
    check(answer, path, document)


@pytest.mark.parametrize(
    ("path", "query", "parameter"),
    [
        (JOBS, {"account": "1"}, "account"),
        (JOBS, {"account": "\u0661" * 12}, "account"),
        (JOBS, {"region": "mars"}, "region"),
        (JOBS, {"state": "late"}, "state"),
        (OVERVIEW, {"statusEquals": "Failed"}, "statusEquals"),
        (COVERAGE, {"state": "gone"}, "state"),
        (COVERAGE, {"maxResults": "0"}, "maxResults"),
        (COVERAGE, {"nextToken": "abc"}, "nextToken"),
        (JOBS, {"fields": "accounts"}, "fields"),
        (OVERVIEW, {"fields": "byOwner"}, "fields"),
        (COVERAGE, {"fields": "account"}, "fields"),
    ],
)
def test_an_invalid_query_is_refused(
    get: Get, document: Any, path: str, query: dict[str, str], parameter: str
) -> None:
    answer = get(path, **query)
    assert answer["statusCode"] == 400
    assert [each["parameter"] for each in json.loads(answer["body"])["problems"]] == [parameter]
    check(answer, path, document)


@pytest.mark.parametrize("path", FLEET_PATHS)
def test_other_methods_are_refused_and_head_has_no_body(get: Get, document: Any, path: str) -> None:
    answer = get(path, method="POST")
    assert answer["statusCode"] == 405
    check(answer, path, document)
    assert get(path, method="HEAD")["statusCode"] == 200


@pytest.mark.parametrize("path", FLEET_PATHS)
def test_a_table_that_does_not_answer_is_named(
    get: Get, document: Any, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise WatchUnavailableException("The table did not answer. Try again later.")

    monkeypatch.setattr(VersionedTable, "get_many", fail)
    answer = get(path)
    assert answer["statusCode"] == 503
    assert int(answer["headers"]["Retry-After"]) in range(5, 11)
    check(answer, path, document)


def test_the_document_has_the_routes_of_the_fleet(document: Any) -> None:
    assert set(document["paths"]) == {*PATHS, MCP_PATH, *FLEET_PATHS}
    OpenAPIV31SpecValidator(document).validate()
    text = json.dumps(document)
    added = json.loads(FLEET_OPENAPI_FILE.read_text())["components"]
    for kind, components in added.items():
        for name in components:
            assert f'"#/components/{kind}/{name}"' in text


def test_the_service_model_has_the_operations_of_the_fleet(get: Get) -> None:
    model = body(get("/service-2.json"))
    files = [json.loads(file.read_text()) for file in (MODEL_FILE, FLEET_MODEL_FILE)]
    assert model == files[0] | {part: files[0][part] | files[1][part] for part in ("operations", "shapes")}
    paths = {each["http"]["requestUri"] for each in model["operations"].values()}
    assert set(FLEET_PATHS) < paths


def test_an_unknown_path_names_the_routes_of_the_fleet(get: Get) -> None:
    message = json.loads(get("/fleet")["body"])["message"]
    assert message.endswith(f"{PATHS[-1]}, {MCP_PATH}, {', '.join(FLEET_PATHS)}.")


@pytest.fixture
def get_without_fleet(handler: Handler, event: Callable[[str], Any]) -> Get:
    return sender(handler, event)


@pytest.mark.parametrize("path", FLEET_PATHS)
def test_without_a_fleet_the_answer_says_what_to_do(get_without_fleet: Get, path: str) -> None:
    answer = get_without_fleet(path)
    assert (answer["statusCode"], answer["headers"]["x-amzn-ErrorType"]) == (404, "ResourceNotFoundException")
    assert "Set fleetRegions" in json.loads(answer["body"])["message"]


def test_without_a_fleet_the_document_and_the_messages_are_as_before(get_without_fleet: Get) -> None:
    assert body(get_without_fleet("/service-2.json")) == json.loads(MODEL_FILE.read_text())
    document = json.loads(get_without_fleet("/openapi.json")["body"])
    assert document | {"servers": None} == json.loads(OPENAPI_FILE.read_text()) | {"servers": None}
    assert json.loads(get_without_fleet("/no")["body"])["message"].endswith(
        f"available: {', '.join(PATHS)}, {MCP_PATH}."
    )
