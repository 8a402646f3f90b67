"""Real answers of every route match the schemas of the OpenAPI document; a renamed field fails here."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from urllib.parse import quote, urldefrag, urljoin

import pytest
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from customization_jobs import errors
from customization_jobs.aws.bedrock import Bedrock
from customization_jobs.aws.clients import create_client
from customization_jobs.entrypoints.documents import FLEET_OPENAPI_FILE, OPENAPI_FILE
from customization_jobs.entrypoints.http_answer import CSV, JSON, NDJSON
from customization_jobs.entrypoints.paths import BOARD_PATH, MCP_PATH, PATHS
from customization_jobs.eta.estimator import Estimator
from customization_jobs.eta.expected_end import ExpectedEnd, Reason
from customization_jobs.fleet.coverage import ROW_FIELDS
from customization_jobs.fleet.overview import FleetOverview
from customization_jobs.listing.filters import JobFacts
from customization_jobs.listing.query import JobQuery, QueryContract
from customization_jobs.observability import Observability
from customization_jobs.reports.overview import OverviewReport
from customization_jobs.reports.timeline import TimelineReport
from customization_jobs.reports.trends import TrendsReport
from customization_jobs.settings import Settings
from customization_jobs.timeouts import Deadline
from customization_jobs.watch.owners import OwnerCounts
from customization_jobs.watch.recorded_facts import RecordedFacts
from customization_jobs.watch.timelines import timeline_json
from customization_jobs.wiring.functions import create_handler
from tests.fakes import FakeBedrock, FakeContext, job, text
from tests.unit.watch.harness import WatchHarness

DOCUMENT: dict[str, Any] = json.loads(OPENAPI_FILE.read_text())
NOW = datetime.now(UTC)
SUMMARY_FIELDS: dict[str, Any] = {
    "customizationType": "FINE_TUNING",
    "lastModifiedTime": text(NOW),
    "endTime": text(NOW),
    "customModelArn": "arn:model",
    "customModelName": "model",
    "statusDetails": {
        f"{phase}Details": {
            "status": "Completed",
            "creationTime": text(NOW),
            "lastModifiedTime": text(NOW),
        }
        for phase in ("validation", "dataProcessing", "training")
    },
}


EXPECTED_END = ExpectedEnd(42, NOW, NOW, ("customizationType", "baseModel"))


def closed(schema: Any) -> Any:
    """Return a copy of a schema that allows only the fields that it lists."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    strict = {name: closed(value) for name, value in schema.items()}
    if "properties" in schema and schema.get("type") == "object":
        strict["additionalProperties"] = False
    return strict


def check(answer: Mapping[str, Any], path: str, document: Mapping[str, Any] = DOCUMENT) -> None:
    """Check an answer against the document, which must describe every field and every form of the answer."""
    responses = document["paths"][path]["get"]["responses"]
    response = responses[str(answer["statusCode"])]
    if "$ref" in response:
        response = document["components"]["responses"][response["$ref"].rpartition("/")[2]]
    headers = response.get("headers", {})
    assert {*answer["headers"]} - {"Content-Type"} <= {*headers}
    for name in answer["headers"].keys() & headers.keys():
        OAS31Validator(headers[name]["schema"]).validate(_typed(answer["headers"][name]))
    if answer["statusCode"] == 304:
        assert (answer["body"], "content" in response) == ("", False)
        return
    media_type = answer["headers"]["Content-Type"].partition(";")[0]
    schema = response["content"][media_type]["schema"]
    complete_schema = {**closed(schema), "components": closed(document["components"])}
    is_json = media_type.endswith("json") and media_type != NDJSON
    OAS31Validator(complete_schema).validate(json.loads(answer["body"]) if is_json else answer["body"])


def _typed(header: str) -> str | int:
    return int(header) if header.isdecimal() else header


class Source(FakeBedrock):
    """Adds the raw body, which the list route returns."""

    def list_page(self, parameters: Mapping[str, Any]) -> Any:
        page = super().list_page(parameters)
        return type(page)(page.answer, json.dumps(page.answer).encode())


