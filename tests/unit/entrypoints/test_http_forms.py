"""Which parts of an answer are sent, and in which form."""

import csv
import io
import json
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customization_jobs.aws.bedrock import Bedrock
from customization_jobs.entrypoints.http import HttpEntryPoint
from customization_jobs.entrypoints.http_answer import CSV, JSON, NDJSON, Content, Rows, success
from customization_jobs.entrypoints.http_request import HttpRequest
from customization_jobs.listing.query import QueryContract
from customization_jobs.observability import Observability
from customization_jobs.settings import Settings
from customization_jobs.wiring.functions import create_handler
from tests.fakes import NOW, FakeBedrock, FakeContext, job, text
from tests.unit.conftest import Wire

JOBS, OVERVIEW, DOCUMENT = "/model-customization-jobs", "/overview", "/openapi.json"
TRENDS = "/trends"
TIMELINE = f"{JOBS}/{job(1)['jobArn']}/timeline"
DETAILS = {"trainingDetails": {"status": "Completed", "creationTime": "t"}, "other": {"status": "x"}}
HOSTILE = '=HYPERLINK("http://x",\r\n"y")'
TRANSITION = {"id": "1", "sequence": 1, "kind": "Failed", "details": {"failure": "=1"}, "published": True}
Get = Callable[..., dict[str, Any]]


@pytest.fixture(params=["api-gateway-rest", "api-gateway-http", "function-url"])
def get(
    settings: Settings,
    bedrock: Bedrock,
    observability: Observability,
    event: Callable[[str], Any],
    request: pytest.FixtureRequest,
) -> Get:
    """Send a request to each kind of API."""
    timeline = {"job": {"jobName": "x"}, "stuck": ["job"], "transitions": [TRANSITION]}
    timelines = cast("Any", SimpleNamespace(get=lambda _: timeline))
    handler = create_handler(settings, bedrock, observability, timelines=timelines)

    def send(
        path: str = JOBS, query: str = "", method: str = "GET", headers: Mapping[str, list[str]] | None = None
    ) -> dict[str, Any]:
        sent = event(request.param)
        headers = headers or {}
        if request.param == "api-gateway-rest":
            parameters = parse_qs(query, keep_blank_values=True)
            sent |= {"path": path, "httpMethod": method}
            sent["multiValueQueryStringParameters"] = parameters or None
            sent["queryStringParameters"] = {name: v[-1] for name, v in parameters.items()} or None
            # Clients can write header names in any case; payload 2.0 has them in lower case.
            sent["multiValueHeaders"] = {name.upper(): values for name, values in headers.items()}
            sent["headers"] = {name: values[-1] for name, values in headers.items()}
        else:
            http = {**sent["requestContext"]["http"], "method": method}
            sent |= {"rawPath": path, "rawQueryString": query}
            sent["requestContext"] = {**sent["requestContext"], "http": http}
            sent["headers"] = {name.lower(): ",".join(values) for name, values in headers.items()}
        answer: dict[str, Any] = handler(sent, cast("Any", FakeContext()))
        return answer

    return send


@pytest.fixture(autouse=True)
def _jobs(wire: Wire) -> None:
    jobs = [job(1, statusDetails=DETAILS), job(2, jobName=HOSTILE, new="field"), "malformed"]
    answer = {"modelCustomizationJobSummaries": jobs, "nextToken": "a/b+c=", "more": 1}
    wire.answer(json.dumps(answer).encode())


def accept(*values: str) -> dict[str, Any]:
    return {"headers": {"Accept": list(values)}}


def read(answer: dict[str, Any]) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer["body"], newline=""), strict=True))


def test_only_the_named_fields_of_each_job_are_sent(get: Get) -> None:
    answer = get(query="fields=jobName,statusDetails.trainingDetails.status&maxResults=3&fields=endTime")
    assert json.loads(answer["body"]) == {
        "modelCustomizationJobSummaries": [
            {"jobName": "support-tone-1", "statusDetails": {"trainingDetails": {"status": "Completed"}}},
            {"jobName": HOSTILE},
            "malformed",
        ],
        "nextToken": "a/b+c=",
        "more": 1,
    }


def test_fields_are_not_sent_to_bedrock(get: Get, wire: Wire) -> None:
    get(query="fields=jobName&maxResults=3")
    assert [request.url.partition("?")[2] for request in wire.requests] == ["maxResults=3"]


