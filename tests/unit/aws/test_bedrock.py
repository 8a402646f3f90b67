import ast
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any, get_args
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError

from customization_jobs import errors
from customization_jobs.aws.bedrock import Bedrock, Page
from customization_jobs.aws.clients import Service, create_client
from customization_jobs.listing.query import QueryContract
from customization_jobs.settings import Settings
from tests.fakes import job
from tests.unit.conftest import Wire

if TYPE_CHECKING:
    from botocore.client import BaseClient


def test_an_answer_passes_through_unchanged(bedrock: Bedrock, wire: Wire) -> None:
    summary = job(1, status="Paused", customizationType="TELEPATHY", brandNew={"deep": [1, 2.5, None]})
    wire.answer(json.dumps({"modelCustomizationJobSummaries": [summary], "nextToken": "t"}).encode())
    page = bedrock.list_page({})
    assert page.answer == {"modelCustomizationJobSummaries": [summary], "nextToken": "t"}
    assert (page.jobs, page.next_token) == ([summary], "t")


def test_a_null_token_is_no_token(bedrock: Bedrock, wire: Wire) -> None:
    wire.answer(b'{"modelCustomizationJobSummaries": [], "nextToken": null}')
    assert bedrock.list_page({}).next_token is None


def test_all_eight_inputs_are_sent(bedrock: Bedrock, wire: Wire, contract: QueryContract) -> None:
    wire.answer(b'{"modelCustomizationJobSummaries": []}')
    payload = {
        "creationTimeAfter": "2026-01-01T00:00:00Z",
        "creationTimeBefore": "2026-02-01T01:00:00.25+01:00",
        "statusEquals": "Failed",
        "nameContains": "a+b",
        "maxResults": 7,
        "nextToken": "t/=+",
        "sortBy": "CreationTime",
        "sortOrder": "Ascending",
    }
    bedrock.list_page(contract.from_json(payload).parameters)
    url = urlsplit(wire.requests[0].url)
    assert url.path == "/model-customization-jobs"
    assert parse_qs(url.query) == {
        "creationTimeAfter": ["2026-01-01T00:00:00Z"],
        "creationTimeBefore": ["2026-02-01T00:00:00.250000Z"],
        "statusEquals": ["Failed"],
        "nameContains": ["a+b"],
        "maxResults": ["7"],
        "nextToken": ["t/=+"],
        "sortBy": ["CreationTime"],
        "sortOrder": ["Ascending"],
    }


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (400, "ValidationException", errors.ValidationException),
        (429, "ThrottlingException", errors.ThrottlingException),
        (500, "InternalServerException", errors.InternalServerException),
        (403, "ExpiredTokenException", errors.UnexpectedAnswerException),
        (503, "ServiceUnavailable", errors.UnexpectedAnswerException),
    ],
)
def test_an_error_from_bedrock_keeps_its_name_if_the_api_lists_it(
    bedrock: Bedrock, wire: Wire, status: int, code: str, expected: type[errors.CustomizationJobsError]
) -> None:
    wire.answer(b'{"message": "because"}', status, {"x-amzn-ErrorType": code})
    with pytest.raises(expected, match="because" if code == expected.__name__ else code) as raised:
        bedrock.list_page({})
    assert raised.type is expected


def test_an_error_without_a_message_gets_one(bedrock: Bedrock, wire: Wire) -> None:
    wire.answer(b"{}", 429, {"x-amzn-ErrorType": "ThrottlingException"})
    with pytest.raises(errors.ThrottlingException, match="Bedrock returned ThrottlingException"):
        bedrock.list_page({})


def test_the_message_of_a_denial_is_only_for_the_log(bedrock: Bedrock, wire: Wire) -> None:
    message = "User: arn:aws:sts::111122223333:assumed-role/r is not authorized"
    wire.answer(json.dumps({"message": message}).encode(), 403, {"x-amzn-ErrorType": "AccessDeniedException"})
    with pytest.raises(errors.AccessDeniedException) as raised:
        bedrock.list_page({})
    assert str(raised.value) == "Bedrock denied the call. The service's log has Bedrock's reason."
    assert raised.value.log_details == message


def test_an_empty_token_is_the_end_of_the_list(bedrock: Bedrock, wire: Wire) -> None:
    wire.answer(b'{"modelCustomizationJobSummaries": [], "nextToken": ""}')
    assert bedrock.list_page({}).next_token is None


