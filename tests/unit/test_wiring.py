"""The function as its settings wire it, with real clients to the table and the bus that moto emulates."""

import gzip
import json
import os
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from customization_jobs.aws.bedrock import Bedrock
from customization_jobs.aws.table import VersionedTable
from customization_jobs.dispatch import Handler
from customization_jobs.errors import UnknownEventException, WatchUnavailableException
from customization_jobs.limits import Limits
from customization_jobs.observability import Observability
from customization_jobs.settings import Settings
from customization_jobs.watch.records import JobRecords
from customization_jobs.wiring.functions import create_handler
from tests.fakes import FakeBedrock, FakeContext, job, text
from tests.unit.aws.moto_clients import moto_client, received
from tests.unit.conftest import Lines, metric_values
from tests.unit.eta.histories import completed
from tests.unit.export.samples import record as sample_record

DAY = timedelta(days=1)
# A page of a scan has at most 1 MB.
LARGE_JOBS = 60
TAGS_OF_A_LARGE_JOB = {"team": "x" * 50_000}
ARN = job(7)["jobArn"]


@pytest.fixture
def watch_settings(settings: Settings) -> Settings:
    limits = Limits(7200, by_base_model={"nova-lite": 3600})
    return settings._replace(watch_table="jobs", watch_bus="watch", limits=limits)


@pytest.fixture
def watch_handler(
    dynamodb: Any, queue: str, watch_settings: Settings, bedrock: Bedrock, observability: Observability
) -> Handler:
    assert dynamodb, "the table exists"
    assert queue, "the bus exists"
    return create_handler(watch_settings, bedrock, observability)


@pytest.fixture
def state_change(event: Callable[[str], Any]) -> Any:
    """Return an event of the present: those from before the watch are not published."""
    now = text(datetime.now(UTC))
    sent = event("bedrock-state-change")
    return {**sent, "time": now, "detail": {**sent["detail"], "lastModifiedTime": now, "endTime": now}}


def invoke(handler: Handler, event: Any) -> Any:
    return handler(event, cast("Any", FakeContext(timedelta(minutes=5))))


def test_sweeps_and_events_together_publish_each_transition_once(
    watch_handler: Handler,
    bedrock: Bedrock,
    monkeypatch: pytest.MonkeyPatch,
    queue: str,
    state_change: Any,
    lines: Callable[[], tuple[Lines, Lines]],
) -> None:
    source = FakeBedrock()
    monkeypatch.setattr(bedrock, "list_page", source.list_page)
    invoke(watch_handler, {"schedule": {}})
    from_event = invoke(watch_handler, state_change)
    assert from_event["published"] == {"Discovered": 1, "Failed": 1}
    old = job(8, status="InProgress", created=datetime.now(UTC) - DAY)
    failed = job(7, status="Failed", created=datetime.now(UTC) - DAY)
    new = job(9, status="Completed", created=datetime.now(UTC) + timedelta(minutes=1))
    source.jobs = [failed, old, new]
    swept = invoke(watch_handler, {"schedule": {}})
    assert swept["watch"] == {
        "published": {"Stuck": 1, "Discovered": 1, "Completed": 1},
        "missedEvents": 1,
        "recordedOnly": 1,
        "waiters": {"waiting": 0, "done": 0},
    }
    metrics, logged = lines()
    assert metric_values(metrics, "Kind")["MissedEvents",] == 1
    (finding,) = [line for line in logged if line["message"] == "job in progress longer than its limit"]
    assert finding["limit_seconds"] == 3600
    assert [line["kind"] for line in logged if line["message"] == "Transition published"][:2] == [
        "Discovered",
        "Failed",
    ]
    assert sorted(each["detail"]["kind"] for each in received(queue)) == [
        "Completed",
        "Discovered",
        "Discovered",
        "Failed",
        "Stuck",
    ]