def test_all_problems_of_the_fields_and_of_the_other_inputs_are_named_at_once(get: Get, wire: Wire) -> None:
    answer = get(query="fields=jobNam&maxResults=0&field=x&fields=", **accept(CSV))
    problem = json.loads(answer["body"])
    assert [(each["parameter"], each["sent"]) for each in problem["problems"]] == [
        ("maxResults", "0"),
        ("field", "an unknown name (did you mean fields?)"),
        ("fields", "the unknown name 'jobNam' (did you mean jobName?)"),
        ("fields", "the unknown name ''"),
    ]
    assert answer["headers"]["Content-Type"] == "application/problem+json"
    assert wire.requests == []


def test_many_unknown_fields_get_a_short_answer(get: Get) -> None:
    answer = get(query=f"fields={','.join(f'{n}x' * 200 for n in range(2000))}")
    assert "and 1980 more" in json.loads(answer["body"])["message"]
    assert len(answer["body"]) < 30_000


@pytest.mark.parametrize(
    ("path", "names"),
    [
        (OVERVIEW, "asOf, complete, jobs, malformed, byStatus, byCustomizationType, byBaseModel, "),
        (TRENDS, "asOf, complete, jobs, malformed, since, currentWeek, byWeek, "),
        (TIMELINE, "job, expectedEnd, tags, owner, stuck, transitions"),
    ],
)
def test_the_fields_of_a_report_are_its_top_level_names(get: Get, path: str, names: str) -> None:
    (problem,) = json.loads(get(path, "fields=job.name")["body"])["problems"]
    assert problem["allowed"].startswith(names)


def test_an_overview_says_whether_it_is_complete_whatever_its_fields(get: Get, wire: Wire) -> None:
    wire.answers.clear()
    wire.answer(json.dumps({"modelCustomizationJobSummaries": [job(1)]}).encode())
    assert json.loads(get(OVERVIEW, "fields=jobs,byOwner")["body"]) == {"complete": True, "jobs": 1}


def test_a_timeline_has_the_named_fields(get: Get) -> None:
    assert json.loads(get(TIMELINE, "fields=stuck")["body"]) == {"stuck": ["job"]}


def test_a_list_in_csv_has_the_fields_of_bedrocks_model(get: Get) -> None:
    answer = get(**accept(CSV))
    header, first, second, malformed = read(answer)
    assert header == [
        *("jobArn", "baseModelArn", "jobName", "status"),
        *(
            f"statusDetails.{phase}Details.{name}"
            for phase in ("validation", "dataProcessing", "training")
            for name in ("status", "creationTime", "lastModifiedTime")
        ),
        *("lastModifiedTime", "creationTime", "endTime"),
        *("customModelArn", "customModelName", "customizationType"),
    ]
    assert first[header.index("statusDetails.trainingDetails.creationTime")] == "t"
    assert second[2] == f"'{HOSTILE}"
    assert set(malformed) == {""}
    assert answer["isBase64Encoded"] is False
    assert answer["headers"].pop("ETag")
    link = answer["headers"].pop("Link")
    assert answer["headers"] == {
        "Content-Type": "text/csv; charset=utf-8; header=present",
        "Content-Disposition": 'attachment; filename="model-customization-jobs.csv"',
        "Vary": "Accept",
        "Next-Token": "a/b+c=",
    }
    assert link.startswith("<https://")


def test_the_columns_of_csv_are_the_named_fields(get: Get) -> None:
    answer = get(query="fields=status,statusDetails.trainingDetails,jobName", **accept(CSV))
    assert read(answer)[:2] == [
        [
            "status",
            "statusDetails.trainingDetails.status",
            "statusDetails.trainingDetails.creationTime",
            "statusDetails.trainingDetails.lastModifiedTime",
            "jobName",
        ],
        ["Completed", "Completed", "t", "", "support-tone-1"],
    ]


def test_a_list_in_ndjson_has_a_line_for_each_job(get: Get) -> None:
    answer = get(query="fields=jobName", **accept(NDJSON))
    lines = answer["body"].split("\n")
    assert [json.loads(line) for line in lines[:-1]] == [
        {"jobName": "support-tone-1"},
        {"jobName": HOSTILE},
        "malformed",
    ]
    assert lines[-1] == ""
    assert answer["headers"]["Content-Type"] == NDJSON
    assert "Content-Disposition" not in answer["headers"]


@pytest.mark.parametrize("form", [CSV, NDJSON])
def test_the_link_to_the_next_page_is_the_same_request_with_the_token(get: Get, form: str) -> None:
    selection = "statusEquals=Failed&creationTimeAfter=2026-01-01T00:00:00%2B01:00"
    answer = get(query=f"nextToken=old&{selection}&fields=jobName,status", **accept(form))
    url, _, relation = answer["headers"]["Link"].removeprefix("<").partition(">; ")
    assert relation == 'rel="next"'
    assert urlsplit(url).path.endswith(JOBS)
    assert parse_qs(urlsplit(url).query) == {
        "statusEquals": ["Failed"],
        "creationTimeAfter": ["2026-01-01T00:00:00+01:00"],
        "fields": ["jobName,status"],
        "nextToken": ["a/b+c="],
    }


