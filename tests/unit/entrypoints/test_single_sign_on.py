"""Requests that API Gateway has authorized by a token are answered as usual, and log their subject."""

import json
from collections.abc import Callable
from typing import Any, cast

import pytest

from customization_jobs.dispatch import Handler
from customization_jobs.entrypoints.documents import JWT_SCHEME
from tests.fakes import FakeContext, job
from tests.unit.conftest import Lines, Wire

PAGE = json.dumps({"modelCustomizationJobSummaries": [job(1)]}).encode()
# What must never be logged: the token, and every claim but the subject.
PRIVATE = (
    *("eyJoZWFkZXIi", "eyJjbGFpbXMi", "c2lnbmF0dXJl", "Bearer"),
    *("ana@example.com", "Ana Example", "ml-platform", "jobs/read", "login.example.com", "1772370000"),
)
Send = Callable[..., dict[str, Any]]


@pytest.fixture
def send(handler: Handler, event: Callable[[str], Any]) -> Send:
    def send(name: str, path: str = "/model-customization-jobs", query: str = "") -> dict[str, Any]:
        request = {**event(name), "rawPath": path, "rawQueryString": query}
        answer: dict[str, Any] = handler(request, cast("Any", FakeContext()))
        return answer

    return send


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/model-customization-jobs", "maxResults=5"),
        ("/overview", "fields=byStatus"),
        ("/service-2.json", ""),
        ("/board", ""),
        ("/board", "maxResults=0"),
        ("/model-customization-jobs", "maxResults=0"),
        ("/model-customization-jobs/a/b", ""),
    ],
)
def test_the_answer_is_that_of_the_other_apis(send: Send, wire: Wire, path: str, query: str) -> None:
    wire.answer(PAGE)
    with_token, without = (send(name, path, query) for name in ("api-gateway-http-jwt", "api-gateway-http"))
    assert with_token["statusCode"] == without["statusCode"]
    assert with_token["headers"].keys() == without["headers"].keys()
    if path != "/board":
        assert with_token == {**without, "body": with_token["body"]}
        assert json.loads(with_token["body"]).keys() == json.loads(without["body"]).keys()


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("/model-customization-jobs", "", 200),
        ("/board", "", 200),
        ("/overview", "", 200),
        ("/model-customization-jobs", "maxResults=0&where.stuck=false", 400),
        ("/board", "statusEquals=x", 400),
        ("/no/such/path", "", 404),
        ("/openapi.json", "", 200),
    ],
)
def test_the_log_has_the_subject_and_nothing_else_of_the_token(
    send: Send, wire: Wire, capsys: pytest.CaptureFixture[str], path: str, query: str, status: int
) -> None:
    wire.answer(PAGE)
    assert send("api-gateway-http-jwt", path, query)["statusCode"] == status
    written = capsys.readouterr().out
    lines = [json.loads(line) for line in written.splitlines()]
    of_invocation = [
        line for line in lines if line.get("message") in ("Invocation ended", "Invocation failed")
    ]
    assert of_invocation
    assert {line["principal"] for line in of_invocation} == {"248289761001"}
    assert not [each for each in PRIVATE if each in written]


def test_not_even_a_bug_puts_the_token_into_the_log(
    send: Send, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("customization_jobs.entrypoints.http.success", fail)
    assert send("api-gateway-http-jwt", "/service-2.json")["statusCode"] == 500
    written = capsys.readouterr().out
    assert "RuntimeError: a bug" in written
    assert not [each for each in PRIVATE if each in written]


def test_a_signed_request_is_logged_with_the_arn_of_its_caller(
    handler: Handler, event: Callable[[str], Any], wire: Wire, lines: Callable[[], tuple[Lines, Lines]]
) -> None:
    wire.answer(PAGE)
    handler(event("api-gateway-rest"), cast("Any", FakeContext()))
    _, logged = lines()
    assert logged[-1]["principal"] == "arn:aws:sts::111122223333:assumed-role/pipeline/run"
    assert "ASIAEXAMPLE" not in json.dumps(logged)


def test_the_principal_of_one_request_is_not_that_of_the_next(
    send: Send, wire: Wire, lines: Callable[[], tuple[Lines, Lines]]
) -> None:
    wire.answer(PAGE)
    send("api-gateway-http-jwt")
    send("api-gateway-http")
    _, logged = lines()
    assert [line.get("principal") for line in logged] == ["248289761001", None]


def test_the_openapi_document_says_how_requests_to_its_server_are_authorized(send: Send) -> None:
    with_token, without = (
        json.loads(send(name, "/openapi.json")["body"])
        for name in ("api-gateway-http-jwt", "api-gateway-http")
    )
    assert with_token["security"] == [{JWT_SCHEME: []}]
    assert without["security"] == [{"sigv4": []}]
    assert with_token["servers"] == [{"url": "https://klmnopqrst.execute-api.us-east-1.amazonaws.com"}]
    scheme = with_token["components"]["securitySchemes"][JWT_SCHEME]
    assert (scheme["type"], scheme["scheme"], scheme["bearerFormat"]) == ("http", "bearer", "JWT")