@pytest.mark.parametrize(
    ("name", "events"),
    [
        ("bedrock-state-change", "Bedrock's events"),
        ("scheduler-with-input", "the schedule's ticks"),
        ("scheduler-without-input", "the schedule's ticks"),
        ("scheduled-rule", "the schedule's ticks"),
    ],
)
def test_a_function_without_a_bus_says_where_the_events_of_the_watch_belong(
    settings: Settings,
    bedrock: Bedrock,
    observability: Observability,
    event: Callable[[str], Any],
    lines: Callable[[], tuple[Lines, Lines]],
    name: str,
    events: str,
) -> None:
    handler = create_handler(settings, bedrock, observability)
    with pytest.raises(UnknownEventException) as raised:
        invoke(handler, event(name))
    assert str(raised.value) == (
        f"This function is not the watch: WATCH_BUS is not set. Send {events} to the watch function."
    )
    metrics, _ = lines()
    assert not any(name.startswith("Sweeps") for name, *_ in metric_values(metrics, "Sweep"))


@pytest.mark.parametrize("name", ["queue", "watch-event"])
@pytest.mark.parametrize("watches", [False, True])
def test_a_function_without_a_topic_says_where_events_of_the_watch_belong(
    request: pytest.FixtureRequest,
    settings: Settings,
    bedrock: Bedrock,
    observability: Observability,
    event: Callable[[str], Any],
    name: str,
    watches: Any,
) -> None:
    handler = (
        request.getfixturevalue("watch_handler")
        if watches
        else create_handler(settings, bedrock, observability)
    )
    with pytest.raises(UnknownEventException) as raised:
        invoke(handler, event(name))
    assert str(raised.value) == (
        "This function publishes no notifications: NOTIFICATION_TOPIC is not set. Send the events of "
        "the watch, and the records of their queue, to the notification function."
    )


def test_the_notification_function_publishes_to_both_topics(
    topics: tuple[str, str, str],
    settings: Settings,
    bedrock: Bedrock,
    observability: Observability,
    event: Callable[[str], Any],
) -> None:
    mail, chat, url = topics
    handler = create_handler(
        settings._replace(notification_topic=mail, chat_topic=chat), bedrock, observability
    )
    watch_event = event("watch-event")
    assert invoke(handler, watch_event) == {"published": watch_event["detail"]["id"]}
    record = {**event("queue")["Records"][0], "body": json.dumps(watch_event)}
    assert invoke(handler, {"Records": [record]}) == {"batchItemFailures": []}
    received_messages = {each["TopicArn"]: each for each in received(url)}
    assert received_messages[mail]["Subject"] == "FAILED support-tone-7: token limit (nova-lite, us-east-1)"
    assert received_messages[mail]["MessageAttributes"]["failureCategory"] == {
        "Type": "String",
        "Value": "token-limit",
    }
    assert "Subject" not in received_messages[chat]
    assert json.loads(received_messages[chat]["Message"])["content"]["title"].startswith("FAILED ")


@pytest.fixture
def export_settings(_moto: None, watch_settings: Settings) -> Settings:
    moto_client("s3").create_bucket(Bucket="exports")
    url = moto_client("sqs").create_queue(QueueName="export")["QueueUrl"]
    return watch_settings._replace(watch_bus=None, export_bucket="exports", export_queue_url=url)


def exported() -> dict[str, list[Any]]:
    """Return the rows in the bucket by kind."""
    s3 = moto_client("s3")
    found: dict[str, list[Any]] = defaultdict(list)
    for each in s3.list_objects_v2(Bucket="exports")["Contents"]:
        lines = gzip.decompress(s3.get_object(Bucket="exports", Key=each["Key"])["Body"].read())
        kind = each["Key"].partition("/")[0].removeprefix("kind=")
        found[kind] += [json.loads(line) for line in lines.splitlines()]
    return found


