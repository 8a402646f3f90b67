"""Payloads that are large, or that UTF-8 cannot hold, from every kind of caller."""

import json
import time
from typing import Any

import pytest

from tests.fakes import client_context, job
from tests.unit.conftest import Invoke, Wire


def test_a_long_or_unencodable_id_is_cut_and_escaped(invoke: Invoke) -> None:
    _, logged = invoke({}, client_context=client_context(correlationId="\ud800" + "x" * 100_000))
    assert logged[-1]["correlation_id"] == "\\ud800" + "x" * 299


@pytest.mark.parametrize(
    "payload",
    [
        {"\ud800": 1},
        {"nextToken": "\ud800"},
        {"statusEquals": "\ud800"},
        {"overview": "\ud800"},
        {"overview": True, "\ud800": 1},
        {"trends": "\ud800"},
        {"trends": True, "\ud800": 1},
        {"widgetContext": {"width": "\ud800"}, "trends": "\ud800"},
        {"schedule": {}, "\ud800": 1},
        {"schedule": {}, "sweep": "\ud800"},
        {"schedule": {}, "query": {"nameContains": "\ud800"}},
        {"source": "aws.events", "detail-type": "Scheduled Event", "detail": "\ud800"},
        {"source": "aws.bedrock", "detail-type": "Model Customization Job State Change", "\ud800": 1},
        {"Records": "\ud800", "\ud800": "\ud800"},
        {"source": "\ud800"},
        "\ud800",
        {"widgetContext": {"theme": "\ud800"}, "\ud800": 1},
        {"widgetContext": {}, "nameContains": "\ud800"},
        {"describe": True, "widgetContext": "\ud800"},
        {"export": {"snapshot": "\ud800", "\ud800": 1}},
        {
            "httpMethod": "\ud800",
            "path": "\ud800",
            "requestContext": {"domainName": "\ud800", "stage": "\ud800"},
        },
        {"version": "2.0", "requestContext": {"http": {"method": "GET"}}, "rawPath": "/openapi.json\ud800"},
    ],
    ids=ascii,
)
def test_lone_surrogates_in_a_payload_are_never_repeated_unescaped(invoke: Invoke, payload: Any) -> None:
    answer, logged = invoke(payload)
    (str(answer) if isinstance(answer, Exception) else json.dumps(answer, ensure_ascii=False)).encode()
    assert logged[-1]["message"] == "Invocation ended"


@pytest.mark.parametrize("event", [{}, {"widgetContext": {}}])
def test_lone_surrogates_in_bedrocks_answer_are_escaped(invoke: Invoke, wire: Wire, event: Any) -> None:
    wire.answers.clear()
    summary = job(1, jobName="\ud800", statusDetails={"\ud800": ["\ud800", 5]})
    wire.answer(json.dumps({"modelCustomizationJobSummaries": [summary]}).encode())
    answer, _ = invoke(event)
    text = answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)
    assert text.encode().count(b"ud800") == (3 if event == {} else 1)


MANY = {f"{'x' * 100}{number}": ["1", "2"] for number in range(100_000)}
HTTP = {"httpMethod": "GET", "requestContext": {}}


@pytest.mark.parametrize(
    "payload",
    [
        MANY,
        {"overview": True, **MANY},
        {"widgetContext": {}, **MANY},
        {"Records": 1, **MANY},
        {"schedule": {}, **MANY},
        {"schedule": {}, "query": MANY},
        {**HTTP, "path": "/model-customization-jobs", "multiValueQueryStringParameters": MANY},
        {**HTTP, "path": "/model-customization-jobs/a/timeline", "multiValueQueryStringParameters": MANY},
        {**HTTP, "path": "/" + "x" * 1_000_000},
        {"statusEquals": "x" * 1_000_000},
        {"sweep": "x" * 1_000_000, "schedule": {"executionId": "x" * 1_000_000}},
    ],
    ids=lambda payload: " ".join(name[:20] for name in list(payload)[:4]),
)
def test_large_input_gets_a_short_answer_quickly(invoke: Invoke, payload: dict[str, Any]) -> None:
    started = time.monotonic()
    answer, logged = invoke(payload)
    assert time.monotonic() - started < 2
    assert len(str(answer)) < 20_000
    assert max(len(json.dumps(line)) for line in logged) < 10_000
