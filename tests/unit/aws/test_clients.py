from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import botocore
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.loaders import JSONFileLoader

from customization_jobs import __version__
from customization_jobs.aws.clients import Credentials, create_client
from customization_jobs.settings import Settings

SETTINGS = Settings(region="us-east-1")


def keys_of(client: Any) -> str:
    return str(client._request_signer._credentials.access_key)  # noqa: SLF001 - botocore shows them nowhere else


def test_further_clients_read_no_service_model_again(monkeypatch: pytest.MonkeyPatch) -> None:
    create_client(SETTINGS, "bedrock")

    def fail(*_: object) -> None:
        pytest.fail("a file was read")

    monkeypatch.setattr(JSONFileLoader, "load_file", fail)
    member = Credentials("of-member", "secret", "token", datetime.now(UTC))
    client: Any = create_client(SETTINGS, "bedrock", region="us-west-2", credentials=member)
    assert client.meta.region_name == "us-west-2"
    assert keys_of(client) == "of-member"


def test_clients_share_no_credentials() -> None:
    members = [Credentials(name, "secret", "token", datetime.now(UTC)) for name in ("a", "b")]
    clients: list[Any] = [create_client(SETTINGS, "bedrock", credentials=each) for each in members]
    assert list(map(keys_of, clients)) == ["a", "b"]


def test_calls_name_the_service_and_its_version() -> None:
    client: Any = create_client(
        SETTINGS, "bedrock", credentials=Credentials("a", "b", "c", datetime.now(UTC))
    )
    sent = []

    def answer(request: Any, **_: Any) -> AWSResponse:
        sent.append(str(request.headers["User-Agent"], "ascii"))
        raw: Any = BytesIO()
        raw.stream = lambda: [b'{"modelCustomizationJobSummaries": []}']
        return AWSResponse(request.url, 200, HTTPHeaders(), raw)

    client.meta.events.register("before-send.bedrock", answer)
    client.list_model_customization_jobs()
    expected = f"bedrock-customization-jobs/{__version__} Botocore/{botocore.__version__}"
    # Powertools may add its own part.
    assert [each[: len(expected)] for each in sent] == [expected]