def test_without_a_next_page_there_is_no_link(get: Get, wire: Wire) -> None:
    wire.answers.clear()
    wire.answer(b'{"modelCustomizationJobSummaries": []}')
    answer = get(**accept(CSV))
    assert not {"Link", "Next-Token"} & answer["headers"].keys()
    assert len(read(answer)) == 1
    assert get(**accept(NDJSON))["body"] == ""


def test_a_token_that_no_header_can_contain_is_in_the_link(get: Get, wire: Wire) -> None:
    wire.answers.clear()
    wire.answer(json.dumps({"modelCustomizationJobSummaries": [], "nextToken": "ö\r\nX: y>"}).encode())
    headers = get(**accept(CSV))["headers"]
    assert "Next-Token" not in headers
    assert headers["Link"].endswith('?nextToken=%C3%B6%0D%0AX%3A+y%3E>; rel="next"')


def test_an_overview_in_csv_has_a_row_for_each_figure(get: Get, wire: Wire) -> None:
    wire.answers.clear()
    wire.answer(json.dumps({"modelCustomizationJobSummaries": [job(1, status="=1+1")]}).encode())
    answer = get(OVERVIEW, "fields=jobs,byStatus", **accept(CSV))
    assert read(answer) == [
        ["section", "name", "value"],
        ["complete", "", "true"],
        ["jobs", "", "1"],
        *(
            ["byStatus", status, "0"]
            for status in ("InProgress", "Completed", "Failed", "Stopping", "Stopped")
        ),
        ["byStatus", "'=1+1", "1"],
    ]
    assert answer["headers"]["Content-Disposition"] == 'attachment; filename="overview.csv"'


def test_trends_in_csv_have_a_row_for_each_week_and_status(get: Get, wire: Wire) -> None:
    wire.answers.clear()
    wire.answer(json.dumps({"modelCustomizationJobSummaries": [job(1, endTime=text(NOW))]}).encode())
    answer = get(TRENDS, "fields=byWeek,currentWeek", **accept(CSV))
    rows = read(answer)
    assert rows[0] == ["section", "name", "value"]
    assert rows[1] == ["complete", "", "true"]
    (current,) = (value for section, _, value in rows if section == "currentWeek")
    weeks = [name for section, name, _ in rows if section == "byWeek"]
    assert len(weeks) == 14 * 3
    assert weeks[-3:] == [f"{current}.{status}" for status in ("Completed", "Failed", "Stopped")]
    assert answer["headers"]["Content-Disposition"] == 'attachment; filename="trends.csv"'
    assert "ETag" not in answer["headers"]


def test_an_overview_in_ndjson_is_one_line(get: Get, wire: Wire) -> None:
    wire.answers.clear()
    wire.answer(json.dumps({"modelCustomizationJobSummaries": [job(1)]}).encode())
    answer = get(OVERVIEW, "fields=jobs", **accept(NDJSON))
    assert answer["body"] == '{"complete":true,"jobs":1}\n'


def test_a_timeline_in_rows_has_its_transitions(get: Get) -> None:
    header, row = read(get(TIMELINE, **accept(CSV)))
    assert header == ["id", "sequence", "kind", "at", "foundBy", "scope", "details", "published"]
    assert row == ["1", "1", "Failed", "", "", "", '{"failure":"=1"}', "true"]
    assert [json.loads(line) for line in get(TIMELINE, **accept(NDJSON))["body"].splitlines()] == [TRANSITION]
    assert get(TIMELINE, "fields=stuck", **accept(NDJSON))["body"] == ""


@pytest.mark.parametrize("path", [JOBS, OVERVIEW, TRENDS, TIMELINE])
def test_a_form_that_there_is_not_is_refused_before_bedrock_is_called(
    get: Get, path: str, wire: Wire
) -> None:
    answer = get(path, **accept("text/html"))
    assert (answer["statusCode"], answer["headers"]["x-amzn-ErrorType"]) == (406, "NotAcceptableException")
    assert answer["headers"]["Content-Type"] == "application/problem+json"
    assert f"{JSON}, {CSV}, {NDJSON}" in json.loads(answer["body"])["message"]
    assert wire.requests == []