@pytest.fixture
def source() -> FakeBedrock:
    day = timedelta(days=1)
    return Source(
        [
            job(1, created=NOW - 2 * day, status="InProgress", customizationType="FINE_TUNING"),
            job(2, created=NOW - 2 * day, status="InProgress"),
            *(job(n, created=NOW - n * day, **SUMMARY_FIELDS) for n in range(3, 6)),
        ]
    )


@pytest.fixture
def timelines() -> Any:
    harness = WatchHarness()
    harness.sweep()
    arn = harness.create(1, **{name: SUMMARY_FIELDS[name] for name in ("customModelArn", "customModelName")})
    harness.change(arn, training="InProgress")
    harness.sweep()
    harness.now += timedelta(days=2)
    harness.sweep()
    harness.deliver(harness.change(arn, "Failed", training="Failed"))

    class Timelines:
        record = harness.existing_record(arn)

        def get(self, job_arn: str) -> Any:
            record = harness.record(job_arn)
            return timeline_json(record, EXPECTED_END) if record else None

    return Timelines()


Get = Callable[..., dict[str, Any]]


@pytest.fixture
def get(
    source: FakeBedrock, timelines: Any, event: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> Get:
    settings = Settings(region="us-east-1", service_name="answers", watch_table="jobs")
    bedrock = Bedrock(create_client(settings, "bedrock"))
    monkeypatch.setattr(bedrock, "list_page", source.list_page)
    monkeypatch.setattr(Estimator, "of_summary", lambda *_: None)
    handler = create_handler(settings, bedrock, Observability.from_settings(settings), timelines=timelines)

    def send(
        path: str, method: str = "GET", headers: Mapping[str, str] | None = None, **query: str
    ) -> dict[str, Any]:
        request = event("api-gateway-rest")
        request["multiValueHeaders"] = {name: [value] for name, value in (headers or {}).items()}
        context = {**request["requestContext"], "path": f"/live{path}"}
        request |= {"httpMethod": method, "path": path, "requestContext": context}
        request["queryStringParameters"] = query or None
        request["multiValueQueryStringParameters"] = {name: [value] for name, value in query.items()} or None
        answer: dict[str, Any] = handler(request, cast("Any", FakeContext()))
        return answer

    return send


# All but the board, which is a page for people.
DATA_PATHS = tuple(path for path in PATHS if path != BOARD_PATH)
JOBS, TIMELINE, OVERVIEW, TRENDS, OPENAPI, MODEL = DATA_PATHS
STAGE_URL = "https://abcdefghij.execute-api.us-east-1.amazonaws.com/live"


def test_the_document_describes_every_route() -> None:
    assert set(DOCUMENT["paths"]) == {*PATHS, MCP_PATH}


def test_a_page_of_jobs_matches_its_schema(get: Get) -> None:
    answer = get(JOBS, maxResults="4")
    assert json.loads(answer["body"])["nextToken"]
    check(answer, JOBS)


def test_an_overview_matches_its_schema(get: Get) -> None:
    answer = get(OVERVIEW)
    body = json.loads(answer["body"])
    assert body["stuck"]["jobs"]
    assert body["last30Days"]["successRate"] == 1
    check(answer, OVERVIEW)


@pytest.mark.parametrize(
    "expected",
    [EXPECTED_END, replace(EXPECTED_END, reason=Reason.LATE), ExpectedEnd(3, reason=Reason.TOO_FEW_JOBS)],
)
def test_an_overview_with_expected_ends_matches_its_schema(
    get: Get, monkeypatch: pytest.MonkeyPatch, expected: ExpectedEnd
) -> None:
    monkeypatch.setattr(Estimator, "of_summary", lambda *_: expected)
    answer = get(OVERVIEW)
    assert json.loads(answer["body"])["oldestInProgress"]["expectedEnd"] == expected.to_json()
    check(answer, OVERVIEW)


@pytest.mark.parametrize("counted", [True, False])
def test_answers_with_owners_match_their_schemas(
    counted: bool,  # noqa: FBT001 - a case
    timelines: Any,
    source: FakeBedrock,
) -> None:
    settings = Settings(region="us-east-1", service_name="answers")
    counts = OwnerCounts("team")
    record = timelines.record._replace(tags={"team": "search"})
    counts.add(record)
    report = OverviewReport(
        source,
        QueryContract(Bedrock(create_client(settings, "bedrock")).operation),
        Observability.from_settings(settings),
        limit_of=lambda _: 60.0,
        now=lambda: NOW,
        owner_counts=lambda: counts.to_json(3, NOW) if counted else None,
    )
    overview = report.make(JobQuery({}), Deadline(lambda: 1.0))
    assert (overview["byOwner"] is not None) == counted
    timeline = timeline_json(record, owner_tag="team")
    assert timeline["owner"] == "search"
    for body, path in ((overview, OVERVIEW), (timeline, TIMELINE)):
        content = {"Content-Type": "application/json"}
        check({"statusCode": 200, "headers": content, "body": json.dumps(body)}, path)


NAMED: Mapping[str, dict[str, str]] = {JOBS: {"maxResults": "4"}, OVERVIEW: {}, TRENDS: {}, TIMELINE: {}}


def located(path: str) -> str:
    return path.format(jobIdentifier=job(1)["jobArn"])


@pytest.mark.parametrize("path", NAMED)
@pytest.mark.parametrize("form", [JSON, CSV, NDJSON])
def test_each_form_is_described(get: Get, path: str, form: str) -> None:
    answer = get(located(path), headers={"Accept": form}, **NAMED[path])
    assert answer["headers"]["Content-Type"].startswith(form)
    check(answer, path)


@pytest.mark.parametrize("path", [JOBS, TIMELINE, OPENAPI, MODEL])
@pytest.mark.parametrize("form", [JSON, CSV, NDJSON])
def test_an_unchanged_answer_is_described(get: Get, path: str, form: str) -> None:
    answer = get(located(path), headers={"If-None-Match": "*", "Accept": form}, **NAMED.get(path, {}))
    assert answer["statusCode"] == 304
    check(answer, path)


@pytest.mark.parametrize("path", NAMED)
def test_a_form_that_there_is_not_is_described(get: Get, path: str) -> None:
    answer = get(located(path), headers={"Accept": "image/png"})
    assert answer["statusCode"] == 406
    check(answer, path)


@pytest.mark.parametrize("path", NAMED)
def test_each_field_of_the_document_can_be_selected(get: Get, path: str) -> None:
    (fields,) = (each for each in DOCUMENT["paths"][path]["get"]["parameters"] if each["name"] == "fields")
    names = fields["schema"]["items"]["enum"]
    answer = get(located(path), fields=",".join(names), **NAMED[path])
    check(answer, path)
    for name in names:
        assert get(located(path), fields=name, **NAMED[path])["statusCode"] == 200


@pytest.mark.parametrize(
    ("names", "schema"),
    [
        (OverviewReport.fields, "Overview"),
        (TrendsReport.fields, "Trends"),
        (TimelineReport.fields, "Timeline"),
        (TimelineReport.transition_fields, "Transition"),
        (FleetOverview.fields, "FleetOverview"),
        (ROW_FIELDS, "SourceCoverage"),
    ],
)
def test_the_fields_are_those_of_the_schema(names: tuple[str, ...], schema: str) -> None:
    fleet = json.loads(FLEET_OPENAPI_FILE.read_text())["components"]["schemas"]
    schemas = {**DOCUMENT["components"]["schemas"], **fleet}
    assert set(names) == set(schemas[schema]["properties"])
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("path", [OVERVIEW, TRENDS])
def test_figures_of_no_jobs_match_their_schema(get: Get, source: FakeBedrock, path: str) -> None:
    source.jobs = []
    check(get(path), path)


def test_trends_match_their_schema(get: Get, source: FakeBedrock, monkeypatch: pytest.MonkeyPatch) -> None:
    failed = job(9, created=NOW - timedelta(days=1), **SUMMARY_FIELDS | {"status": "Failed"})
    source.jobs += [failed, {**failed, "jobArn": "arn:other", "baseModelArn": 5}]
    facts = {failed["jobArn"]: JobFacts("size")}
    monkeypatch.setattr(RecordedFacts, "facts_of", lambda *_: facts)
    answer = get(TRENDS)
    body = json.loads(answer["body"])
    assert (body["failures"]["byCategory"]["size"], body["failures"]["recordsRead"]) == (1, True)
    assert body["completedDurationSeconds"]["FINE_TUNING"]["jobs"] == 3
    assert body["malformed"] == 1
    check(answer, TRENDS)


def test_a_timeline_matches_its_schema(get: Get) -> None:
    answer = get(TIMELINE.format(jobIdentifier=job(1)["jobArn"]))
    kinds = {each["kind"] for each in json.loads(answer["body"])["transitions"]}
    assert kinds == {"Discovered", "PhaseChanged", "Stuck", "Unstuck", "Failed"}
    check(answer, TIMELINE)


def test_the_document_is_served_with_its_stage_as_the_server(get: Get) -> None:
    answer = get(OPENAPI)
    served = json.loads(answer["body"])
    assert served == {**DOCUMENT, "servers": [{"url": STAGE_URL}]}
    OpenAPIV31SpecValidator(served).validate()
    check(answer, OPENAPI)


@pytest.mark.parametrize("path", DATA_PATHS)
def test_a_rejected_method_matches_its_schema(get: Get, path: str) -> None:
    answer = get(path.format(jobIdentifier="a"), method="POST")
    assert answer["statusCode"] == 405
    check(answer, path)


@pytest.mark.parametrize(
    "path",
    [
        *(path.format(jobIdentifier="support-tone") for path in DATA_PATHS),
        TIMELINE.format(jobIdentifier=job(1)["jobArn"]),
        TIMELINE.format(jobIdentifier=quote(job(1)["jobArn"], safe="")),
        "/",
        "/no/such/path",
    ],
)
def test_the_type_of_a_problem_leads_to_its_schema_from_every_route(get: Get, path: str) -> None:
    problem = json.loads(get(path, method="POST")["body"])
    address, fragment = urldefrag(urljoin(f"{STAGE_URL}{path}", problem["type"]))
    assert address == f"{STAGE_URL}{OPENAPI}"
    schema = json.loads(get(address.removeprefix(STAGE_URL))["body"])
    for name in fragment.removeprefix("/").split("/"):
        schema = schema[name]
    assert schema["allOf"][1]["properties"]["title"] == {"const": problem["title"]}


@pytest.mark.parametrize("path", [JOBS, OVERVIEW, TRENDS])
def test_the_problems_of_an_invalid_query_match_their_schema(get: Get, path: str) -> None:
    answer = get(path, statusEquals="failed")
    assert json.loads(answer["body"])["problems"]
    check(answer, path)


NOT_LIST_ERRORS = (
    errors.UnknownEventException,
    errors.MethodNotAllowedException,
    errors.ResourceNotFoundException,
    errors.WatchUnavailableException,
    errors.FleetNotCoveredException,
    errors.NotAcceptableException,
)


@pytest.mark.parametrize(
    "error",
    [error for error in errors.ERRORS if error not in NOT_LIST_ERRORS],
    ids=lambda error: error.__name__,
)
def test_every_error_of_the_list_and_of_figures_matches_its_schema(
    get: Get, source: FakeBedrock, error: type[errors.CustomizationJobsError]
) -> None:
    def fail(_: FakeBedrock) -> None:
        raise error("because")

    source.before_page = fail
    for path in (JOBS, OVERVIEW, TRENDS):
        answer = get(path)
        assert answer["headers"]["x-amzn-ErrorType"] == error.__name__
        check(answer, path)


def test_the_answer_for_an_unknown_job_matches_its_schema(get: Get) -> None:
    answer = get(TIMELINE.format(jobIdentifier="arn:unknown"))
    assert answer["statusCode"] == 404
    check(answer, TIMELINE)
