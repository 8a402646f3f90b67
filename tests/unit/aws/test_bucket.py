"""The bucket adapter with a real client. moto or a stub answers it without a socket."""

from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError
from botocore.stub import Stubber

from customization_jobs.aws.bucket import Bucket, BucketError
from customization_jobs.aws.clients import create_client
from tests.unit.aws.moto_clients import SETTINGS, moto_client

KEY = "kind=jobs/date=2026-03-01/name.jsonl.gz"


def bucket() -> tuple[Any, Bucket]:
    client: Any = create_client(SETTINGS, "s3")
    return client, Bucket(client, "exports")


@pytest.mark.usefixtures("_moto")
def test_an_object_is_written_with_its_type_and_replaces_another() -> None:
    moto_client("s3").create_bucket(Bucket="exports")
    _, written = bucket()
    for content in (b"first", b"second"):
        written.put(KEY, content, "application/gzip")
    (listed,) = moto_client("s3").list_objects_v2(Bucket="exports")["Contents"]
    assert listed["Key"] == KEY
    stored = moto_client("s3").get_object(Bucket="exports", Key=KEY)
    assert (stored["Body"].read(), stored["ContentType"]) == (b"second", "application/gzip")
    assert "ContentEncoding" not in stored


def test_only_the_object_and_its_type_are_sent() -> None:
    client, written = bucket()
    with Stubber(client) as stub:
        expected = {"Bucket": "exports", "Key": KEY, "Body": b"x", "ContentType": "application/gzip"}
        stub.add_response("put_object", {}, expected)
        written.put(KEY, b"x", "application/gzip")
        stub.assert_no_pending_responses()


def test_a_request_has_a_checksum_of_its_content() -> None:
    client, written = bucket()
    sent: list[Any] = []

    def record(request: Any, **_: Any) -> None:
        sent.append(request)
        raise ConnectTimeoutError(endpoint_url="https://s3")

    client.meta.events.register("before-send", record)
    with pytest.raises(BucketError):
        written.put(KEY, b"x", "application/gzip")
    assert sent[0].headers["x-amz-sdk-checksum-algorithm"] == b"CRC32"
    assert sent[0].url == "https://exports.s3.amazonaws.com/kind%3Djobs/date%3D2026-03-01/name.jsonl.gz"


@pytest.mark.parametrize(
    ("code", "problem"), [("AccessDenied", "AccessDenied: no"), ("", "an error without a code: no")]
)
def test_a_refusal_is_an_error_with_the_reason(code: str, problem: str) -> None:
    client, written = bucket()
    with Stubber(client) as stub:
        stub.add_client_error("put_object", code, "no")
        with pytest.raises(BucketError) as raised:
            written.put(KEY, b"x", "application/gzip")
    assert str(raised.value) == problem


def test_a_failed_connection_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    client, written = bucket()

    def time_out(**_: Any) -> None:
        raise ConnectTimeoutError(endpoint_url="https://s3")

    monkeypatch.setattr(client, "put_object", time_out)
    with pytest.raises(BucketError, match="ConnectTimeoutError: "):
        written.put(KEY, b"x", "application/gzip")
