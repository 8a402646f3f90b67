import json
from typing import Any

import pytest

from benchmarks.contenders import (
    BARE_BOTO3,
    CLIENT_CALL,
    EMPTY,
    Contender,
    WrongAnswerError,
    check_answer,
    proxy_event,
)

JOB: dict[str, Any] = {"statusDetails": {}}


def answer(jobs: list[Any], status: int = 200) -> bytes:
    body = json.dumps({"modelCustomizationJobSummaries": jobs})
    return json.dumps({"statusCode": status, "body": body}).encode()


@pytest.mark.parametrize(
    ("contender", "body"),
    [(BARE_BOTO3, answer([JOB, JOB])), (EMPTY, answer([])), (CLIENT_CALL, b'{"jobs": 2}')],
)
def test_a_correct_answer_passes(contender: Contender, body: bytes) -> None:
    check_answer(contender, body, 2)


@pytest.mark.parametrize(
    ("contender", "body"),
    [
        pytest.param(BARE_BOTO3, answer([JOB]), id="too few jobs"),
        pytest.param(BARE_BOTO3, answer([{}, {}]), id="jobs without details"),
        pytest.param(BARE_BOTO3, answer([JOB, JOB], 500), id="an error with jobs"),
        pytest.param(BARE_BOTO3, b'{"statusCode": 502, "body": ""}', id="an error without a body"),
        pytest.param(CLIENT_CALL, b'{"jobs": 1}', id="a wrong count"),
        pytest.param(EMPTY, answer([JOB]), id="jobs of the empty handler"),
    ],
)
def test_a_wrong_answer_is_an_error_that_names_the_contender(contender: Contender, body: bytes) -> None:
    with pytest.raises(WrongAnswerError, match="expected") as raised:
        check_answer(contender, body, 2)
    assert contender.label in str(raised.value)


def test_the_event_requests_the_number_of_jobs_in_both_of_api_gateways_forms() -> None:
    event = proxy_event(100)
    assert event["queryStringParameters"] == {"maxResults": "100"}
    assert event["multiValueQueryStringParameters"] == {"maxResults": ["100"]}
