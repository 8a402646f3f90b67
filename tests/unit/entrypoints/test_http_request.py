from collections.abc import Callable
from typing import Any

import pytest

from customization_jobs.entrypoints.http_request import HttpRequest


def payload_1(**fields: Any) -> dict[str, Any]:
    return {"httpMethod": "GET", "path": "/overview", "requestContext": {"stage": "prod"}, **fields}


def payload_2(**fields: Any) -> dict[str, Any]:
    context = {"http": {"method": "GET"}, "stage": "prod"}
    return {"requestContext": context, "rawPath": "/prod/overview", "rawQueryString": "", **fields}


@pytest.mark.parametrize("name", ["api-gateway-rest", "api-gateway-http"])
def test_both_payload_versions_are_read_the_same_way(event: Callable[[str], Any], name: str) -> None:
    query = {"statusEquals": ["InProgress"], "maxResults": ["5"]}
    expected = HttpRequest("GET", "/model-customization-jobs", query)
    assert HttpRequest.from_event(event(name)) == expected


def test_a_function_url_is_read_like_an_http_api(event: Callable[[str], Any]) -> None:
    request = HttpRequest.from_event(event("function-url"))
    assert request == HttpRequest("GET", "/model-customization-jobs", {})


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


def test_the_query_of_payload_2_is_read_from_the_raw_query_string() -> None:
    event = payload_2(
        rawQueryString="nextToken=a%2Cb%3D&statusEquals=Failed&statusEquals=Stopped&maxResults=",
        # The values are joined with commas, which is ambiguous.
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