def test_the_export_function_exports_what_the_watch_publishes_and_records(
    watch_handler: Handler,
    export_settings: Settings,
    queue: str,
    bedrock: Bedrock,
    observability: Observability,
    event: Callable[[str], Any],
    state_change: Any,
) -> None:
    invoke(watch_handler, state_change)
    handler = create_handler(export_settings, bedrock, observability)
    record = event("queue")["Records"][0]
    records = [{**record, "messageId": each["id"], "body": json.dumps(each)} for each in received(queue)]
    assert invoke(handler, {"Records": records}) == {"batchItemFailures": []}
    answer = handler(event("export"), cast("Any", FakeContext(timedelta(seconds=1))))
    assert answer == {"snapshot": "2026-03-01T03:00:00.000Z", "complete": True, "jobs": 1, "unreadable": 0}
    rows = exported()
    assert sorted(each["transition"] for each in rows["transitions"]) == ["Discovered", "Failed"]
    assert [(each["job_arn"], each["status"], each["transitions"]) for each in rows["jobs"]] == [
        (ARN, "Failed", 2)
    ]
    assert rows["snapshots"] == [{"snapshot_at": "2026-03-01T03:00:00.000Z", "jobs": 1, "unreadable": 0}]


def test_a_snapshot_continues_through_the_queue_of_the_settings(
    dynamodb: Any, export_settings: Settings, bedrock: Bedrock, observability: Observability
) -> None:
    records = JobRecords(VersionedTable(dynamodb, "jobs"), retention=DAY)
    for number in range(LARGE_JOBS):
        records.put(sample_record(number)._replace(version=0, tags=TAGS_OF_A_LARGE_JOB))
    handler = create_handler(export_settings._replace(owner_tag="team"), bedrock, observability)
    started = {"export": {"snapshot": "2026-03-01T03:00:00Z"}}
    invocations = 0
    pending: list[Any] = [started]
    while pending:
        handler(pending.pop(), cast("Any", FakeContext(timedelta(seconds=1))))
        invocations += 1
        pending += received(str(export_settings.export_queue_url))
    assert invocations > 1
    rows = exported()
    assert len({each["job_arn"] for each in rows["jobs"]}) == len(rows["jobs"]) == LARGE_JOBS
    assert {each["owner"] for each in rows["jobs"]} == set(TAGS_OF_A_LARGE_JOB.values())
    assert [each["jobs"] for each in rows["snapshots"]] == [LARGE_JOBS]


def test_a_function_without_a_bucket_says_where_exports_belong(
    settings: Settings, bedrock: Bedrock, observability: Observability, event: Callable[[str], Any]
) -> None:
    with pytest.raises(UnknownEventException) as raised:
        invoke(create_handler(settings, bedrock, observability), event("export"))
    assert str(raised.value) == (
        "This function exports nothing: EXPORT_BUCKET is not set. Send exports, the events of the watch, and "
        "the records of their queue, to the export function."
    )


def test_the_listing_function_reads_the_timelines_that_the_watch_records(
    watch_handler: Handler,
    watch_settings: Settings,
    bedrock: Bedrock,
    observability: Observability,
    event: Callable[[str], Any],
    state_change: Any,
) -> None:
    invoke(watch_handler, state_change)
    handler = create_handler(watch_settings._replace(watch_bus=None), bedrock, observability)
    request = {**event("api-gateway-rest"), "multiValueQueryStringParameters": None}
    request["queryStringParameters"] = None
    answers = [
        invoke(handler, {**request, "path": f"/model-customization-jobs/{arn}/timeline"})
        for arn in (ARN, "arn:unknown")
    ]
    assert [answer["statusCode"] for answer in answers] == [200, 404]
    assert '"kind":"Failed"' in answers[0]["body"]
    assert '"published":true' in answers[0]["body"]


