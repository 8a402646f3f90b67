from collections.abc import Callable
from typing import Any

import pytest

from customization_jobs.entrypoints.http_request import HttpRequest, principal_of


def payload_1(**fields: Any) -> dict[str, Any]:
    return {"httpMethod": "GET", "path": "/overview", "requestContext": {"stage": "prod"}, **fields}


def payload_2(**fields: Any) -> dict[str, Any]:
    context = {"http": {"method": "GET"}, "stage": "prod"}
    return {"requestContext": context, "rawPath": "/prod/overview", "rawQueryString": "", **fields}


@pytest.mark.parametrize("name", ["api-gateway-rest", "api-gateway-http"])
def test_both_payload_versions_are_read_the_same_way(event: Callable[[str], Any], name: str) -> None:
    query = {"statusEquals": ["InProgress"], "maxResults": ["5"]}
    request = HttpRequest.from_event(event(name))
    assert request[:3] == ("GET", "/model-customization-jobs", query)


def test_a_function_url_is_read_like_an_http_api(event: Callable[[str], Any]) -> None:
    request = HttpRequest.from_event(event("function-url"))
    domain = "https://uvwxyz0123456789.lambda-url.us-east-1.on.aws"
    assert request[:4] == ("GET", "/model-customization-jobs", {}, domain)
    assert request.headers["accept"] == "*/*"


@pytest.mark.parametrize("path", [None, ""])
def test_an_empty_path_is_the_root(path: str | None) -> None:
    assert HttpRequest.from_event(payload_1(path=path)).path == "/"
    assert HttpRequest.from_event(payload_2(rawPath=path)).path == "/"


@pytest.mark.parametrize(
    ("stage", "raw_path", "path"),
    [
        ("$default", "/overview", "/overview"),
        ("prod", "/prod/overview", "/overview"),
        ("prod", "/prod/prod/overview", "/prod/overview"),
        # Behind a custom domain the path has no stage.
        ("prod", "/overview", "/overview"),
        ("prod", "/production/overview", "/production/overview"),
        ("prod", "/prod", "/prod"),
    ],
)
def test_the_stage_is_removed_from_the_path_of_payload_2(stage: str, raw_path: str, path: str) -> None:
    event = payload_2(rawPath=raw_path)
    event["requestContext"]["stage"] = stage
    assert HttpRequest.from_event(event).path == path


DOMAIN = "abc.execute-api.us-east-1.amazonaws.com"


@pytest.mark.parametrize(
    ("stage", "sent", "base_url"),
    [
        ("prod", "/prod/overview", f"https://{DOMAIN}/prod"),
        ("$default", "/overview", f"https://{DOMAIN}"),
        # Behind a custom domain.
        ("prod", "/overview", f"https://{DOMAIN}"),
        (None, "/overview", f"https://{DOMAIN}"),
    ],
)
def test_the_base_url_has_the_stage_if_the_path_has_it(stage: str | None, sent: str, base_url: str) -> None:
    context = {"stage": stage, "domainName": DOMAIN, "path": sent, "http": {"method": "GET"}}
    for event in (payload_1(requestContext=context), payload_2(requestContext=context, rawPath=sent)):
        assert HttpRequest.from_event(event).base_url == base_url


@pytest.mark.parametrize("name", ["X-Forwarded-Proto", "x-forwarded-proto"])
@pytest.mark.parametrize(("scheme", "expected"), [("http", "http"), ("https", "https"), ("ftp", "https")])
def test_the_base_url_has_the_scheme_of_the_request(name: str, scheme: str, expected: str) -> None:
    event = payload_1(requestContext={"domainName": "localhost:8080"}, headers={name: scheme})
    assert HttpRequest.from_event(event).base_url == f"{expected}://localhost:8080"


def test_without_a_domain_the_base_url_is_a_path() -> None:
    assert HttpRequest.from_event(payload_1(requestContext={"stage": "s", "path": "/s/x"})).base_url == "/s"
    assert HttpRequest.from_event(payload_1()).base_url == ""