def test_a_token_is_removed_from_the_message_of_an_error(bedrock: Bedrock, wire: Wire) -> None:
    wire.answer(
        b'{"message": "Value secret-token is not valid"}', 400, {"x-amzn-ErrorType": "ValidationException"}
    )
    with pytest.raises(errors.ValidationException, match=r"Value \(the token\) is not valid"):
        bedrock.list_page({"nextToken": "secret-token"})


def test_a_token_too_short_to_be_a_secret_does_not_garble_the_message(bedrock: Bedrock, wire: Wire) -> None:
    wire.answer(b'{"message": "a bad value"}', 400, {"x-amzn-ErrorType": "ValidationException"})
    with pytest.raises(errors.ValidationException, match=r"^a bad value$"):
        bedrock.list_page({"nextToken": "a"})


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (ReadTimeoutError(endpoint_url="https://bedrock"), errors.BedrockTimeoutException),
        (ConnectTimeoutError(endpoint_url="https://bedrock"), errors.BedrockTimeoutException),
        (EndpointConnectionError(endpoint_url="https://bedrock"), errors.BedrockUnavailableException),
    ],
)
def test_a_failed_connection_is_a_named_error_after_retries(
    bedrock: Bedrock, wire: Wire, failure: Exception, expected: type[errors.CustomizationJobsError]
) -> None:
    wire.fail(failure)
    with pytest.raises(expected):
        bedrock.list_page({})
    assert len(wire.requests) == 2


@pytest.mark.parametrize(
    "body", [b"<html>proxy</html>", b"[]", b"{}", b'{"modelCustomizationJobSummaries": 1}']
)
def test_an_answer_in_another_format_is_a_named_error(bedrock: Bedrock, wire: Wire, body: bytes) -> None:
    wire.answer(body)
    page = bedrock.list_page({})
    with pytest.raises(errors.UnexpectedAnswerException):
        _ = page.jobs


def test_throttling_is_retried_by_the_client(bedrock: Bedrock, wire: Wire) -> None:
    wire.answer(b'{"message": "slow down"}', 429, {"x-amzn-ErrorType": "ThrottlingException"})
    wire.answer(b'{"modelCustomizationJobSummaries": []}')
    assert bedrock.list_page({}).jobs == []
    assert len(wire.requests) == 2


def test_a_bearer_token_in_the_environment_is_ignored(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, wire: Wire
) -> None:
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "bearer-token")
    client = create_client(settings, "bedrock")
    client.meta.events.register("before-send", wire.send)
    wire.answer(b'{"modelCustomizationJobSummaries": []}')
    Bedrock(client).list_page({})
    signature = wire.requests[0].headers["Authorization"]
    assert signature.startswith(b"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")


def test_the_table_and_the_bus_are_in_the_region_of_the_function() -> None:
    settings = Settings(region="us-west-2", function_region="eu-west-1")
    regions = {
        service: create_client(settings, service).meta.region_name
        for service in ("bedrock", "dynamodb", "events")
    }
    assert regions == {"bedrock": "us-west-2", "dynamodb": "eu-west-1", "events": "eu-west-1"}


def test_the_client_has_the_timeouts_and_retries_of_the_settings(
    client: "BaseClient", settings: Settings
) -> None:
    config: Any = client.meta.config
    assert client.meta.region_name == settings.region
    assert (config.connect_timeout, config.read_timeout) == (1, 5)
    assert config.retries == {"mode": "standard", "total_max_attempts": 2}


def test_no_built_in_handler_of_our_clients_depends_on_a_removed_event_alias() -> None:
    # Creating a client in this process has removed the aliases, so another process reads them.
    program = (
        "from botocore.utils import EVENT_ALIASES\n"
        "from botocore.handlers import BUILTIN_HANDLERS\n"
        "print((EVENT_ALIASES, [handler[0] for handler in BUILTIN_HANDLERS]))"
    )
    aliases, names = ast.literal_eval(subprocess.check_output([sys.executable, "-c", program], text=True))
    services = {
        create_client(Settings(region="us-east-1"), service).meta.service_model.service_id.hyphenize()
        for service in get_args(Service)
    }
    assert services == {
        *("bedrock", "dynamodb", "eventbridge", "organizations", "s3", "sfn", "sns", "sqs", "sts"),
    }
    ours = [alias for alias, service in aliases.items() if service in services]
    assert "events" in ours, "the table that is removed does contain aliases of our services"
    assert len(names) > 100
    assert not [name for name in names if set(ours) & set(name.split("."))]