def test_sweeps_record_durations_from_which_every_answer_expects_an_end(
    watch_handler: Handler,
    watch_settings: Settings,
    bedrock: Bedrock,
    observability: Observability,
    event: Callable[[str], Any],
    monkeypatch: pytest.MonkeyPatch,
    lines: Callable[[], tuple[Lines, Lines]],
) -> None:
    now = datetime.now(UTC)
    running = job(99, status="InProgress", created=now - DAY / 24, customizationType="FINE_TUNING")
    source = FakeBedrock([running, *(completed(n, hours=3, ended=now - n * DAY) for n in range(1, 31))])
    monkeypatch.setattr(bedrock, "list_page", source.list_page)
    # The jobs in Bedrock's list are the history of a watch that has just started.
    invoke(watch_handler, {"schedule": {}})
    assert metric_values(lines()[0], "Region")["HistoryFailures", "us-east-1"] == 0
    listing = create_handler(watch_settings._replace(watch_bus=None), bedrock, observability)
    request = {**event("api-gateway-rest"), "multiValueQueryStringParameters": None}
    request["queryStringParameters"] = None
    timeline, overview = (
        json.loads(invoke(listing, {**request, "path": path})["body"])
        for path in (f"/model-customization-jobs/{running['jobArn']}/timeline", "/overview")
    )
    assert timeline["expectedEnd"]["basedOn"] == 30
    assert timeline["expectedEnd"]["earliest"].endswith("Z")
    assert overview["oldestInProgress"]["expectedEnd"] == timeline["expectedEnd"]
    board = invoke(listing, {**event("custom-widget"), "statusEquals": "InProgress"})
    assert re.search(r"ends [0-9: -]+ UTC \(of 30 jobs\)", board)
    # The next execution environment of the watch finds that a job is late.
    new = job(98, status="InProgress", created=now - DAY / 6, customizationType="FINE_TUNING")
    source.jobs.append(new)
    swept = invoke(create_handler(watch_settings, bedrock, observability), {"schedule": {}})
    assert swept["watch"]["published"] == {"Late": 1, "Stuck": 1}


def test_trends_have_the_reasons_that_the_watch_recorded(
    watch_handler: Handler,
    watch_settings: Settings,
    bedrock: Bedrock,
    observability: Observability,
    event: Callable[[str], Any],
    state_change: Any,
    monkeypatch: pytest.MonkeyPatch,
    lines: Callable[[], tuple[Lines, Lines]],
) -> None:
    now = text(datetime.now(UTC))
    # The watch has recorded the first job from an event, and does not have the second.
    failed = [job(n, status="Failed", created=datetime.now(UTC) - DAY, endTime=now) for n in (7, 8)]
    monkeypatch.setattr(bedrock, "list_page", FakeBedrock(failed).list_page)
    invoke(watch_handler, state_change)
    reads = []
    opened = VersionedTable.get_many

    def count(table: VersionedTable, *arguments: Any, **options: Any) -> Any:
        reads.append(table)
        return opened(table, *arguments, **options)

    monkeypatch.setattr(VersionedTable, "get_many", count)
    listing = create_handler(watch_settings._replace(watch_bus=None), bedrock, observability)
    request = {**event("api-gateway-rest"), "path": "/trends"}
    request["queryStringParameters"] = request["multiValueQueryStringParameters"] = None
    by_http = json.loads(invoke(listing, request)["body"])["failures"]
    assert {name: number for name, number in by_http["byCategory"].items() if number} == {
        "token-limit": 1,
        "unknown": 1,
    }
    assert (by_http["notRecorded"], by_http["recordsRead"]) == (1, True)
    assert invoke(listing, {"trends": True})["failures"] == by_http
    widget = invoke(listing, {"trends": True, "widgetContext": {}})
    assert "Token limit: 1 " in widget
    # All answers share one client, and each takes one call.
    assert len(reads) == 3
    assert len(set(map(id, reads))) == 1
    assert not [line for line in lines()[1] if line["level"] == "WARNING"]


