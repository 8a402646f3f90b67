from collections.abc import Callable
from typing import Any, cast

import pytest

from customization_jobs.aws.bedrock import Bedrock
from customization_jobs.aws.table_schema import KEY
from customization_jobs.callers import Caller, recognize
from customization_jobs.errors import AccessDeniedException, WatchUnavailableException
from customization_jobs.observability import Observability
from customization_jobs.settings import Settings
from customization_jobs.wiring.functions import create_handler
from tests.fakes import FakeBedrock, FakeContext, job
from tests.unit.aws.moto_clients import moto_client, received
from tests.unit.conftest import Wire

EVENT: dict[str, Any] = {"selfCheck": {}}
Check = Callable[..., Any]


@pytest.fixture
def check(settings: Settings, bedrock: Bedrock, observability: Observability) -> Check:
    def invoke(**variables: str) -> Any:
        handler = create_handler(settings._replace(**cast("Any", variables)), bedrock, observability)
        return handler(EVENT, cast("Any", FakeContext()))

    return invoke


def test_only_the_exact_event_is_a_self_check() -> None:
    assert recognize(EVENT) is Caller.SELF_CHECK
    for event in ({"selfCheck": True}, {"selfCheck": {}, "maxResults": 1}, {"selfCheck": {"a": 1}}):
        assert recognize(event) is Caller.WORKFLOW


@pytest.mark.parametrize("bus", [{}, {"watch_bus": "watch"}], ids=["listing", "watch"])
def test_a_version_that_works_passes_and_changes_nothing(
    check: Check,
    bedrock: Bedrock,
    monkeypatch: pytest.MonkeyPatch,
    dynamodb: Any,
    queue: str,
    bus: dict[str, str],
) -> None:
    assert dynamodb
    source = FakeBedrock([job(1), job(2)])
    monkeypatch.setattr(bedrock, "list_page", source.list_page)
    assert check(watch_table="jobs", **bus) == {"listed": 1, "recordRead": True, "eventValidated": True}
    assert source.calls == [{"maxResults": 1}]
    assert moto_client("dynamodb").scan(TableName="jobs")["Items"] == []
    assert received(queue) == []


def test_without_a_table_no_record_is_read(check: Check, wire: Wire) -> None:
    wire.answer(b'{"modelCustomizationJobSummaries": []}')
    assert check() == {"listed": 0, "recordRead": False, "eventValidated": True}


def test_a_role_that_may_not_list_fails_by_name(check: Check, wire: Wire) -> None:
    wire.answer(b'{"message": "no"}', 403, {"x-amzn-ErrorType": "AccessDeniedException"})
    with pytest.raises(AccessDeniedException):
        check()


def test_a_table_that_cannot_be_read_fails_by_name(check: Check, wire: Wire, dynamodb: Any) -> None:
    assert dynamodb
    wire.answer(b'{"modelCustomizationJobSummaries": []}')
    moto_client("dynamodb").delete_table(TableName="jobs")
    with pytest.raises(WatchUnavailableException):
        check(watch_table="jobs")


def test_the_record_that_is_read_can_belong_to_no_job(
    check: Check, wire: Wire, dynamodb: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert dynamodb
    wire.answer(b'{"modelCustomizationJobSummaries": []}')
    keys: list[str] = []
    monkeypatch.setattr("customization_jobs.aws.table.VersionedTable.get", lambda _, key: keys.append(key))
    check(watch_table="jobs")
    assert keys == ["#self-check"]
    assert KEY == "jobArn", "no ARN starts with #"