def test_only_bedrock_has_the_protocol_whose_answers_are_not_parsed() -> None:
    protocols = {
        service: create_client(Settings(region="us-east-1"), service).meta.service_model.resolved_protocol
        for service in get_args(Service)
    }
    assert [service for service, protocol in protocols.items() if protocol == "rest-json"] == ["bedrock"]


def test_a_single_job_passes_through_unchanged(bedrock: Bedrock, wire: Wire) -> None:
    sent = {"jobArn": "arn:x/1", "status": "Failed", "failureMessage": "Why", "brandNew": [1]}
    wire.answer(json.dumps(sent).encode())
    assert bedrock.get_job("arn:x/1") == sent
    assert urlsplit(wire.requests[0].url).path == "/model-customization-jobs/arn%3Ax%2F1"


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (404, "ResourceNotFoundException", errors.ResourceNotFoundException),
        (429, "ThrottlingException", errors.ThrottlingException),
        (418, "TeapotException", errors.UnexpectedAnswerException),
    ],
)
def test_an_error_of_the_get_operation_is_named(
    bedrock: Bedrock, wire: Wire, status: int, code: str, expected: type[Exception]
) -> None:
    wire.answer(b'{"message": "no"}', status, {"x-amzn-ErrorType": code})
    with pytest.raises(expected):
        bedrock.get_job("name")


@pytest.mark.parametrize("body", [b"[]", b"null", b"<html>"])
def test_an_answer_that_is_not_a_job_is_a_named_error(bedrock: Bedrock, wire: Wire, body: bytes) -> None:
    wire.answer(body)
    with pytest.raises(errors.UnexpectedAnswerException):
        bedrock.get_job("name")


@pytest.mark.parametrize(
    ("body", "tags"), [({"tags": [{"key": "team", "value": "a"}]}, [{"key": "team", "value": "a"}]), ({}, [])]
)
def test_the_tags_of_a_job_pass_through_unchanged(
    bedrock: Bedrock, wire: Wire, body: dict[str, object], tags: list[object]
) -> None:
    wire.answer(json.dumps(body).encode())
    arn = job(1)["jobArn"]
    assert bedrock.list_tags(arn) == tags
    assert urlsplit(wire.requests[0].url).path == "/listTagsForResource"
    assert json.loads(wire.requests[0].body) == {"resourceARN": arn}


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (403, "AccessDeniedException", errors.AccessDeniedException),
        (404, "ResourceNotFoundException", errors.ResourceNotFoundException),
        (429, "ThrottlingException", errors.ThrottlingException),
        (200, "", errors.UnexpectedAnswerException),
    ],
)
def test_an_error_of_reading_tags_is_named(
    bedrock: Bedrock, wire: Wire, status: int, code: str, expected: type[Exception]
) -> None:
    wire.answer(b'{"message": "no", "tags": {}}', status, {"x-amzn-ErrorType": code} if code else {})
    with pytest.raises(expected):
        bedrock.list_tags(job(1)["jobArn"])


SUMMARIES = b'"modelCustomizationJobSummaries":['


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"{" + SUMMARIES + b"]}", True),
        (b'{"nextToken":"t",' + SUMMARIES + b'{"jobArn":"a"}]}', True),
        # These bodies are parsed before they are accepted or rejected.
        (b"{" + SUMMARIES + b"]} ", False),
        (b'{"modelCustomizationJobSummaries" : []}', False),
        (b"{" + SUMMARIES + '"é"]}'.encode(), False),
        (b"{" + SUMMARIES + b"\xff]}", False),
        (b"{" + SUMMARIES + b"]", False),
        (b'{"modelCustomizationJobSummaries":{}}', False),
        (b"[]", False),
        (b"<html>", False),
        (b"", False),
    ],
)
def test_only_a_body_in_the_form_of_an_answer_is_passed_on_unread(body: bytes, *, expected: bool) -> None:
    assert Page(body=body).passes_unread is expected


def test_jobs_are_counted_without_parsing() -> None:
    jobs = [{"jobArn": "a", "jobName": '"jobArn":'}, {"jobArn": "b"}, {"jobName": "without"}, "jobArn"]
    body = json.dumps({"modelCustomizationJobSummaries": jobs}, separators=(",", ":")).encode()
    page = Page(body=body)
    assert page.passes_unread
    assert page.number_of_arns == 2