def test_without_a_readable_table_trends_only_lack_the_reasons(
    watch_settings: Settings,
    bedrock: Bedrock,
    observability: Observability,
    monkeypatch: pytest.MonkeyPatch,
    lines: Callable[[], tuple[Lines, Lines]],
) -> None:
    failed = [job(n, status="Failed", created=datetime.now(UTC) - DAY) for n in range(3)]
    monkeypatch.setattr(bedrock, "list_page", FakeBedrock(failed).list_page)

    def fail(*_: Any, **__: Any) -> None:
        raise WatchUnavailableException("throttled")

    monkeypatch.setattr(VersionedTable, "get_many", fail)
    listing = create_handler(watch_settings._replace(watch_bus=None), bedrock, observability)
    trends = invoke(listing, {"trends": True})
    assert trends["failures"]["byCategory"]["unknown"] == trends["failures"]["notRecorded"] == 3
    assert (trends["complete"], trends["failures"]["recordsRead"]) == (True, False)
    warnings = [each["error"] for each in lines()[1] if each["level"] == "WARNING"]
    assert warnings == ["WatchUnavailableException"]


def test_without_a_readable_table_answers_only_lack_the_expected_end(
    watch_settings: Settings,
    bedrock: Bedrock,
    observability: Observability,
    event: Callable[[str], Any],
    monkeypatch: pytest.MonkeyPatch,
    lines: Callable[[], tuple[Lines, Lines]],
) -> None:
    running = [job(n, status="InProgress", created=datetime.now(UTC) - DAY) for n in range(3)]
    monkeypatch.setattr(bedrock, "list_page", FakeBedrock(running).list_page)
    reads = []

    def fail(_: VersionedTable, key: str) -> None:
        reads.append(key)
        raise WatchUnavailableException("throttled")

    monkeypatch.setattr(VersionedTable, "get", fail)
    listing = create_handler(watch_settings._replace(watch_bus=None), bedrock, observability)
    request = {**event("api-gateway-rest"), "path": "/overview"}
    request["queryStringParameters"] = request["multiValueQueryStringParameters"] = None
    answers = [invoke(listing, request), invoke(listing, request)]
    assert [each["statusCode"] for each in answers] == [200, 200]
    assert "expectedEnd" not in answers[0]["body"]
    assert "support-tone-2" in invoke(listing, {**event("custom-widget"), "statusEquals": "InProgress"})
    assert len(reads) == 1
    warnings = [each["error"] for each in lines()[1] if each["level"] == "WARNING"]
    assert warnings == ["WatchUnavailableException"]


@pytest.mark.parametrize(
    ("variables", "loaded", "not_loaded"),
    [
        (
            {},
            "entrypoints.http",
            ("eta", "reports", "waits", "watch", "notify", "entrypoints.w", "entrypoints.s"),
        ),
        (
            {"WATCH_TABLE": "t"},
            "entrypoints.http",
            ("eta", "reports", "waits", "watch", "notify", "entrypoints.w", "entrypoints.s"),
        ),
        (
            {"WATCH_TABLE": "t", "WATCH_BUS": "b"},
            "watch.watch",
            ("entrypoints.http", "entrypoints.w", "eta.est", "eta.histories", "notify", "waits"),
        ),
        (
            {"NOTIFICATION_TOPIC": "t"},
            "notify.notification",
            ("entrypoints.http", "entrypoints.w", "entrypoints.s", "eta", "reports", "waits", "watch"),
        ),
    ],
)
def test_the_init_phase_loads_only_what_the_function_is_deployed_for(
    variables: dict[str, str], loaded: str, not_loaded: tuple[str, ...]
) -> None:
    code = "import sys, customization_jobs.handler\nprint(*sys.modules)"
    environment = {**os.environ, "AWS_REGION": "us-east-1", "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.run(
        [sys.executable, "-c", code], env=environment | variables, capture_output=True, text=True, check=True
    )
    modules = process.stdout.split()
    assert f"customization_jobs.{loaded}" in modules
    prefixes = tuple(f"customization_jobs.{name}" for name in not_loaded)
    assert not [name for name in modules if name.startswith(prefixes)]