def test_the_query_of_payload_2_is_read_from_the_raw_query_string() -> None:
    event = payload_2(
        rawQueryString="nextToken=a%2Cb%3D&statusEquals=Failed&statusEquals=Stopped&maxResults=",
        # The map joins repeated values with commas, which values can contain too.
        queryStringParameters={"nextToken": "a,b=", "statusEquals": "Failed,Stopped", "maxResults": ""},
    )
    assert HttpRequest.from_event(event).query == {
        "nextToken": ["a,b="],
        "statusEquals": ["Failed", "Stopped"],
        "maxResults": [""],
    }


@pytest.mark.parametrize("absent", [None, {}])
def test_the_query_of_payload_1_is_read_from_the_map_with_all_values(absent: Any) -> None:
    last = {"statusEquals": "Stopped"}
    both = {"statusEquals": ["Failed", "Stopped"]}

    def query(multiple: Any, single: Any) -> Any:
        event = payload_1(multiValueQueryStringParameters=multiple, queryStringParameters=single)
        return HttpRequest.from_event(event).query

    assert query(both, last) == both
    # A hand-written event may have only the map with single values.
    assert query(absent, last) == {"statusEquals": ["Stopped"]}
    assert query(absent, absent) == {}
    assert HttpRequest.from_event(payload_1()).query == {}


def test_the_signature_of_a_presigned_url_is_not_part_of_the_query() -> None:
    signature = {"X-Amz-Algorithm": ["AWS4-HMAC-SHA256"], "X-Amz-Signature": ["ab"]}
    query = {"statusEquals": ["Failed"], "Not-X-Amz-": ["a"]}
    event = payload_1(multiValueQueryStringParameters={**signature, **query})
    assert HttpRequest.from_event(event).query == query
    raw = payload_2(rawQueryString="X-Amz-Signature=ab&statusEquals=Failed")
    assert HttpRequest.from_event(raw).query == {"statusEquals": ["Failed"]}


MALFORMED: list[Any] = [None, 5, "x", [], {"jwt": []}]
USER = "arn:aws:iam::111122223333:user/ana"


@pytest.mark.parametrize(
    ("context", "principal"),
    [
        (
            {"authorizer": {"jwt": {"claims": {"sub": "ana", "email": "a@example.com"}, "scopes": None}}},
            "ana",
        ),
        # Only the subject counts: if it is missing, no other claim replaces it.
        ({"authorizer": {"jwt": {"claims": {"email": "a@example.com"}}}}, None),
        ({"authorizer": {"iam": {"userArn": USER, "accessKey": "AKIAEXAMPLE"}}}, USER),
        ({"identity": {"userArn": USER, "accessKey": "AKIAEXAMPLE"}}, USER),
        ({"identity": {"userArn": None}}, None),
        ({"authorizer": {"jwt": {"claims": {"sub": "a" * 301}}}}, "a" * 300),
        ({"authorizer": {"jwt": {"claims": {"sub": "\ud800"}}}}, "\\ud800"),
        ({}, None),
        *(({"authorizer": each, "identity": each}, None) for each in MALFORMED),
        ({"authorizer": {"jwt": {"claims": {"sub": ["ana"]}}}}, None),
    ],
)
def test_the_principal_is_the_subject_or_the_arn(context: dict[str, Any], principal: str | None) -> None:
    event = payload_2()
    event["requestContext"] |= context
    assert principal_of(event) == principal


@pytest.mark.parametrize("stage", ["prod", "$default"])
def test_a_request_with_a_verified_token_says_so(stage: str) -> None:
    event = payload_2()
    assert not HttpRequest.from_event(event).has_token
    event["requestContext"] |= {"stage": stage, "authorizer": {"jwt": {"claims": {}, "scopes": None}}}
    assert HttpRequest.from_event(event).has_token
