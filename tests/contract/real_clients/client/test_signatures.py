"""Who signs how: only requests that are signed for API Gateway, in its region, by the right key pass."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.contract.real_clients.client.conftest import KEY, REGION, SECRET, output_of, run

if TYPE_CHECKING:
    from tests.contract.real_clients.client.conftest import RunAws
    from tests.contract.real_clients.client.signed_gateway import SignedGateway

REFUSED = "(InvalidSignatureException)"


@pytest.mark.parametrize(
    "replaced",
    [
        {"AWS_SECRET_ACCESS_KEY": "another"},
        {"AWS_ACCESS_KEY_ID": "ANOTHER"},
        {"AWS_DEFAULT_REGION": "eu-west-1"},
    ],
)
def test_another_signature_is_refused(
    replaced: dict[str, str], aws: "RunAws", gateway: "SignedGateway"
) -> None:
    before = len(gateway.passed)
    done = aws("get-overview", **replaced)
    assert done.returncode != 0
    assert REFUSED in done.stderr
    assert len(gateway.passed) == before


def test_an_unsigned_request_is_refused(aws: "RunAws") -> None:
    done = aws("get-overview", "--no-sign-request")
    assert REFUSED in done.stderr


def test_bedrocks_own_client_is_refused(gateway: "SignedGateway") -> None:
    bedrock = boto3.client(
        "bedrock",
        region_name=REGION,
        endpoint_url=gateway.url,
        aws_access_key_id=KEY,
        aws_secret_access_key=SECRET,
        config=Config(proxies={}, retries={"total_max_attempts": 1}),
    )
    with pytest.raises(ClientError, match="InvalidSignatureException"):
        bedrock.list_model_customization_jobs()


def test_bedrocks_bearer_token_is_not_sent(aws: "RunAws") -> None:
    assert output_of(aws("get-overview", AWS_BEARER_TOKEN_BEDROCK="secret"))["complete"]


def test_without_a_url_the_error_says_how_to_give_one(aws: "RunAws", tmp_path: Path) -> None:
    done = aws("get-overview", AWS_CONFIG_FILE=str(tmp_path / "none"))
    assert done.returncode != 0
    assert done.stderr.strip().endswith(
        "The URL of the API is not known. Set AWS_ENDPOINT_URL_CUSTOMIZATION_JOBS, or see `make client`."
    )


def test_a_variable_gives_the_url_too(aws: "RunAws", gateway: "SignedGateway", tmp_path: Path) -> None:
    variables = {
        "AWS_CONFIG_FILE": str(tmp_path / "none"),
        "AWS_ENDPOINT_URL_CUSTOMIZATION_JOBS": gateway.url,
    }
    assert output_of(aws("get-overview", **variables))["complete"]


PROGRAM = """
import boto3, json
jobs = boto3.client("customization-jobs")
pages = jobs.get_paginator("list_model_customization_jobs").paginate(whereStatus=["Failed"])
print(json.dumps([job["status"] for page in pages for job in page["modelCustomizationJobSummaries"]]))
"""


def test_boto3_finds_the_model_and_the_url_by_itself(variables: Mapping[str, str], home: Path) -> None:
    assert home
    done = run(variables, "python", "-c", PROGRAM)
    assert (done.returncode, done.stderr) == (0, "")
    statuses: Any = json.loads(done.stdout)
    assert set(statuses) == {"Failed"}