def test_all_values_of_a_repeated_header_count(get: Get) -> None:
    answer = get(**accept("text/html", "text/csv;q=0.5", "application/json;q=0.1"))
    assert answer["headers"]["Content-Type"].startswith(CSV)


def test_the_document_has_one_form_whatever_is_accepted(get: Get) -> None:
    answer = get(DOCUMENT, **accept("text/csv"))
    assert (answer["statusCode"], answer["headers"]["Content-Type"]) == (200, JSON)
    assert "Vary" not in answer["headers"]
    assert "Vary" not in get(DOCUMENT, method="POST")["headers"]


@pytest.mark.parametrize("path", [JOBS, OVERVIEW, TRENDS, TIMELINE])
@pytest.mark.parametrize(
    ("method", "query", "form"),
    [("GET", "", "*/*"), ("HEAD", "", CSV), ("POST", "", CSV), ("GET", "x=y", CSV), ("GET", "", "image/png")],
)
def test_every_answer_of_a_route_with_several_forms_varies(
    get: Get, path: str, method: str, query: str, form: str
) -> None:
    assert get(path, query, method, **accept(form))["headers"]["Vary"] == "Accept"


@pytest.mark.parametrize("path", [JOBS, TIMELINE, DOCUMENT, "/service-2.json"])
@pytest.mark.parametrize("form", [JSON, CSV, NDJSON])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_an_unchanged_answer_is_not_sent_again(get: Get, path: str, form: str, method: str) -> None:
    first = get(path, **accept(form))
    etag = first["headers"]["ETag"]
    headers = {"Accept": [form], "If-None-Match": ['"other"', f"W/{etag}"]}
    again = get(path, method=method, headers=headers)
    assert again == {**first, "statusCode": 304, "body": ""}
    for unknown in (['"other"'], [""]):
        assert get(path, method=method, headers={**headers, "If-None-Match": unknown})["statusCode"] == 200


def test_each_form_and_each_content_has_an_etag_of_its_own(get: Get) -> None:
    queries = ("", "fields=jobName", "fields=status")
    tags = [
        get(query=query, **accept(form))["headers"]["ETag"]
        for query in queries
        for form in (JSON, CSV, NDJSON)
    ]
    assert len(set(tags)) == 9


@pytest.mark.parametrize("form", [JSON, CSV, NDJSON])
def test_an_overview_has_the_current_time_and_is_never_unchanged(get: Get, wire: Wire, form: str) -> None:
    wire.answers.clear()
    wire.answer(b'{"modelCustomizationJobSummaries": []}')
    answer = get(OVERVIEW, headers={"Accept": [form], "If-None-Match": ["*"]})
    assert answer["statusCode"] == 200
    assert "ETag" not in answer["headers"]


def test_errors_have_no_etag(get: Get) -> None:
    answer = get(query="x=y", headers={"If-None-Match": ["*"]})
    assert answer["statusCode"] == 400
    assert "ETag" not in answer["headers"]


def test_a_page_that_was_not_received_as_bytes_is_sent_as_json(
    contract: QueryContract, observability: Observability, event: Callable[[str], Any]
) -> None:
    none = cast("Any", None)
    source = FakeBedrock([job(1, status="InProgress")])
    entry_point = HttpEntryPoint(
        source,
        contract,
        observability,
        overview=none,
        timeline=none,
        trends=none,
        board=none,
        mcp=none,
        call_seconds=24,
    )
    answer = entry_point.answer(event("api-gateway-rest"), cast("Any", FakeContext()))
    assert json.loads(answer["body"]) == {"modelCustomizationJobSummaries": source.jobs}


REQUEST = HttpRequest("GET", JOBS, {}, "", {})
_DATA = st.dictionaries(st.text(max_size=2), st.text(max_size=2) | st.integers(), max_size=2)


@given(first=_DATA, second=_DATA, form=st.sampled_from([JSON, CSV, NDJSON]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_etags_are_equal_if_and_only_if_the_bytes_are(
    first: dict[str, Any], second: dict[str, Any], form: str
) -> None:
    one, other = (success(REQUEST, Content("x", data), form, {}) for data in (first, second))
    assert (one["body"] == other["body"]) == (one["headers"]["ETag"] == other["headers"]["ETag"])


def test_the_same_bytes_in_different_forms_have_different_etags() -> None:
    content = Content("x", {"rows": []}, received=b"", rows=Rows("rows", lambda: ["a"]))
    json_answer, ndjson = (success(REQUEST, content, form, {}) for form in (JSON, NDJSON))
    assert json_answer["body"] == ndjson["body"] == ""
    assert json_answer["headers"]["ETag"] != ndjson["headers"]["ETag"]
