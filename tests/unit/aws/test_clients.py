from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.loaders import JSONFileLoader

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
